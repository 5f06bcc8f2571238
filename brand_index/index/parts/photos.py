"""Whole photos' vectors, searched by cosine, where the marketplace has a descriptor of its own; most have none."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.index.parts.files import as_half, read_faiss, read_owners


@dataclass(frozen=True, slots=True)
class PhotoHit:
    """A registered photo similar to an image as a whole."""

    position: int
    cosine: float


class PhotoPart:
    """A vector for each registered photo, compared by cosine."""

    def __init__(self, index: Any, owners: NDArray[np.int32]) -> None:
        self._index, self._owners = index, owners

    @classmethod
    def build(cls, dimensions: int, rows: Iterable[tuple[int, NDArray[np.float32]]]) -> "PhotoPart":
        """Build the part from (position, (dimensions,) unit vector) rows; `dimensions` 0: there are none."""
        kept = list(rows) if dimensions else []
        index = faiss.IndexScalarQuantizer(
            max(1, dimensions), faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        if kept:
            index.add(as_half(np.stack([vector for _, vector in kept])))
        return cls(index, np.array([position for position, _ in kept], np.int32))

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.faiss and `name`.owners.npy into `folder`."""
        faiss.write_index(self._index, str(folder / f"{name}.faiss"))
        np.save(folder / f"{name}.owners.npy", self._owners)

    @classmethod
    def load(cls, folder: Path, name: str) -> "PhotoPart":
        """Read what `save` wrote. Raises IndexUnusable."""
        index = read_faiss(folder / f"{name}.faiss", faiss.read_index)
        return cls(index, read_owners(folder, name, index.ntotal))

    def search(self, vector: NDArray[np.float32], count: int) -> list[PhotoHit]:
        """The `count` photos most similar to a (D,) unit vector, most similar first; none for an empty one."""
        if not len(self._owners) or not len(vector):
            return []
        cosines, rows = self._index.search(vector[None], min(count, len(self._owners)))
        return [
            PhotoHit(int(self._owners[row]), float(cosine)) for cosine, row in zip(cosines[0], rows[0], strict=True)
        ]
