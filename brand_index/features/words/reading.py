"""Reads an image: its lines of text with what each says; which words are registered is decided elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.weights import ModelFile
from brand_index.features.words.apart import joined
from brand_index.features.words.close_reading import READABLE, lines_on_rings
from brand_index.features.words.lines import UPRIGHT, Line, LineFinder
from brand_index.features.words.recognition import (
    HEIGHT,
    LONGEST,
    NARROWEST,
    NOTHING,
    WIDEST,
    Recognized,
    Recognizer,
    pieces_of,
    rectified,
)
from brand_index.features.words.text_line import Corners, TextLine
from brand_index.images import RGBImage
from brand_index.limits import MOST_WIDTH

SURE: Final = 0.85  # from which no other way up is tried
TRIED: Final = 3  # level lines, the largest doubtful ones: if none of them is upside down, no other is tried
IN_MIRROR: Final = 0.7  # from which a line says more in a mirror; what chance reads there is less sure
WORD: Final = 3  # letters of a line that tells whether the image is mirrored
LOW: Final = 13.0  # pixels of a line's height: a lower one that is unclear can hardly be read either way up
SLENDER: Final = 1.5  # times as long as high, from which a steep line is one; others may be a letter or two
CLOSELY: Final = 4.0  # how many times a part is enlarged at most, to be read closely
CLOSE_SIDE: Final = 320  # pixels of its long side then: less is enlarged enough
CLOSE_WIDTH: Final = 2_400  # pixels of its straight lines, scaled as for `reading_width`, that are read closely
INK: Final = 0.25  # of the contrast in a column of stacked letters, from which a row has ink


@dataclass(frozen=True, slots=True)
class ReadImage:
    """What was read in an image."""

    lines: tuple[TextLine, ...]  # from top to bottom
    left_out: tuple[Line, ...] = ()  # that were seen and not read, the lowest


class TextReader(Protocol):
    """The interface of what reads images."""

    def see(self, frame: RGBImage, *, side: int | None = None) -> tuple[Line, ...]:
        """Where a (H, W, 3) image has lines, the largest first, seen with a long side of `side` pixels.

        None: as many as lines of a whole photo need.
        """
        ...

    def read_lines(self, frame: RGBImage, seen: Sequence[Line], width: int = MOST_WIDTH) -> ReadImage:
        """What `seen` lines of a (H, W, 3) image say, of the highest and surest as many as `width` pixels hold."""
        ...

    def read_all(self, frame: RGBImage) -> ReadImage:
        """The lines of a (H, W, 3) image, and where there are more."""
        ...

    def read(self, frame: RGBImage) -> tuple[TextLine, ...]:
        """The lines of a (H, W, 3) image from top to bottom."""
        ...

    def read_closely(self, frame: RGBImage) -> tuple[TextLine, ...]:
        """The lines of a (H, W, 3) part of an image, larger than `read` sees them, and those along rings."""
        ...


class OnnxTextReader:
    """Finds lines and recognizes them, each by one ONNX file on the CPU."""

    def __init__(self, lines: ModelFile, characters: ModelFile, *, threads: int = 1) -> None:
        """Load the files. Raises ModelUnusable."""
        self._finder = LineFinder(lines, threads=threads)
        self._recognizer = Recognizer(characters, threads=threads)

    def read(self, frame: RGBImage) -> tuple[TextLine, ...]:
        """Read, as the protocol says."""
        return self.read_all(frame).lines

    def read_all(self, frame: RGBImage) -> ReadImage:
        """Read, as the protocol says."""
        return self.read_lines(frame, self.see(frame))

    def read_closely(self, frame: RGBImage) -> tuple[TextLine, ...]:
        """Read, as the protocol says."""
        seen = self._finder.find(frame, side=CLOSE_SIDE, enlarged=CLOSELY)
        straight = self.read_lines(frame, seen, CLOSE_WIDTH).lines
        return (*straight, *lines_on_rings(frame, self._finder, self._recognizer))

    def see(self, frame: RGBImage, *, side: int | None = None) -> tuple[Line, ...]:
        """See, as the protocol says."""
        return self._finder.find(frame, side=side)

    def read_lines(self, frame: RGBImage, seen: Sequence[Line], width: int = MOST_WIDTH) -> ReadImage:
        """Read, as the protocol says."""
        found = list[TextLine]()
        mirror = _Mirror()
        tried, turned = 0, 0
        chosen, left_out = _within(seen, width)
        for line in chosen:
            ways = _ways_up(line)
            is_level = abs(line.angle) <= UPRIGHT
            may_turn = not is_level or turned > 0 or (tried < TRIED and (line.height >= LOW or not found))
            read, corners, way = self._read_line(frame, line, ways if may_turn else ways[:1])
            if is_level and may_turn and (read.confidence < SURE or way > 0):
                tried, turned = tried + 1, turned + way
            if mirror.may_show(line, read):
                read, corners = self._read_in_mirror(frame, line, read, corners, mirror)
            if read.confidence >= READABLE and any(character.isalnum() for character in read.text):
                found.append(TextLine(read.text, read.confidence, corners, read.places))
        lines = sorted(joined(found), key=lambda each: (min(y for _, y in each.corners), each.corners[0]))
        return ReadImage(tuple(lines), left_out)

    def _read_line(
        self, frame: RGBImage, line: Line, ways: Sequence[NDArray[np.float64]]
    ) -> tuple[Recognized, Corners, int]:
        """What a line says in whichever of the `ways` up it is read best, its corners in it, and its number."""
        best, way_up, way = NOTHING, ways[0], 0
        for number, corners in enumerate(ways):
            read = self._recognizer.recognize(rectified(frame, corners))
            if _weight(read) > _weight(best):
                best, way_up, way = read, corners, number
            if best.confidence >= SURE:
                break
        if best.confidence < SURE and abs(line.angle) > UPRIGHT and line.length > 2 * line.height:
            read = self._stacked(frame, line)
            if _weight(read) > _weight(best):
                best, way_up = read, _stacked_corners(line)
        return best, _as_corners(way_up), way

    def _read_in_mirror(
        self, frame: RGBImage, line: Line, read: Recognized, corners: Corners, mirror: "_Mirror"
    ) -> tuple[Recognized, Corners]:
        """What a line says in a mirror, and its corners in it, if that is more than it was `read` to say."""
        reflected = line.corners()[[1, 0, 3, 2]]
        seen = self._recognizer.recognize(rectified(frame, reflected))
        shows = seen.confidence >= IN_MIRROR and _letters(seen) >= WORD and _weight(seen) > _weight(read)
        mirror.note(shows=shows)
        return (seen, _as_corners(reflected)) if shows else (read, corners)

    def _stacked(self, frame: RGBImage, line: Line) -> Recognized:
        """What upright letters below each other say: they are set beside each other and read."""
        column = rectified(frame, _stacked_corners(line), upright=True)
        letters = _letters_of(column)
        if len(letters) < 2:
            return NOTHING
        side = column.shape[1]
        row = np.concatenate([cv2.resize(letter, (round(side * 0.8), side)) for letter, _ in letters], axis=1)
        read = self._recognizer.recognize(row)
        high = column.shape[0]
        middles = [(rows.start + rows.stop) / 2 / high for _, rows in letters]
        places = tuple(
            float(np.interp(place * len(letters) - 0.5, range(len(letters)), middles)) for place in read.places
        )
        return Recognized(read.text, read.confidence, places)


class _Mirror:
    """Whether an image is mirrored: where no line is surely read, the largest doubtful ones are tried in a mirror."""

    def __init__(self) -> None:
        self._tried, self._shown, self._is_upright = 0, 0, False

    def may_show(self, line: Line, read: Recognized) -> bool:
        """Whether to try a line that was `read` so."""
        self._is_upright |= read.confidence >= SURE and _letters(read) >= WORD
        is_doubtful = read.confidence < SURE and abs(line.angle) <= UPRIGHT
        is_worth_it = self._shown > 0 or (self._tried < TRIED and line.height >= LOW)
        return is_doubtful and is_worth_it and not self._is_upright

    def note(self, *, shows: bool) -> None:
        """Whether a line that was tried says something in a mirror."""
        self._tried, self._shown = self._tried + 1, self._shown + shows


def _as_corners(points: NDArray[np.float64]) -> Corners:
    first, second, third, last = ((float(x), float(y)) for x, y in points)
    return first, second, third, last


def _letters(read: Recognized) -> int:
    return sum(character.isalnum() for character in read.text)


def _within(seen: Sequence[Line], width: int) -> tuple[list[Line], tuple[Line, ...]]:
    """The highest and surest lines that so many pixels of the recognizer's input hold, in their order; and the rest."""
    ordered = sorted(range(len(seen)), key=lambda number: -seen[number].height * seen[number].probability)
    widths = [_width(seen[number]) for number in ordered]
    kept = set(ordered[: int(np.searchsorted(np.cumsum(widths), width, side="right"))])
    chosen = [line for number, line in enumerate(seen) if number in kept]
    return chosen, tuple(line for number, line in enumerate(seen) if number not in kept)


