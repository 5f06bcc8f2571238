"""Matches small windows of a reference with a listing image nearby, and says how surely; it fits no model."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_ENERGY: Final = 0.6  # mean root of gradient in a window; a flatter one fits anywhere
LEAST_INSIDE: Final = 0.97  # of a window must lie within the listing image
PRECISION: Final = 0.3  # pixels: a window is never placed better than this
EVIDENCE: Final = 20.0  # independent samples in a window of 64 pixels, as neighbouring gradients are alike


@dataclass(frozen=True, slots=True, eq=False)
class Shifts:
    """Of N windows: where they lie, by how much each is off, and how surely."""

    centres: NDArray[np.float64]  # (N, 2) pixels of the level
    offsets: NDArray[np.float64]  # (N, 2) pixels from where the model places it to where it fits
    information: NDArray[np.float64]  # (N, 2, 2) inverse covariance of the offsets; 0 along an edge
    ncc: NDArray[np.float64]  # (N,) normalized cross-correlation where it fits best
    centred: NDArray[np.float64]  # (N,) the same where the model places it


def match_windows(
    plate: NDArray[np.float32],
    listing: NDArray[np.float32],
    inside: NDArray[np.bool_],
    weight: NDArray[np.float32] | None,
    *,
    window: int,
    reach: int,
    limit: int,
) -> Shifts:
    """The shifts of the plate's windows with most gradient, `limit` at most, each searched within `reach` pixels.

    `plate` (H, W) and `listing` (H + 2 reach, W + 2 reach), with a margin on each side, are gradients; `inside`
    (H, W) masks pixels of the image, `weight` (H, W), 0..1, pixels of the reference that count (None: all).
    Each offset is the mean over the shifts tried, weighted by how likely a window correlates so by chance, and its
    information what the weights add to "anywhere within reach": none along a straight edge, or in a pattern.
    """
    corners = _corners(plate, inside, weight, window, limit)
    size = 2 * reach + 1
    maps = np.zeros((len(corners), size, size), np.float64)
    for ncc, (left, top) in zip(maps, corners, strict=True):
        sought = plate[top : top + window, left : left + window]
        area = listing[top : top + window + 2 * reach, left : left + window + 2 * reach]
        ncc[...] = cv2.matchTemplate(area, sought, cv2.TM_CCOEFF_NORMED)
    np.clip(np.nan_to_num(maps), 0.0, 0.999, out=maps)
    likely = (1 - maps * maps) ** (-EVIDENCE * window / 64)
    likely /= likely.sum(axis=(1, 2), keepdims=True)
    steps = np.arange(-reach, reach + 1, dtype=np.float64)
    x, y = likely.sum(axis=1), likely.sum(axis=2)
    mean = np.stack([x @ steps, y @ steps], axis=1)
    squares = np.stack([x @ steps**2, y @ steps**2], axis=1) - mean**2
    both = np.einsum("nij,i,j->n", likely, steps, steps) - mean[:, 0] * mean[:, 1]
    covariance = np.empty((len(corners), 2, 2))
    covariance[:, 0, 0], covariance[:, 1, 1] = squares[:, 0], squares[:, 1]
    covariance[:, 0, 1] = covariance[:, 1, 0] = both
    covariance += PRECISION**2 * np.eye(2)
    anywhere = (size**2 - 1) / 12 + PRECISION**2
    values, vectors = np.linalg.eigh(covariance)
    gained = np.maximum(1 / values - 1 / anywhere, 0)
    information = np.einsum("nij,nj,nkj->nik", vectors, gained, vectors)
    # The prior "anywhere" draws the mean to 0; dividing it out undoes that in the directions that are known.
    stretched = np.where(gained > 0, 1 / np.maximum(values * gained, 1e-3), 0.0)
    offsets = np.einsum("nij,nj,nkj,nk->ni", vectors, np.minimum(stretched, 2.0), vectors, mean)
    return Shifts(
        centres=corners.astype(np.float64) + (window - 1) / 2,
        offsets=offsets,
        information=information,
        ncc=maps.max(axis=(1, 2)) if len(maps) else np.zeros(0),
        centred=maps[:, reach, reach],
    )


def _corners(
    plate: NDArray[np.float32],
    inside: NDArray[np.bool_],
    weight: NDArray[np.float32] | None,
    window: int,
    limit: int,
) -> NDArray[np.int64]:
    """The (N, 2) left top corners of the windows to match, half a window apart, strongest gradient first."""
    height, width = plate.shape
    step = max(1, window // 2)
    lefts = np.unique(np.append(np.arange(0, width - window + 1, step), max(0, width - window)))
    tops = np.unique(np.append(np.arange(0, height - window + 1, step), max(0, height - window)))
    grid = np.stack(np.meshgrid(lefts, tops), axis=-1).reshape(-1, 2)
    energy = _means(plate if weight is None else plate * weight, grid, window)
    seen = _means(inside.astype(np.float32), grid, window)
    kept = np.flatnonzero((energy > LEAST_ENERGY) & (seen > LEAST_INSIDE))
    return np.asarray(grid[kept[np.argsort(-energy[kept], kind="stable")][:limit]], np.int64)


def _means(values: NDArray[np.float32], corners: NDArray[np.int64], window: int) -> NDArray[np.float64]:
    """The mean of `values` in the window at each of (N, 2) left top corners."""
    total = cv2.integral(values)
    left, top = corners[:, 0], corners[:, 1]
    right, bottom = left + window, top + window
    return np.asarray((total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]) / window**2)
