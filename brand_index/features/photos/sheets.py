"""Finds a sheet of one colour in a photo, such as a chart on a table, and rectifies it; it reads nothing on it."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

SIDE: Final = 256  # pixels, long side at which sheets are looked for
AREA: Final = (0.1, 0.85)  # share of the image that a sheet takes
OUTLINE: Final = 0.03  # of the outline's length, by which a quadrilateral may differ from it
FILLED: Final = 0.9  # share of a quadrilateral's area that its outline encloses at least
_RIM: Final = 0.03  # of each side that is left out: the sheet's edge, and what it casts


def find_sheet(image: RGBImage) -> RGBImage | None:
    """The largest bright or pale sheet in a (H, W, 3) image, seen from straight above; None: there is none."""
    height, width = image.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.GaussianBlur(cv2.resize(image, size, interpolation=cv2.INTER_AREA), (0, 0), 1.5)
    best, largest = None, AREA[0]
    for mask in _masks(np.asarray(small, np.uint8)):
        for outline in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
            hull = cv2.convexHull(outline)
            area = cv2.contourArea(hull) / mask.size
            if not largest < area <= AREA[1] or cv2.contourArea(outline) < FILLED * cv2.contourArea(hull):
                continue
            corners = cv2.approxPolyDP(hull, OUTLINE * cv2.arcLength(hull, closed=True), closed=True)
            if len(corners) == 4 and cv2.contourArea(corners) >= FILLED * cv2.contourArea(hull):
                best, largest = corners.reshape(4, 2).astype(np.float32) / np.float32(scale), area
    return None if best is None else _rectified(image, best)


def _masks(image: RGBImage) -> Iterator[NDArray[np.uint8]]:
    """What is bright, and what is pale, without the ink on it."""
    window = np.ones((7, 7), np.uint8)
    grey, saturation = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[..., 1]
    for channel, kind, ink in (
        (grey, cv2.THRESH_BINARY, cv2.MORPH_CLOSE),
        (saturation, cv2.THRESH_BINARY_INV, cv2.MORPH_OPEN),
    ):
        _, mask = cv2.threshold(cv2.morphologyEx(channel, ink, window), 0, 255, kind + cv2.THRESH_OTSU)
        yield np.asarray(mask, np.uint8)


def _rectified(image: RGBImage, corners: NDArray[np.float32]) -> RGBImage:
    """The inside of a quadrilateral, (4, 2), as a rectangle."""
    first = int(np.argmin(corners.sum(axis=1)))
    turned = np.roll(corners, -first, axis=0)
    if turned[1, 0] < turned[3, 0]:  # anticlockwise on the screen
        turned = turned[[0, 3, 2, 1]]
    wide, tall = (float(np.linalg.norm(turned[0] - turned[other])) for other in (1, 3))
    size = (max(16, round(wide)), max(16, round(tall)))
    square = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    flat = cv2.warpPerspective(image, cv2.getPerspectiveTransform(turned, square), size, flags=cv2.INTER_AREA)
    across, down = (max(1, round(_RIM * side)) for side in size)
    return np.ascontiguousarray(np.asarray(flat, np.uint8)[down : size[1] - down, across : size[0] - across])
