"""Separates the sign of a logo from its word: sellers show the one without the other; it embeds nothing."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.content import VISIBLE_STEP
from brand_index.features.views.gaps import ink_in, small_size
from brand_index.features.word_like import is_word_like
from brand_index.images import RGBImage

Shown = tuple[float, float, float, float]
"""The left, top, right and bottom, 0..1, of what a view shows of the visible part of a logo."""

ALL_OF_IT: Final[Shown] = (0.0, 0.0, 1.0, 1.0)
LEAST_INK: Final = 0.15  # of the logo's, in each part: a dot or a stroke is no part
RIM: Final = 0.0023  # of the long side: ground at a part's edge
OTHER_HEIGHT: Final = 1.25  # times the lower part's: two words in one line, or two lines alike, belong together


def separate_parts(visible: RGBImage, ground: NDArray[np.uint8]) -> tuple[Shown, ...]:
    """The parts of a logo that may stand alone, tightly around their ink; empty: it has no two that stand apart.

    `visible` is its visible part, (H, W, 3), and `ground` the colour of its background, (3,).
    """
    size = small_size(*visible.shape[:2])
    small = cv2.resize(visible, size, interpolation=cv2.INTER_AREA) if size[0] < visible.shape[1] else visible
    ink = ink_in(np.abs(small.astype(np.int16) - ground.astype(np.int16)).max(axis=2) > VISIBLE_STEP)
    if ink is None:
        return ()
    total = float(ink.mask.sum())
    boxes = [
        (left, top, right, bottom)
        for left, top, right, bottom in (map(int, box) for box in ink.groups())
        if ink.mask[top:bottom, left:right].sum() >= LEAST_INK * total
    ]
    heights = sorted(bottom - top for _, top, _, bottom in boxes)
    if len(boxes) < 2 or heights[-1] < OTHER_HEIGHT * heights[0]:
        return ()
    high, wide = ink.mask.shape
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
    rim_across, rim_down = (RIM * max(visible.shape[:2]) / side for side in visible.shape[1::-1])
    within = (left + rim_across, top + rim_down, right - rim_across, bottom - rim_down)
    return shown != ALL_OF_IT and is_word_like(cut_part(visible, within))
