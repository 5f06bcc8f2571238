"""Light on drawn goods: outlines made smooth, masks, soft shadows, round bodies, grounds; it draws no goods."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from benchmarks.material.ink import Drawing, Plane, Point, drift
from benchmarks.materials import any_colour, flat
from brand_index.images import RGBImage

SOFT: Final = (70, 225)  # channels of a carpet's colours


def smooth(points: Sequence[Point], rounds: int = 3) -> list[Point]:
    """A closed outline with its corners cut `rounds` times (Chaikin 1974)."""
    line = np.asarray(points, np.float64)
    for _ in range(rounds):
        following = np.roll(line, -1, axis=0)
        line = np.stack((0.75 * line + 0.25 * following, 0.25 * line + 0.75 * following), axis=1).reshape(-1, 2)
    return [(float(x), float(y)) for x, y in line]


def mask_of(width: int, height: int, *outlines: Sequence[Point]) -> Plane:
    """1 inside any of the outlines, 0 outside, smooth at their edges."""
    page = Drawing(width, height, (0, 0, 0))
    for outline in outlines:
        page.shape(outline, (255, 255, 255))
    return page.mask()


def over(ground: RGBImage, image: RGBImage, mask: Plane) -> RGBImage:
    """`image` over `ground` where `mask` is 1."""
    mixed = np.array(image, np.float32)
    mixed -= ground
    mixed *= mask[:, :, None]
    mixed += ground
    mixed += 0.5
    return np.asarray(mixed, np.uint8)


def shadowed(ground: RGBImage, mask: Plane, shift: Point, softness: float, strength: float) -> RGBImage:
    """`ground` with the soft shadow that `mask` casts."""
    height, width = mask.shape
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    cast = cv2.GaussianBlur(cv2.warpAffine(mask, move, (width, height)), (0, 0), max(0.5, softness))
    return np.asarray(ground * (1 - np.float32(strength) * np.asarray(cast, np.float32)[:, :, None]), np.uint8)


def rounded_light(width: int, left: float, right: float, highlight: float) -> Plane:
    """(1, W): how a standing cylinder from `left` to `right` is lit, its highlight at `highlight` (0..1) across."""
    across = np.clip((np.arange(width, dtype=np.float32) - left) / max(1.0, right - left), 0, 1)
    body = 0.62 + 0.42 * np.maximum(0, np.sin(np.pi * across)) ** 0.7
    shine = 0.28 * np.exp(-(((across - highlight) / 0.06) ** 2))
    return np.asarray(body + shine, np.float32)[None, :]


def studio(chance: np.random.Generator, width: int, height: int) -> RGBImage:
    """A light ground as packshots have: white, or a pale wall over a paler table."""
    if chance.random() < 0.5:
        return flat(width, height, (255, 255, 255))
    level, fall = chance.uniform(215, 245), chance.uniform(5, 25)
    rows = np.linspace(0, fall, height, dtype=np.float32)[:, None, None]
    warm = np.array([1, chance.uniform(0.97, 1), chance.uniform(0.93, 1)], np.float32)
    return np.asarray(np.clip((level - rows) * warm + np.zeros((1, width, 1), np.float32), 0, 255), np.uint8)


def wood(chance: np.random.Generator, width: int, height: int) -> RGBImage:
    """Boards with grain, as a table or floor that goods lie on."""
    hue = np.array([chance.uniform(150, 215), chance.uniform(110, 160), chance.uniform(70, 120)], np.float32)
    boards, grain = int(chance.integers(3, 8)), np.empty((height, width), np.float32)
    edges = np.linspace(0, height, boards + 1).astype(int)
    for top, bottom in pairwise(edges):
        fibre = cv2.resize(
            chance.normal(0, 1, (max(2, (bottom - top) // 2), 6)).astype(np.float32), (width, bottom - top)
        )
        grain[top:bottom] = 1 + 0.07 * fibre + chance.normal(0, 0.06)
        grain[top : top + 2] *= 0.6
    light = grain * (1 + 0.05 * drift(chance, height, width, 3))
    boarded = np.clip(hue * light[:, :, None] + chance.normal(0, 3, (height, width, 1)), 0, 255)
    return np.asarray(boarded, np.uint8)


def carpet(chance: np.random.Generator, width: int, height: int) -> RGBImage:
    """A woven carpet with a pattern of diamonds and stripes."""
    page = Drawing(width, height, any_colour(chance, *SOFT))
    step = int(chance.integers(60, 150))
    inks = [any_colour(chance, *SOFT) for _ in range(3)]
    for row in range(-1, height // step + 2):
        for column in range(-1, width // step + 2):
            x, y = column * step + (row % 2) * step / 2, row * step
            reach = step * 0.42
            page.shape([(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)], inks[(row + column) % 2])
        page.line([(0, row * step + step / 2), (width, row * step + step / 2)], inks[2], step * 0.06)
    tufts = cv2.GaussianBlur(chance.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.2)
    light = 1 + 0.35 * np.asarray(tufts, np.float32) + 0.06 * drift(chance, height, width, 3)
    return np.clip(page.pixels() * light[:, :, None], 0, 255).astype(np.uint8)
