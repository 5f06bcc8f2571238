"""Writes a segment reference by reference, so that memory holds one of them at a time; publishing it is another's."""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from brand_index.features.colours import HUES, TINTS
from brand_index.features.description import ReferenceDescription
from brand_index.features.goods import on_goods
from brand_index.features.hashing import HASHERS
from brand_index.features.keypoints import NONE, Keypoints
from brand_index.files import sync_files
from brand_index.index.catalog import CatalogWriter, IndexedReference
from brand_index.index.parts import BytesWriter, EmbeddingWriter, HashWriter, IndexedWord, KeypointWriter, PhotoWriter
from brand_index.index.parts.files import ColumnWriter, Writers
from brand_index.index.parts.word_lists import SegmentWords
from brand_index.index.segments.files import (
    ASSESSMENTS,
    EMBEDDINGS,
    GOODS,
    HUES_FILE,
    PHOTOS,
    PLATES,
    THUMBNAILS,
    TINTS_FILE,
    WORDS,
    SegmentFiles,
    write_segment_files,
)
from brand_index.index.segments.segment import Segment
from brand_index.types import IMAGE_KINDS, ReferenceKind

ASSESSED: Final = 8  # numbers of an assessment
PHOTO_KEYPOINTS: Final = 240  # of a photo that a segment keeps
LOGO_KEYPOINTS: Final = 160  # of a logo, and the negatives of them; by 100 one at an angle is placed wrong


class SegmentWriter:
    """Writes one segment into an empty folder: a context, in which references are added by ascending id."""

    def __init__(self, folder: Path, dimensions: int, photo_dimensions: int, earlier: Segment | None = None) -> None:
        """`dimensions` of a view's vector and of a photo's; `earlier`: a segment whose centroids may serve again."""
        self._folder, self._earlier = folder, earlier
        self._dimensions, self._photo_dimensions = dimensions, photo_dimensions
        self._words: list[IndexedWord] = []
        self.references = 0

    def __enter__(self) -> Self:
        """Itself, with its files open."""
        folder = self._folder
        self._open = contextlib.ExitStack()
        self._catalog = self._open.enter_context(CatalogWriter(folder))
        self._columns = self._open.enter_context(
            Writers(
                hues=ColumnWriter(folder / HUES_FILE, np.float32, (HUES,)),
                tints=ColumnWriter(folder / TINTS_FILE, np.int8, (TINTS, TINTS, 2)),
                assessments=ColumnWriter(folder / ASSESSMENTS, np.float64, (ASSESSED,)),
            )
        )
        self._plates, self._thumbnails, self._goods = (
            self._open.enter_context(BytesWriter(folder, name)) for name in (PLATES, THUMBNAILS, GOODS)
        )
        self._hashes = {
            (hasher.name, kind): self._open.enter_context(HashWriter(hasher, folder, f"{hasher.name}-{kind.value}"))
            for hasher in HASHERS
            for kind in IMAGE_KINDS
        }
        self._keypoints = {
            kind: self._open.enter_context(KeypointWriter(folder, f"keypoints-{kind.value}")) for kind in IMAGE_KINDS
        }
        self._embeddings = self._open.enter_context(EmbeddingWriter(folder, EMBEDDINGS, self._dimensions))
        self._photos = self._open.enter_context(PhotoWriter(folder, PHOTOS, self._photo_dimensions))
        return self

    def add(self, reference: IndexedReference, description: ReferenceDescription) -> None:
        """Add a reference, the ids ascending."""
        position = self._catalog.add(reference)
        self.references = position + 1
        assessment = description.assessment
        nothing = np.full(ASSESSED, np.nan)
        self._columns.append(
            hues=description.hues[None],
            tints=description.tints[None],
            assessments=(nothing if assessment is None else assessment.to_array())[None],
        )
        self._plates.add(description.plate)
        self._thumbnails.add(description.thumbnail)
        self._goods.add_packed(description.goods.tobytes())
        for hasher, value in zip(HASHERS, description.hashes, strict=True):
            self._hashes[hasher.name, reference.kind].add(position, value)
        kept = _lasting(description, reference.kind)
        for kind, writer in self._keypoints.items():
            writer.add(position, kept if kind is reference.kind else NONE, _frame(reference))
        if description.levels is None:
            self._photos.add(position, description.photo_vector)
        else:
            self._embeddings.add(position, description.views, description.levels, description.shown)

    def add_words(self, words: Iterable[IndexedWord]) -> None:
        """Add words, in any order."""
        self._words.extend(words)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the segment, unless something went wrong."""
        self._open.__exit__(kind, error, trace)
        if error is not None:
            return
        for image_kind, writer in self._keypoints.items():
            writer.make_searchable(None if self._earlier is None else self._earlier.keypoints[image_kind])
        self._embeddings.make_searchable(None if self._earlier is None else self._earlier.embeddings)
        words = sorted(self._words, key=lambda each: each.reference_id)
        SegmentWords.of(words).save(self._folder, WORDS)
        write_segment_files(self._folder, SegmentFiles(self.references, len(words)))
        sync_files(self._folder.iterdir())


def _lasting(description: ReferenceDescription, kind: ReferenceKind) -> Keypoints:
    """The keypoints that a segment keeps: of a photo rather those of its goods; of artwork in both polarities."""
    keypoints = description.keypoints
    if kind is ReferenceKind.PHOTO:
        rather = on_goods(description.goods, keypoints.points, description.content)
        return keypoints.most_lasting(PHOTO_KEYPOINTS, rather)
    in_one = keypoints.in_one_polarity()
    if in_one is None:
        return keypoints.most_lasting(LOGO_KEYPOINTS)
    return in_one.most_lasting(LOGO_KEYPOINTS).in_both_polarities()


def _frame(reference: IndexedReference) -> tuple[float, float, float]:
    """The x and y of the centre of the visible part, and its long side."""
    left, top, right, bottom = reference.content
    return (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top)
