"""Measures how an image is made: flat areas, textures, letters in lines, ruled lines, colours; it decides nothing."""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

SIDE: Final = 512  # pixels, long side at which an image is measured at most
FLAT: Final = 5  # levels: the range within 3 × 3 pixels, after a 3 × 3 blur, up to which a pixel is flat
TEXTURED: Final = 8  # levels, likewise, above which a pixel away from edges is textured
EDGE: Final = 48  # levels, likewise, from which a pixel lies on an edge
GROUND_STEP: Final = 24  # levels from the ground's colour above which a pixel is no ground
RIM_STEP: Final = 16  # levels within which the rim is of one colour
MOST_LETTERS: Final = 900  # components: more are a texture, and no letters
INK_STEP: Final = 12  # levels by which ink differs from the mean of its surroundings
RULE_STEP: Final = 10  # likewise, of ruled lines
FAINT: Final = (7, 70)  # levels by which a watermark differs from the ground


@dataclass(frozen=True, slots=True)
class Traits:
    """How an image is made; shares are of its area, 0..1."""

    flat: float
    edges: float
    texture: float  # share of what is away from edges that is textured
    inner_texture: float  # share of the inner parts of whatever is no ground that are not flat
    inner_detail: float  # share of the image: those parts
    blobs: float  # that is not flat in areas wider than any letter
    colours: float  # ln(1 + number of colours, of 4,096, that make up 95 %)
    main_colours: float  # likewise, 80 %
    largest_colours: float  # share of the four most frequent colours
    rim: float  # share of the outermost pixels that have the ground's colour
    ground_level: float  # 0..255, of the ground's darkest channel
    goods: float  # that differs from the ground
    compactness: float  # share of the goods in their largest connected part, without what is thin
    solidity: float  # share of that part's convex hull that it fills
    letters: float  # number of components that stand in lines as letters do
    lettered: float  # share of all components of a letter's size that do
    letter_area: float  # their boxes
    rules: float  # in ruled lines
    relief: float  # levels: deviation of a 16 × 16 copy from a plane, in the channel where it is largest
    faint_strokes: float  # share of the ground's cells in which there are thin faint strokes, and no others
    bold_strokes: float  # share of the ground's cells in which there are others


def measure(image: RGBImage) -> Traits:
    """The traits of a (H, W, 3) image."""
    image = reduced(image, SIDE)
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    smooth = np.asarray(cv2.blur(image, (3, 3)), np.uint8)
    window = np.ones((3, 3), np.uint8)
    span = _largest(cv2.subtract(cv2.dilate(smooth, window), cv2.erode(smooth, window)))
    edges = span >= EDGE
    away = cv2.dilate(edges.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    busy = (span > FLAT).astype(np.uint8)
    rim = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]).astype(np.int16)
    ground = np.median(rim, axis=0)
    level = np.broadcast_to(ground.astype(np.uint8), image.shape)
    goods = _largest(cv2.absdiff(image, level)) > GROUND_STEP
    inner = cv2.erode(goods.astype(np.uint8), np.ones((11, 11), np.uint8), borderValue=1) > 0
    inner_busy = inner & (busy > 0)
    colours = _colour_counts(smooth)
    compactness, solidity = _largest_part(goods)
    letters, lettered, letter_area = _letters(grey)
    faint, bold = _strokes(grey, goods)
    return Traits(
        flat=float(1 - busy.mean()),
        edges=float(edges.mean()),
        texture=float((away & (span > TEXTURED)).sum() / max(1, away.sum())),
        inner_texture=float(inner_busy.sum() / inner.sum()) if inner.mean() > 0.01 else 0.0,
        inner_detail=float(inner_busy.mean()),
        blobs=float(cv2.morphologyEx(busy, cv2.MORPH_OPEN, np.ones((15, 15), np.uint8)).mean()),
        colours=float(np.log1p(np.searchsorted(colours, 0.95))),
        main_colours=float(np.log1p(np.searchsorted(colours, 0.8))),
        largest_colours=float(colours[3]),
        rim=float((np.abs(rim - ground).max(axis=1) <= RIM_STEP).mean()),
        ground_level=float(ground.min()),
        goods=float(goods.mean()),
        compactness=compactness,
        solidity=solidity,
        letters=letters,
        lettered=lettered,
        letter_area=letter_area,
        rules=_rules(grey),
        relief=_relief(image),
        faint_strokes=faint,
        bold_strokes=bold,
    )


