"""Refines where a reference lies in a listing image until it coincides with the pixels; it proves nothing."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from scanner.engine.alignment.levels import ListingLevels, ReferenceLevels, long_side_of, square_of
from scanner.engine.alignment.windows import Shifts, match_windows
from scanner.engine.boxes import Box, Quad


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass: the reference is seen at a size, its windows are sought nearby, and the quadrilateral is moved."""

    side: int  # pixels: the long side at which both are compared, if the listing has as many
    window: int  # pixels
    reach: int  # pixels: how far a window is sought
    limit: int  # windows


PASSES: Final = (Pass(64, 20, 8, 24), Pass(128, 28, 6, 36), Pass(128, 24, 4, 40), *[Pass(256, 40, 4, 48)] * 3)
LEAST_PASSES: Final = 4
SETTLED: Final = 0.003  # of the long side
LAST: Final = Pass(256, 40, 1, 48)  # measures how far the two agree, and moves nothing
LARGEST: Final = max(each.side for each in PASSES)
LEAST_SIDE: Final = 32  # pixels: the long side of a quadrilateral in the listing; below it nothing coincides
ENLARGED: Final = 1.5  # times its own pixels: at most so large a small quadrilateral is compared
LEAST_SHORT: Final = 8  # pixels, of the short side in a pass
BESIDE: Final = 0.04  # share of the sides: the edge of the image may cut the reference so far from where it seems to
COUNTS: Final = 25  # of 255 in a mask: pixels with less do not count
AFFINE_PRIOR: Final = 0.08  # share of the sides: how far the corners of an approximate quadrilateral are off
PERSPECTIVE_PRIOR: Final = 0.02  # likewise, in perspective
OUTLIER: Final = (20.0, 12.0, 8.0, 5.0, 3.0, 3.0, 3.0, 3.0)  # standard deviations from which a window counts for little
AGREES: Final = 0.5  # ncc from which a window that the model places shows the same
LEAST_WINDOWS: Final = 4  # that agree
LEAST_AGREEMENT: Final = 0.3
HOPELESS: Final = (2, 0.15)  # passes after which fewer agree, as a share, than in anything that could be refined
NEAR: Final = 0.02  # of the long side: within it the approximate quadrilateral may coincide as well
ALIKE: Final = 0.003  # of ncc: a lesser difference tells no two quadrilaterals apart
MOST_MOVED: Final = 0.15  # of the long side: who moves farther found something else
MOST_ERROR: Final = 0.018  # of the long side, estimated


@dataclass(frozen=True, slots=True)
class Refined:
    """A quadrilateral that coincides with the pixels."""

    quad: Quad
    error: float  # estimated distance of its corners from the truth, a share of its long side
    agreement: float  # 0..1: of the visible windows with texture, the share that shows the same


def refine(image: RGBImage, quad: Quad, plate: RGBImage, *, mask: NDArray[np.uint8] | None = None) -> Refined | None:
    """The quadrilateral at which `plate` coincides with (H, W, 3) `image`, from one that is off by a few per cent.

    `plate` (h, w, 3) is the reference's content, whose corners `quad` places in the image, mirrored perhaps and beyond
    its edges; `mask` (any size, 0..255) is of the parts of the plate that count, None: all. Windows of gradients are
    matched coarse to fine (block matching), and a homography is fitted to their shifts, those in doubt weighted down
    (iteratively reweighted least squares). None: too few windows agree, or they leave the corners in doubt.
    """
    whole = np.array(quad, np.float64)
    if not _is_convex(whole):
        return None
    size = plate.shape[:2]
    counts = None if mask is None else np.asarray(cv2.resize(mask, size[::-1]), np.uint8)
    box = _compared_box(whole, image, size, counts)
    if box is None:
        return None
    part = np.s_[box.top : box.bottom, box.left : box.right]
    from_plate = _homography(_box_corners(Box(0, 0, size[1], size[0])), whole)
    corners = _projected(from_plate, _box_corners(box))
    long_side = long_side_of(corners)
    if long_side < LEAST_SIDE:
        return None
    listing = ListingLevels(image, corners, LARGEST)
    reference = ReferenceLevels(plate[part], None if counts is None else counts[part], LARGEST)
    settled = _settled(listing, reference, corners, box, size)
    if settled is None:
        return None
    approximate, (corners, error) = corners, settled
    farthest = float(np.linalg.norm(corners - approximate, axis=1).max()) / long_side
    if farthest > MOST_MOVED:
        return None
    shows = _shown(_matched(listing, reference, corners, LAST, long_side)[0])
    if farthest < NEAR:
        showed = _shown(_matched(listing, reference, approximate, LAST, long_side)[0])
        if showed.mean_ncc > shows.mean_ncc - ALIKE:  # it coincided already
            corners, shows = approximate, showed
    if shows.agreement < LEAST_AGREEMENT or shows.agreeing < LEAST_WINDOWS:
        return None
    error /= shows.agreement  # the fewer agree, the likelier they do by chance
    if error > MOST_ERROR:
        return None
    whole = _projected(_homography(_box_corners(box), corners), _box_corners(Box(0, 0, size[1], size[0])))
    if not _is_convex(whole):
        return None
    one, two, three, four = ((round(float(x), 1), round(float(y), 1)) for x, y in whole)
    return Refined((one, two, three, four), round(error, 5), round(shows.agreement, 4))


