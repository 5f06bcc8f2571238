"""Finds the inset of a frame and hashes it: the one image in a flat surround, padded, turned or seen at an angle."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.hashing import HASHERS
from brand_index.images import RGBImage
from scanner.engine.boxes import Quad
from scanner.engine.candidates import NO_HASHES
from scanner.engine.parts.rectangles import pasted_rectangle
from scanner.engine.photometry import rectify

SIDE: Final = 256  # pixels: long side at which it is looked for
NEAR: Final = 16.0  # levels in the most different channel, up to which a pixel is of the surround
FLAT: Final = 0.6  # share of the outermost pixels that the surround takes at least: a turned inset touches all sides
ALL_FLAT: Final = 0.8  # likewise, from which goods may have been put on a ground of one tone
BITS: Final = 4  # of a channel, of the tones that are counted
SHIFT: Final = 8 - BITS
TONES: Final = 3  # the most frequent, of which the ground of a pasted image may be
LEAST_GROUND: Final = 0.04  # of the pixels: a tone of fewer is no ground
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


def is_on_flat_ground(frame: RGBImage) -> bool:
    """Whether nearly all outermost pixels of a (H, W, 3) frame are of one tone, as around goods on a new ground."""
    return _surround(_reduced(frame))[1] >= ALL_FLAT


def inset_of(frame: RGBImage) -> Quad | None:
    """The corners, in pixels and clockwise, of the inset of a (H, W, 3) frame; None: it has none.

    Its surround is flat, or else its four edges are straight and level, or its own ground is flat, as those of what
    was pasted on a photo.
    """
    small = _reduced(frame)
    surround, share = _surround(small)
    # What words and shadows leave of a surround is no part of the inset.
    within = [_opened(_off(small, surround) > NEAR, 5)] if share >= FLAT else []
    tried = chain(map(_inset_in, within), map(pasted_rectangle, [small]), map(_inset_in, _even_areas(small)))
    corners = next((found for found in tried if found is not None), None)
    if corners is None:
        return None
    ratio = np.array([frame.shape[1] / small.shape[1], frame.shape[0] / small.shape[0]])
    one, two, three, four = ((round(float(x), 1), round(float(y), 1)) for x, y in (corners + 0.5) * ratio - 0.5)
    return one, two, three, four


def _inset_in(area: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """The (4, 2) corners of the quadrilateral that the largest part of an area, (H, W), and what it surrounds fill."""
    outlines, _ = cv2.findContours(area, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(outlines, key=cv2.contourArea, default=None)
    if largest is None or not SMALLEST < cv2.contourArea(largest) / area.size < LARGEST:
        return None
    return _corners(cv2.convexHull(largest).astype(np.float32), cv2.contourArea(largest))


def _even_areas(small: RGBImage) -> Iterator[NDArray[np.uint8]]:
    """1 where a (H, W, 3) image is of one of the tones of most of its pixels, (H, W) each."""
    red, green, blue = cv2.split(small >> SHIFT)
    bins = (red.astype(np.int32) << 2 * BITS) + (green.astype(np.int32) << BITS) + blue
    counts = np.bincount(bins.ravel())
    for each in np.argsort(-counts, kind="stable")[:TONES]:
        if counts[each] < LEAST_GROUND * bins.size:
            return
        yield _opened(_off(small, np.median(small[bins == each], axis=0)) <= NEAR, 3)


def _off(small: RGBImage, tone: NDArray[np.float64]) -> NDArray[np.uint8]:
    """How far each pixel is from a tone in the most different channel, (H, W)."""
    red, green, blue = cv2.split(cv2.absdiff(small, np.full_like(small, tone)))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def _opened(area: NDArray[np.bool_], side: int) -> NDArray[np.uint8]:
    opened = cv2.morphologyEx(area.astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return np.asarray(opened, np.uint8)


def _reduced(frame: RGBImage) -> RGBImage:
    height, width = frame.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _surround(small: RGBImage) -> tuple[NDArray[np.float64], float]:
    """The (3,) tone of most outermost pixels, and the share of them that is near it."""
    edge = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    tone = np.median(edge, axis=0)
    return tone, float((np.abs(edge - tone).max(axis=1) <= NEAR).mean())


def _corners(hull: NDArray[np.float32], area: float) -> NDArray[np.float32] | None:
    """The (4, 2) corners, clockwise in pixels that go down, of the quadrilateral that a hull is; None: it is none."""
    turned = cv2.boxPoints(cv2.minAreaRect(hull))
    seen_askew = cv2.approxPolyDP(hull, SLACK * cv2.arcLength(hull, closed=True), closed=True).reshape(-1, 2)
    for corners in (turned, seen_askew):
        if len(corners) == 4 and area >= FULL * cv2.contourArea(corners):
            clockwise = cv2.contourArea(corners, oriented=True) > 0
            return np.asarray(corners if clockwise else corners[::-1], np.float32)
    return None
