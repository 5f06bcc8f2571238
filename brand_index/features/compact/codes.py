"""Codes of a few bytes for keypoints and for embeddings, and how alike two of them are.

A keypoint's code has a bit for each of the 128 numbers of its descriptor: whether it is above their median (Zhou et
al. 2012, "Scalar quantization for large scale image search"). An embedding is the signs of its numbers, with the cosine
of the vector and its own code, by which the cosine with any other vector is estimated (RaBitQ, Gao and Long 2024).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.compact.description import (
    GAIN_STEPS,
    GRID,
    KEYPOINT_BYTES,
    PLACE_BYTES,
    CompactKeypoints,
    CompactRegions,
)
from brand_index.features.keypoints import Keypoints

OCTAVE_STEPS: Final = 16.0  # of a keypoint's scale
SMALLEST: Final = -12.0  # octaves below the long side: scale 0
ANGLE_STEPS: Final = 256


def keypoint_codes(descriptors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The codes, (N, KEYPOINT_BYTES), of (N, 128) descriptors."""
    if not len(descriptors):
        return np.zeros((0, KEYPOINT_BYTES), np.uint8)
    middle = np.median(descriptors, axis=1, keepdims=True)
    return np.packbits(descriptors > middle, axis=1)


def compact_keypoints(keypoints: Keypoints, long_side: float) -> CompactKeypoints:
    """The compact form of keypoints in an image whose long side has so many pixels."""
    if not len(keypoints):
        return CompactKeypoints(np.zeros((0, PLACE_BYTES), np.uint8), keypoint_codes(keypoints.descriptors))
    octaves = np.log2(np.maximum(keypoints.scales, 1e-3) / long_side)
    turns = np.mod(keypoints.angles / (2 * np.pi), 1.0)
    places = np.column_stack(
        [
            np.clip(np.round(keypoints.points / long_side * GRID), 0, GRID),
            np.clip(np.round((octaves - SMALLEST) * OCTAVE_STEPS), 0, 255),
            np.round(turns * ANGLE_STEPS) % ANGLE_STEPS,
        ]
    )
    return CompactKeypoints(places.astype(np.uint8), keypoint_codes(keypoints.descriptors))


def restored(places: NDArray[np.uint8]) -> Keypoints:
    """The keypoints, without descriptors, that (N, 4) places say, in an image whose long side is GRID."""
    sides = places.astype(np.float32)
    scales = np.exp2(sides[:, 2] / np.float32(OCTAVE_STEPS) + np.float32(SMALLEST)) * np.float32(GRID)
    angles = sides[:, 3] * np.float32(2 * np.pi / ANGLE_STEPS)
    return Keypoints(sides[:, :2], scales, angles, np.zeros((len(places), 0), np.uint8))


def region_codes(boxes: NDArray[np.floating], vectors: NDArray[np.float32], long_side: float) -> CompactRegions:
    """The compact form of regions: (R, 4) boxes in an image whose long side is so many pixels, (R, D) unit vectors."""
    signs = np.where(vectors > 0, 1.0, -1.0) / np.sqrt(max(1, vectors.shape[1]))
    gains = np.clip(np.round((vectors * signs).sum(axis=1) * GAIN_STEPS), 1, GAIN_STEPS)
    places = np.clip(np.round(np.asarray(boxes).reshape(-1, 4) / long_side * GRID), 0, GRID)
    return CompactRegions(places.astype(np.uint8), gains.astype(np.uint8), np.packbits(vectors > 0, axis=1))


def estimated_cosines(regions: CompactRegions, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Estimates, (R, V), of the cosines of regions with (V, D) unit vectors; unbiased, with an error of 0.06 or so."""
    dimensions = vectors.shape[1]
    signs = np.unpackbits(regions.codes, axis=1).astype(np.float32)[:, :dimensions] * 2 - 1
    gains = regions.gains.astype(np.float32)[:, None] / np.float32(GAIN_STEPS)
    return np.asarray((signs @ vectors.T) / np.float32(np.sqrt(dimensions)) / gains, np.float32)
