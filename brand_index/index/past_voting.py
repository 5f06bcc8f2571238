"""Agreement of coarsely coded keypoints on where a reference lies in a past image; it searches nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.compact.description import GRID
from brand_index.features.keypoints import Keypoints
from brand_index.features.poses import Poses, poses_of_matches

HEAVIEST: Final = 0.6  # distance up to which a pair counts in full; farther ones count less
ANGLE_BINS: Final = 12  # of 30 degrees, as in voting
CENTRE_STEP: Final = 0.25  # of the reference's long side at the scale of the bin, likewise
MOST_OFF: Final = 0.06  # of the reference's long side: how far a keypoint is at most from where the others have it
GRID_OFF: Final = 1.5  # GRID steps, besides
MOST_TURNED: Final = 0.4  # radians between how a keypoint is turned and how the others' places are
MOST_SCALED: Final = 0.6  # octaves likewise
FITS: Final = 2  # of a similarity to a group of pairs: the second without those that lay off the first


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """N pairs of a past image's keypoint and a reference's."""

    asked: NDArray[np.int64]  # rows of the past images' keypoints
    rows: NDArray[np.int64]  # rows of the references' keypoints
    distances: NDArray[np.float64]  # in the most bits that such a pair may differ in
    images: NDArray[np.int64]
    owners: NDArray[np.int64]  # twice the reference's row, and one more in a mirror

    def chosen(self, part: NDArray[np.generic]) -> "Pairs":
        """The pairs of these rows, or where a mask is set."""
        return Pairs(self.asked[part], self.rows[part], self.distances[part], self.images[part], self.owners[part])


def agreeing(
    pairs: Pairs, past: Keypoints, references: Keypoints, frames: NDArray[np.float64]
) -> Iterable[tuple[int, int, float, tuple[float, float], float]]:
    """Image, owner, votes, centre and half of the long side, in GRID steps, of each pair of them with two votes.

    `frames`, (owners, 3), are the centres and long sides of the owners' contents in their own pixels. A keypoint votes
    once for an owner, by its nearest, and votes count where they agree on the owner's place, scale and turn.
    """
    pairs = _nearest_of_each(_nearest_of_each(pairs, pairs.asked), None)
    many = np.bincount(_unique(pairs.images, pairs.owners))[_unique(pairs.images, pairs.owners)] >= 2
    pairs = pairs.chosen(many)
    if not len(pairs.asked):
        return
    weights = np.clip(1.0 - (pairs.distances - HEAVIEST) / (2 * (1 - HEAVIEST)), 0.5, 1.0)
    sides = frames[pairs.owners, 2]
    poses = poses_of_matches(past, pairs.asked, references, pairs.rows, frames[pairs.owners, :2])
    octaves = poses.octaves + np.log2(sides / GRID)  # of the reference's long side over that of the image
    best: dict[tuple[int, int], tuple[float, tuple[float, float], float]] = {}
    for shift in (0.0, 0.5):  # as in voting: a second grid holds together what the first cuts apart
        octave = np.floor(octaves + shift)
        step = CENTRE_STEP * GRID * np.exp2(octave)
        turn = np.floor(poses.rotations / (2 * np.pi) * ANGLE_BINS + shift) % ANGLE_BINS
        x, y = (np.floor(poses.centres[:, axis] / step + shift) for axis in (0, 1))
        bins = np.stack([pairs.images, pairs.owners, turn, octave, x, y], axis=1).astype(np.int64)
        _, first, inverse = np.unique(bins, axis=0, return_index=True, return_inverse=True)
        counts = np.bincount(inverse)
        means = [np.bincount(inverse, weights=each) / counts for each in (*poses.centres.T, octaves)]
        votes = _fitting(pairs, past, references, inverse, weights, sides, poses)
        for found in np.flatnonzero((counts >= 2) & (votes > 0)):
            key = int(pairs.images[first[found]]), int(pairs.owners[first[found]])
            if key not in best or votes[found] > best[key][0]:
                across, down, octave_of = (float(each[found]) for each in means)
                best[key] = float(votes[found]), (across, down), float(np.exp2(octave_of) * GRID / 2)
    for (image, owner), (weight, middle, half) in best.items():
        yield image, owner, weight, middle, half


def _fitting(
    pairs: Pairs,
    past: Keypoints,
    references: Keypoints,
    groups: NDArray[np.int64],
    weights: NDArray[np.float64],
    sides: NDArray[np.float64],
    poses: Poses,
) -> NDArray[np.float64]:
    """The votes of each group of pairs, without those that lie or turn otherwise than a similarity of the group says.

    `sides`: the long sides of the pairs' references, in their pixels.
    """
    asked, known = (_as_complex(each) for each in (past.points[pairs.asked], references.points[pairs.rows]))
    fits = np.ones(len(groups), bool)
    for _ in range(FITS):
        fitting = np.maximum(np.bincount(groups, weights=fits), 1)
        from_middle = [each - (_sums(each * fits, groups) / fitting)[groups] for each in (asked, known)]
        spread = _sums(np.abs(from_middle[1]) ** 2 * fits + 0j, groups).real
        moved = _sums(from_middle[0] * from_middle[1].conj() * fits, groups)
        turn = (moved / np.maximum(spread, 1e-6))[groups]  # and scale, by least squares
        size = np.maximum(np.abs(turn), 1e-6)
        off = np.abs(from_middle[0] - turn * from_middle[1])
        turned = np.abs(np.angle(np.exp(1j * poses.rotations) * turn.conj()))
        scaled = np.abs(poses.octaves - np.log2(size))
        fits = (off <= MOST_OFF * size * sides + GRID_OFF) & (turned <= MOST_TURNED) & (scaled <= MOST_SCALED)
    return np.asarray(np.bincount(groups, weights=weights * fits))


def _as_complex(points: NDArray[np.floating]) -> NDArray[np.complex128]:
    return np.asarray(points[:, 0] + 1j * points[:, 1], np.complex128)


def _sums(values: NDArray[np.complex128], groups: NDArray[np.int64]) -> NDArray[np.complex128]:
    return np.bincount(groups, weights=values.real) + 1j * np.bincount(groups, weights=values.imag)


def _nearest_of_each(pairs: Pairs, by: NDArray[np.int64] | None) -> Pairs:
    """Of each keypoint (`by`; None: the reference's in each image) and owner the nearest pair alone."""
    first = pairs.asked if by is not None else _unique(pairs.images, pairs.rows)
    order = np.lexsort((pairs.distances, pairs.owners, first))
    sorted_first, sorted_owners = first[order], pairs.owners[order]
    begins = np.ones(len(order), bool)
    begins[1:] = (sorted_first[1:] != sorted_first[:-1]) | (sorted_owners[1:] != sorted_owners[:-1])
    return pairs.chosen(order[begins])


def _unique(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number from 0 for each different pair of the two."""
    both = first * (int(second.max(initial=0)) + 1) + second
    return np.asarray(np.unique(both, return_inverse=True)[1], np.int64)
