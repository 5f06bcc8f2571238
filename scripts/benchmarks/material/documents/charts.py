"""Charts of sellers: sizes and colours; a layout is drawn once and filled with other values for each product."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from benchmarks.material.goods.plain import tilted
from benchmarks.material.ink import BLACK, WHITE, Drawing, Ink, drift, ink, lit, tint, typeface
from benchmarks.material.scenes import Fill
from benchmarks.material.shading import carpet, mask_of, over, shadowed, wood
from benchmarks.material.words import ADJECTIVES, coined, model, product
from benchmarks.materials import corners_of, pick, some
from brand_index.images import RGBImage

TITLES: Final = ("SIZE CHART", "Size Guide", "Größentabelle", "Guide des tailles", "Tabla de tallas", "Size (cm)")
MEASURES: Final = {
    "Bust": (72, 104),
    "Chest": (80, 112),
    "Waist": (58, 92),
    "Hips": (82, 112),
    "Length": (55, 118),
    "Shoulder": (34, 48),
    "Sleeve": (16, 62),
    "Thigh": (44, 62),
    "Inseam": (66, 82),
    "Cuff": (14, 32),
    "Foot": (20, 25),
    "Height": (140, 168),
}
"""Centimetres of the smallest size, from and to."""
SIZES: Final = ("XXS", "XS", "S", "M", "L", "XL", "2XL", "3XL", "4XL", "5XL")
TONES: Final = (
    *("Red", "Blue", "Green", "Sand", "Rose", "Grey", "Plum", "Sky", "Olive", "Coral", "Teal", "Amber", "Ivory"),
    *("Rust", "Navy", "Lilac", "Mustard", "Aqua", "Wine", "Peach", "Moss", "Slate", "Cocoa", "Lemon"),
)
NOTE: Final = (
    "Please allow 1-3 cm difference due to manual measurement.",
    "All measures in centimetres. Compare with a garment you own.",
    "If between two sizes, please choose the larger one.",
    "Bitte beachten Sie Abweichungen von 2 cm.",
)


def size_chart(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A table of sizes by measures, in some of the looks that shops give it."""
    face, ground, head, titled = typeface(chance), tint(chance), ink(chance, dark=True), pick(chance, TITLES)
    columns = some(chance, tuple(MEASURES), int(chance.integers(3, 7)))
    first, rows = int(chance.integers(0, 4)), int(chance.integers(4, 7))
    width = int(chance.integers(700, 1100))
    row_high, head_high = width / 9 * chance.uniform(0.55, 0.85), width * chance.uniform(0.13, 0.22)
    zebra, grid, named, note = *(bool(chance.random() < 0.5) for _ in range(3)), pick(chance, NOTE)
    inches = bool(chance.random() < 0.3)
    height = round(head_high + (rows + 1) * row_high + width * 0.12)
    left, right = width * 0.05, width * 0.95
    wide = (right - left) / (len(columns) + 1)
    band = ink(chance) if zebra else ground
    pale: Ink = (235, 235, 238) if sum(band) < 3 * 128 else tuple(255 - (255 - tone) // 4 for tone in band)  # type: ignore[assignment]

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, ground, face)
        page.text(width / 2, head_high * 0.4, titled, width * 0.06, ink=head, bold=True, anchor="mm")
        if named:
            page.fitted(width / 2, head_high * 0.75, product(values), width * 0.032, width * 0.8, anchor="mm")
        page.box(left, head_high, right, head_high + row_high, fill=head)
        cells = [["Size", *columns], *_sizes(values, columns, SIZES[first : first + rows], inches=inches)]
        for row, cell_row in enumerate(cells):
            top = head_high + row * row_high
            if zebra and row and row % 2 == 0:
                page.box(left, top, right, top + row_high, fill=pale)
            for column, words in enumerate(cell_row):
                middle = (left + (column + 0.5) * wide, top + row_high / 2)
                tone, size = WHITE if row == 0 else BLACK, min(row_high * 0.45, wide * 0.28)
                page.fitted(*middle, words, size, wide * 0.94, ink=tone, bold=row * column == 0, anchor="mm")
        for line in range(len(cells) + 1):
            level = head_high + line * row_high
            page.line([(left, level), (right, level)], (160, 160, 165), 1)
        for line in range(len(columns) + 2 if grid else 0):
            across = left + line * wide
            page.line([(across, head_high), (across, head_high + len(cells) * row_high)], (160, 160, 165), 1)
        page.text(width / 2, height - width * 0.06, note, width * 0.022, ink=(90, 90, 95), anchor="mm")
        return page.pixels()

    return fill


