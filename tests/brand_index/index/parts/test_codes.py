"""Keypoints in a few bytes: near what they were, and coded again to the same bytes however often they are merged."""

from pathlib import Path

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.errors import ModelUnusable
from brand_index.features.keypoints import Keypoints, describe_keypoints
from brand_index.index.parts import codes as codes_module
from brand_index.index.parts.codes import centroids, coded, decode, encode, points_of
from tests.brand_index.index.written import keypoint_part_in

FRAME = (0.0, 0.0, 1.0)


@pytest.fixture(scope="module", params=["coffee", "chelsea"])
def keypoints(request: pytest.FixtureRequest) -> Keypoints:
    image = np.asarray(getattr(photographs, request.param)(), np.uint8)
    return describe_keypoints(image, side=512, limit=500)


def moved(keypoints: Keypoints) -> Keypoints:
    """Of a larger image, and in part left of it and above."""
    return keypoints.scaled(7.3, 6.1).translated(-41.77, -9.03)


@pytest.mark.parametrize("change", [lambda each: each, moved], ids=["as_they_are", "moved"])
def test_what_was_coded_is_coded_again_as_it_is(keypoints: Keypoints, change: object, tmp_path: Path) -> None:
    assert callable(change)
    once = keypoint_part_in(tmp_path / "once", [change(keypoints)], FRAME).of(0)
    twice = keypoint_part_in(tmp_path / "twice", [once], FRAME).of(0)
    for field in ("points", "scales", "angles", "descriptors"):
        assert np.array_equal(getattr(once, field), getattr(twice, field)), field


def test_places_are_within_a_step_and_steps_are_small(keypoints: Keypoints) -> None:
    rows = coded(keypoints)
    assert np.abs(points_of(rows.places, rows.grid) - keypoints.points).max() <= rows.grid[2] <= 1 / 64


def test_scales_and_directions_are_near_what_they_were(keypoints: Keypoints, tmp_path: Path) -> None:
    found = keypoint_part_in(tmp_path / "part", [keypoints], FRAME).of(0)
    assert np.abs(np.log2(found.scales / keypoints.scales)).max() <= 1 / 32 + 1e-5
    turned = np.angle(np.exp(1j * (found.angles.astype(float) - keypoints.angles)))
    assert np.abs(turned).max() <= np.pi / 256 + 1e-5


def test_a_descriptor_is_nearer_to_its_code_than_to_those_of_others(keypoints: Keypoints) -> None:
    own = decode(encode(keypoints.descriptors)).astype(float)
    asked = keypoints.descriptors.astype(float)
    distances = ((asked[:, None] - own[None]) ** 2).sum(axis=2)
    assert (distances.argmin(axis=1) == np.arange(len(asked))).mean() > 0.98


def test_no_keypoints_are_coded_too(tmp_path: Path) -> None:
    none = describe_keypoints(np.full((64, 64, 3), 90, np.uint8), side=512, limit=500)
    part = keypoint_part_in(tmp_path / "part", [none, none], FRAME)
    assert [len(part.of(position)) for position in (0, 1)] == [0, 0]


def test_centroids_that_do_not_ship_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    np.save(tmp_path / "other.npy", centroids() // 2)
    monkeypatch.setattr(codes_module, "CENTROIDS", tmp_path / "other.npy")
    centroids.cache_clear()
    with pytest.raises(ModelUnusable, match=r"other\.npy"):
        centroids()
    centroids.cache_clear()
