"""Reads a logo and says which words it shows that its brand may register too; it registers nothing."""

import logging
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from brand_index.errors import MarkscanError
from brand_index.features.content import ground_of, visible_box
from brand_index.features.describing import Describer
from brand_index.features.embedding import Embedder
from brand_index.features.weights import read_manifest
from brand_index.features.words import folded, letters, zipf
from brand_index.features.words.limits import letter_count
from brand_index.features.words.reading import OnnxTextReader, TextReader
from brand_index.features.words.text_line import TextLine
from brand_index.images import DecodedImage, RGBImage, decode
from brand_index.types import Brand

MOST_WORDS: Final = 3  # suggested for one logo
LEAST_CONFIDENCE: Final = 0.9  # of a line: what is suggested is recorded at a click
SMALLEST: Final = 0.3  # of the tallest line's height: what is smaller is print, such as an address
LARGE: Final = 0.8  # of it: what is smaller stands beside the name, as a slogan does
SAME_SIZE: Final = 0.7  # of the taller of two lines of one name: small letters alone are lower than capitals
GAP: Final = 1.0  # times their height: between two lines of one name
OVERLAP: Final = 0.5  # of the narrower of two lines of one name, that is above or below the other
LEVEL: Final = 0.1  # of its length: by how much a level line rises or falls
LEAST_WEIGHT: Final = 3  # letters, as _weight counts them: fewer are suggested by no logo
COMMON_ZIPF: Final = 3.8  # from which a word alone is suggested only as the brand's own name: "sportswear"
MOST_IN_A_NAME: Final = 4  # words; more are a sentence
SIDE: Final = 1200  # pixels, long side that a larger logo is reduced to: the recognizer reads no longer lines
SMALL: Final = 240  # pixels, long side that a smaller logo is enlarged to
# Pixels, long side at which lines are seen: the letters of a logo are large in it. At 640 it takes twice the time.
SEEN_SIDE: Final = 320
MARGIN: Final = 0.12  # of the long side: letters at the edge of an image are not found

# "Est. 1974" in the languages of Markscan, and signs that stand beside a name.
_FOUNDED: Final = re.compile(
    r"(?:\b(?:since|est|estd|established|founded|anno|seit|gegründet|depuis|fondée?|desde|dal|fundada|sinds|od)\b)?"
    r"[.:\s]*\b(?:1[5-9]|20)\d\d\b",
    re.IGNORECASE,
)
_EDGES: Final = " .,:;·•*+|/\\-–—_'\"“”„«»()[]"
_SIGNS: Final = re.compile("[™℠®©℗]")
_ADDRESS: Final = re.compile(r"@|://|\bwww\.|\.[a-z]{2,4}$")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """Which logos are read for words to suggest."""

    manifest: Path  # names the networks that read
    known_too: bool = False  # logos that are registered already, not only new ones


@dataclass(frozen=True, slots=True)
class _Part:
    """A line that may be a name, or a part of one."""

    text: str  # without a year and signs
    height: float  # pixels
    left: float
    top: float
    right: float
    bottom: float
    is_level: bool


def read_words(describer: Describer, manifest: Path, data: bytes, name: str, brand: Brand) -> tuple[str, ...]:
    """The words that a logo of a brand shows, as it writes them, the largest first: MOST_WORDS at most.

    The file `data`, called `name`, is decoded within the describer's limits. The networks that `manifest` names read
    it in this process: they take more memory than describing may, but no more for any image. Empty: nothing that is a
    name can be read, or reading failed, which is logged: no registration fails for it.
    """
    try:
        reader = _reader(manifest)
        lines = () if reader is None else _lines(reader, describer.run(name, artwork_of, data, name))
    except MarkscanError as error:
        _log.warning("a logo was not read for words to suggest: %s", error)
        return ()
    return words_of(lines, brand)


def _lines(reader: TextReader, logo: RGBImage) -> tuple[TextLine, ...]:
    return reader.read_lines(logo, reader.see(logo, side=SEEN_SIDE)).lines


def artwork_of(embedder: Embedder, data: bytes, name: str) -> RGBImage:
    """In the describer's process: the artwork of a file. Raises ImageError."""
    del embedder
    return artwork(decode(data, name=name, vector=True))


def artwork(image: DecodedImage) -> RGBImage:
    """The visible part of a logo on its own ground, with a margin, in a size that is read."""
    ground = ground_of(image)
    pixels = image.frames[0]
    left, top, right, bottom = visible_box(image, ground) or (0, 0, pixels.shape[1], pixels.shape[0])
    longest = max(right - left, bottom - top)
    scale = min(SIDE / longest, max(1.0, SMALL / longest))
    visible = pixels[top:bottom, left:right]
    if scale != 1.0:
        size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        visible = np.asarray(cv2.resize(visible, size, interpolation=interpolation), np.uint8)
    margin = round(MARGIN * max(visible.shape[:2]))
    colour = tuple(int(level) for level in ground)
    framed = cv2.copyMakeBorder(visible, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=colour)
    return np.asarray(framed, np.uint8)


