"""What a verdict heeds of what people decided before: pure, with no database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from scanner.engine.types import Evidence
from scanner.verdicts.case_states import Scope
from scanner.verdicts.precision import PrecisionTable

ALIKE: Final = 31  # bits of 256 between the PDQ hashes of two images: the method's own "same image"


def distance(one: str, other: str) -> int:
    """Bits in which two hashes, in hexadecimal, differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


@dataclass(frozen=True, slots=True)
class Suppression:
    """A person's word that a reference is not to be asked about somewhere."""

    suppression_id: int
    scope: Scope
    reference_id: str
    subject: str  # the image's SHA-256, its PDQ hash in hexadecimal, or the seller's id, as the scope is
    case_id: str  # from which it came
    author: str
    created_at: datetime  # UTC
    expires_at: datetime | None  # None: it never does
    ended_at: datetime | None  # None: it is in force

    def covers(
        self, evidence: Evidence, *, image_sha256: str, pdq: str | None, seller_id: str | None, now: datetime
    ) -> bool:
        """Whether this evidence, in this image, is not to be asked about. `pdq` None: the image is too flat."""
        if evidence.reference_id != self.reference_id or self.ended_at is not None:
            return False
        if self.expires_at is not None and self.expires_at <= now:
            return False
        if self.scope is Scope.PAIR:
            return image_sha256 == self.subject
        if self.scope is Scope.CLUSTER:
            return pdq is not None and distance(pdq, self.subject) <= ALIKE
        return seller_id is not None and seller_id == self.subject


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A reference that asked for more reviews in a day than it may; until somebody ends it, it asks for none."""

    quarantine_id: int
    reference_id: str
    begun_at: datetime  # UTC
    items: int  # cases that it had in the day before
    ended_at: datetime | None  # None: it lasts


@dataclass(frozen=True, slots=True)
class ReviewFeedback:
    """What people taught: what is not to be asked about, and how far each method is to be trusted."""

    suppressions: tuple[Suppression, ...] = ()
    quarantined: frozenset[str] = frozenset()  # reference ids
    precision: PrecisionTable = field(default_factory=PrecisionTable)

    def suppresses(
        self, evidence: Evidence, *, image_sha256: str, pdq: str | None, seller_id: str | None, now: datetime
    ) -> bool:
        """Whether nobody is to be asked about this evidence."""
        return evidence.reference_id in self.quarantined or any(
            each.covers(evidence, image_sha256=image_sha256, pdq=pdq, seller_id=seller_id, now=now)
            for each in self.suppressions
        )


NO_FEEDBACK: Final = ReviewFeedback()
"""Nobody decided anything yet."""
