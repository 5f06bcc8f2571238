"""Where in an image words are read a second time, closely: text that was seen and not read, and undecided logos."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.words.text_line import TextLine
from brand_index.images import RGBImage
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box, overlap, share_within
from scanner.engine.types import Evidence
from scanner.engine.words.text_map import TextMap

SURELY_TEXT: Final = 1.5  # logit of a cell, from which something is written there: one clean photo in fifteen has some
FEWEST_CELLS: Final = 4  # in one place, from which what was not read there is looked for
A_WORD: Final = 3  # letters and digits of a line, from which its place counts as read: a badge may be taken for an O
MOST_PLACES: Final = 2  # of an image that are read closely
AROUND: Final = 0.2  # of a place's longer side, that is read around it
UNDECIDED: Final = (0.02, 0.9)  # confidence of a logo that the word beside it may decide
WITHIN: Final = 0.8  # share of unread text in a region, from which that region is what is read
AS_LARGE: Final = 8.0  # times the box of the text, that such a region is at most
SQUARE: Final = 2.0  # longer by shorter side of a region that may be a badge, at most
ALIKE: Final = 0.5  # intersection over union, from which two places are one


def places_to_read(boxes: Iterable[Box], size: tuple[int, int]) -> list[Box]:
    """The places of an image of `size`, width and height, that are read closely: the first of `boxes`, with room."""
    found: list[Box] = []
    for box in boxes:
        place = _with_room(box, size)
        if all(overlap(place, other) < ALIKE and share_within(place, other) < WITHIN for other in found):
            found.append(place)
        if len(found) == MOST_PLACES:
            break
    return found


def written_logos(text: TextMap, evidence: Iterable[Evidence], with_words: Collection[str]) -> list[Box]:
    """The boxes of undecided logos of brands `with_words` in which text is seen, the surest first."""
    least, most = UNDECIDED
    logos = [
        item
        for item in evidence
        if item.kind is ReferenceKind.LOGO and least <= item.confidence < most and item.brand_id in with_words
    ]
    surest = sorted(logos, key=lambda item: (-item.confidence, item.reference_id))
    return [item.box for item in surest if text.is_seen_in(item.box)]


def unread_text(text: TextMap, lines: Iterable[TextLine], regions: Sequence[tuple[Box, float]]) -> list[Box]:
    """The boxes of what is written and was not read, most text first; `lines` were read.

    If one of the `regions`, each with its objectness, is a badge with the text in it, the box is its.
    """
    return [_badge(box, regions) for box in _unread(text, lines)]


def cut(frame: RGBImage, place: Box) -> RGBImage:
    """The pixels of a (H, W, 3) image in a box within it."""
    return np.ascontiguousarray(frame[place.top : place.bottom, place.left : place.right])


def _unread(text: TextMap, lines: Iterable[TextLine]) -> Iterator[Box]:
    """The boxes around cells in which something is written and no line was read, most text first."""
    seen = (text.logits >= SURELY_TEXT).astype(np.uint8)
    read = np.zeros_like(seen)
    for line in (each for each in lines if sum(map(str.isalnum, each.text)) >= A_WORD):
        corners = np.array(line.corners) / np.array(text.cell) - 0.5
        cv2.fillPoly(read, [np.round(corners).astype(np.int32)], 1)
    left = np.where(cv2.dilate(read, np.ones((3, 3), np.uint8)) > 0, 0, seen).astype(np.uint8)
    count, labels = cv2.connectedComponents(cv2.dilate(left, np.ones((3, 3), np.uint8)))
    places = [np.nonzero((labels == label) & (left > 0)) for label in range(1, count)]
    places = [place for place in places if len(place[0]) >= FEWEST_CELLS]
    for rows, columns in sorted(places, key=lambda place: -float(text.logits[place].sum())):
        yield _box(rows, columns, text.cell)


def _box(rows: NDArray[np.int64], columns: NDArray[np.int64], cell: tuple[float, float]) -> Box:
    across, down = cell
    left, right = columns.min() * across, (columns.max() + 1) * across
    return Box(int(left), int(rows.min() * down), int(right), int((rows.max() + 1) * down))


def _badge(box: Box, regions: Sequence[tuple[Box, float]]) -> Box:
    """The likeliest region, as broad as high, that has the text of a box in it; the box itself, where there is none."""
    area = _area(box)
    around = [
        (objectness, region)
        for region, objectness in regions
        if share_within(box, region) >= WITHIN
        and _area(region) <= AS_LARGE * area
        and max(_sides(region)) <= SQUARE * min(_sides(region))
    ]
    return max(around)[1] if around else box


def _with_room(box: Box, size: tuple[int, int]) -> Box:
    room = round(AROUND * max(_sides(box)))
    left, top = max(0, box.left - room), max(0, box.top - room)
    return Box(left, top, min(size[0], box.right + room), min(size[1], box.bottom + room))


def _sides(box: Box) -> tuple[int, int]:
    return box.right - box.left, box.bottom - box.top


def _area(box: Box) -> int:
    across, down = _sides(box)
    return across * down
