"""However many segments an index has, and whatever was withdrawn of them, it answers as one of a single build."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.description import ReferenceDescription
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.goods import on_goods
from brand_index.features.hashing import HASHERS
from brand_index.features.keypoints import describe_keypoints
from brand_index.features.views.patches import packed_patches, unpacked_patches
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage
from brand_index.index import BrandIndex
from brand_index.index.building import ChangesPublisher, build_index
from brand_index.index.merging import due, merge_due
from brand_index.index.parts.codes import coded, decode
from brand_index.index.published import current_folder, published_index
from brand_index.index.published import read_manifest as read_index_manifest
from brand_index.index.reading import open_words, references_digest
from brand_index.registration import register_reference
from brand_index.store import Store
from brand_index.types import IMAGE_KINDS, ReferenceKind
from tests.brand_index.index.growing import NOW, Growing, grown, ids_of, photo, registered
from tests.conftest import ACME, describer, draw_logo, png, rocket_with_sticker

LINES = ("TARNVIK shirt, like Orlnda", "veltro")


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


@pytest.fixture(scope="module", autouse=True)
def exactly() -> Iterator[None]:
    """Descriptors are compared with all: inverted lists miss some, and others in each partition."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("brand_index.index.parts.lists.descriptors.EXACT_ROWS", 1_000_000)
        yield


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Growing]:
    registry = registered(Store(tmp_path_factory.mktemp("registered")))
    yield registry
    registry.database.close()


def images() -> list[RGBImage]:
    edited = np.asarray(photographs.coffee(), np.uint8)[40:, 60:][:, ::-1]
    return [rocket_with_sticker(), np.ascontiguousarray(edited), np.asarray(photographs.astronaut(), np.uint8)]


