"""A line of text as it was read, and where its characters are; it reads nothing."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four (x, y) in pixels: the top of the first and of the last letter, then the bottom of the last and of the first."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text as it was read."""

    text: str
    confidence: float  # 0..1: of its characters, the mean
    corners: Corners  # pixels of the image: where its first letter's top and last letter's top are, then the bottoms
    places: tuple[float, ...]  # of each character, the share of the way from its beginning to its end

    def moved(self, right: int, down: int) -> Self:
        """The same in an image of which the present one is the part that begins at these pixels."""
        first, second, third, last = ((x + right, y + down) for x, y in self.corners)
        return replace(self, corners=(first, second, third, last))

    def part(self, begin: int, end: int) -> Corners:
        """The corners of the characters from `begin` up to `end`, exclusive."""
        between = [0.0, *((one + other) / 2 for one, other in zip(self.places, self.places[1:], strict=False)), 1.0]
        low, high = between[begin], between[max(begin + 1, end)]
        top_left, top_right, bottom_right, bottom_left = (np.array(corner) for corner in self.corners)
        points = (
            *(top_left + (top_right - top_left) * share for share in (low, high)),
            *(bottom_left + (bottom_right - bottom_left) * share for share in (high, low)),
        )
        first, second, third, last = ((float(x), float(y)) for x, y in points)
        return first, second, third, last
