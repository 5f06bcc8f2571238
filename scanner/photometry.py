"""Do the pixels agree once geometry says where to look: the check that a shared carpet or typeface does not pass."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.types import Quad

WINDOW: Final = 13  # thumbnail pixels
LEAST_DEVIATION: Final = 6.0  # grey levels within a window; flatter ground agrees with anything
LEAST_PIXELS: Final = 150  # thumbnail pixels with texture on either side; fewer prove nothing
SHIFTS: Final = ((0, 0), (2, 0), (-2, 0), (0, 2), (0, -2))  # thumbnail pixels: a model from few pairs is a little off


def correlation(grey: NDArray[np.uint8], quad: Quad, thumbnail: NDArray[np.uint8]) -> float | None:
    """Mean local correlation, −1..1, of a reference's (S, S) thumbnail with what lies under `quad` in a grey picture.

    Windows count where either side has texture and the picture shows the reference; each is normalized by its own mean
    and deviation (Lewis 1995), so light and contrast do not matter. None: too little texture, or outside the picture.
    """
    side = len(thumbnail)
    laid, inside = _laid_flat(grey, quad, side)
    best: float | None = None
    for shift_x, shift_y in SHIFTS:
        moved = np.roll(laid, (shift_y, shift_x), axis=(0, 1))
        value = _agreement(moved, thumbnail, inside)
        if value is not None and (best is None or value > best):
            best = value
    return best


def _laid_flat(grey: NDArray[np.uint8], quad: Quad, side: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """What lies under `quad` as (side, side) pixels, and where the picture has pixels there."""
    corners = np.array(quad, np.float32)
    longest = float(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).max())
    shrink = min(
        1.0, 1.5 * side / max(longest, 1.0)
    )  # first to about the thumbnail's size, or fine texture would alias
    height, width = grey.shape
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if shrink < 1 else grey
    scaled = (corners + 0.5) * np.array([size[0] / width, size[1] / height], np.float32) - 0.5
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32) - 0.5
    onto = cv2.getPerspectiveTransform(scaled, square)
    laid = cv2.warpPerspective(small, onto, (side, side), flags=cv2.INTER_LINEAR)
    inside = cv2.warpPerspective(np.full(small.shape, 255, np.uint8), onto, (side, side), flags=cv2.INTER_NEAREST)
    return np.asarray(laid, np.float32), np.asarray(inside) > 0


def _agreement(laid: NDArray[np.float32], thumbnail: NDArray[np.uint8], inside: NDArray[np.bool_]) -> float | None:
    theirs = thumbnail.astype(np.float32)
    mean_a, mean_b = _mean(laid), _mean(theirs)
    deviation_a = np.sqrt(np.maximum(_mean(laid * laid) - mean_a**2, 0))
    deviation_b = np.sqrt(np.maximum(_mean(theirs * theirs) - mean_b**2, 0))
    together = _mean(laid * theirs) - mean_a * mean_b
    whole = _mean(inside.astype(np.float32)) > 0.99
    textured = whole & (np.maximum(deviation_a, deviation_b) > LEAST_DEVIATION)
    if textured.sum() < LEAST_PIXELS:
        return None
    floor = LEAST_DEVIATION / 2
    values = together / (np.maximum(deviation_a, floor) * np.maximum(deviation_b, floor))
    return float(np.clip(values[textured].mean(), -1.0, 1.0))


def _mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.blur(values, (WINDOW, WINDOW)), np.float32)
