"""Embeddings of a segment's logos, a row a view, with the views' patches and each logo's background level."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.background import Levels
from brand_index.features.embedding import Embedded
from brand_index.features.views.parts import ALL_OF_IT, Shown
from brand_index.features.views.patches import packed_patches
from brand_index.index.parts.byte_fields import BytesPart, BytesWriter
from brand_index.index.parts.files import (
    CodesWriter,
    ColumnWriter,
    Writers,
    as_half,
    read_array,
    read_owners,
)
from brand_index.index.parts.lists.vectors import Vectors, read_vectors, write_vectors
from brand_index.index.parts.placed import RowsInForce

WHOLE = np.array([ALL_OF_IT], np.float32)


class EmbeddingPart:
    """Embeddings of logos, a row a view, compared by cosine, and the background levels of each logo."""

    def __init__(
        self,
        searched: Vectors,
        owners: NDArray[np.int32],
        levels: NDArray[np.float64],
        patches: BytesPart,
        shown: NDArray[np.float32],
    ) -> None:
        """`owners` map a row to the position of its logo in the segment, ascending; the others are by row, too."""
        self.searched, self.owners, self._levels, self._patches, self._shown = searched, owners, levels, patches, shown

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Read what an EmbeddingWriter wrote; the files stay on disk until they are accessed. Raises IndexUnusable."""
        searched = read_vectors(folder, name)
        levels, shown = (read_array(folder / f"{name}.{field}.npy") for field in ("levels", "shown"))
        patches = BytesPart.load(folder, f"{name}.patches")
        return cls(searched, read_owners(folder, name, searched.rows), levels, patches, shown)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many views each reference has, by position, as far as the last that has any."""
        return np.bincount(self.owners) if len(self.owners) else np.zeros(0, np.int64)

    def views_of(self, position: int) -> slice:
        """The rows of the views of the logo at this position."""
        begin, end = np.searchsorted(self.owners, [position, position + 1])
        return slice(int(begin), int(end))

    def nearest(
        self, vectors: NDArray[np.float32], count: int, rows: RowsInForce
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The cosines and rows, (N, count), of the nearest views in force; `count` is at most those there are."""
        return self.searched.nearest(vectors, count, rows)

    def vectors(self, rows: slice) -> NDArray[np.float32]:
        """The vectors, (N, D), of the views in these rows."""
        return self.searched.of(rows)

    def levels(self, row: int) -> Levels:
        """The background levels of the logo of the view in this row."""
        return Levels.from_array(self._levels[row])

    def patches(self, rows: Sequence[int] | slice) -> NDArray[np.int8]:
        """The patches, (N, P, W), of the views in these rows."""
        wanted = range(len(self._patches))[rows] if isinstance(rows, slice) else rows
        found = [self._patches.patches(row) for row in wanted]
        return np.stack(found) if found else np.zeros((0, 0, 0), np.int8)

    def shown(self, row: int) -> Shown:
        """What of its logo the view in this row shows."""
        left, top, right, bottom = (float(edge) for edge in self._shown[row])
        return left, top, right, bottom

    def shown_of(self, rows: slice) -> NDArray[np.float32]:
        """The same of several views, (N, 4)."""
        return np.array(self._shown[rows], np.float32)


class EmbeddingWriter(Writers):
    """Writes an EmbeddingPart; what is searched is made of its vectors when all of them are there."""

    def __init__(self, folder: Path, name: str, dimensions: int) -> None:
        self._folder, self._name, self._dimensions, self._rows = folder, name, dimensions, 0
        quantizer = faiss.ScalarQuantizer.QT_fp16
        empty = faiss.IndexScalarQuantizer(dimensions, quantizer, faiss.METRIC_INNER_PRODUCT)
        super().__init__(
            codes=CodesWriter(folder / f"{name}.faiss", empty),
            owners=ColumnWriter(folder / f"{name}.owners.npy", np.int32),
            levels=ColumnWriter(folder / f"{name}.levels.npy", np.float64, (4,)),
            shown=ColumnWriter(folder / f"{name}.shown.npy", np.float32, (4,)),
        )
        self._patches = BytesWriter(folder, f"{name}.patches")

    def add(self, position: int, views: Embedded, levels: Levels, shown: NDArray[np.float32]) -> None:
        """Add the views of the logo at this position, the positions ascending, and the logo's levels.

        `shown` is (V, 4), each as Shown; empty: all of the logo.
        """
        count = len(views.vectors)
        self._rows += count
        if count:
            self.append(
                codes=as_half(views.vectors),
                owners=np.full(count, position, np.int32),
                levels=np.tile(levels.to_array(), (count, 1)),
                shown=shown if len(shown) else np.tile(WHOLE, (count, 1)),
            )
            for each in views.patches:
                self._patches.add(np.frombuffer(packed_patches(each), np.uint8))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the files, unless something went wrong."""
        self._patches.__exit__(kind, error, trace)
        super().__exit__(kind, error, trace)

    def make_searchable(self, earlier: EmbeddingPart | None = None) -> None:
        """Write what is searched, once all files are complete; `earlier`: whose centroids may serve again."""
        known = None if earlier is None else earlier.searched
        write_vectors(self._folder, self._name, self._rows, self._dimensions, known)
