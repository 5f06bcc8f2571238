"""Procedural grounds and the look of a camera for the demo's pictures; nothing here is a product."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
"""(H, W, 3) sRGB, 0..1; a plane of it is (H, W)."""

Colour = tuple[float, float, float]
"""sRGB, 0..1."""


def colour(code: str) -> Colour:
    """The colour that #rrggbb says."""
    return int(code[1:3], 16) / 255, int(code[3:5], 16) / 255, int(code[5:7], 16) / 255


def noise(
    rng: np.random.Generator, height: int, width: int, cells_y: float, cells_x: float, octaves: int = 5
) -> Pixels:
    """A plane of smooth noise about 0, roughly -1..1, with `cells` lumps at its coarsest, halving `octaves` times."""
    out = np.zeros((height, width), np.float32)
    strength = 1.0
    for _ in range(octaves):
        grid = rng.standard_normal((max(2, round(cells_y) + 1), max(2, round(cells_x) + 1)), dtype=np.float32)
        smooth = cv2.INTER_CUBIC if cells_y < height / 12 else cv2.INTER_LINEAR  # the eye can't tell at fine grain
        out += strength * np.asarray(cv2.resize(grid, (width, height), interpolation=smooth))
        if cells_y > height or cells_x > width:
            break
        cells_y, cells_x, strength = cells_y * 2, cells_x * 2, strength * 0.55
    return out * 0.6


def _tinted(plane: Pixels, low: Colour, high: Colour) -> Pixels:
    """A plane mapped from 0..1 to the colours between `low` and `high`."""
    share = np.clip(plane, 0, 1)[..., None]
    return np.asarray(np.array(low, np.float32) * (1 - share) + np.array(high, np.float32) * share, np.float32)


def wood(rng: np.random.Generator, size: int, low: Colour, high: Colour, planks: int = 4) -> Pixels:
    """A square of boards that run left to right."""
    boards = []
    edges = np.linspace(0, size, planks + 1).round().astype(int)
    for top, bottom in pairwise(edges):
        height = int(bottom - top)
        rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        sway = noise(rng, height, size, 2, 3, 3)
        rings = np.sin((rows * rng.uniform(0.8, 1.8) + sway * 0.55 + rng.uniform(0, 6)) * 6.0) * 0.5 + 0.5
        fibre = noise(rng, height, size, height / 2, 10, 2)
        board = 0.5 + 0.22 * (rings - 0.5) + 0.1 * fibre + 0.1 * sway + rng.uniform(-0.12, 0.12)
        seam = np.minimum(np.arange(height), height - 1 - np.arange(height)).astype(np.float32)[:, None]
        boards.append(board - 0.5 * np.exp(-seam / (size / 500)))
    return _tinted(np.vstack(boards).astype(np.float32), low, high)


