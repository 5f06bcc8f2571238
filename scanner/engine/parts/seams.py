"""How much each row and column of an image looks like the seam between two panels; it cuts nothing.

A seam is where the pixels on either side differ along most of its length, at one position to the pixel, while those
a few pixels further on do not. Profiles of gradients as in the recursive XY-cut (Nagy and Seth 1984).
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from scanner.engine.boxes import Box

STEP: Final = 3  # pixels from one side of a seam to the other: resizing and JPEG smear it over two or three rows
DIFFERS: Final = 16  # grey levels from which two pixels are said to differ
FLAT: Final = 10  # grey levels from the row's median: a pixel that differs less has its colour
STRAY: Final = 0.02  # share of a row's pixels that may have another colour where it is of one colour
NEAR: Final = (4, 9)  # pixels from a seam: where the baseline of its strength is taken
MOST_PIXELS: Final = 1_000_000  # of a squarish image: a larger one is halved until it has fewer


@dataclass(frozen=True, slots=True)
class Profile:
    """The rows of an image, or its columns."""

    strength: NDArray[np.float32]  # (N,) -1..1: share of the seam between this row and the next that shows, less that
    # of the rows nearby
    flat: NDArray[np.bool_]  # (N,) whether the row is of one colour


class Gradients:
    """Where an image differs from itself a few pixels on, down and across, computed once for all of its parts."""

    def __init__(self, image: RGBImage) -> None:
        """Compute for a (H, W, 3) image; about a millisecond for 640 x 480 pixels."""
        short = min(image.shape[:2])
        self.shrink = 1  # pixels of the image for one here
        while short * short > MOST_PIXELS * self.shrink**2:
            self.shrink *= 2
        if self.shrink > 1:
            size = (max(1, image.shape[1] // self.shrink), max(1, image.shape[0] // self.shrink))
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        self.grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
        self._down = _differing(self.grey[:-STEP], self.grey[STEP:])
        self._across = _differing(self.grey[:, :-STEP], self.grey[:, STEP:])

    @property
    def whole(self) -> Box:
        """All of the image."""
        return Box(0, 0, self.grey.shape[1], self.grey.shape[0])

    def rows(self, box: Box) -> Profile:
        """The profile of the rows of a part."""
        left, top, right, bottom = box
        part = self.grey[top:bottom, left:right]
        return _profile(self._down[top : bottom - STEP, left:right], part, 1)

    def columns(self, box: Box) -> Profile:
        """The profile of its columns."""
        left, top, right, bottom = box
        part = self.grey[top:bottom, left:right]
        return _profile(self._across[top:bottom, left : right - STEP], part, 0)


def _differing(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.threshold(cv2.absdiff(one, other), DIFFERS - 1, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _profile(differing: NDArray[np.uint8], part: NDArray[np.uint8], axis: int) -> Profile:
    """`axis`: of the arrays, along which a row runs (1) or a column (0)."""
    count, length = part.shape[1 - axis], part.shape[axis]
    share = np.zeros(count, np.float32)  # at the row above the seam
    if count > STEP:
        share[1 : count - STEP + 1] = cv2.reduce(differing, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() / length
    low, high = NEAR
    wide = high - low + 1
    mean = cv2.blur(share[:, None], (1, wide), anchor=(0, 0), borderType=cv2.BORDER_REFLECT_101).ravel()  # from here on
    before = np.concatenate([np.full(high, mean[0], np.float32), mean[: count - high]])[:count]
    after = np.concatenate([mean[low:], np.full(low, mean[-1], np.float32)])[:count]
    # Only rows that could be of one colour are counted: few are, and counting takes longest.
    few = np.linspace(0, length - 1, min(length, 16)).astype(int)
    some = part[:, few] if axis == 1 else part[few].T
    flat = np.asarray(np.ptp(some.astype(np.int16), axis=1) <= 2 * FLAT)
    rows = np.flatnonzero(flat)
    if len(rows):
        chosen = part[rows] if axis == 1 else part[:, rows].T
        middle = np.median(chosen[:, :: max(1, length // 64)], axis=1).astype(np.int16)
        flat[rows] = (np.abs(chosen.astype(np.int16) - middle[:, None]) > FLAT).mean(axis=1) <= STRAY
    return Profile(strength=share - np.maximum(before, after), flat=flat)
