"""Finds solid changes: areas, not strokes, whose colours are not those of the photo; stickers, prints, other goods."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from scanner.engine.photos.windows import Mask

SIDE: Final = 64  # pixels of the long side on which the change of all colours is fitted
ROUNDS: Final = 4
SAMPLED: Final = 5000  # pixels from which it is judged whether the listing is grey
EDGE: Final = 10.0  # levels of 255 a pixel: the step of an edge
BESIDE: Final = 2  # pixels of the work side by which an outline may lie beside it
GREY: Final = 3.0  # levels of 255: a listing whose pixels are no farther from grey is grey
CHANGED: Final = 32.0  # levels of 255, root mean square of the channels: a compressed copy keeps its colours closer
SPREAD: Final = 4.0  # likewise, in multiples of the median: a noisy copy is off by more everywhere
STROKE: Final = 0.025  # of the long side: text has thinner strokes
WORK_SIDE: Final = 256  # pixels of the long side on which changes are sought
SOFT: Final = 1.0  # likewise: standard deviation of the blur that evens out misaligned edges


def solid_changes(plate: RGBImage, listing: RGBImage, inside: Mask) -> Mask:
    """Where the listing shows other colours than the photo over an area, (H, W), after what changed all colours alike.

    That is one linear map of the channels, fitted to where both agree (iteratively reweighted least squares), which
    follows exposure, tint and most filters. A grey listing is compared with the photo in grey.
    """
    if chroma(listing[inside]) < GREY:
        plate = _in_grey(plate)
    height, width = plate.shape[:2]
    scale = min(1.0, WORK_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    reference, query = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32) for each in (plate, listing)
    )
    seen = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    reference, query = (np.asarray(cv2.GaussianBlur(each, (0, 0), SOFT), np.float32) for each in (reference, query))
    off = _mapped(reference, query, seen) - query
    residual = np.sqrt(cv2.transform(off * off, np.full((1, 3), 1 / 3)))
    limit = max(CHANGED, SPREAD * float(np.median(residual[seen]))) if seen.any() else CHANGED
    changed = ((residual > limit) & seen).astype(np.uint8)
    side = max(3, round(STROKE * max(size))) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    opened = cv2.morphologyEx(changed, cv2.MORPH_OPEN, kernel)
    return np.asarray(cv2.resize(opened, (width, height), interpolation=cv2.INTER_NEAREST)) > 0


def outline_followed(solid: Mask, plate: RGBImage) -> float:
    """How far the outline of solid changes, (H, W), follows the photo's own edges, 0..1; 0 where there are none.

    What lies over a photo has an outline of its own; a part of it in another colour has the photo's. 0 is as many edges
    as anywhere.
    """
    height, width = solid.shape
    scale = min(1.0, WORK_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    mask = cv2.resize(solid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    outline = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    outline[[0, -1]] = outline[:, [0, -1]] = False  # the frame's
    if not outline.any():
        return 0.0
    small = np.asarray(cv2.resize(plate, size, interpolation=cv2.INTER_AREA))
    steps = [np.abs(cv2.Sobel(small, cv2.CV_32F, *order, ksize=3)).max(axis=2) for order in ((1, 0), (0, 1))]
    edges = (np.maximum(*steps) / 4 > EDGE).astype(np.uint8)
    near = cv2.dilate(edges, np.ones((2 * BESIDE + 1, 2 * BESIDE + 1), np.uint8)) > 0
    anywhere = float(near.mean())
    return max(0.0, (float(near[outline].mean()) - anywhere) / max(1 - anywhere, 0.05))


def chroma(pixels: NDArray[np.uint8]) -> float:
    """The root mean square distance of (N, 3) pixels from grey, levels of 255; 0 where there are none."""
    if not len(pixels):
        return 0.0
    levels = pixels[:: max(1, len(pixels) // SAMPLED)].astype(np.float32)
    return float(np.sqrt(((levels - levels.mean(axis=1, keepdims=True)) ** 2).mean()))


def _in_grey(image: RGBImage) -> RGBImage:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def _mapped(reference: NDArray[np.float32], query: NDArray[np.float32], inside: Mask) -> NDArray[np.float32]:
    """The reference in the listing's colours, (H, W, 3)."""
    scale = SIDE / max(reference.shape[:2])
    size = (max(4, round(reference.shape[1] * scale)), max(4, round(reference.shape[0] * scale)))
    seen = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.95
    if np.count_nonzero(seen) < 2 * ROUNDS:
        return reference
    source, target = (cv2.resize(each, size, interpolation=cv2.INTER_AREA)[seen] for each in (reference, query))
    table = np.hstack([source, np.ones((len(source), 1), np.float32)])
    matrix = np.vstack([np.eye(3), np.zeros((1, 3))])
    # A plain photo tells little of the map: what it does not tell stays as it is.
    prior = np.diag([50.0**2] * 3 + [1.0]) * 0.02 * len(source)
    for _ in range(ROUNDS):
        error = np.sqrt(((table @ matrix - target) ** 2).mean(axis=1))
        spread = max(8.0, float(np.median(error)))
        weights = 1 / (1 + (error / spread) ** 2) ** 2
        weighted = table * weights[:, None]
        identity = np.vstack([np.eye(3), np.zeros((1, 3))])
        matrix = np.linalg.solve(table.T @ weighted + prior, weighted.T @ target + prior @ identity)
    return np.asarray(cv2.transform(reference, matrix.T), np.float32)
