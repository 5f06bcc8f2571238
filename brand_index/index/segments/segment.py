"""One open segment: reads what was written into its folder; it searches nothing and changes nothing."""

from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from brand_index.errors import IndexDamaged, MarkscanError
from brand_index.features.description import ReferenceDescription
from brand_index.features.embedding import Embedded
from brand_index.features.hashing import HASHERS
from brand_index.features.photos.assessment import Assessment
from brand_index.index.catalog import Catalog
from brand_index.index.parts import BytesPart, EmbeddingPart, HashPart, KeypointPart, PhotoPart, SegmentWords
from brand_index.index.parts.files import read_array
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
    check_sizes,
    read_segment_files,
)
from brand_index.types import IMAGE_KINDS


class Segment:
    """The catalog and the parts of one segment; positions are those of its catalog."""

    def __init__(self, folder: Path) -> None:
        """Raises IndexDamaged, or whatever the readers of damaged files raise: use `open`."""
        self.folder, record = folder, read_segment_files(folder)
        check_sizes(folder, record.files)
        self.catalog = Catalog.load(folder)
        self.hashes = {
            (hasher.name, kind): HashPart.load(hasher, folder, f"{hasher.name}-{kind.value}")
            for hasher in HASHERS
            for kind in IMAGE_KINDS
        }
        self.keypoints = {kind: KeypointPart.load(folder, f"keypoints-{kind.value}") for kind in IMAGE_KINDS}
        self.embeddings, self.photos = EmbeddingPart.load(folder, EMBEDDINGS), PhotoPart.load(folder, PHOTOS)
        self.plates, self.thumbnails, self.goods = (
            BytesPart.load(folder, each) for each in (PLATES, THUMBNAILS, GOODS)
        )
        arrays = (HUES_FILE, TINTS_FILE, ASSESSMENTS)
        self.hues, self.tints, self.assessments = (read_array(folder / name) for name in arrays)

    @cached_property
    def words(self) -> SegmentWords:
        """The words. Raises IndexDamaged."""
        return SegmentWords.load(self.folder, WORDS)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The segment in `folder`. Raises IndexDamaged."""
        try:
            segment = cls(folder)
            segment.words  # noqa: B018 - to be sure that they can be read
        except MarkscanError:
            raise
        except Exception as error:  # damage has as many faces as its readers: NumPy, FAISS and JSON
            raise IndexDamaged(folder, f"is damaged ({error!r})") from error
        return segment

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.folder.name

    def description(self, position: int) -> ReferenceDescription:
        """What was written of the reference at this position, as it was described."""
        reference = self.catalog[position]
        views = self.embeddings.views_of(position)
        is_logo = views.stop > views.start
        assessment = np.asarray(self.assessments[position], np.float64)
        return ReferenceDescription(
            width=reference.width,
            height=reference.height,
            content=reference.content,
            hashes=tuple(self.hashes[hasher.name, reference.kind].of(position) for hasher in HASHERS),
            keypoints=self.keypoints[reference.kind].of(position),
            photo_vector=self.photos.of(position),
            views=Embedded(self.embeddings.vectors(views), self.embeddings.patches(views)),
            levels=self.embeddings.levels(views.start) if is_logo else None,
            thumbnail=self.thumbnails.bytes_of(position),
            hues=np.array(self.hues[position]),
            tints=np.array(self.tints[position]),
            plate=self.plates.bytes_of(position),
            goods=self.goods.goods(position),
            assessment=None if np.isnan(assessment[0]) else Assessment.from_array(assessment),
            shown=self.embeddings.shown_of(views),
        )
