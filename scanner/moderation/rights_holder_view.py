"""What a rights holder sees of the cases and notices about its own brands, and in which words; it changes nothing.

It leaves out who decided, reviewers' notes and comments, other brands' matches, and of the seller all but the name.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, case, func, or_, select, type_coerce

from brand_index import fields
from brand_index.registry.database import Database
from brand_index.types import ReferenceKind
from scanner.moderation.cases.cases import contains
from scanner.moderation.cases.tables import cases, notices
from scanner.moderation.records.tables import scans
from scanner.moderation.seller_notices.tables import appeals, seller_notices
from scanner.moderation.seller_notices.types import AppealOutcome, Form
from scanner.verdicts.case_states import UNDECIDED, CaseState, Ground
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import Decision

PAGE: Final = 25  # cases or notices


class HolderState(StrEnum):
    """The state of a case or notice for a rights holder."""

    OPEN = "open"  # also while it is escalated
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    CLOSED = "closed"  # of a notice: the case was decided about a match of another brand


STATES: Final = {
    HolderState.OPEN: "Open",
    HolderState.CONFIRMED: "Confirmed",
    HolderState.DISMISSED: "Dismissed",
    HolderState.CLOSED: "Closed",
}
DISMISSED: Final = {
    Ground.AUTHORIZED: "The seller is authorized.",
    Ground.GENUINE_RESALE: "The seller resells genuine goods.",
    Ground.NOMINATIVE_USE: "The mark only says what the product fits.",
    Ground.NOT_THE_MARK: "The listing shows another mark, or another photo.",
    Ground.PARODY: "The listing is a parody.",
    Ground.OWN_PHOTO: "The seller took the photo, or showed it before others did.",
    Ground.LICENSED_PHOTO: "The photo is licensed to the seller by others than the brand.",
}
_MEASURES: Final = {
    Restriction.REMOVED: "was removed",
    Restriction.DISABLED: "is no longer shown to buyers",
    Restriction.DEMOTED: "is shown to fewer buyers",
}
_WAITS: Final = {
    Decision.BLOCK: "Markscan advised the marketplace to block the listing. A reviewer will decide.",
    Decision.REVIEW: "Markscan advised the marketplace to have it reviewed. A reviewer will decide.",
    Decision.CLEAR: "Markscan found no violation by itself. A reviewer will decide.",
}


@dataclass(frozen=True, slots=True)
class HolderAppeal:
    """A seller's appeal, without what the seller wrote."""

    appeal_id: str
    form: Form
    received_at: datetime
    answer_by: datetime | None  # until when the rights holder may answer; None: it is not asked, or has answered
    outcome: AppealOutcome | None  # None: undecided
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class HolderCase:
    """A case, or a notice, as its rights holder sees it."""

    case_id: str
    brand_id: str
    reference_id: str | None  # None: people saw a match, and the scan did not; or the match is another brand's
    kind: ReferenceKind | None  # of the match
    state: HolderState
    ground: Ground | None  # of a dismissal
    decision: Decision  # of the policy
    listing_id: str | None
    seller_id: str | None
    market: str | None
    title: str | None
    opened_at: datetime  # UTC
    decided_at: datetime | None
    statement: str | None  # of the notice that the rights holder sent; None: a scan opened the case
    notice_kind: ReferenceKind | None  # that the notice named; None likewise
    about_brand: bool  # whether the case is about this brand; False: about a match of another one
    measures: tuple[str, ...]  # what was done with the listing, in words, the oldest first
    appeals: tuple[HolderAppeal, ...]  # the oldest first

    @property
    def outcome(self) -> tuple[str, ...]:
        """What became of it, a sentence each."""
        if self.state is HolderState.CLOSED:
            return ("The listing was decided about for another reason than this notice.",)
        if self.state is HolderState.OPEN:
            waits = _WAITS[self.decision] if self.about_brand else "A reviewer will decide."
            return (waits, *self.measures)
        if self.state is HolderState.DISMISSED:
            why = "No violation was found." if self.ground is None else DISMISSED[self.ground]
            return (why, *self.measures)
        return self.measures or ("The violation is confirmed. No measure against the listing is recorded.",)


@dataclass(frozen=True, slots=True)
class HolderFilters:
    """Which cases or notices to list; None: no restriction. Raises InvalidField if `until` comes before `since`."""

    brands: frozenset[str] | None  # that the user may see
    state: HolderState | None = None
    text: str | None = None  # in the listing's identifier, the seller's or the title
    since: datetime | None = None  # opened at or after
    until: datetime | None = None  # opened before

    def __post_init__(self) -> None:
        """Refuse what no case can be."""
        fields.in_order("since", self.since, "until", self.until)


def list_cases(
    database: Database, filters: HolderFilters, *, first: int = 0, count: int = PAGE
) -> tuple[HolderCase, ...]:
    """The cases about the brands, the newest first."""
    return _views(database, _case_rows(filters).offset(first).limit(count))


def list_notices(
    database: Database, filters: HolderFilters, *, first: int = 0, count: int = PAGE
) -> tuple[HolderCase, ...]:
    """The notices that were sent for the brands, the newest first."""
    return _views(database, _notice_rows(filters).offset(first).limit(count))


def count_cases(database: Database, filters: HolderFilters) -> int:
    """The number of cases that `filters` select."""
    return _count(database, _case_rows(filters))


def count_notices(database: Database, filters: HolderFilters) -> int:
    """The number of notices that `filters` select."""
    return _count(database, _notice_rows(filters))


