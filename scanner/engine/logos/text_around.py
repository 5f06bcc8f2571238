"""Measures whether a region that resembles a logo is a word of running text; it reads no word and decides nothing.

A mark stands alone. A word of a text has letters of its own height and stroke beside it, above and below. So the image
is cut into strokes at the polarity of the region, and outside the region those are counted that are as high and as bold
as those within, lie in a line with others, and are none of the region's own: a mark that is printed again and again is
no text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from scanner.engine.boxes import Box

LETTER_SIDE: Final = 40.0  # pixels: height to which the region is reduced
LEAST_SIDE: Final = 7  # pixels: of a region; letters of a lower one are blots
LEAST_LETTER: Final = 5  # pixels: height of a letter whose shape can be compared
MOST_PIXELS: Final = 1_500_000  # of the reduced image; beyond, only what is around the region is looked at
LEAST_CONTRAST: Final = 20.0  # grey levels between strokes and ground
MOST_LETTERS: Final = 400  # the nearest ones
HEIGHTS: Final = (0.3, 2.2)  # of the region's letters
HEIGHT_SPREAD: Final = 0.55  # natural logarithm: by which a letter of another height counts less
BOLDNESS: Final = (0.55, 1.8)  # of the region's strokes for their height
SAME_INK: Final = 60.0  # levels of RGB, root mean square
OTHER_INK: Final = 0.35  # what a letter in another colour counts
WORD_GAP: Final = 1.5  # heights: between letters of one line
LETTER_GAP: Final = 0.5  # heights: between letters of one word
ALIGNED: Final = 0.17  # heights: between the feet, or the heads, of letters of one line
NEIGHBOURS: Final = 2  # on its line, that a letter has
NEXT_TO: Final = 6.0  # what a letter counts that goes on where the region ends
SAME_LINE: Final = 4.0  # what a letter counts that is in a line with the region
FILLED: Final = 0.7  # share of its box that a spot fills
LONG: Final = 1.8  # from which a filled box is a stroke, such as an l
RING: Final = 0.12  # heights: beyond the region, where its ground is looked for
GLYPH: Final = 12  # pixels: side at which letters are compared
SAME_GLYPH: Final = 0.75  # ncc from which two letters are the same
ENOUGH: Final = 8.0  # letters around that make it likely that it is text


@dataclass(frozen=True, slots=True, eq=False)
class _Strokes:
    """The N connected strokes of one polarity in an image, in its pixels."""

    boxes: NDArray[np.int64]  # (N, 4): left, top, width, height
    areas: NDArray[np.int64]  # (N,) pixels
    widths: NDArray[np.float64]  # (N,): in proportion to the width of the line that it is drawn with
    labels: NDArray[np.int32]  # (H, W): 0, or the row of `boxes` and 1

    @property
    def centres(self) -> NDArray[np.float64]:
        """(N, 2): x, y."""
        return self.boxes[:, :2] + self.boxes[:, 2:] / 2

    @property
    def are_dots(self) -> NDArray[np.bool_]:
        """(N,): whether each is a filled spot rather than a letter."""
        wide, high = self.boxes[:, 2], self.boxes[:, 3]
        return np.asarray((self.areas > FILLED * wide * high) & (wide > high / LONG) & (wide < high * LONG))


def text_around(frame: RGBImage, box: Box) -> float | None:
    """0..1: how far the region `box` of a (H, W, 3) image looks like a word of the text around it.

    None: it has no strokes, or is too small to tell.
    """
    if min(box.right - box.left, box.bottom - box.top) < LEAST_SIDE:
        return None
    small, region = _reduced(frame, box)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    measured = [_measured(small, strokes, region) for strokes in _strokes(grey, region)]
    return max((each for each in measured if each is not None), default=None)


def _measured(small: RGBImage, strokes: _Strokes, region: Box) -> float | None:
    """As text_around, of the strokes of one polarity."""
    x, y = strokes.centres.T
    inside = (x > region.left) & (x < region.right) & (y > region.top) & (y < region.bottom)
    own = inside & (strokes.boxes[:, 3] >= 0.25 * (region.bottom - region.top))
    if not own.any():
        return None
    height = float(np.median(strokes.boxes[own, 3]))
    sizes, boldness = strokes.boxes[:, 3] / height, strokes.widths / np.maximum(strokes.boxes[:, 3], 1)
    boldness = boldness / np.median(boldness[own])
    alike = (
        (sizes > HEIGHTS[0])
        & (sizes < HEIGHTS[1])
        & (strokes.boxes[:, 3] >= LEAST_LETTER)
        & (boldness > BOLDNESS[0])
        & (boldness * np.minimum(sizes, 1.0) < BOLDNESS[1])  # small letters are drawn with a pixel at least
        & ~strokes.are_dots
    )
    letters = np.flatnonzero(alike & ~inside)
    middle = np.array([region.left + region.right, region.top + region.bottom]) / 2
    letters = letters[np.argsort(np.linalg.norm(strokes.centres[letters] - middle, axis=1))[:MOST_LETTERS]]
    inner = np.flatnonzero(own)
    neighbours, goes_on = _neighbours(strokes.boxes[letters], strokes.boxes[inner])
    letters, goes_on = letters[neighbours >= NEIGHBOURS], goes_on[neighbours >= NEIGHBOURS]
    if not len(letters):
        return 0.0
    weights = np.exp(-((np.log(sizes[letters]) / HEIGHT_SPREAD) ** 2) / 2)
    inks = _inks(small, strokes)
    level = np.abs(y[letters] - middle[1]) < height / 2
    far = np.sqrt(((inks[letters] - np.median(inks[inner], axis=0)) ** 2).mean(axis=1))
    weights *= np.where(far < SAME_INK, 1.0, OTHER_INK) * np.where(goes_on, NEXT_TO, np.where(level, SAME_LINE, 1.0))
    weights *= np.clip(strokes.boxes[letters, 2] / (1.2 * strokes.boxes[letters, 3]), 1.0, 8.0)  # letters that touch
    same = _same_glyphs(strokes, letters, inner)
    others = float(weights[~same].sum())
    return float(1 - np.exp(-(others + min(others, float(weights[same].sum()))) / ENOUGH))


def _reduced(frame: RGBImage, box: Box) -> tuple[RGBImage, Box]:
    """The image, reduced so that the region is at most LETTER_SIDE high, and the region in it."""
    scale = min(1.0, LETTER_SIDE / (box.bottom - box.top))
    left, top, right, bottom = 0, 0, frame.shape[1], frame.shape[0]
    if (right * scale) * (bottom * scale) > MOST_PIXELS:
        reach = round(np.sqrt(MOST_PIXELS) / scale / 2)
        x, y = (box.left + box.right) // 2, (box.top + box.bottom) // 2
        left, top, right, bottom = max(0, x - reach), max(0, y - reach), min(right, x + reach), min(bottom, y + reach)
    part = np.ascontiguousarray(frame[top:bottom, left:right])
    if scale < 1:
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    edges = ((box.left - left), (box.top - top), (box.right - left), (box.bottom - top))
    one, two, three, four = (round(edge * scale) for edge in edges)
    one, two = max(0, one), max(0, two)
    return part, Box(one, two, min(part.shape[1], max(one + 1, three)), min(part.shape[0], max(two + 1, four)))


def _strokes(grey: NDArray[np.uint8], region: Box) -> Iterator[_Strokes]:
    """What stands out from its surroundings as the region's strokes do: dark, or light, or both if that is unsure."""
    inner = grey[region.top : region.bottom, region.left : region.right]
    if inner.size < 2 * LEAST_SIDE:
        return
    level, _ = cv2.threshold(inner.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    around = max(2, round(RING * (region.bottom - region.top)))
    top, left = max(0, region.top - around), max(0, region.left - around)
    ring = grey[top : region.bottom + around, left : region.right + around]  # a tight region has its ground around it
    grounds = {_edge_mean(part > level) > 0.5 for part in (inner, ring)}
    side = max(5, round(0.6 * (region.bottom - region.top)) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    for light in grounds:
        contrast = np.asarray(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT if light else cv2.MORPH_TOPHAT, kernel))
        strength = float(np.percentile(contrast[region.top : region.bottom, region.left : region.right], 97))
        if strength < LEAST_CONTRAST:
            continue
        ink = (contrast > strength / 2).astype(np.uint8)
        count, labels, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        if count < 2:
            continue
        depths = cv2.distanceTransform(ink, cv2.DIST_L2, 3).ravel()
        areas = np.asarray(found[1:, 4], np.int64)
        widths = np.bincount(labels.ravel(), depths, count)[1:] / areas
        yield _Strokes(np.asarray(found[1:, :4], np.int64), areas, widths, np.asarray(labels))


def _edge_mean(mask: NDArray[np.bool_]) -> float:
    return float(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean())


def _neighbours(letters: NDArray[np.int64], own: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How many letters stand in a line with each of the (N, 4) `letters`, the region's own among them, and whether it
    belongs to a word with one of the latter.
    """
    boxes = np.concatenate([letters, own])
    count = len(letters)
    left, right = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
    top, bottom, high = boxes[:, 1], boxes[:, 1] + boxes[:, 3], boxes[:, 3]
    larger = np.maximum(high[:count, None], high[None])
    smaller = np.minimum(high[:count, None], high[None])
    gaps = np.maximum(left[None] - right[:count, None], left[:count, None] - right[None])
    feet, heads = (np.abs(edge[:count, None] - edge[None]) for edge in (bottom, top))
    line = (np.minimum(feet, heads) < np.maximum(ALIGNED * larger, 1.5)) & (smaller > 0.5 * larger)
    near = line & (gaps < WORD_GAP * larger) & (gaps > -0.5 * smaller)
    # Letters that touch are one stroke, as wide as several.
    each = np.clip(boxes[:, 2] / (0.9 * np.maximum(high, 1)), 1.0, 8.0)
    itself = np.where(each[:count] >= 3, 0.0, 1.0)
    word = line & (gaps < LETTER_GAP * larger) & (gaps > -0.3 * smaller)
    return near @ each - itself, word[:, count:].any(axis=1)


def _inks(image: RGBImage, strokes: _Strokes) -> NDArray[np.float64]:
    """(N, 3): the mean colour of each stroke."""
    labels, count = strokes.labels.ravel(), len(strokes.areas) + 1
    sums = [np.bincount(labels, image[..., channel].ravel(), count)[1:] for channel in range(3)]
    return np.stack(sums, axis=1) / np.maximum(strokes.areas, 1)[:, None]


def _same_glyphs(strokes: _Strokes, letters: NDArray[np.int64], own: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the `letters` look like one of the region's own."""
    outside, inside = (np.stack([_glyph(strokes, row) for row in rows]) for rows in (letters, own))
    return np.asarray((outside @ inside.T).max(axis=1) >= SAME_GLYPH)


def _glyph(strokes: _Strokes, row: int) -> NDArray[np.float32]:
    """The stroke as a vector of mean 0 and length 1, with its aspect ratio in it."""
    left, top, width, height = strokes.boxes[row].tolist()
    mask = (strokes.labels[top : top + height, left : left + width] == row + 1).astype(np.float32)
    side = max(width, height)
    square = np.zeros((side, side), np.float32)
    across, down = (side - width) // 2, (side - height) // 2
    square[down : down + height, across : across + width] = mask
    small = np.asarray(cv2.resize(square, (GLYPH, GLYPH), interpolation=cv2.INTER_AREA), np.float32).ravel()
    small = small - small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1e-6), np.float32)
