"""Searches recorded scans: by listing, seller, state, decision, case and time, in pages, the newest first."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_, select

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.registry.database import Database
from scanner.moderation.cases.tables import cases
from scanner.moderation.records.scans import LISTING_FIELDS
from scanner.moderation.records.tables import ScanState, scans
from scanner.moderation.seller_notices.statuses import CaseStatus, statuses_of
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.types import Decision, Listing, Reason

MOST: Final = 200  # scans of a page


@dataclass(frozen=True, slots=True)
class ScanFilters:
    """Which scans to list; None: no restriction. Times are aware UTC, each from inclusive and to exclusive.

    Raises InvalidField for a time that ends before it begins.
    """

    key_id: str | None = None
    listing_id: str | None = None
    seller_id: str | None = None
    state: ScanState | None = None
    decision: Decision | None = None  # of the scan; what to do now is of its case
    case_state: CaseState | None = None
    accepted_from: datetime | None = None
    accepted_to: datetime | None = None
    finished_from: datetime | None = None
    finished_to: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what no scan can be."""
        fields.in_order("accepted_from", self.accepted_from, "accepted_to", self.accepted_to)
        fields.in_order("finished_from", self.finished_from, "finished_to", self.finished_to)


@dataclass(frozen=True, slots=True)
class FoundScan:
    """A scan without its images, and its case."""

    scan_id: str
    state: ScanState
    listing: Listing
    decision: Decision | None  # None: not done yet
    reason: Reason | None
    accepted_at: datetime  # UTC
    finished_at: datetime | None
    case: CaseStatus | None  # None: it has none


@dataclass(frozen=True, slots=True)
class ScanPage:
    """Some scans; `cursor` leads on to older ones, None: there are none."""

    scans: tuple[FoundScan, ...]
    cursor: str | None


def find_scans(database: Database, filters: ScanFilters, *, cursor: str | None = None, limit: int = 50) -> ScanPage:
    """The newest scans that `filters` select, or those that follow a page whose `cursor` this is.

    Raises InvalidField for a cursor that no page gave.
    """
    selected = _selected(filters)
    if cursor is not None:
        selected = and_(selected, _older_than(cursor))
    query = select(scans).where(selected).order_by(scans.c.accepted_at.desc(), scans.c.scan_id.desc()).limit(limit + 1)
    with database.read() as connection:
        rows = connection.execute(query).all()
        known = statuses_of(connection, [row.scan_id for row in rows[:limit]])
    found = tuple(
        FoundScan(
            row.scan_id,
            row.state,
            Listing(**{name: getattr(row, name) for name in LISTING_FIELDS}),
            row.decision,
            row.reason,
            row.accepted_at,
            row.finished_at,
            known.get(row.scan_id),
        )
        for row in rows[:limit]
    )
    return ScanPage(found, _cursor_of(found[-1]) if len(rows) > limit else None)


def _selected(filters: ScanFilters) -> ColumnElement[bool]:
    named = (
        (scans.c.key_id, filters.key_id),
        (scans.c.listing_id, filters.listing_id),
        (scans.c.seller_id, filters.seller_id),
        (scans.c.state, filters.state),
        (scans.c.decision, filters.decision),
    )
    limits: list[ColumnElement[bool]] = [column == value for column, value in named if value is not None]
    times = (
        (scans.c.accepted_at, filters.accepted_from, filters.accepted_to),
        (scans.c.finished_at, filters.finished_from, filters.finished_to),
    )
    for column, begin, end in times:
        limits += [] if begin is None else [column >= begin]
        limits += [] if end is None else [column < end]
    if filters.case_state is not None:
        limits.append(exists().where(cases.c.case_id == scans.c.scan_id, cases.c.state == filters.case_state))
    return and_(True, *limits)


def _cursor_of(scan: FoundScan) -> str:
    return base64.urlsafe_b64encode(f"{scan.accepted_at.isoformat()} {scan.scan_id}".encode()).decode().rstrip("=")


def _older_than(cursor: str) -> ColumnElement[bool]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        moment, _, scan_id = text.partition(" ")
        at = datetime.fromisoformat(moment)
    except (ValueError, binascii.Error) as error:
        raise InvalidField(f"cursor {cursor[:64]!r}: send the one that the page before gave") from error
    if at.tzinfo is None:
        raise InvalidField(f"cursor {cursor[:64]!r}: send the one that the page before gave")
    return or_(scans.c.accepted_at < at, and_(scans.c.accepted_at == at, scans.c.scan_id < scan_id))
