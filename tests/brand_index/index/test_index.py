"""The index finds what was registered, is derived whole from the registry, and refuses what it was not built for."""

import io
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from skimage import data as photographs

from brand_index.errors import IndexDamaged, IndexUnusable
from brand_index.features.background import Level, Levels
from brand_index.features.embedding import Embedded, OnnxEmbedder
from brand_index.features.hashing import HASHERS, TRANSFORMS, Hasher, PdqHasher
from brand_index.features.keypoints import Keypoints, describe_keypoints
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage
from brand_index.index import BrandIndex
from brand_index.index.building import build_index
from brand_index.index.parts.lists.descriptors import EXACT_ROWS
from brand_index.index.published import check_digests, current_folder, published_index
from brand_index.index.published import read_manifest as read_index_manifest
from brand_index.registration import register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import IMAGE_KINDS, Brand, ReferenceKind
from tests.brand_index.index.written import embeddings_in, hashes_near, keypoints_in, logos_in
from tests.conftest import describer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACME = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")
PHOTOS = [np.asarray(photo(), np.uint8) for photo in (photographs.astronaut, photographs.coffee, photographs.chelsea)]


def as_png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


@pytest.fixture
def place(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Store:
    """A store with one small photo and its index, which no test changes."""
    place = Store(tmp_path_factory.mktemp("built") / "store")
    with Registry.open(place) as registry:
        register(registry, place, PHOTOS[0][:256, 100:356])
        build_index(place, registry, embedder)
    return place


@pytest.fixture
def indexed(built: Store, place: Store) -> Store:
    """A copy of that store."""
    shutil.copytree(built.root, place.root)
    return place


def register(registry: Registry, place: Store, pixels: np.ndarray, kind: ReferenceKind = ReferenceKind.PHOTO) -> str:
    image = as_png(pixels)
    done = register_reference(
        registry, place, brand=ACME, kind=kind, image=image, describer=describer(), name="p.png", now=NOW
    )
    return done.reference.reference_id


def test_what_was_registered_is_found_by_its_hash_and_by_its_keypoints(place: Store, embedder: OnnxEmbedder) -> None:
    with Registry.open(place) as registry:
        ids = [register(registry, place, photo) for photo in PHOTOS]
        build_index(place, registry, embedder)
    index = BrandIndex.open(place, embedder)
    for photo, identity in zip(PHOTOS, ids, strict=True):
        hashes = PdqHasher().hashes(photo)
        assert hashes is not None
        keypoints = describe_keypoints(photo, side=512, limit=300)
        first = [
            index.near_hashes(ReferenceKind.PHOTO, "pdq", hashes)[0].position,
            index.voted_references(ReferenceKind.PHOTO, keypoints, photo.shape[1], 1)[0].position,
        ]
        assert [index.references[position].reference_id for position in first] == [identity] * 2


def test_an_index_of_nothing_answers_nothing(place: Store, embedder: OnnxEmbedder) -> None:
    with Registry.open(place) as registry:
        build_index(place, registry, embedder)
    index = BrandIndex.open(place, embedder)
    photo = PHOTOS[0]
    hashes = PdqHasher().hashes(photo)
    assert hashes is not None
    for kind in IMAGE_KINDS:
        assert not index.near_hashes(kind, "pdq", hashes)
        assert not index.voted_references(kind, describe_keypoints(photo, side=256, limit=50), 512, 5)
        assert not index.has(kind)
    assert not index.similar_logos(embedder.embed([photo]).vectors, 5)


def test_a_withdrawn_reference_is_gone_from_the_next_index(place: Store, embedder: OnnxEmbedder) -> None:
    with Registry.open(place) as registry:
        kept, withdrawn = register(registry, place, PHOTOS[0]), register(registry, place, PHOTOS[1])
        build_index(place, registry, embedder)
        registry.withdraw_reference(withdrawn, NOW)
        build_index(place, registry, embedder)
    assert [reference.reference_id for reference in BrandIndex.open(place, embedder).references] == [kept]


def embedded(vectors: NDArray[np.float32]) -> Embedded:
    """Embeddings with these vectors, whose first patches differ by the vector's first number."""
    patches = np.round(127 * vectors[:, None]).astype(np.int8)
    return Embedded(vectors, patches)


ALL = np.zeros((0, 4), np.float32)
BRANDS = np.arange(10, dtype=np.int32)  # each reference is of a brand of its own


def test_a_logo_is_found_by_its_embedding_and_a_photo_is_not(place: Store, embedder: OnnxEmbedder) -> None:
    with Registry.open(place) as registry:
        register(registry, place, PHOTOS[1])
        logo = register(registry, place, PHOTOS[0], ReferenceKind.LOGO)
        build_index(place, registry, embedder)
    index = BrandIndex.open(place, embedder)
    (hit,) = index.similar_logos(embedder.embed([PHOTOS[0]]).vectors, 5)
    assert index.references[hit.position].reference_id == logo
    assert hit.cosine > 0.7


def test_a_crop_that_another_brand_is_nearer_to_has_a_negative_margin(tmp_path: Path) -> None:
    near, far = np.array([[1, 0]], np.float32), np.array([[0.8, 0.6]], np.float32)
    level = Levels(Level(0.3, 0.1))
    part = logos_in(tmp_path, [(4, embedded(near), level, ALL), (7, embedded(far), level, ALL)], BRANDS)
    found = part.similarities(near, [(4, slice(0, 1)), (7, slice(0, 1))])
    assert [round(similarity.margin, 3) for similarity in found] == [0.2, -0.2]


def test_another_logo_of_the_same_brand_is_no_rival(tmp_path: Path) -> None:
    near, beside, far = (np.array([row], np.float32) for row in ([1, 0], [0.96, 0.28], [0, 1]))
    level = Levels(Level(0.3, 0.1))
    logos = [(0, embedded(near), level, ALL), (1, embedded(beside), level, ALL), (2, embedded(far), level, ALL)]
    part = logos_in(tmp_path, logos, np.array([5, 5, 6], np.int32))
    found = part.similarities(near, [(0, slice(0, 1)), (1, slice(0, 1))])
    assert [round(similarity.margin, 3) for similarity in found] == [1.0, 0.96]


def test_similarity_is_of_the_best_crop_and_its_mean_is_over_all_of_them(tmp_path: Path) -> None:
    near, far = np.array([[1, 0]], np.float32), np.array([[0.8, 0.6]], np.float32)
    level = Levels(Level(0.3, 0.1))
    part = logos_in(tmp_path, [(4, embedded(near), level, ALL), (7, embedded(far), level, ALL)], BRANDS)
    crops = np.array([[1, 0], [0, 1]], np.float32)
    (found,) = part.similarities(crops, [(7, slice(0, 2))])
    assert [round(value, 3) for value in (found.cosine, found.margin, found.mean_cosine)] == [0.8, -0.2, 0.7]


class Counting(OnnxEmbedder):
    """Counts the crops that it embeds."""

    images = 0

    def embed(self, crops: Sequence[RGBImage]) -> Embedded:
        self.images += len(crops)
        return super().embed(crops)


def test_a_second_build_describes_only_what_is_new(place: Store, embedder: OnnxEmbedder) -> None:
    counting = Counting(read_manifest())
    with Registry.open(place) as registry:
        register(registry, place, PHOTOS[0], ReferenceKind.LOGO)
        build_index(place, registry, counting)
        first = counting.images
        register(registry, place, PHOTOS[1], ReferenceKind.LOGO)
        counting.images = 0
        build_index(place, registry, counting)
    assert counting.images == first  # the new logo and the self-test


def test_a_written_index_of_vectors_is_as_faiss_would_write_it_with_their_numbers_as_the_cache_rounds_them(
    tmp_path: Path,
) -> None:
    between = np.float32(0.124176025390625)  # as far from one number of 16 bits as from the next
    vectors = np.array([[between, np.sqrt(1 - between**2)]], np.float32)
    embeddings_in(tmp_path, [(0, embedded(vectors), Levels(Level(0.5, 0.1)), ALL)])
    index = faiss.IndexScalarQuantizer(2, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.add(vectors.astype(np.float16).astype(np.float32))
    faiss.write_index(index, str(tmp_path / "by_faiss"))
    assert (tmp_path / "logos.faiss").read_bytes() == (tmp_path / "by_faiss").read_bytes()


def test_a_written_index_of_hashes_is_as_faiss_would_write_it(tmp_path: Path) -> None:
    value = np.arange(32, dtype=np.uint8)
    hashes_near(tmp_path, PdqHasher(), value, np.zeros((8, 32), np.uint8))
    index = faiss.IndexBinaryFlat(256)
    index.add(value[None])
    faiss.write_index_binary(index, str(tmp_path / "by_faiss"))
    assert (tmp_path / "hashes.faiss").read_bytes() == (tmp_path / "by_faiss").read_bytes()


def test_a_reader_of_the_earlier_revision_keeps_it(place: Store, embedder: OnnxEmbedder) -> None:
    with Registry.open(place) as registry:
        register(registry, place, PHOTOS[0])
        build_index(place, registry, embedder)
        reader = BrandIndex.open(place, embedder)
        register(registry, place, PHOTOS[1])
        build_index(place, registry, embedder)
    keypoints = describe_keypoints(PHOTOS[0], side=512, limit=100)
    assert reader.voted_references(ReferenceKind.PHOTO, keypoints, 512, 1)
    assert BrandIndex.open(place, embedder).revision > reader.revision


def test_an_index_of_another_model_is_refused(place: Store, embedder: OnnxEmbedder) -> None:
    class Other(OnnxEmbedder):
        def __init__(self) -> None:
            super().__init__(read_manifest())
            self.fingerprint = "another"

    with Registry.open(place) as registry:
        build_index(place, registry, embedder)
    with pytest.raises(IndexUnusable, match="another model"):
        BrandIndex.open(place, Other())


@pytest.mark.parametrize(
    "earlier",
    [("brand_index.features.description.VERSION", 1), ("brand_index.index.building.FORMAT", 1)],
    ids=["recipe", "format"],
)
def test_an_index_of_an_earlier_version_of_the_program_is_replaced(
    place: Store, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch, earlier: tuple[str, int]
) -> None:
    with Registry.open(place) as registry:
        register(registry, place, PHOTOS[0])
        with monkeypatch.context() as then:
            then.setattr(*earlier)
            build_index(place, registry, embedder)
        with pytest.raises(IndexUnusable, match="another model or another recipe"):
            BrandIndex.open(place, embedder)
        build_index(place, registry, embedder)
    assert len(BrandIndex.open(place, embedder).references) == 1


def test_an_index_of_format_11_is_replaced_without_describing_anything_and_is_not_called_damaged(
    place: Store,
) -> None:
    earlier, counting = place.index / "1-of-format-11", Counting(read_manifest())
    with Registry.open(place) as registry:
        register(registry, place, PHOTOS[0], ReferenceKind.LOGO)
        earlier.mkdir(parents=True)
        (earlier / "manifest.json").write_text(json.dumps({"format": 11, "revision": 3, "fingerprint": "x"}))
        (place.index / "CURRENT").write_text(earlier.name)
        with pytest.raises(IndexUnusable) as refused:
            BrandIndex.open(place, counting)
        assert not isinstance(refused.value, IndexDamaged)
        counting.images = 0
        build_index(place, registry, counting)
    assert counting.images == 1, "the self-test alone"
    assert published_index(place).fingerprint == read_index_manifest(current_folder(place)).fingerprint


def test_a_model_that_answers_otherwise_here_is_noticed(place: Store, embedder: OnnxEmbedder) -> None:
    with Registry.open(place) as registry:
        build_index(place, registry, embedder)
    manifest = next(place.index.glob("*/manifest.json"))
    content = json.loads(manifest.read_text())
    content["self_test"][0] += 0.1
    manifest.write_text(json.dumps(content))
    with pytest.raises(IndexUnusable, match="other vectors"):
        BrandIndex.open(place, embedder)


def test_no_index_says_how_to_build_one(place: Store, embedder: OnnxEmbedder) -> None:
    with pytest.raises(IndexUnusable, match="markscan index"):
        BrandIndex.open(place, embedder)


@pytest.mark.parametrize("name", ["pdq-photo.faiss", "keypoints-logo.codes.npy", "catalog.npy"])
def test_a_damaged_file_is_named(indexed: Store, embedder: OnnxEmbedder, name: str) -> None:
    damaged = next(indexed.index.glob(f"**/{name}"))
    damaged.write_bytes(b"no")
    with pytest.raises(IndexUnusable, match=name):
        BrandIndex.open(indexed, embedder)


FILES = (
    "manifest.json",
    "segment.json",
    "catalog.npy",
    "thumbnails.npy",
    "hues.npy",
    "pdq-photo.faiss",
    "pdq-photo.owners.npy",
)


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"{", bytes(64), b"\xff\xfe"], ids=repr)
@pytest.mark.parametrize("name", FILES)
def test_an_index_that_was_damaged_is_refused_and_built_anew(
    indexed: Store, embedder: OnnxEmbedder, name: str, damage: bytes
) -> None:
    next(indexed.index.glob(f"**/{name}")).write_bytes(damage)
    with pytest.raises(IndexUnusable):
        BrandIndex.open(indexed, embedder)
    with Registry.open(indexed) as registry:
        build_index(indexed, registry, embedder)
    assert len(BrandIndex.open(indexed, embedder).references) == 1


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_each_file_of_an_index_is_in_its_manifest_and_no_flipped_bit_goes_unseen(
    place: Store, embedder: OnnxEmbedder
) -> None:
    with Registry.open(place) as registry:
        register(registry, place, PHOTOS[0])
        build_index(place, registry, embedder)
        folder = current_folder(place)
        check_digests(folder)
        (segment,) = (place.index / "segments").iterdir()
        for path in sorted([*folder.iterdir(), *segment.iterdir()]):
            if path.name == "manifest.json":
                continue
            before = path.read_bytes()
            flip_a_bit(path)
            with pytest.raises(IndexDamaged, match=path.name):
                check_digests(folder)
            path.write_bytes(before)
        flip_a_bit(segment / "thumbnails.npy")
        build_index(place, registry, embedder)
    assert current_folder(place) != folder, "other processes may have the damaged one open"
    check_digests(current_folder(place))


