"""The ledger of points and measures: events are only added, never changed or deleted. standing.py sums them up."""

import uuid
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Row, Table, Text, select

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry.database import Database, Write
from brand_index.registry.schema import UTCDateTime, metadata, sealed
from scanner.moderation.enforcement.ladder import Ladder, Measure, read_ladder, shipped_ladder
from scanner.moderation.enforcement.standing import Event, MeasureConfirmed, PointsGiven, PointsTakenBack

MOST_POINTS: Final = 100  # of one event
_POINTS, _TAKEN_BACK, _MEASURE = "points", "taken back", "measure"  # kinds of event

ledger = Table(
    "ledger",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("seller_id", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("points", Integer),
    Column("serious", Boolean),
    Column("cause", Text),
    Column("of", Text),
    Column("measure", Text),
    Column("until", UTCDateTime),
    Column("author", Text, nullable=False),
    Index("ledger_by_seller", "seller_id"),
    info=sealed(),
)


def named_ladder(name: str) -> Ladder:
    """A shipped ladder by its name, or the TOML file at a path. Raises LadderUnusable."""
    return read_ladder(Path(name)) if name.endswith(".toml") else shipped_ladder(name)


class Ledger:
    """The events of all sellers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(
        self, seller_id: str, points: int, *, serious: bool, cause: str, author: str, now: datetime
    ) -> PointsGiven:
        """Record points for a violation; `cause` in words, or the case. Raises InvalidField."""
        with self._database.write(now) as write:
            return give_points(write, seller_id, points, serious=serious, cause=cause, author=author)

    def take_back(self, event_id: str, author: str, now: datetime) -> PointsTakenBack:
        """Take the points of an event back, as if they had never been given. Raises UnknownRecord, InvalidField."""
        with self._database.write(now) as write:
            if points_taken(write.connection, event_id):
                raise InvalidField(f"the points of event {event_id} are taken back already")
            return take_points_back(write, event_id, author)

    def confirm(
        self, seller_id: str, measure: Measure, until: datetime | None, author: str, now: datetime
    ) -> MeasureConfirmed:
        """Record that a person confirmed a measure of the ladder."""
        event = MeasureConfirmed(uuid.uuid4().hex, seller_id, now, measure, until)
        with self._database.write(now) as write:
            _add(write, _MEASURE, event, seller_id, author)
        return event

    def of(self, seller_id: str) -> tuple[Event, ...]:
        """The events of a seller, the oldest first."""
        query = select(ledger).where(ledger.c.seller_id == seller_id).order_by(ledger.c.at, ledger.c.event_id)
        with self._database.read() as connection:
            return tuple(_event(row) for row in connection.execute(query))


def give_points(write: Write, seller_id: str, points: int, *, serious: bool, cause: str, author: str) -> PointsGiven:
    """As Ledger.give, in an open write."""
    if not 0 <= points <= MOST_POINTS or (points == 0 and not serious):
        raise InvalidField(f"{points} points: give 1 to {MOST_POINTS}, or 0 for a serious violation")
    event = PointsGiven(uuid.uuid4().hex, seller_id, write.now, points, serious, cause)
    _add(write, _POINTS, event, seller_id, author)
    return event


def take_points_back(write: Write, event_id: str, author: str) -> PointsTakenBack:
    """As Ledger.take_back, in an open write. Raises UnknownRecord."""
    known = write.connection.execute(select(ledger).where(ledger.c.event_id == event_id)).one_or_none()
    if known is None or known.kind != _POINTS:
        raise UnknownRecord(f"no points were given by event {event_id!r}")
    event = PointsTakenBack(uuid.uuid4().hex, event_id, write.now)
    _add(write, _TAKEN_BACK, event, known.seller_id, author)
    return event


def points_taken(connection: Connection, event_id: str) -> bool:
    """Whether the points of an event were taken back."""
    return connection.execute(select(ledger.c.event_id).where(ledger.c.of == event_id)).first() is not None


def _add(write: Write, kind: str, event: Event, seller_id: str, author: str) -> None:
    values = asdict(event) | {"kind": kind, "seller_id": seller_id, "author": author}
    write.add(ledger, values)
    write.note(f"ledger: {kind}", seller_id, {"event": event.event_id, "author": author})


def _event(row: Row[Any]) -> Event:
    if row.kind == _TAKEN_BACK:
        return PointsTakenBack(row.event_id, row.of, row.at)
    if row.kind == _MEASURE:
        return MeasureConfirmed(row.event_id, row.seller_id, row.at, Measure(row.measure), row.until)
    return PointsGiven(row.event_id, row.seller_id, row.at, row.points, row.serious, row.cause)
