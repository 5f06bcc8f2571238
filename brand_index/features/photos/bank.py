"""The bank of listing material: keypoints and hashes of images that nobody registered, and how common others are in it.

Most of its images are drawn: tables, labels, panels, codes, swatches, packs on white, watermarks, screens. The rest are
ordinary photos. A keypoint that many of them have, and a hash near theirs, proves nothing about a registered photo.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import ModelUnusable
from brand_index.features.hashing import PDQ
from brand_index.features.keypoints import DIMENSIONS, Keypoints, join
from brand_index.features.poses import poses_of_matches

ALIKE: Final = 9_000.0  # squared distance of byte descriptors up to which two keypoints are alike
COMMON: Final = 0.01  # share of the bank's images; a keypoint that more of them have does not discriminate
STRONGEST: Final = 150  # keypoints of a photo that are looked up
CONSISTENT: Final = 8.0  # keypoints in one pose from which a bank's image counts as a false alarm
TAIL: Final = 0.1  # share of the images, those with most votes, to which the tail is fitted
LEAST_SLOPE: Final = 0.4  # of votes: a bank of hundreds of images cannot measure a steeper tail
LEVELS: Final = 8  # to which a descriptor's bytes are rounded in the file
_ROTATIONS: Final = 12
_CENTRE_STEP: Final = 0.25  # of the photo's long side


@dataclass(frozen=True, slots=True)
class Commonness:
    """How much of a photo is its own."""

    discriminating: float  # share of its keypoints that few images of the bank have
    false_alarms: float  # per 1,000 ordinary photos
    material_alarms: float  # per 1,000 images of listing material


@dataclass(frozen=True, slots=True, eq=False)
class MaterialBank:
    """I images with M keypoints, those of one image in a row."""

    descriptors: NDArray[np.float32]  # (M, 128): the bytes of Keypoints, which are looked up as numbers
    points: NDArray[np.float32]  # (M, 2), scales and angles (M,), as in Keypoints
    scales: NDArray[np.float32]
    angles: NDArray[np.float32]
    starts: NDArray[np.int64]  # (I,): the row at which each image's keypoints begin
    hashes: NDArray[np.uint8]  # (I, 32): PDQ; 0 throughout of an image without a hash
    is_photo: NDArray[np.bool_]  # (I,): an ordinary photo, no material

    def commonness(
        self, keypoints: Keypoints, pdq: NDArray[np.uint8] | None, centre: tuple[float, float], side: float
    ) -> Commonness:
        """How common a photo with these keypoints and this hash is; `centre` and long `side` in its own pixels."""
        count = len(self.starts)
        if not count:
            return Commonness(1.0 if len(keypoints) else 0.0, 0.0, 0.0)
        strongest, near_hash = keypoints.strongest(STRONGEST), self.near_hash(pdq)
        rows, keypoint = self._alike(strongest)
        has = np.zeros((count, max(1, len(strongest))), bool)
        has[self._owners[rows], keypoint] = True
        share = float((has.sum(axis=0) <= COMMON * count).mean()) if len(strongest) else 0.0
        votes = self._votes(strongest, rows, keypoint, centre, side)
        rates = [
            1000.0 * min(1.0, _rate(votes[chosen & ~near_hash]) + float(near_hash[chosen].mean()))
            if (chosen := self.is_photo == photos).any()
            else 0.0
            for photos in (True, False)
        ]
        return Commonness(share, rates[0], rates[1])

    def votes(self, keypoints: Keypoints, centre: tuple[float, float], side: float) -> NDArray[np.float64]:
        """(I,): of each image the largest number of a photo's strongest keypoints that agree on one pose of it."""
        strongest = keypoints.strongest(STRONGEST)
        return self._votes(strongest, *self._alike(strongest), centre, side)

    def near_hash(self, pdq: NDArray[np.uint8] | None) -> NDArray[np.bool_]:
        """(I,): which images have a hash near this one."""
        if pdq is None:
            return np.zeros(len(self.starts), bool)
        distances = np.unpackbits(self.hashes ^ pdq[None], axis=1).sum(axis=1)
        return np.asarray((distances <= PDQ.max_distance) & self.hashes.any(axis=1))

    @property
    def _owners(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, len(self.descriptors))))

    def _alike(self, keypoints: Keypoints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows of the bank and of `keypoints` that are alike, pair by pair."""
        own, other = self.descriptors, keypoints.descriptors.astype(np.float32)
        products = own @ other.T
        products -= np.einsum("md,md->m", own, own)[:, None] / 2
        pairs = np.flatnonzero(products > ((other**2).sum(axis=1) - ALIKE) / 2)  # np.nonzero takes four times as long
        return np.divmod(pairs, max(1, len(other)))

    def _votes(
        self,
        photo: Keypoints,
        rows: NDArray[np.int64],
        keypoint: NDArray[np.int64],
        centre: tuple[float, float],
        side: float,
    ) -> NDArray[np.float64]:
        own = Keypoints(self.points, self.scales, self.angles, np.zeros((len(self.points), 0), np.uint8))
        poses = poses_of_matches(own, rows, photo, keypoint, np.array(centre))
        most = np.zeros(len(self.starts))
        for shift in (0.0, 0.5):  # as in the votes of an index
            octave = np.floor(poses.octaves + shift)
            turn = np.floor(poses.rotations / (2 * np.pi) * _ROTATIONS + shift) % _ROTATIONS
            place = np.floor(poses.centres / (_CENTRE_STEP * side * np.exp2(octave))[:, None] + shift)
            bins = self._owners[rows]
            for column, size in ((turn, 16), (octave, 64), (place[:, 0], 4096), (place[:, 1], 4096)):
                bins = bins * size + column.astype(np.int64) % size
            each_once = np.unique(bins * STRONGEST + keypoint) // STRONGEST
            bins, counts = np.unique(each_once, return_counts=True)
            np.maximum.at(most, bins // (16 * 64 * 4096 * 4096), counts)
        return most

    @classmethod
    def of(
        cls,
        keypoints: Sequence[Keypoints],
        hashes: Sequence[NDArray[np.uint8] | None],
        is_photo: Sequence[bool] | None = None,
    ) -> "MaterialBank":
        """The bank of images with these keypoints and PDQ hashes; `is_photo` None: none of them is one."""
        counts = [len(each) for each in keypoints]
        all_of_them = join(tuple(keypoints))
        none = np.zeros(PDQ.bits // 8, np.uint8)
        return cls(
            all_of_them.descriptors.astype(np.float32),
            all_of_them.points,
            all_of_them.scales,
            all_of_them.angles,
            np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if counts else np.zeros(0, np.int64),
            np.stack([none if each is None else each for each in hashes]) if counts else none[:0].reshape(0, len(none)),
            np.zeros(len(counts), bool) if is_photo is None else np.array(is_photo, bool),
        )

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str) -> "MaterialBank":
        """The inverse of `to_bytes`. Raises ModelUnusable, naming the file, on anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                coarse = arrays["descriptors"]
                places = arrays["places"].astype(np.float32)
                bank = cls(
                    np.where(coarse > 0, coarse * np.uint8(LEVELS) + np.uint8(LEVELS // 2), 0).astype(np.float32),
                    np.ascontiguousarray(places[:, :2]),
                    np.exp2(places[:, 2] / 16),
                    places[:, 3] * np.float32(2 * np.pi / 256),
                    arrays["starts"].astype(np.int64),
                    arrays["hashes"],
                    arrays["is_photo"].astype(bool),
                )
            if bank.descriptors.shape != (len(places), DIMENSIONS):
                raise ValueError(f"{bank.descriptors.shape} descriptors of {len(places)} keypoints")
        except (ValueError, KeyError, IndexError, OSError, EOFError, BadZipFile) as error:
            raise ModelUnusable(f"{name}: is no bank of listing material ({error}). Make it again.") from error
        return bank

    def to_bytes(self) -> bytes:
        """A NumPy archive; descriptors are rounded to LEVELS, far below what ALIKE tells apart."""
        buffer = io.BytesIO()
        places = np.stack(
            [*self.points.T, 16 * np.log2(np.maximum(self.scales, 0.5)), self.angles % (2 * np.pi) * 256 / (2 * np.pi)]
        )
        np.savez_compressed(
            buffer,
            descriptors=(self.descriptors // LEVELS).astype(np.uint8),
            places=np.round(places.T).astype(np.int16),
            starts=self.starts.astype(np.int32),
            hashes=self.hashes,
            is_photo=self.is_photo,
        )
        return buffer.getvalue()


NO_MATERIAL: Final = MaterialBank.of([], [])
"""A bank of nothing."""


def _rate(votes: NDArray[np.float64]) -> float:
    """The share of images with CONSISTENT votes; where few have them, by an exponential tail beyond TAIL."""
    if not len(votes):
        return 0.0
    share = float((votes >= CONSISTENT).mean())
    ordered = np.sort(votes)[::-1]
    count = max(1, round(TAIL * len(ordered)))
    if share >= TAIL or count >= len(ordered):
        return share
    border = float(ordered[count])
    slope = max(LEAST_SLOPE, float((ordered[:count] - border).mean()))
    return max(share, TAIL * float(np.exp(-(CONSISTENT - border) / slope)))
