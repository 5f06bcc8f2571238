"""What may be done about an appeal, and until when: pure, with no database and no clock.

An appeal against a registered photo goes by copyright. A complaint is the marketplace's to decide (Article 20 of
Regulation (EU) 2022/2065: the appeal is free, open for six months at least, and decided by people). A counter-notice
(17 U.S.C. 512(g)) is the rights holder's to answer with an action at a court: if none is told of, the listing is put
back not less than 10, nor more than 14, business days after it came, whatever anybody thinks of it.

An appeal against a registered logo goes by trade-mark law, which knows no counter-notice: it goes back to the rights
holder, who may agree, and a person decides once it has insisted or has let its time pass.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from scanner.moderation.seller_notices.types import Answer, Appeal, AppealOutcome, Form, SellerNotice, Track

EARLIEST, LATEST = 10, 14  # business days after a counter-notice, 17 U.S.C. 512(g)(2)(C)


class AppealStep(StrEnum):
    """What may be done about an appeal at one moment."""

    ANSWER = "answer"  # by the rights holder
    SUE = "sue"  # likewise: it tells of its action
    REVERSE = "reverse"  # by a person of the marketplace
    UPHOLD = "uphold"  # likewise
    PUT_BACK = "put-back"  # by itself


class Window(NamedTuple):
    """When what a counter-notice is about is put back, UTC: not before the first moment, and before the second."""

    opens: datetime
    closes: datetime


def put_back_window(received: datetime, holidays: Collection[date] = ()) -> Window:
    """Of a counter-notice that came at `received`. Business days are Monday to Friday that are no `holidays`."""
    return Window(
        _after(received, EARLIEST, holidays),
        _after(received, LATEST, holidays) + timedelta(days=1),
    )


def asks_rights_holder(form: Form, track: Track) -> bool:
    """Whether the rights holder is asked: of a photo's complaint the marketplace decides by itself."""
    return track is Track.TRADE_MARK or form is Form.COUNTER_NOTICE


def steps(
    appeal: Appeal, seller_notice: SellerNotice, now: datetime, holidays: Collection[date] = ()
) -> frozenset[AppealStep]:
    """What may be done about an appeal at `now`, aware UTC; nothing of one that is decided, or whose notice fell."""
    if appeal.outcome is not None or seller_notice.ended_at is not None:
        return frozenset()
    found = {AppealStep.REVERSE}  # whoever was wrong may say so at any time
    if appeal.form is Form.COUNTER_NOTICE:
        sued = appeal.answer is Answer.SUES
        if sued:
            return frozenset({AppealStep.REVERSE, AppealStep.UPHOLD})
        found |= {AppealStep.SUE, AppealStep.ANSWER}
        if now >= put_back_window(appeal.received_at, holidays).opens:
            found.add(AppealStep.PUT_BACK)
        return frozenset(found)
    if seller_notice.track is Track.COPYRIGHT:
        return frozenset({*found, AppealStep.UPHOLD})
    if appeal.answer is None:
        found.add(AppealStep.ANSWER)
    if appeal.answer is Answer.INSISTS or (appeal.answer_by is not None and now >= appeal.answer_by):
        found.add(AppealStep.UPHOLD)
    return frozenset(found)


def due(appeal: Appeal, seller_notice: SellerNotice, holidays: Collection[date] = ()) -> datetime | None:
    """When somebody must have acted, UTC; None: no day is set, as for a decision that people make."""
    if appeal.outcome is not None or seller_notice.ended_at is not None:
        return None
    if appeal.form is Form.COUNTER_NOTICE:
        return None if appeal.answer is Answer.SUES else put_back_window(appeal.received_at, holidays).closes
    return appeal.answer_by if appeal.answer is None else None


def outcome_of(answer: Answer) -> AppealOutcome | None:
    """How an appeal ends with the rights holder's answer; None: it does not yet."""
    return AppealOutcome.REVERSED if answer is Answer.AGREES else None


def _after(moment: datetime, days: int, holidays: Collection[date]) -> datetime:
    """The begin, UTC, of the day that is so many business days after that of `moment`, which counts for none."""
    day = np.busday_offset(
        moment.astimezone(UTC).date(), days, roll="backward", holidays=[np.datetime64(each) for each in holidays]
    )
    return datetime.combine(day.astype(date), time(), UTC)
