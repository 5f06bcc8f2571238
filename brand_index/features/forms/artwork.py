"""Artwork as a seller may print it: on its own ground, reversed, and in one colour; its views and its keypoints."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.keypoints import Keypoints, describe_keypoints, join
from brand_index.images import RGBImage

LOGO_SIDE: Final = 320  # pixels, long side
LOGO_KEYPOINTS: Final = 200  # in each of two polarities and, where they differ, in one colour too
MARGIN: Final = 0.12  # of the long side, around a logo: keypoints on its outline need some background
VIEW_MARGIN: Final = 0.06  # of each side, around a view that is embedded, as in the embedder's training
LARGEST: Final = 16_000_000  # pixels of a logo with its margins; a larger one is reduced first, which bounds memory
SAME_IMAGE: Final = 12.0  # mean difference in grey levels below which the one-colour view is the logo itself


def logo_views(visible: RGBImage, ground: NDArray[np.uint8]) -> list[RGBImage]:
    """The visible part as a print may show it: on its own background, reversed, and in one colour if that differs."""
    down, across = (max(2, round(VIEW_MARGIN * side)) for side in visible.shape[:2])
    own = _framed(visible, down, across, ground)
    plain = _in_one_colour(own)
    views = [own, 255 - own]
    if _differ(plain, own):
        views += [plain, 255 - plain]
    return views


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
    logo = _framed(visible, margin, margin, ground)
    plain = _in_one_colour(logo)
    sources = [logo]
    if _differ(plain, logo):
        sources.append(plain)
    described = [describe_keypoints(view, side=LOGO_SIDE, limit=LOGO_KEYPOINTS) for view in sources]
    return join(tuple(form for part in described for form in (part, part.negative()))), margin


def _framed(visible: RGBImage, down: int, across: int, ground: NDArray[np.uint8]) -> RGBImage:
    colour = tuple(int(level) for level in ground)
    framed = cv2.copyMakeBorder(visible, down, down, across, across, cv2.BORDER_CONSTANT, value=colour)
    return np.asarray(framed, np.uint8)


def _differ(plain: RGBImage, own: RGBImage) -> bool:
    return float(cv2.absdiff(plain, own).mean()) > SAME_IMAGE


def _in_one_colour(logo: RGBImage) -> RGBImage:
    """The logo in black on white, with the threshold of Otsu's method (1979) between ink and background."""
    grey = cv2.cvtColor(logo, cv2.COLOR_RGB2GRAY)
    _, split = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if split[0, 0] == 0:  # the margin is background, which becomes white
        split = 255 - split
    return np.asarray(cv2.cvtColor(split, cv2.COLOR_GRAY2RGB), np.uint8)
