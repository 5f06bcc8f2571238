"""Keypoints of an image with their descriptors; nothing here compares two images.

SIFT (Lowe 2004) with the square-root normalization of RootSIFT (Arandjelović and Zisserman 2012), kept as bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

DIMENSIONS: Final = 128
PREFERRED: Final = 2 / 3  # of the most lasting keypoints, that are chosen from preferred ones
_CELLS = np.arange(DIMENSIONS).reshape(4, 4, 8)  # rows, columns, orientations of one SIFT descriptor
# Mirroring reverses the rows of cells and the sense of each orientation.
_MIRRORED: Final = _CELLS[::-1, :, -np.arange(8) % 8].ravel()
# In a negative each gradient and the keypoint's own direction are reversed, and so is the order of the cells.
_NEGATIVE: Final = _CELLS[::-1, ::-1, :].ravel()


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """N keypoints of one image, in its pixels, with their descriptors."""

    points: NDArray[np.float32]  # (N, 2) x, y
    scales: NDArray[np.float32]  # (N,) diameters, pixels
    angles: NDArray[np.float32]  # (N,) radians, clockwise on the screen, from the x axis
    descriptors: NDArray[np.uint8]  # (N, 128) RootSIFT times 255

    def __len__(self) -> int:
        """The number of keypoints."""
        return len(self.points)

    def strongest(self, count: int) -> "Keypoints":
        """The first `count` keypoints; describe_keypoints puts the strongest of each neighbourhood first."""
        return self.rows(slice(count))

    def most_lasting(self, count: int, preferred: NDArray[np.bool_] | None = None) -> "Keypoints":
        """At most `count` of the keypoints, in their order: those that an edited copy most likely still shows.

        Half of them are the largest, of which a small copy has nothing else, and the others the strongest of the rest.
        Two thirds, if there are as many, are chosen so from those `preferred`, (N,); None: there are none.
        """
        if len(self) <= count:
            return self
        first = np.zeros(0, np.int64)
        if preferred is not None:
            first = self._lasting(np.flatnonzero(preferred), round(PREFERRED * count))
        rest = np.setdiff1d(np.arange(len(self)), first)
        return self.rows(np.sort(np.concatenate([first, self._lasting(rest, count - len(first))])))

    def _lasting(self, rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """At most `count` of these rows, half of them with the largest keypoints."""
        if len(rows) <= count:
            return rows
        largest = rows[np.argsort(-self.scales[rows], kind="stable")[: count // 2]]
        return np.concatenate([largest, np.setdiff1d(rows, largest)[: count - len(largest)]])

    def rows(self, part: slice | NDArray[np.int64]) -> "Keypoints":
        """The keypoints of these rows."""
        return Keypoints(self.points[part], self.scales[part], self.angles[part], self.descriptors[part])

    def translated(self, left: float, top: float) -> "Keypoints":
        """The same keypoints in an image of which this one is the part that begins at `left` and `top`."""
        return replace(self, points=self.points + np.array([left, top], np.float32))

    def scaled(self, across: float, down: float) -> "Keypoints":
        """The same keypoints in the image resized by these factors, nearly the same ones."""
        factors = np.array([across, down], np.float32)
        return replace(
            self, points=(self.points + 0.5) * factors - 0.5, scales=self.scales * np.float32(np.sqrt(across * down))
        )

    def mirrored(self, width: int) -> "Keypoints":
        """The keypoints of the mirror image, `width` px wide, without describing it again."""
        points = self.points.copy()
        points[:, 0] = width - 1 - points[:, 0]
        return Keypoints(points, self.scales, np.float32(np.pi) - self.angles, self.descriptors[:, _MIRRORED])

    def in_both_polarities(self) -> "Keypoints":
        """The keypoints and, after them, those of the same image in negative."""
        return join((self, self.negative()))

    def in_one_polarity(self) -> "Keypoints | None":
        """Those that, with their negatives, are all of these; None: some have none.

        Places, scales and directions tell: a descriptor that was rounded is not quite that of its negative.
        """
        found, begin = list[Keypoints](), 0
        while begin < len(self):
            rest = self.rows(slice(begin, None))
            count = next((count for count in _repeated_after(rest) if rest._repeats(count)), None)
            if count is None:
                return None
            found.append(rest.rows(slice(count)))
            begin += 2 * count
        return join(tuple(found))

    def _repeats(self, count: int) -> bool:
        """Whether the `count` keypoints after the first so many are the negatives of these."""
        one, other = self.rows(slice(count)), self.rows(slice(count, 2 * count))
        if len(other) < count or not np.allclose(one.points, other.points, atol=0.01):
            return False
        turned = np.abs(np.exp(1j * (other.angles - one.angles)) + 1)
        return bool(np.allclose(one.scales, other.scales) and (turned < 0.01).all())

    def negative(self) -> "Keypoints":
        """The keypoints of the same image in negative (white on black for black on white)."""
        return replace(self, angles=self.angles + np.float32(np.pi), descriptors=self.descriptors[:, _NEGATIVE])


def _repeated_after(keypoints: Keypoints) -> NDArray[np.int64]:
    """The numbers of keypoints after which one lies where the first does."""
    same = np.abs(keypoints.points - keypoints.points[:1]).max(axis=1, initial=0) <= 0.01
    return np.flatnonzero(same[1:]) + 1


def join(parts: tuple[Keypoints, ...]) -> Keypoints:
    """All keypoints of `parts`, which are of one image, in one record; empty for no parts."""
    if not parts:
        return NONE
    return Keypoints(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.scales for part in parts]),
        np.concatenate([part.angles for part in parts]),
        np.concatenate([part.descriptors for part in parts]),
    )


NONE: Final = Keypoints(
    np.zeros((0, 2), np.float32),
    np.zeros(0, np.float32),
    np.zeros(0, np.float32),
    np.zeros((0, DIMENSIONS), np.uint8),
)


def describe_keypoints(image: RGBImage, *, side: int, limit: int, enlarge: float = 2.0) -> Keypoints:
    """At most `limit` keypoints of a (H, W, 3) image, the strongest of each neighbourhood first.

    The image is resized to a long side of `side` pixels, but enlarged at most `enlarge` times; the keypoints are in
    pixels of the image as given.
    """
    height, width = image.shape[:2]
    scale = min(side / max(height, width), enlarge)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if scale != 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    # A quarter of SIFT's usual contrast threshold: soft prints and smooth products have few strong points.
    # Twice as many as are kept are described: a second call for the kept ones only would build the pyramid twice.
    detected, raw = cv2.SIFT.create(nfeatures=2 * limit, contrastThreshold=0.01).detectAndCompute(grey, None)
    if not detected:
        return NONE
    chosen = _evenly_distributed(detected, grey.shape[1], grey.shape[0], limit)
    kept = [detected[row] for row in chosen]
    points = np.array([point.pt for point in kept], np.float32)
    ratio = np.array([width / grey.shape[1], height / grey.shape[0]], np.float32)
    normalized = np.asarray(raw, np.float32)[chosen]
    normalized /= np.maximum(normalized.sum(axis=1, keepdims=True), 1e-6)
    return Keypoints(
        (points + 0.5) * ratio - 0.5,
        np.array([point.size for point in kept], np.float32) / np.float32(scale),
        np.deg2rad(np.array([point.angle for point in kept], np.float32)),
        np.minimum(np.round(np.sqrt(normalized) * 255), 255).astype(np.uint8),
    )


def _evenly_distributed(detected: Sequence[cv2.KeyPoint], width: int, height: int, limit: int) -> NDArray[np.int64]:
    """The rows of `limit` keypoints, the strongest of each cell of a grid in turn: one busy corner cannot take all."""
    rows = columns = 6
    response = np.array([point.response for point in detected])
    points = np.array([point.pt for point in detected])
    cell = (np.minimum(points[:, 1] * rows // height, rows - 1) * columns).astype(int) + np.minimum(
        points[:, 0] * columns // width, columns - 1
    ).astype(int)
    order = np.lexsort((-response, cell))
    starts = np.searchsorted(cell[order], np.arange(rows * columns))
    rank_in_cell = np.empty(len(detected), int)
    rank_in_cell[order] = np.arange(len(detected)) - starts[cell[order]]
    return np.lexsort((-response, rank_in_cell))[:limit]
