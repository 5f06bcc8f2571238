"""A seller brings an appeal: what it must have, and when it comes too late."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Final

from sqlalchemy import Connection, func, select

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.files import keep
from brand_index.registration import MAX_DOCUMENT_BYTES
from scanner.moderation.seller_notices.queries import SIGNATORY, appeal_row, notice_of
from scanner.moderation.seller_notices.rules import owner_asked
from scanner.moderation.seller_notices.store import Notices
from scanner.moderation.seller_notices.tables import appeal_documents, appeals
from scanner.moderation.seller_notices.types import Appeal, AppealDocument, Form, Notice, Signatory, Track

LONGEST_STATEMENT: Final = 5_000  # characters
LONGEST_NAME: Final = 255
MAX_DOCUMENTS: Final = 10  # of an appeal


class AppealRefused(InvalidField):
    """An appeal that comes too late, a second time, or in a form that its notice does not know."""

    code = "appeal_refused"


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that a seller brings with an appeal."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Brought:
    """What a seller brings. A counter-notice is sworn, and has its signatory."""

    form: Form
    statement: str
    signatory: Signatory | None = None
    sworn: bool = False
    papers: Sequence[Paper] = ()


def bring_appeal(told: Notices, notice_id: str, brought: Brought, now: datetime) -> Appeal:
    """A seller appeals. Raises UnknownRecord, InvalidField, and AppealRefused."""
    said = fields.passage("statement", brought.statement, LONGEST_STATEMENT)
    if not said:
        raise InvalidField("statement is empty: say why the decision is wrong")
    signed = _signed(brought)
    _check_papers(brought.papers)
    appeal_id = uuid.uuid4().hex
    documents = [_document(appeal_id, place, paper) for place, paper in enumerate(brought.papers)]
    for paper, document in zip(brought.papers, documents, strict=True):
        keep(told.store.appeal_path(appeal_id, document.position), paper.data)
    with told.database.write(now) as write:
        notice = notice_of(write.connection, notice_id)
        _refuse_unless_open(write.connection, notice, brought.form, now)
        asked = owner_asked(brought.form, notice.track)
        made = Appeal(
            appeal_id=appeal_id,
            notice_id=notice_id,
            form=brought.form,
            received_at=now,
            statement=said,
            signatory=signed,
            owner_by=now + timedelta(days=told.settings.owner_days) if asked else None,
            answer=None,
            answer_note="",
            answered_by=None,
            answered_at=None,
            outcome=None,
            ground=None,
            outcome_note="",
            decided_by=None,
            decided_at=None,
        )
        write.connection.execute(appeals.insert(), appeal_row(made))
        for document in documents:
            write.connection.execute(appeal_documents.insert(), asdict(document))
        details = {"appeal": appeal_id, "form": made.form, "papers": len(documents)}
        write.note("appeal received", notice.case_id, details)
        told.tell(write, notice, "appeal.received", {"appeal_id": appeal_id, "form": made.form})
    return made


def _refuse_unless_open(connection: Connection, notice: Notice, form: Form, now: datetime) -> None:
    if notice.ended_at is not None:
        raise AppealRefused("the notice no longer stands, so there is nothing to appeal against")
    if now >= notice.appeal_by:
        raise AppealRefused(f"appeals were to come before {notice.appeal_by:%Y-%m-%d %H:%M} UTC")
    if form is Form.COUNTER_NOTICE and notice.track is not Track.COPYRIGHT:
        raise AppealRefused("a counter-notice answers a claim of copyright, and this is one of trade mark: complain")
    known = select(func.count()).select_from(appeals).where(appeals.c.notice_id == notice.notice_id)
    same = known.where(appeals.c.form == form)
    undecided = known.where(appeals.c.outcome.is_(None))
    if connection.execute(same).scalar_one() or connection.execute(undecided).scalar_one():
        raise AppealRefused("there is an appeal against this notice already: its page says how far it is")


def _signed(brought: Brought) -> Signatory | None:
    if brought.form is Form.COMPLAINT:
        return None
    if brought.signatory is None or not brought.sworn:
        raise InvalidField("a counter-notice is sworn, and names who swears: name, address and phone")
    return Signatory(*(fields.words(name, getattr(brought.signatory, name)) for name in SIGNATORY))


def _check_papers(papers: Sequence[Paper]) -> None:
    if len(papers) > MAX_DOCUMENTS:
        raise InvalidField(f"{len(papers)} papers: {MAX_DOCUMENTS} at most")
    for paper in papers:
        if not paper.data:
            raise InvalidField(f"paper {paper.name} is empty: it proves nothing")
        if len(paper.data) > MAX_DOCUMENT_BYTES:
            raise InvalidField(f"paper {paper.name} is over {MAX_DOCUMENT_BYTES // 2**20} MiB: give a smaller copy")


def _document(appeal_id: str, place: int, paper: Paper) -> AppealDocument:
    plain = "".join(each if each.isprintable() else "\ufffd" for each in PurePath(paper.name).name)
    named = plain[:LONGEST_NAME] or f"paper-{place + 1}"
    return AppealDocument(appeal_id, place, named, hashlib.sha256(paper.data).hexdigest(), len(paper.data))
