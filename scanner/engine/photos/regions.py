"""Outlines where a listing image agrees with a photo and where it shows other content, as polygons of the listing."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.engine.boxes import Polygon, Quad
from scanner.engine.photos.windows import WINDOW, Mask

LEAST_AREA: Final = 0.001  # of the photo: smaller regions are not outlined
GROWN: Final = 5  # pixels: windows beside a change still agree
MOST: Final = 12  # outlines, the largest
TOLERANCE: Final = 0.006  # of the long side: how far an outline may lie from the region's border


def outlines(mask: Mask, quad: Quad, *, grown: int = 0, close: int = WINDOW) -> tuple[Polygon, ...]:
    """The regions of a (H, W) mask over the photo's frame as polygons of the listing, whose `quad` there is given.

    They grow by `grown` pixels on each side, and gaps up to `close` pixels wide are closed. The largest first.
    """
    height, width = mask.shape
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (close | 1, close | 1))
    wider = cv2.dilate(mask.astype(np.uint8), np.ones((2 * grown + 1, 2 * grown + 1), np.uint8))
    padded = cv2.copyMakeBorder(wider, close, close, close, close, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[close:-close, close:-close]
    found, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    large = [each for each in found if cv2.contourArea(each) >= LEAST_AREA * height * width]
    frame = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    to_listing = cv2.getPerspectiveTransform(frame, np.array(quad, np.float32))
    polygons = []
    for contour in sorted(large, key=cv2.contourArea, reverse=True)[:MOST]:
        simple = cv2.approxPolyDP(contour, TOLERANCE * max(height, width), closed=True)
        if len(simple) >= 3:
            polygons.append(_projected(simple.reshape(-1, 2).astype(np.float32), to_listing))
    return tuple(polygons)


def _projected(points: NDArray[np.float32], matrix: NDArray[np.floating[Any]] | cv2.typing.MatLike) -> Polygon:
    moved = cv2.perspectiveTransform(points[None], np.asarray(matrix, np.float64))[0]
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in moved)
