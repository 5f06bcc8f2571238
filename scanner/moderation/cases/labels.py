"""Counts of decisions, from which precision is computed. They outlive the cases."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, select

from brand_index.registry.database import Database, Write
from scanner.moderation.cases.notices import FROM_NOTICE, states_of_notices
from scanner.moderation.cases.tables import cases, label_counts, notices, notifier_counts
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.precision import PERIOD, Label, Method, Precision, Spread, is_right, precision_of

# Cases that a scan opened by what it saw, and no notice.
_FLAGGED: Final = and_(cases.c.reference_id.is_not(None), ~FROM_NOTICE)


@dataclass(frozen=True, slots=True)
class Found:
    """How often a reference was flagged, and how often reviewers confirmed it."""

    cases: int
    precision: Precision


def labels_in(
    connection: Connection, *, brands: Collection[str] | None = None, reference: str | None = None
) -> Iterator[Label]:
    """The decisions about some brands, or one reference; None: about any.

    A case that a notice opened says nothing about a method, whatever the scan found: rights holders choose what they
    point out, and with easy cases could get a method to block that the others show to be wrong.
    """
    for table, number, counted in (
        (cases, func.count(), _FLAGGED),
        (label_counts, func.sum(label_counts.c.cases), label_counts.c.reference_id.is_not(None)),
    ):
        which: list[ColumnElement[bool]] = [
            table.c.state.in_((CaseState.CONFIRMED, CaseState.DISMISSED)),
            counted,
        ]
        if brands is not None:
            which.append(table.c.brand_id.in_(brands))
        if reference is not None:
            which.append(table.c.reference_id == reference)
        columns = (table.c.brand_id, table.c.kind, table.c.state, table.c.ground)
        query = select(*columns, number).where(and_(*which)).group_by(*columns)
        for brand, kind, state, ground, count in connection.execute(query):
            yield Label(Method(brand, kind), state, ground, int(count))


def found(database: Database, reference: str) -> Found:
    """How often a reference was flagged and confirmed since it was registered."""
    with database.read() as connection:
        now = select(func.count()).select_from(cases).where(cases.c.reference_id == reference, _FLAGGED)
        purged = select(func.coalesce(func.sum(label_counts.c.cases), 0)).where(
            label_counts.c.reference_id == reference
        )
        number = int(connection.execute(now).scalar_one()) + int(connection.execute(purged).scalar_one())
        table = precision_of(labels_in(connection, reference=reference))
    return Found(number, next(iter(table.of.values()), Precision(0, 0)))


def spreads_in(connection: Connection, references: Collection[str], now: datetime) -> Mapping[str, Spread]:
    """How widely each of these references was matched lately; without those that opened no case."""
    recent = and_(cases.c.reference_id.in_(references), cases.c.opened_at > now - PERIOD, _FLAGGED)
    sellers = select(cases.c.reference_id, func.count(cases.c.seller_id.distinct())).where(recent)
    states = (cases.c.reference_id, cases.c.state, cases.c.ground)
    counts = select(*states, func.count()).where(recent).group_by(*states)
    decided, wrong = Counter[str](), Counter[str]()
    for reference, state, ground, number in connection.execute(counts):
        right = is_right(state, ground)
        if right is not None:
            decided[reference] += int(number)
            wrong[reference] += 0 if right else int(number)
    found_by = connection.execute(sellers.group_by(cases.c.reference_id))
    return {reference: Spread(int(number), decided[reference], wrong[reference]) for reference, number in found_by}


def spread_of(database: Database, reference: str, now: datetime) -> Spread | None:
    """How widely a reference was matched lately; None: it opened no case."""
    with database.read() as connection:
        return spreads_in(connection, (reference,), now).get(reference)


def keep_counts(write: Write, case_ids: Sequence[str]) -> None:
    """Count the decisions on cases that are about to be deleted."""
    columns = (cases.c.reference_id, cases.c.brand_id, cases.c.kind, cases.c.state, cases.c.ground)
    gone = and_(cases.c.case_id.in_(case_ids), _FLAGGED)
    _add(write, label_counts, select(*columns).where(gone))
    _add(write, notifier_counts, states_of_notices().where(notices.c.case_id.in_(case_ids)))


def _add(write: Write, table: Table, one_by_one: Select[Any]) -> None:
    """Add the number of equal rows to their count in `table`."""
    rows = one_by_one.subquery()
    columns = [table.c[column.name] for column in rows.c]
    for *values, number in write.connection.execute(select(*rows.c, func.count()).group_by(*rows.c)).all():
        pairs = list(zip(columns, values, strict=True))
        same = and_(*(column == value for column, value in pairs))
        if not write.update(table, same, {"cases": table.c.cases + number}):
            write.add(table, {column.name: value for column, value in pairs} | {"cases": number})
