"""Audits a photo: what of it is its own, its expected false alarms, and the registered photos that resemble it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from brand_index.features.audit import rate_in_words
from brand_index.features.description import ReferenceDescription
from brand_index.features.hashing import HASHERS, PDQ
from brand_index.features.keypoints import Keypoints
from brand_index.features.photos.assessment import Assessment
from brand_index.features.photos.bank import MaterialBank
from brand_index.features.photos.nature import Nature
from brand_index.types import ReferenceImage

LEAST_ALIKE: Final = 6  # of the strongest keypoints in one pose, from which two photos are alike
COMPARED: Final = 40  # keypoints of each photo that others are compared with,
ALL_COMPARED: Final = 60_000  # but fewer of each where there are many photos: an audit takes a tenth of a second
FEWEST_COMPARED: Final = 12
NAMED: Final = 3  # photos that are named
_PDQ: Final = HASHERS.index(PDQ)


@dataclass(frozen=True, slots=True)
class AlikePhoto:
    """A registered photo that shares content, a layout or a ground with another one."""

    reference_id: str
    brand_id: str
    keypoints: int  # that agree on one pose
    is_near: bool  # its hash is near
    is_sibling: bool  # of the same brand


@dataclass(frozen=True, slots=True)
class PhotoAudit:
    """What one photo can and cannot protect."""

    reference_id: str
    assessment: Assessment
    alike: tuple[AlikePhoto, ...]  # those of other brands first, then the most similar

    @property
    def sentence(self) -> str:
        """What the photo is, how much of it is its own, and its expected false alarms."""
        look, common = self.assessment.look, self.assessment.commonness
        ground = "" if look.goods is None else f" of goods on a plain ground (they take {look.goods:.0%} of it)"
        kind = {Nature.PANEL: "chart, label or text", Nature.PLAIN: "plain or flat image"}.get(
            look.nature, "photograph"
        )
        return (
            f"{kind}{ground}; {common.discriminating:.0%} of its keypoints are its own; expected false alarms: "
            f"{rate_in_words(common.false_alarms)} in 1,000 photos, {rate_in_words(common.material_alarms)} in 1,000 "
            "charts, labels and other listing material"
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """Which registered photos it resembles, in sentences without a capital."""
        return tuple(
            f"shares {f'{each.keypoints} keypoints in place' if each.keypoints else 'its coarse look'} with "
            f"{each.reference_id}"
            for each in self.alike
        )

    @property
    def other_brands(self) -> tuple[str, ...]:
        """Those that registered a photo like it, each once."""
        return tuple(dict.fromkeys(each.brand_id for each in self.alike if not each.is_sibling))

    @property
    def review_only(self) -> bool:
        """Whether it has too little of its own to act on without a person."""
        return self.assessment.review_only


@dataclass(frozen=True, slots=True, eq=False)
class ComparedPhoto:
    """What others are compared with of a photo."""

    keypoints: Keypoints  # the strongest
    pdq: NDArray[np.uint8] | None  # its hash; None: it is too flat for one

    @classmethod
    def of(cls, description: ReferenceDescription, count: int) -> Self:
        """That of a described photo, with so many keypoints at most."""
        strongest = description.keypoints.strongest(count)
        copied = strongest.rows(np.arange(len(strongest)))  # or all of them would stay in memory
        return cls(copied, description.hashes[_PDQ])


@dataclass(frozen=True, slots=True, eq=False)
class PhotoGallery:
    """The photos in force, to compare each with all others."""

    references: Sequence[ReferenceImage]
    bank: MaterialBank  # of their strongest keypoints and hashes, in the order of the references

    @classmethod
    def of(cls, references: Sequence[ReferenceImage], compared: Sequence[ComparedPhoto]) -> Self:
        """The gallery of these photos."""
        count = keypoints_compared(len(references))
        parts = [each.keypoints.strongest(count) for each in compared]
        return cls(references, MaterialBank.of(parts, [each.pdq for each in compared]))

    def audit(self, own: ReferenceImage, description: ReferenceDescription) -> PhotoAudit | None:
        """The audit of a photo; None: it is no photo."""
        if description.assessment is None:
            return None
        left, top, right, bottom = description.content
        centre, side = ((left + right) / 2, (top + bottom) / 2), max(right - left, bottom - top)
        votes = self.bank.votes(description.keypoints, centre, side)
        near = self.bank.near_hash(description.hashes[_PDQ])
        chosen = [
            other
            for other in np.flatnonzero((votes >= LEAST_ALIKE) | near).tolist()
            if self.references[other].reference_id != own.reference_id
        ]
        alike = [self._alike(own, other, votes, near) for other in chosen]
        alike.sort(key=lambda each: (each.is_sibling, -each.keypoints, each.reference_id))
        return PhotoAudit(own.reference_id, description.assessment, tuple(alike[:NAMED]))

    def _alike(
        self, own: ReferenceImage, other: int, votes: NDArray[np.float64], near: NDArray[np.bool_]
    ) -> AlikePhoto:
        found = self.references[other]
        is_sibling = found.brand_id == own.brand_id
        return AlikePhoto(found.reference_id, found.brand_id, int(votes[other]), bool(near[other]), is_sibling)


def keypoints_compared(photos: int) -> int:
    """How many keypoints of each photo are compared where there are so many photos."""
    return max(FEWEST_COMPARED, min(COMPARED, ALL_COMPARED // max(1, photos)))
