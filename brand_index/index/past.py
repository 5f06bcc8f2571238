"""Looks for some references of an index in compact descriptions of past images, from the references' side.

The few new references are indexed, and the many past images stream through that index in batches: photos and logos by
hashes and by keypoints that agree on where they lie, logos by embeddings of their views, too. What is found is likely
and not verified.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.compact import CompactDescription, CompactRegions
from brand_index.features.compact.codes import estimated_cosines, keypoint_codes, restored
from brand_index.features.compact.description import FIRST_KEYPOINT_BYTES, KEYPOINT_BYTES
from brand_index.features.hashing import HASHERS, TRANSFORMS
from brand_index.features.keypoints import Keypoints, join
from brand_index.index.past_hits import Box, PastHit
from brand_index.index.past_voting import Pairs, agreeing
from brand_index.index.reading import BrandIndex
from brand_index.types import ReferenceKind

# Bits between two keypoints' codes, up to which they may be the same, by the bytes of a code.
NEAREST: Final = {KEYPOINT_BYTES: 9, FIRST_KEYPOINT_BYTES: 22}
PHOTO_KEYPOINTS: Final = 250  # of a photo, the strongest: more take time and find no more
FARTHEST: Final = 0.06  # of the long side: how far a keypoint may lie from its place in an image that is alike
LEAST_AGREEING: Final = 3  # keypoints at their places by which two images show the same there
LEAST_SHARE: Final = 0.2  # likewise, of those that lie there in one of them
LEAST_RARITY: Final = 0.3  # of a region's cosine with a view of a logo: below it says nothing beside keypoints


class PastSearch:
    """Some references of an index, ready to be looked for in past images."""

    def __init__(self, index: BrandIndex, positions: Collection[int]) -> None:
        """`positions` of the references in the catalog."""
        self._index, self._positions = index, np.array(sorted(positions), np.int64)
        both = [_both_ways(index, int(position)) for position in self._positions]
        ways = [*(own for own, _ in both), *(mirrored for _, mirrored in both)]
        owners = np.arange(2 * len(both)).reshape(-1, 2).T.ravel()  # each reference's own, and then as in a mirror
        self._owners = np.repeat(owners, np.array([len(each.keypoints) for each in ways], np.int64))
        self._keypoints = join(tuple(each.keypoints for each in ways))
        frames = [_frame(index, int(position)) for position in self._positions]
        self._frames = np.repeat(np.array(frames, np.float64).reshape(-1, 3), 2, axis=0)
        for row, position in enumerate(self._positions):  # in a mirror the centre is elsewhere
            self._frames[2 * row + 1, 0] = index.references[int(position)].width - 1 - self._frames[2 * row, 0]
        self._codes = {width: faiss.IndexBinaryFlat(8 * width) for width in NEAREST}
        for width, codes in self._codes.items():
            if len(self._owners):
                codes.add(np.concatenate([each.codes[width] for each in ways]))
        self._hashes = [self._hash_rows(number) for number in range(len(HASHERS))]
        views = [(position, index.views(int(position))) for position in self._positions if self._is_logo(position)]
        self._views = np.concatenate([each for _, each in views]) if views else np.zeros((0, 0), np.float32)
        self._view_owners = np.concatenate([np.zeros(0, np.int64), *(np.full(len(v), p) for p, v in views)])
        self._view_owners = self._view_owners.astype(np.int64)
        levels = [index.levels(int(position)).to_array() for position in self._view_owners]
        banks = np.array(levels, np.float32).reshape(-1, 2, 2)  # of each view: of each bank the cosine and slope
        self._levels = [(bank[:, 0], bank[:, 1]) for bank in banks.swapaxes(0, 1)]

    def likely(self, past: Sequence[CompactDescription]) -> list[PastHit]:
        """The references that are likely in these past images, each pair once, by row and position.

        Where it lies is said by a hash before a region, and by a region before keypoints.
        """
        best: dict[tuple[int, int], PastHit] = {}
        for hit in (*self._by_hash(past), *self._by_region(past), *self._by_keypoints(past)):
            key = hit.row, hit.position
            best[key] = best[key].joined(hit) if key in best else hit
        return [best[key] for key in sorted(best) if best[key].is_likely]

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
                share = 1.0 - float(distance) / hasher.bits
                whole = (0, 0, past[row].width, past[row].height)
                yield self._hit(row, int(owners[place]), whole, mirrored=bool(mirrored[place]), agreeing=share)

    def _by_region(self, past: Sequence[CompactDescription]) -> Iterable[PastHit]:
        if not len(self._views):
            return
        for each, rows in _joined_regions(past):
            cosines, errors = estimated_cosines(each, self._views)
            rarities = self._rarities(cosines, errors)
            for row, view in zip(*np.nonzero(rarities >= LEAST_RARITY), strict=True):
                image = int(rows[row])
                box = _in_pixels(each.boxes[row], past[image])
                owner, rarity = int(self._view_owners[view]), float(rarities[row, view])
                cosine = float(cosines[row, view])
                yield self._hit(image, owner, box, rarity=rarity, cosine=cosine)

    def _rarities(self, cosines: NDArray[np.float32], errors: NDArray[np.float32]) -> NDArray[np.float32]:
        """How rare such a cosine is on images without the mark, (R, V), as Levels.neg_log10_far.

        Of cosines that err, more are as high: a normal error moves an exponential tail by half its square by the slope.
        """
        found = np.full(cosines.shape, np.inf, np.float32)
        for level, slope in self._levels:
            tail = (cosines - errors[:, None] ** 2 / (2 * slope) - level) / slope * np.float32(np.log10(np.e))
            found = np.fmin(found, 1 + tail)
        return found

    def _by_keypoints(self, past: Sequence[CompactDescription]) -> Iterable[PastHit]:
        for width in NEAREST:
            rows = [row for row, each in enumerate(past) if len(each.keypoints) and each.keypoints.width == width]
            if rows and len(self._owners):
                yield from self._by_keypoints_of(width, rows, past)

    def _by_keypoints_of(
        self, width: int, rows: Sequence[int], past: Sequence[CompactDescription]
    ) -> Iterable[PastHit]:
        """By keypoints with codes of so many bytes, in these rows of the past images."""
        parts = [past[row].keypoints for row in rows]
        images = np.repeat(np.array(rows, np.int64), [len(each) for each in parts])
        places, codes = (np.concatenate(each) for each in zip(*((one.places, one.codes) for one in parts), strict=True))
        limits, distances, found = self._codes[width].range_search(codes, NEAREST[width] + 1)
        asked = np.repeat(np.arange(len(codes)), np.diff(limits.astype(np.int64)))
        pairs = Pairs(asked, found, distances / NEAREST[width], images[asked], self._owners[found])
        for image, owner, votes, centre, half in agreeing(pairs, restored(places), self._keypoints, self._frames):
            step, each = past[image].step, past[image]
            left, top = (max(0, round((value - half) * step)) for value in centre)
            right, bottom = (
                min(side, round((value + half) * step))
                for value, side in zip(centre, (each.width, each.height), strict=True)
            )
            box = (min(left, each.width - 1), min(top, each.height - 1), max(right, 1), max(bottom, 1))
            yield self._hit(image, int(self._positions[owner // 2]), box, mirrored=bool(owner % 2), votes=votes)

    def _hit(
        self,
        row: int,
        position: int,
        box: Box,
        *,
        mirrored: bool = False,
        agreeing: float | None = None,
        votes: float = 0.0,
        rarity: float = 0.0,
        cosine: float | None = None,
    ) -> PastHit:
        kind = self._index.references[position].kind
        return PastHit(row, position, kind, box, mirrored, agreeing, votes, rarity, cosine)


def _joined_regions(
    past: Sequence[CompactDescription],
) -> Iterable[tuple[CompactRegions, NDArray[np.int64]]]:
    """The regions of past images with codes of one width after another, and the row of each one's image."""
    for width in sorted({each.regions.codes.shape[1] for each in past if len(each.regions)}):
        rows = [row for row, each in enumerate(past) if len(each.regions) and each.regions.codes.shape[1] == width]
        parts = [past[row].regions for row in rows]
        joined = CompactRegions(
            np.concatenate([each.boxes for each in parts]),
            np.concatenate([each.gains for each in parts]),
            np.concatenate([each.codes for each in parts]),
        )
        yield joined, np.repeat(np.array(rows, np.int64), [len(each) for each in parts])


