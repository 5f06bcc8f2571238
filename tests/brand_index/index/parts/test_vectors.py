"""The vectors of many views are searched through inverted lists, which are the only copy of them."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from brand_index.index.parts import EmbeddingPart
from brand_index.index.parts.files import as_half
from brand_index.index.parts.lists import vectors as vectors_module
from brand_index.index.parts.lists.vectors import FlatVectors, ListedVectors
from brand_index.index.parts.placed import RowsInForce
from tests.brand_index.index.written import embeddings_in, one_view_each

ROWS, DIMENSIONS = 3_000, 16
ALL = RowsInForce(ROWS, None)


@pytest.fixture(scope="module")
def given() -> NDArray[np.float32]:
    """Vectors of length 1, as exact as they are kept."""
    rows = np.random.default_rng(0).normal(size=(ROWS, DIMENSIONS))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return as_half(rows.astype(np.float32)).view(np.float16).astype(np.float32)


@pytest.fixture
def listed(given: NDArray[np.float32], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddingPart:
    """The vectors in lists of thirty, of which a search compares four at first."""
    monkeypatch.setattr(vectors_module, "EXACT_ROWS", 100)
    monkeypatch.setattr(vectors_module, "ROWS_A_LIST", 30)
    monkeypatch.setattr(vectors_module, "PROBES", 4)
    monkeypatch.setattr(vectors_module, "BLOCK", 1_007)  # so that they are written in several blocks
    return written(tmp_path, given)


def written(folder: Path, rows: NDArray[np.float32], earlier: EmbeddingPart | None = None) -> EmbeddingPart:
    """The vectors, written and then moved, as a segment is published."""
    (built := folder / "built").mkdir()
    embeddings_in(built, one_view_each(rows), rows.shape[1], earlier)
    published = folder / f"{len(rows)}"
    shutil.move(built, published)
    return EmbeddingPart.load(published, "logos")


def test_each_vector_is_read_by_its_row(given: NDArray[np.float32], listed: EmbeddingPart) -> None:
    assert isinstance(listed.searched, ListedVectors)
    for rows in (slice(0, 5), slice(1_000, 1_300), slice(7, 7)):
        assert np.array_equal(listed.vectors(rows), given[rows])


def test_a_vector_is_found_by_itself_in_the_nearest_lists(given: NDArray[np.float32], listed: EmbeddingPart) -> None:
    cosines, found = listed.nearest(given[::50], 1, ALL)
    assert np.array_equal(found[:, 0], np.arange(ROWS)[::50])
    assert np.allclose(cosines, 1, atol=1e-3)


def test_the_nearest_in_all_lists_are_the_nearest_of_all(
    given: NDArray[np.float32], listed: EmbeddingPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors_module, "PROBES", ROWS)
    asked = given[::100]
    cosines, found = listed.nearest(asked, 20, ALL)
    exact = asked @ given.T
    assert np.allclose(cosines, -np.sort(-exact, axis=1)[:, :20], atol=1e-6)
    assert np.allclose(np.take_along_axis(exact, found, 1), cosines, atol=1e-6)


def test_more_lists_are_searched_where_the_nearest_hold_too_few(
    given: NDArray[np.float32], listed: EmbeddingPart
) -> None:
    _, found = listed.nearest(given[:3], ROWS, ALL)
    assert np.array_equal(np.sort(found, axis=1), np.tile(np.arange(ROWS), (3, 1)))


def test_what_is_withdrawn_leaves_room_for_what_is_in_force(given: NDArray[np.float32], listed: EmbeddingPart) -> None:
    kept = np.arange(2_900, ROWS)
    rows = RowsInForce.of(np.arange(ROWS, dtype=np.int32), np.arange(2_900, dtype=np.uint32))
    cosines, found = listed.nearest(given[:3], len(kept), rows)
    assert np.array_equal(np.sort(found, axis=1), np.tile(kept, (3, 1)))
    assert (np.diff(cosines, axis=1) <= 0).all()


def test_few_vectors_are_all_compared(given: NDArray[np.float32], tmp_path: Path) -> None:
    assert isinstance(written(tmp_path, given).searched, FlatVectors)


def test_centroids_serve_until_a_segment_has_grown_by_nearly_half(
    given: NDArray[np.float32], listed: EmbeddingPart, tmp_path: Path
) -> None:
    def centroids_of(part: EmbeddingPart) -> NDArray[np.float32]:
        found = part.searched.centroids()
        assert found is not None
        return found

    first = centroids_of(listed)
    assert len(first) == ROWS // 30
    more = np.concatenate([given, given[: ROWS // 3]])
    assert np.array_equal(centroids_of(written(tmp_path, more, listed)), first)
    twice = np.concatenate([given, -given])
    assert len(centroids_of(written(tmp_path, twice, listed))) == 2 * len(first)
