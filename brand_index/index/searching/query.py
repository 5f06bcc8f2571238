"""What is searched for: a word that somebody typed, or an image described as a logo and read; it searches nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index import fields
from brand_index.errors import InvalidField, UnrecognizableReference
from brand_index.features.colours import Hues
from brand_index.features.content import ground_of, visible_box
from brand_index.features.describing import Describer
from brand_index.features.description import describe_reference
from brand_index.features.embedding import Embedder
from brand_index.features.weights import read_manifest
from brand_index.features.words import letters
from brand_index.features.words.reading import OnnxTextReader, TextReader
from brand_index.features.words.text_line import TextLine
from brand_index.images import RGBImage, decode
from brand_index.types import ReferenceKind

LONGEST_WORD: Final = 100  # characters
MOST_LINES: Final = 8  # of an image, the tallest, that are searched for: each is compared with all registered words
MOST_TOGETHER: Final = 4  # lines that may be one name over several lines
LEAST_LETTERS: Final = 2  # of a line


@dataclass(frozen=True, slots=True, eq=False)
class ImageQuery:
    """An image as a search needs it."""

    vectors: NDArray[np.float32]  # (N, D) of unit length: the views of its visible part, as of a registered logo
    hues: Hues  # of its visible part
    texts: tuple[str, ...]  # lines that it says, then all of them as one text; empty: nothing was read


def checked_word(text: str) -> str:
    """A word to search for, trimmed. Raises InvalidField."""
    word = fields.words("word", text)
    if len(word) > LONGEST_WORD:
        raise InvalidField(f"word {word[:40]!r}… is {len(word)} characters long: {LONGEST_WORD} at most")
    if not letters(word):
        raise InvalidField(f"word {word!r} has no letter or digit: give one that has")
    return word


def image_query(describer: Describer, reader: TextReader | None, data: bytes, name: str) -> ImageQuery:
    """The query of an untrusted image file, of which messages have the name; of an animation its first frame.

    `reader` None: nothing is read. It is described within the describer's limits, as a reference is. It is read in
    this process, as workers do: the networks that read take more memory than describing may, but it is bounded.
    Raises ImageError, UnrecognizableReference for an image that shows nothing, UndescribableReference, ModelUnusable.
    """
    vectors, shown_hues = describer.run(name, _described, data, name)
    texts = () if reader is None else _texts(decode(data, name=name, vector=True).frames[0], reader)
    return ImageQuery(vectors, shown_hues, texts)


def reader_of(manifest: Path) -> TextReader | None:
    """The reader that a manifest names; None: it names none. Raises ModelUnusable."""
    named = read_manifest(manifest)
    if named.lines is None or named.characters is None:
        return None
    return OnnxTextReader(named.lines, named.characters)


def _described(embedder: Embedder, data: bytes, name: str) -> tuple[NDArray[np.float32], Hues]:
    image = decode(data, name=name, vector=True)
    if visible_box(image, ground_of(image)) is None:
        raise UnrecognizableReference(f"{name}: is blank; give an image that shows something")
    described = describe_reference(image, ReferenceKind.LOGO, embedder)
    return described.views.vectors, described.hues


def _texts(frame: RGBImage, reader: TextReader) -> tuple[str, ...]:
    lines = [line for line in reader.read(frame) if len(letters(line.text)) >= LEAST_LETTERS]
    kept = sorted(lines, key=_height, reverse=True)[:MOST_LINES]
    said = [line.text for line in lines if line in kept]
    if 1 < len(said) <= MOST_TOGETHER:
        said.append(" ".join(said))
    return tuple(dict.fromkeys(said))


def _height(line: TextLine) -> float:
    """Pixels from the top of a line's first letter to its bottom."""
    (left, top), (low_left, bottom) = line.corners[0], line.corners[3]
    return float(np.hypot(low_left - left, bottom - top))