def _sizes(
    values: np.random.Generator, columns: Sequence[str], sizes: Sequence[str], *, inches: bool
) -> list[list[str]]:
    starts = [float(values.uniform(*MEASURES[column])) for column in columns]
    steps = [float(values.choice((1, 1.5, 2, 2.5, 3, 4, 5))) for _ in columns]
    rows = []
    for number, size in enumerate(sizes):
        numbers = [start + step * number for start, step in zip(starts, steps, strict=True)]
        rows.append([size, *(f"{value / 2.54:.1f}" if inches else f"{round(value * 2) / 2:g}" for value in numbers)])
    return rows


def colour_chart(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """Fields of colour with names and numbers beneath, as threads, paints and fabrics are offered."""
    face, ground, titled = (
        typeface(chance),
        tint(chance),
        pick(chance, ("COLOR CHART", "Colours", "Farbkarte", "Nuancier")),
    )
    across, down = int(chance.integers(3, 7)), int(chance.integers(3, 6))
    width = int(chance.integers(700, 1050))
    head, cell = width * 0.14, width * 0.94 / across
    high = cell * chance.uniform(0.85, 1.2)
    height, round_ones, numbered = (
        round(head + down * high + width * 0.04),
        chance.random() < 0.35,
        chance.random() < 0.6,
    )
    gap, radius = cell * chance.uniform(0.04, 0.12), cell * float(chance.choice((0, 0, 0.08)))

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, ground, face)
        page.text(width / 2, head * 0.4, titled, width * 0.055, bold=True, anchor="mm")
        page.fitted(width / 2, head * 0.8, f"{coined(values)} {model(values)}", width * 0.03, width * 0.7, anchor="mm")
        for place in range(across * down):
            left, top = width * 0.03 + place % across * cell, head + place // across * high
            tone, foot = ink(values), top + high * 0.7
            if round_ones:
                page.disc(left + cell / 2, top + high * 0.36, min(cell, high * 0.7) * 0.45, fill=tone)
            else:
                page.box(left + gap, top + gap, left + cell - gap, foot, fill=tone, radius=radius)
            name = f"{pick(values, ADJECTIVES)} {pick(values, TONES)}" if cell > 150 else pick(values, TONES)
            words = f"{int(values.integers(1, 999)):03} {name}" if numbered else name
            page.fitted(left + cell / 2, top + high * 0.84, words, cell * 0.13, cell * 0.92, anchor="mm")
        return page.pixels()

    return fill


def photographed(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """Printed charts, each photographed at an angle: on one table or floor, with a camera's light, blur and noise."""
    chart = (size_chart if chance.random() < 0.7 else colour_chart)(chance, photos)
    width = int(chance.integers(800, 1100))
    height = round(width * chance.uniform(0.75, 1.2))
    table = (wood if chance.random() < 0.5 else carpet)(chance, width, height)

    def fill(values: np.random.Generator) -> RGBImage:
        sheet = chart(values)
        scale = 0.84 * min(width / sheet.shape[1], height / sheet.shape[0])
        half = np.array((sheet.shape[1], sheet.shape[0])) * scale / 2
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half * (1 - values.uniform(0, 0.22, (4, 2)))
        turn = np.deg2rad(values.uniform(-10, 10))
        turned = corners @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
        target = (turned + np.array((width / 2, height / 2))).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(corners_of(sheet.shape[1], sheet.shape[0]), target)
        warped = cv2.warpPerspective(sheet, matrix, (width, height), flags=cv2.INTER_AREA)
        mask = mask_of(width, height, [(float(x), float(y)) for x, y in target])
        image = over(shadowed(table, mask, (4, 6), 8, 0.4), np.asarray(warped, np.uint8), mask)
        slope = (float(values.uniform(-0.35, 0.35)), float(values.uniform(-0.35, 0.35)))
        light = 0.92 + tilted(height, width, slope) + 0.04 * drift(values, height, width, 3)
        warm = np.array([1, values.uniform(0.94, 1), values.uniform(0.84, 1)], np.float32)
        soft = cv2.GaussianBlur(image, (0, 0), float(values.uniform(0.4, 0.8))).astype(np.float32)
        return lit(soft * warm, light, values, 4)

    return fill
