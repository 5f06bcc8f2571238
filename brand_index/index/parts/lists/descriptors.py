"""The search structure over the codes of a segment's descriptors: flat for few, inverted lists for many."""

from pathlib import Path
from typing import Any, Final, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.keypoints import DIMENSIONS
from brand_index.index.parts.codes import CODE_BYTES, centroids, decode
from brand_index.index.parts.files import read_array, read_faiss, write_faiss
from brand_index.index.parts.lists.centroids import trained
from brand_index.index.parts.lists.inverted import InvertedLists, are_listed, write_lists
from brand_index.index.parts.placed import RowsInForce

_faiss: Any = faiss  # its wrappers take other arguments than its types say
NEIGHBOURS: Final = 8  # of each query keypoint; the last is the background that the others must beat
EXACT_ROWS: Final = 2_000  # up to here a flat search is about as fast as inverted lists
LISTS: Final = 4  # inverted lists, times the square root of the rows, until each has
ROWS_A_LIST: Final = 256  # on average: what a search compares must not grow for ever
PROBES: Final = 16  # lists of that length searched for each query keypoint; of shorter and of longer ones fewer
LEAST_PROBES: Final = 8
# The coarse quantizer finds the nearest inverted lists by a graph over their centroids (HNSW, Malkov and Yashunin
# 2016): the links of each centroid, and the candidates kept during a search.
HNSW_LINKS: Final = 16
HNSW_SEARCH: Final = 24
TRAINING_ROWS: Final = 200_000
ROWS_A_CENTROID: Final = 10  # to train on, where these are more
MOST_LISTS: Final = 400_000  # what these are trained on takes half a gigabyte; more rows have longer lists
GROWTH: Final = 1.4  # times as many lists are due as there are centroids, up to which these serve


