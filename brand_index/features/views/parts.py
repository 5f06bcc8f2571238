"""Separates the sign of a logo from its word: sellers show the one without the other; it embeds nothing."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.word_like import is_word_like
from brand_index.images import RGBImage

Shown = tuple[float, float, float, float]
"""The left, top, right and bottom, 0..1, of what a view shows of the visible part of a logo."""

ALL_OF_IT: Final[Shown] = (0.0, 0.0, 1.0, 1.0)
SIDE: Final = 320  # pixels, long side at which gaps are looked for
INK_STEP: Final = 24  # levels by which ink differs from the ground
LEAST_GAP: Final = 0.04  # of the long side, between two parts
LEAD: Final = 1.6  # times the next gap in the same direction: letters stand nearer to each other than sign and word
LEAST_INK: Final = 0.15  # of the logo's, in each part: a dot or a stroke is no part
RIM: Final = 0.75  # pixels at SIDE: of ground at a part's edge
OTHER_HEIGHT: Final = 1.25  # times the lower part's: two words in one line, or two lines alike, belong together


def separate_parts(visible: RGBImage, ground: NDArray[np.uint8]) -> tuple[Shown, ...]:
    """The two parts of a logo, tightly around their ink; empty: it has no two that stand apart.

    `visible` is its visible part, (H, W, 3), and `ground` the colour of its background, (3,).
    """
    scale = min(1.0, SIDE / max(visible.shape[:2]))
    size = (max(1, round(visible.shape[1] * scale)), max(1, round(visible.shape[0] * scale)))
    small = cv2.resize(visible, size, interpolation=cv2.INTER_AREA) if scale < 1 else visible
    ink = np.abs(small.astype(np.int16) - ground.astype(np.int16)).max(axis=2) > INK_STEP
    splits = [split for axis in (0, 1) if (split := _widest_gap(ink, axis)) is not None]
    if not splits:
        return ()
    _, axis, first, end = max(splits)
    parts = (ink[:first], ink[end:]) if axis == 0 else (ink[:, :first], ink[:, end:])
    offsets = ((0, 0), (end, 0)) if axis == 0 else ((0, 0), (0, end))
    boxes = [_tight(part, *offset) for part, offset in zip(parts, offsets, strict=True)]
    heights = sorted(bottom - top for _, top, _, bottom in boxes)
    if heights[1] < OTHER_HEIGHT * heights[0]:
        return ()
    high, wide = ink.shape
    return tuple((left / wide, top / high, right / wide, bottom / high) for left, top, right, bottom in boxes)


def cut_part(visible: RGBImage, shown: Shown) -> RGBImage:
    """The pixels, (h, w, 3), of what is shown of a visible part (H, W, 3)."""
    height, width = visible.shape[:2]
    left, top = int(shown[0] * width), int(shown[1] * height)
    right, bottom = max(left + 1, round(shown[2] * width)), max(top + 1, round(shown[3] * height))
    return np.ascontiguousarray(visible[top:bottom, left:right])


def shows_a_word(visible: RGBImage, shown: Shown) -> bool:
    """Whether what is shown of a visible part (H, W, 3) looks like a written word, as is_word_like says."""
    if is_word_like(cut_part(visible, shown)):
        return True
    left, top, right, bottom = shown
    # The outermost pixels of a part may show some ground: a band with such a rim looks like no word.
    rim_across, rim_down = (RIM / SIDE * max(visible.shape[:2]) / side for side in visible.shape[1::-1])
    within = (left + rim_across, top + rim_down, right - rim_across, bottom - rim_down)
    return shown != ALL_OF_IT and is_word_like(cut_part(visible, within))


def _widest_gap(ink: NDArray[np.bool_], axis: int) -> tuple[float, int, int, int] | None:
    """How much wider it is than the next, `axis` (0: between rows), and its first row or column and the one after it.

    None: there is none that separates two parts.
    """
    filled = np.flatnonzero(ink.any(axis=1 - axis))
    steps = np.diff(filled)
    gaps = sorted(((int(steps[at]) - 1, int(filled[at]) + 1) for at in np.flatnonzero(steps > 1)), reverse=True)
    if not gaps:
        return None
    width, first = gaps[0]
    following = gaps[1][0] if len(gaps) > 1 else 0
    if width < LEAST_GAP * max(ink.shape) or width < LEAD * following:
        return None
    share = float((ink[:first] if axis == 0 else ink[:, :first]).sum()) / float(ink.sum())
    if min(share, 1 - share) < LEAST_INK:
        return None
    return width / max(following, 1), axis, first, first + width


def _tight(ink: NDArray[np.bool_], down: int, across: int) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return int(columns[0]) + across, int(rows[0]) + down, int(columns[-1]) + 1 + across, int(rows[-1]) + 1 + down
