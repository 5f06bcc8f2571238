"""Rectangles and outlines in pixels, and how they overlap; what they outline is not known here."""

from typing import NamedTuple


class Box(NamedTuple):
    """An upright rectangle in pixels; left and top inside, right and bottom outside."""

    left: int
    top: int
    right: int
    bottom: int


Place = tuple[float, float, float, float]
"""A box in shares of its image, 0..1: left, top, right, bottom."""


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0..1; 0 where neither has an area."""
    shared = _shared(one, other)
    union = _area(one) + _area(other) - shared
    return shared / union if union > 0 else 0.0


def place_of(box: Box, size: tuple[int, int]) -> Place:
    """Where a box lies in an image of `size` (width, height), to four decimals."""
    (left, top, right, bottom), (width, height) = box, size
    return round(left / width, 4), round(top / height, 4), round(right / width, 4), round(bottom / height, 4)


def place_overlap(one: Place, other: Place) -> float:
    """Intersection over union of two places in images that are alike, 0..1."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    areas = sum((right - left) * (bottom - top) for left, top, right, bottom in (one, other))
    return across * down / (areas - across * down)


def share_within(part: Box, whole: Box) -> float:
    """The share of `part` that lies in `whole`, 0..1; 0 where it has no area."""
    area = _area(part)
    return _shared(part, whole) / area if area > 0 else 0.0


def side_of(box: Box) -> float:
    """The side in pixels of a square of the same area, 1 at least."""
    return float(max(1, _area(box)) ** 0.5)


def _shared(one: Box, other: Box) -> int:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0, wide) * max(0, high)


def _area(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)


Quad = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four (x, y) corners in pixels: where the reference's top left, top right, bottom right and bottom left lie."""


Polygon = tuple[tuple[float, float], ...]
"""The (x, y) corners of an outline in pixels of the listing image, at least three."""
