"""Documents of appeals: what is taken, how much of it in a day, and adding more until the appeal is decided."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import Final

from sqlalchemy import Connection

from brand_index.registration.documents import DOCUMENT_SUFFIXES, MAX_DOCUMENT_BYTES, document_kind
from scanner.moderation.seller_notices.faults import AppealFault, AppealRefused, TooManyBytes
from scanner.moderation.seller_notices.queries import bytes_left, count_documents, find_appeal
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.tables import appeal_documents
from scanner.moderation.seller_notices.types import AppealDocument, SellerNotice
from scanner.settings import ServiceSettings

MAX_DOCUMENTS: Final = 10  # of an appeal
LONGEST_NAME: Final = 255
ACCEPTED: Final = ",".join(
    ("application/pdf", *(f"image/{name.lower()}" for name in list(DOCUMENT_SUFFIXES)[1:]), ".heic")
)
"""For the attribute `accept` of a form's field, so that browsers offer these files first."""


@dataclass(frozen=True, slots=True)
class SubmittedDocument:
    """A file that a seller attaches to an appeal."""

    name: str
    data: bytes


def check_documents(documents: Sequence[SubmittedDocument], before: int = 0) -> None:
    """Check files for an appeal that has `before` documents already. Raises AppealFault."""
    if before + len(documents) > MAX_DOCUMENTS:
        raise AppealFault("documents_many", count=before + len(documents), most=MAX_DOCUMENTS)
    for document in documents:
        name = plain_name(document.name)
        if not document.data:
            raise AppealFault("document_empty", name=name)
        if len(document.data) > MAX_DOCUMENT_BYTES:
            raise AppealFault("document_large", name=name, size=MAX_DOCUMENT_BYTES // 2**20)
        if document_kind(document.data) is None:
            raise AppealFault("document_type", name=name)


def refuse_unless_room(
    connection: Connection, settings: ServiceSettings, seller_notice: SellerNotice, length: int, now: datetime
) -> None:
    """Raises TooManyBytes when documents of `length` bytes are more than the day has room for."""
    if length <= 0:
        return
    left = bytes_left(connection, seller_notice.seller_id, settings, now)
    if length > left:
        raise TooManyBytes("room", bytes=left)


def recorded(appeal_id: str, place: int, document: SubmittedDocument) -> AppealDocument:
    """The record of a submitted document."""
    named = plain_name(document.name) or f"document-{place + 1}"
    return AppealDocument(appeal_id, place, named, hashlib.sha256(document.data).hexdigest(), len(document.data), None)


def plain_name(name: str) -> str:
    """The name of a file without its folder and without characters that are not printed."""
    plain = "".join(each if each.isprintable() else "\ufffd" for each in PurePath(name).name)
    return plain[:LONGEST_NAME]


def check_addable(seller_notices: SellerNotices, appeal_id: str, length: int, now: datetime) -> None:
    """Check, before `length` bytes of documents are read, that an appeal could take them.

    Raises UnknownRecord, AppealRefused.
    """
    with seller_notices.database.read() as connection:
        seller_notice = _undecided(connection, appeal_id)
        refuse_unless_room(connection, seller_notices.settings, seller_notice, length, now)


def add_documents(
    seller_notices: SellerNotices, appeal_id: str, documents: Sequence[SubmittedDocument], now: datetime
) -> tuple[AppealDocument, ...]:
    """Add documents to an appeal that is not decided; of those that are refused, nothing is kept. Returns them.

    Raises UnknownRecord, AppealFault, AppealRefused.
    """
    if not documents:
        raise AppealFault("document_none")

    def checked(connection: Connection) -> tuple[SellerNotice, int]:
        seller_notice = _undecided(connection, appeal_id)
        before = count_documents(connection, appeal_id)
        check_documents(documents, before)
        refuse_unless_room(
            connection, seller_notices.settings, seller_notice, sum(len(each.data) for each in documents), now
        )
        return seller_notice, before

    with seller_notices.database.read() as connection:
        _, first = checked(connection)  # before anything touches the disk
    added = [
        replace(recorded(appeal_id, first + place, document), added_at=now) for place, document in enumerate(documents)
    ]
    paths = [seller_notices.store.appeal_path(appeal_id, document.position) for document in added]
    contents = [document.data for document in documents]
    with (
        seller_notices.store.staged(zip(paths, contents, strict=True)) as put_in_place,
        seller_notices.database.write(now) as write,
    ):
        seller_notice, before = checked(write.connection)
        if before != first:
            raise AppealRefused("meanwhile")  # their names would be those of other documents
        write.add(appeal_documents, *map(asdict, added))
        details = {"appeal": appeal_id, "documents": len(added)}
        write.note("appeal documents added", seller_notice.case_id, details)
        seller_notices.queue_message(
            write, seller_notice, "appeal.documents_added", {"appeal_id": appeal_id, "documents": len(added)}
        )
        put_in_place()  # before the commit, so that no row is ever without its file
    return tuple(added)


def _undecided(connection: Connection, appeal_id: str) -> SellerNotice:
    """The notice that an appeal is against. Raises UnknownRecord, and AppealRefused where the appeal is decided."""
    appeal, seller_notice = find_appeal(connection, appeal_id)
    if appeal.outcome is not None or seller_notice.ended_at is not None:
        raise AppealRefused("decided")
    return seller_notice
