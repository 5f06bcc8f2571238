"""Whole photos' vectors, searched by cosine, where the marketplace has a descriptor of its own; most have none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.index.parts.files import CodesWriter, ColumnWriter, Writers, as_half, read_faiss, read_owners
from brand_index.index.parts.placed import Order, Placed, RowsInForce, best_first, by_position


@dataclass(frozen=True, slots=True)
class PhotoHit:
    """A registered photo similar to an image as a whole."""

    position: int
    cosine: float


class PhotoPart:
    """A vector for each registered photo, compared by cosine."""

    def __init__(self, index: Any, owners: NDArray[np.int32]) -> None:
        self._index, self.owners = index, owners

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Read what a PhotoWriter wrote. Raises IndexUnusable."""
        index = read_faiss(folder / f"{name}.faiss")
        return cls(index, read_owners(folder, name, index.ntotal))

    def of(self, position: int) -> NDArray[np.float32]:
        """The (D,) vector of the photo at this position; empty: photos are not embedded."""
        row = int(np.searchsorted(self.owners, position))
        if row == len(self.owners) or int(self.owners[row]) != position:
            return np.zeros(0, np.float32)
        return np.asarray(self._index.reconstruct(row), np.float32)

    def nearest(self, vector: NDArray[np.float32], count: int, rows: RowsInForce) -> list[PhotoHit]:
        """The `count` photos in force that are most similar to a (D,) unit vector."""
        count = min(count, rows.count)
        if not count:
            return []
        cosines, found = self._index.search(vector[None], count, params=rows.parameters())
        pairs = zip(found[0].tolist(), cosines[0].tolist(), strict=True)
        return [PhotoHit(int(self.owners[row]), cosine) for row, cosine in pairs if row >= 0]


class PhotoWriter(Writers):
    """Writes a PhotoPart."""

    def __init__(self, folder: Path, name: str, dimensions: int) -> None:
        """`dimensions` 0: photos are not embedded."""
        quantizer = faiss.ScalarQuantizer.QT_fp16
        empty = faiss.IndexScalarQuantizer(max(1, dimensions), quantizer, faiss.METRIC_INNER_PRODUCT)
        owners = ColumnWriter(folder / f"{name}.owners.npy", np.int32)
        super().__init__(codes=CodesWriter(folder / f"{name}.faiss", empty), owners=owners)

    def add(self, position: int, vector: NDArray[np.float32]) -> None:
        """Add the (D,) unit vector of the photo at this position, the positions ascending; nothing for an empty one."""
        if len(vector):
            self.append(codes=as_half(vector[None]), owners=np.array([position]))


class PhotoSearch:
    """The photos of several segments."""

    def __init__(self, parts: Sequence[Placed[PhotoPart]], order: Order = by_position) -> None:
        rows = [RowsInForce.of(placed.part.owners, placed.withdrawn) for placed in parts]
        self._parts, self._order = list(zip(parts, rows, strict=True)), order

    def search(self, vector: NDArray[np.float32], count: int) -> list[PhotoHit]:
        """The `count` photos most similar to a (D,) unit vector, most similar first; none for an empty one."""
        if not len(vector):
            return []
        found = [
            PhotoHit(placed.start + hit.position, hit.cosine)
            for placed, rows in self._parts
            for hit in placed.part.nearest(vector, count, rows)
        ]
        ranked = best_first([-hit.cosine for hit in found], [hit.position for hit in found], self._order)
        return [found[at] for at in ranked[:count]]
