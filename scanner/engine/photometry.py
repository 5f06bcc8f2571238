"""Do the pixels agree once geometry says where to look: the check that a shared carpet or typeface does not pass."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from scanner.engine.types import Quad

WINDOW: Final = 13  # thumbnail pixels
SMALL_WINDOW: Final = 7  # likewise: what is laid over a photo spoils fewer of these
LARGE_WINDOW: Final = 21  # likewise, of the blurred images
BLUR: Final = 2.0  # thumbnail pixels: deviation that melts the dots of a halftone
LEAST_DEVIATION: Final = 6.0  # grey levels within a window; flatter ground agrees with anything
LEAST_PIXELS: Final = 150  # thumbnail pixels with texture on either side; fewer prove nothing
SHIFTS: Final = ((0, 0), (2, 0), (-2, 0), (0, 2), (0, -2))  # thumbnail pixels: a model from few pairs is a little off
AGREES: Final = 0.7  # local correlation from which a small window shows the same
DRAWN: Final = 1.0  # grey levels within a small window: no camera makes so even a place, a drawing does
BLACK: Final = 14.0  # grey levels; under it a camera does, too: in deep shade


@dataclass(frozen=True, slots=True)
class PhotoAgreement:
    """How the pixels of a registered photo and of an image agree once one is laid over the other."""

    ncc: float  # −1..1: mean over windows
    window_agreement: float  # 0..1: share of small windows that show the same, of those that nothing is drawn over
    blurred_ncc: float  # −1..1: as correlation, of both blurred


def photo_agreement(image: RGBImage, quad: Quad, thumbnail: NDArray[np.uint8]) -> PhotoAgreement | None:
    """How what lies under `quad` in an image agrees with a registered photo's (S, S) grey thumbnail.

    Windows count where either side has texture and the image shows the photo; each is normalized by its own mean and
    deviation (Lewis 1995), so light and contrast do not matter. None: too little texture, or outside the image.
    """
    laid, inside = rectify(image, np.array(quad, np.float32), len(thumbnail))
    grey = np.asarray(cv2.cvtColor(laid, cv2.COLOR_RGB2GRAY), np.float32)
    shifts = agreements(grey, thumbnail, inside)
    if not shifts:
        return None
    shift = max(shifts, key=lambda each: _clipped(shifts[each]))
    listing, reference = np.roll(grey, shift, axis=(1, 0)), thumbnail.astype(np.float32)
    soft, other = (np.asarray(cv2.GaussianBlur(plane, (0, 0), BLUR), np.float32) for plane in (listing, reference))
    large = _local(soft, other, inside, LARGE_WINDOW)
    return PhotoAgreement(
        ncc=_clipped(shifts[shift]),
        window_agreement=_window_agreement(listing, reference, inside),
        blurred_ncc=0.0 if np.isnan(large).all() else _clipped(large),
    )


def logo_ncc(image: RGBImage, quad: Quad, thumbnail: NDArray[np.uint8]) -> float | None:
    """Mean local correlation, 0..1, of a logo's (S, S) grey thumbnail with what lies under `quad` in an image.

    As photo_agreement, but a logo is printed in any colour on any other: the colour channel in which it stands out best
    counts, and reversed is as good as upright. None: too little texture, or outside the image.
    """
    laid, inside = rectify(image, np.array(quad, np.float32), len(thumbnail))
    grey = np.asarray(cv2.cvtColor(laid, cv2.COLOR_RGB2GRAY), np.float32)
    planes = (grey, *np.moveaxis(laid.astype(np.float32), 2, 0))
    told = [local for plane in planes for local in agreements(plane, thumbnail, inside).values()]
    return max((abs(_clipped(local)) for local in told), default=None)


def rectify_padded(image: RGBImage, quad: Quad, side: int, padding: float) -> RGBImage:
    """What lies under `quad` as (side, side, 3), with `padding`, a share of each side, around it."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    onto = cv2.getPerspectiveTransform(square, np.array(quad, np.float32))
    wider = cv2.perspectiveTransform(((square - 0.5) * (1 + 2 * padding) + 0.5)[None], onto)[0]
    return rectify(image, wider, side)[0]


