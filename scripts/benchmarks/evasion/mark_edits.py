"""Ways to hide a mark in a photo, each from mild to severe, as pure functions; none knows the registered logo."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from brand_index.images import RGBImage
from scanner.engine.boxes import Box

EditMark = Callable[[RGBImage, Sequence[Box], np.random.Generator], tuple[RGBImage, ...]]
"""A (H, W, 3) photo with the boxes of its marks to the images that a listing shows instead."""
BESIDE: Final = 0.15  # of the box's sides: how far around it the colour of a cover is taken


@dataclass(frozen=True, slots=True)
class Concealment:
    """One way to hide a mark, from mild to severe."""

    name: str
    axis: str
    strengths: tuple[float, ...]  # as the axis says
    edit: Callable[[float], EditMark]


def covered(percent: float) -> EditMark:
    """A bar in the colour of what is around the mark, over `percent` of its box from a side drawn by chance."""

    def apply(photo: RGBImage, boxes: Sequence[Box], chance: np.random.Generator) -> tuple[RGBImage, ...]:
        changed = photo.copy()
        for box in boxes:
            width, height = box.right - box.left, box.bottom - box.top
            across, down = round(width * percent / 100), round(height * percent / 100)
            bars = (
                Box(box.left, box.top, box.left + across, box.bottom),
                Box(box.right - across, box.top, box.right, box.bottom),
                Box(box.left, box.top, box.right, box.top + down),
                Box(box.left, box.bottom - down, box.right, box.bottom),
            )
            bar = bars[int(chance.integers(len(bars)))]
            changed[bar.top : bar.bottom, bar.left : bar.right] = _colour_around(photo, box)
        return (changed,)

    return apply


def smeared(percent: float) -> EditMark:
    """Gaussian blur of the box, its deviation `percent` of the box's short side."""

    def smear(part: RGBImage, side: int) -> RGBImage:
        return np.asarray(cv2.GaussianBlur(part, (0, 0), max(0.3, side * percent / 100)), np.uint8)

    return _in_boxes(smear)


def mosaicked(percent: float) -> EditMark:
    """Square cells of one colour each, `percent` of the box's short side."""

    def mosaic(part: RGBImage, side: int) -> RGBImage:
        cell = max(2, round(side * percent / 100))
        height, width = part.shape[:2]
        cells = cv2.resize(part, (-(-width // cell), -(-height // cell)), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)

    return _in_boxes(mosaic)


def stretched(factor: float) -> EditMark:
    """The whole photo, one side `factor` times as long."""

    def apply(photo: RGBImage, boxes: Sequence[Box], chance: np.random.Generator) -> tuple[RGBImage, ...]:
        height, width = photo.shape[:2]
        size = (round(width * factor), height) if chance.random() < 0.5 else (width, round(height * factor))
        return (np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_CUBIC), np.uint8),)

    return apply


def mirrored(_: float) -> EditMark:
    """The whole photo, left for right."""
    return lambda photo, boxes, chance: (np.ascontiguousarray(photo[:, ::-1]),)


def split(percent: float) -> EditMark:
    """Two images of one listing, cut at `percent` of the width of the largest mark; further marks are covered."""

    def apply(photo: RGBImage, boxes: Sequence[Box], chance: np.random.Generator) -> tuple[RGBImage, ...]:
        largest = max(boxes, key=lambda box: (box.right - box.left) * (box.bottom - box.top))
        at = largest.left + round((largest.right - largest.left) * percent / 100)
        at = int(np.clip(at, 16, photo.shape[1] - 16))
        alone = photo.copy()
        for box in boxes:
            if box != largest:
                alone[box.top : box.bottom, box.left : box.right] = _colour_around(photo, box)
        return np.ascontiguousarray(alone[:, :at]), np.ascontiguousarray(alone[:, at:])

    return apply


def recoloured(degrees: float) -> EditMark:
    """The whole photo, its hues turned by `degrees`."""

    def apply(photo: RGBImage, boxes: Sequence[Box], chance: np.random.Generator) -> tuple[RGBImage, ...]:
        hsv = cv2.cvtColor(photo, cv2.COLOR_RGB2HSV)
        hsv[:, :, 0] = (hsv[:, :, 0].astype(int) + round(degrees / 2)) % 180
        return (np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8),)

    return apply


CONCEALMENTS: Final = (
    Concealment("covered", "% of the box", (25, 50, 75), covered),
    Concealment("blurred", "deviation, % of the box's short side", (2, 5, 10, 20), smeared),
    Concealment("mosaic", "cells, % of the box's short side", (5, 10, 20, 33), mosaicked),
    Concealment("stretched", "times as long on one side", (1.25, 1.5, 2), stretched),
    Concealment("mirrored", "-", (1,), mirrored),
    Concealment("split over two images", "cut at % of the mark", (25, 50), split),
    Concealment("recoloured", "degrees of hue", (60, 120, 180), recoloured),
)


def _in_boxes(change: Callable[[RGBImage, int], RGBImage]) -> EditMark:
    """Change the pixels of each box, given its short side."""

    def apply(photo: RGBImage, boxes: Sequence[Box], chance: np.random.Generator) -> tuple[RGBImage, ...]:
        changed = photo.copy()
        for box in boxes:
            part = photo[box.top : box.bottom, box.left : box.right]
            if part.size:
                changed[box.top : box.bottom, box.left : box.right] = change(part, min(part.shape[:2]))
        return (changed,)

    return apply


def _colour_around(photo: RGBImage, box: Box) -> tuple[int, int, int]:
    """The median colour of a frame around a box; of the photo where the box leaves no room."""
    across, down = (max(2, round(side * BESIDE)) for side in (box.right - box.left, box.bottom - box.top))
    top, left = max(0, box.top - down), max(0, box.left - across)
    frame = photo[top : box.bottom + down, left : box.right + across]
    outside = np.ones(frame.shape[:2], bool)
    outside[box.top - top : box.bottom - top, box.left - left : box.right - left] = False
    pixels = frame[outside] if outside.any() else photo.reshape(-1, 3)
    red, green, blue = (int(value) for value in np.median(pixels, axis=0))
    return red, green, blue
