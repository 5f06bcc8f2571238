"""Many descriptors are searched through inverted lists, which lie in a file of their own where they are very many."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from brand_index.index.parts import descriptors as descriptors_module
from brand_index.index.parts.codes import CODE_BYTES, decode
from brand_index.index.parts.descriptors import EXACT_ROWS, nearest_rows, read_descriptors, write_descriptors
from brand_index.index.parts.placed import RowsInForce

ROWS = 3 * EXACT_ROWS
AT_ONCE = EXACT_ROWS + 17  # so that several files are put together


@pytest.fixture(scope="module")
def codes() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (ROWS, CODE_BYTES), np.uint8)


def nearest_of_all(codes: NDArray[np.uint8], asked: NDArray[np.float32]) -> NDArray[np.int64]:
    distances = ((asked[:, None] - decode(codes).astype(np.float32)[None]) ** 2).sum(axis=2)
    return np.asarray(distances.argmin(axis=1))


@pytest.mark.parametrize("at_once", [ROWS, AT_ONCE], ids=["one_file", "lists_apart"])
def test_lists_are_found_where_the_segment_was_moved_to(
    codes: NDArray[np.uint8],
    at_once: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(descriptors_module, "ROWS_AT_ONCE", at_once)
    (tmp_path / "built").mkdir()
    write_descriptors(tmp_path / "built", "points", codes)
    shutil.move(tmp_path / "built", tmp_path / "published")
    capfd.readouterr()
    index = read_descriptors(tmp_path / "published", "points", codes)
    assert capfd.readouterr().out == "", "results go there"
    index.nprobe = index.nlist
    rows = np.arange(0, ROWS, ROWS // 20)
    asked = decode(codes[rows]).astype(np.float32)
    distances, found = nearest_rows(index, asked, 1, RowsInForce(ROWS, None))
    assert distances.max() == 0
    assert np.array_equal(found[:, 0], nearest_of_all(codes, asked))
