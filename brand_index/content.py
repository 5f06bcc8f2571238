"""Which part of a reference picture is the reference, and which is the ground it lies on; it judges neither."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import DecodedImage, RGBImage

VISIBLE_STEP: Final = 24  # levels of 255 in any channel by which a pixel must differ from the ground


def ground_of(picture: DecodedImage) -> NDArray[np.uint8]:
    """The colour, (3,), around what is visible: under full transparency, else the median of the outermost pixels."""
    image = picture.frames[0]
    if picture.alpha is not None and picture.alpha.min() == 0:
        row, column = np.unravel_index(int(picture.alpha.argmin()), picture.alpha.shape)
        return np.asarray(image[row, column], np.uint8)
    edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return np.asarray(np.median(edge, axis=0), np.uint8)


def visible_box(image: RGBImage, ground: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of what differs from the ground; None: nothing does."""
    smooth = cv2.blur(image, (3, 3))  # a lone noisy pixel is no content; a line one pixel wide is
    differs = np.abs(smooth.astype(np.int16) - ground).max(axis=2) > VISIBLE_STEP
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
