"""Whether a logo looks like a written word, so that text in such letters looks like the logo; it reads nothing."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.content import ground_of
from brand_index.images import DecodedImage, RGBImage

SIDE: Final = 64  # pixels: height at which letters are looked at
LEAST_WIDE: Final = 0.9  # widths to a height, of a word
LEAST_LETTERS: Final = 2
CORNER: Final = 0.04  # share of the image that lies outside of a round corner
RULED: Final = 0.85  # share of a row's pixels, from which the row is a line under the word
THIN: Final = 0.15  # share of the rows that such lines take up, at most
RULE: Final = 6.0  # widths to a height, of a line under a word
LETTER: Final = 0.35  # of the highest: from which a stroke is a letter
ALIGNED: Final = 0.15  # of the height: between the feet, or the heads, of letters
ON_LINE: Final = 0.5  # share of letters whose feet are on one line: others reach below it
IN_LINE: Final = 0.75  # share of letters whose feet or heads are
MOST_EVEN: Final = 0.35  # deviation of the letters' lines' widths, of their mean
MOST_REST: Final = 0.25  # of the letters' area: of dots, accents and signs beside them
CLEAR: Final = 60  # levels in any channel by which pale letters differ from the ground
WIDEST: Final = 2.3  # heights: a wider stroke is more than two letters that touch


def is_word_like(content: RGBImage) -> bool:
    """Whether the visible part of a logo, (H, W, 3), is a line of letters of one weight and nothing else."""
    height, width = content.shape[:2]
    if width < LEAST_WIDE * height:
        return False
    scale = SIDE / height
    size = (max(1, round(width * scale)), SIDE)
    small = np.asarray(cv2.resize(content, size, interpolation=cv2.INTER_AREA), np.uint8)
    return any(_is_line_of_letters(ink) for ink in _inks(small))


def _inks(content: RGBImage) -> Iterator[NDArray[np.uint8]]:
    """(H, W) masks of what may be letters: far from the ground, dark, or light."""
    framed = np.asarray(cv2.copyMakeBorder(content, 1, 1, 1, 1, cv2.BORDER_REPLICATE), np.uint8)
    ground = ground_of(DecodedImage((framed,), None, "", "PNG")).astype(np.float32)
    far = np.abs(framed.astype(np.float32) - ground).max(axis=2).astype(np.uint8)
    yield np.where(far > CLEAR, 255, 0).astype(np.uint8)
    for plane in (far, np.asarray(cv2.cvtColor(framed, cv2.COLOR_RGB2GRAY), np.uint8)):
        _, split = cv2.threshold(plane, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        yield np.asarray(split, np.uint8)
        yield np.asarray(255 - split, np.uint8)  # a tight box may have more ink than ground on its edge


def _is_line_of_letters(ink: NDArray[np.uint8]) -> bool:
    rules = (ink > 0).mean(axis=1) > RULED
    if 0 < rules.mean() < THIN and not rules[: len(rules) * 2 // 3].any():
        ink = np.where(rules[:, None], np.uint8(0), ink)  # a letter may reach down to the line under the word
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    boxes, numbers = boxes[1:], np.arange(1, count)
    left, top, wide, high = boxes[:, :4].T
    rule = wide >= RULE * high
    whole = (wide >= ink.shape[1] - 1) & ~rule  # the ground itself, a frame, or a device under the word
    corner = ((left == 0) | (left + wide == ink.shape[1])) & ((top == 0) | (top + high == ink.shape[0]))
    if whole.any():
        return False
    outside = sum(bool(ink[row, column]) for row in (0, -1) for column in (0, -1)) >= 3  # of a band with round corners
    if outside and boxes[corner, 4].max() > CORNER * ink.size:
        return False
    kept = ~rule & ~(corner & outside)
    boxes, numbers = boxes[kept], numbers[kept]
    if not len(boxes):
        return False
    highest = boxes[:, 3].max()
    letters = boxes[:, 3] >= LETTER * highest
    if letters.sum() < LEAST_LETTERS or (boxes[letters, 2] > WIDEST * highest).any():
        return False
    if np.ptp(np.concatenate([boxes[letters, 0], boxes[letters, 0] + boxes[letters, 2]])) < LEAST_WIDE * highest:
        return False
    rest = boxes[~letters, 4].sum()
    feet, heads = boxes[letters, 1] + boxes[letters, 3], boxes[letters, 1]
    level, capped = (np.abs(edges - np.median(edges)) <= ALIGNED * highest for edges in (feet, heads))
    depths = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
    widths = np.array([depths[labels == number].mean() for number in numbers[letters]])
    even = widths.std() <= MOST_EVEN * widths.mean()
    in_line = level.mean() >= ON_LINE and (level | capped).mean() >= IN_LINE
    return bool(in_line and even and rest <= MOST_REST * boxes[letters, 4].sum())
