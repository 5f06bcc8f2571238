"""Aligns a registered reference with a listing image by their keypoints; it neither proposes nor decides."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.hashing import DihedralTransform
from brand_index.features.keypoints import Keypoints
from brand_index.features.poses import poses_of_matches
from brand_index.index import IndexedReference
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box, Quad

LEAST_COSINE: Final = 0.75  # between RootSIFT descriptors; true matches rarely fall below it after JPEG and blur
ROTATION_TOLERANCE: Final = np.deg2rad(25.0)
OCTAVE_TOLERANCE: Final = 0.6
CENTRE_TOLERANCE: Final = 0.2  # of the reference's long side, scaled to the listing
REPROJECTION_ERROR: Final = 0.008  # of the listing's long side: an inlier's largest distance from the model
HOMOGRAPHY_MATCHES: Final = 12  # fewer matches fit the eight numbers of a homography by chance; an affinity has six
STEADY_MATCHES: Final = 24  # with fewer, which may lie in a line, a photo's corners follow from the simplest model
AS_WELL: Final = 0.8  # of the inliers of a freer model, with which a similarity explains the matches as well
APART: Final = 0.03  # of the long side: models whose corners are nearer do not disagree, and the freer is more exact
MOST_MATCHES: Final = 600
HYPOTHESES: Final = 3  # sets of matches of a photo that are tried, the largest first: carpets agree by chance


@dataclass(frozen=True, slots=True)
class Alignment:
    """The position of a reference in a listing image, and how well keypoints support it."""

    quad: Quad  # of the visible reference, in listing pixels
    reference_box: Box  # around the inliers, in reference pixels
    inliers: int  # matches that the model explains, at distinct points
    inlier_coverage: float  # 0..1: share of the reference's visible area that the inliers span
    mirrored: bool


def align(
    listing: Keypoints,
    size: tuple[int, int],
    keypoints: Keypoints,
    reference: IndexedReference,
    *,
    mirrored: bool,
    least: int = 0,
) -> Alignment | None:
    """Align `reference`, whose `keypoints` are given, with a listing image of `size` (width, height).

    None: no plausible model has three matches, or `least` at distinct points. With `mirrored` the mirror image of the
    listing is matched; the quadrilateral is in pixels of the listing as it is.
    The most matches that imply the same centre, scale and rotation are kept (Lowe 2004); of a photo the next most,
    where they fit no plausible model. RANSAC then fits an affinity and, where matches suffice, MAGSAC++ (Barath et al.
    2020) a homography; to the few matches of a photo a similarity, where that explains nearly as many and they part:
    who pastes a photo or goods cut out of one scales and turns them.
    """
    width = size[0]
    query = listing.mirrored(width) if mirrored else listing
    if len(query) < 3 or len(keypoints) < 3:
        return None
    listing_rows, reference_rows = _mutual_matches(query, keypoints)
    threshold = max(2.0, REPROJECTION_ERROR * max(size))
    for _ in range(HYPOTHESES if reference.kind is ReferenceKind.PHOTO else 1):
        consistent = _consistent_matches(query, keypoints, listing_rows, reference_rows, reference)
        if len(consistent) < max(3, least):
            return None
        source = keypoints.points[reference_rows[consistent]].astype(np.float64)
        target = query.points[listing_rows[consistent]].astype(np.float64)
        placed = _placed(source, target, reference, threshold=threshold)
        if placed is not None and _is_plausible(placed[0], reference.content, size):
            break
        listing_rows, reference_rows = np.delete(listing_rows, consistent), np.delete(reference_rows, consistent)
    else:
        return None
    corners, mask = placed
    inliers = source[mask]
    count = _count_distinct(inliers, target[mask])
    if count < least:
        return None
    if mirrored:
        corners[:, 0] = width - 1 - corners[:, 0]
    left, top = np.floor(inliers.min(axis=0)).astype(int)
    right, bottom = np.ceil(inliers.max(axis=0)).astype(int)
    hull = cv2.contourArea(cv2.convexHull(inliers.astype(np.float32)))
    area = (reference.content[2] - reference.content[0]) * (reference.content[3] - reference.content[1])
    return Alignment(
        quad=_quad(corners),
        reference_box=Box(int(left), int(top), int(right) + 1, int(bottom) + 1),
        inliers=count,
        inlier_coverage=min(1.0, float(hull) / max(area, 1)),
        mirrored=mirrored,
    )


def _placed(
    source: NDArray[np.float64], target: NDArray[np.float64], reference: IndexedReference, *, threshold: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """The (4, 2) corners of the reference where matches put it, and the mask of those that agree; None: none do."""
    fitted = _fit(source, target, threshold=threshold)
    if fitted is None:
        return None
    matrix, mask = fitted
    corners = _project(matrix, _corners(reference.content))
    if reference.kind is ReferenceKind.PHOTO and mask.sum() < STEADY_MATCHES:
        steady = _similarity(source, target, mask, threshold=threshold)
        if steady is not None and _are_apart(placed := _project(steady[0], _corners(reference.content)), corners):
            return placed, steady[1]
    return corners, mask


def whole_image_quad(size: tuple[int, int], transform: DihedralTransform) -> Quad:
    """The quadrilateral of a reference that fills an image of `size` once `transform` is applied to the image."""
    return _quad(transform.corners() * np.array([size[0] - 1, size[1] - 1], np.float32))


def inset_quad(inset: Quad, transform: DihedralTransform) -> Quad:
    """The quadrilateral of a reference that fills the inset with these corners once `transform` is applied to it."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    from_square = cv2.getPerspectiveTransform(square, np.array(inset, np.float32))
    return _quad(cv2.perspectiveTransform(transform.corners()[None], from_square)[0])