def _settled(
    listing: ListingLevels,
    reference: ReferenceLevels,
    approximate: NDArray[np.float64],
    box: Box,
    size: tuple[int, int],
) -> tuple[NDArray[np.float64], float] | None:
    """The corners of `box` after all passes, and as _fit how sure the whole reference's are; None: nothing matches."""
    corners, error, long_side = approximate, np.inf, long_side_of(approximate)
    for number, each in enumerate(PASSES, start=1):
        shifts, shape = _matched(listing, reference, corners, each, long_side)
        if shifts is None or len(shifts.centres) < LEAST_WINDOWS:
            return None
        if number == HOPELESS[0] and _shown(shifts).agreement < HOPELESS[1]:
            return None
        field, error = _fit(shifts, shape, _drift(corners, approximate, shape), box, size)
        before, corners = corners, _moved(corners, field, shape)
        if not _is_convex(corners):
            return None
        if number >= LEAST_PASSES and float(np.abs(corners - before).max()) < SETTLED * long_side:
            break
    return corners, error


@dataclass(frozen=True, slots=True)
class _Shown:
    mean_ncc: float
    agreement: float  # share of the windows that show the same
    agreeing: int


def _matched(
    listing: ListingLevels, reference: ReferenceLevels, corners: NDArray[np.float64], each: Pass, long_side: float
) -> tuple[Shifts | None, tuple[int, ...]]:
    """The shifts of the windows in one pass, None where it has too few pixels, and the shape of the level."""
    sought, weight = reference.at(round(min(each.side, ENLARGED * long_side)))
    if min(sought.shape) < LEAST_SHORT:
        return None, sought.shape
    seen, inside = listing.flattened(corners, sought.shape, each.reach)
    window = min(each.window, *sought.shape)
    shifts = match_windows(sought, seen, inside, weight, window=window, reach=each.reach, limit=each.limit)
    return shifts, sought.shape


def _shown(shifts: Shifts | None) -> _Shown:
    """How far the windows show the same where they lie, within the reach of LAST."""
    if shifts is None or not len(shifts.ncc):
        return _Shown(0.0, 0.0, 0)
    agrees = shifts.ncc > AGREES
    return _Shown(float(shifts.ncc.mean()), float(agrees.mean()), int(agrees.sum()))


def _compared_box(
    corners: NDArray[np.float64], image: RGBImage, size: tuple[int, int], counts: NDArray[np.uint8] | None
) -> Box | None:
    """The part of a plate of `size` (height, width) that can be compared; None: there is none.

    It is what the quadrilateral shows inside the image, with some room as the quadrilateral is approximate, and of that
    what the mask counts.
    """
    height, width = image.shape[:2]
    frame = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    area, shared = cv2.intersectConvexConvex(cv2.convexHull(corners.astype(np.float32)), frame)
    if area <= 0 or shared is None:
        return None
    to_plate = _homography(corners, _box_corners(Box(0, 0, size[1], size[0])))
    seen = _projected(to_plate, np.asarray(shared, np.float64).reshape(-1, 2))
    room = BESIDE * max(size)
    low, high = seen.min(axis=0) - room, seen.max(axis=0) + room
    if counts is not None:
        rows, columns = np.flatnonzero((counts > COUNTS).any(axis=1)), np.flatnonzero((counts > COUNTS).any(axis=0))
        if not rows.size:
            return None
        low = np.maximum(low, [columns[0] - room, rows[0] - room])
        high = np.minimum(high, [columns[-1] + 1 + room, rows[-1] + 1 + room])
    left, top = np.floor(np.maximum(low, 0)).astype(int)
    right, bottom = np.ceil(np.minimum(high, size[::-1])).astype(int)
    return Box(int(left), int(top), int(right), int(bottom)) if right - left > 1 and bottom - top > 1 else None


