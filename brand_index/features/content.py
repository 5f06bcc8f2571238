"""Separates the visible part of a reference image from its background; it judges neither."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import DecodedImage

VISIBLE_STEP: Final = 24  # levels of 255 in any channel by which a pixel must differ from the background
SHADED: Final = 0.5  # of the largest difference: a smaller one may be shading of the background


def ground_of(image: DecodedImage) -> NDArray[np.uint8]:
    """The background colour, (3,): that under full transparency, else the median of the outermost pixels."""
    pixels = image.frames[0]
    if image.alpha is not None and image.alpha.min() == 0:
        row, column = np.unravel_index(int(image.alpha.argmin()), image.alpha.shape)
        return np.asarray(pixels[row, column], np.uint8)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.asarray(np.median(edge, axis=0), np.uint8)


def visible_box(image: DecodedImage, ground: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """The left, top, right and bottom of the pixels of the first frame that differ from `ground`; None: none does.

    If they reach all four sides of an opaque image, the background is shaded as in a photo, and only clear differences
    count.
    """
    pixels = image.frames[0]
    smooth = cv2.blur(pixels, (3, 3))  # drops single noisy pixels and keeps lines one pixel wide
    difference = np.abs(smooth.astype(np.int16) - ground).max(axis=2)
    box = _bounding_box(difference > VISIBLE_STEP)
    if image.alpha is None and box == (0, 0, pixels.shape[1], pixels.shape[0]):
        return _bounding_box(difference > max(VISIBLE_STEP, SHADED * float(np.percentile(difference, 99))))
    return box


def _bounding_box(differs: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
