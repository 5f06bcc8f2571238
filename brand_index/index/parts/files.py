"""Reads the files of an index's parts, with errors that name the file; their meaning is up to the parts."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged


def read_faiss(path: Path, reader: Any) -> Any:
    """The FAISS index that `reader` reads from a file. Raises IndexDamaged."""
    try:
        return reader(str(path))
    except RuntimeError as error:  # FAISS raises it for missing and for damaged files
        raise IndexDamaged(path, f"cannot be read ({error})") from error


def read_array(path: Path) -> NDArray[Any]:
    """An array that stays on disk until it is accessed. Raises IndexDamaged."""
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError) as error:
        raise IndexDamaged(path, f"cannot be read ({error})") from error


def read_owners(folder: Path, name: str, rows: int) -> NDArray[np.int32]:
    """The owners of a part's `rows`, as positions in the catalog. Raises IndexDamaged."""
    owners = read_array(folder / f"{name}.owners.npy")
    if len(owners) != rows:
        raise IndexDamaged(folder / name, f"{rows} rows but {len(owners)} owners")
    return owners


def as_half(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors rounded to 16 bits as NumPy rounds them, and so the cache of descriptions.

    FAISS rounds ties up where NumPy rounds them to even. An index of new descriptions would differ from one of cached
    descriptions in the last bit.
    """
    return vectors.astype(np.float16).astype(np.float32)