def reduced(image: RGBImage, side: int) -> RGBImage:
    """A (H, W, 3) image with a long side of so many pixels at most."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _largest(image: NDArray[Any]) -> NDArray[np.uint8]:
    """The largest of each pixel's three values, (H, W)."""
    red, green, blue = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def _colour_counts(image: RGBImage) -> NDArray[np.float64]:
    """The cumulated shares of 4,096 colours, the most frequent first: 64 levels of lightness, 8 of either chroma."""
    lightness, red, blue = (each.astype(np.uint16) for each in cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)))
    # Half a step aside: grey is the middle of a level of chroma, not the border of two.
    codes = ((lightness >> 2) << 6) | (np.minimum(red + 16, 255) >> 5 << 3) | (np.minimum(blue + 16, 255) >> 5)
    counts = np.sort(np.bincount(codes.ravel(), minlength=4096))[::-1]
    return np.asarray(counts.cumsum() / codes.size)


def _letters(grey: NDArray[np.uint8]) -> tuple[float, float, float]:
    """The number of components that stand in lines of three and more, their share, and the share of their boxes."""
    standing, area, found = 0, 0.0, 0
    for kind, step in ((cv2.THRESH_BINARY_INV, INK_STEP), (cv2.THRESH_BINARY, -INK_STEP)):
        ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, kind, 25, step)
        _, _, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        left, _, wide, tall, inked = boxes[1:].T
        of_size = (tall >= 5) & (tall <= 60) & (wide <= 8 * tall) & (inked >= 8) & (inked < 0.98 * wide * tall)
        left, wide, tall = left[of_size], wide[of_size], tall[of_size]
        foot = boxes[1:, 1][of_size] + tall
        found += len(left)
        if not 3 <= len(left) <= MOST_LETTERS:
            continue
        gap, larger = left[None, :] - (left + wide)[:, None], np.maximum(tall[:, None], tall[None, :])
        next_to = (gap > -2) & (gap < larger) & (np.abs(foot[:, None] - foot[None, :]) < 0.25 * larger)
        next_to &= np.minimum(tall[:, None], tall[None, :]) > 0.55 * larger
        middle = next_to.any(axis=1) & next_to.any(axis=0)
        in_line = middle | next_to[:, middle].any(axis=1) | next_to[middle].any(axis=0)
        standing += int(in_line.sum())
        area += float((wide * tall)[in_line].sum())
    return float(standing), standing / max(1, found), area / grey.size


def _largest_part(goods: NDArray[np.bool_]) -> tuple[float, float]:
    """The share of the goods in their largest connected part, and the share of its convex hull that this part fills."""
    solid = cv2.morphologyEx(goods.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    _, numbers, boxes, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if len(boxes) < 2:
        return 0.0, 0.0
    largest = 1 + int(boxes[1:, cv2.CC_STAT_AREA].argmax())
    area = float(boxes[largest, cv2.CC_STAT_AREA])
    hull = cv2.convexHull(np.asarray(cv2.findNonZero((numbers == largest).astype(np.uint8))))
    # The polygon runs through the middles of pixels: half a pixel is missing all round.
    filled = area / (cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1)
    return area / float(goods.sum()), min(1.0, filled)


def _rules(grey: NDArray[np.uint8]) -> float:
    """The share of the area in straight upright or level lines of an eighth of the long side and more."""
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 15, RULE_STEP)
    length = max(20, max(grey.shape) // 8)
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    return float((cv2.bitwise_or(level, upright) > 0).mean())


def _relief(image: RGBImage) -> float:
    side = 16
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA).astype(np.float64).reshape(-1, 3)
    rows, columns = np.mgrid[0:side, 0:side] / (side - 1) - 0.5
    plane = np.stack([np.ones(side * side), rows.ravel(), columns.ravel()], axis=1)
    rest = small - plane @ np.linalg.lstsq(plane, small, rcond=None)[0]
    return float(np.sqrt((rest**2).mean(axis=0)).max())


def _strokes(grey: NDArray[np.uint8], goods: NDArray[np.bool_]) -> tuple[float, float]:
    """The shares of the ground's cells, of 12 × 12, with thin strokes: faint ones alone, and others."""
    cells, height, width = 12, *grey.shape
    if min(height, width) < 4 * cells:
        return 0.0, 0.0
    widest = max(7, max(height, width) // 24)
    window = np.ones((widest, widest), np.uint8)
    closed, opened = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, window), cv2.morphologyEx(grey, cv2.MORPH_OPEN, window)
    strokes = np.maximum(closed - grey, grey - opened)
    solid = cv2.morphologyEx(goods.astype(np.uint8), cv2.MORPH_OPEN, window)
    ground = (cv2.dilate(solid, window) == 0).astype(np.float32)
    faint = ((strokes >= FAINT[0]) & (strokes <= FAINT[1])).astype(np.float32) * ground
    strong = (strokes > FAINT[1]).astype(np.float32) * ground
    share, bold, room = (
        cv2.resize(each, (cells, cells), interpolation=cv2.INTER_AREA) for each in (faint, strong, ground)
    )
    is_ground = room > 0.6
    count = max(1, int(is_ground.sum()))
    marked = (share > 0.02) & (share < 0.7) & (bold <= 0.002)
    return float((marked & is_ground).sum() / count), float(((bold > 0.002) & is_ground).sum() / count)
