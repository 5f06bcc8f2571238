"""Unbends a listing image under a refined quadrilateral, as a print on a mug or on cloth is not flat; for overlays."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from scanner.engine.alignment.levels import SPARE, ReferenceLevels, gradient, long_side_of, square_of
from scanner.engine.alignment.windows import Shifts, match_windows
from scanner.engine.boxes import Box, Quad

SIDE: Final = 256  # pixels of the long side at which the two are compared
WINDOW: Final = 36  # pixels
REACH: Final = 12  # pixels: a print on a mug strays by up to 4 % of the long side from any flat one
LIMIT: Final = 96  # windows
ROUNDS: Final = 2  # the second begins where the first ended
LEAST_WINDOWS: Final = 12
LEAST_SHORT: Final = 24  # pixels, of the short side
PRIOR: Final = 0.02  # of the long side, a standard deviation: how far each term bends
OUTLIER: Final = (12.0, 6.0, 4.0, 3.0, 3.0)  # standard deviations from which a window counts for little
BETTER: Final = 60.0  # of chi-squared: a lesser gain by the 20 terms is chance


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """A smooth displacement over a reference, cubic in both directions, as beyond its edges as at them."""

    terms: NDArray[np.float64]  # (10, 2) shares of the long side

    def displaced(self, points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Where (N, 2) points of a reference of `shape` (height, width) lie once it is bent."""
        return np.asarray(points + _terms(points, shape) @ self.terms * max(shape[:2]), np.float64)


FLAT: Final = Bend(np.zeros((10, 2)))


def bend_of(image: RGBImage, quad: Quad, plate: RGBImage) -> Bend:
    """How the reference `plate` (h, w, 3) is bent where it lies at a refined `quad` in a (H, W, 3) image.

    FLAT: it is as good as flat, or too little of it is seen to tell.
    """
    sought, _ = ReferenceLevels(plate, None, SIDE).at(SIDE)
    if min(sought.shape) < LEAST_SHORT:
        return FLAT
    bend, window = FLAT, min(WINDOW, *sought.shape)
    high, wide = sought.shape
    for _ in range(ROUNDS):
        flat = unbent(image, quad, bend, (wide, high), Box(-REACH, -REACH, wide + REACH, high + REACH))
        seen = np.asarray(flat.max(axis=2) > 0)[REACH:-REACH, REACH:-REACH]
        shifts = match_windows(sought, gradient(flat), seen, None, window=window, reach=REACH, limit=LIMIT)
        more = _fit(shifts, sought.shape) if len(shifts.centres) >= LEAST_WINDOWS else None
        if more is None:
            break
        bend = Bend(bend.terms + more)
    return bend


def unbent(image: RGBImage, quad: Quad, bend: Bend, size: tuple[int, int], canvas: Box, *, beyond: int = 0) -> RGBImage:
    """What lies at `quad` in an image, flat, at `size` (width, height) pixels.

    `canvas` is what of it is shown, in these pixels: all of it, or more or less. `beyond` is the grey level where the
    image ends.
    """
    width, height = size
    back = cv2.getPerspectiveTransform(square_of((height, width)), np.array(quad, np.float32))
    columns, rows = np.meshgrid(np.arange(canvas.left, canvas.right), np.arange(canvas.top, canvas.bottom))
    points = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)
    maps = cv2.perspectiveTransform(bend.displaced(points, (height, width))[None], back)[0]
    limit = np.array([image.shape[1], image.shape[0]])
    low = np.clip(np.floor(maps.min(axis=0)) - 2, 0, limit - 1).astype(int)
    high = np.clip(np.ceil(maps.max(axis=0)) + 3, low + 1, limit).astype(int)
    part: RGBImage = image[low[1] : high[1], low[0] : high[0]]
    shrink = min(1.0, SPARE * max(size) / long_side_of(np.array(quad, np.float64)))  # else fine texture would alias
    small = max(1, round(part.shape[1] * shrink)), max(1, round(part.shape[0] * shrink))
    if small != part.shape[1::-1]:
        maps = (maps - low + 0.5) * (np.array(small) / part.shape[1::-1]) - 0.5
        part = np.asarray(cv2.resize(part, small, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        maps = maps - low
    x, y = (maps[:, at].reshape(columns.shape).astype(np.float32) for at in range(2))
    ground = (beyond,) * 3
    flat = cv2.remap(part, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=ground)
    return np.asarray(flat, np.uint8)


def _fit(shifts: Shifts, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """The terms of the bend that explains most shifts, (10, 2); None: they are as well explained by none."""
    long_side = max(shape)
    terms = _terms(shifts.centres, shape) * long_side  # (N, 10)
    basis = np.zeros((len(terms), 2, 20))
    basis[:, 0, :10], basis[:, 1, 10:] = terms, terms
    prior = np.eye(20) / PRIOR**2
    weights, field = np.ones(len(basis)), np.zeros(20)
    for outlier in OUTLIER:
        weighted = basis.transpose(0, 2, 1) @ (shifts.information * weights[:, None, None])
        precision = prior + (weighted @ basis).sum(axis=0)
        field = np.linalg.solve(precision, (weighted @ shifts.offsets[..., None]).sum(axis=0)[:, 0])
        residual = _residual(basis @ field - shifts.offsets, shifts)
        weights = 1 / (1 + residual / outlier**2) ** 2  # Geman and McClure
    # What neither explains is cut off alike, so that one outlier does not speak for the bend.
    flat, bent = (
        np.minimum(_residual(off, shifts), 25.0).sum() for off in (shifts.offsets, basis @ field - shifts.offsets)
    )
    return field.reshape(2, 10).T if flat - bent > BETTER else None


def _residual(off: NDArray[np.float64], shifts: Shifts) -> NDArray[np.float64]:
    return np.asarray((off[:, None] @ shifts.information @ off[..., None])[:, 0, 0], np.float64)


def _terms(points: NDArray[np.floating], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The ten cubic terms, (N, 10), at (N, 2) points of an image of `shape` (height, width)."""
    u, v = ((2 * points + 1 - np.array(shape[1::-1])) / max(shape[:2])).T  # -1..1 on the long side
    u, v = np.clip(u, -1, 1), np.clip(v, -1, 1)
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v, u**3, u * u * v, u * v * v, v**3], axis=1)
