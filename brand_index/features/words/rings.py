"""Rings, such as round badges have: where they may be, and how they look unrolled; it reads nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

SIDE: Final = 160  # pixels: long side at which outlines are looked for
SOFTENED: Final = 1.2  # pixels, likewise: the blur that closes the gaps of an outline
LEAST_CONTRAST: Final = 24  # levels of a channel, from which its outlines count
MARGIN: Final = 0.2  # of each side, beyond the middle of an image
LONG_CHORD: Final = 12.0  # pixels, likewise, from which a side of a hull is a cut, not an outline
LEAST_AXIS, MOST_AXIS = 0.22, 1.1  # half axes of an outline, as shares of the shorter and of the longer side
LEAST_ROUND: Final = 0.4  # shorter by longer axis: what is flatter is seen too much from the side
WITHIN: Final = 0.5  # share of an outline that lies in the image, at least
POINTS: Final = 96  # of an outline that are looked at
LEAST_GRADIENT: Final = 24.0  # levels, from which an outline's point has an edge
ALONG_NORMAL: Final = 0.85  # cosine of an edge's direction with the outline's, at least
LEAST_EDGE: Final = 0.6  # share of the points with an edge, from which an outline is one
LARGER: Final = 0.3  # how much the size of an outline counts beside that share
APART: Final = 0.12  # shares of the shorter side between the centres of two rings, or
OTHER_SIZE: Final = 0.3  # between the logarithms of their areas, from which they are two
MOST_RINGS: Final = 2  # of one crop
INNER, OUTER = 0.35, 1.12  # of the outline's axes: where a ring's text may begin and end
TEXT_AT: Final = 0.66  # of them: where letters keep their proportions; further out they are narrower, and read as well
HIGH: Final = 112  # pixels of an unrolled ring
OVERLAP: Final = 0.3  # of a turn, that an unrolled ring goes on for, so that no word is cut
BEGIN: Final = 90.0  # degrees: the lowest point, from which it is unrolled clockwise


@dataclass(frozen=True, slots=True)
class Ring:
    """The outline of what may be a round badge: an ellipse in pixels, turned by `angle` degrees clockwise."""

    centre: tuple[float, float]  # x, y
    axes: tuple[float, float]  # half the length along `angle`, and across it
    angle: float

    def points(self, turns: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float32]:
        """(…, 2): the points at these turns, radians clockwise from the right, and shares of the axes."""
        turned = np.deg2rad(self.angle)
        along = shares * self.axes[0] * np.cos(turns - turned)
        across = shares * self.axes[1] * np.sin(turns - turned)
        x = self.centre[0] + along * np.cos(turned) - across * np.sin(turned)
        y = self.centre[1] + along * np.sin(turned) + across * np.cos(turned)
        return np.stack([x, y], -1).astype(np.float32)

    def unrolled(self, pixels: RGBImage) -> RGBImage:
        """The ring of a (H, W, 3) image as a strip, clockwise from left to right, its outside on top."""
        turns, shares = _turns(_width()), np.linspace(OUTER, INNER, HIGH)
        points = self.points(turns[None, :], shares[:, None])
        strip = cv2.remap(pixels, points[..., 0], points[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(strip, np.uint8)

    def around(self, corners: NDArray[np.float64]) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what has these corners, (4, 2), in the strip."""
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        turns = _turns(_width())[np.clip(np.linspace(left, right, 24).astype(int), 0, _width() - 1)]
        shares = np.interp([top, bottom], [0, HIGH - 1], [OUTER, INNER])
        points = self.points(turns[None, :], shares[:, None]).reshape(-1, 2)
        (low_x, low_y), (high_x, high_y) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return low_x, low_y, high_x, high_y


