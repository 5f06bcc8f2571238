"""Which references the keypoints of an image agree on; it proposes, and proves nothing.

Each near pair of keypoints says where, how large and how turned the whole reference would lie. Pairs that say the same
fall into one bin of a Hough space (Lowe 2004), and weigh by how far they beat the background: the distance to the last
neighbour that was looked at (local naive Bayes nearest neighbour, McCann and Lowe 2012).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.keypoints import Keypoints
from brand_index.features.poses import poses_of_pairs

ANGLE_BINS: Final = 12  # of 30 degrees
SCALE_STEP: Final = 1.0  # octaves a bin
PLACE_STEP: Final = 0.25  # of the reference's long side, at the scale of the bin
FARTHEST: Final = 14_000.0  # squared distance of byte descriptors; beyond it two keypoints have nothing in common
NEAREST_BACKGROUND: Final = 6_500.0  # likewise; nearer "background" is the same image registered many times


def vote(
    query: Keypoints,
    references: Keypoints,
    distances: NDArray[np.float32],
    rows: NDArray[np.int64],
    owners: NDArray[np.int32],
    frames: NDArray[np.float32],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Positions of the `count` references with the heaviest bin, and those weights, heaviest first.

    `distances` (squared) and `rows`, both (N, K), are the K nearest rows of `references` for each of N query keypoints,
    nearest first, with row −1 where there was none; `owners` maps a row to the position of its reference, and `frames`,
    (R, 3), a position to the x and y of that reference's middle and its long side, in its own pixels.
    """
    weights = 1.0 - distances / np.clip(distances[:, -1:], NEAREST_BACKGROUND, FARTHEST)
    chosen = (weights > 0.02) & (rows >= 0)
    if not chosen.any():
        return np.zeros(0, np.int64), np.zeros(0)
    asker = np.broadcast_to(np.arange(len(query))[:, None], rows.shape)[chosen]
    row, weight = rows[chosen], weights[chosen].astype(np.float64)
    owner = owners[row].astype(np.int64)

    poses = poses_of_pairs(query, asker, references, row, frames[owner, :2])
    turn, octave, (x, y) = poses.turns, poses.octaves, poses.centres.T

    heaviest: dict[int, float] = {}
    for shift in (0.0, 0.5):  # a second grid, shifted by half a bin: what one cuts apart the other holds together
        octave_bin = np.floor(octave / SCALE_STEP + shift)
        step = PLACE_STEP * frames[owner, 2] * np.exp2(octave_bin * SCALE_STEP)
        turn_bin = np.floor(turn / (2 * np.pi) * ANGLE_BINS + shift) % ANGLE_BINS
        bins = np.stack([owner, turn_bin, octave_bin, np.floor(x / step + shift), np.floor(y / step + shift)], axis=1)
        _, inverse = np.unique(_packed(bins), return_inverse=True)
        sums = np.bincount(inverse, weights=weight)
        bin_owner = np.empty(len(sums), np.int64)
        bin_owner[inverse] = owner
        for place in np.argsort(-sums, kind="stable")[: 4 * count]:
            position = int(bin_owner[place])
            heaviest[position] = max(heaviest.get(position, 0.0), float(sums[place]))
    ranked = sorted(heaviest.items(), key=lambda item: (-item[1], item[0]))[:count]
    return np.array([position for position, _ in ranked], np.int64), np.array([value for _, value in ranked])


def _packed(bins: NDArray[np.float64]) -> NDArray[np.int64]:
    """(M, 5) bin numbers to (M,) integers that are equal when the rows are."""
    whole = bins.astype(np.int64)
    packed = whole[:, 0]
    for column, room in ((1, 16), (2, 64), (3, 1 << 14), (4, 1 << 14)):
        packed = packed * room + whole[:, column] % room
    return packed
