"""What a user would pick instead: local sharpness (the variance of the Laplacian) and blockiness, by OpenCV alone."""

from typing import Final

import cv2
import numpy as np

from brand_index.images import RGBImage
from scanner.engine.boxes import Box

SIDE: Final = 480  # pixels, long side
WINDOWS: Final = (24, 40, 64, 96)  # pixels of that
STEP: Final = 0.25  # of a window


def found_by_sharpness(image: RGBImage) -> tuple[float, Box]:
    """How much less sharp, or how much blockier, the window is that differs most from its surroundings, and its box."""
    scale = SIDE / max(image.shape[:2])
    size = (max(64, round(image.shape[1] * scale)), max(64, round(image.shape[0] * scale)))
    grey = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).astype(np.float32)
    laplacian = cv2.Laplacian(grey, cv2.CV_32F)
    flat = (np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0)) + np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1)) < 2).astype(
        np.float32
    )
    best, place = -np.inf, Box(0, 0, 1, 1)
    for window in WINDOWS:
        if window * 2 > min(size):
            continue
        sharp, level, even = (
            [cv2.blur(each, (side, side)) for side in (window, 2 * window)] for each in (laplacian**2, laplacian, flat)
        )
        inside, both = (sharp[each] - level[each] ** 2 for each in (0, 1))
        around = np.maximum((4 * both - inside) / 3, 0)
        blurred = np.log((around + 4) / (inside + 4))
        blocky = even[0] - np.maximum((4 * even[1] - even[0]) / 3, 0)
        score = np.maximum(blurred / 3, blocky)
        half = window
        core = score[half : size[1] - half, half : size[0] - half]
        if core.size and core.max() > best:
            row, column = np.unravel_index(int(core.argmax()), core.shape)
            best, y, x = float(core.max()), int(row) + half, int(column) + half
            sides = (x - window / 2, y - window / 2, x + window / 2, y + window / 2)
            place = Box(*(round(side / scale) for side in sides))
    return best, place
