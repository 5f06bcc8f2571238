"""Which of the development photos may be trained on, and which are kept for measuring; the one home of that split."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from brand_index.images import RGBImage, decode, read_bytes

LEARNT_CLOTHING: Final = 413  # of 1,413; a figure on clean photos is of the 1,000 others
GROUND_SIDE: Final = 384  # pixels, long side


def split_clean(photos: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Clothing photos to learn from, and those for benchmarks only; a random split with a fixed seed."""
    order = np.random.default_rng(27).permutation(len(photos)).tolist()
    learnt = sorted(order[: min(LEARNT_CLOTHING, len(photos) // 2)])
    chosen = set(learnt)
    return [photos[index] for index in learnt], [photo for index, photo in enumerate(photos) if index not in chosen]


def learnt_garments(data: Path) -> list[Path]:
    """The photos of clothing/ (CC0) under `data` that models may be trained on."""
    return split_clean(sorted((data / "clothing").rglob("*.jpg")))[0]


def learnt_photos(data: Path) -> list[Path]:
    """All photos under `data` that models may be trained on: those garments, and the shop photos of grocery/ (MIT)."""
    return [*learnt_garments(data), *sorted((data / "grocery" / "photos").rglob("*.jpg"))]


def banked_photos(data: Path) -> list[Path]:
    """Three of five learnt garments, and every fourth shop photo: a mark's usual likeness is measured on them."""
    garments = [photo for index, photo in enumerate(learnt_garments(data)) if index % 5 < 3]
    return [*garments, *sorted((data / "grocery" / "photos").rglob("*.jpg"))[::4]]


def calibration_photos(data: Path) -> list[Path]:
    """The other learnt garments and the shop photos between those of the bank: what confidence is fitted on."""
    garments = [photo for index, photo in enumerate(learnt_garments(data)) if index % 5 >= 3]
    return [*garments, *sorted((data / "grocery" / "photos").rglob("*.jpg"))[2::4]]


def load_grounds(photos: Sequence[Path]) -> list[RGBImage]:
    """The photos at GROUND_SIDE."""
    grounds = []
    for path in photos:
        image = decode(read_bytes(path), name=str(path)).frames[0]
        scale = GROUND_SIDE / max(image.shape[:2])
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        grounds.append(np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8))
    return grounds
