"""Separates the visible part of a reference image from its background; it judges neither."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import DecodedImage, RGBImage

VISIBLE_STEP: Final = 24  # levels by which a pixel must differ from the background
FAINT_STEP: Final = 6  # likewise, of a photo of hardly more than a colour; JPEG alone changes one colour by less
SHADED: Final = 0.5  # of the largest difference: a smaller one may be shading of the background
_STRIP = 256  # rows


def ground_of(image: DecodedImage) -> NDArray[np.uint8]:
    """The background colour, (3,): that under full transparency, else the median of the outermost pixels."""
    pixels = image.frames[0]
    if image.alpha is not None and image.alpha.min() == 0:
        row, column = np.unravel_index(int(image.alpha.argmin()), image.alpha.shape)
        return np.asarray(pixels[row, column], np.uint8)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.asarray(np.median(edge, axis=0), np.uint8)


def visible_box(
    image: DecodedImage, ground: NDArray[np.uint8], step: int = VISIBLE_STEP
) -> tuple[int, int, int, int] | None:
    """The left, top, right and bottom of the pixels of the first frame that differ from `ground`; None: none does.

    They differ by more than `step` levels of 255 in any channel.

    If they reach all four sides of an opaque image, the background is shaded as in a photo, and only clear differences
    count.
    """
    pixels = image.frames[0]
    difference = _largest_difference(pixels, ground)
    box = _bounding_box(difference > step)
    if image.alpha is None and box == (0, 0, pixels.shape[1], pixels.shape[0]):
        return _bounding_box(difference > max(step, SHADED * float(np.percentile(difference, 99))))
    return box


def opaque_box(alpha: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """The left, top, right and bottom of what is at least half opaque, (H, W); None: nothing is."""
    return _bounding_box(alpha >= 128)


def _largest_difference(pixels: RGBImage, ground: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """By how much each pixel, blurred, differs from `ground` in its most different channel, (H, W).

    In strips: the working copies of a whole large image would take several times its memory.
    """
    height, width = pixels.shape[:2]
    difference = np.zeros((height, width), np.uint8)
    for top in range(0, height, _STRIP):
        bottom, first = min(top + _STRIP, height), max(0, top - 1)
        # Drops single noisy pixels and keeps lines one pixel wide.
        smooth = cv2.blur(pixels[first : bottom + 1], (3, 3))[top - first : bottom - first]
        part = difference[top:bottom]
        for channel, level in enumerate(ground):
            distance = np.abs(smooth[..., channel].astype(np.int16) - int(level)).astype(np.uint8)
            np.maximum(part, distance, out=part)
    return difference


def _bounding_box(differs: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
