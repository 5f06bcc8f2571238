"""Feedback of reviewers that verdicts take into account: pure, with no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from scanner.engine.boxes import Place, place_overlap
from scanner.engine.types import ConcealedPatch, Evidence
from scanner.verdicts.case_states import Scope
from scanner.verdicts.precision import PrecisionTable, Spread
from scanner.verdicts.weighing.calibration import Calibration
from scanner.verdicts.weighing.negatives import LEAST_COSINE, NO_NEGATIVES, Negatives

SAME_PLACE: Final = 0.4  # intersection over union: outlines are as coarse as the finder's cells, and copies cropped
NO_MARKS: Final[Mapping[str, int]] = {}
ALIKE: Final = 31  # bits of 256 between PDQ hashes of similar images: the threshold that PDQ's authors give


def distance(one: str, other: str) -> int:
    """The number of bits in which two hexadecimal hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


@dataclass(frozen=True, slots=True)
class Suppression:
    """A reviewer's instruction that verdicts ignore matches of a reference, or concealed patches, within a scope."""

    suppression_id: int
    scope: Scope
    reference_id: str | None  # None: of no reference, but of patches at `places`
    subject: str  # by scope: the image's SHA-256, its PDQ hash in hexadecimal, or the seller's id
    case_id: str  # whose dismissal made it
    author: str
    created_at: datetime  # UTC
    expires_at: datetime | None  # None: never
    ended_at: datetime | None  # None: it is in force
    places: tuple[Place, ...] | None = None  # of concealed patches; None: a reference is suppressed

    def covers(
        self,
        evidence: Evidence,
        *,
        image_sha256: str,
        pdq: str | None,
        seller_id: str | None,
        now: datetime,
        marks: Mapping[str, int] = NO_MARKS,
    ) -> bool:
        """Whether it suppresses this evidence in this image. `pdq` None: the image is too flat for a hash.

        `marks` by reference: what is suppressed of one form of a mark is of all, for a person saw the mark, not a form.
        """
        is_same = evidence.reference_id == self.reference_id
        if not is_same and self.reference_id is not None:
            mark = marks.get(self.reference_id)
            is_same = mark is not None and mark == marks.get(evidence.reference_id)
        return is_same and self._holds(image_sha256=image_sha256, pdq=pdq, seller_id=seller_id, now=now)

    def covers_patch(self, patch: ConcealedPatch, *, image_sha256: str, pdq: str | None, now: datetime) -> bool:
        """Whether it suppresses a concealed patch in this image: it lies where one was dismissed. `pdq` as above."""
        at = patch.place
        is_same = at is not None and any(place_overlap(at, each) >= SAME_PLACE for each in self.places or ())
        return is_same and self._holds(image_sha256=image_sha256, pdq=pdq, seller_id=None, now=now)

    def _holds(self, *, image_sha256: str, pdq: str | None, seller_id: str | None, now: datetime) -> bool:
        """Whether it is in force for this image and seller."""
        if self.ended_at is not None or (self.expires_at is not None and self.expires_at <= now):
            return False
        if self.scope is Scope.PAIR:
            return image_sha256 == self.subject
        if self.scope is Scope.CLUSTER:
            return pdq is not None and distance(pdq, self.subject) <= ALIKE
        return seller_id is not None and seller_id == self.subject


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A reference that caused more reviews in a day than allowed. It causes none until somebody ends the quarantine."""

    quarantine_id: int
    reference_id: str
    begun_at: datetime  # UTC
    items: int  # cases of the reference in the day before
    ended_at: datetime | None  # None: it lasts


@dataclass(frozen=True, slots=True)
class ReviewFeedback:
    """What reviewers decided before: suppressions, quarantines, each method's precision, each reference's spread.

    Negatives are what they dismissed as another mark.
    """

    suppressions: tuple[Suppression, ...] = ()
    quarantined: frozenset[str] = frozenset()  # reference ids
    precision: PrecisionTable = field(default_factory=PrecisionTable)
    spreads: Mapping[str, Spread] = field(default_factory=dict)  # by reference_id
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)  # likewise; of marks with enough cases
    negatives: Negatives = NO_NEGATIVES
    marks: Mapping[str, int] = field(default_factory=dict)  # mark_id by reference_id; left out: it has no mark

    def suppresses(
        self, evidence: Evidence, *, image_sha256: str, pdq: str | None, seller_id: str | None, now: datetime
    ) -> bool:
        """Whether this evidence is suppressed or held down, or its reference quarantined."""
        is_out = evidence.is_held_down or evidence.reference_id in self.quarantined
        return is_out or any(
            each.covers(evidence, image_sha256=image_sha256, pdq=pdq, seller_id=seller_id, now=now, marks=self.marks)
            and not self._is_of_another_place(each, evidence)
            for each in self.suppressions
        )

    def _is_of_another_place(self, suppression: Suppression, evidence: Evidence) -> bool:
        """Whether a suppression in images came with a dismissal as another mark, and this shows something else."""
        if suppression.scope is Scope.SELLER:
            return False
        cosine = self.negatives.cosine_in(suppression.case_id, evidence)
        return cosine is not None and cosine < LEAST_COSINE

    def suppresses_patch(self, patch: ConcealedPatch, *, image_sha256: str, pdq: str | None, now: datetime) -> bool:
        """Whether a reviewer dismissed this concealed patch, in this image or one like it."""
        return any(each.covers_patch(patch, image_sha256=image_sha256, pdq=pdq, now=now) for each in self.suppressions)


NO_FEEDBACK: Final = ReviewFeedback()
"""No decision was made yet."""
