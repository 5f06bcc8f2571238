"""The hue histogram and the tint grid of an image, by which two images are compared in colour."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

Hues = NDArray[np.float32]  # (HUES,): a histogram that sums to 1; all 0: hardly any colour
Tints = NDArray[np.int8]  # (TINTS, TINTS, 2): mean a* and b* of CIELAB (8 bits) of each cell of an image

HUES: Final = 24  # bins of 15 degrees
SIDE: Final = 48  # pixels: hues are counted on a small copy
LEAST_COLOUR: Final = 0.04  # mean of saturation times value, 0..1: below it hues are mostly noise and JPEG artefacts
TINTS: Final = 8  # cells a side
LEAST_TINT: Final = 6.0  # root mean square of a* and b*: an image below it is practically grey


def hues(image: RGBImage) -> Hues:
    """The hue histogram of a (H, W, 3) image, each pixel weighted by saturation and value."""
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    hue, saturation, value = np.moveaxis(cv2.cvtColor(small, cv2.COLOR_RGB2HSV).astype(np.float32), 2, 0)
    colour = saturation * value / 255**2
    if colour.mean() < LEAST_COLOUR:
        return np.zeros(HUES, np.float32)
    bins = (hue * (HUES / 180)).astype(int)  # OpenCV's hue is in units of two degrees
    counts = np.bincount(bins.ravel(), colour.ravel(), HUES)
    shared = (
        np.roll(counts, 1) + 2 * counts + np.roll(counts, -1)
    ) / 4  # lighting shifts hues across the edges of bins
    return np.asarray(shared / shared.sum(), np.float32)


def hue_intersection(listing: Hues, reference: Hues) -> float | None:
    """The intersection of two hue histograms, 0..1; None: one of them has hardly any colour."""
    return float(np.minimum(listing, reference).sum()) if listing.any() and reference.any() else None


def tints(image: RGBImage) -> Tints:
    """The mean tint of each cell of a (H, W, 3) image."""
    small = cv2.resize(image, (TINTS, TINTS), interpolation=cv2.INTER_AREA)
    return (cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 1:].astype(np.int16) - 128).astype(np.int8)


def tint_similarity(listing: Tints, reference: Tints, visible: NDArray[np.bool_]) -> float | None:
    """The similarity of two tint grids, −1..1: the median over the (TINTS, TINTS) cells that are `visible`.

    1: the same hues, strong or faint; 0: the listing is grey, or of every hue; −1: the complementary hues. A cell is
    weighted by the strength of the reference's tint there. None: the reference is practically grey.
    """
    query, reference_tints = listing[visible].astype(np.float64), reference[visible].astype(np.float64)
    strength, query_strength = np.linalg.norm(reference_tints, axis=1), np.linalg.norm(query, axis=1)
    if not len(reference_tints) or np.sqrt((strength**2).mean()) < LEAST_TINT:
        return None
    # Faint tints are mostly noise: they are divided by half of LEAST_TINT instead of their own strength.
    scale = np.maximum(query_strength, LEAST_TINT / 2) * np.maximum(strength, 1e-9)
    cosines = (query * reference_tints).sum(axis=1) / scale
    order = np.argsort(cosines)
    median = np.searchsorted(np.cumsum(strength[order]), strength.sum() / 2)
    return float(np.clip(cosines[order][median], -1.0, 1.0))
