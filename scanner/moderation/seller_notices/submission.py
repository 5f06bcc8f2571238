"""Submitting an appeal: what it must contain, and when it is refused."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import Final

from sqlalchemy import Connection, func, select

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.files import staged
from brand_index.registration import MAX_DOCUMENT_BYTES
from scanner.moderation.seller_notices.queries import SIGNATORY, appeal_row, bytes_left, seller_notice_of
from scanner.moderation.seller_notices.rules import asks_rights_holder
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.tables import appeal_documents, appeals
from scanner.moderation.seller_notices.types import Appeal, AppealDocument, Form, SellerNotice, Signatory, Track
from scanner.settings import ServiceSettings

LONGEST_STATEMENT: Final = 5_000  # characters
LONGEST_NAME: Final = 255
MAX_DOCUMENTS: Final = 10  # of an appeal
EARLIEST_DAY: Final = date(1990, 1, 1)  # of a listing: the web is no older
FORM_BYTES: Final = 2**19  # more than a form without documents has


class AppealRefused(InvalidField):
    """An appeal that comes too late, a second time, or in a form that does not apply."""

    code = "appeal_refused"


class TooManyBytes(AppealRefused):
    """An appeal whose documents are more than the settings allow in a day."""

    code = "appeal_bytes_used_up"


@dataclass(frozen=True, slots=True)
class SubmittedDocument:
    """A file that a seller attaches to an appeal."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class AppealSubmission:
    """What a seller submits. A counter-notice is sworn and names its signatory."""

    form: Form
    statement: str
    signatory: Signatory | None = None
    sworn: bool = False
    documents: Sequence[SubmittedDocument] = ()
    listing_first_day: date | None = None  # since when the listing has shown the image; None: not given


def check_first_day(day: date | None, now: datetime) -> date | None:
    """The first day of a listing, as it is recorded. Raises InvalidField for one that cannot be."""
    if day is not None and not EARLIEST_DAY <= day <= (now + timedelta(days=1)).date():
        raise InvalidField(f"listing_first_day {day}: give a day from {EARLIEST_DAY} until today")
    return day


def check_possible(seller_notices: SellerNotices, seller_notice_id: str, length: int, now: datetime) -> None:
    """Check, before a form of `length` bytes is read, that an appeal of some form could be accepted.

    Raises UnknownRecord, AppealRefused.
    """
    with seller_notices.database.read() as connection:
        seller_notice, refusals = seller_notice_of(connection, seller_notice_id), list[AppealRefused]()
        for form in Form:
            try:
                _refuse_unless_open(connection, seller_notice, form, now)
            except AppealRefused as refusal:
                refusals.append(refusal)
        if len(refusals) == len(Form):
            raise refusals[0]
        _refuse_unless_room(connection, seller_notices.settings, seller_notice, length - FORM_BYTES, now)


def submit_appeal(
    seller_notices: SellerNotices, seller_notice_id: str, submission: AppealSubmission, now: datetime
) -> Appeal:
    """Record a seller's appeal with its documents; of an appeal that is refused, nothing is kept.

    Raises UnknownRecord, InvalidField, AppealRefused.
    """
    statement = fields.passage("statement", submission.statement, LONGEST_STATEMENT)
    if not statement:
        raise InvalidField("statement is empty: say why the decision is wrong")
    signatory = _signed(submission)
    first_day = check_first_day(submission.listing_first_day, now)
    _check_documents(submission.documents)
    appeal_id = uuid.uuid4().hex
    documents = [_document(appeal_id, place, document) for place, document in enumerate(submission.documents)]
    length = sum(document.length for document in documents)

    def checked(connection: Connection) -> SellerNotice:
        seller_notice = seller_notice_of(connection, seller_notice_id)
        _refuse_unless_open(connection, seller_notice, submission.form, now)
        _refuse_unless_room(connection, seller_notices.settings, seller_notice, length, now)
        return seller_notice

    with seller_notices.database.read() as connection:
        checked(connection)  # before anything touches the disk
    paths = [seller_notices.store.appeal_path(appeal_id, document.position) for document in documents]
    contents = [document.data for document in submission.documents]
    with (
        staged(zip(paths, contents, strict=True)) as put_in_place,
        seller_notices.database.write(now) as write,
    ):
        seller_notice = checked(write.connection)  # again: another appeal may have come first
        asks = asks_rights_holder(submission.form, seller_notice.track)
        made = Appeal(
            appeal_id=appeal_id,
            seller_notice_id=seller_notice_id,
            form=submission.form,
            received_at=now,
            statement=statement,
            signatory=signatory,
            answer_by=now + timedelta(days=seller_notices.settings.answer_days) if asks else None,
            answer=None,
            answer_note="",
            answered_by=None,
            answered_at=None,
            outcome=None,
            ground=None,
            outcome_note="",
            decided_by=None,
            decided_at=None,
            listing_first_day=first_day,
        )
        write.add(appeals, appeal_row(made))
        write.add(appeal_documents, *map(asdict, documents))
        details = {"appeal": appeal_id, "form": made.form, "documents": len(documents)}
        details |= {} if first_day is None else {"listing_first_day": first_day.isoformat()}
        write.note("appeal received", seller_notice.case_id, details)
        seller_notices.queue_message(
            write, seller_notice, "appeal.received", {"appeal_id": appeal_id, "form": made.form}
        )
        # Before the commit, so that no row is ever without its file. After a crash between, the purge finds the file.
        put_in_place()
    return made


