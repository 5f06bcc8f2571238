"""Which law and which steps an appeal has, and until when: pure, with no database and no clock.

What is offered depends on the market. In the EEA an appeal is a complaint, and a certified body may settle the dispute
out of court (Articles 20 and 21 of Regulation (EU) 2022/2065). Only the United States have counter-notices.

About a registered photo, copyright law applies. The marketplace decides a complaint (Article 20 of Regulation (EU)
2022/2065: an appeal is free, possible for at least six months, and decided by people). A counter-notice (17 U.S.C.
512(g)) leaves the rights holder time to file an action in court. If it reports none, the listing is put back 10 to 14
business days after the counter-notice came, whatever the parties think of it.

About a registered logo or word, trade-mark law applies, which has no counter-notice. The appeal goes to the rights
holder first, which may agree. A person decides once the rights holder has maintained its complaint or its time is over.

About a concealed mark the marketplace's terms apply, and it decides alone: nobody knows whom to ask.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

from brand_index.fields import COUNTRIES, EEA
from brand_index.types import ReferenceKind
from scanner.moderation.cases.cases import Case
from scanner.moderation.seller_notices.types import Answer, Appeal, Form, SellerNotice, Track
from scanner.verdicts.types import Reason

US_LAW: Final = frozenset({"US", "AS", "GU", "MP", "PR", "UM", "VI"})  # the states, and where their copyright act holds
EARLIEST, LATEST = 10, 14  # business days after a counter-notice, 17 U.S.C. 512(g)(2)(C)

_OF_KIND: Final = {
    ReferenceKind.LOGO: Reason.LOGO_UNAUTHORIZED,
    ReferenceKind.PHOTO: Reason.PHOTO_COPIED,
    ReferenceKind.WORD: Reason.WORD_UNAUTHORIZED,
}
_INFRINGING: Final = {  # whoever confirms a use of a word that the scan took for fair finds that it is not
    ReferenceKind.LOGO: {Reason.LOGO_UNAUTHORIZED, Reason.REPLICA_OFFERED},
    ReferenceKind.PHOTO: {Reason.PHOTO_COPIED, Reason.PHOTO_SUSPECTED},
    ReferenceKind.WORD: {
        *(Reason.WORD_UNAUTHORIZED, Reason.WORD_IN_TEXT, Reason.NOMINATIVE_USE),
        *(Reason.LOOKALIKE, Reason.IMITATION_NAMED, Reason.REPLICA_OFFERED),
    },
}


def confirmed_reason(case: Case) -> Reason:
    """The reason that a notice about a confirmed case gives: that a mark is concealed, or of a match of its kind.

    That of the scan, or where it was another, as with a rights holder's notice or a doubtful authorization, that of the
    kind. A word that only people saw may stand anywhere, whatever the scan said of others.
    """
    kind = case.kind
    if kind is None:
        return Reason.MARK_CONCEALED
    is_known = kind is not ReferenceKind.WORD or case.reference_id is not None
    return case.reason if is_known and case.reason in _INFRINGING[kind] else _OF_KIND[kind]


class Law(StrEnum):
    """The law that says what a seller can do; by name a text in the wordings' section redress."""

    EU = "eu"  # of the European Economic Area
    US = "us"
    UK = "uk"
    OTHER = "other"
    UNKNOWN = "unknown"  # no market is known: the marketplace's general terms apply


def law_of(market: str | None) -> Law:
    """The law of a market, an ISO 3166-1 alpha-2 code; None: the market is unknown."""
    code = (market or "").upper()
    if code in EEA:
        return Law.EU
    if code in US_LAW:
        return Law.US
    if code in ("GB", "UK"):
        return Law.UK
    return Law.OTHER if code in COUNTRIES else Law.UNKNOWN


def offered_forms(
    seller_notice: SellerNotice, counter_notice_markets: Collection[str] = US_LAW, home_market: str | None = None
) -> tuple[Form, ...]:
    """The forms of appeal that a notice offers.

    `home_market`: of notices without a market. A notice that is older than languages offered both, so both are taken.
    """
    market = (seller_notice.market or home_market or "").upper()
    possible = seller_notice.language is None or market in counter_notice_markets
    if possible and seller_notice.track is Track.COPYRIGHT:
        return (Form.COMPLAINT, Form.COUNTER_NOTICE)
    return (Form.COMPLAINT,)


class AppealStep(StrEnum):
    """A step that an appeal allows at one moment."""

    ANSWER = "answer"  # by the rights holder
    SUE = "sue"  # by the rights holder: it reports its action in court
    REVERSE = "reverse"  # by a person of the marketplace
    UPHOLD = "uphold"  # by a person of the marketplace
    PUT_BACK = "put-back"  # automatically


class Window(NamedTuple):
    """When the listing of a counter-notice is put back, UTC: from `opens` on, and before `closes`."""

    opens: datetime
    closes: datetime


def put_back_window(received: datetime, holidays: Collection[date] = ()) -> Window:
    """The window of a counter-notice received at `received`. Business days are Monday to Friday without `holidays`."""
    return Window(
        _after(received, EARLIEST, holidays),
        _after(received, LATEST, holidays) + timedelta(days=1),
    )


def asks_rights_holder(form: Form, track: Track) -> bool:
    """Whether the rights holder is asked; the marketplace decides complaints about photos and concealed marks alone."""
    return track is Track.TRADE_MARK or form is Form.COUNTER_NOTICE


def steps(
    appeal: Appeal, seller_notice: SellerNotice, now: datetime, holidays: Collection[date] = ()
) -> frozenset[AppealStep]:
    """The steps that an appeal allows at `now`, aware UTC; none once it is decided or its notice is withdrawn."""
    if appeal.outcome is not None or seller_notice.ended_at is not None:
        return frozenset()
    found = {AppealStep.REVERSE}  # a wrong decision may be reversed at any time
    if appeal.form is Form.COUNTER_NOTICE:
        sued = appeal.answer is Answer.SUES
        if sued:
            return frozenset({AppealStep.REVERSE, AppealStep.UPHOLD})
        found |= {AppealStep.SUE, AppealStep.ANSWER}
        if now >= put_back_window(appeal.received_at, holidays).opens:
            found.add(AppealStep.PUT_BACK)
        return frozenset(found)
    if not asks_rights_holder(appeal.form, seller_notice.track):
        return frozenset({*found, AppealStep.UPHOLD})
    if appeal.answer is None:
        found.add(AppealStep.ANSWER)
    if appeal.answer is Answer.INSISTS or (appeal.answer_by is not None and now >= appeal.answer_by):
        found.add(AppealStep.UPHOLD)
    return frozenset(found)


def due(appeal: Appeal, seller_notice: SellerNotice, holidays: Collection[date] = ()) -> datetime | None:
    """The deadline of the next step, UTC; None: there is none, as for a reviewer's decision."""
    if appeal.outcome is not None or seller_notice.ended_at is not None:
        return None
    if appeal.form is Form.COUNTER_NOTICE:
        return None if appeal.answer is Answer.SUES else put_back_window(appeal.received_at, holidays).closes
    return appeal.answer_by if appeal.answer is None else None


def _after(moment: datetime, days: int, holidays: Collection[date]) -> datetime:
    """The start, UTC, of the day `days` business days after the day of `moment`, which does not count."""
    day = np.busday_offset(
        moment.astimezone(UTC).date(), days, roll="backward", holidays=[np.datetime64(each) for each in holidays]
    )
    return datetime.combine(day.astype(date), time(), UTC)