def _width(line: Line) -> int:
    """Pixels of the recognizer's input that a line takes."""
    width = min(max(NARROWEST, round(line.length * HEIGHT / max(line.height, 1.0))), LONGEST)
    return min(width, pieces_of(width) * WIDEST)


def _weight(read: Recognized) -> float:
    """How much is read: a sure letter alone is less than a word."""
    return read.confidence * min(_letters(read), 4)


def _ways_up(line: Line) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The corners of a line in the ways up in which it may be meant, the likeliest first."""
    corners = line.corners()
    if line.length < SLENDER * line.height and abs(line.angle) > UPRIGHT:  # as broad as high: its sides say nothing
        corners = np.roll(corners, 1 if line.angle > 0 else -1, axis=0)
    return corners, np.roll(corners, 2, axis=0)


def _stacked_corners(line: Line) -> NDArray[np.float64]:
    """The corners of a column, top first: its beginning is its top side."""
    corners = line.corners()
    down = corners if line.angle > 0 else np.roll(corners, 2, axis=0)  # along the line is downward
    return down


def _letters_of(column: RGBImage) -> list[tuple[RGBImage, slice]]:
    """The letters of a column and their rows, cut where a row has no ink."""
    grey = cv2.cvtColor(column, cv2.COLOR_RGB2GRAY).astype(np.float32)
    contrast = np.ptp(grey, axis=1)
    inked = contrast > INK * max(float(contrast.max()), 1.0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inked.astype(np.int8), [0]])))
    least = column.shape[1] * 0.3
    rows = [slice(int(begin), int(end)) for begin, end in edges.reshape(-1, 2) if end - begin >= least]
    return [(column[each], each) for each in rows]