def words_of(lines: Iterable[TextLine], brand: Brand) -> tuple[str, ...]:
    """The names among the lines of one logo, the largest first, those over several lines before their parts.

    No name is a year, an address, a sentence, a dictionary word (unless it is the brand's own name), or a smaller line
    of words that ordinary text has.
    """
    parts = [part for line in lines if line.confidence >= LEAST_CONFIDENCE if (part := _part(line)) is not None]
    tallest = max((part.height for part in parts), default=0.0)
    parts = [part for part in parts if part.height >= SMALLEST * tallest]
    # Large ones in the order in which they are read, of whatever height; those over several lines before their parts.
    names = sorted([*_together(parts), *parts], key=lambda part: -min(part.height, LARGE * tallest))
    own = {letters(word) for word in (brand.brand_id, brand.name, *brand.name.split())}
    found = dict[str, str]()
    for each in names:
        if _is_a_name(each.text, own, is_large=each.height >= LARGE * tallest):
            found.setdefault(folded(each.text), each.text)
    return tuple(found.values())[:MOST_WORDS]


def _part(line: TextLine) -> _Part | None:
    """A line without the year and signs that stand beside a name; None: nothing is left, or it is an address."""
    text = " ".join(_FOUNDED.sub(" ", _SIGNS.sub(" ", line.text)).split()).strip(_EDGES)
    if not any(each.isalpha() for each in text) or _ADDRESS.search(text.casefold()):
        return None
    corners = np.array(line.corners)
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    is_level = bool(along[0] > 0 and abs(along[1]) <= LEVEL * along[0])
    return _Part(text, float(np.hypot(*across)), float(left), float(top), float(right), float(bottom), is_level)


def _together(parts: Sequence[_Part]) -> list[_Part]:
    """The names over several lines: level ones of one size, each close below the other."""
    left = sorted((part for part in parts if part.is_level), key=lambda part: part.top)
    found = []
    while left:
        lines = [left.pop(0)]
        while below := next((each for each in left if _continues(lines[-1], each)), None):
            lines.append(below)
            left.remove(below)
        if len(lines) > 1:
            found.append(
                _Part(
                    " ".join(line.text for line in lines),
                    max(line.height for line in lines),
                    min(line.left for line in lines),
                    lines[0].top,
                    max(line.right for line in lines),
                    lines[-1].bottom,
                    is_level=True,
                )
            )
    return found


def _continues(above: _Part, below: _Part) -> bool:
    height = max(above.height, below.height)
    shared = min(above.right, below.right) - max(above.left, below.left)
    return (
        min(above.height, below.height) >= SAME_SIZE * height
        and -GAP / 2 * height < below.top - above.bottom <= GAP * height
        and shared >= OVERLAP * min(above.right - above.left, below.right - below.left)
    )


# What stands on anybody's goods, in languages that labels have: "made in Italy", "100 % cotton", "summer sale".
_ON_ANY_GOODS: Final = frozenset(
    (
        *("made", "handmade", "designed", "cotton", "wool", "silk", "leather", "linen", "polyester", "sale", "size"),
        *("new", "free", "off", "style", "sport", "sports", "sportswear", "fashion", "quality", "original", "best"),
        *("authentic", "genuine", "limited", "edition", "collection", "premium", "organic", "natural", "product"),
        *("series", "model", "baumwolle", "leder", "groesse", "neu", "hergestellt", "coton", "laine", "cuir"),
        *("fabrique", "algodon", "cuero", "hecho", "cotone", "pelle", "fatto", "katoen", "gemaakt", "bawelna"),
    )
)


def _is_a_name(text: str, own: set[str], *, is_large: bool) -> bool:
    words = text.split()
    if _weight(text) < LEAST_WEIGHT or len(words) > MOST_IN_A_NAME:
        return False
    if letters(text) in own:  # before the lists of common words, which take seconds to read
        return True
    if not is_large:
        return zipf(text) == 0.0 and zipf(letters(text)) == 0.0
    if any(letters(word) in _ON_ANY_GOODS or word[0].isdigit() for word in words):
        return False
    return len(words) > 1 or zipf(text) < COMMON_ZIPF


def _weight(text: str) -> int:
    """The number of letters, of which one without capitals, such as an ideograph, counts as two."""
    return letter_count(text) + sum(unicodedata.category(each) == "Lo" for each in text)


@cache
def _reader(manifest: Path) -> TextReader | None:
    """The reader that a manifest names; None: it names none. Raises ModelUnusable."""
    named = read_manifest(manifest)
    if named.lines is None or named.characters is None:
        return None
    return OnnxTextReader(named.lines, named.characters)
