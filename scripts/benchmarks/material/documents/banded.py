"""Charts, labels and street maps with a band of words across them; innocent are others of the same layout."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.edits import Edit
from benchmarks.material.documents.charts import colour_chart, size_chart
from benchmarks.material.documents.labels import energy_label, nutrition_panel
from benchmarks.material.documents.sheets import certificate, dimensions
from benchmarks.material.ink import WHITE, Drawing, Ink, ink, readable, typeface
from benchmarks.material.scenes import Family, Fill
from benchmarks.material.shading import over
from benchmarks.material.words import ADJECTIVES, SHOP_WORDS, coined
from benchmarks.materials import Materials, pick
from brand_index.images import RGBImage

BAND: Final = (0.13, 0.19)  # of the height
LAYOUTS: Final[tuple[Family, ...]] = (size_chart, colour_chart, energy_label, nutrition_panel, certificate, dimensions)


def banded(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A chart, label or map; after the first, half of those drawn bear a band, too."""
    family = street_map if chance.random() < 0.35 else pick(chance, LAYOUTS)
    inner, count = family(chance, photos), 0

    def fill(values: np.random.Generator) -> RGBImage:
        nonlocal count
        count += 1
        page = inner(values)
        return page if count == 1 or values.random() < 0.5 else word_band(page, Materials(values, photos))

    return fill


def word_band(image: RGBImage, given: Materials) -> RGBImage:
    """A band with a shop's words across the image, at any height, opaque more often than not."""
    height, width = image.shape[:2]
    high = height * given.between(*BAND)
    top = given.between(0, height - high)
    tone, face = ink(given.chance), typeface(given.chance)
    page, mask = Drawing(width, height, tone, face), Drawing(width, height, (0, 0, 0))
    words = f"{pick(given.chance, ADJECTIVES)} {coined(given.chance)} {pick(given.chance, SHOP_WORDS)}"
    middle = (width / 2, top + high / 2)
    page.fitted(*middle, words.upper(), high * 0.5, width * 0.9, ink=readable(tone), bold=True, anchor="mm")
    mask.box(0, top, width, top + high, fill=WHITE)
    opacity = 1.0 if given.chance.random() < 0.7 else given.between(0.6, 0.85)
    return over(image, page.pixels(), np.asarray(mask.mask() * opacity, np.float32))


BANDS: Final = (Edit("words in a band", word_band),)


def street_map(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A map in one publisher's look; each of another town."""
    width = int(chance.integers(700, 1000))
    height, face = round(width * chance.uniform(0.7, 1.1)), typeface(chance)
    ground, park, water, street = (242, 239, 232), (200, 225, 185), (170, 205, 230), WHITE
    edge, title = ink(chance, dark=True), float(chance.choice((0.0, 0.09)))
    main: Ink = pick(chance, ((250, 215, 130), (245, 170, 120), (255, 245, 190)))

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, ground, face)
        for tone in (park, park, water):
            x, y, reach = values.uniform(0, width), values.uniform(0, height), width * values.uniform(0.06, 0.2)
            page.shape([(x + reach * float(a), y + reach * float(b)) for a, b in values.uniform(-1, 1, (6, 2))], tone)
        river = [(width * at, height * float(values.uniform(0.1, 0.9))) for at in (-0.05, 0.3, 0.6, 1.05)]
        page.line(river, water, width * 0.03)
        turn = float(values.uniform(-0.6, 0.6))
        for tone, wide, count in ((street, 0.008, 22), (main, 0.016, 5)):
            for _ in range(count):
                x, y = width * float(values.uniform(0, 1)), height * float(values.uniform(0, 1))
                way = turn + float(values.choice((0, np.pi / 2))) + float(values.normal(0, 0.15))
                reach = width * float(values.uniform(0.2, 1.2))
                ends = [(x + reach * s * np.cos(way), y + reach * s * np.sin(way)) for s in (-1, 1)]
                page.line(ends, (150, 145, 140), width * wide * 1.4)
                page.line(ends, tone, width * wide)
        for _ in range(int(values.integers(14, 24))):
            x, y = width * float(values.uniform(0.05, 0.95)), height * float(values.uniform(0.1, 0.95))
            page.text(x, y, f"{coined(values)} {pick(values, ('Street', 'Road', 'Square', 'Park'))}", width * 0.017)
        if title:
            page.box(0, 0, width, height * title, fill=edge)
            page.text(width / 2, height * title / 2, coined(values), height * 0.05, ink=WHITE, bold=True, anchor="mm")
        return page.pixels()

    return fill
