"""Sends and withdraws seller notices, in the transaction of the decision that they belong to."""

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, func, select

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry import Registry
from brand_index.registry.database import Database, Write, fetch
from brand_index.store import Store
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.covered import first_seen_of
from scanner.moderation.cases.decisions import CaseDecision, CaseTaken, decide_within, find_case, undo_within
from scanner.moderation.cases.notices import FROM_NOTICE
from scanner.moderation.cases.suppressions import end_suppressions_within, suppress_within
from scanner.moderation.cases.tables import case_decisions, cases, notices
from scanner.moderation.deliveries import send
from scanner.moderation.enforcement.ledger import give_points, points_taken, take_points_back
from scanner.moderation.forms import following
from scanner.moderation.records.sightings import first_accepted
from scanner.moderation.seller_notices.deciders import has_decided_appeal
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.queries import find_seller_notice, notice_that_stands
from scanner.moderation.seller_notices.rules import confirmed_reason
from scanner.moderation.seller_notices.statuses import queue_case_message, queue_suppression
from scanner.moderation.seller_notices.tables import seller_notices
from scanner.moderation.seller_notices.types import SellerNotice
from scanner.moderation.seller_notices.wording import SellerNoticeText, SellerTexts
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import UNDECIDED, CaseState, Ground, Scope
from scanner.verdicts.policy import Restriction
from scanner.verdicts.rows import json_text, moment_text
from scanner.verdicts.types import Decision, Reason


@dataclass(frozen=True, slots=True)
class Measures:
    """What a decision does to a listing and its seller."""

    restriction: Restriction
    points: int = 0
    serious: bool = False


