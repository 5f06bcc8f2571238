"""The pose of a reference that each match of two keypoints implies alone (Lowe 2004)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brand_index.features.keypoints import Keypoints

LEAST_SCALE = 1e-3  # pixels: keeps the ratio of two keypoints' scales finite


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """The poses that N matches imply."""

    rotations: NDArray[np.floating]  # (N,) radians from the reference's keypoint to the query's, not wrapped
    octaves: NDArray[np.floating]  # (N,): log2 of the query's scale over the reference's
    centres: NDArray[np.floating]  # (N, 2): of the reference, in pixels of the query


def poses_of_matches(
    query: Keypoints,
    query_rows: NDArray[np.int64],
    reference: Keypoints,
    reference_rows: NDArray[np.int64],
    centres: NDArray[np.floating],
) -> Poses:
    """The pose that each pair of matched rows implies.

    `centres`, (N, 2) or (2,), are those of each match's reference, in its own pixels.
    """
    rotations = query.angles[query_rows] - reference.angles[reference_rows]
    scales = (
        np.maximum(query.scales[query_rows], LEAST_SCALE),
        np.maximum(reference.scales[reference_rows], LEAST_SCALE),
    )
    octaves = np.log2(scales[0] / scales[1])
    to_x, to_y = (centres - reference.points[reference_rows]).T
    cosine, sine = np.cos(rotations) * np.exp2(octaves), np.sin(rotations) * np.exp2(octaves)
    offsets = np.stack([cosine * to_x - sine * to_y, sine * to_x + cosine * to_y], axis=1)
    return Poses(rotations, octaves, query.points[query_rows] + offsets)
