"""Many descriptors are searched through inverted lists, which are the only copy of their codes."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from brand_index.index.parts.codes import CODE_BYTES, decode
from brand_index.index.parts.lists import descriptors as descriptors_module
from brand_index.index.parts.lists import inverted
from brand_index.index.parts.lists.descriptors import (
    EXACT_ROWS,
    LISTS,
    Descriptors,
    read_descriptors,
    write_descriptors,
)
from brand_index.index.parts.placed import RowsInForce

ROWS = 3 * EXACT_ROWS
ALL = RowsInForce(ROWS, None)


@pytest.fixture(scope="module")
def codes() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (ROWS, CODE_BYTES), np.uint8)


@pytest.fixture
def listed(codes: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Descriptors:
    """The codes in so few inverted lists that a search probes all of them."""
    monkeypatch.setattr(descriptors_module, "LISTS", 0.2)
    monkeypatch.setattr(inverted, "BLOCK", 1_007)  # so that they are read in several blocks
    monkeypatch.setattr(descriptors_module, "LEAST_PROBES", ROWS)
    (tmp_path / "built").mkdir()
    np.save(tmp_path / "built" / "points.codes.npy", codes)
    write_descriptors(tmp_path / "built", "points")
    shutil.move(tmp_path / "built", tmp_path / "published")
    return read_descriptors(tmp_path / "published", "points")


def distances_to(codes: NDArray[np.uint8], asked: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(((asked[:, None] - decode(codes).astype(np.float32)[None]) ** 2).sum(axis=2))


def asked_of(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    return decode(codes[:: ROWS // 20]).astype(np.float32)


def test_the_nearest_in_all_lists_are_the_nearest_of_all(codes: NDArray[np.uint8], listed: Descriptors) -> None:
    asked = asked_of(codes)
    distances, found = listed.nearest(asked, 3, ALL)
    exact = distances_to(codes, asked)
    assert np.array_equal(distances, np.sort(exact, axis=1)[:, :3])
    assert np.array_equal(np.take_along_axis(exact, found, 1), distances)


def test_a_few_lists_are_enough_to_find_a_descriptor_itself(codes: NDArray[np.uint8], listed: Descriptors) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descriptors_module, "PROBES", 1)
        patch.setattr(descriptors_module, "LEAST_PROBES", 1)
        distances, found = listed.nearest(asked_of(codes), 1, ALL)
    assert distances.max() == 0
    assert np.array_equal(found[:, 0], np.arange(ROWS)[:: ROWS // 20])


def test_lists_grow_with_the_square_root_of_the_rows_and_then_no_more(
    tmp_path: Path, codes: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows_a_list(rows: int) -> float:
        np.save(tmp_path / f"{rows}.codes.npy", codes[:rows])
        write_descriptors(tmp_path, f"{rows}")
        lists = read_descriptors(tmp_path, f"{rows}").centroids()
        assert lists is not None
        return rows / len(lists)

    assert rows_a_list(ROWS) == pytest.approx(np.sqrt(ROWS) / LISTS, rel=0.01)
    monkeypatch.setattr(descriptors_module, "ROWS_A_LIST", 10)
    assert rows_a_list(ROWS // 2) == pytest.approx(10, rel=0.01)
    assert rows_a_list(ROWS) == pytest.approx(10, rel=0.01)


def test_centroids_serve_until_a_segment_has_doubled(tmp_path: Path, codes: NDArray[np.uint8]) -> None:
    def of_some(rows: int, earlier: Descriptors | None = None) -> Descriptors:
        np.save(tmp_path / f"{rows}.codes.npy", codes[:rows])
        write_descriptors(tmp_path, f"{rows}", earlier)
        return read_descriptors(tmp_path, f"{rows}")

    def centroids_of(searched: Descriptors) -> NDArray[np.float32]:
        found = searched.centroids()
        assert found is not None
        return found

    first = of_some(2_100)
    assert np.array_equal(centroids_of(of_some(4_000, first)), centroids_of(first))
    assert len(centroids_of(of_some(ROWS, first))) == int(LISTS * np.sqrt(ROWS))


def test_what_is_withdrawn_leaves_room_for_what_is_in_force(codes: NDArray[np.uint8], listed: Descriptors) -> None:
    ends, withdrawn = np.arange(100, ROWS + 1, 100), np.arange(0, ROWS // 100, 2)
    asked, rows = asked_of(codes), RowsInForce.of_stretches(ends, withdrawn.astype(np.uint32))
    distances, found = listed.nearest(asked, 3, rows)
    exact = distances_to(codes, asked)
    exact[:, np.isin(np.arange(ROWS) // 100, withdrawn)] = np.inf
    assert not np.isin(found // 100, withdrawn).any()
    assert np.array_equal(distances, np.sort(exact, axis=1)[:, :3])


def test_where_fewer_are_in_force_than_wanted_the_rest_is_none(codes: NDArray[np.uint8], listed: Descriptors) -> None:
    rows = RowsInForce.of_stretches(np.array([2, ROWS]), np.array([1], np.uint32))
    _, found = listed.nearest(asked_of(codes), 5, rows)
    assert np.array_equal(np.sort(found, axis=1), [[-1, -1, -1, 0, 1]] * len(found))


@pytest.mark.parametrize("rows", [slice(0, 1), slice(700, 1_300), slice(ROWS - 5, ROWS), slice(9, 9)])
def test_the_codes_of_a_reference_are_read_out_of_the_lists(
    codes: NDArray[np.uint8], listed: Descriptors, rows: slice
) -> None:
    assert np.array_equal(listed.codes_of(rows), codes[rows])


def test_the_codes_lie_on_the_disk_once(tmp_path: Path, codes: NDArray[np.uint8], listed: Descriptors) -> None:
    lists = listed.centroids()
    assert lists is not None
    size = sum(path.stat().st_size for path in (tmp_path / "published").iterdir())
    assert size < codes.nbytes + 6 * ROWS + 300 * len(lists) + 2_000


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not list what a process has mapped")
def test_a_process_maps_the_codes_once(tmp_path: Path, codes: NDArray[np.uint8], listed: Descriptors) -> None:
    assert np.array_equal(listed.codes_of(slice(0, 5)), codes[:5])
    mapped = Path("/proc/self/maps").read_text("utf-8").splitlines()
    assert sum(str(tmp_path / "published" / "points.codes.npy") in line for line in mapped) == 1
