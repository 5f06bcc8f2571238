"""Lays an image out as networks of regions take it, and says how large the cells of their answers are in it."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

STRIDE: Final = 32  # pixels: the networks take sides that are multiples of it
GREY: Final = 127


def canvas_of(frame: RGBImage, side: int) -> tuple[RGBImage, tuple[float, float]]:
    """A (H, W, 3) image as a network takes it, its long side `side`, and its scales across and down."""
    height, width = frame.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = np.full((-(-size[1] // STRIDE) * STRIDE, -(-size[0] // STRIDE) * STRIDE, 3), GREY, np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(frame, size, interpolation=interpolation)
    return canvas, (size[0] / width, size[1] / height)


def cell_of(answer: NDArray[Any], canvas: RGBImage, scale: tuple[float, float]) -> tuple[float, float]:
    """Width and height of a cell of an answer (h, w), in pixels of the image."""
    side = canvas.shape[0] / answer.shape[0]
    return side / scale[0], side / scale[1]
