"""One piece of furniture in one room, rendered in another wood each time, as configurators of shops do."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from benchmarks.material.goods.cutouts import emptied
from benchmarks.material.ink import WHITE, Drawing, Ink, Plane, Point, drift, goods_ink, lit
from benchmarks.material.scenes import Fill
from benchmarks.material.shading import carpet, mask_of, over, shadowed, wood
from benchmarks.materials import any_colour, cover, pick
from brand_index.images import RGBImage

WOODS: Final[tuple[Ink, ...]] = (
    *((206, 168, 122), (222, 190, 150), (96, 64, 44), (128, 84, 54), (150, 78, 52), (236, 226, 208)),
    *((176, 134, 88), (70, 52, 44), (168, 158, 144), (112, 110, 108), (190, 140, 96), (240, 236, 230)),
)
"""Oak, maple, walnut, teak, cherry, birch and so on, and lacquers."""
Face = tuple[Sequence[Point], float]
"""A side of a piece, its corners as shares of its box, and how light it is."""


def furniture(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A shelf, table, chest or bench with things on it, in a drawn or photographed room."""
    width = int(chance.integers(750, 1000))
    height = round(width * chance.uniform(0.8, 1.15))
    room = cover(emptied(photos[-1]), width, height) if chance.random() < 0.4 else _room(chance, width, height)
    faces, boards = pick(chance, (_shelf, _table, _chest, _bench))(chance)
    wide, high = width * chance.uniform(0.55, 0.75), height * chance.uniform(0.5, 0.65)
    left, top = (width - wide) * chance.uniform(0.3, 0.7), height * chance.uniform(0.88, 0.95) - high
    at = [([(left + x * wide, top + y * high) for x, y in corners], light) for corners, light in faces]
    upright = bool(chance.random() < 0.5)  # how the grain runs on the front
    # What light, edges and things on it do is the rendering's, whatever the wood.
    masks = [mask_of(width, height, corners) for corners, _ in at]
    edges = [0.86 + 0.14 * np.minimum(1, 1.3 * cv2.GaussianBlur(mask, (0, 0), width * 0.006) ** 2) for mask in masks]
    lamp = 1 + 0.03 * drift(chance, height, width, 3)
    lights = [level * lamp * edge for edge, (_, level) in zip(edges, at, strict=True)]
    ground = shadowed(room, np.maximum.reduce(masks), (6, 12), width * 0.015, 0.4)
    things = _things(chance, ground, boards, (left, top, wide, high)) if chance.random() < 0.7 else None
    tones: list[Ink] = []

    def fill(values: np.random.Generator) -> RGBImage:
        tone = pick(values, [each for each in WOODS if each not in tones[:1]])
        tones.append(tone)
        image, grains = ground, [_veneer(values, width, height, tone, upright=way) for way in (upright, not upright)]
        for number, (mask, light) in enumerate(zip(masks, lights, strict=True)):
            grain = np.roll(grains[number % 3 == 1], (37 * number, 83 * number), axis=(0, 1))
            image = over(image, np.asarray(np.clip(grain * light[:, :, None], 0, 255), np.uint8), mask)
        return image if things is None else over(image, *things)

    return fill


