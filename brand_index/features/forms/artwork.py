"""The keypoints of artwork as a seller may print it: on its own ground, reversed, and in one colour."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.keypoints import Keypoints, describe_keypoints, join
from brand_index.features.views.drawing import differ, framed, in_one_colour
from brand_index.images import RGBImage

LOGO_SIDE: Final = 320  # pixels, long side
LOGO_KEYPOINTS: Final = 200  # in each of two polarities and, where they differ, in one colour too
MARGIN: Final = 0.12  # of the long side, around a logo: keypoints on its outline need some background
LARGEST: Final = 16_000_000  # pixels of a logo with its margins; a larger one is reduced first, which bounds memory


def reduced(visible: RGBImage) -> RGBImage:
    """The visible part of a logo, smaller if it had over LARGEST pixels with its margins.

    The margin is a share of the long side on all four sides: around a long low image it is many times the image.
    """
    height, width = visible.shape[:2]
    margins = 2 * MARGIN * max(height, width)
    scale = math.sqrt(LARGEST / ((height + margins) * (width + margins)))
    if scale >= 1.0:
        return visible
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(visible, size, interpolation=cv2.INTER_AREA), np.uint8)


def logo_keypoints(visible: RGBImage, ground: NDArray[np.uint8]) -> tuple[Keypoints, int]:
    """The keypoints of the visible part with a margin of background, in pixels of both, and the margin."""
    margin = max(4, round(MARGIN * max(visible.shape[:2])))
    logo = framed(visible, margin, margin, ground)
    plain = in_one_colour(logo)
    sources = [logo]
    if differ(plain, logo):
        sources.append(plain)
    described = [describe_keypoints(view, side=LOGO_SIDE, limit=LOGO_KEYPOINTS) for view in sources]
    return join(tuple(form for part in described for form in (part, part.negative()))), margin
