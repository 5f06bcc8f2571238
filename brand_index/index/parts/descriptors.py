"""The search structure over the codes of a segment's descriptors: flat for few, inverted lists for many.

The inverted lists are the only copy of the codes, in one array, list after list; a *slot* is a row of that array. A
keypoint's number, its *row*, is that of the order of references. Two numbers a keypoint lead from one to the other: the
row in each slot, ascending within a list, and the list of each row.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged
from brand_index.features.keypoints import DIMENSIONS
from brand_index.index.parts.codes import CODE_BYTES, centroids, decode
from brand_index.index.parts.files import ColumnWriter, Writers, read_array, read_faiss, write_faiss
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
BLOCK: Final = 100_000  # rows that are read and written at once
_OF_LISTS: Final = ("lists", "list_ends")  # the list of each row; where each list ends among the slots
_SHORT_NUMBERS: Final = 1 << 16  # lists whose numbers have two bytes
_ONE_LIST: Final = np.dtype([("size", np.uint64), ("capacity", np.uint64), ("offset", np.uint64)])  # as FAISS has it


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
        path = folder / f"{name}.codes.npy"
        codes = read_array(path)
        self._row_of, self._lists, ends = (read_array(folder / f"{name}.{each}.npy") for each in ("rows", *_OF_LISTS))
        self._ends, self.rows = np.array(ends, np.int64), len(codes)
        if {len(self._row_of), len(self._lists), int(self._ends[-1])} != {self.rows}:
            raise IndexDamaged(path, f"{self.rows} codes, and its lists say otherwise")
        self._graph = read_faiss(folder / f"{name}.faiss")
        self._graph.hnsw.efSearch = HNSW_SEARCH  # an earlier build wrote another
        self._inverted = _inverted_lists(path, self._ends)
        self._codes = _codes_in(self._inverted, codes.nbytes)  # mapped once: a process would count its pages twice
        self._index = _empty(self._graph, len(self._ends))
        self._index.replace_invlists(self._inverted, False)

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
        wanted = np.arange(*rows.indices(self.rows))
        lists = self._lists[rows].astype(np.int64)
        begins, ends = self._ends[lists - 1] * (lists > 0), self._ends[lists]
        while len(wanted) and bool((ends - begins > 1).any()):  # rows ascend within each list
            middles = (begins + ends) // 2
            before = self._row_of[np.minimum(middles, self.rows - 1)] <= wanted
            begins, ends = np.where(before, middles, begins), np.where(before, ends, middles)
        return np.asarray(self._codes[begins])

    def centroids(self) -> NDArray[np.float32]:
        """As Descriptors."""
        storage = faiss.downcast_index(self._graph.storage)
        return np.asarray(storage.reconstruct_n(0, len(self._ends)), np.float32)

    def _nearest(self, asked: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The nearest, in force or not. FAISS says in which list and where in it, for the lists have no ids."""
        asked = np.ascontiguousarray(asked)
        length = self.rows / len(self._ends) / ROWS_A_LIST
        probes = max(LEAST_PROBES, round(PROBES * min(length, 1 / length)))
        self._index.nprobe = min(probes, len(self._ends))
        far, lists = self._graph.search(asked, self._index.nprobe)
        distances, found = np.empty((len(asked), count), np.float32), np.empty((len(asked), count), np.int64)
        arrays = [faiss.swig_ptr(each) for each in (lists, far, distances, found)]
        self._index.search_preassigned_c(len(asked), faiss.swig_ptr(asked), count, *arrays, True)
        at_list, offset = found >> 32, found & 0xFFFFFFFF
        slots = self._ends[at_list - 1] * (at_list > 0) + offset
        rows = self._row_of[np.where(found < 0, 0, slots)].astype(np.int64)
        return distances, np.where(found < 0, -1, rows)


def read_descriptors(folder: Path, name: str) -> Descriptors:
    """What `write_descriptors` wrote, or an earlier format, which is not to be searched. Raises IndexUnusable."""
    if (folder / f"{name}.rows.npy").exists():
        return ListedDescriptors(folder, name)
    return FlatDescriptors(read_array(folder / f"{name}.codes.npy"))


