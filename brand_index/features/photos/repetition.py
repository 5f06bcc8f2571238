"""Measures how clearly faint marks, or all of an image as a fabric's pattern, repeat themselves; it decides nothing.

Marks that were printed over a photo again and again return at the same distance, to the pixel: its autocorrelation has
peaks there. What the camera saw repeats itself less exactly, or at small distances, as a weave does.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.photos.traits import reduced
from brand_index.images import RGBImage

SIZE: Final = 512  # of the Fourier transform; larger distances wrap around, and their peaks remain peaks
SMALLEST: Final = 256  # pixels, long side: in smaller images hardly anything could repeat itself
BOLD: Final = 40.0  # levels by which edges differ from their surroundings that no faint mark has
AROUND: Final = 81  # pixels: window in which contrast is made equal
CLIP: Final = 2.5  # standard deviations: no single edge counts for more
LEAST_CONTRAST: Final = 1.5  # levels: what is fainter is noise
BAND: Final = (1 / 40, 0.4)  # cycles a pixel: strokes, and neither shades nor noise
LEVELLED: Final = 11  # frequencies: the spectrum is made flat over so many, which leaves peaks of the autocorrelation
STRONGEST: Final = 12.0  # times the mean of its surroundings, for a frequency
NEAR: Final = (8, 36)  # pixels: distances at which letters, stitches and threads are alike
ASIDE: Final = 3  # pixels: along the axes boards, seams and the compression's blocks are alike
PEAKS: Final = 4  # that are added up
APART: Final = 8  # pixels between them
PATTERN_SIDE: Final = 192  # pixels, long side at which a pattern is sought
SHADES: Final = 8.0  # pixels: standard deviation of the blur that is subtracted
PATTERN_AROUND: Final = 41  # pixels: window in which its contrast is made equal
LEAST_PATTERN: Final = 3.0  # levels of contrast, likewise
LEAST_MOVE: Final = 8  # pixels: an image moved by less is like itself
LEAST_OVERLAP: Final = 0.3  # of the image, by which it overlaps itself once moved
SOME: Final = 0.05  # mean square of what is left, 1 where all has contrast: with less there is no pattern to speak of
ASKEW: Final = 25.0  # degrees between two directions


@dataclass(frozen=True, slots=True)
class Repetition:
    """Peaks of an autocorrelation, in its standard deviations."""

    far: float  # sum of the PEAKS highest at a distance
    highest: float  # of these
    near: float  # the highest in the surroundings

    @classmethod
    def of(cls, image: RGBImage) -> "Repetition | None":
        """That of a (H, W, 3) image; None: it is too small to tell."""
        if max(image.shape[:2]) < SMALLEST:
            return None
        spectrum = np.fft.rfft2(_levelled(reduced(image, SIZE)), (SIZE, SIZE))
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        mean = np.asarray(cv2.blur(power, (LEVELLED, LEVELLED), borderType=cv2.BORDER_REFLECT))
        power = np.minimum(power / (mean + 1e-3 * mean.max() + 1e-6), STRONGEST) * _band()
        # The second half mirrors the first: (-y, -x) is as likely as (y, x).
        found = np.roll(np.fft.irfft2(power, (SIZE, SIZE))[: SIZE // 2], SIZE // 2, axis=1)
        far, near, counted = _distances()
        unit = max(float(found[far].std()), 1e-12)
        left, peaks = np.where(counted, found, -np.inf), []
        for _ in range(PEAKS):
            row, column = divmod(int(left.argmax()), SIZE)
            peaks.append(float(left[row, column]) / unit)
            left[max(0, row - APART) : row + APART + 1, max(0, column - APART) : column + APART + 1] = -np.inf
        return cls(sum(peaks), peaks[0], float(found[near].max()) / unit)


def pattern_of(image: RGBImage) -> float:
    """How like itself a (H, W, 3) image is once moved in either of two directions, -1..1: 1 of a repeated pattern.

    That is its autocorrelation where it overlaps itself: the highest in another direction than the highest of all, in
    which what stands in a row is like itself.
    """
    small = reduced(image, PATTERN_SIDE)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    details = grey - cv2.GaussianBlur(grey, (0, 0), SHADES)
    variance = cv2.blur(details * details, (PATTERN_AROUND, PATTERN_AROUND))
    details = details / np.maximum(np.sqrt(np.maximum(variance, 0)), LEAST_PATTERN)
    energy = float((details * details).mean())
    if energy < SOME:
        return 0.0
    size = (2 * PATTERN_SIDE, 2 * PATTERN_SIDE)
    products, overlap = (
        np.fft.fftshift(np.fft.irfft2(np.abs(np.fft.rfft2(each, size)) ** 2, size))
        for each in (details, np.ones_like(details))
    )
    found = products / np.maximum(overlap, 1) / energy
    down, across = np.mgrid[-PATTERN_SIDE:PATTERN_SIDE, -PATTERN_SIDE:PATTERN_SIDE]
    moved = (np.hypot(down, across) > LEAST_MOVE) & (overlap > LEAST_OVERLAP * details.size)
    row, column = divmod(int(np.where(moved, found, -1).argmax()), size[1])
    first: NDArray[Any] = np.arctan2(down[row, column], across[row, column])
    askew = np.abs(np.sin(np.arctan2(down, across) - first)) > np.sin(np.radians(ASKEW))
    return float(np.clip(found[moved & askew].max(), -1, 1))


def _levelled(image: RGBImage) -> NDArray[np.float32]:
    """The details of an image in equal contrast everywhere, without bold edges, (H, W)."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    bold = (cv2.absdiff(grey, cv2.GaussianBlur(grey, (0, 0), 2)) > BOLD).astype(np.uint8)
    calm = 1 - cv2.dilate(bold, np.ones((5, 5), np.uint8)).astype(np.float32)
    details = (grey - cv2.GaussianBlur(grey, (0, 0), 6)) * calm
    window = (AROUND, AROUND)
    variance = cv2.boxFilter(details * details, -1, window) / np.maximum(cv2.boxFilter(calm, -1, window), 0.05)
    deviation = np.sqrt(np.maximum(variance, 0))
    return np.asarray(np.clip(details / np.maximum(deviation, LEAST_CONTRAST), -CLIP, CLIP), np.float32)


@cache
def _band() -> NDArray[np.float32]:
    frequency: NDArray[Any] = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None])
    return np.asarray((frequency > BAND[0]) & (frequency < BAND[1]), np.float32)


@cache
def _distances() -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which places of the autocorrelation's half lie far off, near, and far off and beside the axes."""
    rows, columns = np.mgrid[0 : SIZE // 2, -SIZE // 2 : SIZE // 2]
    distance: NDArray[Any] = np.hypot(rows, columns)
    far = distance > NEAR[1]
    return far, (distance > NEAR[0]) & ~far, far & (rows > ASIDE) & (np.abs(columns) > ASIDE)
