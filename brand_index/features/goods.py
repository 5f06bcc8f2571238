"""Tells the goods in a registered photo from the ground they lie on; an estimate that only weighs what agrees.

GrabCut (Rother et al. 2004), begun from all but the margin. The alpha of a transparent image says it exactly.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import DecodedImage, RGBImage

Goods = NDArray[np.uint8]
"""(GOODS_SIDE, GOODS_SIDE), 0..255: how likely each cell of the content shows goods, not ground; 0: transparent."""

GOODS_SIDE: Final = 48
_SIDE: Final = 96  # pixels, long side at which the goods are cut out
_MARGIN: Final = 0.03  # of each side, taken for ground at first
_ROUNDS: Final = 3
LIKELY: Final = 127  # of 255, beyond which a cell is of the goods
GROUND: Final = 32  # of 255: how likely what seems to be ground is goods after all
_LEAST, _MOST = 0.06, 0.9  # share of the content: less or more than this is no cut to trust


def goods_of(image: DecodedImage, content: tuple[int, int, int, int]) -> Goods:
    """The goods within the content (left, top, right, bottom) of the first frame; all 255: they cannot be separated."""
    left, top, right, bottom = content
    if image.alpha is not None and image.alpha.min() < 128:
        return _sized(image.alpha[top:bottom, left:right])
    return _sized(cut_goods(image.frames[0][top:bottom, left:right]))


def is_cut_out(goods: Goods) -> bool:
    """Whether they lie on nothing: a transparent image of them was registered."""
    return bool(goods.min() < GROUND)


def surely_goods(goods: Goods) -> Goods:
    """The same, with 0 for what is as likely to be goods as any ground is."""
    return np.asarray(np.maximum(goods.astype(np.float32) - GROUND, 0) * (255 / (255 - GROUND)), np.uint8)


def on_goods(goods: Goods, points: NDArray[np.float32], content: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Whether each of (N, 2) points, in pixels of the registered image, is likelier of the goods in its content."""
    left, top, right, bottom = content
    shares = (points - np.array([left, top])) / np.array([right - left, bottom - top])
    column, row = np.clip((shares * GOODS_SIDE).astype(int), 0, GOODS_SIDE - 1).T
    return np.asarray(goods[row, column] > LIKELY)


def cut_goods(pixels: RGBImage) -> NDArray[np.uint8]:
    """255 where GrabCut sees goods, else GROUND, (h, w) of the image made small; all 255: they cannot be separated."""
    scale = _SIDE / max(pixels.shape[:2])
    size = (max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    across, down = (max(1, round(_MARGIN * side)) for side in size)
    mask = np.zeros(size[::-1], np.uint8)
    frame = (across, down, size[0] - 2 * across, size[1] - 2 * down)
    everything = np.full(size[::-1], 255, np.uint8)
    cv2.setRNGSeed(0)
    try:
        cv2.grabCut(small, mask, frame, np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_RECT)
    except cv2.error:  # one colour throughout
        return everything
    goods = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))
    return np.where(goods, np.uint8(255), np.uint8(GROUND)) if _LEAST < goods.mean() < _MOST else everything


def _sized(mask: NDArray[np.uint8]) -> Goods:
    return np.asarray(cv2.resize(mask, (GOODS_SIDE, GOODS_SIDE), interpolation=cv2.INTER_AREA), np.uint8)