def rectify(image: RGBImage, corners: NDArray[np.float32], side: int) -> tuple[RGBImage, NDArray[np.bool_]]:
    """What lies under a quadrilateral's (4, 2) corners as (side, side, 3), and where the image has pixels there."""
    height, width = image.shape[:2]
    low = np.clip(np.floor(corners.min(axis=0)), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 1, low + 1, [width, height]).astype(int)
    cut = image[low[1] : high[1], low[0] : high[0]]
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
) -> dict[tuple[int, int], NDArray[np.float32]]:
    """The local correlations, (S, S), of a plane with a thumbnail at each of SHIFTS; NaN where a window is flat.

    A shift at which too few have texture is left out. `inside` (S, S) says where the plane shows the image.
    """
    reference = thumbnail.astype(np.float32)
    told = {shift: _local(np.roll(laid, shift, axis=(1, 0)), reference, inside, WINDOW) for shift in SHIFTS}
    return {shift: local for shift, local in told.items() if (~np.isnan(local)).sum() >= LEAST_PIXELS}


def _local(
    listing: NDArray[np.float32], reference: NDArray[np.float32], inside: NDArray[np.bool_], window: int
) -> NDArray[np.float32]:
    """(S, S): the correlation in the window about each pixel; NaN where both are flat, or the image ends."""
    told, listing_spread, reference_spread = _windows(listing, reference, window)
    whole = cv2.blur(inside.astype(np.float32), (window, window)) > 0.99
    seen = whole & (np.maximum(listing_spread, reference_spread) > LEAST_DEVIATION)
    return np.where(seen, told, np.float32(np.nan))


def _window_agreement(listing: NDArray[np.float32], reference: NDArray[np.float32], inside: NDArray[np.bool_]) -> float:
    """Of the small windows with texture that nothing is drawn over, the share that shows the same; 0: too few."""
    told, listing_spread, reference_spread = _windows(listing, reference, SMALL_WINDOW)
    whole = cv2.blur(inside.astype(np.float32), (SMALL_WINDOW, SMALL_WINDOW)) > 0.99
    bare = (
        whole & (np.maximum(listing_spread, reference_spread) > LEAST_DEVIATION) & ~_drawn_over(listing, listing_spread)
    )
    return float((told[bare] > AGREES).mean()) if bare.sum() >= LEAST_PIXELS else 0.0


def _windows(
    listing: NDArray[np.float32], reference: NDArray[np.float32], window: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """(S, S) each: the correlation in the window about each pixel, and the deviations there."""

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(values, (window, window)), np.float32)

    listing_mean, reference_mean = mean(listing), mean(reference)
    listing_spread = np.sqrt(np.maximum(mean(listing * listing) - listing_mean**2, 0))
    reference_spread = np.sqrt(np.maximum(mean(reference * reference) - reference_mean**2, 0))
    together = mean(listing * reference) - listing_mean * reference_mean
    floor = LEAST_DEVIATION / 2
    scale = np.maximum(listing_spread, floor) * np.maximum(reference_spread, floor)
    return together / scale, listing_spread, reference_spread


def _drawn_over(listing: NDArray[np.float32], spread: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a small window may touch a place as even as only what is drawn is: banners, stripes, blots."""
    even = ((spread < DRAWN) & (listing > BLACK)).astype(np.uint8)  # the window lies within such a place
    return cv2.dilate(even, np.ones((2 * SMALL_WINDOW + 1, 2 * SMALL_WINDOW + 1), np.uint8)) > 0


def _clipped(local: NDArray[np.float32]) -> float:
    return float(np.clip(np.nanmean(local), -1.0, 1.0))
