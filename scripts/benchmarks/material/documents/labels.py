"""Labels that the law lays out: the European energy label and nutrition panels; all products of a category share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.material.ink import BLACK, WHITE, Drawing, Ink, tint, typeface
from benchmarks.material.scenes import Fill
from benchmarks.material.words import coined, model
from benchmarks.materials import pick, some
from brand_index.images import RGBImage

EU_BLUE: Final[Ink] = (0, 82, 156)
CLASSES: Final[tuple[Ink, ...]] = (
    *((0, 148, 68), (80, 173, 50), (190, 214, 47), (255, 236, 0), (252, 186, 20), (239, 124, 32), (228, 31, 36)),
)
LETTERS: Final = {2021: tuple("ABCDEFG"), 2010: ("A+++", "A++", "A+", "A", "B", "C", "D")}


@dataclass(frozen=True, slots=True)
class Appliance:
    """A category of the energy label: its consumption and what its pictograms say."""

    consumption: str
    least: float
    most: float
    pictograms: tuple[tuple[str, float, float], ...]  # unit, least, most


APPLIANCES: Final = (
    Appliance("kWh/annum", 80, 390, (("L", 60, 420), ("L", 20, 180), ("dB", 30, 45))),
    Appliance("kWh / 100", 38, 110, (("kg", 6, 12), ("L", 35, 62), ("dB", 66, 80))),
    Appliance("kWh/1000h", 18, 260, (("inch", 22, 85), ("px", 1080, 4320), ("W", 20, 300))),
    Appliance("kWh/annum", 160, 420, (("min", 90, 260), ("kg", 5, 10), ("dB", 58, 72))),
)
NUTRIENTS: Final = (
    *(
        ("Total Fat", "g", 30, 65),
        ("Saturated Fat", "g", 12, 20),
        ("Trans Fat", "g", 2, 0),
        ("Cholesterol", "mg", 90, 300),
    ),
    *(("Sodium", "mg", 900, 2400), ("Total Carbohydrate", "g", 70, 300), ("Dietary Fiber", "g", 9, 28)),
    *(("Total Sugars", "g", 40, 0), ("Added Sugars", "g", 30, 50), ("Protein", "g", 30, 50)),
)
"""Name, unit, most of a serving, daily value (0: none)."""
MINERALS: Final = (("Vitamin D", "mcg", 20), ("Calcium", "mg", 1300), ("Iron", "mg", 18), ("Potassium", "mg", 4700))
ROWS_EU: Final = {
    "English": ("Energy", "Fat", "of which saturates", "Carbohydrate", "of which sugars", "Fibre", "Protein", "Salt"),
    "Deutsch": (
        "Brennwert",
        "Fett",
        "davon gesättigte",
        "Kohlenhydrate",
        "davon Zucker",
        "Ballaststoffe",
        "Eiweiß",
        "Salz",
    ),
    "Français": ("Énergie", "Graisses", "dont saturés", "Glucides", "dont sucres", "Fibres", "Protéines", "Sel"),
}


def energy_label(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """The label of one category of appliances: of 2021, or the earlier one with plus signs."""
    face = typeface(chance)
    year = 2021 if chance.random() < 0.7 else 2010
    appliance = pick(chance, APPLIANCES)
    width = int(chance.integers(500, 760))
    height = width * 2
    side = width * chance.uniform(0.0, 0.12)  # white around it, as in a shop's file

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width + round(2 * side), height + round(2 * side), WHITE, face)
        unit = width / 100
        left, top, right = side + 2 * unit, side + 2 * unit, side + 98 * unit
        page.box(left, top, right, side + 198 * unit, outline=EU_BLUE, width=0.8 * unit, radius=3 * unit)
        page.box(left, top, right, top + 30 * unit, fill=EU_BLUE, radius=3 * unit)
        _flag(page, left + 4 * unit, top + 5 * unit, 26 * unit, 18 * unit)
        page.fitted(left + 33 * unit, top + 14 * unit, "ENERG", 13 * unit, 37 * unit, ink=WHITE, bold=True, anchor="lm")
        if year == 2021:
            _code(page, right - 23 * unit, top + 4 * unit, 21 * unit, values)
        page.fitted(
            left + 4 * unit, top + 38 * unit, coined(values).upper(), 7 * unit, 40 * unit, bold=True, anchor="lm"
        )
        page.fitted(right - 4 * unit, top + 38 * unit, model(values), 6 * unit, 45 * unit, anchor="rm")
        _arrows(page, left, top + 48 * unit, unit, LETTERS[year], int(values.integers(0, 7)))
        page.line([(left + 4 * unit, top + 136 * unit), (right - 4 * unit, top + 136 * unit)], EU_BLUE, 0.6 * unit)
        used = values.uniform(appliance.least, appliance.most)
        middle, level = side + 50 * unit, top + 149 * unit
        page.text(middle - 1.5 * unit, level, f"{used:.0f}", 19 * unit, bold=True, anchor="rm")
        page.text(middle + 1.5 * unit, level + 2 * unit, appliance.consumption, 7.5 * unit, anchor="lm")
        for place, (what, least, most) in enumerate(appliance.pictograms):
            across = left + (17 + 31 * place) * unit
            _pictogram(page, across, top + 169 * unit, unit, place)
            said = f"{values.uniform(least, most):.0f} {what}"
            page.fitted(across, top + 186 * unit, said, 8 * unit, 27 * unit, bold=True, anchor="mm")
        page.text(right - 3 * unit, side + 195 * unit, f"{year}/20{appliance.most:.0f}", 3 * unit, anchor="rm")
        return page.pixels()

    return fill


def _flag(page: Drawing, left: float, top: float, wide: float, high: float) -> None:
    page.box(left, top, left + wide, top + high, fill=(0, 51, 153), outline=WHITE, width=1)
    for star in range(12):
        angle = star / 12 * 2 * np.pi
        x, y = left + wide / 2 + np.sin(angle) * high * 0.34, top + high / 2 - np.cos(angle) * high * 0.34
        tips = [
            (
                x + np.sin(tip * np.pi / 5) * high * (0.075 if tip % 2 == 0 else 0.03),
                y - np.cos(tip * np.pi / 5) * high * (0.075 if tip % 2 == 0 else 0.03),
            )
            for tip in range(10)
        ]
        page.shape(tips, (255, 204, 0))


def _code(page: Drawing, left: float, top: float, side: float, values: np.random.Generator) -> None:
    """A square of modules with three finders, as a QR code of the product's entry looks."""
    modules = values.random((25, 25)) < 0.5
    for row, column in ((0, 0), (0, 18), (18, 0)):
        modules[row : row + 8, column : column + 8] = False
        modules[row : row + 7, column : column + 7] = True
        modules[row + 1 : row + 6, column + 1 : column + 6] = False
        modules[row + 2 : row + 5, column + 2 : column + 5] = True
    page.box(left, top, left + side, top + side, fill=WHITE)
    cell = side / 27
    for row, column in zip(*np.nonzero(modules), strict=True):
        x, y = left + (column + 1) * cell, top + (row + 1) * cell
        page.box(x, y, x + cell, y + cell, fill=BLACK)


