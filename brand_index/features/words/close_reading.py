"""Reads what is written along the rings of round badges, once they are unrolled; where to look is decided elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.words.apart import joined
from brand_index.features.words.lines import UPRIGHT, Line, LineFinder
from brand_index.features.words.recognition import HEIGHT, WIDEST, Recognizer, rectified
from brand_index.features.words.rings import OVERLAP, Ring, rings_in
from brand_index.features.words.text_line import Corners, TextLine
from brand_index.images import RGBImage

READABLE: Final = 0.5  # confidence that a line needs
CLEARLY: Final = 0.85  # from which what a ring says needs no other ring
SURELY: Final = 0.9  # from which a short line is not read upside down as well
SHORT: Final = 0.5  # of the way round: a longer line may be outside up in one part and inside up in another
A_WORD: Final = 4  # letters and digits of a word that is read so
FOUND_AT: Final = 0.8  # of an unrolled ring's size: where its lines are looked for
MOST_WIDTH_OF_RINGS: Final = 1_300  # pixels of the recognizer's input, for each way up: a line all the way round


def lines_on_rings(frame: RGBImage, finder: LineFinder, recognizer: Recognizer) -> Iterator[TextLine]:
    """What is written along the rings in a (H, W, 3) image, in its pixels, each line in each way up that can be read.

    On a ring the upper half is often read outside up and the lower inside up, in one line for the finder; a short line
    that is surely read outside up is not tried the other way.
    """
    room = MOST_WIDTH_OF_RINGS
    for ring in rings_in(frame):
        strip = ring.unrolled(frame)
        seen, room = _within(finder.find(strip, side=round(FOUND_AT * strip.shape[1])), room)
        short = SHORT * strip.shape[1] / (1 + OVERLAP)
        upright = [(line, _read(strip, line, recognizer)) for line in seen]
        doubtful = [line for line, read in upright if line.length > short or not _is_clear(read, SURELY)]
        found = joined([read for _, read in upright if read])
        found += _upside_down(strip, doubtful, recognizer)
        yield from (_on_frame(line, ring) for line in found)
        if any(_is_clear(line, CLEARLY) for line in found):
            return


def _upside_down(strip: RGBImage, seen: Sequence[Line], recognizer: Recognizer) -> tuple[TextLine, ...]:
    """What lines say in the strip upside down; in pixels of the strip as it is."""
    high, wide = strip.shape[:2]
    turned = np.ascontiguousarray(strip[::-1, ::-1])
    there = [replace(each, centre=(wide - each.centre[0], high - each.centre[1])) for each in seen]
    said = [read for each in there if (read := _read(turned, each, recognizer))]
    return tuple(
        replace(each, corners=_as_corners(np.array([wide, high]) - np.array(each.corners))) for each in joined(said)
    )


def _read(strip: RGBImage, line: Line, recognizer: Recognizer) -> TextLine | None:
    """What a line of a strip says; None: it cannot be read."""
    corners = line.corners()
    read = recognizer.recognize(rectified(strip, corners))
    if read.confidence < READABLE or not any(map(str.isalnum, read.text)):
        return None
    return TextLine(read.text, read.confidence, _as_corners(corners), read.places)


def _is_clear(read: TextLine | None, confidence: float) -> bool:
    """Whether a word was read with this confidence."""
    return read is not None and read.confidence >= confidence and sum(map(str.isalnum, read.text)) >= A_WORD


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
