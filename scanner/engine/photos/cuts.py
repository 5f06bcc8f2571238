"""Tells where a photo was cut off before it was put into another image: strips at its edges that show none of it."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.goods import Goods
from scanner.engine.photos.changes import GOODS
from scanner.engine.photos.windows import Mask, Windows, window_of

BANDS: Final = 24  # into which each side is divided


@dataclass(frozen=True, slots=True)
class Limits:
    """When a strip was cut off; shares of what is measured, be it content or area."""

    nothing: float  # of the strip: with less in agreement, it was cut off
    some: float  # likewise of a band: with more the photo goes on
    worth: float  # of all: strips with less are left as they are


BY_CONTENT: Final = Limits(nothing=0.15, some=0.3, worth=0.04)  # of what can be decided
BY_AREA: Final = Limits(nothing=0.4, some=0.5, worth=0.02)  # two plain areas may look alike by chance
LEAST_GROUND: Final = 0.1  # of what remains: where less of it is ground, the goods may lie on another one
SAME_GROUND: Final = 0.6  # of that ground, that the listing shows as it was
MOST: Final = 0.7  # of a side
THIN: Final = 0.125  # likewise, where a photo fills the image: a panel may have a strip of what is beside it
EMPTY: Final = 0.2  # of what was cut off: with more in its place it is not empty
LEAST_LEFT: Final = 0.4  # of what is visible: where less remains it is something in common, not what was cut out


def without_cut_strips(windows: Windows, inside: Mask, *, fills: bool = False) -> tuple[Windows, Mask]:
    """The windows, and where the listing shows the photo, (H, W), without what was cut off, as beyond the image.

    `fills`: the photo fills the image; nobody cuts off a side and puts the rest where it ends with the image again, so
    that what is there instead is other goods in the same layout, unless nothing is there, as where a file ends early.
    """
    decided = windows.agree | windows.differ
    same, all_of = (np.where(each, windows.content, 0) for each in (windows.agree, decided))
    kept = _kept(same, all_of, BY_CONTENT, MOST)
    if fills and float(all_of[~kept & windows.replaced].sum()) > EMPTY * float(all_of[~kept].sum()):
        kept = _kept(same, all_of, BY_CONTENT, THIN)
    return _cut(windows, inside, kept)


def without_cut_sides(windows: Windows, inside: Mask, solid: Mask, goods: Goods) -> tuple[Windows, Mask]:
    """As without_cut_strips, by the area that the listing shows as it was, for a plain ground has no content.

    `solid`, (H, W), is where it shows other colours. Goods that lie on another ground lose all of theirs, and are not
    cut: some of the ground must be left beside them.
    """
    shape = windows.valid.shape
    seen = _sized(inside, shape)
    same = seen & (windows.agree | ~(_sized(solid, shape) | windows.differ))
    kept = _kept(same.astype(np.float32), seen.astype(np.float32), BY_AREA, MOST)
    ground = kept & seen & (cv2.resize(goods, shape[::-1], interpolation=cv2.INTER_AREA) <= GOODS)
    left = np.count_nonzero(ground)
    if left < LEAST_GROUND * np.count_nonzero(kept & seen) or np.count_nonzero(ground & same) < SAME_GROUND * left:
        return windows, inside
    return _cut(windows, inside, kept)


def _cut(windows: Windows, inside: Mask, kept: Mask) -> tuple[Windows, Mask]:
    if kept.all() or np.count_nonzero(kept & windows.valid) < LEAST_LEFT * np.count_nonzero(windows.valid):
        return windows, inside
    surely = _off_the_cut(kept)
    remaining = replace(
        windows,
        valid=windows.valid & surely,
        agree=windows.agree & surely,
        replaced=windows.replaced & surely,
        removed=windows.removed & surely,
        added=windows.added & surely,
    )
    return remaining, inside & _sized(kept, inside.shape)


def _off_the_cut(kept: Mask) -> Mask:
    """What is `kept`, (H, W), without a band and half a window beside each cut: they show some of what is beyond it."""
    half = window_of(kept.shape) // 2
    down, across = (2 * (size // BANDS + half) + 1 for size in kept.shape)
    return np.asarray(cv2.erode(kept.astype(np.uint8), np.ones((down, across), np.uint8))) > 0


def _kept(same: NDArray[np.float32], all_of: NDArray[np.float32], limits: Limits, most: float) -> Mask:
    """(H, W): the rectangle that remains of what agrees and of all that is measured, (H, W) each.

    `most`: of a side, that may have been cut off at either end.
    """
    kept = np.ones(same.shape, bool)
    total = float(all_of.sum())
    for axis in (0, 1):
        size = int(kept.shape[axis])
        edges = np.linspace(0, size, BANDS + 1).astype(int)
        along = [np.where(kept, each, 0).sum(axis=1 - axis) for each in (same, all_of)]
        agreeing, measured = (np.add.reduceat(each, edges[:-1]) for each in along)
        first = _strip(agreeing, measured, total, limits, most)
        last = _strip(agreeing[::-1], measured[::-1], total, limits, most)
        rows = np.zeros(size, bool)
        rows[edges[first] : edges[BANDS - last]] = True
        kept &= rows[:, None] if axis == 0 else rows[None, :]
    return kept


def _strip(same: NDArray[np.floating], all_of: NDArray[np.floating], total: float, limits: Limits, most: float) -> int:
    """How many bands at the beginning were cut off."""
    share = np.cumsum(same) / np.maximum(np.cumsum(all_of), 1e-6)
    ends = np.flatnonzero(same > limits.some * np.maximum(all_of, 0.1 * total / BANDS))  # something lives on here
    reach = int(ends[0]) if len(ends) else 0
    low = np.flatnonzero(share[:reach] < limits.nothing)
    count = int(low[-1]) + 1 if len(low) else 0
    return count if count <= most * BANDS and float(all_of[:count].sum()) > limits.worth * total else 0


def _sized(mask: Mask, shape: tuple[int, ...]) -> Mask:
    return np.asarray(cv2.resize(mask.astype(np.uint8), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)) > 0
