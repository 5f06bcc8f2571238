"""Compares pixels where geometry places a reference, so that a shared carpet or typeface alone is no match."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from scanner.engine.boxes import Quad

WINDOW: Final = 13  # thumbnail pixels
SMALL_WINDOW: Final = 7  # likewise; an overlay touches fewer of these
LARGE_WINDOW: Final = 21  # likewise, of the blurred images
BLUR: Final = 2.0  # thumbnail pixels: standard deviation that blurs the dots of a halftone into tones
LEAST_DEVIATION: Final = 6.0  # grey levels within a window; a flatter window correlates with anything
LEAST_PIXELS: Final = 150  # thumbnail pixels with texture on either side; fewer are no evidence
SHIFTS: Final = ((0, 0), (2, 0), (-2, 0), (0, 2), (0, -2))  # thumbnail pixels: a model of few matches is a little off
AGREES: Final = 0.7  # ncc from which a small window shows the same
DRAWN: Final = 1.0  # grey levels of deviation within a small window: a drawing is as even, a photograph is not
BLACK: Final = 14.0  # grey levels; darker than this a photograph is as even, in deep shade


@dataclass(frozen=True, slots=True)
class PhotoAgreement:
    """How well the pixels of a rectified listing image and of a registered photo agree."""

    ncc: float  # −1..1: normalized cross-correlation, mean over windows
    window_agreement: float  # 0..1: share of small windows that show the same, without those that are drawn over
    blurred_ncc: float  # −1..1: as ncc, of both images blurred; 0: neither has texture then
    is_faint: bool = False  # neither has texture once both are blurred: what there is may be noise, or a weave


def photo_agreement(
    image: RGBImage, quad: Quad, thumbnail: NDArray[np.uint8], *, where: NDArray[np.bool_] | None = None
) -> PhotoAgreement | None:
    """The agreement of the pixels under `quad` in an image with a registered photo's (S, S) grey thumbnail.

    `where`, (S, S), only that part of the photo counts; None: all of it.

    Windows count where either side has texture and the image shows the photo. Each is normalized by its own mean and
    deviation (Lewis 1995), so light and contrast do not matter. None: too little texture, or outside the image.
    """
    rectified, inside = rectify(image, np.array(quad, np.float32), thumbnail.shape[::-1])
    grey = np.asarray(cv2.cvtColor(rectified, cv2.COLOR_RGB2GRAY), np.float32)
    if where is not None:
        inside = inside & where
    by_shift = shifted_ncc(grey, thumbnail, inside)
    if not by_shift:
        return None
    shift = max(by_shift, key=lambda each: _clipped_mean(by_shift[each]))
    listing, reference = np.roll(grey, shift, axis=(1, 0)), thumbnail.astype(np.float32)
    blurred_ncc = _local_ncc(_blurred(listing), _blurred(reference), inside, LARGE_WINDOW)
    is_faint = bool(np.isnan(blurred_ncc).all())
    return PhotoAgreement(
        ncc=_clipped_mean(by_shift[shift]),
        window_agreement=_window_agreement(listing, reference, inside),
        blurred_ncc=0.0 if is_faint else _clipped_mean(blurred_ncc),
        is_faint=is_faint,
    )


def logo_ncc(
    image: RGBImage, quad: Quad, thumbnail: NDArray[np.uint8], *, where: NDArray[np.bool_] | None = None
) -> float | None:
    """The mean local ncc, 0..1, of a logo's (S, S) grey thumbnail with the pixels under `quad` in an image.

    `where`, (S, S), only that part of the logo counts; None: all of it.

    A logo is printed in any colour on any other, so the best of grey and the three channels counts, and a negative
    correlation (a reversed print) counts as a positive one. None: too little texture, or outside the image.
    """
    rectified, inside = rectify(image, np.array(quad, np.float32), thumbnail.shape[::-1])
    if where is not None:
        inside = inside & where
    grey = np.asarray(cv2.cvtColor(rectified, cv2.COLOR_RGB2GRAY), np.float32)
    planes = (grey, *np.moveaxis(rectified.astype(np.float32), 2, 0))
    maps = [ncc for plane in planes for ncc in shifted_ncc(plane, thumbnail, inside).values()]
    return max((abs(_clipped_mean(ncc)) for ncc in maps), default=None)


def rectify_padded(image: RGBImage, quad: Quad, side: int, padding: float) -> RGBImage:
    """The pixels under `quad` as (side, side, 3), with `padding`, a share of each side, around it."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    from_square = cv2.getPerspectiveTransform(square, np.array(quad, np.float32))
    padded = cv2.perspectiveTransform(((square - 0.5) * (1 + 2 * padding) + 0.5)[None], from_square)[0]
    return rectify(image, padded, (side, side))[0]