def _fit(
    shifts: Shifts, shape: tuple[int, ...], drift: NDArray[np.float64], box: Box, size: tuple[int, int]
) -> tuple[NDArray[np.float64], float]:
    """The homography's field that explains most shifts, (8,) of _basis, and how sure the reference's corners are.

    `drift`, (8,), is how far earlier passes moved it already; what the windows leave open stays as it was at first.
    Sure: the root mean square of their standard deviations, a share of the long side of a plate of `size` (height,
    width). `shape` (height, width) is of the level, which shows the part `box` of the plate.
    """
    basis = _basis(shifts.centres, shape)  # (N, 2, 8)
    prior = np.diag([AFFINE_PRIOR**-2] * 6 + [PERSPECTIVE_PRIOR**-2] * 2)
    weights = np.ones(len(basis))
    field, precision, residual = np.zeros(8), prior, np.zeros(len(basis))
    for outlier in OUTLIER:
        weighted = basis.transpose(0, 2, 1) @ (shifts.information * weights[:, None, None])  # (N, 8, 2)
        precision = prior + (weighted @ basis).sum(axis=0)
        field = np.linalg.solve(precision, (weighted @ shifts.offsets[..., None]).sum(axis=0)[:, 0] - prior @ drift)
        off = basis @ field - shifts.offsets
        residual = (off[:, None] @ shifts.information @ off[..., None])[:, 0, 0]
        weights = 1 / (1 + residual / outlier**2) ** 2  # Geman and McClure
    spread = max(1.0, float(weights @ residual) / max(2 * float(weights.sum()) - 8, 1.0))
    scale = max(shape) / max(box.right - box.left, box.bottom - box.top)
    whole = (_box_corners(Box(0, 0, size[1], size[0])) - np.array([box.left, box.top])) * scale - 0.5
    at_corners = _basis(whole, shape) / (max(size) * scale)
    variances = np.einsum("cia,ab,cib->c", at_corners, np.linalg.inv(precision) * spread, at_corners)
    return field, float(np.sqrt(variances.mean()))


def _basis(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """How (N, 2) points of a level move, in its pixels, with the eight parameters of a homography near identity.

    (N, 2, 8); the parameters are shares of the long side: two of translation, four of an affinity, two of perspective.
    """
    long_side = max(shape)
    u, v = ((2 * points + 1 - np.array(shape[::-1])) / long_side).T  # -1..1 on the long side
    one, zero = np.ones_like(u), np.zeros_like(u)
    across = np.stack([one, zero, u, zero, v, zero, u * u, u * v], axis=1)
    down = np.stack([zero, one, zero, u, zero, v, u * v, v * v], axis=1)
    return np.stack([across, down], axis=1) * long_side


def _drift(
    corners: NDArray[np.float64], approximate: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """The field, (8,), that takes the approximate corners to these."""
    square = square_of(shape).astype(np.float64)
    moved = square - _projected(_homography(corners, square), approximate)
    return np.asarray(np.linalg.solve(_basis(square, shape).reshape(8, 8), moved.reshape(8)), np.float64)


def _moved(corners: NDArray[np.float64], field: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The corners in the image once those of the level have moved as the field says."""
    square = square_of(shape).astype(np.float64)
    return _projected(_homography(square, corners), square + _basis(square, shape) @ field)


def _homography(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32)), np.float64)


def _projected(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0], np.float64)


def _box_corners(box: Box) -> NDArray[np.float64]:
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _is_convex(corners: NDArray[np.float64]) -> bool:
    """Whether the corners, of either orientation, are those of a flat object seen from one side."""
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    cross = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    return bool(np.isfinite(corners).all() and (np.all(cross > 0) or np.all(cross < 0)))
