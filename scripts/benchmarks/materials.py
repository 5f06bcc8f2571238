"""Inputs of edits and drawings: choices by chance, other photos and grounds, JPEG; it edits nothing by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

Item = TypeVar("Item")
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Materials:
    """What an edit may use besides the image: a source of chance, and `others`, photos that nobody registered."""

    chance: np.random.Generator
    others: Sequence[RGBImage]

    def other(self) -> RGBImage:
        """One of `others`."""
        return pick(self.chance, self.others)

    def colour(self) -> Colour:
        """Any colour."""
        return any_colour(self.chance)

    def between(self, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        return float(self.chance.uniform(low, high))


def pick(chance: np.random.Generator, choices: Sequence[Item]) -> Item:
    """One of `choices`."""
    return choices[int(chance.integers(len(choices)))]


def some(chance: np.random.Generator, choices: Sequence[Item], count: int) -> list[Item]:
    """`count` different ones in any order."""
    return [choices[int(position)] for position in chance.permutation(len(choices))[:count]]


def any_colour(chance: np.random.Generator, low: int = 0, high: int = 256) -> Colour:
    """Any colour, its channels from `low` to below `high`."""
    red, green, blue = (int(value) for value in chance.integers(low, high, 3))
    return red, green, blue


def flat(width: int, height: int, colour: Colour) -> RGBImage:
    """All of one colour."""
    row = np.full((1, width, 3), colour, np.uint8)
    return np.repeat(row, height, axis=0)  # copying rows is far quicker than filling pixels


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
    canvas = flat(width + left + right, height + top + bottom, colour)
    canvas[top : top + height, left : left + width] = image
    return canvas


def corners_of(width: int, height: int) -> NDArray[np.float32]:
    """(4, 2), the corners of an image clockwise from its upper left."""
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)


def jpeg(image: RGBImage, quality: int) -> bytes:
    """`image` as the bytes of a JPEG file of `quality` (1..95, libjpeg's scale)."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def through_jpeg(image: RGBImage, quality: int) -> RGBImage:
    """What is left of `image` after JPEG at `quality`; a new array."""
    decoded = cv2.imdecode(np.frombuffer(jpeg(image, quality), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(np.asarray(decoded, np.uint8), cv2.COLOR_BGR2RGB), np.uint8)
