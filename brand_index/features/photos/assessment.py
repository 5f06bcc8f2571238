"""What of a registered photo is its own, as its description keeps it, and what it cannot protect, in words."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from brand_index.features.hashing import HASHERS, PDQ
from brand_index.features.keypoints import Keypoints
from brand_index.features.photos.bank import Commonness, MaterialBank
from brand_index.features.photos.nature import (
    FEW_LETTERS,
    Look,
    Nature,
    is_artwork,
    is_pattern,
    is_tiled,
    look_of,
    panel_likelihood,
)
from brand_index.features.photos.repetition import Repetition, pattern_of
from brand_index.features.photos.sheets import find_sheet
from brand_index.features.photos.traits import measure
from brand_index.images import RGBImage

SURE_PANEL: Final = 0.9  # likelihood from which a sheet in a photo is a panel, and so is the photo
LEAST_OWN: Final = 12  # discriminating keypoints; with fewer nothing but the whole could be recognized
_WATERMARK, _PATTERN = 1, 2  # flags of a record
_NATURES: Final = tuple(Nature)
_PDQ: Final = HASHERS.index(PDQ)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a registered photo is, and how much of it is its own."""

    look: Look
    keypoints: int
    commonness: Commonness
    is_artwork: bool  # drawn of a few flat colours, as logos are

    @property
    def own_keypoints(self) -> float:
        """The number of its keypoints that discriminate."""
        return self.keypoints * self.commonness.discriminating

    @property
    def review_only(self) -> bool:
        """Whether it has too little of its own to act on without a person."""
        return self.look.nature is not Nature.PHOTOGRAPH or self.own_keypoints < LEAST_OWN

    @property
    def limits(self) -> tuple[str, ...]:
        """What it cannot protect, in sentences without a capital; empty: nothing is known."""
        found = []
        if self.look.nature is Nature.PANEL:
            found.append(
                "a chart, label or text: its layout is not protected, only an image with the same values is a copy; "
                "its matches go to review at most"
            )
        elif self.look.nature is Nature.PLAIN:
            found.append(
                "plain goods, a swatch or a flat drawing: only the same colours on the same shape can be recognized; "
                "its matches go to review at most"
            )
        elif self.review_only:
            found.append(
                f"hardly anything in it is its own ({self.own_keypoints:.0f} keypoints that others do not have): its "
                "matches go to review at most"
            )
        if self.look.watermark:
            found.append("faint lettering or lines across it: a watermark itself protects nothing")
        if self.look.pattern:
            found.append(
                "one pattern repeated all over it: no part of it has a place of its own, so a copy of all of it is "
                "recognized, hardly one that is cropped, covered or in another image"
            )
        return tuple(found)

    def to_array(self) -> NDArray[np.float64]:
        """The numbers of the record, (8,)."""
        goods = np.nan if self.look.goods is None else self.look.goods
        shares = (self.commonness.discriminating, self.commonness.false_alarms, self.commonness.material_alarms)
        flags = _WATERMARK * self.look.watermark + _PATTERN * self.look.pattern
        look = (_NATURES.index(self.look.nature), goods, flags)
        return np.array([*look, self.keypoints, self.is_artwork, *shares], np.float64)

    @classmethod
    def from_array(cls, numbers: NDArray[np.float64]) -> Self:
        """The inverse of `to_array`. Raises ValueError or IndexError on anything else."""
        nature, goods, flags, keypoints, artwork, *shares = (float(number) for number in numbers)
        marked, repeated = (bool(int(flags) & flag) for flag in (_WATERMARK, _PATTERN))
        look = Look(_NATURES[int(nature)], None if np.isnan(goods) else goods, marked, repeated)
        return cls(look, int(keypoints), Commonness(*shares), bool(artwork))


def assess(
    visible: RGBImage, keypoints: Keypoints, hashes: tuple[NDArray[np.uint8] | None, ...], bank: MaterialBank
) -> Assessment:
    """The assessment of a photo, (H, W, 3), with its keypoints in its own pixels and its hashes, one of each hasher."""
    height, width = visible.shape[:2]
    centre = ((width - 1) / 2, (height - 1) / 2)
    commonness = bank.commonness(keypoints, hashes[_PDQ], centre, max(height, width))
    traits = measure(visible)
    look = look_of(traits)
    if look.nature is Nature.PHOTOGRAPH and (sheet := find_sheet(visible)) is not None:
        within = measure(sheet)
        if panel_likelihood(within) >= SURE_PANEL and within.letters >= FEW_LETTERS:
            look = Look(Nature.PANEL, None, look.watermark)  # a photo of a chart on a table, say
    if look.nature is Nature.PHOTOGRAPH and not look.watermark and is_tiled(Repetition.of(visible)):
        look = replace(look, watermark=True)
    if is_pattern(pattern_of(visible), look.nature):
        look = replace(look, pattern=True)
    return Assessment(look, len(keypoints), commonness, is_artwork(traits))