def near_pairs(queries: NDArray[np.uint8], others: NDArray[np.uint8], bits: int) -> list[tuple[int, int, int]]:
    """The rows of (N, B) queries and (M, B) other hashes that differ in so many bits at most, with those bits."""
    if not len(queries) or not len(others):
        return []
    index = faiss.IndexBinaryFlat(8 * queries.shape[1])
    index.add(np.ascontiguousarray(others))
    limits, distances, rows = index.range_search(np.ascontiguousarray(queries), bits + 1)
    asked = np.repeat(np.arange(len(queries)), np.diff(limits.astype(np.int64)))
    return [(int(one), int(two), int(bits)) for one, two, bits in zip(asked, rows, distances, strict=True)]


def shows_the_same(one: CompactDescription, other: CompactDescription, box: Box) -> bool:
    """Whether what lies in this box of one image lies at its place in another, which is alike as a whole.

    Where 27 photos were pasted on others, at most 2 keypoints of 39 there agreed by chance with the photo below; with
    the same image recompressed, at 0.7 of its size or cut by 2 % on each side 30 % and more.
    """
    own, others = one.keypoints, other.keypoints
    if not len(own) or not len(others) or own.width != others.width:
        return False
    left, top, right, bottom = box
    x, y = (own.places[:, :2].astype(np.float64) * one.step).T
    inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)
    expected = np.stack([x * other.width / one.width, y * other.height / one.height], axis=1)[inside]
    moved = np.abs(expected[:, None] - others.places[None, :, :2].astype(np.float64) * other.step).max(axis=2)
    bits = np.unpackbits(own.codes[inside][:, None] ^ others.codes[None], axis=2).sum(axis=2)
    near = (bits <= NEAREST[own.width]) & (moved <= FARTHEST * max(other.width, other.height))
    agreeing = int(near.any(axis=1).sum())
    return agreeing >= max(LEAST_AGREEING, LEAST_SHARE * int(inside.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class _Coded:
    """Keypoints of a reference in a tenth of their memory: there may be many new references."""

    keypoints: Keypoints  # without descriptors
    codes: Mapping[int, NDArray[np.uint8]]  # of these, by the bytes of a code

    @classmethod
    def of(cls, keypoints: Keypoints) -> Self:
        codes = {width: keypoint_codes(keypoints.descriptors, width) for width in NEAREST}
        return cls(replace(keypoints, descriptors=np.zeros((len(keypoints), 0), np.uint8)), codes)


def _both_ways(index: BrandIndex, position: int) -> tuple[_Coded, _Coded]:
    """The keypoints of a reference, and as in a mirror."""
    own = index.keypoints(position)
    if index.references[position].kind is ReferenceKind.PHOTO:
        own = own.strongest(PHOTO_KEYPOINTS)
    return _Coded.of(own), _Coded.of(own.mirrored(index.references[position].width))


def _frame(index: BrandIndex, position: int) -> tuple[float, float, float]:
    """The x and y of the centre of a reference's content, and its long side."""
    left, top, right, bottom = index.references[position].content
    return (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top)


def _in_pixels(box: NDArray[np.uint8], past: CompactDescription) -> Box:
    left, top, right, bottom = (round(float(side) * past.step) for side in box)
    return left, top, max(left + 1, min(right, past.width)), max(top + 1, min(bottom, past.height))
