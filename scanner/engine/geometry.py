"""Is the reference really there: ties it to a listing image by geometry; it neither proposes nor decides."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.hashing import DihedralTransform
from brand_index.features.keypoints import Keypoints
from brand_index.features.poses import poses_of_pairs
from brand_index.index import IndexedReference
from scanner.engine.types import Box, Quad

LEAST_COSINE: Final = 0.75  # between RootSIFT descriptors; true pairs are rarely under it after JPEG and blur
TURN_TOLERANCE: Final = np.deg2rad(25.0)
OCTAVE_TOLERANCE: Final = 0.6
PLACE_TOLERANCE: Final = 0.2  # of the reference's long side, as it lies in the listing
REACH: Final = 0.008  # of the listing's long side: how far a pair may lie off the model
HOMOGRAPHY_PAIRS: Final = 12  # under it eight numbers fit anything; six (an affinity) are proved by fewer pairs
MOST_PAIRS: Final = 600


@dataclass(frozen=True, slots=True)
class Alignment:
    """A geometry that ties a reference to a listing image, and how well it is proved."""

    quad: Quad  # of the visible reference, in listing pixels
    reference_box: Box  # around the pairs that agree, in reference pixels
    inliers: int  # keypoint pairs on distinct places that agree
    inlier_coverage: float  # 0..1: share of the reference's visible area that the agreeing pairs span
    mirrored: bool


def align(
    listing: Keypoints,
    size: tuple[int, int],
    keypoints: Keypoints,
    reference: IndexedReference,
    *,
    mirrored: bool,
) -> Alignment | None:
    """Tie `reference`, whose keypoints are given, to a listing image of `size` (width, height); None: it can't be.

    With `mirrored` the listing is taken as in a mirror; the quadrilateral is nevertheless of the listing as it is.
    Pairs that say the same of place, size and turn are kept (Lowe 2004), then an affinity is fitted by RANSAC and,
    where there are pairs enough, a homography by MAGSAC++ (Barath et al. 2020).
    """
    width = size[0]
    seen = listing.mirrored(width) if mirrored else listing
    if len(seen) < 3 or len(keypoints) < 3:
        return None
    listing_rows, reference_rows = _pairs(seen, keypoints)
    if len(listing_rows) < 3:
        return None
    agreeing = _one_pose(seen, keypoints, listing_rows, reference_rows, reference)
    if len(agreeing) < 3:
        return None
    source = keypoints.points[reference_rows[agreeing]].astype(np.float64)
    target = seen.points[listing_rows[agreeing]].astype(np.float64)
    fitted = _fit(source, target, reach=max(2.0, REACH * max(size)))
    if fitted is None:
        return None
    matrix, inside = fitted
    corners = _project(matrix, _corners(reference.content))
    if not _plausible(corners, reference.content, size):
        return None
    if mirrored:
        corners[:, 0] = width - 1 - corners[:, 0]
    near, spans = source[inside], _distinct(source[inside], target[inside])
    left, top = np.floor(near.min(axis=0)).astype(int)
    right, bottom = np.ceil(near.max(axis=0)).astype(int)
    hull = cv2.contourArea(cv2.convexHull(near.astype(np.float32)))
    area = (reference.content[2] - reference.content[0]) * (reference.content[3] - reference.content[1])
    return Alignment(
        quad=_quad(corners),
        reference_box=Box(int(left), int(top), int(right) + 1, int(bottom) + 1),
        inliers=spans,
        inlier_coverage=min(1.0, float(hull) / max(area, 1)),
        mirrored=mirrored,
    )


def whole_quad(size: tuple[int, int], turn: DihedralTransform) -> Quad:
    """Where a reference's corners lie when all of a listing image of `size`, laid by `turn`, is that reference."""
    return _quad(turn.corners() * np.array([size[0] - 1, size[1] - 1], np.float32))


