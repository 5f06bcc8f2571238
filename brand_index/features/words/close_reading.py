"""Reads what is written along the rings of round badges, once they are unrolled; where to look is decided elsewhere."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.words.apart import joined
from brand_index.features.words.lines import UPRIGHT, Line, LineFinder
from brand_index.features.words.recognition import HEIGHT, WIDEST, Recognizer, rectified
from brand_index.features.words.rings import Ring, rings_in
from brand_index.features.words.text_line import Corners, TextLine
from brand_index.images import RGBImage

READABLE: Final = 0.5  # confidence that a line needs
CLEARLY: Final = 0.85  # from which what a ring says needs no other ring
A_WORD: Final = 4  # letters and digits, likewise
MOST_WIDTH_OF_RINGS: Final = 1_300  # pixels of the recognizer's input, for each way up: a line all the way round


def lines_on_rings(frame: RGBImage, finder: LineFinder, recognizer: Recognizer) -> Iterator[TextLine]:
    """What is written along the rings in a (H, W, 3) image, in its pixels, each line in each way up that can be read.

    On a ring the upper half is often read outside up and the lower inside up, in one line for the finder.
    """
    room = MOST_WIDTH_OF_RINGS
    for ring in rings_in(frame):
        strip = ring.unrolled(frame)
        seen, room = _within(finder.find(strip, side=max(strip.shape[:2])), room)
        found = [line for way in (False, True) for line in _read(strip, seen, recognizer, turned=way)]
        yield from (_on_frame(line, ring) for line in found)
        if any(line.confidence >= CLEARLY and sum(map(str.isalnum, line.text)) >= A_WORD for line in found):
            return


def _read(strip: RGBImage, seen: Sequence[Line], recognizer: Recognizer, *, turned: bool) -> Iterator[TextLine]:
    """The lines of a strip as it is, or `turned` upside down; in pixels of the strip as it is."""
    high, wide = strip.shape[:2]
    pixels = np.ascontiguousarray(strip[::-1, ::-1]) if turned else strip
    found = []
    for line in seen:
        corners = line.corners()
        corners = np.roll(np.array([wide, high]) - corners, 2, axis=0) if turned else corners
        read = recognizer.recognize(rectified(pixels, corners))
        if read.confidence >= READABLE and any(map(str.isalnum, read.text)):
            found.append(TextLine(read.text, read.confidence, _as_corners(corners), read.places))
    for each in joined(found):
        corners = np.array(each.corners)
        place = np.array([wide, high]) - corners if turned else corners
        yield TextLine(each.text, each.confidence, _as_corners(place), each.places)


def _within(seen: Sequence[Line], room: int) -> tuple[list[Line], int]:
    """The level lines of a strip, the largest, as many as `room` pixels hold; and how many pixels are left."""
    kept = list[Line]()
    for line in seen:
        needed = min(round(line.length * HEIGHT / max(line.height, 1.0)), WIDEST)
        if abs(line.angle) <= UPRIGHT and needed <= room:
            kept.append(line)
            room -= needed
    return kept, room


def _on_frame(line: TextLine, ring: Ring) -> TextLine:
    left, top, right, bottom = ring.around(np.array(line.corners))
    box: Corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return TextLine(line.text, line.confidence, box, line.places, bent=True)


def _as_corners(corners: NDArray[np.float64]) -> Corners:
    first, second, third, last = ((float(x), float(y)) for x, y in corners)
    return first, second, third, last
