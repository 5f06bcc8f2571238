"""Mugs, bags and cushions made to order: one blank photographed once, with another print each time."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.material.goods.cutouts import emptied
from benchmarks.material.goods.plain import weave_of
from benchmarks.material.ink import WHITE, Drawing, Ink, Plane, drift, goods_ink, hsv, lit
from benchmarks.material.prints import design
from benchmarks.material.scenes import Fill
from benchmarks.material.shading import carpet, mask_of, over, rounded_light, shadowed, smooth, studio, wood
from benchmarks.materials import cover, flat, pick
from brand_index.images import RGBImage


@dataclass(frozen=True, slots=True, eq=False)
class _Blank:
    """Goods without a print, and where one is put."""

    image: RGBImage
    light: Plane  # what their folds and curves do to a print
    tone: Ink
    box: tuple[float, float, float, float]  # left, top, right, bottom of the room for a print
    is_round: bool = False  # it is bent about them as about a cylinder


def printed(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A blank mug, bag or cushion, on a table, in a room or a studio, printed to order."""
    side = int(chance.integers(650, 950))
    ground = _ground(chance, side, photos)
    blank = pick(chance, (_mug, _bag, _cushion))(chance, ground)
    left, top, right, bottom = blank.box

    def fill(values: np.random.Generator) -> RGBImage:
        room = min(right - left, bottom - top)
        across = max(40, round(room * values.uniform(0.7, 1.0)))
        drawn, inked = design(values, across, blank.tone)
        x, y = (left + right - across) / 2, (top + bottom - across) / 2
        columns, rows = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
        if blank.is_round:
            half = (right - left) / 2
            turned = np.arcsin(np.clip((columns - left - half) / (half * 1.05), -0.999, 0.999)) * half
            columns = np.asarray(turned + left + half, np.float32)
        at = (np.asarray(columns - x, np.float32), np.asarray(rows - y, np.float32))
        colours, mask = (cv2.remap(each, *at, cv2.INTER_LINEAR) for each in (drawn, inked))
        shown = np.clip(colours.astype(np.float32) * blank.light[:, :, None], 0, 255).astype(np.uint8)
        return over(blank.image, shown, np.asarray(mask, np.float32) * 0.95)

    return fill


def _ground(chance: np.random.Generator, side: int, photos: Sequence[RGBImage]) -> RGBImage:
    sort = chance.random()
    if sort < 0.3:
        return studio(chance, side, side)
    if sort < 0.6:
        return cover(emptied(photos[0]), side, side)
    return (wood if sort < 0.85 else carpet)(chance, side, side)


def _tone(chance: np.random.Generator) -> Ink:
    """Blanks are white more often than not."""
    return hsv(0.1, 0.04, float(chance.uniform(0.88, 1))) if chance.random() < 0.6 else goods_ink(chance)


def _mug(chance: np.random.Generator, ground: RGBImage) -> _Blank:
    side, tone = ground.shape[0], _tone(chance)
    wide, high = side * float(chance.uniform(0.4, 0.52)), side * float(chance.uniform(0.48, 0.58))
    left, top = side * float(chance.uniform(0.16, 0.3)), side * float(chance.uniform(0.2, 0.3))
    page = Drawing(side, side, (0, 0, 0))
    x = left + wide
    page.disc(x, top + high * 0.5, high * 0.27, outline=WHITE, width=high * 0.085)
    page.box(left, top, x, top + high, fill=WHITE, radius=wide * 0.06)
    mask = page.mask()
    light = rounded_light(side, left, x + high * 0.3, 0.25) + np.zeros((side, 1), np.float32)
    image = over(shadowed(ground, mask, (12, 10), side * 0.02, 0.4), lit(flat(side, side, tone), light, chance), mask)
    rim = mask_of(
        side, side, smooth([(left, top), (left + wide / 2, top - 14), (x, top), (left + wide / 2, top + 14)], 3)
    )
    image = over(image, flat(side, side, (90, 84, 80)), rim)
    return _Blank(image, light, tone, (left, top + high * 0.06, x, top + high * 0.96), is_round=True)


def _bag(chance: np.random.Generator, ground: RGBImage) -> _Blank:
    side, tone = ground.shape[0], _tone(chance)
    wide, high = side * float(chance.uniform(0.5, 0.62)), side * float(chance.uniform(0.5, 0.6))
    left, top = (side - wide) / 2, side * 0.92 - high
    page = Drawing(side, side, (0, 0, 0))
    for shift in (0.0, side * 0.02):
        x, reach = left + wide / 2 + shift, wide * 0.22
        page.line([(x - reach, top), (x - reach * 0.9, top - high * 0.5), (x, top - high * 0.58)], WHITE, side * 0.035)
        page.line([(x, top - high * 0.58), (x + reach * 0.9, top - high * 0.5), (x + reach, top)], WHITE, side * 0.035)
    page.shape(
        [(left, top), (left + wide, top), (left + wide * 1.02, top + high), (left - wide * 0.02, top + high)], WHITE
    )
    mask, threads = page.mask(), weave_of(chance, 0.02)(chance, side, side)
    folds = -np.abs(drift(chance, side, side, 4) + 0.5 * drift(chance, side, side, 8))
    light = np.asarray(1 + 0.09 * (folds - folds.mean()) + threads, np.float32)
    image = over(shadowed(ground, mask, (6, 8), side * 0.015, 0.4), lit(flat(side, side, tone), light, chance), mask)
    return _Blank(image, light, tone, (left + wide * 0.08, top + high * 0.1, left + wide * 0.92, top + high * 0.95))


def _cushion(chance: np.random.Generator, ground: RGBImage) -> _Blank:
    side, tone = ground.shape[0], _tone(chance)
    wide = side * float(chance.uniform(0.6, 0.75))
    left = top = (side - wide) / 2
    right, middle, dent = left + wide, side / 2, wide * 0.05
    outline = [(left, top), (middle, top + dent), (right, top), (right - dent, middle)]
    outline += [(right, right), (middle, right - dent), (left, right), (left + dent, middle)]
    mask = mask_of(side, side, smooth(outline, 2))
    puffed = cv2.GaussianBlur(mask, (0, 0), wide * 0.12)
    creases = -np.abs(drift(chance, side, side, 3))
    light = np.asarray(0.62 + 0.42 * puffed + 0.05 * (creases - creases.mean()), np.float32)
    light = np.asarray(light + weave_of(chance, 0.02)(chance, side, side), np.float32)
    image = over(shadowed(ground, mask, (8, 10), side * 0.02, 0.45), lit(flat(side, side, tone), light, chance), mask)
    edge = wide * 0.1
    return _Blank(image, light, tone, (left + edge, top + edge, right - edge, right - edge))
