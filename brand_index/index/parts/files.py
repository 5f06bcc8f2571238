"""Reads and writes the files of an index's parts, row after row; what the rows mean is up to the parts."""

import contextlib
import io
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import faiss
import numpy as np
from numpy.typing import DTypeLike, NDArray

from brand_index.errors import IndexDamaged

MAPPED: Final = faiss.IO_FLAG_MMAP_IFC  # pages that all processes of a host share
_TOTAL_AT: Final = {False: 8, True: 12}  # where a FAISS file of vectors, and one of bits, says how many rows it has


def read_faiss(path: Path, reader: Any = faiss.read_index) -> Any:
    """The FAISS index that `reader` reads from a file, which stays on disk until accessed. Raises IndexDamaged."""
    try:
        return reader(str(path), MAPPED)
    except RuntimeError as error:  # FAISS raises it for missing and for damaged files
        raise IndexDamaged(path, f"cannot be read ({error})") from error


def read_array(path: Path) -> NDArray[Any]:
    """An array that stays on disk until it is accessed. Raises IndexDamaged."""
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError) as error:
        raise IndexDamaged(path, f"cannot be read ({error})") from error


def write_faiss(path: Path, index: Any) -> None:
    """Write a FAISS index. Raises OSError: by itself FAISS raises RuntimeError where the disk is full."""
    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]  # not in its stubs


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array, which is held twice meanwhile. Raises OSError, with the number that NumPy's own lacks."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    path.write_bytes(file.getbuffer())


def read_owners(folder: Path, name: str, rows: int) -> NDArray[np.int32]:
    """The owners of a part's `rows`, as positions in the catalog. Raises IndexDamaged."""
    owners = read_array(folder / f"{name}.owners.npy")
    if len(owners) != rows:
        raise IndexDamaged(folder / name, f"{rows} rows but {len(owners)} owners")
    return owners


def as_half(vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The codes, (N, 2 D), of vectors rounded to 16 bits as NumPy rounds them, and so the cache of descriptions.

    FAISS rounds ties up where NumPy rounds them to even. An index of new descriptions would differ from one of cached
    descriptions in the last bit.
    """
    return np.ascontiguousarray(vectors, np.float16).view(np.uint8).reshape(len(vectors), -1)


class ColumnWriter:
    """Writes an array row by row, so that memory holds none of it; the file is complete once it is closed."""

    def __init__(self, path: Path, dtype: DTypeLike, row: tuple[int, ...] | None = ()) -> None:
        """`row` is the shape of a row; None: that of the first one (without any, no columns)."""
        self._file, self._dtype, self._row = path.open("wb"), np.dtype(dtype), row
        self.rows = 0

    def append(self, rows: NDArray[Any]) -> None:
        """Add (N, …) rows."""
        block = np.ascontiguousarray(rows, self._dtype)
        if self._row is None:
            self._row = block.shape[1:]
        if block.shape[1:] != self._row:
            raise ValueError(f"rows of shape {block.shape[1:]} in {self._file.name}, which has {self._row}")
        if not self.rows:
            self._write_header()
        self._file.write(block.tobytes())
        self.rows += len(block)

    def close(self) -> None:
        """Say how many rows there are."""
        self._write_header()
        self._file.close()

    def abandon(self) -> None:
        """Close the file as it is, which may fail on a full disk: what is in it does not matter any more."""
        with contextlib.suppress(OSError):
            self._file.close()

    def _write_header(self) -> None:
        """NumPy leaves room in it for any number of rows, so that it can be written again."""
        self._file.seek(0)
        row = (0, 0) if self._row is None else self._row
        shape = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": (self.rows, *row)}
        np.lib.format.write_array_header_1_0(self._file, shape)
        self._file.seek(0, os.SEEK_END)


class CodesWriter:
    """Writes the file of a flat FAISS index code by code, as FAISS itself would write it from memory."""

    def __init__(self, path: Path, empty: Any) -> None:
        """`empty` is the index without rows, of vectors or of bits."""
        is_binary = isinstance(empty, faiss.IndexBinary)
        serialize = faiss.serialize_index_binary if is_binary else faiss.serialize_index
        head = serialize(empty).tobytes()  # it ends with the number of bytes of the codes: none
        self._file, self._head, self._total_at = path.open("wb"), len(head), _TOTAL_AT[is_binary]
        self._file.write(head)
        self.rows = self._bytes = 0

    def append(self, codes: NDArray[np.uint8]) -> None:
        """Add (N, bytes) codes."""
        self._file.write(np.ascontiguousarray(codes, np.uint8).tobytes())
        self.rows, self._bytes = self.rows + len(codes), self._bytes + codes.size

    def close(self) -> None:
        """Say how many rows there are."""
        for at, number in ((self._total_at, self.rows), (self._head - 8, self._bytes)):
            self._file.seek(at)
            self._file.write(number.to_bytes(8, "little"))
        self._file.close()

    def abandon(self) -> None:
        """Close the file as it is, which may fail on a full disk: what is in it does not matter any more."""
        with contextlib.suppress(OSError):
            self._file.close()


class Writers:
    """Several files that are written together: all are completed in the end, or closed as they are after an error."""

    def __init__(self, **files: ColumnWriter | CodesWriter) -> None:
        self._files = files

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def append(self, **rows: NDArray[Any]) -> None:
        """Add rows to the files of these names."""
        for name, each in rows.items():
            self._files[name].append(each)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the files, unless something went wrong."""
        for each in self._files.values():
            if error is None:
                each.close()
            else:
                each.abandon()


def codes_of(path: Path, rows: int, size: int) -> NDArray[np.uint8]:
    """The codes, (rows, size), at the end of the file of a flat FAISS index; they stay on disk until accessed."""
    if not rows:
        return np.zeros((0, size), np.uint8)
    try:
        begin = path.stat().st_size - rows * size
        return np.asarray(np.memmap(path, np.uint8, "r", begin, (rows, size)))
    except (OSError, ValueError) as error:
        raise IndexDamaged(path, f"cannot be read ({error})") from error
