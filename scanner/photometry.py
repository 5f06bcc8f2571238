"""Do the pixels agree once geometry says where to look: the check that a shared carpet or typeface does not pass."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from brand_index.types import ReferenceKind
from scanner.types import Quad

WINDOW: Final = 13  # thumbnail pixels
LEAST_DEVIATION: Final = 6.0  # grey levels within a window; flatter ground agrees with anything
LEAST_PIXELS: Final = 150  # thumbnail pixels with texture on either side; fewer prove nothing
SHIFTS: Final = ((0, 0), (2, 0), (-2, 0), (0, 2), (0, -2))  # thumbnail pixels: a model from few pairs is a little off


def correlation(picture: RGBImage, quad: Quad, thumbnail: NDArray[np.uint8], kind: ReferenceKind) -> float | None:
    """Mean local correlation, −1..1, of a reference's (S, S) grey thumbnail with what lies under `quad` in a picture.

    Windows count where either side has texture and the picture shows the reference; each is normalized by its own mean
    and deviation (Lewis 1995), so light and contrast do not matter. A photo is compared in grey. A logo is printed in
    any colour on any other: the colour channel in which it stands out best counts, and reversed is as good as upright.
    None: too little texture, or outside the picture.
    """
    laid, inside = laid_flat(picture, np.array(quad, np.float32), len(thumbnail))
    grey = np.asarray(cv2.cvtColor(laid, cv2.COLOR_RGB2GRAY), np.float32)
    if kind is ReferenceKind.PHOTO:
        return max((_clipped(local) for local in agreements(grey, thumbnail, inside)), default=None)
    planes = (grey, *np.moveaxis(laid.astype(np.float32), 2, 0))
    return max(
        (abs(_clipped(local)) for plane in planes for local in agreements(plane, thumbnail, inside)), default=None
    )


def _clipped(local: NDArray[np.float32]) -> float:
    return float(np.clip(np.nanmean(local), -1.0, 1.0))


def straightened(picture: RGBImage, quad: Quad, side: int, air: float) -> RGBImage:
    """What lies under `quad` as (side, side, 3), with `air`, a share of each side, around it."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    onto = cv2.getPerspectiveTransform(square, np.array(quad, np.float32))
    wider = cv2.perspectiveTransform(((square - 0.5) * (1 + 2 * air) + 0.5)[None], onto)[0]
    return laid_flat(picture, wider, side)[0]


def laid_flat(picture: RGBImage, corners: NDArray[np.float32], side: int) -> tuple[RGBImage, NDArray[np.bool_]]:
    """What lies under a quadrilateral's (4, 2) corners as (side, side, 3), and where the picture has pixels there."""
    height, width = picture.shape[:2]
    low = np.clip(np.floor(corners.min(axis=0)), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 1, low + 1, [width, height]).astype(int)
    cut = picture[low[1] : high[1], low[0] : high[0]]
    longest = float(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).max())
    shrink = min(
        1.0, 1.5 * side / max(longest, 1.0)
    )  # first to about the thumbnail's size, or fine texture would alias
    size = (max(1, round(cut.shape[1] * shrink)), max(1, round(cut.shape[0] * shrink)))
    small = cv2.resize(cut, size, interpolation=cv2.INTER_AREA) if shrink < 1 else cut
    ratio = np.array([size[0] / cut.shape[1], size[1] / cut.shape[0]], np.float32)
    scaled = (corners - low.astype(np.float32) + 0.5) * ratio - 0.5
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32) - 0.5
    onto = cv2.getPerspectiveTransform(scaled, square)
    laid = cv2.warpPerspective(small, onto, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.full(size[::-1], 255, np.uint8), onto, (side, side), flags=cv2.INTER_NEAREST)
    return np.asarray(laid, np.uint8), np.asarray(inside) > 0


def agreements(
    laid: NDArray[np.float32], thumbnail: NDArray[np.uint8], inside: NDArray[np.bool_]
) -> list[NDArray[np.float32]]:
    """The local correlations, (S, S), of a plane with a thumbnail at each of SHIFTS; NaN where a window is flat.

    Nothing for a shift at which too few have texture. `inside` (S, S) says where the plane shows the picture.
    """
    theirs = thumbnail.astype(np.float32)
    mean_theirs = _mean(theirs)
    spread_theirs = np.sqrt(np.maximum(_mean(theirs * theirs) - mean_theirs**2, 0))
    whole = _mean(inside.astype(np.float32)) > 0.99
    floor = LEAST_DEVIATION / 2
    found = []
    for shift in SHIFTS:
        ours = np.roll(laid, shift, axis=(1, 0))
        mean_ours = _mean(ours)
        spread_ours = np.sqrt(np.maximum(_mean(ours * ours) - mean_ours**2, 0))
        textured = whole & (np.maximum(spread_ours, spread_theirs) > LEAST_DEVIATION)
        if textured.sum() < LEAST_PIXELS:
            continue
        together = _mean(ours * theirs) - mean_ours * mean_theirs
        local = together / (np.maximum(spread_ours, floor) * np.maximum(spread_theirs, floor))
        found.append(np.where(textured, local, np.float32(np.nan)))
    return found


def _mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.blur(values, (WINDOW, WINDOW)), np.float32)