def _veneer(values: np.random.Generator, width: int, height: int, tone: Ink, *, upright: bool) -> RGBImage:
    """Wood with growth rings cut lengthwise, fibres and some knots, coarser or finer."""
    if upright:
        turned = _veneer(values, height, width, tone, upright=False)
        return np.ascontiguousarray(np.rot90(turned))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = y + 12 * drift(values, height, width, 3) + 5 * drift(values, height, width, 7)
    for _ in range(int(values.integers(0, 5))):  # knots
        across, down = values.uniform(0, width), values.uniform(0, height)
        off = np.exp(-(((x - across) / values.uniform(20, 60)) ** 2) - ((y - down) / values.uniform(8, 20)) ** 2)
        bend += float(values.uniform(20, 60)) * off.astype(np.float32)
    rings = np.sin(bend * (2 * np.pi / values.uniform(9, 40)) + values.uniform(0, 6))
    fibres = cv2.resize(values.normal(0, 1, (height, max(2, width // 40))).astype(np.float32), (width, height))
    depth = float(values.uniform(0.02, 0.13)) * (0.4 if min(tone) > 200 else 1.0)
    light = 1 + depth * rings + float(values.uniform(0.01, 0.06)) * np.asarray(fibres, np.float32)
    shaded = np.array(tone, np.float32) * np.clip(light, 0.3, 1.4)[:, :, None]
    return np.asarray(np.clip(shaded, 0, 255), np.uint8)


def _room(chance: np.random.Generator, width: int, height: int) -> RGBImage:
    """A wall, often with posters, a skirting board and a floor."""
    floor_at = height * chance.uniform(0.68, 0.82)
    page = Drawing(width, height, any_colour(chance, 150, 245))
    for _ in range(int(chance.integers(0, 4))):
        x, y, side = width * chance.uniform(0.05, 0.8), height * chance.uniform(0.03, 0.2), width * 0.14
        page.box(x, y, x + side, y + side * chance.uniform(0.8, 1.4), fill=goods_ink(chance), outline=WHITE, width=8)
        page.disc(x + side / 2, y + side / 2, side * 0.25, fill=goods_ink(chance))
    page.box(0, floor_at - height * 0.03, width, floor_at, fill=(238, 236, 232))
    wall = lit(page.pixels(), np.asarray(1 + 0.05 * drift(chance, height, width, 3), np.float32), chance)
    floor = (wood if chance.random() < 0.5 else carpet)(chance, width, height)
    below = mask_of(width, height, [(0, floor_at), (width, floor_at), (width, height), (0, height)])
    return over(wall, floor, below)


def _shelf(chance: np.random.Generator) -> tuple[list[Face], list[float]]:
    """A frame with boards before a darker back."""
    thick = float(chance.uniform(0.025, 0.05))
    levels = [float(level) for level in np.linspace(0, 1 - thick, int(chance.integers(3, 6)))]
    back: list[Face] = [(_box(0, 0, 1, 1), 0.6)]
    sides: list[Face] = [(_box(0, 0, thick, 1), 0.95), (_box(1 - thick, 0, 1, 1), 0.85)]
    return back + sides + [(_box(thick, level, 1 - thick, level + thick), 1.05) for level in levels], levels[1:]


def _table(chance: np.random.Generator) -> tuple[list[Face], list[float]]:
    """A top seen from above, an apron and legs."""
    deep, inset = float(chance.uniform(0.15, 0.3)), float(chance.uniform(0.06, 0.14))
    leg = float(chance.uniform(0.04, 0.08))
    legs: list[Face] = [(_box(x, deep, x + leg, 1), 0.8) for x in (0.04, 0.96 - leg)]
    behind: list[Face] = [(_box(x, deep, x + leg * 0.8, 0.86), 0.65) for x in (inset + 0.08, 0.84 - inset)]
    top: Face = ([(inset, 0), (1 - inset, 0), (1, deep), (0, deep)], 1.08)
    return [*behind, *legs, (_box(0, deep, 1, deep + 0.07), 0.9), top], [deep * 0.7]


def _chest(chance: np.random.Generator) -> tuple[list[Face], list[float]]:
    """A body with drawers, seen from the front, and its top."""
    deep, rows, gap = float(chance.uniform(0.06, 0.14)), int(chance.integers(2, 5)), 0.012
    columns = int(chance.integers(1, 3))
    faces: list[Face] = [(_box(0, deep, 1, 1), 0.7), ([(0.05, 0), (0.95, 0), (1, deep), (0, deep)], 1.08)]
    high, wide = (1 - deep - 0.05) / rows, 1 / columns
    for row in range(rows):
        for column in range(columns):
            x, y = column * wide + gap, deep + row * high + gap
            faces.append((_box(x, y, x + wide - 2 * gap, y + high - 2 * gap), 0.97))
    return faces, [deep * 0.8]


def _bench(chance: np.random.Generator) -> tuple[list[Face], list[float]]:
    """Slats for a seat and a back, on two sides."""
    slats: list[Face] = [(_box(0, 0.05 + 0.13 * row, 1, 0.15 + 0.13 * row), 0.95) for row in range(3)]
    seat: list[Face] = [([(0.02, y), (0.98, y), (1, y + 0.06), (0, y + 0.06)], 1.08) for y in (0.5, 0.57, 0.64)]
    legs: list[Face] = [(_box(x, 0, x + 0.06, 1), 0.8) for x in (0.05, 0.89)]
    return legs + slats + seat, [0.6]


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _things(
    chance: np.random.Generator, ground: RGBImage, boards: Sequence[float], box: tuple[float, float, float, float]
) -> tuple[RGBImage, Plane]:
    """Vases, books and boxes on the boards, and where they are."""
    left, top, wide, high = box
    height, width = ground.shape[:2]
    page, inked = Drawing(width, height, WHITE), Drawing(width, height, (0, 0, 0))
    for level in boards:
        x, base = left + wide * 0.1, top + level * high + 2
        while x < left + wide * 0.85:
            across, up = wide * float(chance.uniform(0.02, 0.09)), high * float(chance.uniform(0.06, 0.16))
            radius = float(chance.choice((0, 0, across / 2)))
            page.box(x, base - up, x + across, base, fill=goods_ink(chance), radius=radius)
            inked.box(x, base - up, x + across, base, fill=WHITE, radius=radius)
            x += across + wide * float(chance.choice((0.0, 0.0, 0.03, 0.15)))
    return lit(page.pixels(), np.asarray(1 + 0.08 * drift(chance, height, width, 20), np.float32), chance), inked.mask()
