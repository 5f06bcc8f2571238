"""Reads an image where the region finder sees text, once words are registered, and finds those words in it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from brand_index.features.weights import read_manifest
from brand_index.features.words.lines import Line
from brand_index.features.words.reading import OnnxTextReader, TextReader
from brand_index.features.words.text_line import TextLine
from brand_index.images import RGBImage
from brand_index.index.parts import WordPart
from scanner.engine.boxes import Box
from scanner.engine.settings import EngineSettings
from scanner.engine.types import Evidence
from scanner.engine.words.closer import cut, places_to_read, unread_text, written_logos
from scanner.engine.words.finding import surest_of_each, words_in_image
from scanner.engine.words.text_map import TextMap

# Of an image's longer side, of a long image twice the shorter: height of a line that people read in a listing.
LEGIBLE: Final = 0.02
BESIDE: Final = 3.0  # times the shorter side of a box that is read around it: letters of a word that it is part of
DECIDED: Final = 0.9  # confidence from which something is known surely
WORD_LIKE: Final = 1.5  # times as long as high, from which a line is a region: others are a letter, or a part of one

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class SeenText:
    """The lines of text in the part of an image that is read; what they say is not known yet."""

    pixels: RGBImage  # (H, W, 3) of that part
    offset: tuple[int, int]  # right and down, pixels: where it begins
    lines: tuple[Line, ...]  # in its pixels, the largest first
    text: TextMap | None = None  # where the region finder sees text, in pixels of the image; None: it does not say
    regions: tuple[tuple[Box, float], ...] = ()  # what may be marks in the image, each with its objectness

    def boxes(self, most: int) -> list[tuple[Box, float]]:
        """The boxes around the largest lines that may be words, in pixels of the image, with their probabilities."""
        height, width = self.pixels.shape[:2]
        found = []
        for line in [each for each in self.lines if each.length >= WORD_LIKE * each.height][:most]:
            corners = line.corners()
            low = np.clip(np.floor(corners.min(axis=0)), 0, [width - 1, height - 1]).astype(int)
            high = np.clip(np.ceil(corners.max(axis=0)), low + 1, [width, height]).astype(int)
            (left, top), (right, bottom) = (low + self.offset).tolist(), (high + self.offset).tolist()
            found.append((Box(left, top, right, bottom), line.probability))
        return found


class FoundWords(NamedTuple):
    """Registered words in an image."""

    evidence: tuple[Evidence, ...]
    lines: tuple[TextLine, ...] = ()  # all that was read, in pixels of the image
    left_out: tuple[Line, ...] = ()  # beyond what is read of one image

    def unread(self, frame: RGBImage) -> int:
        """How many of the lines that were left out people read in `frame`: the image, or that it is a part of."""
        shorter, longer = sorted(frame.shape[:2])
        return sum(line.height >= LEGIBLE * min(longer, 2 * shorter) for line in self.left_out)


NO_WORDS: Final = FoundWords(())


class WordReader:
    """Finds registered words in images; the networks are loaded when they are first needed."""

    def __init__(self, settings: EngineSettings, reader: TextReader | None = None) -> None:
        """`reader` None: that of the settings' manifest."""
        self._settings, self._reader, self._warned = settings, reader, False

    @property
    def allowed(self) -> bool:
        """Whether the settings allow that images are read."""
        return self._settings.words

    def see(self, frame: RGBImage, text: TextMap | None, regions: Sequence[tuple[Box, float]] = ()) -> SeenText | None:
        """The lines in a (H, W, 3) image; None: nothing can be read in it, or the manifest names no reader.

        `text` None: the finder does not say where text is, so that all is looked at. `regions`: what may be marks, each
        with its objectness. Raises ModelUnusable.
        """
        size = (frame.shape[1], frame.shape[0])
        area = Box(0, 0, *size) if text is None else text.area(size, self._settings.least_readable)
        reader = self.opened() if area is not None else None
        if area is None or reader is None:
            return None
        pixels = np.ascontiguousarray(frame[area.top : area.bottom, area.left : area.right])
        return SeenText(pixels, area[:2], reader.see(pixels), text, tuple(regions))

    def find(
        self,
        seen: SeenText,
        words: WordPart,
        frame: RGBImage | None = None,
        evidence: Sequence[Evidence] = (),
    ) -> FoundWords:
        """The evidence of registered words in the lines of an image, the surest first. Raises ModelUnusable.

        `frame`: the (H, W, 3) image, which is read closely where text was seen and not read, and where a word may
        decide whether a logo among the `evidence` is there; None: the first reading is all. Where something is known
        surely, unread text is left.
        """
        reader = self.opened()
        if reader is None:
            return NO_WORDS
        read = reader.read_lines(seen.pixels, seen.lines, self._settings.reading_width)
        lines = tuple(line.moved(*seen.offset) for line in read.lines)
        found = words_in_image(lines, words)
        if frame is None or seen.text is None:
            return FoundWords(found, lines, read.left_out)
        sure = {item.brand_id for item in (*found, *evidence) if item.confidence >= DECIDED}
        unread = [] if sure else unread_text(seen.text, lines, seen.regions)
        boxes = [*written_logos(seen.text, evidence, words.brands - sure), *unread]
        closely = tuple(
            line.moved(*place[:2])
            for place in places_to_read(boxes, (frame.shape[1], frame.shape[0]))
            for line in reader.read_closely(cut(frame, place))
        )
        both = surest_of_each((*found, *words_in_image(closely, words)))
        return FoundWords(both, (*lines, *closely), read.left_out)

    def lines_around(self, frame: RGBImage, box: Box) -> tuple[TextLine, ...]:
        """What is written at and beside a box of a (H, W, 3) image, in its pixels. Raises ModelUnusable."""
        reader = self.opened()
        if reader is None:
            return ()
        room = BESIDE * min(box.right - box.left, box.bottom - box.top)
        left, top = max(0, int(box.left - room)), max(0, int(box.top - room))
        pixels = np.ascontiguousarray(frame[top : int(box.bottom + room) + 1, left : int(box.right + room) + 1])
        return tuple(line.moved(left, top) for line in reader.read(pixels))

    def opened(self) -> TextReader | None:
        """The reader, loaded; None: the manifest names none. Raises ModelUnusable."""
        if self._reader is None:
            manifest = read_manifest(self._settings.model_manifest, self._settings.providers)
            if manifest.lines is None or manifest.characters is None:
                if not self._warned:
                    _log.warning(
                        "%s names no networks that read: words are found in texts alone", self._settings.model_manifest
                    )
                    self._warned = True
                return None
            self._reader = OnnxTextReader(manifest.lines, manifest.characters)
        return self._reader
