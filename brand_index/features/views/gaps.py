"""Groups of ink that gaps part, such as a sign and the word beside it: the one splitter of artwork.

It looks at ink and gaps alone. What becomes of a group, whether a form that its owner may register or a view that is
embedded, is decided elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE: Final = 512  # pixels, long side at which gaps are measured
SPECK: Final = 0.0004  # of the area: less ink is no component
GAP: Final = 0.025  # of the content's long side: a narrower gap parts no word from a sign
SIGNS_GAP: Final = 0.06  # likewise, of two signs: a narrower one is within one sign
WIDER: Final = 1.6  # times the widest gap within either side: else it is one of the gaps of a row
LETTERS: Final = 3  # shapes in a row, from which it is a word
LETTERS_ALIKE: Final = 0.3  # of the height: how far letters of one row differ in height and in their feet
LETTER_GAP: Final = 0.25  # of the height: a letter is nearer than this to the next


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink of artwork, SIDE pixels long at most."""

    mask: NDArray[np.bool_]  # (H, W)
    boxes: NDArray[np.int32]  # (N, 4) left, top, right, bottom of each component, without specks

    @property
    def content(self) -> NDArray[np.int32]:
        """The box of all of it."""
        return np.concatenate([self.boxes[:, :2].min(axis=0), self.boxes[:, 2:].max(axis=0)])

    def groups(self) -> tuple[NDArray[np.int32], ...]:
        """The box (4,) of each group of components that gaps part; one: nothing parts them."""
        return tuple(_box_of(self, group) for group in _groups(np.arange(len(self.boxes)), self))


def ink_in(mask: NDArray[np.bool_]) -> Ink | None:
    """The ink where `mask` (H, W) says; None: there are specks at most."""
    _, _, found, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    kept = found[1:][found[1:, 4] >= SPECK * mask.size]
    return Ink(mask, np.concatenate([kept[:, :2], kept[:, :2] + kept[:, 2:4]], axis=1)) if len(kept) else None


def small_size(height: int, width: int) -> tuple[int, int]:
    """The width and height, SIDE at most, at which the ink of an image is looked at."""
    scale = min(1.0, SIDE / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _groups(members: NDArray[np.int64], ink: Ink) -> Iterator[NDArray[np.int64]]:
    """The members, by number, split at the gaps that are wider than those within what they part."""
    parted = _parted(members, ink)
    if parted is None:
        yield members
        return
    for side in parted:
        yield from _groups(side, ink)


def _parted(members: NDArray[np.int64], ink: Ink) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """The two sides of the widest gap, across or down, that parts signs and words; None: there is none.

    A gap that is hardly wider than others on either side is one of a row, such as those between words.
    """
    long_side = max(ink.content[2] - ink.content[0], ink.content[3] - ink.content[1])
    gaps = [(*gap, axis) for axis in (0, 1) for gap in _gaps(ink.boxes[members][:, [axis, axis + 2]])]
    for width, where, axis in sorted(gaps, reverse=True):
        first = ink.boxes[members, axis + 2] <= where
        sides = members[first], members[~first]
        boxes = [ink.boxes[side] for side in sides]
        has_word = any(_is_row(each) for each in boxes)
        if width < (GAP if has_word else SIGNS_GAP) * long_side:
            continue
        if axis == 0 and any(_is_letter_of(one, other, width) for one, other in (boxes, boxes[::-1])):
            continue
        within = [gap for each in boxes for gap, _ in _gaps(each[:, [axis, axis + 2]])]
        if not within or width >= WIDER * max(within):
            return sides
    return None


def _gaps(spans: NDArray[np.int32]) -> list[tuple[float, float]]:
    """The gaps between spans (N, 2) on a line: width, and where each begins."""
    found, end = list[tuple[float, float]](), None
    for begin, last in spans[np.argsort(spans[:, 0], kind="stable")]:
        if end is not None and begin > end:
            found.append((float(begin - end), float(end)))
        end = last if end is None else max(end, last)
    return found


def _box_of(ink: Ink, group: NDArray[np.int64]) -> NDArray[np.int32]:
    boxes = ink.boxes[group]
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _is_row(boxes: NDArray[np.int32]) -> bool:
    """Whether most of some shapes stand in a row and are alike in height, as letters do."""
    heights = boxes[:, 3] - boxes[:, 1]
    height = np.median(heights)
    alike = (np.abs(heights - height) <= LETTERS_ALIKE * height) & _is_level(boxes, np.median(boxes[:, 3]), height)
    return int(alike.sum()) >= max(LETTERS, len(boxes) // 2)


def _is_letter_of(one: NDArray[np.int32], others: NDArray[np.int32], gap: float) -> bool:
    """Whether a single shape stands before or after others as the next letter does."""
    if len(one) > 1:
        return False
    height = one[0, 3] - one[0, 1]
    alike = np.abs((others[:, 3] - others[:, 1]) - height) <= LETTERS_ALIKE * height
    return bool(gap < LETTER_GAP * height and (alike & _is_level(others, one[0, 3], height)).any())


def _is_level(boxes: NDArray[np.int32], foot: float, height: float) -> NDArray[np.bool_]:
    return np.asarray(np.abs(boxes[:, 3] - foot) <= LETTERS_ALIKE * height)
