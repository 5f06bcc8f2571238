"""The records of seller notices and appeals; no rule and no table."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from brand_index.types import ReferenceKind
from scanner.verdicts.case_states import Ground
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import First, Reason


class Track(StrEnum):
    """The law that applies to an appeal, or the terms of the marketplace."""

    COPYRIGHT = "copyright"  # a registered photo
    TRADE_MARK = "trade-mark"  # a registered logo or word
    TERMS = "terms"  # a mark that is concealed: nobody knows whose, so it is the marketplace's terms that count


class Form(StrEnum):
    """The form of an appeal."""

    COMPLAINT = "complaint"  # Article 20 of the EU's Digital Services Act
    COUNTER_NOTICE = "counter-notice"  # 17 U.S.C. 512(g)(3); only where copyright applies


class Answer(StrEnum):
    """How a rights holder answers an appeal."""

    AGREES = "agrees"  # the listing may be shown
    INSISTS = "insists"  # it maintains its complaint
    SUES = "sues"  # it has filed an action seeking a court order, 17 U.S.C. 512(g)(2)(C)


class AppealOutcome(StrEnum):
    """How an appeal ended."""

    UPHELD = "upheld"  # the decision stands
    REVERSED = "reversed"  # the decision was wrong and has no effect
    PUT_BACK = "put-back"  # no action in court followed a counter-notice: the listing is shown again


@dataclass(frozen=True, slots=True)
class SellerNotice:
    """What a seller was sent about one decision. An appeal must come before `appeal_by`."""

    seller_notice_id: str
    case_id: str
    nth: int  # of its case, from 1
    seller_id: str
    listing_id: str | None
    market: str | None
    brand_id: str | None  # slug; None, as kind: the mark is concealed
    reference_id: str | None  # None, with no confidence: only people saw a match
    kind: ReferenceKind | None
    reason: Reason
    confidence: float | None
    from_notice: bool  # a rights holder's notice led to the case
    restriction: Restriction
    automated: bool  # the policy decided, and no person
    author: str  # the user or the policy that decided
    ledger_event: str | None  # that added its points; None: it has none
    points: int
    posted_at: datetime  # UTC; when the listing was submitted
    sent_at: datetime
    appeal_by: datetime
    ended_at: datetime | None  # withdrawn, or an appeal succeeded; None: it stands
    language: str | None  # of its words, such as "de"; None: it is older than languages, and English
    first_seen: First | None = None  # who showed the photo first; None: it is about no photo, or not known
    first_seen_day: date | None = None  # UTC; None: as first_seen

    @property
    def track(self) -> Track:
        """The law that applies."""
        if self.kind is None:
            return Track.TERMS
        return Track.COPYRIGHT if self.kind is ReferenceKind.PHOTO else Track.TRADE_MARK


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs a counter-notice, as 17 U.S.C. 512(g)(3) requires."""

    name: str  # also the signature
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """A seller's objection to a seller notice, and its outcome."""

    appeal_id: str
    seller_notice_id: str
    form: Form
    received_at: datetime  # UTC
    statement: str
    signatory: Signatory | None  # of a counter-notice
    answer_by: datetime | None  # the rights holder's deadline; None: it is not asked
    answer: Answer | None  # None: it has not answered
    answer_note: str
    answered_by: str | None
    answered_at: datetime | None
    outcome: AppealOutcome | None  # None: undecided
    ground: Ground | None  # of a reversal
    outcome_note: str  # for the seller
    decided_by: str | None
    decided_at: datetime | None
    listing_first_day: date | None  # since when the listing has shown the image; None: unknown


@dataclass(frozen=True, slots=True)
class AppealDocument:
    """A document of an appeal; its bytes are in the store."""

    appeal_id: str
    position: int
    name: str  # as the seller's file was called
    sha256: str
    length: int  # bytes
    added_at: datetime | None  # after the appeal was sent; None: it came with the appeal
