"""Queries for appeals and their documents, and the purge of old ones; nothing here changes an appeal."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from brand_index.errors import UnknownRecord
from brand_index.registry.database import Database, fetch
from brand_index.store import Store
from scanner.moderation.records.tables import scans
from scanner.moderation.seller_notices.rules import due
from scanner.moderation.seller_notices.tables import appeal_documents, appeals, seller_notices
from scanner.moderation.seller_notices.types import Appeal, AppealDocument, SellerNotice, Signatory
from scanner.moderation.store import UNRECORDED
from scanner.settings import ServiceSettings

DAY: Final = timedelta(days=1)
SIGNATORY: Final = ("name", "address", "phone")


@dataclass(frozen=True, slots=True)
class Pending:
    """An appeal with the seller notice that it is against, and the deadline of its next step."""

    appeal: Appeal
    seller_notice: SellerNotice
    due: datetime | None  # UTC; None: no deadline


def find_appeal(connection: Connection, appeal_id: str) -> tuple[Appeal, SellerNotice]:
    """The appeal with this id and its seller notice. Raises UnknownRecord."""
    found = connection.execute(select(appeals).where(appeals.c.appeal_id == appeal_id)).one_or_none()
    if found is None:
        raise UnknownRecord(f"no appeal {appeal_id[:64]!r}")
    return appeal_of(found), seller_notice_of(connection, found.seller_notice_id)


def find_seller_notice(connection: Connection, seller_notice_id: str) -> SellerNotice | None:
    """The seller notice with this id; None: there is none."""
    query = select(seller_notices).where(seller_notices.c.seller_notice_id == seller_notice_id)
    return next(iter(fetch(connection, SellerNotice, query)), None)


def notice_that_stands(connection: Connection, case_id: str) -> SellerNotice | None:
    """The seller notice about a case that was not withdrawn; None: there is none."""
    mine = and_(seller_notices.c.case_id == case_id, seller_notices.c.ended_at.is_(None))
    return next(iter(fetch(connection, SellerNotice, select(seller_notices).where(mine))), None)


def seller_notice_of(connection: Connection, seller_notice_id: str) -> SellerNotice:
    """The seller notice with this id. Raises UnknownRecord."""
    found = find_seller_notice(connection, seller_notice_id)
    if found is None:
        raise UnknownRecord(f"no seller notice {seller_notice_id[:64]!r}")
    return found


def is_of_scans_by(database: Database, seller_notice: SellerNotice, key_ids: Collection[str]) -> bool:
    """Whether one of these keys asked for the scan that a seller notice is about.

    A case from a rights holder's notice has a scan of that notice's: there a scan of the same listing counts.
    """
    own = scans.c.scan_id == seller_notice.case_id
    if seller_notice.from_notice and seller_notice.listing_id is not None:
        listing = and_(scans.c.listing_id == seller_notice.listing_id, scans.c.seller_id == seller_notice.seller_id)
        own = or_(own, listing)
    with database.read() as connection:
        return connection.execute(select(scans.c.scan_id).where(scans.c.key_id.in_(key_ids), own)).first() is not None


def appeal_of(row: Any) -> Appeal:
    """The appeal in a row of the table."""
    values = {name: getattr(row, name) for name in Appeal.__dataclass_fields__ if name != "signatory"}
    signed = [getattr(row, f"signatory_{name}") for name in SIGNATORY]
    return Appeal(**values, signatory=None if None in signed else Signatory(*signed))


def appeal_row(appeal: Appeal) -> dict[str, Any]:
    """The row of an appeal."""
    values = {name: getattr(appeal, name) for name in Appeal.__dataclass_fields__ if name != "signatory"}
    signed = appeal.signatory
    return values | {f"signatory_{name}": None if signed is None else getattr(signed, name) for name in SIGNATORY}


def appeals_against(database: Database, seller_notice_id: str) -> tuple[Appeal, ...]:
    """The appeals against a seller notice, the oldest first."""
    query = select(appeals).where(appeals.c.seller_notice_id == seller_notice_id).order_by(appeals.c.received_at)
    with database.read() as connection:
        return tuple(appeal_of(row) for row in connection.execute(query))


def pending_appeals(
    database: Database, *, brands: frozenset[str] | None = None, holidays: Collection[date] = ()
) -> tuple[Pending, ...]:
    """Undecided appeals about these brands (None: about all), the most urgent first."""
    open_still = and_(appeals.c.outcome.is_(None), seller_notices.c.ended_at.is_(None), _of_brands(brands))
    query = select(appeals).join(seller_notices).where(open_still).order_by(appeals.c.received_at)
    with database.read() as connection:
        found = [appeal_of(row) for row in connection.execute(query)]
        pairs = [(each, seller_notice_of(connection, each.seller_notice_id)) for each in found]
    waiting = [Pending(appeal, seller_notice, due(appeal, seller_notice, holidays)) for appeal, seller_notice in pairs]
    return tuple(sorted(waiting, key=lambda each: (each.due is None, each.due or each.appeal.received_at)))


def ended_appeals(database: Database, *, brands: frozenset[str] | None = None, count: int = 50) -> tuple[Pending, ...]:
    """Decided appeals about these brands (None: about all), the newest first."""
    decided = and_(appeals.c.outcome.is_not(None), _of_brands(brands))
    query = select(appeals).join(seller_notices).where(decided).order_by(appeals.c.decided_at.desc()).limit(count)
    with database.read() as connection:
        found = [appeal_of(row) for row in connection.execute(query)]
        return tuple(Pending(each, seller_notice_of(connection, each.seller_notice_id), None) for each in found)


def documents_of(database: Database, appeal_id: str) -> tuple[AppealDocument, ...]:
    """The documents of an appeal, in their order."""
    table = appeal_documents
    query = select(table).where(table.c.appeal_id == appeal_id).order_by(table.c.position)
    with database.read() as connection:
        return fetch(connection, AppealDocument, query)


def count_documents(connection: Connection, appeal_id: str) -> int:
    """The number of documents of an appeal."""
    query = select(func.count()).select_from(appeal_documents).where(appeal_documents.c.appeal_id == appeal_id)
    return int(connection.execute(query).scalar_one())


def last_documents(connection: Connection, appeal_ids: Collection[str]) -> Mapping[str, datetime]:
    """When the last document was added to each of these appeals after it was sent; those without one are left out."""
    table = appeal_documents
    query = select(table.c.appeal_id, func.max(table.c.added_at, type_=table.c.added_at.type))
    later = and_(table.c.appeal_id.in_(appeal_ids), table.c.added_at.is_not(None))
    return {row[0]: row[1] for row in connection.execute(query.where(later).group_by(table.c.appeal_id))}


def read_document(store: Store, document: AppealDocument) -> bytes | None:
    """The bytes of a document; None: it is no longer kept. Raises FileAltered."""
    paths = store.appeal_paths(document.appeal_id, document.position)
    return next((data for path in paths if (data := store.read_recorded(path, document.sha256)) is not None), None)


def bytes_left(connection: Connection, seller_id: str, settings: ServiceSettings, now: datetime) -> int:
    """The bytes of documents that appeals of a seller may still bring: what is left of its day, and of everybody's."""
    came = func.coalesce(appeal_documents.c.added_at, appeals.c.received_at, type_=appeals.c.received_at.type)
    today = came.between(now - DAY, now)
    received = appeal_documents.join(appeals).join(seller_notices)
    of_all = select(func.coalesce(func.sum(appeal_documents.c.length), 0)).select_from(received).where(today)
    of_seller = of_all.where(seller_notices.c.seller_id == seller_id)
    used_by_seller, used = (int(connection.execute(query).scalar_one()) for query in (of_seller, of_all))
    return max(0, min(settings.seller_appeal_bytes - used_by_seller, settings.appeal_bytes - used))


