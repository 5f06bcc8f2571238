"""Keypoints in 38 bytes each: descriptors as codes of a product quantizer, places, scales and directions in steps.

A descriptor is cut into 32 stretches of 4 numbers, and of each stretch one byte names the nearest of 256 centroids
(Jégou, Douze and Schmid 2011). The centroids are whole numbers and the same for every index. So nothing is learnt from
what is registered, what was coded is coded again to the same codes, and distances to a code are exact.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

import brand_index
from brand_index.errors import ModelUnusable
from brand_index.features.keypoints import DIMENSIONS, Keypoints

CODE_BYTES: Final = 32  # of a descriptor
STRETCH: Final = DIMENSIONS // CODE_BYTES
CENTROIDS: Final = Path(brand_index.__file__).parent / "models" / "keypoint_codes.npy"
SHA256: Final = "e3afdb88f5bcbf040877353dc7b0dec20b8c5783a7927d371499e11a23e29ea8"
OCTAVE_STEPS: Final = 16  # of a scale
SMALLEST: Final = -2  # octaves over a pixel: scale 0
ANGLE_STEPS: Final = 256
PLACE_STEPS: Final = 65_535  # that the keypoints of one reference are apart at most, across and down
_BLOCK: Final = 10_000  # descriptors that are coded at once


@dataclass(frozen=True, slots=True, eq=False)
class CodedKeypoints:
    """N keypoints of one reference."""

    places: NDArray[np.uint16]  # (N, 2): x, y from the origin, in steps
    scales: NDArray[np.uint8]  # (N,): octaves, in steps
    angles: NDArray[np.uint8]  # (N,): parts of a turn
    codes: NDArray[np.uint8]  # (N, CODE_BYTES)
    grid: NDArray[np.float32]  # (3,): x and y of the origin and a step, in pixels


def coded(keypoints: Keypoints) -> CodedKeypoints:
    """Keypoints as the index keeps them.

    A step of the places is a power of two, so that they are numbers that it can say, and coded again as they are.
    """
    origin, step = np.zeros(2), 1.0
    if len(keypoints):
        lowest, highest = keypoints.points.min(axis=0), keypoints.points.max(axis=0)
        extent = float((highest - lowest).max()) / (PLACE_STEPS - 2)
        step = float(np.exp2(np.ceil(np.log2(max(extent, 2.0**-10)))))
        origin = np.floor(lowest.astype(np.float64) / step) * step
    octaves = np.log2(np.maximum(keypoints.scales, np.exp2(SMALLEST)))
    turns = np.round(keypoints.angles.astype(np.float64) * (ANGLE_STEPS / (2 * np.pi)))
    return CodedKeypoints(
        np.round((keypoints.points - origin) / step).astype(np.uint16),
        np.clip(np.round((octaves - SMALLEST) * OCTAVE_STEPS), 0, 255).astype(np.uint8),
        (turns.astype(np.int64) % ANGLE_STEPS).astype(np.uint8),
        encode(keypoints.descriptors),
        np.array([*origin, step], np.float32),
    )


def points_of(places: NDArray[np.uint16], grids: NDArray[np.float32]) -> NDArray[np.float32]:
    """The (N, 2) pixels of places; `grids`, (N, 3) or (3,), are those of their references."""
    return np.asarray(places.astype(np.float32) * grids[..., 2:] + grids[..., :2], np.float32)


def scales_of(scales: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The diameters, (N,), in pixels."""
    return np.asarray(np.exp2(scales.astype(np.float32) / OCTAVE_STEPS + SMALLEST), np.float32)


def angles_of(angles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The directions, (N,), in radians."""
    return angles.astype(np.float32) * np.float32(2 * np.pi / ANGLE_STEPS)


def encode(descriptors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The codes, (N, CODE_BYTES), of (N, 128) descriptors."""
    known = centroids().astype(np.float32)
    lengths = (known**2).sum(axis=2)
    codes = np.empty((len(descriptors), CODE_BYTES), np.uint8)
    for begin in range(0, len(descriptors), _BLOCK):
        block = descriptors[begin : begin + _BLOCK].astype(np.float32)
        for number in range(CODE_BYTES):
            part = block[:, number * STRETCH : (number + 1) * STRETCH]
            codes[begin : begin + _BLOCK, number] = (lengths[number] - 2 * part @ known[number].T).argmin(axis=1)
    return codes


def decode(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The descriptors, (N, 128), that codes stand for."""
    return np.ascontiguousarray(centroids()[np.arange(CODE_BYTES), codes]).reshape(len(codes), DIMENSIONS)


@cache
def centroids() -> NDArray[np.uint8]:
    """The centroids, (CODE_BYTES, 256, STRETCH). Raises ModelUnusable where the file is not the one that ships."""
    try:
        data = CENTROIDS.read_bytes()
    except OSError as error:
        raise ModelUnusable(f"{CENTROIDS}: cannot be read ({error.strerror}). Install again.") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelUnusable(f"{CENTROIDS}: is not the file that ships, for its sha256 differs. Install again.")
    return np.asarray(np.load(CENTROIDS, allow_pickle=False), np.uint8)
