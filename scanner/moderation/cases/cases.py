"""Cases: listings that wait for a reviewer's decision. A case is leased to one reviewer at a time."""

import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from brand_index.registry.database import Database, fetch
from brand_index.types import ReferenceKind
from scanner.moderation.cases.tables import cases
from scanner.moderation.leases import over
from scanner.moderation.records.tables import scanned_images, scans
from scanner.verdicts.case_states import UNDECIDED, CaseState, Ground
from scanner.verdicts.types import Decision, Reason

LEASE: Final = timedelta(minutes=15)
_SMALL: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Case:
    """A listing that was flagged, or that a notice is about, with the image that decided its verdict."""

    case_id: str  # of its scan
    position: int  # of that image
    brand_id: str | None  # None, as kind: the image could not be examined, or the mark in it is concealed
    reference_id: str | None  # None: as brand_id, or the notice named the brand and not the scan
    kind: ReferenceKind | None
    confidence: float | None  # of the match, or that a mark is concealed; None: the scan found neither
    decision: Decision  # of the policy
    reason: Reason
    listing_id: str | None
    seller_id: str | None
    market: str | None
    image_sha256: str
    pdq: str | None  # hexadecimal; None: too flat, or not examined
    cluster: str  # id of the first case with a similar image and the same reference
    opened_at: datetime  # UTC
    state: CaseState
    ground: Ground | None
    decided_at: datetime | None  # None: it is neither confirmed nor dismissed
    leased_by: str | None
    leased_until: datetime | None
    assignee: str | None  # the user whose case it is until it is decided; None: anybody's


class Order(StrEnum):
    """The order in which cases are listed."""

    SUREST = "surest"
    OLDEST = "oldest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which cases to list; None: no restriction."""

    state: CaseState | None = CaseState.OPEN
    brand_id: str | None = None
    reason: Reason | None = None
    market: str | None = None
    seller_id: str | None = None
    older_than: timedelta | None = None
    cluster: str | None = None
    brands: frozenset[str] | None = None  # that the user may see
    text: str | None = None  # an id of the case or listing, or a part of it, of the seller's name or of the title
    assignee: str | None = None


