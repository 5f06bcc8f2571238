"""The parts of artwork that may stand alone, such as a sign and the word beside it, found by the gaps between them.

It looks at ink and gaps alone; whether a part can be recognized by itself is judged with the registration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.content import VISIBLE_STEP, ground_of
from brand_index.features.forms.cutting import cut
from brand_index.images import DecodedImage
from brand_index.types import SourceRegion

SIDE: Final = 512  # pixels, long side at which gaps are measured
SPECK: Final = 0.0004  # of the area: less ink is no component
GAP: Final = 0.025  # of the content's long side: a narrower gap parts no word from a sign
SIGNS_GAP: Final = 0.06  # likewise, of two signs: a narrower one is within one sign
WIDER: Final = 1.6  # times the widest gap within either side: else it is one of the gaps of a row
MOST_PARTS: Final = 4
SMALL_PRINT: Final = 0.05  # of the content's long side: lower lettering is small print
DETAIL: Final = 0.3  # of the content's short side: what is smaller on both sides is a detail
LETTERS: Final = 3  # shapes in a row, from which it is a word
LETTERS_ALIKE: Final = 0.3  # of the height: how far letters of one row differ in height and in their feet
LETTER_GAP: Final = 0.25  # of the height: a letter is nearer than this to the next
EVEN_GROUND: Final = 0.6  # share of the outermost pixels that are of one colour, on a ground that is even
ROOM: Final = 0.03  # of the side: from which artwork has room to an edge
_TOUCH: Final = 2  # pixels at SIDE: nearer ink meets the edge


@dataclass(frozen=True, slots=True)
class Part:
    """A connected group of the artwork's ink."""

    region: SourceRegion  # of the image, in pixels of the file
    refused: str | None  # why it cannot stand alone, as the end of a sentence; None: it may


@dataclass(frozen=True, slots=True)
class _Ink:
    """The ink of artwork at SIDE."""

    mask: NDArray[np.bool_]  # (H, W)
    boxes: NDArray[np.int32]  # (N, 4) left, top, right, bottom of each component

    @property
    def content(self) -> NDArray[np.int32]:
        """The box of all of it."""
        return np.concatenate([self.boxes[:, :2].min(axis=0), self.boxes[:, 2:].max(axis=0)])


def parts_of(image: DecodedImage) -> tuple[Part, ...]:
    """The parts of artwork, from left to right and from the top; none: it is one, or stands on no even ground."""
    ink = _ink_of(image)
    if ink is None:
        return ()
    groups = list(_groups(np.arange(len(ink.boxes)), ink))
    if not 2 <= len(groups) <= MOST_PARTS:
        return ()
    boxes = [_box_of(ink, group) for group in groups]
    height, width = ink.mask.shape
    across, down = image.size[0] / width, image.size[1] / height
    found = []
    for box in boxes:
        left, top, right, bottom = (float(side) for side in box)
        region = (
            max(0, int((left - 1) * across)),
            max(0, int((top - 1) * down)),
            min(image.size[0], int(np.ceil((right + 1) * across))),
            min(image.size[1], int(np.ceil((bottom + 1) * down))),
        )
        found.append(Part(region, _unfit(box, ink.content)))
    return tuple(sorted(found, key=lambda part: (part.region[0], part.region[1])))


def cut_part(image: DecodedImage, part: Part, others: tuple[Part, ...]) -> bytes:
    """The part as a PNG with a little room, in which the `others` are wiped out with the ground."""
    frame = image.frames[0].copy()
    alpha = None if image.alpha is None else image.alpha.copy()
    ground, (across, down) = ground_of(image), image.scale
    for other in others:
        left, top, right, bottom = other.region
        if other == part or _overlaps(part.region, other.region):
            continue
        rows, columns = slice(int(top / down), int(bottom / down)), slice(int(left / across), int(right / across))
        frame[rows, columns] = ground
        if alpha is not None:
            alpha[rows, columns] = 0
    wiped = DecodedImage((frame,), alpha, image.sha256, image.format, file_size=image.file_size)
    return cut(wiped, part.region)


def edges_cut(image: DecodedImage) -> tuple[str, ...]:
    """The edges at which artwork seems to be cut off: it meets them, and has room to those opposite.

    None of an image that is not drawn on one even ground, and of one that fits its artwork on both sides.
    """
    ink = _ink_of(image)
    if ink is None:
        return ()
    height, width = ink.mask.shape
    left, top, right, bottom = (int(side) for side in ink.content)
    rooms = {"left": left / width, "right": (width - right) / width}
    rooms |= {"top": top / height, "bottom": (height - bottom) / height}
    touch = {"left": _TOUCH / width, "right": _TOUCH / width, "top": _TOUCH / height, "bottom": _TOUCH / height}
    opposite = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
    return tuple(edge for edge in rooms if rooms[edge] < touch[edge] and rooms[opposite[edge]] >= ROOM)


def _ink_of(image: DecodedImage) -> _Ink | None:
    """The ink of artwork on a transparent or even ground; None: it stands on another, or has none."""
    pixels = image.frames[0]
    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if image.alpha is not None and image.alpha.min() < 128:
        mask = cv2.resize(image.alpha, size, interpolation=cv2.INTER_AREA) >= 64
    else:
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        far = np.abs(small.astype(np.int16) - ground_of(image).astype(np.int16)).max(axis=2)
        edge = np.concatenate([far[0], far[-1], far[:, 0], far[:, -1]])
        if (edge <= VISIBLE_STEP).mean() < EVEN_GROUND:
            return None
        mask = far > VISIBLE_STEP
    _, _, found, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    kept = found[1:][found[1:, 4] >= SPECK * mask.size]
    if not len(kept):
        return None
    return _Ink(mask, np.concatenate([kept[:, :2], kept[:, :2] + kept[:, 2:4]], axis=1))


def _groups(members: NDArray[np.int64], ink: _Ink) -> Iterator[NDArray[np.int64]]:
    """The members, by number, split at the gaps that are wider than those within what they part."""
    parted = _parted(members, ink)
    if parted is None:
        yield members
        return
    for side in parted:
        yield from _groups(side, ink)


def _parted(members: NDArray[np.int64], ink: _Ink) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
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


def _box_of(ink: _Ink, group: NDArray[np.int64]) -> NDArray[np.int32]:
    boxes = ink.boxes[group]
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _unfit(box: NDArray[np.int32], content: NDArray[np.int32]) -> str | None:
    width, height = int(box[2] - box[0]), int(box[3] - box[1])
    sides = content[2] - content[0], content[3] - content[1]
    if height < SMALL_PRINT * max(sides) and width > 3 * height:
        return "it is small print"
    if max(width, height) < DETAIL * min(sides):
        return "it is a small detail"
    return None


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


def _overlaps(one: SourceRegion, other: SourceRegion) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