def find_case(database: Database, case_id: str, brands: frozenset[str] | None) -> HolderCase | None:
    """The case with this id about one of the brands (None: any); None, too, if it is about another brand."""
    query = _case_rows(HolderFilters(brands)).where(cases.c.case_id == case_id)
    return next(iter(_views(database, query)), None)


def _case_rows(filters: HolderFilters) -> Select[Any]:
    own = notices.c.brand_id == cases.c.brand_id  # a notice of another brand about the same listing is not shown
    query = _columns(cases.c.brand_id, case((own, notices.c.statement)))
    return query.where(cases.c.brand_id.is_not(None), *_selected(filters, cases.c.brand_id, _text(cases.c.state)))


def _notice_rows(filters: HolderFilters) -> Select[Any]:
    decided = case((cases.c.state.in_(UNDECIDED), CaseState.OPEN.value), else_=HolderState.CLOSED.value)
    state = case((_about(notices.c.brand_id), _text(cases.c.state)), else_=decided)
    query = _columns(notices.c.brand_id, notices.c.statement)
    return query.where(notices.c.case_id.is_not(None), *_selected(filters, notices.c.brand_id, state))


def _about(brand: Any) -> ColumnElement[bool]:
    return and_(cases.c.brand_id.is_not(None), cases.c.brand_id == brand)


def _text(column: Any) -> Any:
    """A column of words, whose values are compared as texts."""
    return type_coerce(column, Text)


def _columns(brand: Any, statement: Any) -> Select[Any]:
    return (
        select(
            cases.c.case_id,
            brand.label("of_brand"),
            cases.c.brand_id.label("case_brand"),
            cases.c.reference_id,
            cases.c.kind,
            cases.c.state,
            cases.c.ground,
            cases.c.decision,
            cases.c.listing_id,
            cases.c.seller_id,
            cases.c.market,
            scans.c.title,
            cases.c.opened_at,
            cases.c.decided_at,
            statement.label("statement"),
            notices.c.kind.label("notice_kind"),
        )
        .select_from(cases.join(scans, scans.c.scan_id == cases.c.case_id).outerjoin(notices))
        .order_by(cases.c.opened_at.desc(), cases.c.case_id)
    )


def _selected(filters: HolderFilters, brand: Any, state: Any) -> list[ColumnElement[bool]]:
    limits: list[ColumnElement[bool]] = []
    if filters.brands is not None:
        limits.append(brand.in_(sorted(filters.brands)))
    if filters.state is HolderState.OPEN:
        limits.append(state.in_(sorted(each.value for each in UNDECIDED)))
    elif filters.state is not None:
        limits.append(state == filters.state.value)
    if filters.since is not None:
        limits.append(cases.c.opened_at >= filters.since)
    if filters.until is not None:
        limits.append(cases.c.opened_at < filters.until)
    if filters.text:
        columns = (cases.c.listing_id, cases.c.seller_id, scans.c.title)
        found = [contains(column, filters.text) for column in columns]
        limits.append(or_(cases.c.case_id.startswith(filters.text.lower(), autoescape=True), *found))
    return limits


def _count(database: Database, query: Select[Any]) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one())


def _views(database: Database, query: Select[Any]) -> tuple[HolderCase, ...]:
    with database.read() as connection:
        rows = connection.execute(query).all()
        ids = [row.case_id for row in rows]
        sent = connection.execute(
            select(seller_notices).where(seller_notices.c.case_id.in_(ids)).order_by(seller_notices.c.nth)
        ).all()
        against = select(appeals).where(appeals.c.seller_notice_id.in_([each.seller_notice_id for each in sent]))
        received = connection.execute(against.order_by(appeals.c.received_at)).all()
    return tuple(_view(row, sent, received) for row in rows)


def _view(row: Any, sent: Collection[Any], received: Collection[Any]) -> HolderCase:
    about = row.case_brand is not None and row.case_brand == row.of_brand
    own = [each for each in sent if each.case_id == row.case_id and each.brand_id == row.of_brand]
    own_ids = {each.seller_notice_id for each in own}
    return HolderCase(
        case_id=row.case_id,
        brand_id=row.of_brand,
        reference_id=row.reference_id if about else None,
        kind=row.kind if about else None,
        state=_state(row.state, about=about),
        ground=row.ground if about else None,
        decision=row.decision,
        listing_id=row.listing_id,
        seller_id=row.seller_id,
        market=row.market,
        title=row.title,
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        statement=row.statement,
        notice_kind=None if row.statement is None else row.notice_kind,
        about_brand=about,
        measures=tuple(_measure(each) for each in own),
        appeals=tuple(_appeal(each) for each in received if each.seller_notice_id in own_ids),
    )


def _state(state: CaseState, *, about: bool) -> HolderState:
    if state in UNDECIDED:
        return HolderState.OPEN
    return HolderState(state.value) if about else HolderState.CLOSED


def _measure(sent: Any) -> str:
    done = f"The listing {_MEASURES[sent.restriction]} ({sent.sent_at:%Y-%m-%d})"
    return f"{done}." if sent.ended_at is None else f"{done}; that ended on {sent.ended_at:%Y-%m-%d}."


def _appeal(row: Any) -> HolderAppeal:
    waits = row.answer is None and row.outcome is None
    answer_by = row.answer_by if waits else None
    return HolderAppeal(row.appeal_id, row.form, row.received_at, answer_by, row.outcome, row.decided_at)
