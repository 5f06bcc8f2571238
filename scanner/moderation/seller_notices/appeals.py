"""The course of an appeal: the rights holder answers, people decide, and counter-notices put listings back in time."""

from datetime import datetime
from typing import Final

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.registry.database import Write
from scanner.moderation.cases.decisions import reverse_within
from scanner.moderation.seller_notices.queries import find_appeal, pending_appeals
from scanner.moderation.seller_notices.rules import AppealStep, steps
from scanner.moderation.seller_notices.store import SellerNotices, take_points
from scanner.moderation.seller_notices.submission import LONGEST_STATEMENT, AppealRefused
from scanner.moderation.seller_notices.tables import appeals, seller_notices
from scanner.moderation.seller_notices.types import Answer, Appeal, AppealOutcome, SellerNotice
from scanner.verdicts.case_states import Ground

BY_LAW: Final = "17 U.S.C. 512(g)"  # the author of a put-back after a counter-notice


class Appeals:
    """All appeals of a store."""

    def __init__(self, seller_notices: SellerNotices) -> None:
        """`seller_notices` sends the marketplace messages about appeals."""
        self._seller_notices = seller_notices

    def acting(self, actor: str) -> "Appeals":
        """The same appeals, for another actor's writes."""
        return Appeals(self._seller_notices.acting(actor))

    def answer(self, appeal_id: str, answer: Answer, note: str, user: str, now: datetime) -> Appeal:
        """Record the rights holder's answer; agreeing reverses the decision.

        Raises UnknownRecord, InvalidField, AppealRefused.
        """
        text = fields.passage("note", note, LONGEST_STATEMENT)
        if answer is Answer.SUES and not text:
            raise InvalidField("note is empty: name the court and the case number")
        with self._seller_notices.database.write(now) as write:
            appeal, seller_notice = find_appeal(write.connection, appeal_id)
            self._refuse_unless(
                appeal, seller_notice, AppealStep.SUE if answer is Answer.SUES else AppealStep.ANSWER, now
            )
            values = {"answer": answer, "answer_note": text, "answered_by": user, "answered_at": now}
            write.update(appeals, appeals.c.appeal_id == appeal_id, values)
            write.note("appeal answered", seller_notice.case_id, {"appeal": appeal_id, "answer": answer, "user": user})
            if answer is Answer.AGREES:
                self._end(
                    write, appeal, seller_notice, AppealOutcome.REVERSED, user, ground=Ground.AUTHORIZED, note=text
                )
        return self._known(appeal_id)

    def decide(
        self,
        appeal_id: str,
        outcome: AppealOutcome,
        user: str,
        now: datetime,
        *,
        ground: Ground | None = None,
        note: str,
    ) -> Appeal:
        """Record the outcome that a person of the marketplace decides; a reversal has a ground, every outcome a note.

        Raises UnknownRecord, InvalidField, AppealRefused.
        """
        text = fields.passage("note", note, LONGEST_STATEMENT)
        if not text:
            raise InvalidField("note is empty: explain the outcome to the seller")
        if outcome is AppealOutcome.PUT_BACK or (ground is not None) != (outcome is AppealOutcome.REVERSED):
            raise InvalidField(f"ground {ground}: a reversal needs a ground, and no other outcome has one")
        with self._seller_notices.database.write(now) as write:
            appeal, seller_notice = find_appeal(write.connection, appeal_id)
            self._refuse_unless(
                appeal,
                seller_notice,
                AppealStep.REVERSE if outcome is AppealOutcome.REVERSED else AppealStep.UPHOLD,
                now,
            )
            self._end(write, appeal, seller_notice, outcome, user, ground=ground, note=text)
        return self._known(appeal_id)

    def put_back_due(self, now: datetime) -> tuple[Appeal, ...]:
        """Put back the listings of due counter-notices without an action in court. Returns the appeals."""
        holidays = self._seller_notices.settings.holidays
        ready = [
            each.appeal.appeal_id
            for each in pending_appeals(self._seller_notices.database)
            if AppealStep.PUT_BACK in steps(each.appeal, each.seller_notice, now, holidays)
        ]
        for appeal_id in ready:
            with self._seller_notices.database.write(now) as write:
                appeal, seller_notice = find_appeal(write.connection, appeal_id)
                if AppealStep.PUT_BACK in steps(appeal, seller_notice, now, holidays):
                    why = "The rights holder reported no action in court within the time that the law sets."
                    self._end(write, appeal, seller_notice, AppealOutcome.PUT_BACK, BY_LAW, ground=None, note=why)
        return tuple(map(self._known, ready))

    def _end(
        self,
        write: Write,
        appeal: Appeal,
        seller_notice: SellerNotice,
        outcome: AppealOutcome,
        user: str,
        *,
        ground: Ground | None,
        note: str,
    ) -> None:
        values = {
            "outcome": outcome,
            "ground": ground,
            "outcome_note": note,
            "decided_by": user,
            "decided_at": write.now,
        }
        write.update(appeals, appeals.c.appeal_id == appeal.appeal_id, values)
        details = {"appeal": appeal.appeal_id, "outcome": outcome, "ground": ground, "user": user, "note": note}
        write.note("appeal decided", seller_notice.case_id, details)
        if outcome is not AppealOutcome.UPHELD:
            this = seller_notices.c.seller_notice_id == seller_notice.seller_notice_id
            write.update(seller_notices, this, {"ended_at": write.now})
            take_points(write, seller_notice, user)
        if ground is not None:
            reverse_within(write, seller_notice.case_id, user, ground, note)
        more = {"appeal_id": appeal.appeal_id, "outcome": outcome, "note": note}
        self._seller_notices.queue_message(write, seller_notice, "appeal.decided", more)

    def _known(self, appeal_id: str) -> Appeal:
        with self._seller_notices.database.read() as connection:
            return find_appeal(connection, appeal_id)[0]

    def _refuse_unless(self, appeal: Appeal, seller_notice: SellerNotice, step: AppealStep, now: datetime) -> None:
        if step not in steps(appeal, seller_notice, now, self._seller_notices.settings.holidays):
            raise AppealRefused(f"appeal {appeal.appeal_id}: this step is not possible now; load the appeal again")
