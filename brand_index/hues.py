"""Which hues a picture has, so that two can be said to agree in colour; it knows no shape."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

Hues = NDArray[np.float32]  # (HUES,): shares that sum to 1, or all 0 where there is hardly any colour

HUES: Final = 24  # bins of 15 degrees
SIDE: Final = 48  # pixels: hues are counted on a small copy
LEAST_COLOUR: Final = 0.04  # mean of saturation times value, 0..1: of less, hues are mostly noise and JPEG


def hues(picture: RGBImage) -> Hues:
    """The shares of hue in a (H, W, 3) picture, each pixel counting by how colourful and light it is."""
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    hue, saturation, value = np.moveaxis(cv2.cvtColor(small, cv2.COLOR_RGB2HSV).astype(np.float32), 2, 0)
    colour = saturation * value / 255**2
    if colour.mean() < LEAST_COLOUR:
        return np.zeros(HUES, np.float32)
    bins = (hue * (HUES / 180)).astype(int)  # OpenCV's hue is in units of two degrees
    counts = np.bincount(bins.ravel(), colour.ravel(), HUES)
    shared = (np.roll(counts, 1) + 2 * counts + np.roll(counts, -1)) / 4  # light shifts a hue over the edge of its bin
    return np.asarray(shared / shared.sum(), np.float32)


def hue_agreement(ours: Hues, theirs: Hues) -> float | None:
    """The share of hue that two pictures have in common, 0..1; None: one of them has hardly any colour."""
    return float(np.minimum(ours, theirs).sum()) if ours.any() and theirs.any() else None