@pytest.mark.parametrize("damage", [b"", b"gone", b"\xff\xfe", b"\0"], ids=repr)
def test_a_pointer_that_was_damaged_is_refused_and_written_anew(
    place: Store, embedder: OnnxEmbedder, damage: bytes
) -> None:
    with Registry.open(place) as registry:
        build_index(place, registry, embedder)
        (place.index / "CURRENT").write_bytes(damage)
        with pytest.raises(IndexUnusable):
            published_index(place)
        with pytest.raises(IndexUnusable):
            BrandIndex.open(place, embedder)
        build_index(place, registry, embedder)
    assert published_index(place).revision == BrandIndex.open(place, embedder).revision


@given(bits=st.sets(st.integers(0, 255), max_size=90))
def test_a_hash_is_near_up_to_and_including_the_stated_distance(bits: set[int]) -> None:
    hasher = PdqHasher()
    stored = np.zeros(256, np.uint8)
    asked = stored.copy()
    asked[list(bits)] = 1
    forms = np.stack([np.packbits(asked)] + [np.full(32, 0xF0, np.uint8)] * 7)
    with TemporaryDirectory() as folder:
        hits = hashes_near(Path(folder), hasher, np.packbits(stored), forms)
    found = [(hit.position, hit.distance) for hit in hits]
    assert found == ([(7, len(bits))] if len(bits) <= hasher.max_distance else [])