def box_of(quad: Quad, size: tuple[int, int]) -> Box:
    """The upright box around a quadrilateral, cut to an image of `size` (width, height)."""
    corners = np.array(quad)
    low = np.floor(np.clip(corners.min(axis=0), 0, np.array(size) - 1)).astype(int)
    high = np.ceil(np.clip(corners.max(axis=0) + 1, 1, np.array(size))).astype(int)
    return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def _pairs(seen: Keypoints, keypoints: Keypoints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Mutually nearest keypoints, the most alike first: rows of the listing's, and rows of the reference's."""
    cosines = (seen.descriptors.astype(np.float32) @ keypoints.descriptors.astype(np.float32).T) / np.float32(255**2)
    reference_rows = cosines.argmax(axis=1)
    listing_rows = np.arange(len(seen))
    best = cosines[listing_rows, reference_rows]
    mutual = (cosines.argmax(axis=0)[reference_rows] == listing_rows) & (best > LEAST_COSINE)
    chosen = np.flatnonzero(mutual)
    chosen = chosen[np.argsort(-best[chosen], kind="stable")][:MOST_PAIRS]
    return chosen, reference_rows[chosen]


def _one_pose(
    seen: Keypoints,
    keypoints: Keypoints,
    listing_rows: NDArray[np.int64],
    reference_rows: NDArray[np.int64],
    reference: IndexedReference,
) -> NDArray[np.int64]:
    """The pairs that agree with the pair with which most agree on where, how large and how turned the reference is."""
    left, top, right, bottom = reference.content
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    poses = poses_of_pairs(seen, listing_rows, keypoints, reference_rows, centre)
    turn, octave, centres = poses.turns, poses.octaves, poses.centres
    apart = np.abs(np.angle(np.exp(1j * (turn[:, None] - turn[None]))))
    reach = PLACE_TOLERANCE * max(right - left, bottom - top) * np.exp2(octave)
    agree = (
        (apart < TURN_TOLERANCE)
        & (np.abs(octave[:, None] - octave[None]) < OCTAVE_TOLERANCE)
        & (np.linalg.norm(centres[:, None] - centres[None], axis=2) < reach[:, None])
    )
    return np.flatnonzero(agree[agree.sum(axis=1).argmax()])


def _fit(
    source: NDArray[np.float64], target: NDArray[np.float64], *, reach: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """The (3, 3) model from reference to listing, and which pairs lie within `reach` pixels of it."""
    cv2.setRNGSeed(0)
    affinity, mask = cv2.estimateAffine2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=reach)
    if affinity is None:
        return None
    matrix = np.vstack([affinity, [0.0, 0.0, 1.0]])
    inside = np.asarray(mask).ravel().astype(bool)
    if len(source) >= HOMOGRAPHY_PAIRS and inside.sum() >= HOMOGRAPHY_PAIRS // 2:
        homography, mask = cv2.findHomography(source, target, cv2.USAC_MAGSAC, reach / 2, maxIters=2000)
        if homography is not None:
            within = np.asarray(mask).ravel().astype(bool)
            if within.sum() >= max(HOMOGRAPHY_PAIRS, inside.sum()):
                return np.asarray(homography), within
    return matrix, inside


def _distinct(source: NDArray[np.float64], target: NDArray[np.float64]) -> int:
    """How many pairs tie places that differ by two pixels on both sides: SIFT finds one place several times."""
    here = len(np.unique(np.round(source / 2), axis=0))
    there = len(np.unique(np.round(target / 2), axis=0))
    return min(here, there)


def _corners(content: tuple[int, int, int, int]) -> NDArray[np.float64]:
    left, top, right, bottom = content
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _project(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0], np.float64)


def _plausible(corners: NDArray[np.float64], content: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    """Whether a flat thing could look like this: convex, not turned over, neither a thread nor a giant."""
    if not np.isfinite(corners).all() or np.abs(corners).max() > 50 * max(size):
        return False
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    lengths = np.linalg.norm(edges, axis=1)
    if lengths.min() < 4:
        return False
    sides = np.array([content[2] - content[0], content[3] - content[1]] * 2, np.float64)
    stretch = lengths / np.maximum(sides, 1)
    sine = turns / (lengths * np.roll(lengths, -1))
    return bool(stretch.max() / stretch.min() < 4 and sine.min() > 0.35)


def _quad(corners: NDArray[np.floating]) -> Quad:
    rounded = [(round(float(x), 1), round(float(y), 1)) for x, y in corners]
    return rounded[0], rounded[1], rounded[2], rounded[3]
