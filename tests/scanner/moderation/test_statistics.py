"""What the overview counts: by day, brand and reason, each day in UTC whatever the server's zone is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.moderation.cases.cases import Cases
from scanner.moderation.cases.notices import NoticeSubmission
from scanner.moderation.cases.statistics import Day, Part, by_brand, by_reason, days
from scanner.moderation.registry import open_registry
from scanner.moderation.store import Records
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.types import Reason
from tests.scanner.moderation.test_cases import COPY, LISTING, LOGO, MOMENT, SUSPECTED, UNREADABLE, Desk, Shown
from tests.scanner.verdicts.test_judgement import NOW

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
FIRST, LAST = NOW.date(), NOW.date() + DAY
BOLT = replace(LOGO, brand_id="bolt", reference_id="bolt-logo")


@pytest.fixture
def desk(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("PGTZ", "Pacific/Kiritimati")  # 14 hours ahead: PostgreSQL's day would be another
    store = Store(tmp_path)
    with open_registry(store, address) as registry:
        yield Desk(registry, Records(registry.database, store), Cases(registry.database))


def expected(desk: Desk, first: date = FIRST, last: date = LAST) -> tuple[Day, ...]:
    return days(desk.registry.database, first, last)


def test_a_day_without_anything_is_counted_too(desk: Desk) -> None:
    assert expected(desk) == (Day(FIRST, 0, 0, 0, 0), Day(LAST, 0, 0, 0, 0))


def test_each_day_has_its_scans_cases_and_decisions(desk: Desk) -> None:
    desk.scan(Shown())
    first, second = desk.flag(COPY), desk.flag(LOGO)
    desk.decide(first, at=NOW + DAY)
    desk.decide(second, CaseState.ESCALATED)
    desk.scan(Shown(), notice=NoticeSubmission("acme", ReferenceKind.LOGO, "Ours."), at=NOW + DAY)
    other = replace(LISTING, listing_id="L-2")
    desk.scan(Shown((LOGO,)), listing=other, notice=NoticeSubmission("acme", ReferenceKind.LOGO, "Ours."), at=NOW + DAY)
    assert expected(desk) == (Day(FIRST, 3, 2, 0, 0), Day(LAST, 2, 1, 2, 1))


def test_a_day_begins_and_ends_at_midnight_in_utc(desk: Desk) -> None:
    for at in (MIDNIGHT - MOMENT, MIDNIGHT, MIDNIGHT + DAY - MOMENT, MIDNIGHT + DAY, MIDNIGHT + 2 * DAY):
        desk.decide(desk.flag(at=at), at=at)
    assert expected(desk) == (Day(FIRST, 2, 2, 0, 2), Day(LAST, 1, 1, 0, 1))
    assert by_brand(desk.registry.database, FIRST, LAST) == (Part("acme", 3, 3, 0),)
    assert by_brand(desk.registry.database, FIRST, FIRST) == (Part("acme", 2, 2, 0),)


def test_cases_are_counted_by_brand_and_by_reason(desk: Desk) -> None:
    desk.decide(desk.flag(COPY))
    desk.decide(desk.flag(COPY), CaseState.DISMISSED, ground=Ground.PARODY)
    desk.flag(SUSPECTED)
    desk.decide(desk.flag(BOLT), CaseState.DISMISSED, ground=Ground.NOT_THE_MARK)
    desk.scan(UNREADABLE)
    database = desk.registry.database
    assert by_brand(database, FIRST, LAST) == (Part("acme", 3, 1, 1), Part("bolt", 1, 0, 1), Part(None, 1, 0, 0))
    assert by_reason(database, FIRST, LAST) == (
        Part(Reason.PHOTO_COPIED.value, 2, 1, 1),
        Part(Reason.LOGO_UNAUTHORIZED.value, 1, 0, 1),
        Part(Reason.PHOTO_SUSPECTED.value, 1, 0, 0),
        Part(Reason.UNREADABLE.value, 1, 0, 0),
    )


def test_what_was_opened_before_the_period_counts_where_it_was_decided_in_it(desk: Desk) -> None:
    desk.decide(desk.flag(COPY, at=NOW - 9 * DAY), at=NOW)
    assert by_brand(desk.registry.database, FIRST, LAST) == (Part("acme", 0, 1, 0),)