@pytest.mark.parametrize("hasher", HASHERS, ids=[hasher.name for hasher in HASHERS])
@pytest.mark.parametrize("beyond", [0, 1])
def test_the_radius_of_near_hashes_includes_the_stated_distance_and_nothing_beyond(
    hasher: Hasher, beyond: int, tmp_path: Path
) -> None:
    differing = hasher.max_distance + beyond
    query = np.packbits(np.arange(hasher.bits) < differing)
    opposite = np.full((7, hasher.bits // 8), 0xFF, np.uint8)  # the other forms are far from the reference
    hits = hashes_near(tmp_path, hasher, np.zeros(hasher.bits // 8, np.uint8), np.vstack([query, opposite]))
    found = [(hit.position, hit.distance, hit.transform) for hit in hits]
    assert found == ([] if beyond else [(7, differing, TRANSFORMS[0])])


def test_a_reference_with_many_rows_is_one_hit(tmp_path: Path) -> None:
    vectors = np.eye(4, dtype=np.float32)
    level = Levels(Level(0.3, 0.1))
    logos = [(0, embedded(vectors[:3]), level, ALL), (1, embedded(vectors[3:]), level, ALL)]
    part = logos_in(tmp_path, logos, BRANDS, dimensions=4)
    hits = part.search(vectors, 5)
    assert sorted((hit.position, round(hit.cosine, 3)) for hit in hits) == [(0, 1.0), (1, 1.0)]


def test_many_keypoints_in_inverted_lists_still_find_the_image_that_they_come_from(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    real = describe_keypoints(PHOTOS[0], side=512, limit=300)

    def noise(count: int) -> Keypoints:
        return Keypoints(
            chance.uniform(0, 500, (count, 2)).astype(np.float32),
            chance.uniform(3, 30, count).astype(np.float32),
            chance.uniform(0, 6, count).astype(np.float32),
            chance.integers(0, 60, (count, 128)).astype(np.uint8),
        )

    parts = [noise(5 * EXACT_ROWS), real, noise(500)]
    part, again = (keypoints_in(tmp_path / name, parts, (250, 250, 500)) for name in ("one", "again"))
    hits = part.search(real, 512, 3, mirrored=300)
    assert hits[0].position == 1
    assert not hits[0].mirrored
    assert again.search(real, 512, 3, mirrored=300) == hits


def test_an_image_that_twenty_brands_registered_is_still_voted_for(tmp_path: Path) -> None:
    keypoints = describe_keypoints(PHOTOS[0], side=512, limit=200)
    part = keypoints_in(tmp_path / "index", [keypoints] * 20, (256, 256, 512))
    hits = part.search(describe_keypoints(PHOTOS[0][20:, 30:].copy(), side=512, limit=200), 482, 5, mirrored=200)
    assert len(hits) == 5
    assert hits[-1].votes > 3


def test_every_hasher_has_a_part_for_each_kind(place: Store, embedder: OnnxEmbedder) -> None:
    with Registry.open(place) as registry:
        register(registry, place, PHOTOS[0])
        build_index(place, registry, embedder)
    names = {path.name for path in place.index.glob("segments/*/*.faiss")}
    assert {f"{hasher.name}-{kind}.faiss" for hasher in HASHERS for kind in IMAGE_KINDS} < names


def test_the_part_of_a_logo_that_a_view_shows_is_read_as_it_was_written(tmp_path: Path) -> None:
    views, level = embedded(np.eye(2, dtype=np.float32)), Levels(Level(0.3, 0.1))
    shown = np.array([[0, 0, 1, 1], [0.5, 0, 1, 1]], np.float32)
    part = logos_in(tmp_path, [(0, views, level, shown)], BRANDS)
    (hit,) = part.search(np.array([[0, 1]], np.float32), 1)
    assert part.shown(hit.view) == (0.5, 0.0, 1.0, 1.0)


def test_views_of_which_nothing_is_said_show_all_of_the_logo(tmp_path: Path) -> None:
    part = logos_in(tmp_path, [(0, embedded(np.eye(2, dtype=np.float32)), Levels(Level(0.3, 0.1)), ALL)], BRANDS)
    assert part.shown(1) == (0.0, 0.0, 1.0, 1.0)


def test_a_logo_of_many_views_leaves_room_for_the_other_logos(tmp_path: Path) -> None:
    near = np.tile(np.array([[1, 0]], np.float32), (40, 1))
    far = np.array([[0.8, 0.6]], np.float32)
    level = Levels(Level(0.3, 0.1))
    part = logos_in(tmp_path, [(0, embedded(near), level, ALL), (1, embedded(far), level, ALL)], BRANDS)
    assert [hit.position for hit in part.search(np.array([[1, 0]], np.float32), 2)] == [0, 1]
