"""Keypoints vote for the reference that they agree on, wherever the edges of the Hough space's bins lie."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.features.keypoints import Keypoints, describe_keypoints, join
from brand_index.index.voting import CENTRE_STEP, FARTHEST, vote

PHOTO = describe_keypoints(np.asarray(photographs.astronaut(), np.uint8), side=512, limit=200)
OTHER = describe_keypoints(np.asarray(photographs.chelsea(), np.uint8), side=512, limit=200)
FRAME = (256.0, 256.0, 512.0)  # middle and long side of the photo
EITHER_SIDE = np.where(np.arange(len(PHOTO)) % 2, -1, 1).astype(np.float32)


def votes_for_the_photo(query: Keypoints) -> float:
    """The votes of query keypoints that are like the photo's keypoint in the same row only; one each at most."""
    rows = np.stack([np.arange(len(query)), np.full(len(query), -1)], axis=1)
    distances = np.tile(np.array([0.0, FARTHEST], np.float32), (len(query), 1))
    owners = np.zeros(len(PHOTO), np.int32)
    positions, votes = vote(query, PHOTO, distances, rows, owners, np.array([FRAME], np.float32), 1)
    assert positions.tolist() == [0]
    return float(votes[0])


def displaced(*, rotation: float = 0.0, octave: float = 0.0, x: float = 0.0, y: float = 0.0) -> Keypoints:
    """The photo's keypoints, every second one displaced one way and the others the other way."""
    return replace(
        PHOTO,
        angles=PHOTO.angles + EITHER_SIDE * np.float32(rotation),
        scales=PHOTO.scales * np.exp2(EITHER_SIDE * np.float32(octave)),
        points=PHOTO.points + EITHER_SIDE[:, None] * np.array([x, y], np.float32),
    )


@pytest.mark.parametrize(
    "query",
    [displaced(rotation=0.001), displaced(octave=0.001), displaced(x=2.0), displaced(y=2.0)],
    ids=["turn", "scale", "x", "y"],
)
def test_keypoints_on_both_sides_of_a_bin_s_edge_vote_together(query: Keypoints) -> None:
    # An untouched copy lies on an edge of the first grid in each dimension: it needs no turn and no scaling, and its
    # middle is a whole number of steps away. Only the second grid holds such pairs together.
    assert votes_for_the_photo(query) > 0.9 * len(query)


@pytest.mark.parametrize(("x", "y"), [(2.0, 0.0), (0.0, 2.0)], ids=["x", "y"])
def test_keypoints_on_both_sides_of_an_edge_of_the_second_grid_vote_together(x: float, y: float) -> None:
    half_a_step = 0.5 * CENTRE_STEP * FRAME[2]
    query = displaced(x=x, y=y).translated(half_a_step if x else 0.0, half_a_step if y else 0.0)
    assert votes_for_the_photo(query) > 0.9 * len(query)


@pytest.mark.parametrize(
    "query",
    [displaced(rotation=1.0), displaced(octave=1.2), displaced(x=200.0), displaced(y=200.0)],
    ids=["turn", "scale", "x", "y"],
)
def test_keypoints_that_disagree_do_not_vote_together(query: Keypoints) -> None:
    assert votes_for_the_photo(query) < 0.6 * len(query)


def test_references_come_with_the_most_voted_first_and_only_as_many_as_asked_for() -> None:
    references = join((PHOTO, OTHER))
    owners = np.repeat(np.array([0, 1], np.int32), [len(PHOTO), len(OTHER)])
    frames = np.array([FRAME, (225.0, 150.0, 451.0)], np.float32)
    query = join((PHOTO.strongest(40), OTHER.strongest(90)))
    nearest = np.concatenate([np.arange(40), len(PHOTO) + np.arange(90)])
    rows: NDArray[np.int64] = np.stack([nearest, np.full(130, -1)], axis=1)
    distances = np.tile(np.array([0.0, FARTHEST], np.float32), (130, 1))
    positions, votes = vote(query, references, distances, rows, owners, frames, 2)
    assert positions.tolist() == [1, 0]
    assert votes[0] > votes[1] > 30
    assert vote(query, references, distances, rows, owners, frames, 1)[0].tolist() == [1]


def test_a_pair_weighs_by_how_far_it_beats_the_background_and_one_that_does_not_weighs_nothing() -> None:
    frames, owners = np.array([FRAME], np.float32), np.zeros(len(PHOTO), np.int32)
    query, rows = PHOTO.strongest(1), np.array([[0, -1]], np.int64)

    def votes(near: float, background: float) -> list[float]:
        distances = np.array([[near, background]], np.float32)
        return [float(value) for value in vote(query, PHOTO, distances, rows, owners, frames, 1)[1]]

    assert votes(3_500, 7_000) == pytest.approx([0.5])
    assert votes(3_500, 14_000) == pytest.approx([0.75])
    assert votes(3_500, 28_000) == pytest.approx([0.75])  # nothing farther is background
    assert votes(3_250, 3_250) == pytest.approx([0.5])  # nothing nearer: it is the same image, registered again
    assert votes(7_000, 7_000) == []
