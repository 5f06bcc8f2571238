"""Finds the level rectangle that was pasted into an image, by the straight edges of its four sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

DIFFERS: Final = 10  # levels in the most different channel, from which there is a step between two pixels
GAP: Final = 9  # pixels of an edge that may be missing at once: what lies before it is of the same tone there
SHORTEST: Final = 0.15  # of the image's shorter side: an edge
NEAR: Final = (4, 9)  # pixels from an edge: where other steps say how busy the image is beside it
STANDS_OUT: Final = 0.6  # by how much a larger share of an edge is steps than of the lines on one side of it
SHOWS: Final = 0.75  # of each side, the share that is steps
SMEARED: Final = 2  # pixels: as far as resizing smears an edge
MOST: Final = 10  # edges of either direction, those that stand out most in all
MOST_TRIED: Final = 60  # of them, of which several may be one, smeared
SMALLEST: Final = 0.04  # of the image's area
LARGEST: Final = 0.96  # of it: with more the image as a whole is compared
OUTERMOST: Final = (
    0.6  # power of the area by which larger rectangles come first: goods may be one in that which was pasted
)
CORNER: Final = 3  # pixels: how far an edge may end before a corner

Rectangle = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class _Edge:
    at: int  # the first column of pixels after it
    begin: int
    end: int

    def is_nearly(self, other: "_Edge") -> bool:
        """Whether it is the same edge, smeared."""
        shared = min(self.end, other.end) - max(self.begin, other.begin)
        return abs(self.at - other.at) <= SMEARED and shared >= SHOWS * min(
            self.end - self.begin, other.end - other.begin
        )


class _Edges:
    """The straight edges of an image that run down it; of its transpose, those that run across."""

    def __init__(self, small: RGBImage) -> None:
        """Find them in a (H, W, 3) image."""
        red, green, blue = cv2.split(cv2.absdiff(small[:, 1:], small[:, :-1]))
        levels = np.zeros(small.shape[:2], np.uint8)  # between each pixel and the one before it
        levels[:, 1:] = cv2.max(cv2.max(red, green), blue)
        self._levels = levels
        steps = (levels >= DIFFERS).astype(np.uint8)
        steps[:, 1:-1] |= steps[:, 2:]  # smeared by resizing
        wide = NEAR[1] - NEAR[0] + 1
        shares = np.asarray(cv2.boxFilter(steps, cv2.CV_32F, (wide, 1), anchor=(0, 0)), np.float32)  # from each on
        before, after = np.roll(shares, NEAR[1], axis=1), np.roll(shares, -NEAR[0], axis=1)
        before[:, : NEAR[1]], after[:, -NEAR[1] :] = 1.0, 1.0  # beyond the image
        self._steps, self._beside = _sums_down(steps), (_sums_down(before), _sums_down(after))
        self.found = self._clearest_runs(steps, max(GAP, round(SHORTEST * min(small.shape[:2]))))

    def _clearest_runs(self, steps: NDArray[np.uint8], least: int) -> list[_Edge]:
        closed = cv2.morphologyEx(steps, cv2.MORPH_CLOSE, np.ones((GAP, 1), np.uint8))
        runs = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((least, 1), np.uint8))
        bounded = np.zeros((runs.shape[1], runs.shape[0] + 2), np.int8)
        bounded[:, 1:-1] = runs.T
        columns, places = np.nonzero(np.diff(bounded, axis=1))
        at, begins, ends = columns[::2], places[::2], places[1::2]
        before, after = (each[ends, at] - each[begins, at] for each in self._beside)
        standing_out = self._steps[ends, at] - self._steps[begins, at] - np.minimum(before, after)
        clearest = np.argsort(-standing_out, kind="stable")
        kept: list[_Edge] = []
        for row in clearest[:MOST_TRIED].tolist():
            edge = _Edge(int(at[row]), int(begins[row]), int(ends[row]))
            if not any(edge.is_nearly(other) for other in kept):
                kept.append(edge)
            if len(kept) == MOST:
                break
        return kept

    def may_be(self, place: Rectangle) -> bool:
        """Whether a rectangle is neither too small nor nearly all of the image."""
        left, top, right, bottom = place
        share = (right - left) * (bottom - top) / (self._steps.shape[1] * (self._steps.shape[0] - 1))
        return right - left >= GAP and SMALLEST < share < LARGEST

    def clarity(self, begins: Sequence[int], ends: Sequence[int]) -> NDArray[np.float32]:
        """Of each column, (N, W), how clearly an edge runs down it between two rows; 0: none does."""
        begin, end = list(begins), list(ends)
        lengths = np.subtract(end, begin)[:, None]
        shows, before, after = ((sums[end] - sums[begin]) / lengths for sums in (self._steps, *self._beside))
        clear = shows - np.minimum(before, after)
        return np.where((shows >= SHOWS) & (clear >= STANDS_OUT), clear, 0.0).astype(np.float32)

    def exact(self, at: int, begin: int, end: int) -> float:
        """Where an edge between two rows is, to a part of a pixel."""
        width: int = self._steps.shape[1]
        first, last = max(at - SMEARED, 1), min(at + SMEARED + 1, width)
        columns = np.arange(first, last)
        weights = self._levels[begin:end, first:last].sum(axis=0, dtype=np.float64)
        weights -= weights.min()
        return float((columns * weights).sum() / max(weights.sum(), 1.0)) if weights.any() else float(at)


def pasted_rectangle(small: RGBImage) -> NDArray[np.float32] | None:
    """The (4, 2) corners, clockwise from the top left, of the likeliest one in a (H, W, 3) image of some 256 pixels.

    None: it has none, as an image of a few pixels, and one that lies at an angle is none.
    """
    if min(small.shape[:2]) < 2 * GAP:
        return None
    upright, level = _Edges(small), _Edges(np.ascontiguousarray(small.transpose(1, 0, 2)))
    by_rows, by_columns = _likeliest(level, upright), _likeliest(upright, level)
    if by_columns is not None:
        score, (top, left, bottom, right) = by_columns
        by_columns = score, (left, top, right, bottom)
    best = max((each for each in (by_rows, by_columns) if each is not None), default=None)
    if best is None:
        return None
    left, top, right, bottom = best[1]
    x0, x1 = (upright.exact(each, top, bottom) for each in (left, right))
    y0, y1 = (level.exact(each, left, right) for each in (top, bottom))
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32) - 0.5  # pixels lie where their middles do


def _likeliest(given: _Edges, crossing: _Edges) -> tuple[float, Rectangle] | None:
    """The rectangle between two of the `given` edges that is large and whose least clear side is clear; its score."""
    edges = sorted(given.found, key=lambda edge: edge.at)
    pairs = [(top, bottom) for top, bottom in combinations(edges, 2) if bottom.at - top.at >= GAP]
    if not pairs:
        return None
    clarity = crossing.clarity([top.at for top, _ in pairs], [bottom.at for _, bottom in pairs])
    peaks = (clarity > 0) & (clarity >= cv2.dilate(clarity, np.ones((1, 2 * SMEARED + 1), np.uint8)))
    best, found = 0.0, None
    for row in np.flatnonzero(peaks.sum(axis=1) >= 2).tolist():
        top, bottom = pairs[row]
        for left, right in combinations(np.flatnonzero(peaks[row]).tolist(), 2):
            place, size = (left, top.at, right, bottom.at), float((right - left) * (bottom.at - top.at)) ** OUTERMOST
            clear = float(min(clarity[row, left], clarity[row, right]))
            is_one = _reaches(top, left, right) and _reaches(bottom, left, right) and given.may_be(place)
            if is_one and clear * size > best:
                level = given.clarity([left], [right])[0]
                score = min(clear, float(level[top.at]), float(level[bottom.at])) * size
                if score > best:
                    best, found = score, place
    return None if found is None else (best, found)


def _sums_down(image: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float64]:
    """(H + 1, W): of each column of an (H, W) image, the sum of the rows above."""
    return np.diff(cv2.integral(image).astype(np.float64), axis=1)


def _reaches(edge: _Edge, first: int, last: int) -> bool:
    """Whether an edge goes from one corner to the other."""
    return edge.begin <= first + CORNER and edge.end >= last - CORNER
