"""Finds the regions of an image that may be marks, by a learned detector; what they show is decided elsewhere."""

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.weights import ModelFile
from brand_index.images import RGBImage
from scanner.engine.types import Box
from scanner.engine.words.text_map import TextMap

OUTPUTS: Final = ("logits", "boxes", "text")  # of the file; without the last, it does not say where text is
NMS_IOU: Final = 0.6  # intersection over union from which non-maximum suppression drops the less certain region
NMS_CANDIDATES: Final = 400  # boxes of the detector, the most certain, that enter non-maximum suppression
STRIDE: Final = 32  # pixels: the detector takes sides that are multiples of it
GREY: Final = 127
PADDING: Final = 0.06  # of each side, around a region: the embedder was trained on marks with this padding
LEAST_SIDE: Final = 6  # pixels of the image: the embedder cannot tell anything from a smaller region


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an image that may be a mark."""

    box: Box
    objectness: float  # 0..1: the detector's score, not calibrated


class FoundRegions(NamedTuple):
    """What a detector sees in an image."""

    regions: tuple[Region, ...]
    text: TextMap | None = None  # None: it does not say where text is


class RegionFinder(Protocol):
    """The interface of detectors of regions."""

    def find(self, frame: RGBImage, count: int, least: float = 0.0) -> FoundRegions:
        """At most `count` regions of a (H, W, 3) image, by falling objectness, and then the whole image.

        Regions with an objectness below `least` are left out.
        """
        ...


class OnnxRegionFinder:
    """Runs one ONNX file on the CPU: uint8 (1, h, w, 3) in; logits (1, P), boxes (1, P, 4) in its pixels out."""

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        """Load the file. Raises ModelUnusable."""
        self._session = model.session(threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._side = model.side
        names = [output.name for output in self._session.get_outputs()]
        self._outputs = [name for name in OUTPUTS if name in names]

    def find(self, frame: RGBImage, count: int, least: float = 0.0) -> FoundRegions:
        """Find regions, as the protocol says."""
        height, width = frame.shape[:2]
        canvas, scale = self.canvas_of(frame, self._side)
        logits, boxes, *text = (output[0] for output in self._session.run(self._outputs, {self._input: canvas[None]}))
        ratio = np.array([1 / scale[0], 1 / scale[1]] * 2, np.float32)
        limits = np.array([width, height] * 2, np.float32)
        best = np.argsort(-logits, kind="stable")[:NMS_CANDIDATES]
        kept = _suppress_overlaps(np.clip(boxes[best] * ratio, 0, limits), logits[best], count)
        found = [Region(Box(*(int(side) for side in box)), score) for box, score in kept if score >= least]
        regions = (*found, Region(Box(0, 0, width, height), 0.0))
        return FoundRegions(regions, self._text_map(text[0], canvas, scale) if text else None)

    @staticmethod
    def _text_map(logits: NDArray[np.float32], canvas: RGBImage, scale: tuple[float, float]) -> TextMap:
        cell = canvas.shape[0] / logits.shape[0]
        return TextMap(logits, (cell / scale[0], cell / scale[1]))

    @staticmethod
    def canvas_of(frame: RGBImage, side: int) -> tuple[RGBImage, tuple[float, float]]:
        """A (H, W, 3) image as the network takes it, its long side `side`, and its scales across and down."""
        height, width = frame.shape[:2]
        scale = side / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas = np.full((-(-size[1] // STRIDE) * STRIDE, -(-size[0] // STRIDE) * STRIDE, 3), GREY, np.uint8)
        canvas[: size[1], : size[0]] = cv2.resize(frame, size, interpolation=interpolation)
        return canvas, (size[0] / width, size[1] / height)


def _suppress_overlaps(
    boxes: NDArray[np.float32], logits: NDArray[np.float32], count: int
) -> list[tuple[NDArray[np.int64], float]]:
    """The `count` boxes that non-maximum suppression keeps, in whole pixels, each with its objectness."""
    low, high = np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])
    large_enough = (high - low).min(axis=1) >= LEAST_SIDE
    corners = np.concatenate([low, high], axis=1)[large_enough]
    objectness = 1 / (1 + np.exp(-logits[large_enough]))
    xywh = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxes(xywh.tolist(), objectness.tolist(), 0.0, NMS_IOU, top_k=NMS_CANDIDATES)
    return [(corners[row].astype(np.int64), float(objectness[row])) for row in np.asarray(kept).ravel()[:count]]


def pad_box(box: Box, size: tuple[int, int]) -> Box:
    """`box` with PADDING on each side, clipped to an image of `size` (width, height)."""
    across, down = PADDING * (box.right - box.left), PADDING * (box.bottom - box.top)
    return Box(
        max(0, int(box.left - across)),
        max(0, int(box.top - down)),
        min(size[0], int(np.ceil(box.right + across))),
        min(size[1], int(np.ceil(box.bottom + down))),
    )


def crop(frame: RGBImage, box: Box) -> RGBImage:
    """The pixels of a (H, W, 3) image in the padded `box`, contiguous."""
    left, top, right, bottom = pad_box(box, (frame.shape[1], frame.shape[0]))
    return np.ascontiguousarray(frame[top:bottom, left:right])