class Descriptors(Protocol):
    """The descriptors of a segment's keypoints: searched, and read by row."""

    rows: int  # how many there are

    def nearest(
        self, asked: NDArray[np.float32], count: int, rows: RowsInForce
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Squared distances and rows, (N, count), of the nearest descriptors in force; row −1: there are fewer."""
        ...

    def codes_of(self, rows: slice) -> NDArray[np.uint8]:
        """The codes, (N, CODE_BYTES), of these rows."""
        ...

    def centroids(self) -> NDArray[np.float32] | None:
        """The centroids of the inverted lists, (L, 128), whole numbers; None: there are no lists."""
        ...


class FlatDescriptors:
    """All descriptors, in the order of rows, compared with each asked for."""

    def __init__(self, codes: NDArray[np.uint8]) -> None:
        self._codes, self.rows = codes, len(codes)
        self._index: Any = None  # made when it is first searched: of earlier formats it never is

    def nearest(
        self, asked: NDArray[np.float32], count: int, rows: RowsInForce
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """As Descriptors."""
        if self._index is None:  # threads may make it twice, and never see half of it
            index = faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit_direct, faiss.METRIC_L2)
            index.train(decode(self._codes).astype(np.float32))
            index.add(decode(self._codes).astype(np.float32))
            self._index = index
        distances, found = self._index.search(asked, count, params=rows.parameters())
        return distances, found

    def codes_of(self, rows: slice) -> NDArray[np.uint8]:
        """As Descriptors."""
        return np.asarray(self._codes[rows])

    def centroids(self) -> None:
        """As Descriptors."""


class ListedDescriptors:
    """Descriptors in inverted lists, of which a search compares the nearest few."""

    def __init__(self, folder: Path, name: str) -> None:
        """Read what `write_descriptors` wrote; the codes stay on disk until accessed. Raises IndexUnusable."""
        self._inverted = InvertedLists(folder, name)
        self.rows = self._inverted.rows
        self._graph = read_faiss(folder / f"{name}.faiss")
        self._graph.hnsw.efSearch = HNSW_SEARCH  # an earlier build wrote another
        self._index = _empty(self._graph, len(self._inverted))
        self._inverted.fill(self._index)

    def nearest(
        self, asked: NDArray[np.float32], count: int, rows: RowsInForce
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """As Descriptors. More than are wanted are asked for until enough of them are in force."""
        wanted = count
        while True:
            distances, found = self._nearest(asked, wanted)
            in_force = rows.are_in_force(found)
            if in_force is None:
                return distances, found
            if bool(((in_force.sum(axis=1) >= count) | (found[:, -1] < 0)).all()):
                break
            wanted *= 2
        first = np.argsort(~in_force, axis=1, kind="stable")[:, :count]
        are_so = np.take_along_axis(in_force, first, 1)
        nearest = np.where(are_so, np.take_along_axis(distances, first, 1), np.finfo(np.float32).max)
        return nearest, np.where(are_so, np.take_along_axis(found, first, 1), -1)

    def codes_of(self, rows: slice) -> NDArray[np.uint8]:
        """As Descriptors."""
        return self._inverted.codes_of(rows)

    def centroids(self) -> NDArray[np.float32]:
        """As Descriptors."""
        storage = faiss.downcast_index(self._graph.storage)
        return np.asarray(storage.reconstruct_n(0, len(self._inverted)), np.float32)

    def _nearest(self, asked: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The nearest, in force or not."""
        length = self.rows / len(self._inverted) / ROWS_A_LIST
        probes = max(LEAST_PROBES, round(PROBES * min(length, 1 / length)))
        asked = np.ascontiguousarray(asked)
        far, lists = self._graph.search(asked, min(probes, len(self._inverted)))
        return self._inverted.search(self._index, asked, count, lists, far)


def read_descriptors(folder: Path, name: str) -> Descriptors:
    """What `write_descriptors` wrote, or an earlier format, which is not to be searched. Raises IndexUnusable."""
    if are_listed(folder, name):
        return ListedDescriptors(folder, name)
    return FlatDescriptors(read_array(folder / f"{name}.codes.npy"))


def write_descriptors(folder: Path, name: str, earlier: Descriptors | None = None) -> None:
    """Put the codes in the file `name`.codes.npy, in the order of rows, into inverted lists; few stay as they are.

    `earlier`: of some of them, whose centroids serve again unless GROWTH times as many lists are due, as of twice the
    rows; None: they are trained.
    """
    codes = read_array(folder / f"{name}.codes.npy")
    if (rows := len(codes)) <= EXACT_ROWS:
        return
    known = None if earlier is None else earlier.centroids()
    lists = min(max(int(LISTS * np.sqrt(rows)), rows // ROWS_A_LIST), MOST_LISTS)
    if known is None or lists > GROWTH * len(known):
        sample = min(rows, max(TRAINING_ROWS, ROWS_A_CENTROID * lists))
        chosen = np.random.default_rng(0).choice(rows, sample, replace=False, shuffle=False)
        known = np.clip(np.round(trained(decode(codes[np.sort(chosen)]), lists)), 0, 255)
    del codes
    graph = _hnsw_quantizer(known)
    write_faiss(folder / f"{name}.faiss", graph)
    write_lists(folder, name, len(known), lambda block: graph.search(decode(block).astype(np.float32), 1)[1][:, 0])


def _empty(graph: Any, lists: int) -> Any:
    """The trained index without rows; its codes are of the descriptors themselves, as the proof wants them."""
    index = faiss.IndexIVFPQ(graph, DIMENSIONS, lists, CODE_BYTES, 8, faiss.METRIC_L2)
    index.by_residual = False
    faiss.copy_array_to_vector(centroids().astype(np.float32).ravel(), index.pq.centroids)
    index.is_trained = True  # the lists' centroids are there, and those of the codes always are
    return index


def _hnsw_quantizer(known: NDArray[np.float32]) -> Any:
    """The HNSW graph over the centroids, built by one thread: several threads link them differently each time."""
    graph = _faiss.IndexHNSWSQ(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit_direct, HNSW_LINKS)
    graph.hnsw.efSearch = HNSW_SEARCH
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        graph.train(known)
        graph.add(known)
    finally:
        faiss.omp_set_num_threads(threads)
    return graph
