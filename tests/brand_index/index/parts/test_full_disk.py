"""A disk that is full while a file of an index is written: the error has the number by which commands know it."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from brand_index.index.parts.files import write_array, write_faiss
from tests.conftest import at_most

ROOM = 1000  # bytes: less than either file


def vectors() -> Any:
    index = faiss.IndexHNSWFlat(16, 8)
    index.add(np.eye(50, 16, dtype=np.float32))
    return index


@pytest.mark.parametrize(
    ("write", "content"),
    [
        pytest.param(write_array, np.arange(5000), id="array"),
        pytest.param(write_faiss, vectors(), id="faiss"),
    ],
)
def test_a_full_disk_is_known_by_its_number(write: Callable[[Path, Any], None], content: Any, tmp_path: Path) -> None:
    with at_most(ROOM), pytest.raises(OSError) as raised:  # noqa: PT011 - it is the number that tells it
        write(tmp_path / "rows", content)
    assert raised.value.errno == errno.EFBIG


def test_an_array_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_array(tmp_path / "rows.npy", np.arange(5000))
    assert (np.load(tmp_path / "rows.npy") == np.arange(5000)).all()
