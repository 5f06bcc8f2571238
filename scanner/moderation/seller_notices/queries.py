"""Appeals and their papers as they are kept: read, and taken away when their time is over; none is changed here."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, select

from brand_index.errors import UnknownRecord
from brand_index.registry.database import Database, fetch
from brand_index.registry.schema import history
from brand_index.store import Store
from scanner.moderation.seller_notices.rules import due
from scanner.moderation.seller_notices.store import find_seller_notice
from scanner.moderation.seller_notices.tables import appeal_documents, appeals, seller_notices
from scanner.moderation.seller_notices.types import Appeal, AppealDocument, SellerNotice, Signatory

SIGNATORY: Final = ("name", "address", "phone")


@dataclass(frozen=True, slots=True)
class Pending:
    """An undecided appeal, and by when somebody must have acted."""

    appeal: Appeal
    seller_notice: SellerNotice
    due: datetime | None  # UTC; None: no day is set


def find_appeal(connection: Connection, appeal_id: str) -> tuple[Appeal, SellerNotice]:
    """The appeal with this id, and what it is against. Raises UnknownRecord."""
    found = connection.execute(select(appeals).where(appeals.c.appeal_id == appeal_id)).one_or_none()
    if found is None:
        raise UnknownRecord(f"no appeal {appeal_id[:64]!r}")
    return appeal_of(found), seller_notice_of(connection, found.seller_notice_id)


def seller_notice_of(connection: Connection, seller_notice_id: str) -> SellerNotice:
    """The notice with this id. Raises UnknownRecord."""
    found = find_seller_notice(connection, seller_notice_id)
    if found is None:
        raise UnknownRecord(f"no seller notice {seller_notice_id[:64]!r}")
    return found


def appeal_of(row: Any) -> Appeal:
    """The appeal that a row of the table says."""
    values = {name: getattr(row, name) for name in Appeal.__dataclass_fields__ if name != "signatory"}
    signed = [getattr(row, f"signatory_{name}") for name in SIGNATORY]
    return Appeal(**values, signatory=None if None in signed else Signatory(*signed))


def appeal_row(appeal: Appeal) -> dict[str, Any]:
    """The row of an appeal."""
    values = {name: getattr(appeal, name) for name in Appeal.__dataclass_fields__ if name != "signatory"}
    signed = appeal.signatory
    return values | {f"signatory_{name}": None if signed is None else getattr(signed, name) for name in SIGNATORY}


def appeals_against(database: Database, seller_notice_id: str) -> tuple[Appeal, ...]:
    """The appeals against a notice, the oldest first."""
    query = select(appeals).where(appeals.c.seller_notice_id == seller_notice_id).order_by(appeals.c.received_at)
    with database.read() as connection:
        return tuple(appeal_of(row) for row in connection.execute(query))


def pending_appeals(
    database: Database, *, brands: frozenset[str] | None = None, holidays: Collection[date] = ()
) -> tuple[Pending, ...]:
    """Undecided appeals, of these brands (None: of all), the most urgent first."""
    open_still = and_(appeals.c.outcome.is_(None), seller_notices.c.ended_at.is_(None), _of_brands(brands))
    query = select(appeals).join(seller_notices).where(open_still).order_by(appeals.c.received_at)
    with database.read() as connection:
        found = [appeal_of(row) for row in connection.execute(query)]
        pairs = [(each, seller_notice_of(connection, each.seller_notice_id)) for each in found]
    waiting = [Pending(appeal, seller_notice, due(appeal, seller_notice, holidays)) for appeal, seller_notice in pairs]
    return tuple(sorted(waiting, key=lambda each: (each.due is None, each.due or each.appeal.received_at)))


def ended_appeals(database: Database, *, brands: frozenset[str] | None = None, count: int = 50) -> tuple[Pending, ...]:
    """Decided appeals, likewise, the newest first."""
    decided = and_(appeals.c.outcome.is_not(None), _of_brands(brands))
    query = select(appeals).join(seller_notices).where(decided).order_by(appeals.c.decided_at.desc()).limit(count)
    with database.read() as connection:
        found = [appeal_of(row) for row in connection.execute(query)]
        return tuple(Pending(each, seller_notice_of(connection, each.seller_notice_id), None) for each in found)


def documents_of(database: Database, appeal_id: str) -> tuple[AppealDocument, ...]:
    """The papers of an appeal, in its order."""
    table = appeal_documents
    query = select(table).where(table.c.appeal_id == appeal_id).order_by(table.c.position)
    with database.read() as connection:
        return fetch(connection, AppealDocument, query)


def read_document(store: Store, document: AppealDocument) -> bytes | None:
    """The bytes of a paper; None: it is no longer kept."""
    try:
        return store.appeal_path(document.appeal_id, document.position).read_bytes()
    except FileNotFoundError:
        return None


def seller_notice_faults(database: Database) -> Iterator[str]:
    """Which notices and appeals are not as the history says that they were recorded, in words; purged ones are none."""
    sent = ("seller notice sent", "notice sent")  # the second: as format 1 of the store recorded it
    query = select(history.c.what, history.c.details).where(history.c.what.in_((*sent, "appeal decided")))
    with database.read() as connection:
        for what, details in connection.execute(query.order_by(history.c.event_id)).all():
            told = json.loads(details)
            if what in sent:
                seller_notice_id = told.get("seller_notice") or told["notice"]
                seller_notice = find_seller_notice(connection, seller_notice_id)
                kept = (
                    None
                    if seller_notice is None
                    else (seller_notice.restriction, seller_notice.points, seller_notice.author)
                )
                if kept not in (None, (told["restriction"], told["points"], told["author"])):
                    yield f"seller notice {seller_notice_id} is not as it was recorded"
            else:
                row = connection.execute(select(appeals).where(appeals.c.appeal_id == told["appeal"])).one_or_none()
                ended = None if row is None else (row.outcome, row.ground, row.decided_by, row.outcome_note)
                if ended not in (None, (told["outcome"], told["ground"], told["person"], told["note"])):
                    yield f"appeal {told['appeal']} is not as it was recorded"


def purge_seller_notices(database: Database, store: Store, before: datetime, now: datetime) -> int:
    """Take away notices that were sent before this, with their ended appeals and papers; how many.

    What an undecided appeal is about stays.
    """
    undecided = select(appeals.c.seller_notice_id).where(appeals.c.outcome.is_(None))
    open_still = and_(seller_notices.c.seller_notice_id.in_(undecided), seller_notices.c.ended_at.is_(None))
    table, documents = appeal_documents, list[tuple[str, int]]()
    with database.write(now) as write:
        old = select(seller_notices.c.seller_notice_id).where(seller_notices.c.sent_at < before, ~open_still)
        gone = list(write.connection.execute(old).scalars())
        for seller_notice_id in gone:
            of = select(appeals.c.appeal_id).where(appeals.c.seller_notice_id == seller_notice_id)
            submission = select(table.c.appeal_id, table.c.position).where(table.c.appeal_id.in_(of))
            documents += [(row.appeal_id, row.position) for row in write.connection.execute(submission)]
            write.connection.execute(table.delete().where(table.c.appeal_id.in_(of)))
            write.connection.execute(appeals.delete().where(appeals.c.seller_notice_id == seller_notice_id))
            write.connection.execute(
                seller_notices.delete().where(seller_notices.c.seller_notice_id == seller_notice_id)
            )
        if gone:
            write.note("purged", "seller notices", {"seller_notices": len(gone), "documents": len(documents)})
    for document in documents:
        store.appeal_path(*document).unlink(missing_ok=True)
    return len(gone)


def _of_brands(brands: frozenset[str] | None) -> ColumnElement[bool]:
    return and_(True) if brands is None else seller_notices.c.brand_id.in_(sorted(brands))