def _arrows(page: Drawing, left: float, top: float, unit: float, letters: Sequence[str], reached: int) -> None:
    for row, (letter, colour) in enumerate(zip(letters, CLASSES, strict=True)):
        y, long = top + row * 12 * unit, (24 + 6.5 * row) * unit
        tip = [(left + 4 * unit, y), (left + long, y), (left + long + 5 * unit, y + 5 * unit)]
        page.shape([*tip, (left + long, y + 10 * unit), (left + 4 * unit, y + 10 * unit)], colour)
        page.text(left + 7 * unit, y + 5 * unit, letter, 8 * unit, ink=WHITE, bold=True, anchor="lm")
    y, right = top + (reached * 12 - 2) * unit, left + 92 * unit
    points = [(right, y), (right, y + 14 * unit), (right - 17 * unit, y + 14 * unit), (right - 23 * unit, y + 7 * unit)]
    page.shape([*points, (right - 17 * unit, y)], BLACK)
    page.fitted(
        right - 8.5 * unit, y + 7 * unit, letters[reached], 12 * unit, 15 * unit, ink=WHITE, bold=True, anchor="mm"
    )


def _pictogram(page: Drawing, x: float, y: float, unit: float, sort: int) -> None:
    if sort == 0:
        page.box(x - 6 * unit, y - 9 * unit, x + 6 * unit, y + 9 * unit, outline=BLACK, width=unit, radius=1.5 * unit)
        page.line([(x - 6 * unit, y - 2 * unit), (x + 6 * unit, y - 2 * unit)], BLACK, unit)
    elif sort == 1:
        page.disc(x, y, 8 * unit, outline=BLACK, width=unit)
        page.line([(x, y - 5 * unit), (x, y), (x + 4 * unit, y + 2 * unit)], BLACK, unit)
    else:
        horn = [(x - 8 * unit, y - 3 * unit), (x - 4 * unit, y - 3 * unit), (x, y - 7 * unit), (x, y + 7 * unit)]
        page.shape([*horn, (x - 4 * unit, y + 3 * unit), (x - 8 * unit, y + 3 * unit)], BLACK)
        for ring in range(3):
            across = x + (3 + 2.5 * ring) * unit
            page.line([(across, y - (2 + 2 * ring) * unit), (across, y + (2 + 2 * ring) * unit)], BLACK, unit)


