"""Keypoints lie where the image says, and their mirrored and negative forms need no second look."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.features.keypoints import Keypoints, describe_keypoints, join

PHOTO = np.asarray(photographs.astronaut(), np.uint8)


def share_refound(formed: Keypoints, described: Keypoints) -> float:
    """The share of the keypoints of `formed` that `described` has in the same place with the same descriptor."""
    apart = np.linalg.norm(formed.points[:, None] - described.points[None], axis=2)
    turned = np.abs(np.angle(np.exp(1j * (formed.angles[:, None] - described.angles[None]))))
    cosines = formed.descriptors.astype(float) @ described.descriptors.T.astype(float) / 255**2
    twins = (apart < 1.0) & (turned < 0.1)
    has_twin = twins.any(axis=1)
    return float((np.where(twins, cosines, 0).max(axis=1)[has_twin] > 0.95).mean() * has_twin.mean())


def mirror(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(image[:, ::-1])


@pytest.mark.parametrize(
    ("change", "form"),
    [
        (mirror, lambda keypoints: keypoints.mirrored(PHOTO.shape[1])),
        (lambda image: 255 - image, lambda keypoints: keypoints.negative()),
    ],
    ids=["mirror", "negative"],
)
def test_a_derived_form_is_what_a_look_at_the_changed_image_finds(
    change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], form: Callable[[Keypoints], Keypoints]
) -> None:
    formed = form(describe_keypoints(PHOTO, side=512, limit=300))
    described = describe_keypoints(change(PHOTO), side=512, limit=100_000)
    assert share_refound(formed, described) > 0.8


def test_positions_are_pixels_of_the_image_as_given_whatever_size_it_is_described_at() -> None:
    bright = np.zeros((400, 600, 3), np.uint8)
    bright[200:240, 420:460] = 255
    for side in (300, 600):
        keypoints = describe_keypoints(bright, side=side, limit=50)
        assert np.abs(keypoints.points - [439.5, 219.5]).max() < 60
        assert np.abs(np.median(keypoints.points, axis=0) - [439.5, 219.5]).max() < 25


def test_no_more_keypoints_come_back_than_asked_for() -> None:
    assert len(describe_keypoints(PHOTO, side=512, limit=40)) == 40


def test_the_strongest_keypoints_are_the_first_ones() -> None:
    every, few = (describe_keypoints(photographs.coffee(), side=512, limit=limit) for limit in (400, 50))
    assert len(every.strongest(60)) == 60
    np.testing.assert_array_equal(every.strongest(60).descriptors, every.descriptors[:60])
    assert len(few.strongest(60)) == 50


def test_a_busy_corner_does_not_take_all_keypoints() -> None:
    image = np.full((400, 400, 3), 128, np.uint8)
    image[:200, :200] = np.random.default_rng(0).integers(0, 255, (200, 200, 1))
    image[250:390, 250:390] = PHOTO[100:240, 150:290] // 4 + 96
    points = describe_keypoints(image, side=400, limit=100).points
    assert (points > 240).all(axis=1).sum() > 15


def test_a_flat_image_has_none() -> None:
    assert len(describe_keypoints(np.full((100, 100, 3), 7, np.uint8), side=512, limit=40)) == 0


def test_joining_nothing_gives_nothing() -> None:
    assert len(join(())) == 0


def test_keypoints_with_their_negatives_are_known_by_one_polarity() -> None:
    first, second = (describe_keypoints(PHOTO[at:], side=320, limit=60) for at in (0, 200))
    both = join((first, first.negative(), second, second.negative()))
    in_one = both.in_one_polarity()
    assert in_one is not None
    assert np.array_equal(in_one.descriptors, join((first, second)).descriptors)
    again = in_one.in_both_polarities().in_one_polarity()
    assert again is not None
    assert np.array_equal(again.descriptors, in_one.descriptors)


@pytest.mark.parametrize("taken", [60, 119, 61], ids=["none", "all_but_one", "one_too_many"])
def test_keypoints_of_which_some_have_no_negative_have_no_one_polarity(taken: int) -> None:
    one = describe_keypoints(PHOTO, side=320, limit=60)
    assert one.in_both_polarities().strongest(taken).in_one_polarity() is None


def test_the_most_lasting_keypoints_are_the_largest_and_the_strongest_in_their_order() -> None:
    every = describe_keypoints(PHOTO, side=512, limit=400)
    few = every.most_lasting(100)
    assert len(few) == 100
    assert few.scales.min() <= np.median(every.scales), "the strongest are small, too"
    assert np.sort(few.scales)[-50:].tolist() == np.sort(every.scales)[-50:].tolist()
    assert np.array_equal(few.points[:5], every.points[:5])
    assert np.array_equal(few.most_lasting(100).points, few.points)


def test_two_thirds_of_the_most_lasting_keypoints_are_preferred_ones_if_there_are_as_many() -> None:
    every = describe_keypoints(PHOTO, side=512, limit=400)
    preferred = np.arange(len(every)) % 4 == 3
    few = every.most_lasting(90, preferred)
    assert len(few) == 90
    assert sum((few.points[:, None] == every.points[None, preferred]).all(axis=2).any(axis=1)) >= 60
    rare = np.arange(len(every)) >= len(every) - 10
    assert len(every.most_lasting(90, rare)) == 90
    assert every.most_lasting(90, rare).points.tolist()[-10:] == every.points[rare].tolist()
