"""Submitting an appeal: what it must contain, and when it is refused."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from brand_index import fields
from brand_index.errors import InvalidField
from scanner.moderation.seller_notices.documents import (
    SubmittedDocument,
    check_documents,
    recorded,
    refuse_unless_room,
)
from scanner.moderation.seller_notices.faults import AppealFault, AppealRefused
from scanner.moderation.seller_notices.queries import SIGNATORY, appeal_row, seller_notice_of
from scanner.moderation.seller_notices.rules import asks_rights_holder, offered_forms
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.tables import appeal_documents, appeals
from scanner.moderation.seller_notices.types import Appeal, Form, SellerNotice, Signatory
from scanner.settings import ServiceSettings

LONGEST_STATEMENT: Final = 5_000  # characters
EARLIEST_DAY: Final = date(1990, 1, 1)  # of a listing: the web is no older
FORM_BYTES: Final = 2**19  # more than a form without documents has


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
    """The first day of a listing, as it is recorded. Raises AppealFault for one that cannot be."""
    if day is not None and not EARLIEST_DAY <= day <= (now + timedelta(days=1)).date():
        raise AppealFault("first_day", first=EARLIEST_DAY)
    return day


def check_possible(seller_notices: SellerNotices, seller_notice_id: str, length: int, now: datetime) -> None:
    """Check, before a form of `length` bytes is read, that an appeal of some form could be accepted.

    Raises UnknownRecord, AppealRefused.
    """
    with seller_notices.database.read() as connection:
        seller_notice, refusals = seller_notice_of(connection, seller_notice_id), list[AppealRefused]()
        for form in Form:
            try:
                _refuse_unless_open(connection, seller_notices.settings, seller_notice, form, now)
            except AppealRefused as refusal:
                refusals.append(refusal)
        if len(refusals) == len(Form):
            raise refusals[0]
        refuse_unless_room(connection, seller_notices.settings, seller_notice, length - FORM_BYTES, now)


def submit_appeal(
    seller_notices: SellerNotices, seller_notice_id: str, submission: AppealSubmission, now: datetime
) -> Appeal:
    """Record a seller's appeal with its documents; of an appeal that is refused, nothing is kept.

    Raises UnknownRecord, AppealFault, AppealRefused.
    """
    statement = _statement(submission.statement)
    signatory = _signed(submission)
    first_day = check_first_day(submission.listing_first_day, now)
    check_documents(submission.documents)
    appeal_id = uuid.uuid4().hex
    documents = [recorded(appeal_id, place, document) for place, document in enumerate(submission.documents)]
    length = sum(document.length for document in documents)

    def checked(connection: Connection) -> SellerNotice:
        seller_notice = seller_notice_of(connection, seller_notice_id)
        _refuse_unless_open(connection, seller_notices.settings, seller_notice, submission.form, now)
        refuse_unless_room(connection, seller_notices.settings, seller_notice, length, now)
        return seller_notice

    with seller_notices.database.read() as connection:
        checked(connection)  # before anything touches the disk
    paths = [seller_notices.store.appeal_path(appeal_id, document.position) for document in documents]
    contents = [document.data for document in submission.documents]
    with (
        seller_notices.store.staged(zip(paths, contents, strict=True)) as put_in_place,
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


def _refuse_unless_open(
    connection: Connection, settings: ServiceSettings, seller_notice: SellerNotice, form: Form, now: datetime
) -> None:
    if seller_notice.ended_at is not None:
        raise AppealRefused("withdrawn")
    if now >= seller_notice.appeal_by:
        raise AppealRefused("closed", moment=seller_notice.appeal_by)
    if form not in offered_forms(seller_notice, settings.counter_notice_markets, settings.home_market):
        raise AppealRefused("no_counter_notice")
    known = (
        select(func.count()).select_from(appeals).where(appeals.c.seller_notice_id == seller_notice.seller_notice_id)
    )
    same = known.where(appeals.c.form == form)
    undecided = known.where(appeals.c.outcome.is_(None))
    if connection.execute(same).scalar_one() or connection.execute(undecided).scalar_one():
        raise AppealRefused("known")


def _statement(text: str) -> str:
    statement = text.strip()
    if not statement:
        raise AppealFault("statement_empty")
    if len(statement) > LONGEST_STATEMENT:
        raise AppealFault("statement_long", length=len(statement), longest=LONGEST_STATEMENT)
    try:
        return fields.passage("statement", statement, LONGEST_STATEMENT)
    except InvalidField as error:
        raise AppealFault("characters") from error


def _signed(submission: AppealSubmission) -> Signatory | None:
    if submission.form is Form.COMPLAINT:
        return None
    signatory = submission.signatory
    if signatory is None or not submission.sworn or not all(getattr(signatory, name).strip() for name in SIGNATORY):
        raise AppealFault("signatory")
    try:
        return Signatory(*(fields.words(name, getattr(signatory, name)) for name in SIGNATORY))
    except InvalidField as error:
        raise AppealFault("characters") from error
