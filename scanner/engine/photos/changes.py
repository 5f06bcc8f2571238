"""Finds solid changes: areas, not strokes, whose colours are not those of the photo; stickers, prints, other goods."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.goods import Goods
from brand_index.images import RGBImage
from scanner.engine.photos.windows import Mask

Pixels = NDArray[np.float32]  # (H, W, 3), levels of 255

SIDE: Final = 64  # pixels of the long side on which the change of all colours is fitted
ROUNDS: Final = 4
FEWEST: Final = 8  # pixels of that size to which a map can be fitted
GOODS: Final = 127  # of 255, from which a pixel is of the goods
GROUND: Final = 0.3  # worth of a pixel of the ground, as a share of one of the goods: copies are put on new grounds
SAMPLED: Final = 5000  # pixels from which it is judged whether the listing is grey
EDGE: Final = 10.0  # levels of 255 a pixel: the step of an edge
BESIDE: Final = 2  # pixels of the work side by which an outline may lie beside it
GREY: Final = 3.0  # levels of 255: a listing whose pixels are no farther from grey is grey
CHANGED: Final = 32.0  # levels of 255, root mean square of the channels: a compressed copy keeps its colours closer
SPREAD: Final = 5.5  # likewise, in multiples of the quietest quarter: a noisy copy is off by more everywhere
QUIET: Final = 25  # per cent of the photo that is there for sure; stripes may cover the half
STROKE: Final = 0.025  # of the long side: text has thinner strokes
WORK_SIDE: Final = 256  # pixels of the long side on which changes are sought
SURFACE: Final = 24.0  # levels of 255, root mean square: so close to what is around it a bare surface is
PRINT: Final = 32.0  # likewise: so far from it a print on it is
SOME_KNOWN: Final = 0.05  # share of what is around a pixel that is known, for it to be enough
AROUND: Final = 0.03  # of the long side: from how far around a change its surface is taken, to begin with
SOFT: Final = 1.0  # likewise: standard deviation of the blur that evens out misaligned edges


def in_listing_colours(plate: RGBImage, listing: RGBImage, inside: Mask, goods: Goods) -> Pixels:
    """The plate after what changed all colours alike, (H, W, 3), as the listing shows it `inside` (H, W).

    That is one linear map of the channels, fitted to where both agree (iteratively reweighted least squares), which
    follows exposure, tint and most filters. To a grey listing the photo is grey. Of maps that explain most of the
    photo, a quarter of it exactly, and most of the goods, the one counts that brings most of them close.
    """
    if chroma(listing[inside]) < GREY:
        plate = _in_grey(plate)
    reference = plate.astype(np.float32)
    scale = SIDE / max(plate.shape[:2])
    size = (max(4, round(plate.shape[1] * scale)), max(4, round(plate.shape[0] * scale)))
    seen = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.95
    if np.count_nonzero(seen) < FEWEST:
        return reference
    source, target = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32)[seen] for each in (plate, listing)
    )
    shown = np.asarray(cv2.resize(goods, size, interpolation=cv2.INTER_AREA), np.float32)[seen]
    on_goods, worth = shown > GOODS, GROUND + (1 - GROUND) * shown / 255
    maps = [_linear_map(source, target, share) for share in (50, QUIET)]
    if np.count_nonzero(on_goods) >= FEWEST:
        maps.append(_linear_map(source[on_goods], target[on_goods], 50))
    brought_close = [worth[np.abs(source @ each[:3] + each[3] - target).max(axis=1) < CHANGED].sum() for each in maps]
    return np.asarray(cv2.transform(reference, maps[int(np.argmax(brought_close))].T), np.float32)


def solid_changes(mapped: Pixels, listing: RGBImage, inside: Mask, goods: Goods) -> Mask:
    """Where the listing shows other colours than the photo `mapped` to its own over an area, (H, W)."""
    height, width = listing.shape[:2]
    size = _work_size(listing.shape)
    reference, query = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32) for each in (mapped, listing)
    )
    seen = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    blurred = (np.asarray(cv2.GaussianBlur(each, (0, 0), SOFT), np.float32) for each in (reference, query))
    residual = _off(*blurred)
    likely = cv2.resize(goods, size, interpolation=cv2.INTER_AREA) > GOODS
    quiet = [float(np.percentile(residual[each], QUIET)) for each in (seen, seen & likely) if each.any()]
    limit = max(CHANGED, SPREAD * min(quiet, default=0.0))
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
    size = _work_size(solid.shape)
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


def laid_bare(solid: Mask, mapped: Pixels, listing: RGBImage) -> float:
    """The share of solid changes, (H, W), where a print of the photo is away and its surface shows, 0..1.

    A sticker hides what is under it. Where another print is in place of the photo's own, the goods show beside it. The
    rim of a change, and all of a stroke, is neither.
    """
    size = _work_size(solid.shape)
    changed = cv2.resize(solid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    inner = cv2.erode(changed, np.ones((3, 3), np.uint8)) > 0
    if not inner.any():
        return 0.0
    photo, shown = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32) for each in (mapped, listing)
    )
    surface = _filled(photo, cv2.dilate(changed, np.ones((5, 5), np.uint8)) == 0)
    bare = (_off(surface, photo) > PRINT) & (_off(surface, shown) < SURFACE)
    return float(bare[inner].mean())


def _filled(image: Pixels, known: Mask) -> Pixels:
    """(H, W, 3), what is not `known` replaced by the mean of what is known around it, as near as there is enough."""
    filled, left, deviation = image.copy(), ~known, AROUND * max(image.shape[:2])
    while left.any() and deviation < max(image.shape[:2]):
        share = cv2.GaussianBlur(known.astype(np.float32), (0, 0), deviation)
        mean = cv2.GaussianBlur(np.where(known[:, :, None], image, 0), (0, 0), deviation)
        enough = left & (share > SOME_KNOWN)
        filled[enough] = mean[enough] / share[enough][:, None]
        left, deviation = left & ~enough, 2 * deviation
    return filled


def _off(one: Pixels, other: Pixels) -> Pixels:
    """(H, W): how far two images are apart, the root mean square of the channels."""
    off = one - other
    return np.asarray(np.sqrt(cv2.transform(off * off, np.full((1, 3), 1 / 3))), np.float32)


def chroma(pixels: NDArray[np.uint8]) -> float:
    """The root mean square distance of (N, 3) pixels from grey, levels of 255; 0 where there are none."""
    if not len(pixels):
        return 0.0
    levels = pixels[:: max(1, len(pixels) // SAMPLED)].astype(np.float32)
    return float(np.sqrt(((levels - levels.mean(axis=1, keepdims=True)) ** 2).mean()))


def _in_grey(image: RGBImage) -> RGBImage:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def _work_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Width and height at which changes of a (H, W) area are sought."""
    scale = min(1.0, WORK_SIDE / max(shape[:2]))
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def _linear_map(source: NDArray[np.float32], target: NDArray[np.float32], share: int) -> NDArray[np.float64]:
    """The (4, 3) map of (N, 3) colours that brings most of `source` near `target`; `share` per cent surely lie near."""
    table = np.hstack([source, np.ones((len(source), 1), np.float32)])
    matrix = identity = np.vstack([np.eye(3), np.zeros((1, 3))])
    # A plain photo tells little of the map: what it does not tell stays as it is.
    prior = np.diag([50.0**2] * 3 + [1.0]) * 0.02 * len(source)
    for _ in range(ROUNDS):
        error = np.sqrt(((table @ matrix - target) ** 2).mean(axis=1))
        weights = 1 / (1 + (error / max(8.0, float(np.percentile(error, share)))) ** 2) ** 2
        weighted = table * weights[:, None]
        matrix = np.linalg.solve(table.T @ weighted + prior, weighted.T @ target + prior @ identity)
    return matrix
