"""Codes in inverted lists on disk, list after list, in one array and without ids; what they mean is up to others.

A *slot* is a row of that array. A code's number, its *row*, is that of the order of references. Two numbers a code lead
from one to the other: the row in each slot, ascending within a list, and the list of each row.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged
from brand_index.index.parts.files import ColumnWriter, Writers, read_array

_faiss: Any = faiss  # its wrappers take other arguments than its types say
BLOCK: Final = 100_000  # rows that are read and written at once
_OF_LISTS: Final = ("lists", "list_ends")  # the list of each row; where each list ends among the slots
_SHORT_NUMBERS: Final = 1 << 16  # lists whose numbers have two bytes
_ONE_LIST: Final = np.dtype([("size", np.uint64), ("capacity", np.uint64), ("offset", np.uint64)])  # as FAISS has it
Assigned = Callable[[NDArray[np.uint8]], NDArray[np.int64]]
"""The number of the list, (N,), of each of the (N, B) codes."""


class InvertedLists:
    """Codes in inverted lists, which a FAISS index of theirs searches."""

    def __init__(self, folder: Path, name: str) -> None:
        """Read what `write_lists` wrote; the codes stay on disk until accessed. Raises IndexUnusable."""
        path = folder / f"{name}.codes.npy"
        codes = read_array(path)
        self._row_of, self._lists, ends = (read_array(folder / f"{name}.{each}.npy") for each in ("rows", *_OF_LISTS))
        self._ends, self.rows = np.array(ends, np.int64), len(codes)
        if {len(self._row_of), len(self._lists), int(self._ends[-1])} != {self.rows}:
            raise IndexDamaged(path, f"{self.rows} codes, and its lists say otherwise")
        self._inverted = _on_disk(path, self._ends, codes.shape[1])
        self._codes = _codes_in(self._inverted, codes.shape)  # mapped once: a process would count its pages twice

    def __len__(self) -> int:
        """How many lists there are."""
        return len(self._ends)

    def fill(self, index: Any) -> None:
        """Make these the lists of a trained inverted-file index of FAISS, which they must outlive."""
        index.replace_invlists(self._inverted, False)

    def search(
        self, index: Any, asked: NDArray[np.float32], count: int, lists: NDArray[np.int64], far: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """What `index` finds nearest in these (N, P) lists of each of the (N, D), how near and its rows; −1: nothing.

        FAISS says in which list it is and where in it, for the lists have no ids.
        """
        distances, found = np.empty((len(asked), count), np.float32), np.empty((len(asked), count), np.int64)
        asked = np.ascontiguousarray(asked)  # which must last as long as the search
        how = _faiss.SearchParametersIVF(nprobe=lists.shape[1])  # not of the index: threads may search otherwise
        arrays = [faiss.swig_ptr(each) for each in (lists, far, distances, found)]
        index.search_preassigned_c(len(asked), faiss.swig_ptr(asked), count, *arrays, True, how)
        at_list, offset = found >> 32, found & 0xFFFFFFFF
        slots = self._ends[at_list - 1] * (at_list > 0) + offset
        rows = self._row_of[np.where(found < 0, 0, slots)].astype(np.int64)
        return distances, np.where(found < 0, -1, rows)

    def codes_of(self, rows: slice) -> NDArray[np.uint8]:
        """The codes, (N, B), of these rows."""
        wanted = np.arange(*rows.indices(self.rows))
        lists = self._lists[rows].astype(np.int64)
        begins, ends = self._ends[lists - 1] * (lists > 0), self._ends[lists]
        while len(wanted) and bool((ends - begins > 1).any()):  # rows ascend within each list
            middles = (begins + ends) // 2
            before = self._row_of[np.minimum(middles, self.rows - 1)] <= wanted
            begins, ends = np.where(before, middles, begins), np.where(before, ends, middles)
        return np.asarray(self._codes[begins])


def are_listed(folder: Path, name: str) -> bool:
    """Whether `write_lists` wrote what has this name."""
    return (folder / f"{name}.rows.npy").exists()


def write_lists(folder: Path, name: str, lists: int, assigned: Assigned) -> None:
    """Put the codes in the file `name`.codes.npy, in the order of rows, into so many lists, as `assigned` says.

    Memory holds a BLOCK of them.
    """
    by_row, path = folder / f"{name}.by_row.npy", folder / f"{name}.codes.npy"
    path.rename(by_row)
    lists_path, ends_path = (folder / f"{name}.{each}.npy" for each in _OF_LISTS)
    _put(
        {"lists": ColumnWriter(lists_path, np.uint16 if lists <= _SHORT_NUMBERS else np.uint32)},
        ({"lists": assigned(block)} for _, block in _blocks(by_row)),
    )
    sizes = np.zeros(lists, np.int64)
    for _, block in _blocks(lists_path):
        sizes += np.bincount(block, minlength=lists)
    _put({"ends": ColumnWriter(ends_path, np.int64)}, [{"ends": np.cumsum(sizes)}])
    # What a full disk has no room for is noticed while zeros are written: a mapped page would kill the process.
    _put(
        {
            "codes": ColumnWriter(path, np.uint8, None),
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
        counts = np.bincount(numbers, minlength=lists)
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


def _on_disk(path: Path, ends: NDArray[np.int64], code_bytes: int) -> Any:
    """FAISS's inverted lists over the codes in a NumPy file; where it expects ids is nothing that it may read."""
    codes = np.load(path, mmap_mode="r", allow_pickle=False)
    begins = np.concatenate([[0], ends[:-1]])
    each = np.zeros(len(ends), _ONE_LIST)
    each["size"] = each["capacity"] = ends - begins
    each["offset"] = codes.offset + code_bytes * begins
    lists = _faiss.OnDiskInvertedLists()
    lists.nlist, lists.code_size, lists.filename, lists.read_only = len(ends), code_bytes, str(path), True
    lists.totsize = path.stat().st_size
    lists.lists.resize(len(ends))
    faiss.memcpy(lists.lists.data(), faiss.swig_ptr(each.view(np.uint8)), each.nbytes)
    lists.prefetch_nthread = 0  # the system reads ahead; threads would take the cores of other workers
    lists.do_mmap()
    return lists


def _codes_in(lists: Any, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The (N, B) codes at the end of the file of `lists`, which must outlive them."""
    mapped = faiss.rev_swig_ptr(lists.ptr, lists.totsize)
    return np.asarray(mapped[lists.totsize - shape[0] * shape[1] :]).reshape(shape)
