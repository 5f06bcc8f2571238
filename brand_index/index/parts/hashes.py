"""Image hashes of references, searched by Hamming distance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.hashing import TRANSFORMS, DihedralTransform, Hasher
from brand_index.index.parts.files import CodesWriter, ColumnWriter, Writers, codes_of, read_faiss, read_owners
from brand_index.index.parts.placed import Order, Placed, best_first, by_position


@dataclass(frozen=True, slots=True)
class HashHit:
    """A reference whose hash is near that of the listing image after `transform`."""

    position: int
    distance: int  # bits
    transform: DihedralTransform


class HashPart:
    """Binary hashes of one hasher and one kind of reference."""

    def __init__(self, hasher: Hasher, index: Any, owners: NDArray[np.int32], codes: NDArray[np.uint8]) -> None:
        self._hasher, self._index, self._owners, self._codes = hasher, index, owners, codes

    @classmethod
    def load(cls, hasher: Hasher, folder: Path, name: str) -> Self:
        """Read what a HashWriter wrote. Raises IndexUnusable."""
        path = folder / f"{name}.faiss"
        index = read_faiss(path, faiss.read_index_binary)
        owners = read_owners(folder, name, index.ntotal)
        return cls(hasher, index, owners, codes_of(path, index.ntotal, hasher.bits // 8))

    def of(self, position: int) -> NDArray[np.uint8] | None:
        """The hash, (bits / 8,), of the reference at this position; None: it has none."""
        row = int(np.searchsorted(self._owners, position))
        has = row < len(self._owners) and int(self._owners[row]) == position
        return np.array(self._codes[row]) if has else None

    def near(self, hashes: NDArray[np.uint8]) -> Iterator[HashHit]:
        """All references within the hasher's distance of any of the (8, bits / 8) hashes, for each of these."""
        if not len(self._owners):
            return
        # FAISS keeps distances strictly below the radius.
        limits, distances, rows = self._index.range_search(hashes, self._hasher.max_distance + 1)
        for row, transform in enumerate(TRANSFORMS):
            for hit in range(int(limits[row]), int(limits[row + 1])):
                yield HashHit(int(self._owners[rows[hit]]), int(distances[hit]), transform)


class HashWriter(Writers):
    """Writes a HashPart."""

    def __init__(self, hasher: Hasher, folder: Path, name: str) -> None:
        super().__init__(
            codes=CodesWriter(folder / f"{name}.faiss", faiss.IndexBinaryFlat(hasher.bits)),
            owners=ColumnWriter(folder / f"{name}.owners.npy", np.int32),
        )

    def add(self, position: int, value: NDArray[np.uint8] | None) -> None:
        """Add the (bits / 8,) packed hash of the reference at this position, the positions ascending; None: nothing."""
        if value is not None:
            self.append(codes=value[None], owners=np.array([position]))


def near_hashes(
    parts: Sequence[Placed[HashPart]], hashes: NDArray[np.uint8], order: Order = by_position
) -> list[HashHit]:
    """The references within the hasher's distance of any of the (8, bits / 8) hashes, nearest first; each once."""
    best: dict[int, HashHit] = {}
    for placed in parts:
        for hit in placed.part.near(hashes):
            if placed.holds(hit.position):
                position = placed.start + hit.position
                if position not in best or hit.distance < best[position].distance:
                    best[position] = HashHit(position, hit.distance, hit.transform)
    hits = list(best.values())
    ranked = best_first([hit.distance for hit in hits], [hit.position for hit in hits], order)
    return [hits[at] for at in ranked]