def write_descriptors(folder: Path, name: str, earlier: Descriptors | None = None) -> None:
    """Put the codes in the file `name`.codes.npy, in the order of rows, into inverted lists; few stay as they are.

    Memory holds a BLOCK of them. `earlier`: of some of them, whose centroids serve again unless GROWTH times as many
    lists are due, as of twice the rows; None: they are trained.
    """
    by_row, path = folder / f"{name}.by_row.npy", folder / f"{name}.codes.npy"
    codes = read_array(path)
    if (rows := len(codes)) <= EXACT_ROWS:
        return
    known = None if earlier is None else earlier.centroids()
    lists = min(max(int(LISTS * np.sqrt(rows)), rows // ROWS_A_LIST), MOST_LISTS)
    if known is None or lists > GROWTH * len(known):
        sample = min(rows, max(TRAINING_ROWS, ROWS_A_CENTROID * lists))
        chosen = np.random.default_rng(0).choice(rows, sample, replace=False, shuffle=False)
        known = _trained(decode(codes[np.sort(chosen)]), lists)
    del codes
    path.rename(by_row)
    graph = _hnsw_quantizer(known)
    write_faiss(folder / f"{name}.faiss", graph)
    lists_path, ends_path = (folder / f"{name}.{each}.npy" for each in _OF_LISTS)
    short = len(known) <= _SHORT_NUMBERS
    _put(
        {"lists": ColumnWriter(lists_path, np.uint16 if short else np.uint32)},
        ({"lists": graph.search(decode(block).astype(np.float32), 1)[1][:, 0]} for _, block in _blocks(by_row)),
    )
    sizes = np.zeros(len(known), np.int64)
    for _, block in _blocks(lists_path):
        sizes += np.bincount(block, minlength=len(known))
    _put({"ends": ColumnWriter(ends_path, np.int64)}, [{"ends": np.cumsum(sizes)}])
    # What a full disk has no room for is noticed while zeros are written: a mapped page would kill the process.
    _put(
        {
            "codes": ColumnWriter(path, np.uint8, (CODE_BYTES,)),
            "rows": ColumnWriter(folder / f"{name}.rows.npy", np.uint32),
        },
        (
            {"codes": np.zeros(block.shape, np.uint8), "rows": np.zeros(len(block), np.uint32)}
            for _, block in _blocks(by_row)
        ),
    )
    slotted, row_of = (np.load(folder / f"{name}.{each}.npy", mmap_mode="r+") for each in ("codes", "rows"))
    next_slots, lists_of = np.cumsum(sizes) - sizes, read_array(lists_path)
    for begin, block in _blocks(by_row):
        numbers = np.array(lists_of[begin : begin + len(block)], np.int64)
        order = np.argsort(numbers, kind="stable")
        counts = np.bincount(numbers, minlength=len(known))
        in_list = np.arange(len(block)) - np.repeat(np.cumsum(counts) - counts, counts)
        slots = np.repeat(next_slots, counts) + in_list
        slotted[slots], row_of[slots] = block[order], begin + order
        next_slots += counts
    for each in (slotted, row_of):
        each.flush()
    by_row.unlink()


def _blocks(path: Path) -> Iterator[tuple[int, NDArray[Any]]]:
    """The rows of a file, BLOCK at a time, and the number of the first of each."""
    rows = read_array(path)
    return ((begin, np.array(rows[begin : begin + BLOCK])) for begin in range(0, len(rows), BLOCK))


def _put(files: dict[str, ColumnWriter], blocks: Iterable[dict[str, NDArray[Any]]]) -> None:
    """Write rows into the files of these names."""
    with Writers(**files) as writers:
        for block in blocks:
            writers.append(**block)


def _inverted_lists(path: Path, ends: NDArray[np.int64]) -> Any:
    """FAISS's inverted lists over the codes in a NumPy file; where it expects ids is nothing that it may read."""
    codes = np.load(path, mmap_mode="r", allow_pickle=False)
    begins = np.concatenate([[0], ends[:-1]])
    each = np.zeros(len(ends), _ONE_LIST)
    each["size"] = each["capacity"] = ends - begins
    each["offset"] = codes.offset + CODE_BYTES * begins
    lists = _faiss.OnDiskInvertedLists()
    lists.nlist, lists.code_size, lists.filename, lists.read_only = len(ends), CODE_BYTES, str(path), True
    lists.totsize = path.stat().st_size
    lists.lists.resize(len(ends))
    faiss.memcpy(lists.lists.data(), faiss.swig_ptr(each.view(np.uint8)), each.nbytes)
    lists.prefetch_nthread = 0  # the system reads ahead; threads would take the cores of other workers
    lists.do_mmap()
    return lists


def _codes_in(lists: Any, size: int) -> NDArray[np.uint8]:
    """The codes, (N, CODE_BYTES), that are the last `size` bytes of the file of `lists`, which must outlive them."""
    mapped = faiss.rev_swig_ptr(lists.ptr, lists.totsize)
    return np.asarray(mapped[lists.totsize - size :]).reshape(-1, CODE_BYTES)


def _empty(graph: Any, lists: int) -> Any:
    """The trained index without rows; its codes are of the descriptors themselves, as the proof wants them."""
    index = faiss.IndexIVFPQ(graph, DIMENSIONS, lists, CODE_BYTES, 8, faiss.METRIC_L2)
    index.by_residual = False
    faiss.copy_array_to_vector(centroids().astype(np.float32).ravel(), index.pq.centroids)
    index.is_trained = True  # the lists' centroids are there, and those of the codes always are
    return index


def _trained(sample: NDArray[np.uint8], lists: int) -> NDArray[np.float32]:
    """The centroids, (lists, D), of the (N, D) sample, in whole numbers: of a few parts of it, and of each of these.

    That takes less time than all centroids at once by the square root of their number.
    """
    few, blocks = _k_means(sample, int(np.sqrt(lists))), range(0, len(sample), BLOCK)
    parts = np.concatenate([faiss.knn(sample[at : at + BLOCK].astype(np.float32), few, 1)[1][:, 0] for at in blocks])
    ends = np.round(np.cumsum(np.bincount(parts, minlength=len(few))) * (lists / len(sample))).astype(int)
    counts = np.diff(ends, prepend=0)  # of a part as many centroids as it has of the sample
    found = [_k_means(sample[parts == part], int(counts[part])) for part in np.flatnonzero(counts)]
    return np.asarray(np.clip(np.round(np.concatenate(found)), 0, 255), np.float32)


def _k_means(sample: NDArray[np.uint8], count: int) -> NDArray[np.float32]:
    """The centroids, (count, D), of the (N, D) sample, of which FAISS uses a part if it is large."""
    clustering = faiss.Clustering(DIMENSIONS, count)
    clustering.niter = 8  # lists need only be of even length; more rounds change recall by less than a tenth of a point
    clustering.min_points_per_centroid = 1
    step = max(1, len(sample) // (clustering.max_points_per_centroid * count))
    clustering.train(sample[::step].astype(np.float32), faiss.IndexFlatL2(DIMENSIONS))
    return np.asarray(faiss.vector_to_array(clustering.centroids), np.float32).reshape(count, DIMENSIONS)


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
