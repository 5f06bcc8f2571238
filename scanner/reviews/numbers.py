"""How many scans came, were flagged and were decided on each day; it draws nothing."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from brand_index.database import Database
from scanner.reviews.tables import cases
from scanner.tables import scans


@dataclass(frozen=True, slots=True)
class Day:
    """One day, UTC."""

    day: date
    scanned: int
    flagged: int
    decided: int


def days(database: Database, first: date, last: date) -> tuple[Day, ...]:
    """Each day from `first` to `last`, both included."""
    since = datetime.combine(first, time(), UTC)
    with database.read() as connection:
        came = connection.execute(select(scans.c.finished_at).where(scans.c.finished_at >= since)).scalars()
        scanned = Counter(moment.date() for moment in came)
        opened = connection.execute(select(cases.c.opened_at).where(cases.c.opened_at >= since)).scalars()
        flagged = Counter(moment.date() for moment in opened)
        ended = connection.execute(select(cases.c.decided_at).where(cases.c.decided_at >= since)).scalars()
        decided = Counter(moment.date() for moment in ended)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(Day(day, scanned[day], flagged[day], decided[day]) for day in every)
