"""A reference and the listing image under it at the sizes at which they are compared; it compares nothing."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

BLUR: Final = 0.8  # pixels: standard deviation that takes noise, and the dots of a print, from both
FLOOR: Final = 2.0  # levels of gradient under which all is noise of JPEG and sensor
SPARE: Final = 1.3  # times the pixels that a level needs are kept of the listing, so that warping it stays sharp
ROOM: Final = 0.15  # share of the long side around the quadrilateral that is kept of the listing


class ReferenceLevels:
    """Gradients of a reference at several sizes, each made once."""

    def __init__(self, plate: RGBImage, mask: NDArray[np.uint8] | None, largest: int) -> None:
        """`plate` (h, w, 3) and `mask` (0..255, of any size; None: all counts), of which `largest` pixels suffice."""
        self._plate = _reduced(plate, largest)
        self._mask = mask
        self._made: dict[int, tuple[NDArray[np.float32], NDArray[np.float32] | None]] = {}

    def at(self, side: int) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """The gradient, (H, W), with a long side of `side` pixels, and the mask at that size, 0..1."""
        if side not in self._made:
            small = _reduced(self._plate, side)
            weight = None
            if self._mask is not None:
                sized = cv2.resize(self._mask, small.shape[1::-1], interpolation=cv2.INTER_LINEAR)
                weight = np.asarray(sized, np.float32) / np.float32(255)
            self._made[side] = gradient(small), weight
        return self._made[side]


class ListingLevels:
    """The part of a listing image around a quadrilateral, at about the sizes asked for."""

    def __init__(self, image: RGBImage, corners: NDArray[np.float64], largest: int) -> None:
        """Keeps the pixels around `corners` (4, 2), reduced so that the quadrilateral's long side has `largest`."""
        height, width = image.shape[:2]
        long_side = long_side_of(corners)
        room = ROOM * long_side + 2
        low = np.clip(np.floor(corners.min(axis=0) - room), 0, [width - 1, height - 1]).astype(int)
        high = np.clip(np.ceil(corners.max(axis=0) + room), low + 1, [width, height]).astype(int)
        self._part: RGBImage = image[low[1] : high[1], low[0] : high[0]]
        self._low = low.astype(np.float64)
        self._long_side = long_side
        self._made: dict[float, RGBImage] = {}
        self._part = self._reduced_by(min(1.0, SPARE * largest / long_side))
        self._full = np.array([high[0] - low[0], high[1] - low[1]], np.float64)

    def flattened(
        self, corners: NDArray[np.float64], shape: tuple[int, ...], margin: int
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """The gradient under `corners`, (h + 2 margin, w + 2 margin), and, (h, w), what of it is inside the image."""
        high, wide = shape
        kept = self._part.shape[1] / self._full[0]
        small = self._reduced_by(min(1.0, SPARE * max(shape) / (self._long_side * kept)))
        ratio = np.array(small.shape[1::-1]) / self._full
        scaled = ((corners - self._low + 0.5) * ratio - 0.5).astype(np.float32)
        onto = cv2.getPerspectiveTransform(scaled, square_of(shape) + np.float32(margin))
        size = (wide + 2 * margin, high + 2 * margin)
        flat = cv2.warpPerspective(small, onto, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        one = np.full(small.shape[:2], 255, np.uint8)
        seen = np.asarray(cv2.warpPerspective(one, onto, size, flags=cv2.INTER_NEAREST)) > 0
        return gradient(np.asarray(flat, np.uint8)), seen[margin : margin + high, margin : margin + wide]

    def _reduced_by(self, factor: float) -> RGBImage:
        """The kept part, smaller by `factor`, made once."""
        if factor >= 1.0:
            return self._part
        key = round(factor, 3)
        if key not in self._made:
            size = [max(1, round(side * factor)) for side in self._part.shape[1::-1]]
            self._made[key] = np.asarray(cv2.resize(self._part, size, interpolation=cv2.INTER_AREA), np.uint8)
        return self._made[key]


def gradient(image: RGBImage) -> NDArray[np.float32]:
    """The gradient's magnitude, (H, W), of the channel where it is largest, its root taken, so that no edge rules.

    It is the same for a print in other colours, or reversed, and hardly changes with light.
    """
    smooth = cv2.GaussianBlur(image, (0, 0), BLUR)
    across, down = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    each = [cv2.magnitude(cv2.extractChannel(across, at), cv2.extractChannel(down, at)) for at in range(3)]
    largest = cv2.max(cv2.max(each[0], each[1]), each[2])
    return np.asarray(np.sqrt(np.maximum(np.asarray(largest, np.float32) / 16 - FLOOR, 0)), np.float32)


def square_of(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The corners of an image of `shape` (height, width), top left first and clockwise, (4, 2)."""
    high, wide = shape[:2]
    return np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32) - np.float32(0.5)


def long_side_of(corners: NDArray[np.float64]) -> float:
    """The longest side of a quadrilateral."""
    return float(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).max())


def _reduced(image: RGBImage, side: int) -> RGBImage:
    """The image with a long side of `side` pixels, enlarged if it has less."""
    scale = side / max(image.shape[:2])
    if scale == 1.0:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=way), np.uint8)