def bounding_box(quad: Quad, size: tuple[int, int]) -> Box:
    """The upright box around a quadrilateral, clipped to an image of `size` (width, height)."""
    corners = np.array(quad)
    low = np.floor(np.clip(corners.min(axis=0), 0, np.array(size) - 1)).astype(int)
    high = np.ceil(np.clip(corners.max(axis=0) + 1, 1, np.array(size))).astype(int)
    return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def _mutual_matches(query: Keypoints, keypoints: Keypoints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The mutual nearest neighbours, most similar first: rows of the query's and rows of the reference's keypoints."""
    cosines = (query.descriptors.astype(np.float32) @ keypoints.descriptors.astype(np.float32).T) / np.float32(255**2)
    reference_rows = cosines.argmax(axis=1)
    query_rows = np.arange(len(query))
    best = cosines[query_rows, reference_rows]
    mutual = (cosines.argmax(axis=0)[reference_rows] == query_rows) & (best > LEAST_COSINE)
    chosen = np.flatnonzero(mutual)
    chosen = chosen[np.argsort(-best[chosen], kind="stable")][:MOST_MATCHES]
    return chosen, reference_rows[chosen]


def _consistent_matches(
    query: Keypoints,
    keypoints: Keypoints,
    query_rows: NDArray[np.int64],
    reference_rows: NDArray[np.int64],
    reference: IndexedReference,
) -> NDArray[np.int64]:
    """The largest set of matches that agree with one of them on the reference's centre, scale and rotation."""
    if not len(query_rows):
        return np.zeros(0, np.int64)
    left, top, right, bottom = reference.content
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    poses = poses_of_matches(query, query_rows, keypoints, reference_rows, centre)
    rotation, octave, centres = poses.rotations, poses.octaves, poses.centres
    difference = np.abs(np.angle(np.exp(1j * (rotation[:, None] - rotation[None]))))
    radius = CENTRE_TOLERANCE * max(right - left, bottom - top) * np.exp2(octave)
    agree = (
        (difference < ROTATION_TOLERANCE)
        & (np.abs(octave[:, None] - octave[None]) < OCTAVE_TOLERANCE)
        & (np.linalg.norm(centres[:, None] - centres[None], axis=2) < radius[:, None])
    )
    return np.flatnonzero(agree[agree.sum(axis=1).argmax()])


def _fit(
    source: NDArray[np.float64], target: NDArray[np.float64], *, threshold: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """The (3, 3) model from reference to listing and the mask of its inliers, `threshold` pixels from it at most."""
    cv2.setRNGSeed(0)
    affinity, mask = cv2.estimateAffine2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=threshold)
    if affinity is None:
        return None
    matrix = np.vstack([affinity, [0.0, 0.0, 1.0]])
    inliers = np.asarray(mask).ravel().astype(bool)
    if len(source) >= HOMOGRAPHY_MATCHES and inliers.sum() >= HOMOGRAPHY_MATCHES // 2:
        homography, mask = cv2.findHomography(source, target, cv2.USAC_MAGSAC, threshold / 2, maxIters=2000)
        if homography is not None:
            homography_inliers = np.asarray(mask).ravel().astype(bool)
            if homography_inliers.sum() >= max(HOMOGRAPHY_MATCHES, inliers.sum()):
                return np.asarray(homography), homography_inliers
    return matrix, inliers


def _similarity(
    source: NDArray[np.float64], target: NDArray[np.float64], inliers: NDArray[np.bool_], *, threshold: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """As _fit, of four numbers; None: it explains clearly fewer matches than a freer model with these `inliers`."""
    similarity, mask = cv2.estimateAffinePartial2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=threshold)
    if similarity is None:
        return None
    explained = np.asarray(mask).ravel().astype(bool)
    if explained.sum() < max(3, AS_WELL * inliers.sum()):
        return None
    return np.vstack([similarity, [0.0, 0.0, 1.0]]), explained


def _are_apart(corners: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    """Whether (4, 2) corners lie elsewhere than others."""
    long_side = float(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).max())
    return not bool(np.linalg.norm(corners - others, axis=1).max() <= APART * long_side)


def _count_distinct(source: NDArray[np.float64], target: NDArray[np.float64]) -> int:
    """The number of matches at distinct points, 2 px apart in both images: SIFT finds one point several times."""
    in_reference = len(np.unique(np.round(source / 2), axis=0))
    in_listing = len(np.unique(np.round(target / 2), axis=0))
    return min(in_reference, in_listing)


def _corners(content: tuple[int, int, int, int]) -> NDArray[np.float64]:
    left, top, right, bottom = content
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _project(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0], np.float64)


def _is_plausible(corners: NDArray[np.float64], content: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    """Whether a flat object could look like this: convex, unmirrored, not tiny, huge, thin or strongly stretched."""
    if not np.isfinite(corners).all() or np.abs(corners).max() > 50 * max(size):
        return False
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    cross = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    lengths = np.linalg.norm(edges, axis=1)
    if lengths.min() < 4:
        return False
    sides = np.array([content[2] - content[0], content[3] - content[1]] * 2, np.float64)
    stretch = lengths / np.maximum(sides, 1)
    sine = cross / (lengths * np.roll(lengths, -1))  # positive at a convex corner of an unmirrored quadrilateral
    return bool(stretch.max() / stretch.min() < 4 and sine.min() > 0.35)


def _quad(corners: NDArray[np.floating]) -> Quad:
    rounded = [(round(float(x), 1), round(float(y), 1)) for x, y in corners]
    return rounded[0], rounded[1], rounded[2], rounded[3]