def answers(index: BrandIndex, embedder: OnnxEmbedder) -> list[object]:
    """What the searches say of the images, with references in place of their positions."""

    def named(position: int) -> str:
        return index.references[position].reference_id

    said: list[object] = [sorted(each.reference_id for each in index.references)]
    for image in images():
        height, width = image.shape[:2]
        crops = [image, image[height // 4 :, width // 4 : 3 * width // 4], image[: height // 2]]
        vectors = embedder.embed(crops).vectors
        keypoints = describe_keypoints(image, side=640, limit=600)
        for kind in IMAGE_KINDS:
            for hasher in HASHERS:
                hashes = hasher.hashes(image)
                if hashes is not None:
                    near = index.near_hashes(kind, hasher.name, hashes)
                    said.append([(named(hit.position), hit.distance, hit.transform) for hit in near])
            votes = index.voted_references(kind, keypoints, width, 5)
            said.append([(named(hit.position), round(hit.votes, 3), hit.mirrored) for hit in votes])
        logos = index.similar_logos(vectors, 3)
        said.append([(named(hit.position), round(hit.cosine, 5), hit.region) for hit in logos])
        said.append([index.shown(hit.view) for hit in logos])
        said.append(index.patches([hit.view for hit in logos]).astype(int).sum(axis=(1, 2)).tolist())
        compared = index.similarities(vectors, [(hit.position, slice(0, 3)) for hit in logos])
        said += [(round(each.cosine, 5), round(each.margin, 5), round(each.mean_cosine, 5)) for each in compared]
    for line in LINES:
        hits = index.words.search([line])
        said.append([(index.words.words[hit.position].word, hit.similarity, hit.start) for hit in hits])
    return said


def one_by_one(ids: list[str]) -> list[list[str]]:
    return [[each] for each in ids]


def every_second(ids: list[str]) -> list[list[str]]:
    return [ids[1::2], ids[::2]]


def backwards_in_threes(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + 3] for start in range(0, len(ids), 3)][::-1]


@pytest.mark.parametrize("partition", [one_by_one, every_second, backwards_in_threes], ids=lambda each: each.__name__)
def test_the_same_is_found_in_any_number_of_segments(
    tmp_path: Path, registry: Growing, embedder: OnnxEmbedder, partition: Callable[[list[str]], list[list[str]]]
) -> None:
    ids = ids_of(registry)
    whole = BrandIndex.open(grown(tmp_path / "whole", registry, embedder, [ids]), embedder)
    parted = grown(tmp_path / "parted", registry, embedder, partition(ids))
    index = BrandIndex.open(parted, embedder)
    assert len(index.manifest.segments) == len(partition(ids))
    expected = answers(whole, embedder)
    assert answers(index, embedder) == expected
    while merge_due(parted):
        assert answers(BrandIndex.open(parted, embedder), embedder) == expected
    assert len(BrandIndex.open(parted, embedder).manifest.segments) < len(partition(ids))


def test_what_is_withdrawn_is_gone_from_every_search_before_and_after_its_segment_is_written_again(
    tmp_path: Path, registry: Growing, embedder: OnnxEmbedder
) -> None:
    ids = ids_of(registry)
    left = [each for number, each in enumerate(ids) if number % 3]
    expected = answers(BrandIndex.open(grown(tmp_path / "whole", registry, embedder, [left]), embedder), embedder)
    place = grown(tmp_path / "parted", registry, embedder, [ids[:7], ids[7:]])
    before = {path.name for path in place.index.glob("segments/*")}
    registry.seen = frozenset(left)
    build_index(place, registry, embedder)
    assert {path.name for path in place.index.glob("segments/*")} == before, "a withdrawal writes no segment"
    assert answers(BrandIndex.open(place, embedder), embedder) == expected
    while merge_due(place):
        pass
    assert answers(BrandIndex.open(place, embedder), embedder) == expected


def test_many_views_in_lists_are_searched_and_merged_as_few_that_are_compared(
    tmp_path: Path, registry: Growing, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ids_of(registry)
    expected = answers(BrandIndex.open(grown(tmp_path / "flat", registry, embedder, [ids]), embedder), embedder)
    monkeypatch.setattr("brand_index.index.parts.lists.vectors.EXACT_ROWS", 4)
    monkeypatch.setattr("brand_index.index.parts.lists.vectors.ROWS_A_LIST", 2)
    place = grown(tmp_path / "listed", registry, embedder, every_second(ids))
    while merge_due(place):
        pass
    index = BrandIndex.open(place, embedder)
    (segment,) = index._segments
    assert segment.embeddings.searched.centroids() is not None
    assert answers(index, embedder) == expected


def test_a_segment_gives_back_what_was_described(tmp_path: Path, registry: Growing, embedder: OnnxEmbedder) -> None:
    place = grown(tmp_path / "store", registry, embedder, [ids_of(registry)])
    (segment,) = BrandIndex.open(place, embedder)._segments
    for position, identity in enumerate(segment.catalog.ids()):
        saved = registry.descriptor(identity, describer().fingerprint)
        assert saved is not None
        described, found = ReferenceDescription.from_bytes(saved), segment.description(position)
        one = described.keypoints.in_one_polarity()
        rather = on_goods(described.goods, described.keypoints.points, described.content)
        kept = described.keypoints.most_lasting(240, rather) if one is None else one.most_lasting(160)
        codes = coded(kept)
        same = replace(described, keypoints=found.keypoints, views=found.views)
        assert found.to_bytes() == same.to_bytes()
        assert np.array_equal(found.views.vectors, described.views.vectors)
        for view, patches in zip(found.views.patches, described.views.patches, strict=True):
            assert np.abs(view.astype(int) - patches).mean() < 5
            assert np.array_equal(unpacked_patches(packed_patches(view)), view), "what was packed is packed as it is"
        ours = found.keypoints.strongest(len(kept))
        assert np.array_equal(decode(codes.codes), ours.descriptors)
        assert np.abs(ours.points - kept.points).max(initial=0) <= codes.grid[2]
        assert len(found.keypoints) == len(kept) * (1 if one is None else 2), "artwork has their negatives, too"


def test_the_digest_of_the_references_does_not_depend_on_the_segments(
    tmp_path: Path, registry: Growing, embedder: OnnxEmbedder
) -> None:
    ids = ids_of(registry)
    groups = {"whole": [ids], "parted": [ids[:5], ids[5:]], "fewer": [ids[1:]]}
    digests = {
        name: references_digest(current_folder(grown(tmp_path / name, registry, embedder, each)))
        for name, each in groups.items()
    }
    assert digests["whole"] == digests["parted"] != digests["fewer"]


@pytest.fixture
def place(tmp_path: Path) -> Store:
    return Store(tmp_path / "own")


def test_a_change_of_described_references_is_published_without_a_model(place: Store, embedder: OnnxEmbedder) -> None:
    registry = registered(place)
    registry.seen = frozenset(ids_of(registry))
    build_index(place, registry, embedder)
    before = {path.name for path in place.index.glob("segments/*")}
    new = register_reference(
        registry, place, brand=ACME, kind=ReferenceKind.PHOTO, image=photo("moon"), describer=describer(), now=NOW
    ).reference
    registry.withdraw_reference(ids_of(registry)[0], NOW)
    publisher = ChangesPublisher(place)
    assert publisher.publish(registry) == registry.references_revision()
    index = BrandIndex.open(place, embedder)
    assert sorted(each.reference_id for each in index.references) == sorted(
        each for each in ids_of(registry) if "-word-" not in each
    )
    assert index.references.find(new.reference_id) is not None
    assert before < {path.name for path in place.index.glob("segments/*")}
    assert publisher.publish(registry) == registry.references_revision(), "nothing has changed"
    registry.database.close()


def test_what_is_not_described_needs_a_build(place: Store, embedder: OnnxEmbedder) -> None:
    registry = registered(place)
    registry.seen = frozenset(ids_of(registry))
    publisher = ChangesPublisher(place)
    assert publisher.publish(registry) is None, "there is no index"
    build_index(place, registry, embedder)
    register_reference(
        registry,
        place,
        brand=ACME,
        kind=ReferenceKind.LOGO,
        image=png(draw_logo("new", (9, 9, 99))),
        describer=describer(),
        name="new.png",
        now=NOW,
    )
    with registry.database.write(NOW) as write:
        write.connection.exec_driver_sql("DELETE FROM descriptors")
    folder = current_folder(place)
    assert publisher.publish(registry) is None
    assert current_folder(place) == folder
    registry.database.close()


@pytest.mark.parametrize("bound", ["CHANGES_AT_ONCE", "IMAGES_AT_ONCE"])
def test_many_changes_need_a_build(
    place: Store, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    with Growing.open(place) as registry:
        build_index(place, registry, embedder)
        register_reference(
            registry, place, brand=ACME, kind=ReferenceKind.PHOTO, image=photo("cat"), describer=describer(), now=NOW
        )
        monkeypatch.setattr(f"brand_index.index.building.{bound}", 0)
        assert ChangesPublisher(place).publish(registry) is None
        monkeypatch.undo()
        assert ChangesPublisher(place).publish(registry) == registry.references_revision()


def test_a_reader_opens_only_what_is_new(tmp_path: Path, registry: Growing, embedder: OnnxEmbedder) -> None:
    ids = ids_of(registry)
    place = grown(tmp_path / "store", registry, embedder, [ids[:5]])
    earlier = BrandIndex.open(place, embedder)
    registry.seen = frozenset(ids)
    build_index(place, registry, embedder)
    later = BrandIndex.open(place, embedder, earlier)
    assert later._segments[0] is earlier._segments[0]
    assert len(earlier.references) < len(later.references)


def test_segments_of_one_size_are_due_to_become_one(tmp_path: Path, registry: Growing, embedder: OnnxEmbedder) -> None:
    ids = ids_of(registry)
    place = grown(tmp_path / "store", registry, embedder, [ids[:-2], ids[-2:-1], ids[-1:]])
    manifest = read_index_manifest(current_folder(place))
    assert [each.name for each in due(manifest)] == [each.name for each in manifest.segments[1:]]
    assert due(manifest, most=1) == ()


def test_the_files_of_merged_segments_are_deleted_once_no_kept_index_lists_them(
    tmp_path: Path, registry: Growing, embedder: OnnxEmbedder
) -> None:
    ids = ids_of(registry)
    place = grown(tmp_path / "store", registry, embedder, one_by_one(ids[:4]))
    while merge_due(place):
        pass
    registry.seen = frozenset(ids)
    build_index(place, registry, embedder)
    registry.seen = frozenset(ids[1:])
    build_index(place, registry, embedder)
    listed = {each.name for each in read_index_manifest(current_folder(place)).segments}
    assert {path.name for path in place.index.glob("segments/*")} == listed
    assert published_index(place).references == len(ids) - 1


def test_words_of_several_segments_are_opened_alone(tmp_path: Path, registry: Growing, embedder: OnnxEmbedder) -> None:
    ids = ids_of(registry)
    place = grown(tmp_path / "store", registry, embedder, one_by_one(ids))
    words = open_words(current_folder(place))
    assert sorted(words.words[hit.position].word for hit in words.search(LINES)) == ["Orlanda", "Tarnvik", "Veltro"]
    shutil.rmtree(place.index)
