"""What one machine publishes in an object store others take over: whole, or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brand_index.errors import IndexDamaged, IndexUnusable
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.index.building import ChangesPublisher, build_index
from brand_index.index.merging import merge_due
from brand_index.index.published import check_current, current_folder
from brand_index.index.published import read_manifest as read_index_manifest
from brand_index.index.publishing import pointer_of, take_over
from brand_index.index.reading import open_words
from brand_index.index.sharing import shared_pointer
from brand_index.object_stores import ObjectFolder
from brand_index.registration.words import register_word
from brand_index.registry import Registry
from brand_index.store import Store
from tests.conftest import ACME, NOW


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


@pytest.fixture
def hosts(tmp_path: Path) -> tuple[Store, Store]:
    """Two machines that share an object store, each with a folder of its own."""
    address = f"file://{tmp_path / 'bucket'}"
    return Store(tmp_path / "one", address), Store(tmp_path / "two", address)


@pytest.fixture
def registry(tmp_path: Path, hosts: tuple[Store, Store]) -> Iterator[Registry]:
    with Registry.open(Store(tmp_path / "database")) as opened:
        for word in ("Tarnvik", "Orlanda"):
            register_word(opened, store=hosts[0], brand=ACME, word=word, now=NOW)
        yield opened


def words_of(host: Store) -> list[str]:
    found = open_words(current_folder(host))
    return sorted(each.word for at, each in enumerate(found.words) if at not in found.withdrawn)


def objects_of(host: Store) -> ObjectFolder:
    assert host.objects is not None
    return host.objects


def test_another_machine_takes_over_what_one_publishes(
    hosts: tuple[Store, Store], registry: Registry, embedder: OnnxEmbedder
) -> None:
    build_index(hosts[0], registry, embedder)
    assert take_over(hosts[1])
    check_current(hosts[1])
    assert words_of(hosts[1]) == ["Orlanda", "Tarnvik"]


def test_what_is_here_already_is_not_taken_over_again(
    hosts: tuple[Store, Store], registry: Registry, embedder: OnnxEmbedder
) -> None:
    build_index(hosts[0], registry, embedder)
    assert [take_over(hosts[0]), take_over(hosts[1]), take_over(hosts[1])] == [False, True, False]


def test_an_index_without_its_pointer_is_not_taken_over(
    hosts: tuple[Store, Store], registry: Registry, embedder: OnnxEmbedder
) -> None:
    build_index(hosts[0], registry, embedder)
    objects_of(hosts[0]).remove("index/CURRENT")  # as where its publisher was killed before the last step
    assert not take_over(hosts[1])
    with pytest.raises(IndexUnusable):
        current_folder(hosts[1])


def test_changes_reach_the_other_machine(
    hosts: tuple[Store, Store], registry: Registry, embedder: OnnxEmbedder
) -> None:
    build_index(hosts[0], registry, embedder)
    take_over(hosts[1])
    done = register_word(registry, store=hosts[0], brand=ACME, word="Veltro", now=NOW)
    registry.withdraw_reference(done.reference.reference_id, NOW)
    register_word(registry, store=hosts[0], brand=ACME, word="Mirsal", now=NOW)
    ChangesPublisher(hosts[0]).publish(registry)
    take_over(hosts[1])
    assert words_of(hosts[1]) == ["Mirsal", "Orlanda", "Tarnvik"]


def test_who_publishes_second_rests_on_what_the_first_published(
    hosts: tuple[Store, Store], registry: Registry, embedder: OnnxEmbedder
) -> None:
    build_index(hosts[0], registry, embedder)
    build_index(hosts[1], registry, embedder)
    assert pointer_of(hosts[1]) == shared_pointer(hosts[0])
    listed = [[each.name for each in read_index_manifest(current_folder(host)).segments] for host in hosts]
    assert listed[1] == listed[0]


def test_who_publishes_leaves_no_segment_that_nothing_lists(
    hosts: tuple[Store, Store], registry: Registry, embedder: OnnxEmbedder
) -> None:
    for word in ("Mirsal", "Veltro", "Kadora", "Selvin"):
        register_word(registry, store=hosts[0], brand=ACME, word=word, now=NOW)
        build_index(hosts[0], registry, embedder)
        while merge_due(hosts[0]):
            pass
    shared = {name.split("/")[2] for name in objects_of(hosts[0]).names("index/segments")}
    assert shared == {path.name for path in (hosts[0].index / "segments").iterdir()}


def test_a_damaged_copy_is_mended_from_the_object_store(
    hosts: tuple[Store, Store], registry: Registry, embedder: OnnxEmbedder
) -> None:
    build_index(hosts[0], registry, embedder)
    take_over(hosts[1])
    for path in (hosts[1].index / "segments").glob("*/*"):
        path.write_bytes(b"damaged")
    with pytest.raises(IndexDamaged):
        check_current(hosts[1])
    take_over(hosts[1], check=True)
    check_current(hosts[1])


def test_an_index_that_the_object_store_lost_a_part_of_is_refused_and_built_again(
    hosts: tuple[Store, Store], registry: Registry, embedder: OnnxEmbedder
) -> None:
    build_index(hosts[0], registry, embedder)
    lost = next(name for name in objects_of(hosts[0]).names("index/segments") if not name.endswith(".json"))
    objects_of(hosts[0]).remove(lost)
    take_over(hosts[1])
    with pytest.raises(IndexDamaged):
        check_current(hosts[1])
    build_index(hosts[1], registry, embedder)
    take_over(hosts[0])
    assert words_of(hosts[0]) == ["Orlanda", "Tarnvik"]


def test_a_store_that_was_deleted_leaves_no_index_here(
    hosts: tuple[Store, Store], registry: Registry, embedder: OnnxEmbedder
) -> None:
    build_index(hosts[0], registry, embedder)
    objects_of(hosts[0]).clear()
    assert take_over(hosts[0])
    with pytest.raises(IndexUnusable):
        current_folder(hosts[0])
