"""An index is built without the references that cannot be described; they are named, and tried again in time."""

import contextlib
import fcntl
import hashlib
import io
import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.errors import UndescribableReference
from brand_index.features.description import ReferenceDescription
from brand_index.features.embedding import Embedder, OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.files import keep
from brand_index.index import BrandIndex
from brand_index.index.building import build_index
from brand_index.index.catalog import SET_ASIDE
from brand_index.index.describing_all import RETRY_SECONDS, describe_all, is_due_again, try_again
from brand_index.index.published import CURRENT, current_folder, published_index
from brand_index.index.segments.files import SEGMENTS
from brand_index.registration import register_reference
from brand_index.registration.auditing import audit_each
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage, ReferenceKind
from tests.conftest import ACME, describer, draw_logo, index_file, jpeg, png

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class OtherModel(OnnxEmbedder):
    """Has the same weights by another name, so that no description in the cache is its."""

    def __init__(self) -> None:
        super().__init__(read_manifest())
        self.fingerprint = "other"


@pytest.fixture(scope="module")
def embedder() -> OtherModel:
    return OtherModel()


@pytest.fixture
def place(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def registry(place: Store) -> Iterator[Registry]:
    with Registry.open(place) as opened:
        yield opened


@pytest.fixture
def references(place: Store, registry: Registry) -> tuple[ReferenceImage, ReferenceImage]:
    """A photo and a logo."""
    images = (
        (ReferenceKind.PHOTO, jpeg(np.asarray(photographs.coffee(), np.uint8)), "coffee.jpg"),
        (ReferenceKind.LOGO, png(draw_logo("ACME", (200, 30, 40))), "acme.png"),
    )
    photo, logo = (
        register_reference(
            registry, place, brand=ACME, kind=kind, image=image, describer=describer(), name=name, now=NOW
        ).reference
        for kind, image, name in images
    )
    return photo, logo


def media(place: Store, reference: ReferenceImage) -> Path:
    return place.media_path(reference.sha256, reference.suffix)


def lose(path: Path) -> None:
    path.unlink()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:300])


def exchange(path: Path) -> None:
    path.write_bytes(jpeg(np.asarray(photographs.chelsea(), np.uint8)))


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [lose, cut_off, empty, exchange])
def test_a_reference_whose_file_is_lost_or_damaged_is_set_aside_and_named(
    place: Store,
    registry: Registry,
    references: tuple[ReferenceImage, ReferenceImage],
    embedder: OtherModel,
    damage: Callable[[Path], None],
) -> None:
    photo, logo = references
    damage(media(place, photo))
    build_index(place, registry, embedder)
    index = BrandIndex.open(place, embedder)
    assert [each.reference_id for each in index.references] == [logo.reference_id]
    assert index.similar_logos(embedder.embed([np.asarray(photographs.coffee(), np.uint8)]).vectors, 5)
    (lacking,) = published_index(place).set_aside
    assert (lacking.reference_id, lacking.brand_id, lacking.source_name) == (photo.reference_id, "acme", "coffee.jpg")
    assert lacking.reason
    assert str(place.root) not in lacking.reason


def test_a_reference_of_before_the_limits_is_set_aside(
    place: Store, registry: Registry, references: tuple[ReferenceImage, ReferenceImage], embedder: OtherModel
) -> None:
    bomb = png(Image.new("RGB", (64, 20_000), (200, 30, 40)))
    sha256 = hashlib.sha256(bomb).hexdigest()
    keep(place.media_path(sha256, ".png"), bomb)
    registry.add_reference(
        brand="acme",
        kind=ReferenceKind.LOGO,
        sha256=sha256,
        suffix=".png",
        mark_id=None,
        source_name="long.png",
        width=64,
        height=20_000,
        warnings=(),
        now=NOW,
    )
    build_index(place, registry, embedder)
    assert len(BrandIndex.open(place, embedder).references) == len(references)
    (lacking,) = published_index(place).set_aside
    assert (lacking.source_name, lacking.code) == ("long.png", "image_too_large")


