"""Audits a logo: its expected false alarms on images without it, and the marks it may be confused with; no search.

It considers embeddings alone. Geometry, where a print has enough keypoints, makes both rarer than the audit says, and
so does the text around a region, if the logo looks like a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from brand_index.features.background import Level, Levels
from brand_index.features.description import ReferenceDescription
from brand_index.features.plates import read_plate
from brand_index.features.word_like import is_word_like
from brand_index.types import ReferenceImage

# Median cosine of the 500 prints of scripts/train_confidence.py, of marks outside the training. Each is embedded as one
# crop, as the bank's photos are.
USUAL_PRINT: Final = 0.53
CONFUSABLE: Final = (
    0.65  # cosine between two registered logos; above it a print of one may be more similar to the other
)
TOO_MANY: Final = 10.0  # false alarms per 1,000 images from which a logo is for review only
NAMED: Final = 3  # confusable marks that are named


@dataclass(frozen=True, slots=True)
class Confusable:
    """A similar registered logo of another brand."""

    reference_id: str
    brand_id: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Audit:
    """The expected false alarms of one logo and its confusable marks."""

    reference_id: str
    false_alarms: float  # per 1,000 photos without it, at the cosine that finds half of its prints
    material_alarms: (
        float | None
    )  # the same per 1,000 images of text, tables and labels; None: there is no bank of them
    word_like: bool  # text in the logo's own letters looks like it; only the text around a word tells the two apart
    confusable: tuple[Confusable, ...]  # the most similar first

    @property
    def rate(self) -> str:
        """The false alarms per 1,000 photos, in words."""
        return rate_in_words(self.false_alarms)

    @property
    def material_rate(self) -> str | None:
        """The false alarms per 1,000 images of text, tables and labels, in words; None: as material_alarms."""
        return None if self.material_alarms is None else rate_in_words(self.material_alarms)

    @property
    def review_only(self) -> bool:
        """Whether it is too plain to act on without a person."""
        return max(self.false_alarms, self.material_alarms or 0.0) > TOO_MANY


def rate_in_words(per_thousand: float) -> str:
    """A number of false alarms as people write it, with the two digits that are known."""
    if per_thousand < 0.01:
        return "under 0.01"
    return f"{per_thousand:.2g}" if per_thousand < 99.5 else f"about {float(f'{per_thousand:.2g}'):,.0f}"


def false_alarms(level: Level) -> float:
    """The number of 1,000 images of a bank that reach the cosine of a mark's usual print, by its level there."""
    return float(min(1000.0, 1000.0 * 10.0 ** -level.neg_log10_far(USUAL_PRINT)))


def is_review_only(description: ReferenceDescription) -> bool:
    """Whether a logo is too plain, or too little of a photo is its own, to act on it without a person."""
    if description.assessment is not None:
        return description.assessment.review_only
    return description.levels is not None and _worst(description.levels) > TOO_MANY


def _worst(levels: Levels) -> float:
    return max(false_alarms(level) for level in (levels.photos, levels.material) if level is not None)


@dataclass(frozen=True, slots=True, eq=False)
class LogoGallery:
    """The logos in force, to compare each with all others."""

    references: Sequence[ReferenceImage]  # those that have views
    views: NDArray[np.float32]  # (M, D) of unit length, those of one logo in a row
    starts: NDArray[np.int64]  # the row at which each logo's begin

    @classmethod
    def of(cls, references: Sequence[ReferenceImage], views: Sequence[NDArray[np.floating]]) -> Self:
        """The gallery of logos with these (V, D) views."""
        kept = [(reference, each) for reference, each in zip(references, views, strict=True) if len(each)]
        counts = [len(each) for _, each in kept]
        rows = np.concatenate([each for _, each in kept]) if kept else np.zeros((0, 0))
        starts = np.cumsum([0, *counts[:-1]]) if kept else np.zeros(0)
        return cls([reference for reference, _ in kept], rows.astype(np.float32), starts.astype(np.int64))

    def audit(self, own: ReferenceImage, description: ReferenceDescription) -> Audit | None:
        """The audit of a logo against those of other brands; None: it is a photo."""
        if description.levels is None:
            return None
        photos, material = description.levels.photos, description.levels.material
        return Audit(
            own.reference_id,
            false_alarms(photos),
            None if material is None else false_alarms(material),
            is_word_like(read_plate(description.plate)),
            tuple(self._confusable(own, description.views.vectors)[:NAMED]),
        )

    def _confusable(self, own: ReferenceImage, views: NDArray[np.float32]) -> list[Confusable]:
        """Those of other brands that are similar, the most similar first."""
        if not len(self.references) or not len(views):
            return []
        # The best pair counts: views of different polarity are less similar than the same view of two marks.
        best = np.maximum.reduceat((self.views @ views.T.astype(np.float32)).max(axis=1), self.starts)
        found = [
            Confusable(other.reference_id, other.brand_id, float(best[at]))
            for at in np.flatnonzero(best >= CONFUSABLE).tolist()
            if (other := self.references[at]).brand_id != own.brand_id
        ]
        return sorted(found, key=lambda each: (-each.cosine, each.reference_id))