def nutrition_panel(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """Nutrition Facts as in America, or the table per 100 g of Europe."""
    return _facts(chance) if chance.random() < 0.55 else _per_hundred(chance)


def _facts(chance: np.random.Generator) -> Fill:
    face, ground = typeface(chance), tint(chance)
    width = int(chance.integers(520, 760))
    unit = width / 100
    minerals = bool(chance.random() < 0.7)
    rows = len(NUTRIENTS) + (len(MINERALS) if minerals else 0)
    height = round((74 + 9 * rows) * unit)

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, ground, face)
        left, right = 5 * unit, 95 * unit
        page.box(2 * unit, 2 * unit, 98 * unit, height - 2 * unit, outline=BLACK, width=0.8 * unit)
        page.fitted(left, 4 * unit, "Nutrition Facts", 14 * unit, 90 * unit, bold=True)
        page.line([(left, 21 * unit), (right, 21 * unit)], BLACK, 0.4 * unit)
        page.text(left, 22.5 * unit, f"{int(values.integers(1, 25))} servings per container", 5.5 * unit)
        grams = int(values.integers(15, 240))
        page.text(left, 29.5 * unit, "Serving size", 6 * unit, bold=True)
        measure = pick(values, ("1 cup", "2/3 cup", "1 bar", "1 pack"))
        page.text(right, 29.5 * unit, f"{measure} ({grams}g)", 6 * unit, bold=True, anchor="ra")
        page.box(left, 38 * unit, right, 41 * unit, fill=BLACK)
        page.text(left, 43 * unit, "Calories", 10 * unit, bold=True)
        page.text(right, 41 * unit, str(int(values.integers(4, 70)) * 10), 13 * unit, bold=True, anchor="ra")
        page.box(left, 56 * unit, right, 57.5 * unit, fill=BLACK)
        page.text(right, 58.5 * unit, "% Daily Value*", 4.8 * unit, bold=True, anchor="ra")
        y = 65 * unit
        for name, unit_of, most, daily in NUTRIENTS:
            page.line([(left, y), (right, y)], BLACK, 0.3 * unit)
            amount = values.uniform(0, most) if most < 50 else round(values.uniform(0, most) / 5) * 5
            inner = name.startswith(("Saturated", "Trans", "Dietary", "Total Sugars", "Added"))
            shift = 5 * unit if inner else 0
            page.text(left + shift, y + 1.6 * unit, f"{name} {amount:.0f}{unit_of}", 5.4 * unit, bold=not inner)
            if daily:
                page.text(right, y + 1.6 * unit, f"{amount / daily * 100:.0f}%", 5.4 * unit, bold=True, anchor="ra")
            y += 9 * unit
        page.box(left, y, right, y + 2.2 * unit, fill=BLACK)
        for name, unit_of, daily in MINERALS if minerals else ():
            y += 9 * unit
            part = values.uniform(0, 0.6)
            page.text(left, y - 5.5 * unit, f"{name} {part * daily:.0f}{unit_of}", 5 * unit)
            page.text(right, y - 5.5 * unit, f"{part * 100:.0f}%", 5 * unit, anchor="ra")
        return page.pixels()

    return fill


def _per_hundred(chance: np.random.Generator) -> Fill:
    face, ground = typeface(chance), tint(chance)
    language = pick(chance, tuple(ROWS_EU))
    rows = ROWS_EU[language]
    width = int(chance.integers(620, 1000))
    row_high = width * chance.uniform(0.065, 0.1)
    titled = {"English": "Nutrition", "Deutsch": "Nährwerte", "Français": "Valeurs nutritionnelles"}[language]
    portion = bool(chance.random() < 0.6)
    head = row_high * 1.7
    height = round(head + row_high * (len(rows) + 1) + width * 0.05)
    grid = some(chance, ("lines", "boxes"), 1)[0]

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, ground, face)
        left, right, size = width * 0.05, width * 0.95, row_high * 0.48
        page.text(left, head / 2, titled, size * 1.5, bold=True, anchor="lm")
        grams = int(values.integers(5, 60)) * 5
        energy, fat, carbohydrate = values.uniform(40, 560), values.uniform(0.1, 45), values.uniform(1, 80)
        amounts = [energy, fat, fat * values.uniform(0.1, 0.9), carbohydrate, carbohydrate * values.uniform(0.1, 0.9)]
        amounts += [values.uniform(0.2, 15), values.uniform(0.4, 30), values.uniform(0.01, 3)]
        page.text(width * (0.68 if portion else 0.95), head + row_high / 2, "100 g", size, bold=True, anchor="rm")
        if portion:
            page.text(right, head + row_high / 2, f"{grams} g", size, bold=True, anchor="rm")
        for row, (name, amount) in enumerate(zip(rows, amounts, strict=True)):
            y = head + (row + 1) * row_high
            page.line([(left, y), (right, y)], BLACK, 1)
            page.text(left + row_high * 0.2, y + row_high / 2, name, size, bold=row in {0, 1, 3, 6}, anchor="lm")
            for column, scale in ((0.68 if portion else 0.95, 1.0), *(((0.95, grams / 100),) if portion else ())):
                much = amount * scale
                said = f"{much * 4.184:.0f} kJ / {much:.0f} kcal" if row == 0 else f"{much:.1f} g"
                page.fitted(width * column, y + row_high / 2, said, size, width * 0.27, anchor="rm")
        if grid == "boxes":
            page.box(left, head, right, head + row_high * (len(rows) + 1), outline=BLACK, width=2)
        return page.pixels()

    return fill