def rings_in(pixels: RGBImage) -> tuple[Ring, ...]:
    """The rings that a (H, W, 3) image may show, at most MOST_RINGS, the clearest and largest first."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), SOFTENED), np.uint8)
    slopes = _slopes(soft)
    rated = [(_rating(ring, slopes), ring) for ring in _outlines(soft)]
    side, kept = min(size), list[Ring]()
    for rating, ring in sorted(rated, key=lambda each: (-each[0], each[1].centre)):
        if rating > 0 and len(kept) < MOST_RINGS and all(_is_another(ring, other, side) for other in kept):
            kept.append(ring)
    across, down = width / size[0], height / size[1]
    both = (across + down) / 2
    return tuple(
        Ring((ring.centre[0] * across, ring.centre[1] * down), (ring.axes[0] * both, ring.axes[1] * both), ring.angle)
        for ring in kept
    )


def _outlines(soft: RGBImage) -> Iterator[Ring]:
    """The ellipses through the contours of an image, and through what of their hulls is no cut."""
    height, width = soft.shape[:2]
    shorter, longer = min(height, width), max(height, width)
    least = 2 * LEAST_AXIS * shorter
    for contour in (each for each in _contours(soft) if len(each) >= least):
        points = contour[:, 0].astype(np.float32)
        points = points[((points > 1) & (points < np.array([width - 2, height - 2]))).all(axis=1)]
        if len(points) < least or np.ptp(points, axis=0).max() < least / 2:
            continue
        for sample in (points, _round_part(cv2.convexHull(points)[:, 0].astype(np.float32))):
            if len(sample) < 12:
                continue
            centre, lengths, angle = cv2.fitEllipseAMS(sample.reshape(-1, 1, 2))
            axes = (lengths[0] / 2, lengths[1] / 2)
            if not np.isfinite([*centre, *axes, angle]).all():
                continue
            if LEAST_AXIS * shorter <= min(axes) and LEAST_ROUND * max(axes) <= min(axes) <= MOST_AXIS * longer:
                yield Ring((float(centre[0]), float(centre[1])), axes, float(angle))


def _contours(soft: RGBImage) -> list[NDArray[Any]]:
    """The contours of what is light or dark in each channel of CIELAB, and of its edges.

    Otsu's threshold parts light from dark, once in all of the image and once in its middle, where its
    surroundings do not move it.
    """
    found: list[NDArray[Any]] = []
    height, width = soft.shape[:2]
    across, down = round(MARGIN * width), round(MARGIN * height)
    for channel in cv2.split(cv2.cvtColor(soft, cv2.COLOR_RGB2LAB)):
        for part in (channel, channel[down : height - down, across : width - across]):
            if int(part.max()) - int(part.min()) >= LEAST_CONTRAST:
                least, _ = cv2.threshold(np.ascontiguousarray(part), 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
                light = (channel > least).astype(np.uint8)
                found += cv2.findContours(light, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
    edges = cv2.Canny(cv2.cvtColor(soft, cv2.COLOR_RGB2GRAY), 60, 140)
    return [*found, *cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]]


def _round_part(hull: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 2): points a pixel apart along the sides of a hull that are no long chords."""
    sides = np.roll(hull, -1, axis=0) - hull
    lengths = np.linalg.norm(sides, axis=1)
    steps = np.where(lengths <= LONG_CHORD, np.maximum(1, lengths.astype(int)), 0)
    number = np.arange(steps.sum()) - np.repeat(np.cumsum(steps) - steps, steps)  # of each point on its side
    share = number / np.repeat(np.maximum(steps, 1), steps)
    points = np.repeat(hull, steps, axis=0) + np.repeat(sides, steps, axis=0) * share[:, None]
    return np.asarray(points, np.float32)


def _slopes(soft: RGBImage) -> NDArray[np.float32]:
    """(H, W, 2): the gradient of the image's lightness, or of its colour where that is steeper; levels a pixel."""
    ways = ((1, 0), (0, 1))
    first, *others = (
        [cv2.Sobel(channel, cv2.CV_32F, *way, scale=0.25) for way in ways]
        for channel in cv2.split(cv2.cvtColor(soft, cv2.COLOR_RGB2LAB))
    )
    steepest, slopes = cv2.magnitude(*first), first
    for other in others:
        steepness = cv2.magnitude(*other)
        slopes = [np.where(steepness > steepest, new, old) for new, old in zip(other, slopes, strict=True)]
        steepest = np.maximum(steepness, steepest)
    return np.asarray(np.stack(slopes, axis=2), np.float32)


def _rating(ring: Ring, slopes: NDArray[np.float32]) -> float:
    """How clearly an ellipse is an outline: the share of it that has an edge along it, and its size; 0: it is none."""
    height, width = slopes.shape[:2]
    turns = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    points = ring.points(turns, np.ones(1))
    inside = ((points >= 1) & (points < np.array([width - 2, height - 2]))).all(axis=1)
    if inside.mean() < WITHIN:
        return 0.0
    normals = ring.points(turns, np.full(1, 1.01)) - points
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    has_edge = np.zeros(POINTS, bool)
    for step in (-1.5, 0.0, 1.5):
        x, y = np.round(points + step * normals).astype(int).T
        slope = slopes[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
        steep = np.linalg.norm(slope, axis=1)
        has_edge |= (steep >= LEAST_GRADIENT / 4) & (np.abs((slope * normals).sum(axis=1)) >= ALONG_NORMAL * steep)
    share = float((has_edge & inside).sum() / inside.sum()) * min(1.0, float(inside.mean()) / 0.75)
    size = float(np.sqrt(ring.axes[0] * ring.axes[1])) / min(height, width)
    return share + LARGER * size if share > LEAST_EDGE else 0.0


def _is_another(one: Ring, other: Ring, side: int) -> bool:
    apart = float(np.hypot(one.centre[0] - other.centre[0], one.centre[1] - other.centre[1]))
    areas = (one.axes[0] * one.axes[1]) / (other.axes[0] * other.axes[1])
    return apart > APART * side or abs(float(np.log(areas))) > OTHER_SIZE


def _width() -> int:
    """Pixels of an unrolled ring from left to right, in which letters at TEXT_AT keep their proportions."""
    radius = HIGH / (OUTER - INNER)
    return round(2 * np.pi * TEXT_AT * radius * (1 + OVERLAP) / 32) * 32


def _turns(width: int) -> NDArray[np.float64]:
    """Radians clockwise from the right, of each column."""
    turns = np.linspace(0, 2 * np.pi * (1 + OVERLAP), width, endpoint=False)
    return np.asarray(turns + np.deg2rad(BEGIN), np.float64)