def _refuse_unless_open(connection: Connection, seller_notice: SellerNotice, form: Form, now: datetime) -> None:
    if seller_notice.ended_at is not None:
        raise AppealRefused("the notice no longer stands, so there is nothing to appeal against")
    if now >= seller_notice.appeal_by:
        raise AppealRefused(f"the time to appeal ended on {seller_notice.appeal_by:%Y-%m-%d %H:%M} UTC")
    if form is Form.COUNTER_NOTICE and seller_notice.track is not Track.COPYRIGHT:
        raise AppealRefused("a counter-notice is possible only where copyright applies: send a complaint")
    known = (
        select(func.count()).select_from(appeals).where(appeals.c.seller_notice_id == seller_notice.seller_notice_id)
    )
    same = known.where(appeals.c.form == form)
    undecided = known.where(appeals.c.outcome.is_(None))
    if connection.execute(same).scalar_one() or connection.execute(undecided).scalar_one():
        raise AppealRefused("there is an appeal against this notice already: its state is on the seller's page")


def _refuse_unless_room(
    connection: Connection, settings: ServiceSettings, seller_notice: SellerNotice, length: int, now: datetime
) -> None:
    """Raises TooManyBytes when documents of `length` bytes are more than the day has room for."""
    if length <= 0:
        return
    left = bytes_left(connection, seller_notice.seller_id, settings, now)
    if length > left:
        raise TooManyBytes(
            f"the documents are too large: {left} more bytes can be taken today. Attach fewer or smaller ones, "
            "or none: the appeal is decided all the same"
        )


def _signed(submission: AppealSubmission) -> Signatory | None:
    if submission.form is Form.COMPLAINT:
        return None
    if submission.signatory is None or not submission.sworn:
        raise InvalidField("a counter-notice must be sworn, with the name, address and phone of who signs it")
    return Signatory(*(fields.words(name, getattr(submission.signatory, name)) for name in SIGNATORY))


def _check_documents(documents: Sequence[SubmittedDocument]) -> None:
    if len(documents) > MAX_DOCUMENTS:
        raise InvalidField(f"{len(documents)} documents: {MAX_DOCUMENTS} at most")
    for document in documents:
        if not document.data:
            raise InvalidField(f"document {document.name} is empty: attach the file again")
        if len(document.data) > MAX_DOCUMENT_BYTES:
            raise InvalidField(
                f"document {document.name} is over {MAX_DOCUMENT_BYTES // 2**20} MiB: attach a smaller copy"
            )


def _document(appeal_id: str, place: int, document: SubmittedDocument) -> AppealDocument:
    plain = "".join(each if each.isprintable() else "\ufffd" for each in PurePath(document.name).name)
    named = plain[:LONGEST_NAME] or f"document-{place + 1}"
    return AppealDocument(appeal_id, place, named, hashlib.sha256(document.data).hexdigest(), len(document.data), None)
