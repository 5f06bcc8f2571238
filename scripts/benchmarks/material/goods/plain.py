"""Plain goods, little more than a colour: cloth, phone cases, folded towels; innocent are those of another colour."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import cv2
import numpy as np

from benchmarks.material.ink import Drawing, Ink, Plane, Point, apart, drift, hsv, lit
from benchmarks.material.scenes import Fill, reference_first
from benchmarks.material.shading import mask_of, over, shadowed, smooth, studio, wood
from benchmarks.materials import flat
from brand_index.images import RGBImage

OFFERED: Final = 48  # colours of one article
Weave = Callable[[np.random.Generator, int, int], Plane]
"""The threads of cloth of a height and width, mean 0."""


def colours_of(chance: np.random.Generator) -> Iterator[Ink]:
    """The colours of one article, the reference's first; the others are clearly not it."""
    yield from reference_first(apart(chance, OFFERED))


def swatch(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """Flat cloth with a faint weave, to the edge or on white with a cut edge, evenly lit or nearly so."""
    width, height = (int(chance.integers(600, 1000)) for _ in range(2))
    colours, weave = colours_of(chance), weave_of(chance, chance.uniform(0.008, 0.035))
    slope = (float(chance.uniform(-0.08, 0.08)), float(chance.uniform(-0.08, 0.08)))
    on_white, pinked = bool(chance.random() < 0.4), bool(chance.random() < 0.5)
    margin, tooth = width * chance.uniform(0.06, 0.14), width * chance.uniform(0.012, 0.025)
    folds, slubs = float(chance.choice((0.0, 0.015, 0.03))), float(chance.choice((0.0, 0.02, 0.05)))
    # Of one article, colours are photographed one by one, or one photo is given the other colours.
    kept = int(chance.integers(2**31)) if chance.random() < 0.4 else None

    def fill(values: np.random.Generator) -> RGBImage:
        structure = values if kept is None else np.random.default_rng(kept)
        light = 1 + tilted(height, width, slope) + 0.01 * drift(structure, height, width, 4)
        light += folds * drift(structure, height, width, 5)
        # Threads are not all equally thick: each darkens or lightens its row or column.
        rows, columns = (structure.normal(0, 1, (side, 1)).astype(np.float32) for side in (height, width))
        light += slubs * (_soft(rows) + _soft(columns).T)
        cloth = lit(flat(width, height, next(colours)), light * (1 + weave(structure, height, width)), values, 1.5)
        if not on_white:
            return cloth
        cut = mask_of(width, height, _cut(width, height, margin, tooth if pinked else 0.0))
        ground = flat(width, height, hsv(0.1, 0.01, float(values.uniform(0.94, 1))))
        return over(shadowed(ground, cut, (3, 4), 5, 0.3), cloth, cut)

    return fill


def weave_of(chance: np.random.Generator, strength: float) -> Weave:
    """Threads across and down, or a twill; of another phase in each image."""
    across, down = (float(value) for value in chance.uniform(0.6, 1.7, 2))
    lean = float(chance.choice((0.0, 0.0, 0.5, 1.0)))

    def threads(values: np.random.Generator, height: int, width: int) -> Plane:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        first, second = (float(value) for value in values.uniform(0, 6, 2))
        pattern = np.sin(x * across + y * lean + first) + np.sin(y * down + second)
        return np.asarray(strength * (pattern + 0.5 * values.standard_normal((height, width), np.float32)), np.float32)

    return threads


def tilted(height: int, width: int, slope: Point) -> Plane:
    """Light that falls off evenly across and down, mean 0."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.asarray(slope[0] * (x / width - 0.5) + slope[1] * (y / height - 0.5), np.float32)


def _cut(width: int, height: int, margin: float, tooth: float) -> list[Point]:
    """The outline of a sample: straight, or cut with pinking shears if `tooth` is not 0."""
    corners = [(margin, margin), (width - margin, margin), (width - margin, height - margin), (margin, height - margin)]
    if not tooth:
        return corners
    outline: list[Point] = []
    for (left, top), (right, bottom) in zip(corners, [*corners[1:], corners[0]], strict=True):
        count = max(2, round(float(np.hypot(right - left, bottom - top)) / tooth))
        for step in range(count):
            share, out = step / count, tooth * 0.6 * (step % 2)
            x, y = left + (right - left) * share, top + (bottom - top) * share
            outline.append((x - out if left == right else x, y - out if top == bottom else y))
    return outline


def phone_case(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """The back of a plain case, with its opening for the camera."""
    width = int(chance.integers(600, 900))
    height = round(width * chance.uniform(1.1, 1.5))
    colours, ground, gloss = colours_of(chance), studio(chance, width, height), float(chance.uniform(0.0, 0.35))
    high, lenses = height * chance.uniform(0.78, 0.9), int(chance.integers(1, 4))
    wide = high * chance.uniform(0.47, 0.53)
    left, top, round_by = (width - wide) / 2, (height - high) / 2, wide * chance.uniform(0.1, 0.18)
    module = wide * chance.uniform(0.28, 0.42)
    lean = float(chance.choice((0.0, 0.0, -8.0, 7.0, 12.0)))

    def outline(inset: float) -> Plane:
        page = Drawing(width, height, (0, 0, 0))
        page.box(
            left + inset, top + inset, left + wide - inset, top + high - inset, fill=(255, 255, 255), radius=round_by
        )
        return page.mask(lean)

    case, inner = outline(0), outline(wide * 0.02)

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, next(colours))
        x, y = left + wide * 0.08, top + wide * 0.08
        page.box(x, y, x + module, y + module, fill=(32, 32, 36), radius=module * 0.25)
        for lens in range(lenses):
            spot = (x + module * (0.28 + 0.44 * (lens % 2)), y + module * (0.28 + 0.42 * (lens // 2 + lens % 2 * 0.5)))
            page.disc(*spot, module * 0.17, fill=(12, 12, 16), outline=(90, 90, 96), width=2)
            page.disc(spot[0] - module * 0.05, spot[1] - module * 0.05, module * 0.04, fill=(90, 100, 130))
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), lean, 1)
        back = np.asarray(
            cv2.warpAffine(page.pixels(), turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
        )
        shine = gloss * np.clip(1 - np.abs(tilted(height, width, (3, 3)) - values.uniform(-1, 1)) * 4, 0, 1)
        light = (0.8 + 0.2 * inner) * (1 + shine + 0.01 * drift(values, height, width, 5))
        shade = shadowed(ground, case, (6, 10), width * 0.015, 0.35)
        return over(shade, lit(back, np.asarray(light, np.float32), values, 1.5), case)

    return fill


def towel(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """Two to four folded towels in a stack, all of one colour, on white, a table or boards."""
    width = int(chance.integers(700, 1000))
    height = round(width * chance.uniform(0.7, 1.0))
    colours, layers = colours_of(chance), int(chance.integers(2, 5))
    ground = wood(chance, width, height) if chance.random() < 0.4 else studio(chance, width, height)
    left, right = width * chance.uniform(0.1, 0.2), width * chance.uniform(0.8, 0.9)
    thick = height * chance.uniform(0.55, 0.7) / layers
    stripe, hem = bool(chance.random() < 0.6), chance.uniform(0.15, 0.8)
    terry = weave_of(chance, 0.02)

    def fill(values: np.random.Generator) -> RGBImage:
        colour, image = next(colours), ground
        tufts = cv2.GaussianBlur(values.standard_normal((height, width), np.float32), (0, 0), 1.1)
        cloth = 1 + 0.16 * np.asarray(tufts, np.float32) + terry(values, height, width)
        for layer in range(layers):
            bottom = height * 0.86 - layer * thick
            sag = [thick * float(values.uniform(0.0, 0.05)) for _ in range(4)]
            corners = [
                (left, bottom - thick + sag[0]),
                ((left + right) / 2, bottom - thick - sag[1]),
                (right, bottom - thick + sag[2]),
            ]
            mask = mask_of(
                width,
                height,
                smooth([*corners, (right, bottom), ((left + right) / 2, bottom + sag[3]), (left, bottom)], 3),
            )
            image = shadowed(image, mask, (0, thick * 0.06), thick * 0.08, 0.45)
            rows = np.clip((np.arange(height, dtype=np.float32) - bottom + thick) / thick, 0, 1)[:, None]
            # Each towel is folded twice: two soft edges one over the other.
            body = (
                0.72
                + 0.32 * np.sqrt(np.maximum(0, np.sin(np.pi * rows)))
                - 0.22 * np.exp(-(((rows - 0.5) / 0.035) ** 2))
            )

            light = body * cloth
            if stripe:
                across = left + (right - left) * hem
                band = np.abs(np.arange(width) - across)[None, :] < width * 0.025
                light = np.where(band, body * 0.93, light)
            image = over(image, lit(flat(width, height, colour), np.asarray(light, np.float32), values), mask)
        return image

    return fill


def _soft(threads: Plane) -> Plane:
    """(N, 1), each thread a little like its neighbours; deviation 1."""
    blurred = np.asarray(cv2.GaussianBlur(threads, (1, 9), 1.5), np.float32).reshape(-1, 1)
    return np.asarray(blurred / (blurred.std() + 1e-6), np.float32)
