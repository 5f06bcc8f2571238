"""The ledger gives back what was written into it, and refuses what would mean nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.moderation.enforcement import LadderUnusable, Measure, standing_of
from scanner.moderation.enforcement.ledger import Ledger, named_ladder
from scanner.moderation.registry import open_registry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path: Path, address: str) -> Iterator[Registry]:
    with open_registry(Store(tmp_path), address) as opened:
        yield opened


@pytest.fixture
def ledger(registry: Registry) -> Ledger:
    return Ledger(registry.database)


def test_events_come_back_as_they_were_written(ledger: Ledger) -> None:
    points = ledger.give("S1", 6, serious=False, cause="case 1", author="ann", now=NOW)
    serious = ledger.give("S1", 0, serious=True, cause="case 2", author="ann", now=NOW + timedelta(1))
    taken = ledger.take_back(points.event_id, "bob", NOW + timedelta(2))
    until = NOW + timedelta(3)
    confirmed = ledger.confirm("S1", Measure.SHOP_FROZEN, until, "bob", NOW + timedelta(2, 1))
    ledger.give("S2", 1, serious=False, cause="another's", author="ann", now=NOW)
    assert ledger.of("S1") == (points, serious, taken, confirmed)


def test_what_is_kept_gives_the_standing(ledger: Ledger) -> None:
    ladder = named_ladder("aliexpress")
    first = ledger.give("S1", 0, serious=True, cause="x", author="ann", now=NOW)
    now = NOW + timedelta(hours=1)
    (due,) = standing_of("S1", ledger.of("S1"), ladder, now).measures
    assert not due.in_effect
    ledger.confirm("S1", due.measure, due.until, "ann", now)
    assert [each.in_effect for each in standing_of("S1", ledger.of("S1"), ladder, now).measures] == [True]
    ledger.take_back(first.event_id, "ann", now)
    assert standing_of("S1", ledger.of("S1"), ladder, now).measures == ()


@pytest.mark.parametrize(("points", "serious"), [(-1, False), (0, False), (101, False), (-1, True)])
def test_points_that_are_none_are_refused(ledger: Ledger, points: int, serious: bool) -> None:
    with pytest.raises(InvalidField):
        ledger.give("S1", points, serious=serious, cause="x", author="ann", now=NOW)
    assert ledger.of("S1") == ()


def test_points_are_taken_back_once_and_nothing_else_is(ledger: Ledger) -> None:
    points = ledger.give("S1", 6, serious=False, cause="x", author="ann", now=NOW)
    taken = ledger.take_back(points.event_id, "ann", NOW)
    with pytest.raises(InvalidField):
        ledger.take_back(points.event_id, "ann", NOW)
    for unknown in (taken.event_id, "none"):
        with pytest.raises(UnknownRecord):
            ledger.take_back(unknown, "ann", NOW)


def test_each_is_an_event_of_the_history(registry: Registry, ledger: Ledger) -> None:
    points = ledger.give("S1", 6, serious=False, cause="x", author="ann", now=NOW)
    ledger.take_back(points.event_id, "ann", NOW)
    assert [event.what for event in registry.history(subject="S1")] == ["ledger: points", "ledger: taken back"]
    assert registry.history_faults() == ()


def test_a_ladder_is_named_or_a_file(tmp_path: Path) -> None:
    assert named_ladder("alibaba").marketplace == "Alibaba.com"
    with pytest.raises(LadderUnusable, match=r"mine\.toml"):
        named_ladder(str(tmp_path / "mine.toml"))
    with pytest.raises(LadderUnusable, match="aliexpress"):
        named_ladder("ebay")
