"""Finds the inset of a frame and hashes it: the one image in a flat surround, padded, turned or seen at an angle."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.hashing import HASHERS
from brand_index.images import RGBImage
from scanner.engine.boxes import Quad
from scanner.engine.candidates import NO_HASHES
from scanner.engine.photometry import rectify

SIDE: Final = 256  # pixels: long side at which it is looked for
NEAR: Final = 16.0  # levels in the most different channel, up to which a pixel is of the surround
FLAT: Final = 0.6  # share of the outermost pixels that the surround takes at least: a turned inset touches all sides
SMALLEST: Final = 0.1  # of the area: a smaller one shows too little
LARGEST: Final = 0.96  # of the area: with more the frame as a whole is the inset
FULL: Final = 0.97  # of its quadrilateral that an inset fills; goods have other outlines
SLACK: Final = 0.02  # of its outline: how far a corner may be cut

HASHED_SIDE: Final = 256  # pixels, at which an inset is hashed


def hashed_inset(frame: RGBImage) -> tuple[Quad | None, tuple[NDArray[np.uint8] | None, ...]]:
    """The inset of a frame and its hashes; None: it has none."""
    inset = inset_of(frame)
    if inset is None:
        return None, NO_HASHES
    pixels, _ = rectify(frame, np.array(inset, np.float32), (HASHED_SIDE, HASHED_SIDE))
    return inset, tuple(hasher.hashes(pixels) for hasher in HASHERS)


def inset_of(frame: RGBImage) -> Quad | None:
    """The corners, in pixels and clockwise, of the inset of a (H, W, 3) frame; None: it has none."""
    height, width = frame.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    edge = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    surround = np.median(edge, axis=0)
    if (np.abs(edge - surround).max(axis=1) <= NEAR).mean() < FLAT:
        return None
    differs = (cv2.absdiff(small, np.full_like(small, surround)).max(axis=2) > NEAR).astype(np.uint8)
    # What words and shadows leave of a surround is no part of the inset.
    differs = cv2.morphologyEx(differs, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    outlines, _ = cv2.findContours(differs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(outlines, key=cv2.contourArea, default=None)
    if largest is None or not SMALLEST < cv2.contourArea(largest) / (size[0] * size[1]) < LARGEST:
        return None
    corners = _corners(cv2.convexHull(largest).astype(np.float32), cv2.contourArea(largest))
    if corners is None:
        return None
    corners = (corners + 0.5) * np.array([width / size[0], height / size[1]]) - 0.5
    one, two, three, four = ((round(float(x), 1), round(float(y), 1)) for x, y in corners)
    return one, two, three, four


def _corners(hull: NDArray[np.float32], area: float) -> NDArray[np.float32] | None:
    """The (4, 2) corners, clockwise in pixels that go down, of the quadrilateral that a hull is; None: it is none."""
    turned = cv2.boxPoints(cv2.minAreaRect(hull))
    seen_askew = cv2.approxPolyDP(hull, SLACK * cv2.arcLength(hull, closed=True), closed=True).reshape(-1, 2)
    for corners in (turned, seen_askew):
        if len(corners) == 4 and area >= FULL * cv2.contourArea(corners):
            clockwise = cv2.contourArea(corners, oriented=True) > 0
            return np.asarray(corners if clockwise else corners[::-1], np.float32)
    return None