class Choosy:
    """Fails on one reference, as a bounded describer does, and counts how often it is asked."""

    def __init__(self, embedder: OtherModel, refused: str) -> None:
        self._inner, self._refused, self.asked = type(describer())(embedder), refused, list[str]()

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    def run(self, name: str, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        self.asked.append(name)
        if name == self._refused:
            raise UndescribableReference(f"{name}: takes too long")
        return self._inner.run(name, work, *arguments)


def test_what_was_set_aside_is_tried_again_in_time_or_when_its_file_changes(
    place: Store, registry: Registry, references: tuple[ReferenceImage, ReferenceImage], embedder: OtherModel
) -> None:
    photo, logo = references
    choosy = Choosy(embedder, "acme.png")
    build_index(place, registry, embedder, describer=choosy)
    assert [each.reference_id for each in published_index(place).set_aside] == [logo.reference_id]
    assert published_index(place).set_aside[0].reason == "takes too long"
    assert not is_due_again(place), "not in a hot loop"

    tried = current_folder(place) / SET_ASIDE
    long_ago = time.time() - RETRY_SECONDS - 60
    media(place, logo).chmod(0o600)
    assert is_due_again(place), "its file has changed"
    os.utime(tried)
    assert not is_due_again(place)
    os.utime(tried, (long_ago, long_ago))
    assert is_due_again(place), "its time has come"
    choosy.asked.clear()
    assert not try_again(place, registry, choosy)
    assert choosy.asked == ["acme.png"], "what is described is not described again"
    assert not is_due_again(place), "until its time comes again"

    os.utime(tried, (long_ago, long_ago))
    assert try_again(place, registry, type(describer())(embedder))
    assert is_due_again(place), "until an index with it is published"
    build_index(place, registry, embedder)
    assert published_index(place).set_aside == ()
    assert {each.reference_id for each in BrandIndex.open(place, embedder).references} == {
        photo.reference_id,
        logo.reference_id,
    }
    assert not is_due_again(place)


def test_a_lost_file_that_is_back_is_tried_at_once(
    place: Store, registry: Registry, references: tuple[ReferenceImage, ReferenceImage], embedder: OtherModel
) -> None:
    path = media(place, references[0])
    kept = path.read_bytes()
    path.unlink()
    build_index(place, registry, embedder)
    assert not is_due_again(place)
    time.sleep(0.02)  # the clock of the file system is coarse
    path.write_bytes(kept)
    assert is_due_again(place)


def test_an_audit_leaves_out_a_logo_that_cannot_be_described(
    place: Store, registry: Registry, references: tuple[ReferenceImage, ReferenceImage], embedder: OtherModel
) -> None:
    other = register_reference(
        registry,
        place,
        brand=ACME,
        kind=ReferenceKind.LOGO,
        image=png(draw_logo("bolt&co", (20, 60, 160))),
        describer=describer(),
        name="bolt.png",
        now=NOW,
    ).reference
    both = {references[1].reference_id, other.reference_id}
    audits = audit_each(registry, place, Choosy(embedder, "acme.png"), both)
    assert [each.reference_id for each in audits] == [other.reference_id]


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04 and no more", b"\x93NUMPY"])
def test_a_damaged_description_in_the_cache_is_made_again(
    place: Store, registry: Registry, references: tuple[ReferenceImage, ReferenceImage], damaged: bytes
) -> None:
    photo, logo = references
    registry.save_descriptors([(photo.reference_id, describer().fingerprint, damaged)])
    found = list(describe_all(place, registry, (photo, logo), describer()))
    assert [each.width for each in found] == [photo.width, logo.width]  # type: ignore[union-attr]


def packed(data: bytes, **changes: int) -> bytes:
    """The same archive with other fields in its directory: of each entry, as PKWARE's APPNOTE 4.3.12 has them."""
    changed, at = bytearray(data), -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        for offset, field in ((8, "flags"), (10, "method")):
            if field in changes:
                changed[at + offset] = changes[field]
    return bytes(changed)


@pytest.mark.parametrize(("field", "value"), [("flags", 1), ("flags", 32), ("method", 9), ("method", 99)])
def test_a_cached_description_that_claims_what_zips_may_be_is_made_again(
    place: Store, registry: Registry, references: tuple[ReferenceImage, ReferenceImage], field: str, value: int
) -> None:
    list(describe_all(place, registry, references, describer()))
    photo, logo = references
    cached = registry.descriptor(photo.reference_id, describer().fingerprint)
    assert cached is not None
    damaged = packed(cached, **{field: value})
    assert damaged != cached
    registry.save_descriptors([(photo.reference_id, describer().fingerprint, damaged)])
    found = list(describe_all(place, registry, references, describer()))
    assert [each.width for each in found] == [photo.width, logo.width]  # type: ignore[union-attr]


def test_whatever_is_damaged_in_a_description_it_is_a_value_error(
    place: Store, registry: Registry, references: tuple[ReferenceImage, ReferenceImage]
) -> None:
    list(describe_all(place, registry, references, describer()))
    cached = registry.descriptor(references[0].reference_id, describer().fingerprint)
    assert cached is not None
    directory = cached.find(b"PK\x01\x02")
    for at in (*range(200), *range(directory, len(cached))):
        damaged = bytearray(cached)
        damaged[at] ^= 1 << at % 8
        with contextlib.suppress(ValueError):  # some bytes do not matter
            ReferenceDescription.from_bytes(bytes(damaged))


def test_a_description_that_would_unpack_to_more_than_its_bytes_is_not_read() -> None:
    bomb = io.BytesIO()
    np.savez_compressed(bomb, shape=np.zeros(1_000_000, np.int64))
    with pytest.raises(ValueError, match="compressed"):
        ReferenceDescription.from_bytes(bomb.getvalue())


def test_what_killed_builds_left_is_removed_and_what_a_live_one_writes_is_not(
    place: Store, registry: Registry, references: tuple[ReferenceImage, ReferenceImage], embedder: OtherModel
) -> None:
    killed, live = place.index / ".building-killed", place.index / ".building-live"
    for folder in (killed, live):
        folder.mkdir(parents=True)
        (folder / "hues.npy").write_bytes(b"half")
    held = os.open(live, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        build_index(place, registry, embedder)
        assert not killed.exists()
        assert (live / "hues.npy").exists()
    finally:
        os.close(held)
    build_index(place, registry, embedder)
    assert sorted(path.name for path in place.index.iterdir()) == sorted(
        [CURRENT, SEGMENTS, current_folder(place).name]
    )


@pytest.mark.parametrize("name", ["catalog.npy", "keypoints-logo.codes.npy", "hues.npy", "manifest.json"])
def test_a_damaged_index_of_the_same_revision_is_replaced(
    place: Store,
    registry: Registry,
    references: tuple[ReferenceImage, ReferenceImage],
    embedder: OtherModel,
    name: str,
) -> None:
    build_index(place, registry, embedder)
    path = index_file(place, name)
    path.write_bytes(path.read_bytes()[:20])
    build_index(place, registry, embedder)
    assert len(BrandIndex.open(place, embedder).references) == 2


def test_an_index_without_its_folder_is_built_again(
    place: Store, registry: Registry, references: tuple[ReferenceImage, ReferenceImage], embedder: OtherModel
) -> None:
    build_index(place, registry, embedder)
    shutil.rmtree(current_folder(place))
    (place.index / CURRENT).write_bytes(b"\xff\x00")
    build_index(place, registry, embedder)
    assert len(BrandIndex.open(place, embedder).references) == 2
