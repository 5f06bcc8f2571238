"""Looks for some references of an index in compact descriptions of past images, from the references' side.

The few new references are indexed, and the many past images stream through that index in batches: photos and logos by
hashes and by keypoints that agree on where they lie, logos by embeddings of their views, too. What is found is likely
and not verified.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.compact import CompactDescription
from brand_index.features.compact.codes import estimated_cosines, keypoint_codes, restored
from brand_index.features.compact.description import GRID
from brand_index.features.hashing import HASHERS, TRANSFORMS
from brand_index.features.keypoints import Keypoints, join
from brand_index.features.poses import poses_of_matches
from brand_index.index.reading import BrandIndex
from brand_index.types import ReferenceKind

NEAREST: Final = 22  # bits of 128 between two keypoints' codes, up to which they may be the same
HEAVIEST: Final = 14.0  # bits up to which a pair counts in full; farther ones count less
ANGLE_BINS: Final = 12  # of 30 degrees, as in voting
CENTRE_STEP: Final = 0.25  # of the reference's long side at the scale of the bin, likewise
PHOTO_KEYPOINTS: Final = 250  # of a photo, the strongest: more take time and find no more
LEAST_VOTES: Final = {ReferenceKind.PHOTO: 3.0, ReferenceKind.LOGO: 3.0}  # of a reference that is likely there
LEAST_COSINE: Final = 0.36  # estimated, of a region with a view of a logo that is likely there

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of the file."""


class Trace(StrEnum):
    """By what a reference is likely in a past image."""

    HASH = "hash"
    KEYPOINTS = "keypoints"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class PastHit:
    """A reference that is likely in a past image."""

    row: int  # of the image among those that were searched
    position: int  # of the reference in the catalog
    trace: Trace
    score: float  # by trace: bits of 256 that agree of a hash, votes of keypoints, or a cosine
    box: Box
    mirrored: bool


