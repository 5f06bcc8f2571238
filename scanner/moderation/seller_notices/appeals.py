"""What becomes of an appeal: the rights holder answers, people decide, and what the law puts back is put back."""

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

BY_LAW: Final = "17 U.S.C. 512(g)"  # who puts a listing back after a counter-notice


class Appeals:
    """All appeals of a store."""

    def __init__(self, told: SellerNotices) -> None:
        """`told` has the marketplace told of what happens."""
        self._told = told

    def acting(self, actor: str) -> "Appeals":
        """The same appeals, for another actor's writes."""
        return Appeals(self._told.acting(actor))

    def answer(self, appeal_id: str, answer: Answer, note: str, user: str, now: datetime) -> Appeal:
        """The rights holder answers. Who agrees ends it. Raises UnknownRecord, InvalidField, AppealRefused."""
        said = fields.passage("note", note, LONGEST_STATEMENT)
        if answer is Answer.SUES and not said:
            raise InvalidField("note is empty: name the court and the case number")
        with self._told.database.write(now) as write:
            appeal, seller_notice = find_appeal(write.connection, appeal_id)
            self._refuse_unless(
                appeal, seller_notice, AppealStep.SUE if answer is Answer.SUES else AppealStep.ANSWER, now
            )
            values = {"answer": answer, "answer_note": said, "answered_by": user, "answered_at": now}
            write.connection.execute(appeals.update().where(appeals.c.appeal_id == appeal_id).values(**values))
            write.note(
                "appeal answered", seller_notice.case_id, {"appeal": appeal_id, "answer": answer, "person": user}
            )
            if answer is Answer.AGREES:
                self._end(
                    write, appeal, seller_notice, AppealOutcome.REVERSED, user, ground=Ground.AUTHORIZED, note=said
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
        """A person of the marketplace decides; a reversal has a ground, and every outcome says why.

        Raises UnknownRecord, InvalidField, AppealRefused.
        """
        said = fields.passage("note", note, LONGEST_STATEMENT)
        if not said:
            raise InvalidField("note is empty: tell the seller why")
        if outcome is AppealOutcome.PUT_BACK or (ground is not None) != (outcome is AppealOutcome.REVERSED):
            raise InvalidField(f"ground {ground}: a reversal says why, and nothing else does")
        with self._told.database.write(now) as write:
            appeal, seller_notice = find_appeal(write.connection, appeal_id)
            self._refuse_unless(
                appeal,
                seller_notice,
                AppealStep.REVERSE if outcome is AppealOutcome.REVERSED else AppealStep.UPHOLD,
                now,
            )
            self._end(write, appeal, seller_notice, outcome, user, ground=ground, note=said)
        return self._known(appeal_id)

    def put_back_due(self, now: datetime) -> tuple[Appeal, ...]:
        """Put back what counter-notices ask for whose time has come with no action told of; the appeals of these."""
        holidays = self._told.settings.holidays
        ready = [
            each.appeal.appeal_id
            for each in pending_appeals(self._told.database)
            if AppealStep.PUT_BACK in steps(each.appeal, each.seller_notice, now, holidays)
        ]
        for appeal_id in ready:
            with self._told.database.write(now) as write:
                appeal, seller_notice = find_appeal(write.connection, appeal_id)
                if AppealStep.PUT_BACK in steps(appeal, seller_notice, now, holidays):
                    why = "The rights holder told of no action at a court within the time that the law gives."
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
        values = {"outcome": outcome, "ground": ground, "outcome_note": note, "decided_by": user}
        mine = appeals.update().where(appeals.c.appeal_id == appeal.appeal_id)
        write.connection.execute(mine.values(**values, decided_at=write.now))
        details = {"appeal": appeal.appeal_id, "outcome": outcome, "ground": ground, "person": user, "note": note}
        write.note("appeal decided", seller_notice.case_id, details)
        if outcome is not AppealOutcome.UPHELD:
            ended = seller_notices.update().where(seller_notices.c.seller_notice_id == seller_notice.seller_notice_id)
            write.connection.execute(ended.values(ended_at=write.now))
            take_points(write, seller_notice, user)
        if ground is not None:
            reverse_within(write, seller_notice.case_id, user, ground, note)
        more = {"appeal_id": appeal.appeal_id, "outcome": outcome, "note": note}
        self._told.tell(write, seller_notice, "appeal.decided", more)

    def _known(self, appeal_id: str) -> Appeal:
        with self._told.database.read() as connection:
            return find_appeal(connection, appeal_id)[0]

    def _refuse_unless(self, appeal: Appeal, seller_notice: SellerNotice, step: AppealStep, now: datetime) -> None:
        if step not in steps(appeal, seller_notice, now, self._told.settings.holidays):
            raise AppealRefused(f"appeal {appeal.appeal_id}: this cannot be done about it now: look at it again")
