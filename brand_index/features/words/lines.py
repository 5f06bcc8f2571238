"""The lines of text in an image: where a network sees them, as quads; what they say is recognized elsewhere.

The network is PP-OCRv6 small's detector (PaddleOCR, Apache-2.0), which predicts for each pixel how likely it lies in
the middle of a line: differentiable binarization, Liao et al., "Real-time Scene Text Detection with Differentiable
Binarization" (AAAI 2020).
"""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.weights import ModelFile
from brand_index.images import RGBImage

STRIDE: Final = 32  # pixels: the network takes sides that are multiples of it
MOST_ENLARGED: Final = 2.0  # of a small image
IN_A_LINE: Final = 0.3  # probability from which a pixel lies in a line
LEAST_MEAN: Final = 0.6  # mean probability that a line needs: below, one in six can be read
UNCLIPPED: Final = 1.6  # a line's middle grows by this times its area over its outline, as the source says
LEAST_SIDE: Final = 3.0  # pixels of the network: nothing smaller can be read
UPRIGHT: Final = 45.0  # degrees: a line that is steeper may be read downward or upward
MOST_CONTOURS: Final = 2000  # of a page, the largest, so that its time is bounded


@dataclass(frozen=True, slots=True)
class Line:
    """Where a line of text lies: a rectangle in pixels, turned by `angle` degrees clockwise, -90 < angle <= 90."""

    centre: tuple[float, float]  # x, y
    length: float  # pixels, along the line
    height: float  # pixels, across it; never more than the length
    angle: float  # of its long side
    probability: float  # 0..1: of its pixels, the mean

    def axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The unit vectors along the line and across it, downward where it is level."""
        turned = np.deg2rad(self.angle)
        along = np.array([np.cos(turned), np.sin(turned)])
        return along, np.array([-along[1], along[0]])

    def corners(self, begin: float = 0.0, end: float = 1.0) -> NDArray[np.float64]:
        """(4, 2): top left, top right, bottom right and bottom left of the part from `begin` to `end` of its length."""
        along, across = self.axes()
        centre = np.array(self.centre)
        left, right = ((share - 0.5) * self.length * along for share in (begin, end))
        half = across * self.height / 2
        return np.stack([centre + left - half, centre + right - half, centre + right + half, centre + left + half])


class LineFinder:
    """Runs the detector on the CPU: float32 (1, 3, h, w) in; probabilities (1, 1, h, w) out."""

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        """Load the file. Raises ModelUnusable."""
        self._session = model.session(threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._side = model.side

    def find(self, frame: RGBImage, *, side: int | None = None, enlarged: float = MOST_ENLARGED) -> tuple[Line, ...]:
        """The lines of a (H, W, 3) image, the largest first; None are smaller than some 3 px of the network's input.

        `side`: pixels of its long side there; None: as the model says. `enlarged`: how many times at most a small image
        is enlarged.
        """
        height, width = frame.shape[:2]
        scale = min((side or self._side) / max(height, width), enlarged)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        canvas = np.zeros((_multiple(size[1]), _multiple(size[0]), 3), np.uint8)
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas[: size[1], : size[0]] = cv2.resize(frame, size, interpolation=interpolation)
        probabilities = self._session.run(None, {self._input: network_input(canvas)})[0][0, 0, : size[1], : size[0]]
        return _lines(np.ascontiguousarray(probabilities), (width / size[0], height / size[1]))


def network_input(pixels: RGBImage) -> NDArray[np.float32]:
    """(1, 3, H, W) of a (H, W, 3) image as both networks take it: blue first, -1..1."""
    return np.ascontiguousarray(pixels[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1)


def _multiple(side: int) -> int:
    return -(-side // STRIDE) * STRIDE


def _lines(probabilities: NDArray[np.float32], ratio: tuple[float, float]) -> tuple[Line, ...]:
    mask = (probabilities > IN_A_LINE).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    largest = sorted(contours, key=len, reverse=True)[:MOST_CONTOURS]
    found = [line for line in (_line(contour, probabilities, ratio) for contour in largest) if line is not None]
    return tuple(sorted(found, key=lambda line: -line.length * line.height))


def _line(contour: NDArray[Any], probabilities: NDArray[np.float32], ratio: tuple[float, float]) -> Line | None:
    """The line around a contour; None: it is too small, or not likely enough."""
    (x, y), (length, height), angle = cv2.minAreaRect(contour)
    if min(length, height) < LEAST_SIDE:
        return None
    mean = _mean_within(cv2.boxPoints(((x, y), (length, height), angle)), probabilities)
    if mean < LEAST_MEAN:
        return None
    grown = UNCLIPPED * length * height / (length + height)  # of both sides together
    length, height = length + grown, height + grown
    if length < height:
        length, height, angle = height, length, angle + 90
    angle = -((90 - angle) % 180 - 90)  # into -90 < angle <= 90
    across, down = ratio
    scale = (across + down) / 2  # they differ by the rounding of the size
    return Line((x * across, y * down), length * scale, height * scale, angle, mean)


def _mean_within(corners: NDArray[Any], probabilities: NDArray[np.float32]) -> float:
    height, width = probabilities.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (width - 1, height - 1))
    window = probabilities[top : bottom + 1, left : right + 1]
    inside = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(inside, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(window, inside)[0])
