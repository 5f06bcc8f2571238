"""The references that the scale benchmark makes up are distinct, in the order of their ids, and the same each time."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from benchmarks.scale_merge import Merge, merge_all
from benchmarks.scale_recall import AllCompared, Recall, recall_of
from benchmarks.scale_references import Described, Varied, describe_images
from benchmarks.scale_registered import RegisteredResult, in_force, publish_part, registered_table
from benchmarks.scale_run import ScaleResult, publish_halves, scale_table
from benchmarks.scale_search import Searched
from skimage import data as photographs

from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.index.building import build_index
from brand_index.index.parts.codes import CODE_BYTES, decode
from brand_index.index.parts.lists.descriptors import FlatDescriptors
from brand_index.index.parts.placed import RowsInForce
from brand_index.index.published import current_folder
from brand_index.index.published import read_manifest as index_manifest
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.settings import EngineSettings
from tests.conftest import draw_logo, jpeg, png


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> list[Described]:
    folder, embedder = tmp_path_factory.mktemp("images"), OnnxEmbedder(read_manifest())
    (folder / "a.jpg").write_bytes(jpeg(np.asarray(photographs.coffee(), np.uint8)))
    logos = [("acme", (200, 30, 40)), ("bolt", (20, 60, 160))]
    for name, colour in logos:
        (folder / f"{name}.png").write_bytes(png(draw_logo(name, colour)))
    return [
        *describe_images([folder / "a.jpg"], ReferenceKind.PHOTO, embedder),
        *describe_images([folder / f"{name}.png" for name, _ in logos], ReferenceKind.LOGO, embedder),
    ]


def test_the_first_references_are_the_images_and_no_two_others_are_alike(described: list[Described]) -> None:
    made = dict(Varied(described, 0).numbered(range(9)))
    by_id = {reference.reference_id: description for reference, description in made.items()}
    varied = Varied(described, 0)
    assert list(by_id) == sorted(by_id)
    for number, each in enumerate(described):
        assert by_id[varied.id_of(number)] is each.description
    photos = [by_id[varied.id_of(number)] for number in (0, 3, 6)]
    distances = [
        np.linalg.norm(a.keypoints.descriptors.astype(float) - b.keypoints.descriptors, axis=1).mean()
        for a, b in pairwise(photos)
    ]
    assert min(distances) > 100
    one, other = (np.asarray(each.hashes[0]) for each in photos[1:])
    assert not np.array_equal(one, other)
    logos = [by_id[varied.id_of(number)].views.vectors for number in (1, 4, 7)]
    assert max(float((a * b).sum(axis=1).max()) for a, b in pairwise(logos)) < 0.999


def test_the_same_seed_makes_the_same_references(described: list[Described]) -> None:
    first, second = (
        [description.to_bytes() for _, description in Varied(described, 3).numbered([5, 8])] for _ in range(2)
    )
    assert first == second


def test_the_table_has_a_row_for_each_size() -> None:
    searched = Searched(0.1, 5_000_000, (10.0, 12.0), 1.0)
    recall, merge = Recall(0.95, float("nan")), Merge(20.0, 300_000_000, 400_000_000)
    (row,) = scale_table([ScaleResult(1000, 60.0, merge, 150_000_000, 0.5, searched, searched, recall)]).rows
    assert row == (
        *("1,000", "60 s", "20 s, 300 of 400 MB", "150.0 kB", "5 MB", "0.50 s"),
        *("11, 12 ms", "11, 12 ms", "100.0 %", "95.0 %", "–"),
    )


def test_merging_takes_memory_of_its_own_and_that_of_files(described: list[Described], tmp_path: Path) -> None:
    place, embedder = Store(tmp_path / "store"), OnnxEmbedder(read_manifest())
    with Registry.open(place) as registry:
        build_index(place, registry, embedder)
    publish_halves(place, Varied(described, 0), 9)
    merge = merge_all(place)
    assert len(index_manifest(current_folder(place)).segments) == 1
    assert 0 < merge.own_bytes < merge.bytes


def test_images_are_described_as_what_they_are(described: list[Described], tmp_path: Path) -> None:
    assert [each.description.levels is None for each in described] == [True, False, False]
    assert list(describe_images([], ReferenceKind.LOGO, OnnxEmbedder(read_manifest()))) == []


def test_all_descriptors_are_compared_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.scale_recall.ROWS", 7)
    codes = np.random.default_rng(0).integers(0, 256, (24, CODE_BYTES), np.uint8)
    asked = decode(codes[::5]).astype(np.float32) + 1
    distances, found = AllCompared(FlatDescriptors(codes)).nearest(asked, 3, RowsInForce(24, None))
    exact = ((asked[:, None] - decode(codes).astype(np.float32)[None]) ** 2).sum(axis=2)
    assert np.allclose(distances, np.sort(exact, axis=1)[:, :3])
    assert np.array_equal(found, np.argsort(exact, axis=1, kind="stable")[:, :3])


def test_few_photos_are_searched_as_if_all_were_compared(tmp_path: Path, described: list[Described]) -> None:
    place, embedder = Store(tmp_path / "store"), OnnxEmbedder(read_manifest())
    with Registry.open(place) as registry:
        build_index(place, registry, embedder)
    publish_halves(place, Varied(described, 0), 9)
    images = [(described[0].description.keypoints, described[0].description.width)]
    assert recall_of(place, images, 50, EngineSettings()) == Recall(1.0, 1.0)


def test_a_part_of_a_register_has_the_chosen_references_and_no_other(
    tmp_path: Path, described: list[Described]
) -> None:
    whole, part, embedder = Store(tmp_path / "whole"), Store(tmp_path / "part"), OnnxEmbedder(read_manifest())
    with Registry.open(whole) as registry:
        build_index(whole, registry, embedder)
    publish_halves(whole, Varied(described, 0), 9)
    chosen = in_force(whole)[::2]
    publish_part(part, whole, set(chosen))
    assert len(chosen) == 5
    assert in_force(part) == chosen
    assert [each.references for each in index_manifest(current_folder(whole)).segments] == [5, 4]


def test_a_part_of_a_register_is_compared_with_the_smallest() -> None:
    searches = [Searched(0.1, size, times, 0.5) for size, times in ((10**6, (10.0, 10.0)), (10**7, (20.0, 30.0)))]
    results = [
        RegisteredResult(size, 1, 10**6 * size, 0.25, each) for size, each in zip((10, 90), searches, strict=True)
    ]
    assert registered_table(results).rows[1] == (
        *("90", "1", "1000.0 kB", "10 MB", "0.25 s", "25, 30 ms", "2.50, 2.99", "50.0 %"),
    )