class Cases:
    """All cases of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def case(self, case_id: str) -> Case | None:
        """The case with this id; None: there is none."""
        return next(iter(self._cases(select(cases).where(cases.c.case_id == case_id))), None)

    def kind_of(self, case_id: str) -> ReferenceKind | None:
        """Of which kind the match of a case is; None: it has none, or there is no such case."""
        case = self.case(case_id)
        return None if case is None else case.kind

    def found(
        self, filters: Filters, order: Order, now: datetime, *, first: int = 0, count: int = 50
    ) -> tuple[Case, ...]:
        """The cases that `filters` select, `count` from number `first` on."""
        query = select(cases).where(_selected(filters, now)).order_by(*_ordered(order)).offset(first).limit(count)
        return self._cases(query)

    def number(self, filters: Filters, now: datetime) -> int:
        """The number of cases that `filters` select."""
        query = select(func.count()).select_from(cases).where(_selected(filters, now))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def counted(
        self, column: str, filters: Filters, now: datetime, *, like: str | None = None, count: int | None = None
    ) -> tuple[tuple[str, int], ...]:
        """The number of cases for each value of a column, such as reason or market; the most frequent first.

        `like`: only values that contain this text; `count`: at most so many values.
        """
        value: Any = cases.c[column]
        query = select(value, func.count()).where(_selected(filters, now), value.is_not(None)).group_by(value)
        if like is not None:
            query = query.where(contains(value, like))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(func.count().desc(), value).limit(count)).all()
        return tuple((str(name), int(number)) for name, number in rows)

    def titles(self, case_ids: Iterable[str]) -> dict[str, str]:
        """The titles of the listings of cases, by the case's id; those without one are left out."""
        titled = and_(scans.c.scan_id.in_(list(case_ids)), scans.c.title.is_not(None))
        with self._database.read() as connection:
            rows = connection.execute(select(scans.c.scan_id, scans.c.title).where(titled))
            return {row.scan_id: row.title for row in rows}

    def kept_images(self, case_ids: Iterable[str]) -> frozenset[tuple[str, int]]:
        """The images of the listings of cases that are still kept: the case's id and the place, from 1."""
        kept = and_(scanned_images.c.scan_id.in_(list(case_ids)), scanned_images.c.kept)
        with self._database.read() as connection:
            rows = connection.execute(select(scanned_images.c.scan_id, scanned_images.c.position).where(kept))
            return frozenset((row.scan_id, row.position + 1) for row in rows)

    def lease(self, case_id: str, user: str, now: datetime, length: timedelta = LEASE) -> bool:
        """Lease the case to `user` for `length`, LEASE at most. False: somebody else is reviewing it."""
        free = or_(over(cases.c.leased_until, now, LEASE), cases.c.leased_by == user)
        mine = and_(cases.c.case_id == case_id, free)
        with self._database.write(now) as write:
            return write.update(cases, mine, {"leased_by": user, "leased_until": now + length}) == 1

    def release(self, case_id: str, user: str, now: datetime) -> None:
        """End the lease, if it is of `user`."""
        mine = and_(cases.c.case_id == case_id, cases.c.leased_by == user)
        with self._database.write(now) as write:
            write.update(cases, mine, {"leased_by": None, "leased_until": None})

    def take_next(self, filters: Filters, order: Order, user: str, now: datetime) -> Case | None:
        """Lease the first free undecided case that `filters` select to `user`. None: there is none.

        Cases that are assigned to `user` come first, and those of other reviewers are passed over.
        """
        free = or_(over(cases.c.leased_until, now, LEASE), cases.c.leased_by == user)
        theirs = and_(cases.c.assignee.is_not(None), cases.c.assignee != user)
        free_cases = and_(_selected(filters, now), cases.c.state.in_(UNDECIDED), free, ~theirs)
        query = select(cases).where(free_cases).order_by(cases.c.assignee.is_(None), *_ordered(order)).limit(1)
        with self._database.write(now) as write:
            found = fetch(write.connection, Case, query)
            for case in found:
                write.update(cases, cases.c.case_id == case.case_id, {"leased_by": user, "leased_until": now + LEASE})
        return found[0] if found else None

    def of_cluster(self, cluster: str) -> tuple[Case, ...]:
        """All cases of a cluster, the oldest first."""
        return self._cases(select(cases).where(cases.c.cluster == cluster).order_by(cases.c.opened_at, cases.c.case_id))

    def _cases(self, query: Any) -> tuple[Case, ...]:
        with self._database.read() as connection:
            return fetch(connection, Case, query)


def _selected(filters: Filters, now: datetime) -> ColumnElement[bool]:
    limits: list[ColumnElement[bool]] = []
    named = (
        (cases.c.state, filters.state),
        (cases.c.brand_id, filters.brand_id),
        (cases.c.reason, filters.reason),
        (cases.c.market, filters.market),
        (cases.c.seller_id, filters.seller_id),
        (cases.c.cluster, filters.cluster),
        (cases.c.assignee, filters.assignee),
    )
    limits += [column == value for column, value in named if value is not None]
    if filters.older_than is not None:
        limits.append(cases.c.opened_at < now - filters.older_than)
    if filters.brands is not None:
        limits.append(cases.c.brand_id.in_(sorted(filters.brands)))
    if filters.text is not None:
        limits.append(_mentions(filters.text))
    return and_(True, *limits)


def _mentions(text: str) -> ColumnElement[bool]:
    """Whether a case has this text where a person would look for it; an id of a case may be cut short."""
    titled = exists().where(scans.c.scan_id == cases.c.case_id, contains(scans.c.title, text))
    named = [contains(column, text) for column in (cases.c.listing_id, cases.c.seller_id)]
    return or_(cases.c.case_id.startswith(text.lower(), autoescape=True), *named, titled)


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a text contains another, in capitals or not.

    SQLite knows no capitals beyond ASCII, so the usual spellings of such a text are tried; and titles come composed
    and decomposed (NFC and NFD).
    """
    spelled = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")}
    ways = (str, str.lower, str.upper, str.title, str.capitalize)
    spellings = {way(each).translate(_SMALL) for each in spelled for way in ways}
    return or_(*(column.icontains(each, autoescape=True) for each in sorted(spellings)))


def _ordered(order: Order) -> Iterable[Any]:
    if order is Order.SUREST:
        return (func.coalesce(cases.c.confidence, 0.0).desc(), cases.c.opened_at, cases.c.case_id)
    age = cases.c.opened_at
    return (age if order is Order.OLDEST else age.desc(), cases.c.case_id)
