"""Any event that is changed, dropped or moved is found out, by itself or by what was kept of an earlier look."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from brand_index.registry import Registry
from brand_index.registry.history import FIRST_DIGEST, LOCAL, Event, Head, digest_of, faults
from brand_index.store import Store
from brand_index.types import Brand

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def history(count: int) -> list[Event]:
    events: list[Event] = []
    before = FIRST_DIGEST
    for number in range(1, count + 1):
        event = Event(number, number, NOW, "brand changed", f"brand-{number}", "{}", LOCAL, "{}", "")
        before = digest_of(event, before)
        events.append(replace(event, digest=before))
    return events


def found(events: list[Event], *, whole: list[Event]) -> list[str]:
    """In `events`, where the registry says that `whole` happened."""
    return list(faults(events, Head(whole[-1].revision, len(whole), whole[-1].digest)))


def test_a_history_as_it_was_written_has_no_fault() -> None:
    whole = history(5)
    assert found(whole, whole=whole) == []
    assert list(faults([], Head(0, 0, FIRST_DIGEST))) == []


@given(st.integers(0, 4), st.sampled_from(["what", "subject", "earlier", "actor", "details"]))
def test_a_changed_event_is_named(place: int, field: str) -> None:
    whole = history(5)
    events = [*whole]
    events[place] = replace(events[place], **{field: "another"})  # type: ignore[arg-type]
    assert [f"event {place + 1} " in fault for fault in found(events, whole=whole)] == [True]


@given(st.integers(0, 4))
def test_a_dropped_event_is_missed_the_last_too(place: int) -> None:
    whole = history(5)
    assert found(whole[:place] + whole[place + 1 :], whole=whole)


@given(st.integers(0, 4), st.integers(0, 4))
def test_events_that_changed_places_are_found(one: int, other: int) -> None:
    whole = history(5)
    events = [*whole]
    events[one] = replace(whole[other], event_id=one + 1)
    events[other] = replace(whole[one], event_id=other + 1)
    assert bool(found(events, whole=whole)) == (one != other)


def test_a_sealed_forgery_breaks_the_event_after_it() -> None:
    whole = history(5)
    forged = replace(whole[1], subject="another")
    events = [*whole]
    events[1] = replace(forged, digest=digest_of(forged, whole[0].digest))
    assert ["event 3 " in fault for fault in found(events, whole=whole)] == [True]


def test_a_history_that_was_written_anew_is_found_by_who_kept_an_earlier_digest() -> None:
    earlier, anew = history(5), [replace(event, actor="forger") for event in history(6)]
    before = FIRST_DIGEST
    for place, event in enumerate(anew):
        before = digest_of(event, before)
        anew[place] = replace(event, digest=before)
    since = {5: earlier[-1].digest}
    assert list(faults(anew, Head(anew[-1].revision, 6, before))) == []
    assert list(faults(anew, Head(anew[-1].revision, 6, before), since))
    assert list(faults(anew[:4], Head(anew[3].revision, 4, anew[3].digest), since))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE history SET subject = 'other' WHERE event_id = 2",
        "UPDATE history SET at = '2020-01-01 00:00:00.000000' WHERE event_id = 2",
        "DELETE FROM history WHERE event_id = 2",
        "DELETE FROM history WHERE event_id = 3",
    ],
)
def test_who_tampers_with_the_database_is_found_out(tmp_path: Path, tampering: str) -> None:
    with Registry.open(Store(tmp_path)) as registry:
        for slug in ("acme", "bolt", "cobalt"):
            registry.save_brand(Brand(slug, slug, slug, "ip@example"), NOW)
        assert registry.history_faults() == ()
        engine = create_engine(f"sqlite:///{tmp_path / 'registry.db'}")
        with engine.begin() as connection:
            connection.execute(text(tampering))
        engine.dispose()
        assert len(registry.history_faults()) == 1


def test_an_event_says_who_did_it(tmp_path: Path) -> None:
    with Registry.open(Store(tmp_path)) as registry:
        registry.save_brand(Brand("acme", "Acme", "Acme Ltd", "ip@example"), NOW)
        registry.acting("key 1 (eu)").save_brand(Brand("acme", "ACME", "Acme Ltd", "ip@example"), NOW)
        assert [event.actor for event in registry.history()] == [LOCAL, "key 1 (eu)"]
        assert registry.history_faults() == ()
