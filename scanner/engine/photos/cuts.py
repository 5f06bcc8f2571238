"""Tells where a photo was cut off before it was put into another image: strips at its edges of which nothing agrees."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.engine.photos.windows import Mask, Windows

BANDS: Final = 24  # into which each side is divided
NOTHING: Final = 0.15  # of a strip's content that can be decided: with less in agreement, it was cut off
SOME: Final = 0.3  # likewise of a band: with more the photo goes on
WORTH: Final = 0.04  # of the content that can be decided: strips with less are left as they are
MOST: Final = 0.7  # of a side
LEAST_LEFT: Final = 0.4  # of what is visible: where less remains it is something in common, not what was cut out


def without_cut_strips(windows: Windows, inside: Mask) -> tuple[Windows, Mask]:
    """The windows, and where the listing shows the photo, (H, W), without what was cut off, as beyond the image."""
    kept = _kept(windows)
    if np.count_nonzero(kept & windows.valid) < LEAST_LEFT * np.count_nonzero(windows.valid):
        return windows, inside
    size = (inside.shape[1], inside.shape[0])
    shown = cv2.resize(kept.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    remaining = replace(
        windows,
        valid=windows.valid & kept,
        agree=windows.agree & kept,
        replaced=windows.replaced & kept,
        removed=windows.removed & kept,
        added=windows.added & kept,
    )
    return remaining, inside & shown


def _kept(windows: Windows) -> Mask:
    """(H, W): the rectangle that remains."""
    kept = np.ones(windows.valid.shape, bool)
    agree = np.where(windows.agree, windows.content, 0)
    decided = np.where(windows.agree | windows.replaced | windows.removed, windows.content, 0)
    total = float(decided.sum())
    for axis in (0, 1):
        size = int(kept.shape[axis])
        edges = np.linspace(0, size, BANDS + 1).astype(int)
        along = [np.where(kept, each, 0).sum(axis=1 - axis) for each in (agree, decided)]
        same, all_of = (np.add.reduceat(each, edges[:-1]) for each in along)
        first = _strip(same, all_of, total)
        last = _strip(same[::-1], all_of[::-1], total)
        rows = np.zeros(size, bool)
        rows[edges[first] : edges[BANDS - last]] = True
        kept &= rows[:, None] if axis == 0 else rows[None, :]
    return kept


def _strip(same: NDArray[np.floating], all_of: NDArray[np.floating], total: float) -> int:
    """How many bands at the beginning were cut off."""
    share = np.cumsum(same) / np.maximum(np.cumsum(all_of), 1e-6)
    ends = np.flatnonzero(same > SOME * np.maximum(all_of, 0.1 * total / BANDS))  # something lives on here
    reach = int(ends[0]) if len(ends) else 0
    low = np.flatnonzero(share[:reach] < NOTHING)
    count = int(low[-1]) + 1 if len(low) else 0
    return count if count <= MOST * BANDS and float(all_of[:count].sum()) > WORTH * total else 0
