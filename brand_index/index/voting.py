"""Votes of an image's keypoints for the references that they agree on; votes propose and verify nothing.

Each match of two keypoints implies a centre, a scale and a rotation of the reference. Matches that imply the same fall
into one bin of a Hough space (Lowe 2004). Each weighs by how much nearer it is than the background: the distance to the
last neighbour retrieved (local naive Bayes nearest neighbour, McCann and Lowe 2012).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.keypoints import Keypoints
from brand_index.features.poses import poses_of_matches

ANGLE_BINS: Final = 12  # of 30 degrees
SCALE_STEP: Final = 1.0  # octaves a bin
CENTRE_STEP: Final = 0.25  # of the reference's long side, at the scale of the bin
FARTHEST: Final = 14_000.0  # squared distance of byte descriptors; keypoints farther apart have nothing in common
LEAST_WEIGHT: Final = 0.02  # of a match; below it, it is noise
NEAREST_BACKGROUND: Final = 6_500.0  # likewise; a nearer "background" is the same image, registered many times


def vote(
    query: Keypoints,
    references: Keypoints,
    distances: NDArray[np.float32],
    rows: NDArray[np.int64],
    owners: NDArray[np.int32],
    frames: NDArray[np.float32],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The positions of the `count` references with the heaviest bins, and those weights, heaviest first.

    `distances` (squared) and `rows`, both (N, K), are the K nearest rows of `references` for each of N query keypoints,
    nearest first, with row −1 for none; `owners` maps a row to the position of its reference, and `frames`, (R, 3), a
    position to the x and y of that reference's centre and its long side, in its own pixels.
    """
    weights = weights_of(distances)
    chosen = (weights > 0) & (rows >= 0)
    if not chosen.any():
        return np.zeros(0, np.int64), np.zeros(0)
    query_row = np.broadcast_to(np.arange(len(query))[:, None], rows.shape)[chosen]
    row, weight = rows[chosen], weights[chosen].astype(np.float64)
    owner = owners[row].astype(np.int64)

    poses = poses_of_matches(query, query_row, references, row, frames[owner, :2])
    rotation, octave, (x, y) = poses.rotations, poses.octaves, poses.centres.T

    heaviest: dict[int, float] = {}
    for shift in (0.0, 0.5):  # a second grid, shifted by half a bin, holds together what the first cuts apart
        octave_bin = np.floor(octave / SCALE_STEP + shift)
        step = CENTRE_STEP * frames[owner, 2] * np.exp2(octave_bin * SCALE_STEP)
        rotation_bin = np.floor(rotation / (2 * np.pi) * ANGLE_BINS + shift) % ANGLE_BINS
        bins = np.stack(
            [owner, rotation_bin, octave_bin, np.floor(x / step + shift), np.floor(y / step + shift)], axis=1
        )
        _, inverse = np.unique(_packed(bins), return_inverse=True)
        sums = np.bincount(inverse, weights=weight)
        bin_owner = np.empty(len(sums), np.int64)
        bin_owner[inverse] = owner
        for heavy in np.argsort(-sums, kind="stable")[: 4 * count]:
            position = int(bin_owner[heavy])
            heaviest[position] = max(heaviest.get(position, 0.0), float(sums[heavy]))
    ranked = sorted(heaviest.items(), key=lambda item: (-item[1], item[0]))[:count]
    return np.array([position for position, _ in ranked], np.int64), np.array([weight for _, weight in ranked])


def weights_of(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """What each match weighs by its squared distance, (N, K), nearest first; 0: it does not vote."""
    weights = 1.0 - distances / np.clip(distances[:, -1:], NEAREST_BACKGROUND, FARTHEST)
    return np.asarray(np.where(weights > LEAST_WEIGHT, weights, 0.0), np.float32)


def _packed(bins: NDArray[np.float64]) -> NDArray[np.int64]:
    """One integer, (M,), for each of (M, 5) bin numbers; equal for equal rows."""
    whole = bins.astype(np.int64)
    packed = whole[:, 0]
    for column, size in ((1, 16), (2, 64), (3, 1 << 14), (4, 1 << 14)):
        packed = packed * size + whole[:, column] % size
    return packed