class SellerNotices:
    """All seller notices of a store."""

    def __init__(self, registry: Registry, store: Store, settings: ServiceSettings, links: Links) -> None:
        self._registry, self.store, self.settings, self.links = registry, store, settings, links
        self.texts = SellerTexts(settings, links)

    def acting(self, actor: str) -> "SellerNotices":
        """The same seller notices, for another actor's writes."""
        return SellerNotices(self._registry.acting(actor), self.store, self.settings, self.links)

    @property
    def database(self) -> Database:
        """The database that holds them."""
        return self._registry.database

    def decide(
        self,
        case_ids: Iterable[str],
        user: str,
        state: CaseState,
        *,
        ground: Ground | None = None,
        note: str = "",
        measures: Measures | None = None,
        suppress: Scope | None = None,
        propose: bool = False,
        now: datetime,
    ) -> tuple[CaseDecision, ...]:
        """Decide cases, with all that follows, in one transaction: all of it happens, or nothing.

        The sellers of confirmed cases are sent notices of the `measures`, with their points. Dismissing a case
        withdraws the seller notice that the policy sent, and suppresses further matches within the scope `suppress`.
        `propose`: the match of a confirmed case becomes a proposed form of its mark. Raises as `decide` of
        cases.decisions, `send`, `suppress_within` and `propose_within` do.
        """
        ids = tuple(dict.fromkeys(case_ids))
        with self.database.write(now) as write:
            made = decide_within(write, ids, user, state, ground=ground, note=note)
            for case_id in ids:
                if state is CaseState.DISMISSED:
                    self._withdraw(write, case_id, user)
                    following.dismissed_within(write, case_id, ground, user)
                    if suppress is not None:
                        case = find_case(write.connection, case_id)
                        queue_suppression(write, self.settings, suppress_within(write, case, suppress, user))
                elif state is CaseState.CONFIRMED:
                    following.confirmed_within(write, case_id, user, propose=propose)
                    if measures is not None:
                        self._send(write, case_id, measures, user, automated=False)
                if state not in UNDECIDED:
                    queue_case_message(write, self.settings, case_id, "case.decided")
        return made

    def undo(self, decision_id: int, user: str, now: datetime, *, anybodys: bool = False) -> Case:
        """Undo a decision, withdraw the seller notice of a confirmation and end the suppression of a dismissal.

        Raises as `undo` of cases.decisions, and CaseTaken unless `anybodys` for another's, and after a decided appeal.
        """
        with self.database.write(now) as write:
            return self.undo_within(write, decision_id, user, anybodys=anybodys)

    def undo_within(self, write: Write, decision_id: int, user: str, *, anybodys: bool = False) -> Case:
        """As `undo`, in an open write."""
        of = select(case_decisions.c.user_id, case_decisions.c.state, case_decisions.c.at)
        known = write.connection.execute(of.where(case_decisions.c.decision_id == decision_id)).one_or_none()
        if known is not None and known.user_id != user and not anybodys:
            raise CaseTaken(f"decision {decision_id} is by {known.user_id}: only that user or an admin can undo it")
        case = undo_within(write, decision_id, user)
        if has_decided_appeal(write.connection, case.case_id):
            why = "an appeal about it was decided, and its seller knows; a notice that stands can be withdrawn"
            raise CaseTaken(f"case {case.case_id[:8]}: nothing is undone, because {why}")
        assert known is not None
        following.undone_within(write, case.case_id, user)
        if known.state is CaseState.CONFIRMED:
            self._withdraw(write, case.case_id, user)
        if known.state is CaseState.DISMISSED:
            end_suppressions_within(write, case.case_id, known.at, user)
        if known.state not in UNDECIDED:
            queue_case_message(write, self.settings, case.case_id, "case.undone")
        return case

    def send(self, case_id: str, measures: Measures, author: str, now: datetime) -> SellerNotice:
        """Send the seller of a confirmed case a notice of the `measures`.

        Raises UnknownRecord, and InvalidField where the case has no seller, concerns neither a brand nor a concealed
        mark, or a seller notice stands.
        """
        with self.database.write(now) as write:
            return self._send(write, case_id, measures, author, automated=False)

    def send_for_block(self, write: Write, case_id: str, policy: str) -> None:
        """Notify the seller of a listing that the policy blocked, where the settings say so, in an open write.

        Of a rights holder's notice nobody is notified before a person decides: its notifier named the seller.
        """
        restriction, connection = self.settings.notify_on_block, write.connection
        if restriction is None:
            return
        blocked = and_(
            cases.c.case_id == case_id,
            cases.c.decision == Decision.BLOCK,
            cases.c.seller_id.is_not(None),
            ~FROM_NOTICE,
        )
        if connection.execute(select(cases.c.case_id).where(blocked, cases.c.reference_id.is_not(None))).first():
            self._send(write, case_id, Measures(restriction), policy, automated=True)

    def withdraw(self, seller_notice_id: str, author: str, now: datetime) -> SellerNotice:
        """Withdraw a seller notice and its points. UnknownRecord: no such notice stands."""
        with self.database.write(now) as write:
            known = find_seller_notice(write.connection, seller_notice_id)
            if known is None or known.ended_at is not None:
                raise UnknownRecord(f"no seller notice {seller_notice_id[:64]!r} stands")
            self._withdraw(write, known.case_id, author)
        return self.seller_notice(seller_notice_id) or known

    def seller_notice(self, seller_notice_id: str) -> SellerNotice | None:
        """The seller notice with this id; None: there is none."""
        with self.database.read() as connection:
            return find_seller_notice(connection, seller_notice_id)

    def of_case(self, case_id: str) -> tuple[SellerNotice, ...]:
        """All seller notices of a case, withdrawn ones too, the oldest first."""
        return self._found(seller_notices.c.case_id == case_id)

    def of_seller(self, seller_id: str) -> tuple[SellerNotice, ...]:
        """All notices to a seller, withdrawn ones too, the oldest first."""
        return self._found(seller_notices.c.seller_id == seller_id)

    def text_of(
        self, seller_notice: SellerNotice, language: str | None = None, *, on_its_page: bool = False
    ) -> SellerNoticeText:
        """As `text_of` of SellerTexts, with the name of the brand and the registered word."""
        brand = None if (slug := seller_notice.brand_id) is None else self.brand_name(slug)
        word = self.word_of(seller_notice)
        return self.texts.text_of(seller_notice, brand, language, word=word, on_its_page=on_its_page)

    def word_of(self, seller_notice: SellerNotice) -> str | None:
        """The registered word that a notice is about; None: it is about none, or people alone saw one."""
        known = seller_notice.reference_id
        reference = None if known is None else self._registry.reference(known)
        return None if reference is None else reference.word

    def brand_name(self, slug: str) -> str:
        """The name of a brand."""
        return next((brand.name for brand in self._registry.brands() if brand.brand_id == slug), slug)

    def queue_message(self, write: Write, seller_notice: SellerNotice, what: str, more: dict[str, Any]) -> None:
        """Queue a message to the marketplace about a seller notice, where the settings name an address."""
        if self.settings.webhook_url is None:
            return
        identity = {name: getattr(seller_notice, name) for name in _MESSAGE_FIELDS}
        head = {"type": what, "at": moment_text(write.now), "sent_at": moment_text(seller_notice.sent_at)}
        send(write, seller_notice.case_id, json_text({**identity, **head, **more}))

    def _found(self, which: Any) -> tuple[SellerNotice, ...]:
        query = (
            select(seller_notices).where(which).order_by(seller_notices.c.sent_at, seller_notices.c.seller_notice_id)
        )
        with self.database.read() as connection:
            return fetch(connection, SellerNotice, query)

    def _send(self, write: Write, case_id: str, measures: Measures, author: str, *, automated: bool) -> SellerNotice:
        connection = write.connection
        case = find_case(connection, case_id)
        if case.seller_id is None:
            raise InvalidField(f"case {case_id}: its seller is unknown, so nobody can be notified")
        if case.brand_id is None and case.reason is not Reason.MARK_CONCEALED:
            raise InvalidField(f"case {case_id}: it concerns no brand, so there is nothing to notify of")
        if case.brand_id is None and self.settings.clause is None:
            why = "concealing a mark is against terms of the marketplace, not against a law: name their clause"
            raise InvalidField(f"case {case_id}: {why} in the settings (clause) before a seller is notified")
        if not automated and case.state is not CaseState.CONFIRMED:
            raise InvalidField(f"case {case_id} is {case.state.value}: confirm it before its seller is notified")
        if notice_that_stands(connection, case_id) is not None:
            raise InvalidField(f"case {case_id}: a seller notice stands already: withdraw it first")
        event = None
        if measures.points or measures.serious:
            about = "concealed mark" if case.kind is None else f"{case.brand_id} {case.kind.value}"
            cause = f"case {case_id[:8]}, {about}"
            event = give_points(
                write, case.seller_id, measures.points, serious=measures.serious, cause=cause, author=author
            )
        first = first_seen_of(connection, case)
        notice = connection.execute(select(notices.c.case_id).where(notices.c.case_id == case_id)).first()
        before = select(func.count()).select_from(seller_notices).where(seller_notices.c.case_id == case_id)
        made = SellerNotice(
            seller_notice_id=uuid.uuid4().hex,
            case_id=case_id,
            nth=1 + int(connection.execute(before).scalar_one()),
            seller_id=case.seller_id,
            listing_id=case.listing_id,
            market=case.market,
            brand_id=case.brand_id,
            reference_id=case.reference_id,
            kind=case.kind,
            reason=confirmed_reason(case),
            confidence=case.confidence,
            from_notice=notice is not None,
            restriction=measures.restriction,
            automated=automated,
            author=author,
            ledger_event=None if event is None else event.event_id,
            points=measures.points,
            posted_at=first_accepted(connection, case_id),
            sent_at=write.now,
            appeal_by=write.now + timedelta(days=self.settings.appeal_days),
            ended_at=None,
            language=self.texts.usual_language(case.market),
            first_seen=None if first is None else first.first,
            first_seen_day=None if first is None else first.first_at.date(),
        )
        write.add(seller_notices, asdict(made))
        details = {
            "seller_notice": made.seller_notice_id,
            "restriction": made.restriction,
            "points": made.points,
            "author": author,
        }
        write.note("seller notice sent", case_id, details)
        more = {"appeal_by": moment_text(made.appeal_by), "link": self.links.address(made.seller_notice_id)}
        self.queue_message(write, made, "seller_notice.sent", more | {"text": self.text_of(made).plain()})
        return made

    def _withdraw(self, write: Write, case_id: str, author: str) -> None:
        known = notice_that_stands(write.connection, case_id)
        if known is not None:
            withdraw_within(write, known, author)
            self.queue_message(write, known, "seller_notice.withdrawn", {})


def withdraw_within(write: Write, seller_notice: SellerNotice, author: str) -> None:
    """Withdraw a seller notice that stands, and its points, in an open write."""
    this = seller_notices.c.seller_notice_id == seller_notice.seller_notice_id
    write.update(seller_notices, this, {"ended_at": write.now})
    take_points(write, seller_notice, author)
    note = {"seller_notice": seller_notice.seller_notice_id, "author": author}
    write.note("seller notice withdrawn", seller_notice.case_id, note)


def take_points(write: Write, seller_notice: SellerNotice, author: str) -> None:
    """Take back the points of a seller notice, unless that was done already."""
    if seller_notice.ledger_event is not None and not points_taken(write.connection, seller_notice.ledger_event):
        take_points_back(write, seller_notice.ledger_event, author)


_MESSAGE_FIELDS: Final = (
    *("seller_notice_id", "case_id", "seller_id", "listing_id", "market"),
    *("brand_id", "restriction", "points", "language"),
)
