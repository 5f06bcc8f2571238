"""Notices of rights holders about listings (Article 16 DSA), and how often each notifier was right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, case, exists, func, or_, select

from brand_index import fields
from brand_index.errors import Contradictory, InvalidField
from brand_index.registry.database import Database, Write, fetch
from brand_index.types import ReferenceKind
from scanner.moderation.cases.tables import cases, notices, notifier_counts
from scanner.verdicts.case_states import UNDECIDED, CaseState, Ground
from scanner.verdicts.precision import Precision, is_right
from scanner.verdicts.types import Listing

LONGEST_STATEMENT: Final = 2_000  # characters
FROM_NOTICE: Final = exists().where(notices.c.case_id == cases.c.case_id)
"""Of a case: whether a notice opened it. Its notifier chose the images and named the seller."""


class NoticeOpen(Contradictory):
    """The notifier has an undecided notice about the same listing."""

    code = "notice_open"


@dataclass(frozen=True, slots=True)
class NoticeSubmission:
    """A notice as a rights holder submits it. Raises InvalidField when the statement is empty or too long."""

    brand_id: str  # slug
    kind: ReferenceKind  # of the brand's reference that the listing shows
    statement: str  # why it must not be shown

    def __post_init__(self) -> None:
        """Refuse an empty or too long statement."""
        if not fields.passage("statement", self.statement, LONGEST_STATEMENT):
            raise InvalidField("statement is empty: say why the listing must not be shown")


@dataclass(frozen=True, slots=True)
class Notice:
    """A recorded notice about the listing of a case."""

    case_id: str
    notifier: str  # as the history names it
    brand_id: str  # slug
    kind: ReferenceKind
    statement: str
    at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class Notifier:
    """Who submits notices, and how often reviewers agreed."""

    name: str  # as the history names it
    notices: int
    precision: Precision  # of decisions about the brand that the notice named

    def is_trusted(self, least: float, labels: int) -> bool:
        """Whether at least `labels` notices were decided and the lower bound of the share upheld is `least`, 0..1."""
        return self.precision.decided >= labels and self.precision.interval[0] >= least


@dataclass(slots=True)
class _Count:
    notices: int = 0
    right: int = 0
    decided: int = 0


def record_notice(write: Write, case_id: str, notice: NoticeSubmission) -> Notice:
    """Record the notice about a case's listing, in the write that opens the case."""
    made = Notice(case_id, write.actor, notice.brand_id, notice.kind, notice.statement.strip(), write.now)
    values = {name: getattr(made, name) for name in Notice.__dataclass_fields__}
    write.add(notices, values)
    write.note("notice submitted", case_id, {"brand_id": made.brand_id, "kind": made.kind, "statement": made.statement})
    return made


def check_no_open_notice(connection: Connection, notifier: str, notice: NoticeSubmission, listing: Listing) -> None:
    """Check that the notifier has no undecided notice of this brand and kind about the listing. Raises NoticeOpen.

    Without a listing_id nobody knows which listing it is: copies of one photo stand in many.
    """
    if listing.listing_id is None:
        return
    query = (
        select(notices.c.case_id)
        .join(cases, cases.c.case_id == notices.c.case_id)
        .where(
            notices.c.notifier == notifier,
            notices.c.brand_id == notice.brand_id,
            notices.c.kind == notice.kind,
            cases.c.listing_id == listing.listing_id,
            cases.c.state.in_(UNDECIDED),
        )
    )
    if listing.seller_id is not None:
        query = query.where(or_(cases.c.seller_id == listing.seller_id, cases.c.seller_id.is_(None)))
    known = connection.execute(query.limit(1)).scalar_one_or_none()
    if known is not None:
        raise NoticeOpen(
            f"you already have an open notice about listing {listing.listing_id!r}: case {known}. "
            "Wait until a reviewer has decided it"
        )


def notice_on(database: Database, case_id: str) -> Notice | None:
    """The notice about a case's listing; None: there is none."""
    with database.read() as connection:
        query = select(notices).where(notices.c.case_id == case_id)
        return next(iter(fetch(connection, Notice, query)), None)


def list_notifiers(database: Database, brand: str | None = None) -> tuple[Notifier, ...]:
    """Notifiers for one brand or (None) for any, with their precision; the most active first.

    A notice about a seller's own photo is wrong, though the match is right: its notifier registered another's photo.
    """
    counts: dict[str, _Count] = {}
    with database.read() as connection:
        for name, state, ground, number in _decided(connection, brand):
            count = counts.setdefault(name, _Count())
            right = None if state is None else is_right(state, ground) and ground is not Ground.OWN_PHOTO
            count.notices += number
            if right is not None:
                count.right, count.decided = count.right + right * number, count.decided + number
    made = (Notifier(name, each.notices, Precision(each.right, each.decided)) for name, each in counts.items())
    return tuple(sorted(made, key=lambda each: (-each.notices, each.name)))


def states_of_notices() -> Select[Any]:
    """Notifier, brand, state and ground of each notice; the state is NULL where the case is about another brand.

    A scan opens one case, about its surest match: a notifier of another brand is then neither right nor wrong.
    """
    same = cases.c.brand_id == notices.c.brand_id
    return select(
        notices.c.notifier,
        notices.c.brand_id,
        case((same, cases.c.state)).label("state"),
        case((same, cases.c.ground)).label("ground"),
    ).join(cases, cases.c.case_id == notices.c.case_id)


def _decided(connection: Connection, brand: str | None) -> Iterator[tuple[str, CaseState | None, Ground | None, int]]:
    """Notifier, state, ground and number of notices, of kept cases and of purged ones."""
    kept = states_of_notices().subquery()
    for table, number in ((kept, func.count()), (notifier_counts, func.sum(notifier_counts.c.cases))):
        columns = (table.c.notifier, table.c.state, table.c.ground)
        query = select(*columns, number).group_by(*columns)
        if brand is not None:
            query = query.where(table.c.brand_id == brand)
        for name, state, ground, count in connection.execute(query):
            yield name, state, ground, int(count)
