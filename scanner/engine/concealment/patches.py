"""Patches on the goods that seem to conceal a mark, as the region finder sees them; which mark, nobody knows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.engine.boxes import Box
from scanner.engine.types import ConcealedPatch

# Confidence by the logit of a patch's surest cell, as scripts/train_concealed_head.py fits it.
SLOPE: Final = 1.253
OFFSET: Final = -3.990
LEAST_CONFIDENCE: Final = 0.05  # of a patch that is mentioned
MOST_PATCHES: Final = 8  # of one image, the surest
EXTENT: Final = 0.25  # share of its surest cell's likelihood from which a cell belongs to a patch


@dataclass(frozen=True, slots=True, eq=False)
class ConcealedMap:
    """Where in an image a mark seems to be concealed, as the region finder sees it."""

    logits: NDArray[np.float32]  # (H, W), one for each cell
    cell: tuple[float, float]  # pixels of the image: width and height of a cell
    again: "Callable[[], ConcealedMap] | None" = None  # a second look, taken when patches are asked for; None: not due

    def patches(
        self, size: tuple[int, int], frame: int = 0, *, least: float = LEAST_CONFIDENCE
    ) -> tuple[ConcealedPatch, ...]:
        """The patches in an image of `size` (width, height), the surest first, of confidence `least` or more.

        `frame` of an animation is theirs.
        """
        if self.again is not None:
            return self.again().patches(size, frame, least=least)
        left = self.logits.copy()
        found: list[ConcealedPatch] = []
        while len(found) < MOST_PATCHES:
            row, column = (int(index) for index in np.unravel_index(int(np.argmax(left)), left.shape))
            confidence = confidence_of(float(left[row, column]))
            if confidence < least or np.isneginf(left[row, column]):
                break
            likelihood = 1 / (1 + np.exp(-np.clip(left, -30, 30)))
            _, parts = cv2.connectedComponents((likelihood >= EXTENT * likelihood[row, column]).astype(np.uint8))
            part = parts == parts[row, column]
            found.append(ConcealedPatch(self._box(part, size), frame, confidence, size=size))
            left[cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = -np.inf
        return tuple(found)

    def at_cells_of(self, other: "ConcealedMap") -> NDArray[np.float32]:
        """The logits at the middles of the cells of another look at the same image, of their shape."""
        across, down = (theirs / own for theirs, own in zip(other.cell, self.cell, strict=True))
        onto = np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5]], np.float64)
        way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (other.logits.shape[1], other.logits.shape[0])
        found = cv2.warpAffine(self.logits, onto, size, flags=way, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found, np.float32)

    def _box(self, part: NDArray[np.bool_], size: tuple[int, int]) -> Box:
        rows, columns = np.nonzero(part)
        across, down = self.cell
        return Box(
            max(0, round(float(columns.min()) * across)),
            max(0, round(float(rows.min()) * down)),
            min(size[0], round(float(columns.max() + 1) * across)),
            min(size[1], round(float(rows.max() + 1) * down)),
        )


def confidence_of(logit: float) -> float:
    """0..1, calibrated: of patches whose surest cell has this logit, the share that concealed a mark."""
    return float(1 / (1 + np.exp(-np.clip(SLOPE * logit + OFFSET, -30, 30))))
