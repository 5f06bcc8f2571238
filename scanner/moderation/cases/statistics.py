"""Counts of scans, cases and decisions in a period, by day, brand and reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Column, Connection, func, literal_column, select

from brand_index.registry.database import Database
from scanner.moderation.cases.tables import cases, notices
from scanner.moderation.records.tables import scans
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.types import Decision


@dataclass(frozen=True, slots=True)
class Day:
    """One day, UTC."""

    day: date
    scanned: int
    flagged: int  # by their scans
    notices: int  # of rights holders
    decided: int


@dataclass(frozen=True, slots=True)
class Part:
    """The cases of one brand or one reason in a period."""

    name: str | None  # None: no brand, since the image could not be examined
    opened: int  # in the period
    confirmed: int  # in the period, whenever they were opened
    dismissed: int  # in the period, whenever they were opened


def days(database: Database, first: date, last: date) -> tuple[Day, ...]:
    """The counts of each day from `first` to `last`, inclusive."""
    with database.read() as connection:
        scanned = _by_day(connection, scans.c.finished_at, first, last)
        flagged = _by_day(connection, cases.c.opened_at, first, last, cases.c.decision != Decision.CLEAR)
        noticed = _by_day(connection, notices.c.at, first, last)
        decided = _by_day(connection, cases.c.decided_at, first, last)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(Day(day, scanned[day], flagged[day], noticed[day], decided[day]) for day in every)


def by_brand(database: Database, first: date, last: date) -> tuple[Part, ...]:
    """The cases of each brand from `first` to `last`, inclusive; the brand with the most first."""
    return _parts(database, cases.c.brand_id, first, last)


def by_reason(database: Database, first: date, last: date) -> tuple[Part, ...]:
    """As `by_brand`, for each reason of the verdict."""
    return _parts(database, cases.c.reason, first, last)


def _parts(database: Database, name: Column[Any], first: date, last: date) -> tuple[Part, ...]:
    opened = select(name, func.count()).where(*_within(cases.c.opened_at, first, last)).group_by(name)
    ended = select(name, cases.c.state, func.count()).where(*_within(cases.c.decided_at, first, last))
    with database.read() as connection:
        came = {_word(value): int(number) for value, number in connection.execute(opened)}
        decided = {
            (_word(value), state): int(number)
            for value, state, number in connection.execute(ended.group_by(name, cases.c.state))
        }
    parts = (
        Part(
            each,
            came.get(each, 0),
            decided.get((each, CaseState.CONFIRMED), 0),
            decided.get((each, CaseState.DISMISSED), 0),
        )
        for each in {*came, *(value for value, _ in decided)}
    )
    return tuple(sorted(parts, key=lambda each: (-each.opened, -each.confirmed - each.dismissed, each.name or "")))


def _word(value: object) -> str | None:
    return None if value is None else str(value)


def _by_day(connection: Connection, moment: Column[datetime], first: date, last: date, *which: Any) -> Counter[date]:
    # PostgreSQL keeps times with a zone, and would use the day in the server's zone.
    kept = func.timezone(literal_column("'UTC'"), moment) if connection.dialect.name == "postgresql" else moment
    day = func.date(kept)
    query = select(day, func.count()).where(*_within(moment, first, last), *which).group_by(day)
    return Counter({date.fromisoformat(str(value)): int(number) for value, number in connection.execute(query)})


def _within(moment: Column[datetime], first: date, last: date) -> Iterable[Any]:
    return (
        moment >= datetime.combine(first, time(), UTC),
        moment < datetime.combine(last + timedelta(days=1), time(), UTC),
    )
