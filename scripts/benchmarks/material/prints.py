"""Prints as they are put on stock shirts, mugs and bags: shapes with words, each time others."""

import numpy as np

from benchmarks.material.ink import WHITE, Drawing, Ink, Plane, distance, goods_ink, typeface
from benchmarks.material.shading import smooth
from benchmarks.material.words import ADJECTIVES, coined
from benchmarks.materials import pick
from brand_index.images import RGBImage


def design(values: np.random.Generator, side: int, ground: Ink) -> tuple[RGBImage, Plane]:
    """(side, side, 3) and where it is printed: shapes with words under or over them, for goods of a colour `ground`."""
    face, inks = typeface(values), [away(values, ground) for _ in range(4)]
    page, inked = Drawing(side, side, inks[0], face), Drawing(side, side, (0, 0, 0), face)
    for number in range(int(values.integers(2, 6))):
        x, y, reach = (
            side * values.uniform(0.3, 0.7),
            side * values.uniform(0.25, 0.6),
            side * values.uniform(0.15, 0.32),
        )
        if values.random() < 0.4:
            page.disc(x, y, reach, fill=inks[number % 4])
            inked.disc(x, y, reach, fill=WHITE)
        else:
            spread = values.uniform(-1, 1, (int(values.integers(3, 8)), 2))
            points = smooth(
                [(x + reach * float(a), y + reach * float(b)) for a, b in spread], int(values.integers(0, 3))
            )
            page.shape(points, inks[number % 4])
            inked.shape(points, WHITE)
    words = (f"{pick(values, ADJECTIVES)} {coined(values)}".upper(), f"est. {int(values.integers(1900, 2025))}")
    for line, (said, y) in enumerate(zip(words, (side * 0.78, side * 0.92), strict=True)):
        size = side * (0.2 if line == 0 else 0.08)
        page.fitted(side / 2, y, said, size, side * 0.95, ink=inks[1], bold=True, anchor="mm")
        inked.fitted(side / 2, y, said, size, side * 0.95, ink=WHITE, bold=True, anchor="mm")
    return page.pixels(), inked.mask()


def away(values: np.random.Generator, ground: Ink) -> Ink:
    """An ink that can be seen on goods of that colour."""
    while distance(found := goods_ink(values), ground) < 40:
        pass
    return found
