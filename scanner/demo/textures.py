"""Grounds, out-of-focus rooms and the look of a camera for the demo's photos; nothing here is a product."""

from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
"""(H, W, 3) sRGB, 0..1; one plane of it is (H, W)."""

Photo = NDArray[np.uint8]
"""(H, W, 3) RGB."""

_SIZE = 1200  # pixels along a side of a ground


def colour(code: str) -> Pixels:
    """#rrggbb as (3,) sRGB, 0..1."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def chance(name: str) -> np.random.Generator:
    """A generator of random numbers for each name, the same on every run."""
    return np.random.default_rng(crc32(name.encode()))


def noise(rng: np.random.Generator, height: int, width: int, rows: float, columns: float, octaves: int = 5) -> Pixels:
    """A plane of smooth noise about 0, roughly -1..1: rows x columns lumps, halved `octaves` times."""
    out, strength = np.zeros((height, width), np.float32), 1.0
    for _ in range(octaves):
        grid = rng.standard_normal((max(2, round(rows) + 1), max(2, round(columns) + 1)), dtype=np.float32)
        smooth = cv2.INTER_CUBIC if rows < height / 12 else cv2.INTER_LINEAR  # nobody sees it in a fine grain
        out += strength * np.asarray(cv2.resize(grid, (width, height), interpolation=smooth))
        rows, columns, strength = rows * 2, columns * 2, strength * 0.55
    return out * np.float32(0.6)


def _tinted(plane: Pixels, low: str, high: str) -> Pixels:
    share = np.clip(plane, 0, 1)[..., None]
    return np.asarray(colour(low) * (1 - share) + colour(high) * share, np.float32)


def _wood(rng: np.random.Generator, planks: int) -> Pixels:
    boards = []
    for top, bottom in pairwise(np.linspace(0, _SIZE, planks + 1).round().astype(int)):
        height = int(bottom - top)
        rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        sway, fibre = noise(rng, height, _SIZE, 2, 3, 3), noise(rng, height, _SIZE, height / 2, 10, 2)
        rings = np.sin((rows * rng.uniform(0.8, 1.8) + sway * 0.55 + rng.uniform(0, 6)) * 6.0)
        seam = np.minimum(np.arange(height), height - 1 - np.arange(height))[:, None]
        board = 0.5 + 0.11 * rings + 0.1 * fibre + 0.1 * sway + rng.uniform(-0.12, 0.12)
        boards.append(board - 0.5 * np.exp(-seam / (_SIZE / 500)))
    return np.vstack(boards).astype(np.float32)


def _pile(rng: np.random.Generator) -> Pixels:
    return 0.5 + 0.24 * noise(rng, _SIZE, _SIZE, 240, 240, 2) + 0.14 * noise(rng, _SIZE, _SIZE, 4, 4, 4)


_GROUNDS: dict[str, tuple[int, str, str, str, str]] = {
    # planks (0: cloth or stone), its colours, the colours of the room round it
    "oak": (4, "#8a6440", "#dcb98c", "#4b5a58", "#c9d0c4"),
    "walnut": (3, "#3a2618", "#8d6543", "#3c362e", "#b5a78c"),
    "pine": (6, "#b08e62", "#f0dcb8", "#555047", "#cfc4b0"),
    "grey boards": (7, "#6f6a66", "#c4bdb5", "#3d3a44", "#c7a98c"),
    "linen": (0, "#c9bda8", "#eee6d8", "#39443a", "#b7bda2"),
    "denim": (0, "#26394f", "#5f7893", "#2f3a40", "#a7b3b2"),
    "rug": (0, "#8c5a4a", "#d9b39a", "#55463c", "#cdb79c"),
    "concrete": (0, "#9a9da0", "#c9c9c6", "#343a42", "#aab4bd"),
}


@lru_cache(maxsize=16)
def ground(name: str) -> Pixels:
    """A square of table or floor by its name."""
    planks, low, high, _, _ = _GROUNDS[name]
    return _tinted(_wood(chance(name), planks) if planks else _pile(chance(name)), low, high)


def room(name: str, table: str) -> Pixels:
    """The out-of-focus room behind a table, (240, 320, 3): furniture and round lights by the photo's name."""
    rng, height, width, (low, high) = chance("room " + name), 240, 320, _GROUNDS[table][3:]
    fall = np.linspace(1, 0, height, dtype=np.float32)[:, None] + 0.35 * noise(rng, height, width, 2, 3, 2)
    out, glare = _tinted(fall, low, high), np.zeros((height, width), np.float32)
    for left, top, wide, tall, shade in rng.uniform((-30, 24, 20, 48, 0.5), (288, 192, 64, 168, 1.3), (7, 5)):
        corners = (int(left), int(top)), (int(left + wide), int(top + tall))
        cv2.rectangle(out, *corners, (colour(low) * shade).tolist(), -1)
    for x, y, radius, strength in rng.uniform((0, 0, 4, 0.12), (320, 180, 14, 0.45), (10, 4)):
        glare += cv2.circle(np.zeros_like(glare), (int(x), int(y)), int(radius), strength, -1, cv2.LINE_AA)
    out = np.asarray(cv2.GaussianBlur(out, (0, 0), width / 28), np.float32)
    return out + np.asarray(cv2.GaussianBlur(glare, (0, 0), 1.0))[..., None] * colour("#ffe2b4")


def photographed(name: str, scene: Pixels, *, warmth: float = 0.02) -> Photo:
    """What a camera makes of a scene: a soft lens, glow, vignette, colour cast and grain, by the photo's name."""
    height, width = scene.shape[:2]
    soft = np.asarray(cv2.GaussianBlur(scene, (0, 0), 0.55), np.float32)
    soft = np.where(soft < 0.72, soft, 0.72 + 0.28 * np.tanh((soft - 0.72) / 0.28))  # as film keeps highlights
    small = cv2.resize(np.clip(soft - 0.84, 0, 1), (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    glow = np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), width / 240), (width, height)))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    dim = 1 - 0.22 * np.clip((x * x + y * y) / 2, 0, 1) ** 1.2
    cast = np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
    grain = chance("grain " + name).standard_normal((height, width, 3), dtype=np.float32) * (0.009, 0.011, 0.009)
    return np.asarray(np.clip(((soft + 0.7 * glow) * dim[..., None] * cast + grain) * 255 + 0.5, 0, 255), np.uint8)
