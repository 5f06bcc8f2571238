"""The search structure over the vectors of a segment's views, compared by cosine: flat for few, lists for many."""

from pathlib import Path
from typing import Any, Final, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.index.parts.files import ColumnWriter, Writers, codes_of, read_faiss, write_faiss
from brand_index.index.parts.lists.centroids import trained
from brand_index.index.parts.lists.inverted import BLOCK, InvertedLists, are_listed, write_lists
from brand_index.index.parts.placed import RowsInForce

EXACT_ROWS: Final = 60_000  # up to here a flat search takes less than twice as long as inverted lists
ROWS_A_LIST: Final = 256  # on average
PROBES: Final = 128  # lists that are searched: what an image shows has few near vectors, far ones lie in many lists
ROWS_A_CENTROID: Final = 64  # to train on
GROWTH: Final = 1.4  # times as many lists are due as there are centroids, up to which these serve


class Vectors(Protocol):
    """The vectors of a segment's views, of length 1: searched, and read by row."""

    rows: int  # how many there are

    def nearest(
        self, asked: NDArray[np.float32], count: int, rows: RowsInForce
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The cosines and rows, (N, count), of the nearest vectors in force; `count` is at most those there are."""
        ...

    def of(self, rows: slice) -> NDArray[np.float32]:
        """The vectors, (N, D), in these rows."""
        ...

    def centroids(self) -> NDArray[np.float32] | None:
        """The centroids of the inverted lists, (L, D); None: there are no lists."""
        ...


class FlatVectors:
    """All vectors, in the order of rows, compared with each asked for."""

    def __init__(self, index: Any) -> None:
        self._index, self.rows = index, int(index.ntotal)

    def nearest(
        self, asked: NDArray[np.float32], count: int, rows: RowsInForce
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """As Vectors."""
        cosines, found = self._index.search(asked, count, params=rows.parameters())
        return cosines, found

    def of(self, rows: slice) -> NDArray[np.float32]:
        """As Vectors."""
        return np.asarray(self._index.reconstruct_n(rows.start, rows.stop - rows.start), np.float32)

    def centroids(self) -> None:
        """As Vectors."""


class ListedVectors:
    """Vectors in inverted lists, of which a search compares the nearest."""

    def __init__(self, folder: Path, name: str) -> None:
        """Read what `write_vectors` wrote; the codes stay on disk until accessed. Raises IndexUnusable."""
        self._inverted = InvertedLists(folder, name)
        self.rows = self._inverted.rows
        self._coarse = read_faiss(folder / f"{name}.faiss")
        self._index = faiss.IndexIVFScalarQuantizer(
            self._coarse,
            self._coarse.d,
            len(self._inverted),
            faiss.ScalarQuantizer.QT_fp16,
            faiss.METRIC_INNER_PRODUCT,
            False,
        )
        self._index.is_trained = True  # sixteen bits need no training, and the lists' centroids are there
        self._inverted.fill(self._index)

    def nearest(
        self, asked: NDArray[np.float32], count: int, rows: RowsInForce
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """As Vectors. More lists are searched, and more is asked for, until enough is found that is in force."""
        probes, wanted = min(PROBES, len(self._inverted)), count
        while True:
            near, lists = self._coarse.search(np.ascontiguousarray(asked), probes)
            cosines, found = self._inverted.search(self._index, asked, wanted, lists, near)
            in_force = rows.are_in_force(found)
            kept = found >= 0 if in_force is None else in_force
            if bool((kept.sum(axis=1) >= count).all()):
                break
            probes, wanted = min(2 * probes, len(self._inverted)), min(2 * wanted, self.rows)
        first = np.argsort(~kept, axis=1, kind="stable")[:, :count]
        return np.take_along_axis(cosines, first, 1), np.take_along_axis(found, first, 1)

    def of(self, rows: slice) -> NDArray[np.float32]:
        """As Vectors."""
        return self._inverted.codes_of(rows).view(np.float16).astype(np.float32)

    def centroids(self) -> NDArray[np.float32]:
        """As Vectors."""
        return np.asarray(self._coarse.reconstruct_n(0, len(self._inverted)), np.float32)


def read_vectors(folder: Path, name: str) -> Vectors:
    """What a CodesWriter wrote, and `write_vectors` where it did. Raises IndexUnusable."""
    if are_listed(folder, name):
        return ListedVectors(folder, name)
    return FlatVectors(read_faiss(folder / f"{name}.faiss"))


def write_vectors(folder: Path, name: str, rows: int, dimensions: int, earlier: Vectors | None = None) -> None:
    """Put the vectors in the flat file `name`.faiss into inverted lists; few stay as they are.

    `earlier`: of some of them, whose centroids serve again unless GROWTH times as many lists are due; None: they are
    trained.
    """
    if rows <= EXACT_ROWS:
        return
    path = folder / f"{name}.faiss"
    codes = codes_of(path, rows, 2 * dimensions)
    lists = rows // ROWS_A_LIST
    known = None if earlier is None else earlier.centroids()
    if known is None or lists > GROWTH * len(known):
        sample = min(rows, ROWS_A_CENTROID * lists)
        chosen = np.random.default_rng(0).choice(rows, sample, replace=False, shuffle=False)
        known = trained(codes[np.sort(chosen)].view(np.float16), lists, of_directions=True)
    with Writers(codes=ColumnWriter(folder / f"{name}.codes.npy", np.uint8, (2 * dimensions,))) as writer:
        for begin in range(0, rows, BLOCK):
            writer.append(codes=codes[begin : begin + BLOCK])
    del codes
    coarse = faiss.IndexFlatIP(dimensions)
    coarse.add(np.ascontiguousarray(known))
    write_faiss(path, coarse)
    write_lists(
        folder,
        name,
        len(known),
        lambda block: coarse.search(block.view(np.float16).astype(np.float32), 1)[1][:, 0],
    )