def rectify(image: RGBImage, corners: NDArray[np.float32], size: tuple[int, ...]) -> tuple[RGBImage, NDArray[np.bool_]]:
    """The pixels under a quadrilateral's (4, 2) corners as an image of `size`, and a mask of those inside the image.

    `size` is width and height; the results are (height, width, 3) and (height, width).
    """
    across, down = size
    height, width = image.shape[:2]
    low = np.clip(np.floor(corners.min(axis=0)), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 1, low + 1, [width, height]).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    longest = float(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).max())
    shrink = min(
        1.0, 1.5 * max(across, down) / max(longest, 1.0)
    )  # to about the output's size first: fine texture would alias
    reduced = (max(1, round(part.shape[1] * shrink)), max(1, round(part.shape[0] * shrink)))
    small = cv2.resize(part, reduced, interpolation=cv2.INTER_AREA) if shrink < 1 else part
    ratio = np.array([reduced[0] / part.shape[1], reduced[1] / part.shape[0]], np.float32)
    scaled = (corners - low.astype(np.float32) + 0.5) * ratio - 0.5
    square = np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float32) - 0.5
    to_square = cv2.getPerspectiveTransform(scaled, square)
    rectified = cv2.warpPerspective(
        small, to_square, (across, down), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    inside = cv2.warpPerspective(
        np.full(reduced[::-1], 255, np.uint8), to_square, (across, down), flags=cv2.INTER_NEAREST
    )
    return np.asarray(rectified, np.uint8), np.asarray(inside) > 0


def shifted_ncc(
    plane: NDArray[np.float32], thumbnail: NDArray[np.uint8], inside: NDArray[np.bool_]
) -> dict[tuple[int, int], NDArray[np.float32]]:
    """The local ncc, (S, S), of a plane with a thumbnail at each of SHIFTS; NaN where a window is flat.

    A shift with too few textured pixels is left out. `inside` (S, S) masks the pixels of the image.
    """
    reference = thumbnail.astype(np.float32)
    maps = {shift: _local_ncc(np.roll(plane, shift, axis=(1, 0)), reference, inside, WINDOW) for shift in SHIFTS}
    return {shift: ncc for shift, ncc in maps.items() if (~np.isnan(ncc)).sum() >= LEAST_PIXELS}


def _local_ncc(
    listing: NDArray[np.float32], reference: NDArray[np.float32], inside: NDArray[np.bool_], window: int
) -> NDArray[np.float32]:
    """The ncc in the window about each pixel, (S, S); NaN where both are flat or the window leaves the image."""
    ncc, listing_deviation, reference_deviation = _window_statistics(listing, reference, window)
    valid = _textured(inside, listing_deviation, reference_deviation, window)
    return np.where(valid, ncc, np.float32(np.nan))


def _window_agreement(listing: NDArray[np.float32], reference: NDArray[np.float32], inside: NDArray[np.bool_]) -> float:
    """Of the small windows with texture and nothing drawn over them, the share that agrees; 0: too few."""
    ncc, listing_deviation, reference_deviation = _window_statistics(listing, reference, SMALL_WINDOW)
    textured = _textured(inside, listing_deviation, reference_deviation, SMALL_WINDOW)
    valid = textured & ~_drawn_over(listing, listing_deviation)
    return float((ncc[valid] > AGREES).mean()) if valid.sum() >= LEAST_PIXELS else 0.0


def _textured(
    inside: NDArray[np.bool_],
    listing_deviation: NDArray[np.float32],
    reference_deviation: NDArray[np.float32],
    window: int,
) -> NDArray[np.bool_]:
    """Where the window lies inside the image and either side has texture, (S, S)."""
    whole = cv2.blur(inside.astype(np.float32), (window, window)) > 0.99
    return np.asarray(whole & (np.maximum(listing_deviation, reference_deviation) > LEAST_DEVIATION))


def _window_statistics(
    listing: NDArray[np.float32], reference: NDArray[np.float32], window: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The ncc in the window about each pixel, and either side's standard deviation there, (S, S) each."""

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(values, (window, window)), np.float32)

    listing_mean, reference_mean = mean(listing), mean(reference)
    listing_deviation = np.sqrt(np.maximum(mean(listing * listing) - listing_mean**2, 0))
    reference_deviation = np.sqrt(np.maximum(mean(reference * reference) - reference_mean**2, 0))
    covariance = mean(listing * reference) - listing_mean * reference_mean
    floor = LEAST_DEVIATION / 2
    scale = np.maximum(listing_deviation, floor) * np.maximum(reference_deviation, floor)
    return covariance / scale, listing_deviation, reference_deviation


def _drawn_over(listing: NDArray[np.float32], deviation: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a small window may touch an area as even as only drawings are, (S, S): banners, stripes, blots."""
    even = ((deviation < DRAWN) & (listing > BLACK)).astype(np.uint8)  # the window lies within such an area
    return cv2.dilate(even, np.ones((2 * SMALL_WINDOW + 1, 2 * SMALL_WINDOW + 1), np.uint8)) > 0


def _blurred(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), BLUR), np.float32)


def _clipped_mean(ncc: NDArray[np.float32]) -> float:
    return float(np.clip(np.nanmean(ncc), -1.0, 1.0))