def weave(rng: np.random.Generator, size: int, low: Colour, high: Colour, thread: float = 6.0) -> Pixels:
    """A square of coarse cloth; `thread` is its pitch in pixels."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    drift = noise(rng, size, size, 6, 6, 4) * thread * 0.4
    warp = np.sin((x + drift) * 2 * np.pi / thread)
    weft = np.sin((y + drift) * 2 * np.pi / thread)
    lumps = noise(rng, size, size, size / thread, size / thread, 2)
    return _tinted(0.5 + 0.16 * warp * weft + 0.1 * (warp + weft) + 0.14 * lumps + 0.08 * drift / thread, low, high)


def carpet(rng: np.random.Generator, size: int, low: Colour, high: Colour) -> Pixels:
    """A square of deep pile."""
    tufts = noise(rng, size, size, size / 5, size / 5, 2)
    shade = noise(rng, size, size, 5, 5, 4)
    return _tinted(0.5 + 0.24 * tufts + 0.14 * shade, low, high)


def plaster(rng: np.random.Generator, size: int, low: Colour, high: Colour) -> Pixels:
    """A square of painted wall, concrete or paper, by its colours."""
    return _tinted(
        0.5 + 0.2 * noise(rng, size, size, 3, 3, 6) + 0.08 * noise(rng, size, size, size / 3, size / 3, 2), low, high
    )


def terrazzo(rng: np.random.Generator, size: int, ground: Colour, chips: tuple[Colour, ...]) -> Pixels:
    """A square of stone chips in cement."""
    out = plaster(rng, size, tuple(c * 0.93 for c in ground), ground)  # type: ignore[arg-type]
    for _ in range(420):
        centre = rng.uniform(0, size, 2)
        reach = rng.uniform(0.004, 0.016) * size
        angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
        rim = centre + reach * rng.uniform(0.6, 1.2, (7, 1)) * np.stack([np.cos(angles), np.sin(angles)], 1)
        cv2.fillPoly(out, [(rim * 16).astype(np.int32)], chips[int(rng.integers(len(chips)))], cv2.LINE_AA, 4)
    return out


def bokeh(
    rng: np.random.Generator, height: int, width: int, low: Colour, high: Colour, lights: Colour, count: int
) -> Pixels:
    """An out-of-focus room: a soft gradient, blurred furniture and `count` round lights."""
    fall = np.linspace(1, 0, height, dtype=np.float32)[:, None] + 0.35 * noise(rng, height, width, 2, 3, 2)
    out = _tinted(fall, low, high)
    for _ in range(7):
        left, top = rng.uniform(-0.1, 0.9) * width, rng.uniform(0.1, 0.8) * height
        shade = np.array(low) * rng.uniform(0.5, 1.3)
        far = (int(left + rng.uniform(0.06, 0.2) * width), int(top + rng.uniform(0.2, 0.7) * height))
        cv2.rectangle(out, (int(left), int(top)), far, shade.tolist(), -1)
    out = np.asarray(cv2.GaussianBlur(out, (0, 0), width / 28), np.float32)
    glare = np.zeros((height, width), np.float32)
    for _ in range(count):
        disc = np.zeros((height, width), np.float32)
        centre = (int(rng.uniform(0, 1) * width), int(rng.uniform(0, 0.75) * height))
        cv2.circle(disc, centre, int(rng.uniform(0.012, 0.045) * width), 1.0, -1, cv2.LINE_AA)
        glare += disc * np.float32(rng.uniform(0.12, 0.45))
    glare = np.asarray(cv2.GaussianBlur(glare, (0, 0), width / 320), np.float32)
    return np.asarray(np.clip(out + glare[..., None] * np.array(lights, np.float32), 0, 1), np.float32)


def photographed(
    rng: np.random.Generator, scene: Pixels, *, warmth: float = 0.0, vignette: float = 0.22
) -> NDArray[np.uint8]:
    """What a camera makes of a scene: lens softness, glow, vignette, colour cast and grain; uint8 RGB."""
    height, width = scene.shape[:2]
    soft = np.asarray(cv2.GaussianBlur(scene, (0, 0), 0.55), np.float32)
    soft = np.where(
        soft < 0.72, soft, 0.72 + 0.28 * np.tanh((soft - 0.72) / 0.28)
    )  # film keeps drawing in the highlights
    quarter = cv2.resize(np.clip(soft - 0.84, 0, 1), (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    glow = cv2.resize(cv2.GaussianBlur(quarter, (0, 0), width / 240), (width, height))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    dim = 1 - vignette * np.clip((x * x + y * y) / 2, 0, 1) ** 1.2
    cast = np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
    grain = rng.standard_normal((height, width, 1), dtype=np.float32) * 0.011
    grain = grain + rng.standard_normal((height, width, 3), dtype=np.float32) * 0.005
    out = (soft + 0.7 * np.asarray(glow)) * dim[..., None] * cast + grain
    return np.asarray(np.clip(out * 255 + 0.5, 0, 255), np.uint8)
