"""A compact description comes back from its bytes, has 3 KB at most, and its codes are near where images are."""

import struct
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.features.compact import (
    MOST_BYTES,
    CompactDescription,
    CompactKeypoints,
    CompactLine,
    compact_keypoints,
    region_codes,
)
from brand_index.features.compact.codes import estimated_cosines, keypoint_codes, restored
from brand_index.features.compact.description import FIRST_KEYPOINT_BYTES, GRID, KEYPOINT_BYTES
from brand_index.features.keypoints import Keypoints, describe_keypoints
from brand_index.images import RGBImage


def photo() -> RGBImage:
    return np.asarray(photographs.coffee(), np.uint8)


def keypoints(image: RGBImage) -> Keypoints:
    return describe_keypoints(image, side=384, limit=300)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@cache
def described() -> CompactDescription:
    image = photo()
    vectors = unit(np.random.default_rng(1).normal(size=(2, 256)))
    return CompactDescription(
        width=600,
        height=400,
        pdq=np.arange(64, dtype=np.uint8).reshape(2, 32),
        phash=np.arange(8, dtype=np.uint8).reshape(1, 8),
        keypoints=compact_keypoints(keypoints(image), 600.0),
        regions=region_codes(np.array([[0, 0, 600, 400], [0, 0, 200, 200]]), vectors, 600.0),
        lines=(CompactLine("ACME größe 42", 0.8, (1, 2, 100, 20)),),
        was_read=True,
        is_part=True,
    )


def test_it_comes_back_from_its_bytes() -> None:
    before = described()
    after = CompactDescription.from_bytes(before.to_bytes())
    kept = len(after.keypoints)
    assert (after.width, after.height) == (600, 400)
    assert after.is_part
    assert after.was_read
    assert after.regions_sought
    assert np.array_equal(after.pdq, before.pdq)
    assert np.array_equal(after.phash, before.phash)
    assert np.array_equal(after.regions.codes, before.regions.codes)
    assert np.array_equal(after.keypoints.places, before.keypoints.places[:kept])
    assert np.array_equal(after.keypoints.codes, before.keypoints.codes[:kept])
    assert after.lines[0].text == "ACME größe 42"
    assert after.lines[0].sureness == pytest.approx(0.8, abs=0.01)


def test_keypoints_fill_the_room_that_is_left_and_no_more() -> None:
    assert len(described().keypoints) == 300
    assert MOST_BYTES - 20 < len(described().to_bytes()) <= MOST_BYTES


@settings(deadline=None)  # the first example describes the photo
@given(text=st.text(min_size=1, max_size=300))
def test_any_line_is_cut_between_characters(text: str) -> None:
    line = CompactLine(text, 1.0, (0, 0, 1, 1))
    none = CompactKeypoints(np.zeros((0, 4), np.uint8), np.zeros((0, 16), np.uint8))
    blank = replace(described(), lines=(line,), keypoints=none)
    found = CompactDescription.from_bytes(blank.to_bytes()).lines[0].text
    assert text.encode("utf-8", "replace").decode().startswith(found)


@pytest.mark.parametrize(("begin", "end", "more"), [(0, -1, b""), (0, None, b"x"), (0, 0, b""), (0, 0, b"\xff" * 30)])
def test_other_bytes_are_refused(begin: int, end: int | None, more: bytes) -> None:
    with pytest.raises(ValueError, match="no compact description"):
        CompactDescription.from_bytes(described().to_bytes()[begin:end] + more)


def test_places_come_back_within_a_step() -> None:
    known = keypoints(photo())
    found = restored(compact_keypoints(known, 600.0).places)
    step = 600 / GRID
    assert np.abs(found.points * step - known.points).max() <= step
    assert np.abs(np.log2(found.scales * step / known.scales)).max() <= 1 / 16
    turned = np.angle(np.exp(1j * (found.angles - known.angles)))
    assert np.abs(turned).max() <= 2 * np.pi / 256


@pytest.mark.parametrize(("width", "near", "far_away"), [(KEYPOINT_BYTES, 9, 13), (FIRST_KEYPOINT_BYTES, 20, 26)])
def test_codes_of_the_same_corner_are_nearer_than_those_of_others(width: int, near: int, far_away: int) -> None:
    image = photo()
    brighter = np.clip(image * 0.7 + 60, 0, 255).astype(np.uint8)
    one, other = keypoints(image), keypoints(brighter)
    apart = np.linalg.norm(one.points[:, None] - other.points[None], axis=2)
    codes, others = (keypoint_codes(each.descriptors, width) for each in (one, other))
    distances = np.unpackbits(codes[:, None] ^ others[None], axis=2).sum(axis=2)
    same, far = apart < 0.5, apart > 60
    assert np.median(distances[same]) < near
    assert np.percentile(distances[far], 1) > far_away


@pytest.mark.parametrize(("bits", "most"), [(1, 0.055), (2, 0.027), (4, 0.009)])
def test_cosines_are_estimated_from_codes_the_better_the_more_bits_they_have(bits: int, most: float) -> None:
    vectors = unit(np.random.default_rng(3).normal(size=(40, 256)))
    others = unit(np.random.default_rng(4).normal(size=(30, 256)))
    cosines, errors = estimated_cosines(region_codes(np.zeros((40, 4)), vectors, 100.0, bits), others)
    wrong = cosines - vectors @ others.T
    assert abs(float(wrong.mean())) < most / 3
    assert float(wrong.std()) < most
    assert float(errors.mean()) == pytest.approx(float(wrong.std()), rel=0.2)


def test_a_description_of_the_first_version_is_read_and_its_cosines_estimated() -> None:
    (vector,) = unit(np.random.default_rng(5).normal(size=(1, 256)))
    header = struct.pack("<IIBBBBBBH", 600, 400, 3, 0, 0, 1, 0, 0, 32)
    gain = round(float(np.abs(vector).sum()) / 16 * 255)  # the cosine of a vector with its signs
    data = header + bytes([0, 0, 255, 170, gain]) + np.packbits(vector > 0).tobytes()
    regions = CompactDescription.from_bytes(data).regions
    assert float(estimated_cosines(regions, vector[None])[0][0, 0]) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("dimensions", [0, 256])
def test_an_image_without_regions_has_a_description(dimensions: int) -> None:
    regions = region_codes(np.zeros((0, 4)), np.zeros((0, dimensions), np.float32), 600.0, bits=2)
    after = CompactDescription.from_bytes(replace(described(), regions=regions).to_bytes())
    assert len(after.regions) == 0


def test_keypoints_of_the_first_version_come_back_from_its_bytes() -> None:
    known = keypoints(photo())
    codes = keypoint_codes(known.descriptors, FIRST_KEYPOINT_BYTES)
    first = replace(described(), keypoints=replace(compact_keypoints(known, 600.0), codes=codes))
    after = CompactDescription.from_bytes(first.to_bytes()).keypoints
    assert np.array_equal(after.codes, codes[: len(after)])
