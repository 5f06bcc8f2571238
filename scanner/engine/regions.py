"""Where in an image a mark may be, whichever it is: the RegionFinder protocol and the shipped one; it names none."""

from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.weights import ModelFile
from brand_index.images import RGBImage
from scanner.engine.types import Box

MOST_SHARED: Final = 0.6  # intersection over union from which the less sure of two regions is dropped
WEIGHED: Final = 400  # places of the network that are looked at for regions
STEP: Final = 32  # pixels: the network takes sides that are multiples of it
GREY: Final = 127
PADDING: Final = 0.06  # of each side, added around a region: the embedder learnt marks with a little air
LEAST_SIDE: Final = 6  # pixels of the image: a smaller region shows nothing that the embedder could tell


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an image that may be a mark."""

    box: Box
    objectness: float  # 0..1: how sure the finder is, not calibrated


class RegionFinder(Protocol):
    """What every finder does."""

    def find(self, frame: RGBImage, count: int, least: float = 0.0) -> tuple[Region, ...]:
        """At most `count` regions of a (H, W, 3) image, the likeliest first, and then the whole image.

        Those less likely than `least` are left out.
        """
        ...


class OnnxRegionFinder:
    """Runs one ONNX file on the CPU: uint8 (1, h, w, 3) in; logits (1, P), boxes (1, P, 4) in its pixels out."""

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        """Raises ModelUnusable."""
        self._session = model.session(threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._side = model.side

    def find(self, frame: RGBImage, count: int, least: float = 0.0) -> tuple[Region, ...]:
        """As the protocol says."""
        height, width = frame.shape[:2]
        scale = self._side / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas = np.full((-(-size[1] // STEP) * STEP, -(-size[0] // STEP) * STEP, 3), GREY, np.uint8)
        canvas[: size[1], : size[0]] = cv2.resize(frame, size, interpolation=way)
        logits, boxes = (output[0] for output in self._session.run(None, {self._input: canvas[None]}))
        ratio = np.array([width / size[0], height / size[1]] * 2, np.float32)
        limits = np.array([width, height] * 2, np.float32)
        best = np.argsort(-logits, kind="stable")[:WEIGHED]
        apart = _apart(np.clip(boxes[best] * ratio, 0, limits), logits[best], count)
        found = [Region(Box(*(int(side) for side in box)), told) for box, told in apart if told >= least]
        return (*found, Region(Box(0, 0, width, height), 0.0))


def _apart(
    boxes: NDArray[np.float32], logits: NDArray[np.float32], count: int
) -> list[tuple[NDArray[np.int64], float]]:
    """The `count` likeliest boxes, whole pixels, that do not overlap a likelier one by more than MOST_SHARED."""
    low, high = np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])
    fit = (high - low).min(axis=1) >= LEAST_SIDE
    whole = np.concatenate([low, high], axis=1)[fit]
    told = 1 / (1 + np.exp(-logits[fit]))
    sides = np.concatenate([whole[:, :2], whole[:, 2:] - whole[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxes(sides.tolist(), told.tolist(), 0.0, MOST_SHARED, top_k=WEIGHED)
    return [(whole[place].astype(np.int64), float(told[place])) for place in np.asarray(kept).ravel()[:count]]


def pad_box(box: Box, size: tuple[int, int]) -> Box:
    """`box` with AIR around it, as far as an image of `size` (width, height) goes."""
    across, down = PADDING * (box.right - box.left), PADDING * (box.bottom - box.top)
    return Box(
        max(0, int(box.left - across)),
        max(0, int(box.top - down)),
        min(size[0], int(np.ceil(box.right + across))),
        min(size[1], int(np.ceil(box.bottom + down))),
    )


def crop(frame: RGBImage, box: Box) -> RGBImage:
    """What lies in `box` of a (H, W, 3) image, with a little air."""
    left, top, right, bottom = pad_box(box, (frame.shape[1], frame.shape[0]))
    return np.ascontiguousarray(frame[top:bottom, left:right])
