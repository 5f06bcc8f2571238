"""Finds the regions of an image that may be marks, by a learned detector; what they show is decided elsewhere."""

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.weights import ModelFile
from brand_index.images import RGBImage
from scanner.engine.boxes import Box
from scanner.engine.canvas import STRIDE, canvas_of, cell_of
from scanner.engine.concealment.look_again import LookAgain
from scanner.engine.concealment.patches import ConcealedMap
from scanner.engine.words.text_map import TextMap

OUTPUTS: Final = ("logits", "boxes", "text", "concealed")  # of the file; a finder may lack the last two
NMS_IOU: Final = 0.6  # intersection over union from which non-maximum suppression drops the less certain region
NMS_CANDIDATES: Final = 400  # boxes of each look, the most certain, that enter non-maximum suppression
PADDING: Final = 0.06  # of each side, around a region: the embedder was trained on marks with this padding
LEAST_SIDE: Final = 6  # pixels of the image: the embedder cannot tell anything from a smaller region
ENLARGED: Final = 2.0  # how much larger than the first look the second sees its part of the image
LARGE_ENOUGH: Final = 1.25  # times the detector's side, from which an image shows more at a larger size
PAGE: Final = 0.15  # share of an image in which something can be read, from which small regions are letters of a page
SMALL: Final = 0.02  # share of the image, below which a region of the first look calls for the second
LIKELY_SIGN: Final = 0.15  # objectness of small regions that the second look is to see
ROOM: Final = 0.05  # of the image's long side, around them
FINE: Final = 0.05  # share of the image, below which the second look's regions count: it sees no whole of larger ones


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an image that may be a mark."""

    box: Box
    objectness: float  # 0..1: the detector's score, not calibrated


class FoundRegions(NamedTuple):
    """What a detector sees in an image."""

    regions: tuple[Region, ...]
    text: TextMap | None = None  # None: it does not say where text is
    concealed: ConcealedMap | None = None  # None: it does not say where a mark is concealed


class _Seen(NamedTuple):
    """What a look at an image, or at a part of it, sees: as many boxes as cells."""

    boxes: NDArray[np.float32]  # (P, 4), within the image, in its pixels
    logits: NDArray[np.float32]  # (P,)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "_Seen":
        """The chosen ones."""
        return _Seen(self.boxes[chosen], self.logits[chosen])

    def shares(self, size: tuple[int, int]) -> NDArray[np.float32]:
        """(P,): the share of an image of `size` (width, height) that each box takes."""
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        return np.asarray(sides.prod(axis=1) / (size[0] * size[1]), np.float32)

    def best(self) -> "_Seen":
        """The most certain, as many as enter non-maximum suppression."""
        return self.where(np.argsort(-self.logits, kind="stable")[:NMS_CANDIDATES])


class RegionFinder(Protocol):
    """The interface of detectors of regions."""

    def find(self, frame: RGBImage, count: int, least: float = 0.0) -> FoundRegions:
        """At most `count` regions of a (H, W, 3) image, by falling objectness, and then the whole image.

        Regions with an objectness below `least` are left out.
        """
        ...


class OnnxRegionFinder:
    """Runs one ONNX file on the CPU: uint8 (1, h, w, 3) in; logits (1, P), boxes (1, P, 4) in its pixels out.

    Where it sees small regions in a large image, it looks at that part again, enlarged.
    """

    def __init__(
        self, model: ModelFile, *, threads: int = 1, least_small: float = 0.25, concealed: ModelFile | None = None
    ) -> None:
        """Load the file. Raises ModelUnusable.

        `least_small`: objectness of the likeliest small region, from which there is a second look; 1: never.
        `concealed`: the file that looks again where a mark may be concealed; None: this one's word counts.
        """
        self._session = model.session(threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._side, self._least_small = model.side, least_small
        self._look_again = None if concealed is None else LookAgain(concealed, threads=threads)
        names = [output.name for output in self._session.get_outputs()]
        self._outputs = [name for name in OUTPUTS if name in names]

    def find(self, frame: RGBImage, count: int, least: float = 0.0) -> FoundRegions:
        """Find regions, as the protocol says."""
        height, width = frame.shape[:2]
        canvas, scale = canvas_of(frame, self._side)
        outputs = self._session.run(self._outputs, {self._input: canvas[None]})
        said = {name: output[0] for name, output in zip(self._outputs, outputs, strict=True)}
        first = _in_image(said["boxes"], said["logits"], scale, (0, 0), (width, height))
        text = said.get("text")
        is_page = text is not None and float((text > 0).mean()) >= PAGE
        second = None if is_page else self._second_look(frame, first)
        seen = first.best() if second is None else _both(first.best(), second.best())
        kept = _suppress_overlaps(seen.boxes, seen.logits, count)
        found = [Region(Box(*(int(side) for side in box)), score) for box, score in kept if score >= least]
        regions = (*found, Region(Box(0, 0, width, height), 0.0))
        return FoundRegions(
            regions,
            None if text is None else TextMap(text, cell_of(text, canvas, scale)),
            self._concealed(said.get("concealed"), frame, canvas, scale),
        )

    def _concealed(
        self, logits: NDArray[np.float32] | None, frame: RGBImage, canvas: RGBImage, scale: tuple[float, float]
    ) -> ConcealedMap | None:
        if logits is None:
            return None
        first = ConcealedMap(logits, cell_of(logits, canvas, scale))
        return first if self._look_again is None else self._look_again.due(first, frame)

    def _second_look(self, frame: RGBImage, first: _Seen) -> _Seen | None:
        """What is small in the part of the image where the first look sees small regions; None: it isn't worth it."""
        size = (frame.shape[1], frame.shape[0])
        if max(size) < LARGE_ENOUGH * self._side:
            return None
        part = _part_of_signs(first, size, self._least_small)
        if part is None:
            return None
        cut = np.ascontiguousarray(frame[part.top : part.bottom, part.left : part.right])
        side = max(STRIDE, round(ENLARGED * self._side * max(cut.shape[:2]) / max(size)))
        canvas, scale = canvas_of(cut, side)
        logits, boxes = (output[0] for output in self._session.run(OUTPUTS[:2], {self._input: canvas[None]}))
        seen = _in_image(boxes, logits, scale, part[:2], size)
        return seen.where(seen.shares(size) < FINE)


