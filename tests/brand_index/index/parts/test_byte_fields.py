"""Fields of differing length come back as they were written, and damage in them is named."""

from pathlib import Path

import numpy as np
import pytest

from brand_index.errors import IndexDamaged
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.goods import GOODS_SIDE
from brand_index.features.plates import read_thumbnail, thumbnail_of
from brand_index.features.views.drawing import logo_views
from brand_index.features.views.patches import packed_patches, unpacked_patches
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage
from brand_index.index.parts import BytesPart, BytesWriter
from tests.brand_index.index.written import packed_as_in_format_13
from tests.conftest import draw_logo


def written(folder: Path, *packed: bytes) -> BytesPart:
    with BytesWriter(folder, "fields") as writer:
        for each in packed:
            writer.add_packed(each)
    return BytesPart.load(folder, "fields")


def test_packed_bytes_come_back_one_by_one(tmp_path: Path) -> None:
    part = written(tmp_path, b"goods" * 40, b"", b"more")
    assert [part.unpacked(position) for position in range(len(part))] == [b"goods" * 40, b"", b"more"]


def test_goods_come_back_as_they_were(tmp_path: Path) -> None:
    goods = (np.arange(GOODS_SIDE**2) % 251).astype(np.uint8).reshape(GOODS_SIDE, GOODS_SIDE)
    assert np.array_equal(written(tmp_path, goods.tobytes()).goods(0), goods)


def test_bytes_that_are_no_field_are_named_as_damage(tmp_path: Path) -> None:
    with BytesWriter(tmp_path, "fields") as writer:
        writer.add(np.arange(40, dtype=np.uint8))
    part = BytesPart.load(tmp_path, "fields")
    for read in (part.unpacked, part.plate, part.thumbnail, part.goods, part.patches):
        with pytest.raises(IndexDamaged, match=r"fields\.npy"):
            read(0)


def test_a_thumbnail_shows_the_content_in_grey() -> None:
    image: RGBImage = np.full((200, 300, 3), 255, np.uint8)
    image[50:150, 100:200] = (200, 30, 40)
    found = read_thumbnail(thumbnail_of(image, (50, 0, 250, 200)))
    assert found[48, 48] < 90
    assert found[5, 5] > 250


@pytest.mark.parametrize("shape", [(144, 64), (1, 1), (3, 5)])
def test_packed_patches_are_near_what_they_were_and_packed_again_as_they_are(shape: tuple[int, int]) -> None:
    vectors = np.random.default_rng(0).normal(size=shape)
    patches = np.round(127 * vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.int8)
    once = unpacked_patches(packed_patches(patches))
    cosines = (
        (once.astype(float) * patches).sum(axis=1) / np.linalg.norm(once, axis=1) / np.linalg.norm(patches, axis=1)
    )
    assert cosines.min() > 0.88
    assert np.array_equal(unpacked_patches(packed_patches(once)), once)


def test_patches_of_a_logo_take_less_than_two_bits_a_number() -> None:
    views, _ = logo_views(np.asarray(draw_logo("ACME", (200, 30, 40)).convert("RGB")), np.full(3, 255, np.uint8))
    patches = OnnxEmbedder(read_manifest()).embed(views[:1]).patches[0]
    packed = packed_patches(patches)
    assert len(packed) < patches.size / 4
    errors = unpacked_patches(packed).astype(float) - patches
    assert (errors**2).sum(axis=1).mean() < 0.08 * 127**2


def test_patches_of_format_13_are_read_with_half_a_step_of_error() -> None:
    patches = np.random.default_rng(0).integers(-45, 40, (144, 64)).astype(np.int8)
    assert np.abs(unpacked_patches(packed_as_in_format_13(patches)).astype(int) - patches).max() == 3