def sweep_documents(database: Database, store: Store, now: datetime) -> None:
    """Delete files of no recorded appeal, unless they are so new that the appeal may be recorded in a moment."""
    query = select(appeal_documents.c.appeal_id, appeal_documents.c.position)
    with database.read() as connection:
        kept = {path for row in connection.execute(query) for path in store.appeal_paths(*row)}
    store.sweep(store.appeals, kept, now - UNRECORDED)


def purge_seller_notices(database: Database, store: Store, before: datetime, now: datetime) -> int:
    """Delete seller notices sent before `before`, with their appeals and documents. Returns how many.

    A seller notice with an undecided appeal stays.
    """
    undecided = select(appeals.c.seller_notice_id).where(appeals.c.outcome.is_(None))
    open_still = and_(seller_notices.c.seller_notice_id.in_(undecided), seller_notices.c.ended_at.is_(None))
    table, documents = appeal_documents, list[tuple[str, int]]()
    with database.write(now) as write:
        old = select(seller_notices.c.seller_notice_id).where(seller_notices.c.sent_at < before, ~open_still)
        gone = list(write.connection.execute(old).scalars())
        for seller_notice_id in gone:
            of = select(appeals.c.appeal_id).where(appeals.c.seller_notice_id == seller_notice_id)
            of_these = select(table.c.appeal_id, table.c.position).where(table.c.appeal_id.in_(of))
            documents += [(row.appeal_id, row.position) for row in write.connection.execute(of_these)]
            write.delete(table, table.c.appeal_id.in_(of))
            write.delete(appeals, appeals.c.seller_notice_id == seller_notice_id)
            write.delete(seller_notices, seller_notices.c.seller_notice_id == seller_notice_id)
        if gone:
            write.note("purged", "seller notices", {"seller_notices": len(gone), "documents": len(documents)})
    for document in documents:
        for path in store.appeal_paths(*document):
            store.remove(path)
    return len(gone)


def _of_brands(brands: frozenset[str] | None) -> ColumnElement[bool]:
    return and_(True) if brands is None else seller_notices.c.brand_id.in_(sorted(brands))
