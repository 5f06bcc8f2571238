"""Decides whether only a part of a logo lies where geometry places all of it, and where that part lies."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.views.parts import Shown
from brand_index.images import RGBImage
from scanner.engine.boxes import Box, Quad
from scanner.engine.photometry import LEAST_DEVIATION, WINDOW, logo_ncc

MARGIN: Final = 0.02  # of the visible logo's long side: an inlier so far beyond a part may still be on its edge
REST_NCC: Final = 0.3  # from which the pixels beyond a part are those of the logo; bare cloth has less than 0.2


def part_box(content: tuple[int, int, int, int], shown: Shown) -> Box:
    """What is shown of a logo with this visible part, in the pixels of its file."""
    left, top, right, bottom = content
    wide, high = right - left, bottom - top
    first, second = left + int(shown[0] * wide), top + int(shown[1] * high)
    third, last = left + round(shown[2] * wide), top + round(shown[3] * high)
    return Box(first, second, max(first + 1, third), max(second + 1, last))


def part_quad(quad: Quad, shown: Shown) -> Quad:
    """Where the part lies that is shown, if `quad` is where all that is visible of a logo lies."""
    left, top, right, bottom = shown
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float32)
    onto = cv2.getPerspectiveTransform(square, np.array(quad, np.float32))
    moved = cv2.perspectiveTransform(corners, onto)[0]
    one, two, three, four = ((round(float(x), 1), round(float(y), 1)) for x, y in moved)
    return one, two, three, four


def reaches_beyond(inliers: Box, content: tuple[int, int, int, int], shown: Shown) -> bool:
    """Whether the box around the inliers, in the pixels of a logo's file, leaves the part that is shown."""
    left, top, right, bottom = part_box(content, shown)
    margin = MARGIN * max(content[2] - content[0], content[3] - content[1])
    return (
        inliers.left < left - margin
        or inliers.top < top - margin
        or inliers.right > right + margin
        or inliers.bottom > bottom + margin
    )


def shows_the_rest(image: RGBImage, quad: Quad, thumbnail: NDArray[np.uint8], shown: Shown) -> bool:
    """Whether the pixels under `quad` agree with a logo's (S, S) thumbnail beyond the part that is shown."""
    ncc = logo_ncc(image, quad, thumbnail, where=_rest(thumbnail, shown))
    return ncc is not None and ncc >= REST_NCC


def _rest(thumbnail: NDArray[np.uint8], shown: Shown) -> NDArray[np.bool_]:
    """The box around what a thumbnail draws beyond the part that is shown, (S, S)."""
    down, across = thumbnail.shape
    grey = thumbnail.astype(np.float32)
    mean = cv2.blur(grey, (WINDOW, WINDOW))
    variance = cv2.blur(grey * grey, (WINDOW, WINDOW)) - mean * mean
    drawn = np.asarray(variance > LEAST_DEVIATION**2)
    beyond = np.ones(drawn.shape, np.bool_)
    room = WINDOW // 2 + 1  # so far the part itself makes windows beside it uneven
    left, top = max(0, int(shown[0] * across) - room), max(0, int(shown[1] * down) - room)
    beyond[top : round(shown[3] * down) + room, left : round(shown[2] * across) + room] = False
    rows, columns = np.flatnonzero((drawn & beyond).any(axis=1)), np.flatnonzero((drawn & beyond).any(axis=0))
    rest = np.zeros(drawn.shape, np.bool_)
    if rows.size:
        rest[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = beyond[
            rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1
        ]
    return rest
