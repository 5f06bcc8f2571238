"""What a logo's registration promises: false alarms on photos without it, and the marks it may be taken for; no search.

It speaks of likeness alone. Geometry, where a print has any, makes both rarer than what is said here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from brand_index.features.background import Level
from brand_index.features.description import ReferenceDescription
from brand_index.types import ReferenceImage

# Cosine that half of the 500 prints of scripts/train_confidence.py, of marks never learnt, reach at the first look: the
# bank's photos were looked at once, too.
USUAL_PRINT: Final = 0.53
CONFUSABLE: Final = 0.65  # cosine between two registered logos; above it a print of one may well be nearer to the other
TOO_MANY: Final = 10.0  # false alarms per 1,000 photos from which a logo is for review only
NAMED: Final = 3  # confusable marks that are named


@dataclass(frozen=True, slots=True)
class Confusable:
    """A registered logo of another brand that looks much alike."""

    reference_id: str
    brand_id: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Audit:
    """What is to be expected of one logo."""

    reference_id: str
    false_alarms: float  # per 1,000 photos without it, if it is to be found on half of its prints by likeness alone
    confusable: tuple[Confusable, ...]  # the most alike first

    @property
    def review_only(self) -> bool:
        """Whether it is too plain to be acted upon without a person."""
        return self.false_alarms > TOO_MANY


def false_alarms(level: Level) -> float:
    """Per 1,000 photos: how many look as much like a mark of this level as its usual print does."""
    return float(min(1000.0, 1000.0 * 10.0 ** -level.neg_log10_far(USUAL_PRINT)))


def is_review_only(description: ReferenceDescription) -> bool:
    """Whether a reference is a logo too plain to be acted upon without a person."""
    return description.level is not None and false_alarms(description.level) > TOO_MANY


def audit(place: int, references: Sequence[ReferenceImage], described: Sequence[ReferenceDescription]) -> Audit | None:
    """The audit of `references[place]` beside all the others; None: it is a photo. `described` is in their order."""
    own, description = references[place], described[place]
    if description.level is None:
        return None
    alike = [
        Confusable(other.reference_id, other.brand_id, cosine)
        for other, views in zip(references, (each.views.vectors for each in described), strict=True)
        if other.brand_id != own.brand_id and len(views)
        # Views of different polarity or ink agree less than the same view of two marks; the best pair counts.
        if (cosine := float(np.max(description.views.vectors @ views.T))) >= CONFUSABLE
    ]
    return Audit(
        own.reference_id,
        false_alarms(description.level),
        tuple(sorted(alike, key=lambda each: (-each.cosine, each.reference_id))[:NAMED]),
    )
