"""A line of text as it was read, and where its characters are; it reads nothing."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

LEVEL: Final = 0.97  # cosine of the angle between two lines of one word, at least: 14°
OF_ONE_SIZE: Final = 1.5  # times as high as the other that one of two lines of a word may be
NEXT: Final = 2.5  # heights from the middle of a line to that of the next, at most

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four (x, y) in pixels: the top of the first and of the last letter, then the bottom of the last and of the first."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text as it was read."""

    text: str
    confidence: float  # 0..1: of its characters, the mean
    corners: Corners  # pixels of the image: where its first letter's top and last letter's top are, then the bottoms
    places: tuple[float, ...]  # of each character, the share of the way from its beginning to its end
    bent: bool = False  # its letters stand along an arc; its corners are those of an upright box around them

    def moved(self, right: int, down: int) -> Self:
        """The same in an image of which the present one is the part that begins at these pixels."""
        first, second, third, last = ((x + right, y + down) for x, y in self.corners)
        return replace(self, corners=(first, second, third, last))

    def goes_on_in(self, other: "TextLine") -> bool:
        """Whether another line stands right below this one, turned as it is and of like size: both may be one word."""
        if self.bent or other.bent:
            return False
        own, next_one = np.array(self.corners), np.array(other.corners)
        along, across = own[1] - own[0], own[3] - own[0]
        width, height = float(np.linalg.norm(along)), float(np.linalg.norm(across))
        theirs = next_one[1] - next_one[0]
        their_width, their_height = float(np.linalg.norm(theirs)), float(np.linalg.norm(next_one[3] - next_one[0]))
        if min(width, height, their_width, their_height) <= 0:
            return False
        apart = next_one.mean(axis=0) - own.mean(axis=0)
        right, down = float(apart @ along) / width, float(apart @ across) / height
        return (
            float(along @ theirs) >= LEVEL * width * their_width
            and max(height, their_height) <= OF_ONE_SIZE * min(height, their_height)
            and 0 < down <= NEXT * max(height, their_height)
            and abs(right) <= max(width, their_width) / 2
        )

    def part(self, begin: int, end: int) -> Corners:
        """The corners of the characters from `begin` up to `end`, exclusive; those of all of a bent line."""
        if self.bent:
            return self.corners
        between = [0.0, *((one + other) / 2 for one, other in zip(self.places, self.places[1:], strict=False)), 1.0]
        low, high = between[begin], between[max(begin + 1, end)]
        top_left, top_right, bottom_right, bottom_left = (np.array(corner) for corner in self.corners)
        points = (
            *(top_left + (top_right - top_left) * share for share in (low, high)),
            *(bottom_left + (bottom_right - bottom_left) * share for share in (high, low)),
        )
        first, second, third, last = ((float(x), float(y)) for x, y in points)
        return first, second, third, last