def _in_image(
    boxes: NDArray[np.float32],
    logits: NDArray[np.float32],
    scale: tuple[float, float],
    offset: tuple[int, int],
    size: tuple[int, int],
) -> _Seen:
    """The boxes of a look at the part of an image of `size` that begins at `offset`, in the image's pixels."""
    placed = boxes / np.array([*scale, *scale], np.float32) + np.array([*offset, *offset], np.float32)
    return _Seen(np.clip(placed, 0, np.array([*size, *size], np.float32)), logits)


def _part_of_signs(seen: _Seen, size: tuple[int, int], least: float) -> Box | None:
    """The part of an image of `size` with its small regions, and room around; None: none of them is likely enough."""
    small = seen.where(seen.shares(size) < SMALL)
    objectness = 1 / (1 + np.exp(-small.logits))
    if objectness.max(initial=0.0) < least:
        return None
    signs = small.boxes[objectness >= min(LIKELY_SIGN, least)]
    room = ROOM * max(size)
    low = np.maximum(np.floor(signs[:, :2].min(axis=0) - room), 0).astype(int)
    high = np.minimum(np.ceil(signs[:, 2:].max(axis=0) + room), size).astype(int)
    return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def _both(one: _Seen, other: _Seen) -> _Seen:
    return _Seen(np.concatenate([one.boxes, other.boxes]), np.concatenate([one.logits, other.logits]))


def _suppress_overlaps(
    boxes: NDArray[np.float32], logits: NDArray[np.float32], count: int
) -> list[tuple[NDArray[np.int64], float]]:
    """The `count` boxes that non-maximum suppression keeps, in whole pixels, each with its objectness."""
    low, high = np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])
    large_enough = (high - low).min(axis=1) >= LEAST_SIDE
    corners = np.concatenate([low, high], axis=1)[large_enough]
    objectness = 1 / (1 + np.exp(-logits[large_enough]))
    xywh = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxes(xywh.tolist(), objectness.tolist(), 0.0, NMS_IOU, top_k=len(xywh))
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
