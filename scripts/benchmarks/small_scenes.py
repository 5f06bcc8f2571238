"""Clothing photos of the size that marketplaces show, with small marks printed on them, and where those lie."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from training.artwork import Chance, recoloured
from training.printing import photographed, print_mark
from training.samples import placement

from benchmarks.copy_task import read_image
from benchmarks.coverage import BoxedImage
from benchmarks.datasets import Logo
from brand_index.images import RGBImage
from scanner.engine.boxes import Box

SIDES: Final = (800, 1000, 1200, 1600)  # pixels, long side
SHARES: Final = ((0.001, 0.01), (0.001, 0.01), (0.01, 0.05), (0.01, 0.05))  # of the image, least and most, of each mark
TRIES: Final = 8  # places for a mark, which is left out if each is taken
VISIBLE: Final = 32  # alpha


def small_scenes(photos: Sequence[Path], logos: Sequence[Logo], seed: int) -> Iterator[BoxedImage]:
    """One scene a photo."""
    for number, path in enumerate(photos):
        yield _scene(read_image(path), logos, np.random.default_rng([seed, number, 11]))


def _scene(photo: RGBImage, logos: Sequence[Logo], chance: Chance) -> BoxedImage:
    scale = int(chance.choice(SIDES)) / max(photo.shape[:2])
    image = np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    height, width = image.shape[:2]
    boxes: list[Box] = []
    for least, most in SHARES:
        ink = recoloured(_ink(logos[int(chance.integers(len(logos)))].path), chance)
        area = float(np.exp(chance.uniform(np.log(least), np.log(most)))) * height * width
        side = max(ink.shape[:2]) * float(np.sqrt(area / (ink.shape[0] * ink.shape[1])))
        for _ in range(TRIES):
            x, y = float(chance.uniform(0.12, 0.88)) * width, float(chance.uniform(0.12, 0.88)) * height
            if any(_is_near(box, x, y, side) for box in boxes):
                continue
            printed = print_mark(image, ink, placement(chance, ink, x, y, side), chance)
            low, high = (np.clip(printed.outline[row], 0, [width, height]).astype(int) for row in (0, 2))
            image = printed.image
            boxes.append(Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])))
            break
    return BoxedImage(photographed(image, chance), tuple(boxes))


def _is_near(box: Box, x: float, y: float, side: float) -> bool:
    across, down = abs(x - (box.left + box.right) / 2), abs(y - (box.top + box.bottom) / 2)
    return across < 0.7 * (side + box.right - box.left) and down < 0.7 * (side + box.bottom - box.top)


def _ink(path: Path) -> NDArray[np.uint8]:
    """RGBA of a logo, cut to what is visible."""
    bgra = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), np.uint8)
    rows, columns = (np.flatnonzero(bgra[..., 3].max(axis=axis) > VISIBLE) for axis in (1, 0))
    cut = bgra[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(cut[..., [2, 1, 0, 3]])
