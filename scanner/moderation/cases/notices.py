"""Listings that rights holders point out, and how often people find that each of them was right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, case, func, select

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.registry.database import Database, Write, fetch
from brand_index.types import ReferenceKind
from scanner.moderation.cases.tables import cases, notices, notifier_counts
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.precision import Precision, is_right

LONGEST_STATEMENT: Final = 2_000  # characters


@dataclass(frozen=True, slots=True)
class NoticeSubmission:
    """What a rights holder says of a listing. Raises InvalidField: nothing is said, or more than may be."""

    brand_id: str  # slug
    kind: ReferenceKind  # what of the brand's the listing shows
    statement: str  # why it must not

    def __post_init__(self) -> None:
        """It says something, in so many characters of text."""
        if not fields.passage("statement", self.statement, LONGEST_STATEMENT):
            raise InvalidField("statement is empty: say why the listing must not be shown")


@dataclass(frozen=True, slots=True)
class Notice:
    """A listing that was pointed out, whatever the scan of its images said."""

    case_id: str
    notifier: str  # as the history names it
    brand_id: str  # slug
    kind: ReferenceKind
    statement: str
    at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class Notifier:
    """Somebody who points out listings."""

    name: str  # as the history names it
    notices: int
    precision: Precision  # of what was decided about the brand that was named

    def is_trusted(self, least: float, labels: int) -> bool:
        """Whether people upheld so many, `labels` at least, that the share's lower bound is `least` or more, 0..1."""
        return self.precision.decided >= labels and self.precision.interval[0] >= least


@dataclass(slots=True)
class _Count:
    notices: int = 0
    right: int = 0
    decided: int = 0


def record_notice(write: Write, case_id: str, notice: NoticeSubmission) -> Notice:
    """Keep what was said of a case's listing, in the transaction that opens the case."""
    made = Notice(case_id, write.actor, notice.brand_id, notice.kind, notice.statement.strip(), write.now)
    values = {name: getattr(made, name) for name in Notice.__dataclass_fields__}
    write.connection.execute(notices.insert().values(**values))
    write.note("notice submitted", case_id, {"brand_id": made.brand_id, "kind": made.kind, "statement": made.statement})
    return made


def notice_on(database: Database, case_id: str) -> Notice | None:
    """What a rights holder said of a case's listing; None: nobody pointed it out."""
    with database.read() as connection:
        query = select(notices).where(notices.c.case_id == case_id)
        return next(iter(fetch(connection, Notice, query)), None)


def list_notifiers(database: Database, brand: str | None = None) -> tuple[Notifier, ...]:
    """Who pointed out listings, for one brand or (None) for any, and what people made of it; the busiest first."""
    counts: dict[str, _Count] = {}
    with database.read() as connection:
        for name, state, ground, number in _decided(connection, brand):
            count = counts.setdefault(name, _Count())
            right = None if state is None else is_right(state, ground)
            count.notices += number
            if right is not None:
                count.right, count.decided = count.right + right * number, count.decided + number
    made = (Notifier(name, each.notices, Precision(each.right, each.decided)) for name, each in counts.items())
    return tuple(sorted(made, key=lambda each: (-each.notices, each.name)))


def states_of_notices() -> Select[Any]:
    """Notifier, brand, state and ground of each listing that was pointed out; no state where another brand was judged.

    A scan opens one case, about what it saw most surely: a notifier of another brand is neither right nor wrong.
    """
    same = cases.c.brand_id == notices.c.brand_id
    return select(
        notices.c.notifier,
        notices.c.brand_id,
        case((same, cases.c.state)).label("state"),
        case((same, cases.c.ground)).label("ground"),
    ).join(cases, cases.c.case_id == notices.c.case_id)


def _decided(connection: Connection, brand: str | None) -> Iterator[tuple[str, CaseState | None, Ground | None, int]]:
    """Notifier, state, ground and how many, of cases that are kept and of those that were purged."""
    kept = states_of_notices().subquery()
    for table, number in ((kept, func.count()), (notifier_counts, func.sum(notifier_counts.c.cases))):
        columns = (table.c.notifier, table.c.state, table.c.ground)
        query = select(*columns, number).group_by(*columns)
        if brand is not None:
            query = query.where(table.c.brand_id == brand)
        for name, state, ground, count in connection.execute(query):
            yield name, state, ground, int(count)
