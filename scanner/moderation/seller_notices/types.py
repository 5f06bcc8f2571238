"""The records of notices and appeals, and their words; no rule and no table."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from brand_index.types import ReferenceKind
from scanner.verdicts.case_states import Ground
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import Reason


class Track(StrEnum):
    """The law that an appeal goes by."""

    COPYRIGHT = "copyright"  # a registered photo
    TRADE_MARK = "trade-mark"  # a registered logo


class Form(StrEnum):
    """What sort of appeal it is."""

    COMPLAINT = "complaint"  # Article 20 of the EU's Digital Services Act
    COUNTER_NOTICE = "counter-notice"  # 17 U.S.C. 512(g)(3); against a claim of copyright alone


class Answer(StrEnum):
    """What a rights holder says to an appeal."""

    AGREES = "agrees"  # the listing may be shown
    INSISTS = "insists"
    SUES = "sues"  # it has filed an action seeking a court order, 17 U.S.C. 512(g)(2)(C)


class AppealOutcome(StrEnum):
    """How an appeal ended."""

    UPHELD = "upheld"  # the decision stands
    REVERSED = "reversed"  # it was wrong, and is as if it had not been made
    PUT_BACK = "put-back"  # a counter-notice that no action followed: shown again, whoever is right


@dataclass(frozen=True, slots=True)
class SellerNotice:
    """What a seller was told about one decision; the first moment in `appeal_by` is the last to appeal before."""

    seller_notice_id: str
    case_id: str
    nth: int  # of its case, from 1
    seller_id: str
    listing_id: str | None
    market: str | None
    brand_id: str  # slug
    reference_id: str | None  # None, and no confidence: only people saw it
    kind: ReferenceKind
    reason: Reason
    confidence: float | None
    from_notice: bool  # a rights holder's notice led to the case
    restriction: Restriction
    automated: bool  # decided by a policy alone
    author: str  # the person, or the policy
    ledger_event: str | None  # that gave points for it; None: none did
    points: int
    posted_at: datetime  # UTC; when the listing was brought
    sent_at: datetime
    appeal_by: datetime
    ended_at: datetime | None  # withdrawn, or an appeal against it succeeded; None: it stands

    @property
    def track(self) -> Track:
        """The law that it is about."""
        return Track.COPYRIGHT if self.kind is ReferenceKind.PHOTO else Track.TRADE_MARK


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who swears a counter-notice, as 17 U.S.C. 512(g)(3) asks for."""

    name: str  # that is the signature, too
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """What a seller says against a notice, and what became of it."""

    appeal_id: str
    seller_notice_id: str
    form: Form
    received_at: datetime  # UTC
    statement: str
    signatory: Signatory | None  # of a counter-notice
    answer_by: datetime | None  # by when the rights holder is to answer; None: it is not asked
    answer: Answer | None  # None: it has not answered
    answer_note: str
    answered_by: str | None
    answered_at: datetime | None
    outcome: AppealOutcome | None  # None: undecided
    ground: Ground | None  # of a reversal
    outcome_note: str  # told to the seller
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class AppealDocument:
    """A paper that came with an appeal; its bytes lie in the store."""

    appeal_id: str
    position: int
    name: str  # as the seller calls it
    sha256: str
    length: int  # bytes
