"""The course of an appeal: the rights holder answers, people decide, and counter-notices put listings back in time."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.registry.database import Write
from scanner.moderation.cases.decisions import refuse_unless_fitting, reverse_within
from scanner.moderation.forms.following import reversed_within
from scanner.moderation.seller_notices.deciders import deciders_of
from scanner.moderation.seller_notices.queries import count_documents, find_appeal, pending_appeals
from scanner.moderation.seller_notices.rules import AppealStep, steps
from scanner.moderation.seller_notices.statuses import queue_case_message
from scanner.moderation.seller_notices.store import SellerNotices, take_points
from scanner.moderation.seller_notices.submission import LONGEST_STATEMENT, check_first_day
from scanner.moderation.seller_notices.tables import appeals, seller_notices
from scanner.moderation.seller_notices.types import Answer, Appeal, AppealOutcome, SellerNotice
from scanner.moderation.seller_notices.wording import outcome_text
from scanner.verdicts.case_states import Ground

BY_LAW: Final = "17 U.S.C. 512(g)"  # the author of a put-back after a counter-notice


class StepRefused(InvalidField):
    """A step of an appeal that is not possible now."""

    code = "step_refused"


class SecondReviewerNeeded(StepRefused):
    """An appeal that somebody else must decide."""

    code = "second_reviewer_needed"


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

        Raises UnknownRecord, InvalidField, StepRefused; SecondReviewerNeeded where who decided reports that it agrees.
        """
        text = fields.passage("note", note, LONGEST_STATEMENT)
        if answer is Answer.SUES and not text:
            raise InvalidField("note is empty: name the court and the case number")
        with self._seller_notices.database.write(now) as write:
            appeal, seller_notice = find_appeal(write.connection, appeal_id)
            self._refuse_unless(
                appeal, seller_notice, AppealStep.SUE if answer is Answer.SUES else AppealStep.ANSWER, now
            )
            if answer is Answer.AGREES:
                self._refuse_deciders(write, seller_notice, user)
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
        listing_first_day: date | None = None,
        documents_seen: int | None = None,
    ) -> Appeal:
        """Record the outcome that a person of the marketplace decides; a reversal has a ground, every outcome a note.

        `listing_first_day`: since when the listing has shown the image, as the person found; None: as the appeal says.
        `documents_seen`: how many documents the person was shown, so that none that came since is overlooked.
        Raises UnknownRecord, InvalidField, StepRefused, and SecondReviewerNeeded where the person decided before.
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
            self._refuse_deciders(write, seller_notice, user)
            refuse_unless_fitting(ground, [seller_notice.kind], f"appeal {appeal_id}")
            came = count_documents(write.connection, appeal_id)
            if documents_seen is not None and came > documents_seen:
                raise StepRefused("the seller added documents meanwhile: see them first")
            day = check_first_day(listing_first_day, now) or appeal.listing_first_day
            if day != appeal.listing_first_day:
                write.update(appeals, appeals.c.appeal_id == appeal_id, {"listing_first_day": day})
            self._end(write, appeal, seller_notice, outcome, user, ground=ground, note=text, first_day=day)
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
                    why = self._seller_notices.texts.words(seller_notice).say("status.put_back_why")
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
        first_day: date | None = None,
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
        details |= {} if first_day is None else {"listing_first_day": first_day.isoformat()}
        write.note("appeal decided", seller_notice.case_id, details)
        if outcome is not AppealOutcome.UPHELD:
            this = seller_notices.c.seller_notice_id == seller_notice.seller_notice_id
            write.update(seller_notices, this, {"ended_at": write.now})
            take_points(write, seller_notice, user)
        settings, case_id = self._seller_notices.settings, seller_notice.case_id
        if ground is not None and reverse_within(write, case_id, user, ground, note) is not None:
            reversed_within(write, case_id, ground, user)
            queue_case_message(write, settings, case_id, "case.decided")
        if outcome is AppealOutcome.PUT_BACK:
            queue_case_message(write, settings, case_id, "case.put_back")
        done = replace(appeal, outcome=outcome, ground=ground, outcome_note=note)
        texts = self._seller_notices.texts
        text = outcome_text(texts.words(seller_notice), done, texts.law(seller_notice))
        more = {"appeal_id": appeal.appeal_id, "outcome": outcome, "note": note, "text": text}
        self._seller_notices.queue_message(write, seller_notice, "appeal.decided", more)

    def _known(self, appeal_id: str) -> Appeal:
        with self._seller_notices.database.read() as connection:
            return find_appeal(connection, appeal_id)[0]

    def _refuse_unless(self, appeal: Appeal, seller_notice: SellerNotice, step: AppealStep, now: datetime) -> None:
        if step not in steps(appeal, seller_notice, now, self._seller_notices.settings.holidays):
            raise StepRefused(f"appeal {appeal.appeal_id}: this step is not possible now; load the appeal again")

    def _refuse_deciders(self, write: Write, seller_notice: SellerNotice, user: str) -> None:
        if not self._seller_notices.settings.second_reviewer:
            return
        deciders = deciders_of(write.connection, [seller_notice])[seller_notice.seller_notice_id]
        if user in deciders:
            raise SecondReviewerNeeded(
                f"{user} took part in the decision that the appeal is against: somebody other than "
                f"{' and '.join(sorted(deciders))} must decide it"
            )
