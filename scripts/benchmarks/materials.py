"""Inputs of edits: a source of chance, other photos and backgrounds; it edits nothing by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from brand_index.images import RGBImage

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Materials:
    """What an edit may use besides the image: a source of chance, and `others`, photos that nobody registered."""

    chance: np.random.Generator
    others: Sequence[RGBImage]

    def other(self) -> RGBImage:
        """One of `others`."""
        return self.others[int(self.chance.integers(len(self.others)))]

    def colour(self) -> Colour:
        """Any colour."""
        red, green, blue = (int(value) for value in self.chance.integers(0, 256, 3))
        return red, green, blue

    def between(self, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        return float(self.chance.uniform(low, high))


def cover(image: RGBImage, width: int, height: int) -> RGBImage:
    """`image` scaled and cut at the middle so that it fills `width` × `height` pixels; a new array."""
    scale = max(width / image.shape[1], height / image.shape[0])
    size = (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale)))
    scaled = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    top, left = (scaled.shape[0] - height) // 2, (scaled.shape[1] - width) // 2
    return scaled[top : top + height, left : left + width].copy()


def on_canvas(image: RGBImage, top: int, bottom: int, left: int, right: int, colour: Colour) -> RGBImage:
    """`image` with so many pixels of `colour` on each side; a new array."""
    height, width = image.shape[:2]
    canvas = np.full((height + top + bottom, width + left + right, 3), colour, np.uint8)
    canvas[top : top + height, left : left + width] = image
    return canvas
