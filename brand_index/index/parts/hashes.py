"""Image hashes of references, searched by Hamming distance."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.hashing import TRANSFORMS, DihedralTransform, Hasher
from brand_index.index.parts.files import read_faiss, read_owners


@dataclass(frozen=True, slots=True)
class HashHit:
    """A reference whose hash is near that of the listing image after `transform`."""

    position: int
    distance: int  # bits
    transform: DihedralTransform


class HashPart:
    """Binary hashes of one hasher and one kind of reference."""

    def __init__(self, hasher: Hasher, index: Any, owners: NDArray[np.int32]) -> None:
        self._hasher, self._index, self._owners = hasher, index, owners

    @classmethod
    def build(cls, hasher: Hasher, rows: Iterable[tuple[int, NDArray[np.uint8]]]) -> "HashPart":
        """Build the part from (position, (bits / 8,) packed hash) rows."""
        pairs = list(rows)
        index = faiss.IndexBinaryFlat(hasher.bits)
        if pairs:
            index.add(np.stack([value for _, value in pairs]))
        return cls(hasher, index, np.array([position for position, _ in pairs], np.int32))

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.faiss and `name`.owners.npy into `folder`."""
        faiss.write_index_binary(self._index, str(folder / f"{name}.faiss"))
        np.save(folder / f"{name}.owners.npy", self._owners)

    @classmethod
    def load(cls, hasher: Hasher, folder: Path, name: str) -> "HashPart":
        """Read what `save` wrote. Raises IndexUnusable."""
        index = read_faiss(folder / f"{name}.faiss", faiss.read_index_binary)
        return cls(hasher, index, read_owners(folder, name, index.ntotal))

    def has(self, position: int) -> bool:
        """Whether the reference at this position of the catalog has a hash."""
        return bool((self._owners == position).any())

    def search(self, hashes: NDArray[np.uint8]) -> list[HashHit]:
        """The references within the hasher's distance of any of the (8, bits / 8) hashes, nearest first; each once."""
        if not len(self._owners):
            return []
        # FAISS keeps distances strictly below the radius.
        limits, distances, rows = self._index.range_search(hashes, self._hasher.max_distance + 1)
        best: dict[int, HashHit] = {}
        for row, transform in enumerate(TRANSFORMS):
            for hit_row in range(int(limits[row]), int(limits[row + 1])):
                hit = HashHit(int(self._owners[rows[hit_row]]), int(distances[hit_row]), transform)
                if hit.position not in best or hit.distance < best[hit.position].distance:
                    best[hit.position] = hit
        return sorted(best.values(), key=lambda hit: (hit.distance, hit.position))
