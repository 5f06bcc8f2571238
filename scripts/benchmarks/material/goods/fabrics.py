"""Fabrics of one repeated pattern, photographed from above; innocent are other patterns of one maker."""

from collections.abc import Sequence

import numpy as np

from benchmarks.material.goods.plain import tilted, weave_of
from benchmarks.material.ink import Drawing, Ink, Point, distance, drift, goods_ink, lit
from benchmarks.material.scenes import Fill
from benchmarks.material.shading import smooth
from benchmarks.materials import pick
from brand_index.images import RGBImage


def fabric(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """Printed cloth that fills the image; size, repeat, weave and light are the maker's, motifs and colours are not."""
    width, height = (int(chance.integers(650, 1000)) for _ in range(2))
    step = int(chance.integers(45, 130))
    brick, threads = bool(chance.random() < 0.6), weave_of(chance, 0.02)
    slope = (float(chance.uniform(-0.1, 0.1)), float(chance.uniform(-0.1, 0.1)))

    def fill(values: np.random.Generator) -> RGBImage:
        cloth = _pattern(values, width, height, step, brick=brick)
        light = 1 + tilted(height, width, slope) + 0.02 * drift(values, height, width, 4)
        return lit(cloth, np.asarray(light * (1 + threads(values, height, width)), np.float32), values, 1.5)

    return fill


def _pattern(values: np.random.Generator, width: int, height: int, step: int, *, brick: bool) -> RGBImage:
    ground = goods_ink(values)
    inks = [_seen(values, ground) for _ in range(3)]
    motifs = [_motif(values, step, inks) for _ in range(int(values.integers(1, 3)))]
    page = Drawing(width, height, ground)
    for row in range(-1, height // step + 2):
        for column in range(-1, width // step + 2):
            x, y = column * step + (row % 2) * step / 2 * brick, row * step
            for ink, points in motifs[(row + column) % len(motifs)]:
                page.shape([(x + across, y + down) for across, down in points], ink)
    return page.pixels()


def _motif(values: np.random.Generator, step: int, inks: Sequence[Ink]) -> list[tuple[Ink, list[Point]]]:
    """A flower, a leaf, a star or some shape, as polygons about a point."""
    shapes: list[tuple[Ink, list[Point]]] = []
    count, turn = int(values.integers(3, 9)), float(values.uniform(0, 6))
    for layer in range(int(values.integers(1, 4))):
        reach = step * float(values.uniform(0.15, 0.46)) * (1 - 0.25 * layer)
        angles = np.linspace(0, 2 * np.pi, 2 * count + 1)[:-1] + turn
        pointed = float(values.uniform(0.25, 0.9))
        radii = np.where(np.arange(2 * count) % 2 == 0, reach, reach * pointed)
        outline = [(float(r * np.cos(a)), float(r * np.sin(a))) for r, a in zip(radii, angles, strict=True)]
        shapes.append((inks[layer], smooth(outline, int(values.integers(0, 3)))))
    for _ in range(int(values.integers(0, 3))):
        x, y = (float(value) for value in values.uniform(-0.45, 0.45, 2) * step)
        spread = values.uniform(-0.14, 0.14, (4, 2)) * step
        shapes.append((pick(values, inks), [(x + float(a), y + float(b)) for a, b in spread]))
    return shapes


def _seen(values: np.random.Generator, ground: Ink) -> Ink:
    """An ink that can be seen on the ground."""
    while distance(found := goods_ink(values), ground) < 25:
        pass
    return found
