"""Which hues an image has, and which tint lies where in it, so that two can be said to agree in colour."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

Hues = NDArray[np.float32]  # (HUES,): shares that sum to 1, or all 0 where there is hardly any colour
Tints = NDArray[np.int8]  # (TINTS, TINTS, 2): mean a* and b* of CIELAB (8 bits) of each cell of an image

HUES: Final = 24  # bins of 15 degrees
SIDE: Final = 48  # pixels: hues are counted on a small copy
LEAST_COLOUR: Final = 0.04  # mean of saturation times value, 0..1: of less, hues are mostly noise and JPEG
TINTS: Final = 8  # cells a side
LEAST_TINT: Final = 6.0  # root mean square of a* and b*: an image with less is as good as grey


def hues(image: RGBImage) -> Hues:
    """The shares of hue in a (H, W, 3) image, each pixel counting by how colourful and light it is."""
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    hue, saturation, value = np.moveaxis(cv2.cvtColor(small, cv2.COLOR_RGB2HSV).astype(np.float32), 2, 0)
    colour = saturation * value / 255**2
    if colour.mean() < LEAST_COLOUR:
        return np.zeros(HUES, np.float32)
    bins = (hue * (HUES / 180)).astype(int)  # OpenCV's hue is in units of two degrees
    counts = np.bincount(bins.ravel(), colour.ravel(), HUES)
    shared = (np.roll(counts, 1) + 2 * counts + np.roll(counts, -1)) / 4  # light shifts a hue over the edge of its bin
    return np.asarray(shared / shared.sum(), np.float32)


def hue_agreement(listing: Hues, reference: Hues) -> float | None:
    """The share of hue that two images have in common, 0..1; None: one of them has hardly any colour."""
    return float(np.minimum(listing, reference).sum()) if listing.any() and reference.any() else None


def tints(image: RGBImage) -> Tints:
    """The mean tint of each cell of a (H, W, 3) image."""
    small = cv2.resize(image, (TINTS, TINTS), interpolation=cv2.INTER_AREA)
    return (cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 1:].astype(np.int16) - 128).astype(np.int8)


def tint_agreement(listing: Tints, reference: Tints, seen: NDArray[np.bool_]) -> float | None:
    """How far two images have one tint in one place, −1..1: the median over the (TINTS, TINTS) cells that are `seen`.

    1: the same hues, strong or faint; 0: ours is grey, or of every hue; −1: the complementary hues. A cell counts by
    how strong their tint is there. None: theirs is as good as grey, so that any would do.
    """
    mine, other = listing[seen].astype(np.float64), reference[seen].astype(np.float64)
    strength, shown = np.linalg.norm(other, axis=1), np.linalg.norm(mine, axis=1)
    if not len(other) or np.sqrt((strength**2).mean()) < LEAST_TINT:
        return None
    # Faint tints are mostly noise: they are held against half of LEAST_TINT instead of their own strength.
    told = (mine * other).sum(axis=1) / (np.maximum(shown, LEAST_TINT / 2) * np.maximum(strength, 1e-9))
    order = np.argsort(told)
    place = np.searchsorted(np.cumsum(strength[order]), strength.sum() / 2)
    return float(np.clip(told[order][place], -1.0, 1.0))
