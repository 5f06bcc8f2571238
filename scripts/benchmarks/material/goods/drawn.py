"""Goods that are drawn: bottles, irons and shoes of one shape; innocent are those with other labels and colours."""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.material.goods.plain import colours_of
from benchmarks.material.ink import (
    BLACK,
    WHITE,
    Drawing,
    Ink,
    Plane,
    Point,
    apart,
    drift,
    goods_ink,
    ink,
    lit,
    readable,
    typeface,
)
from benchmarks.material.scenes import Fill, reference_first
from benchmarks.material.shading import mask_of, over, rounded_light, shadowed, smooth, studio
from benchmarks.material.words import ADJECTIVES, FLAVOURS, coined, model
from benchmarks.materials import flat, pick, some
from brand_index.images import RGBImage


def bottle(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A bottle or flask with a cap; each with the label and colours of another maker."""
    width = int(chance.integers(600, 850))
    height, face = round(width * chance.uniform(1.2, 1.5)), typeface(chance)
    ground, bodies, middle = studio(chance, width, height), colours_of(chance), width / 2
    wide, neck = width * chance.uniform(0.17, 0.27), width * chance.uniform(0.05, 0.1)
    top, shoulder, foot = height * 0.17, height * chance.uniform(0.28, 0.42), height * 0.93
    right_half = [
        (neck, top),
        (neck, shoulder - height * 0.06),
        (wide, shoulder),
        (wide, foot - 12),
        (wide * 0.94, foot),
    ]
    outline = smooth([(middle + x, y) for x, y in right_half] + [(middle - x, y) for x, y in reversed(right_half)], 2)
    body, light = mask_of(width, height, outline), rounded_light(width, middle - wide, middle + wide, 0.27)
    cap_mask = _rounded(width, height, middle - neck * 1.15, height * 0.08, middle + neck * 1.15, top + 6)
    label_top, label_foot = shoulder + height * chance.uniform(0.04, 0.1), foot - height * chance.uniform(0.06, 0.14)

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, next(bodies), face)
        _label(page, (middle - wide, label_top, middle + wide, label_foot), values)
        shade = shadowed(ground, body, (8, 6), width * 0.02, 0.3)
        image = over(shade, lit(page.pixels(), light + np.zeros((height, 1), np.float32), values), body)
        cap_light = rounded_light(width, middle - neck * 1.15, middle + neck * 1.15, 0.3) + np.zeros(
            (height, 1), np.float32
        )
        return over(image, lit(flat(width, height, ink(values)), cap_light, values), cap_mask)

    return fill


def _rounded(width: int, height: int, left: float, top: float, right: float, bottom: float) -> Plane:
    page = Drawing(width, height, (0, 0, 0))
    page.box(left, top, right, bottom, fill=WHITE, radius=(right - left) * 0.08)
    return page.mask()


def _label(page: Drawing, box: tuple[float, float, float, float], values: np.random.Generator) -> None:
    """A made-up maker's label: a ground, an emblem, a name, what is in it."""
    left, top, right, bottom = box
    wide, high, middle = right - left, bottom - top, (left + right) / 2
    ground, first, second = ink(values), ink(values), ink(values, dark=True)
    page.box(left, top, right, bottom, fill=ground)
    tone = readable(ground)
    sort = int(values.integers(4))
    where = top + high * values.uniform(0.2, 0.75)
    if sort == 0:
        page.disc(middle, where, wide * values.uniform(0.15, 0.3), fill=first)
        page.disc(middle, where, wide * 0.1, fill=second)
    elif sort == 1:
        for step in range(int(values.integers(2, 5))):
            page.box(left, where + step * high * 0.06, right, where + step * high * 0.06 + high * 0.03, fill=first)
    elif sort == 2:
        spread = values.uniform(-0.35, 0.35, (int(values.integers(3, 7)), 2))
        points: list[Point] = [(middle + wide * float(x), where + wide * float(y)) for x, y in spread]
        page.shape(smooth(points, 2), first)
    else:
        page.shape([(left, bottom), (right, where), (right, bottom)], first)
        page.shape([(left, where), (middle, bottom), (left, bottom)], second)
    name = top + high * values.uniform(0.1, 0.3)
    page.fitted(middle, name, coined(values).upper(), wide * 0.24, wide * 0.66, ink=tone, bold=True, anchor="mm")
    what = f"{pick(values, ADJECTIVES)} {pick(values, FLAVOURS)}"
    page.fitted(middle, name + high * 0.12, what, wide * 0.1, wide * 0.6, ink=tone, anchor="mm")
    page.text(
        middle, bottom - high * 0.06, f"{int(values.integers(10, 100)) * 10} ml", wide * 0.08, ink=tone, anchor="mm"
    )


def iron(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A steam iron from the side; each of another maker, in other colours."""
    width = int(chance.integers(750, 1000))
    height, face = round(width * chance.uniform(0.7, 0.85)), typeface(chance)
    ground, bodies = studio(chance, width, height), colours_of(chance)
    jitter = chance.uniform(-0.02, 0.02, (8, 2))

    def at(points: Sequence[Point], rounds: int = 2) -> list[Point]:
        moved = [(x + float(jitter[n % 8, 0]), y + float(jitter[n % 8, 1])) for n, (x, y) in enumerate(points)]
        return smooth([(x * width, y * height) for x, y in moved], rounds)

    sole = at([(0.06, 0.8), (0.9, 0.77), (0.92, 0.86), (0.1, 0.87)])
    shell = at([(0.07, 0.8), (0.2, 0.62), (0.38, 0.48), (0.62, 0.45), (0.88, 0.4), (0.92, 0.62), (0.91, 0.79)])
    handle = at([(0.24, 0.52), (0.33, 0.24), (0.55, 0.17), (0.86, 0.2), (0.93, 0.32), (0.9, 0.5), (0.6, 0.5)])
    hole = at([(0.42, 0.46), (0.46, 0.34), (0.6, 0.29), (0.8, 0.31), (0.82, 0.4), (0.6, 0.44)])
    tank = at([(0.2, 0.72), (0.3, 0.6), (0.42, 0.54), (0.46, 0.62), (0.4, 0.74)])
    gap, whole = mask_of(width, height, hole), mask_of(width, height, sole, shell, handle)
    mask = np.asarray(whole * (1 - gap), np.float32)
    rows = np.linspace(1.12, 0.78, height, dtype=np.float32)[:, None] + np.zeros((1, width), np.float32)

    def fill(values: np.random.Generator) -> RGBImage:
        colour, second, third = next(bodies), ink(values), ink(values)
        page = Drawing(width, height, WHITE, face)
        page.shape(handle, second)
        page.shape(shell, colour)
        page.shape(sole, (170, 174, 180))
        page.shape(tank, third)
        x, y, dial = width * 0.66, height * values.uniform(0.56, 0.62), height * values.uniform(0.06, 0.09)
        page.disc(x, y, dial, fill=(225, 225, 228), outline=second, width=5)
        turn = values.uniform(0, 2 * np.pi)
        page.line([(x, y), (x + dial * float(np.cos(turn)), y + dial * float(np.sin(turn)))], BLACK, 4)
        tone = readable(colour)
        maker = coined(values).upper()
        page.fitted(width * 0.48, height * 0.72, maker, height * 0.08, width * 0.28, ink=tone, bold=True, anchor="lm")
        page.text(
            width * 0.8, height * 0.72, f"{int(values.integers(16, 32)) * 100} W", height * 0.04, ink=tone, anchor="lm"
        )
        page.text(width * 0.8, height * 0.66, model(values), height * 0.028, ink=tone, anchor="lm")
        light = rows * (1 + 0.03 * drift(values, height, width, 4))
        return over(shadowed(ground, mask, (0, 12), width * 0.015, 0.35), lit(page.pixels(), light, values), mask)

    return fill


def shoe(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A trainer from the side; each with the stripes, panels, colours and label of another maker."""
    width = int(chance.integers(750, 1050))
    height, face = round(width * chance.uniform(0.6, 0.75)), typeface(chance)
    ground, uppers = studio(chance, width, height), colours_of(chance)
    ankle, toe = chance.uniform(0.2, 0.34), chance.uniform(0.5, 0.58)

    def at(points: Sequence[Point], rounds: int = 3) -> list[Point]:
        return smooth([(x * width, y * height) for x, y in points], rounds)

    sole = at([(0.06, 0.76), (0.5, 0.79), (0.93, 0.72), (0.97, 0.8), (0.9, 0.88), (0.1, 0.89), (0.04, 0.84)])
    back = [(0.07, 0.8), (0.07, 0.5), (0.1, ankle), (0.2, ankle + 0.06), (0.34, ankle), (0.5, 0.46)]
    upper = at([*back, (0.75, toe), (0.94, 0.66), (0.95, 0.8), (0.5, 0.83)])
    toe_cap = at([(0.76, 0.56), (0.92, 0.64), (0.94, 0.78), (0.78, 0.8)])
    heel = at([(0.06, 0.8), (0.07, 0.52), (0.15, 0.5), (0.18, 0.8)])
    mask, inside = mask_of(width, height, sole, upper), mask_of(width, height, upper)

    def fill(values: np.random.Generator) -> RGBImage:
        colour = next(uppers)
        _, *inks = apart(values, 5, 20)
        page = Drawing(width, height, WHITE, face)
        page.shape(upper, colour)
        page.shape(toe_cap, inks[0])
        page.shape(heel, inks[1])
        _emblem(page, (width * 0.28, height * 0.5, width * 0.62, height * 0.76), inks[2], values)
        for lace in range(int(values.integers(4, 7))):
            x, y = width * (0.36 + 0.045 * lace), height * (ankle + 0.06 + 0.05 * lace)
            page.line([(x, y), (x + width * 0.07, y + height * 0.02)], inks[3], 7)
        page.text(
            width * 0.12, height * 0.64, coined(values).upper()[:5], height * 0.035, ink=WHITE, bold=True, anchor="mm"
        )
        shape = Drawing(width, height, ink(values) if values.random() < 0.5 else (238, 238, 236), face)
        shape.line([(0, height * 0.84), (width, height * 0.81)], inks[2], 5)
        light = np.linspace(1.1, 0.82, height, dtype=np.float32)[:, None] * (1 + 0.05 * drift(values, height, width, 6))
        painted = over(lit(shape.pixels(), light, values), lit(page.pixels(), light, values), inside)
        painted = over(painted, lit(shape.pixels(), light, values), mask_of(width, height, sole))
        return over(shadowed(ground, mask, (0, 10), width * 0.012, 0.35), painted, mask)

    return fill


def _emblem(page: Drawing, box: tuple[float, float, float, float], colour: Ink, values: np.random.Generator) -> None:
    """Stripes, a wave, or a polygon on the side of a shoe."""
    left, top, right, bottom = box
    sort, wide = int(values.integers(3)), right - left
    if sort == 0:
        count = int(values.integers(2, 5))
        for step in range(count):
            x = left + wide * (0.15 + 0.8 * step / count)
            page.line([(x + wide * 0.2, top), (x - wide * 0.1, bottom)], colour, wide * values.uniform(0.05, 0.1))
    elif sort == 1:
        waves, high = values.uniform(6, 6.8), (bottom - top) * 0.35
        line = [
            (left + wide * part, (top + bottom) / 2 + high * np.sin(part * waves)) for part in np.linspace(0, 1, 21)
        ]
        page.line([(float(x), float(y)) for x, y in line], colour, wide * values.uniform(0.06, 0.12))
    else:
        spread = values.uniform(0, 1, (int(values.integers(3, 6)), 2))
        page.shape(smooth([(left + wide * float(x), top + (bottom - top) * float(y)) for x, y in spread], 1), colour)


def pack(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """The packs of one series: the same maker, layout and wording; another flavour, with its colour and its fruit."""
    width, face = int(chance.integers(600, 850)), typeface(chance)
    height = round(width * chance.uniform(1.15, 1.45))
    ground, tones, flavours = studio(chance, width, height), colours_of(chance), _flavours(chance)
    maker, line, net = coined(chance), pick(chance, ADJECTIVES), f"{int(chance.integers(5, 50)) * 10} g"
    crest, said = ink(chance, dark=True), f"{pick(chance, ADJECTIVES)} taste, no added sugar"
    spots, swung = chance.uniform(0.2, 0.8, (6, 2)), bool(chance.random() < 0.5)
    left, top, right, foot, depth = width * 0.14, height * 0.09, width * 0.78, height * 0.93, width * 0.08
    wide, high, middle = right - left, foot - top, (left + right) / 2
    front = [(left, top), (right, top), (right, foot), (left, foot)]
    flank = [(right, top), (right + depth, top - depth * 0.5), (right + depth, foot - depth * 0.6), (right, foot)]
    whole, side = mask_of(width, height, front, flank), mask_of(width, height, flank)

    def fill(values: np.random.Generator) -> RGBImage:
        flavour, tone = next(flavours), next(tones)
        page = Drawing(width, height, tone, face)
        page.box(left, top, right, top + high * 0.26, fill=WHITE)
        page.disc(middle, top + high * 0.07, high * 0.035, fill=crest)
        page.fitted(
            middle, top + high * 0.165, maker.upper(), high * 0.12, wide * 0.8, ink=crest, bold=True, anchor="mm"
        )
        if swung:
            wave = [(left, foot - high * 0.2), (middle, foot - high * 0.1), (right, foot - high * 0.26)]
            page.shape(smooth([(left, foot), *wave, (right, foot)], 2), WHITE)
        for x, y in spots:
            _fruit(page, left + wide * float(x), top + high * (0.45 + 0.35 * float(y)), wide * 0.13, flavour)
        tint_of = readable(tone, 420)
        page.fitted(
            middle,
            top + high * 0.32,
            f"{line} {flavour}",
            high * 0.07,
            wide * 0.85,
            ink=tint_of,
            bold=True,
            anchor="mm",
        )
        page.fitted(middle, top + high * 0.385, said, high * 0.03, wide * 0.8, ink=tint_of, anchor="mm")
        page.text(
            right - wide * 0.05, foot - high * 0.04, net, high * 0.035, ink=BLACK if swung else tint_of, anchor="rm"
        )
        light = 1 - 0.25 * side + 0.03 * drift(values, height, width, 4)
        return over(shadowed(ground, whole, (6, 6), width * 0.02, 0.3), lit(page.pixels(), light, values, 1.5), whole)

    return fill


def _flavours(chance: np.random.Generator) -> Iterator[str]:
    """Flavours in any order, the first once."""
    yield from reference_first(some(chance, FLAVOURS, len(FLAVOURS)))


def _fruit(page: Drawing, x: float, y: float, size: float, flavour: str) -> None:
    """What a flavour is recognized by: its own number of parts, outline and colours."""
    own = np.random.default_rng(zlib.crc32(flavour.encode()))
    skin, flesh = goods_ink(own), goods_ink(own)
    count, long = int(own.integers(1, 6)), own.uniform(0.55, 1)
    for part in range(count):
        angle = part / count * 2 * np.pi + float(own.random())
        out = size * 0.5 if count > 1 else 0.0
        across, down = x + out * float(np.cos(angle)), y + out * float(np.sin(angle))
        reach = size * (1.0 if count == 1 else 0.55)
        turns = np.linspace(0, 2 * np.pi, 13)[:-1]
        outline = [(across + reach * float(np.cos(t)), down + reach * float(long * np.sin(t))) for t in turns]
        page.shape(smooth(outline, 1), skin)
        page.disc(across - reach * 0.25, down - reach * 0.2, reach * 0.25, fill=flesh)
    page.line([(x, y - size * 0.8), (x + size * 0.25, y - size * 1.15)], (60, 110, 50), size * 0.1)