class PastSearch:
    """Some references of an index, ready to be looked for in past images."""

    def __init__(self, index: BrandIndex, positions: Collection[int]) -> None:
        """`positions` of the references in the catalog."""
        self._index, self._positions = index, np.array(sorted(positions), np.int64)
        described = [(int(position), *_both_ways(index, int(position))) for position in self._positions]
        self._owners = np.concatenate(
            [np.zeros(0, np.int64), *(np.full(len(each), 2 * row) for row, (_, each, _) in enumerate(described))]
            + [np.full(len(each), 2 * row + 1) for row, (_, _, each) in enumerate(described)]
        ).astype(np.int64)
        self._keypoints = join(tuple([each for _, each, _ in described] + [each for _, _, each in described]))
        frames = [_frame(index, int(position)) for position in self._positions]
        self._frames = np.repeat(np.array(frames, np.float64).reshape(-1, 3), 2, axis=0)
        for row, position in enumerate(self._positions):  # in a mirror the centre is elsewhere
            self._frames[2 * row + 1, 0] = index.references[int(position)].width - 1 - self._frames[2 * row, 0]
        self._codes = faiss.IndexBinaryFlat(128)
        if len(self._owners):
            self._codes.add(keypoint_codes(self._keypoints.descriptors))
        self._hashes = [self._hash_rows(number) for number in range(len(HASHERS))]
        views = [(position, index.views(int(position))) for position in self._positions if self._is_logo(position)]
        self._views = np.concatenate([each for _, each in views]) if views else np.zeros((0, 0), np.float32)
        self._view_owners = np.concatenate([np.zeros(0, np.int64), *(np.full(len(v), p) for p, v in views)])
        self._view_owners = self._view_owners.astype(np.int64)

    def likely(self, past: Sequence[CompactDescription]) -> list[PastHit]:
        """The references that are likely in these past images, each pair once by each trace, by row and position.

        Scores of different traces are no measure of each other: the caller knows how likely each is.
        """
        best: dict[tuple[int, int, Trace], PastHit] = {}
        for hit in (*self._by_region(past), *self._by_keypoints(past), *self._by_hash(past)):
            key = hit.row, hit.position, hit.trace
            if key not in best or hit.score > best[key].score:
                best[key] = hit
        return [best[key] for key in sorted(best)]

    def _is_logo(self, position: np.int64) -> bool:
        return self._index.references[int(position)].kind is ReferenceKind.LOGO

    def _hash_rows(self, number: int) -> tuple[faiss.IndexBinaryFlat, NDArray[np.int64], NDArray[np.bool_]]:
        """The hashes of the references in every pose by one hasher, with their owners and whether they are mirrored."""
        hasher = HASHERS[number]
        index, owners, mirrored = faiss.IndexBinaryFlat(hasher.bits), list[int](), list[bool]()
        for position in map(int, self._positions):
            if not self._index.is_hashed(hasher.name, position):
                continue
            found = hasher.hashes(self._index.plate(position))
            if found is not None:
                index.add(found)
                owners += [position] * len(TRANSFORMS)
                mirrored += [each.mirrored for each in TRANSFORMS]
        return index, np.array(owners, np.int64), np.array(mirrored, bool)

    def _by_hash(self, past: Sequence[CompactDescription]) -> Iterable[PastHit]:
        for number, hasher in enumerate(HASHERS):
            index, owners, mirrored = self._hashes[number]
            hashes = [each.pdq if number == 0 else each.phash for each in past]
            rows = np.repeat(np.arange(len(past)), [len(each) for each in hashes])
            if not len(rows) or not len(owners):
                continue
            limits, distances, found = index.range_search(np.concatenate(hashes), hasher.max_distance + 1)
            asked = np.repeat(rows, np.diff(limits.astype(np.int64)))
            for row, place, distance in zip(map(int, asked), map(int, found), distances, strict=True):
                agreeing = 1.0 - float(distance) / hasher.bits
                whole = (0, 0, past[row].width, past[row].height)
                yield PastHit(row, int(owners[place]), Trace.HASH, agreeing, whole, bool(mirrored[place]))

    def _by_region(self, past: Sequence[CompactDescription]) -> Iterable[PastHit]:
        if not len(self._views):
            return
        for row, each in enumerate(past):
            if not len(each.regions):
                continue
            cosines = estimated_cosines(each.regions, self._views)
            regions, views = np.nonzero(cosines >= LEAST_COSINE)
            for region, view in zip(regions, views, strict=True):
                box = _in_pixels(each.regions.boxes[region], each)
                cosine = float(cosines[region, view])
                yield PastHit(row, int(self._view_owners[view]), Trace.REGION, cosine, box, mirrored=False)

    def _by_keypoints(self, past: Sequence[CompactDescription]) -> Iterable[PastHit]:
        counts = [len(each.keypoints) for each in past]
        if not sum(counts) or not len(self._owners):
            return
        images = np.repeat(np.arange(len(past)), counts)
        places = np.concatenate([each.keypoints.places for each in past])
        codes = np.concatenate([each.keypoints.codes for each in past])
        limits, distances, rows = self._codes.range_search(np.ascontiguousarray(codes), NEAREST + 1)
        asked = np.repeat(np.arange(len(codes)), np.diff(limits.astype(np.int64)))
        pairs = _Pairs(asked, rows, distances.astype(np.float64), images[asked], self._owners[rows])
        for image, owner, votes, centre, half in agreeing(pairs, restored(places), self._keypoints, self._frames):
            position = int(self._positions[owner // 2])
            if votes < LEAST_VOTES[self._index.references[position].kind]:
                continue
            step, each = past[image].step, past[image]
            left, top = (max(0, round((value - half) * step)) for value in centre)
            right, bottom = (
                min(side, round((value + half) * step))
                for value, side in zip(centre, (each.width, each.height), strict=True)
            )
            box = (min(left, each.width - 1), min(top, each.height - 1), max(right, 1), max(bottom, 1))
            yield PastHit(image, position, Trace.KEYPOINTS, votes, box, bool(owner % 2))


def near_pairs(queries: NDArray[np.uint8], others: NDArray[np.uint8], bits: int) -> list[tuple[int, int, int]]:
    """The rows of (N, B) queries and (M, B) other hashes that differ in so many bits at most, with those bits."""
    if not len(queries) or not len(others):
        return []
    index = faiss.IndexBinaryFlat(8 * queries.shape[1])
    index.add(np.ascontiguousarray(others))
    limits, distances, rows = index.range_search(np.ascontiguousarray(queries), bits + 1)
    asked = np.repeat(np.arange(len(queries)), np.diff(limits.astype(np.int64)))
    return [(int(one), int(two), int(bits)) for one, two, bits in zip(asked, rows, distances, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """N pairs of a past image's keypoint and a reference's."""

    asked: NDArray[np.int64]  # rows of the past images' keypoints
    rows: NDArray[np.int64]  # rows of the references' keypoints
    distances: NDArray[np.float64]  # bits
    images: NDArray[np.int64]
    owners: NDArray[np.int64]  # twice the reference's row, and one more in a mirror

    def chosen(self, part: NDArray[np.generic]) -> "_Pairs":
        return _Pairs(self.asked[part], self.rows[part], self.distances[part], self.images[part], self.owners[part])


def agreeing(
    pairs: _Pairs, past: Keypoints, references: Keypoints, frames: NDArray[np.float64]
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
    weights = np.clip(1.0 - (pairs.distances - HEAVIEST) / (2 * (NEAREST - HEAVIEST)), 0.5, 1.0)
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
        votes = np.bincount(inverse, weights=weights)
        counts = np.bincount(inverse)
        means = [np.bincount(inverse, weights=each) / counts for each in (*poses.centres.T, octaves)]
        for found in np.flatnonzero(counts >= 2):
            key = int(pairs.images[first[found]]), int(pairs.owners[first[found]])
            if key not in best or votes[found] > best[key][0]:
                across, down, octave_of = (float(each[found]) for each in means)
                best[key] = float(votes[found]), (across, down), float(np.exp2(octave_of) * GRID / 2)
    for (image, owner), (weight, middle, half) in best.items():
        yield image, owner, weight, middle, half


def _nearest_of_each(pairs: _Pairs, by: NDArray[np.int64] | None) -> _Pairs:
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


def _both_ways(index: BrandIndex, position: int) -> tuple[Keypoints, Keypoints]:
    """The keypoints of a reference, and as in a mirror."""
    own = index.keypoints(position)
    if index.references[position].kind is ReferenceKind.PHOTO:
        own = own.strongest(PHOTO_KEYPOINTS)
    return own, own.mirrored(index.references[position].width)


def _frame(index: BrandIndex, position: int) -> tuple[float, float, float]:
    """The x and y of the centre of a reference's content, and its long side."""
    left, top, right, bottom = index.references[position].content
    return (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top)


def _in_pixels(box: NDArray[np.uint8], past: CompactDescription) -> Box:
    left, top, right, bottom = (round(float(side) * past.step) for side in box)
    return left, top, max(left + 1, min(right, past.width)), max(top + 1, min(bottom, past.height))
