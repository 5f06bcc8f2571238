"""Draws what listings show besides photos: tables, labels, swatches, packs on white, watermarks, screens.

Everything is invented anew from a source of chance: words, values, layouts, colours. No photo is part of it.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import cv2
import numpy as np
from benchmarks.material.ink import sized
from benchmarks.materials import Colour, corners_of, through_jpeg
from PIL import Image, ImageDraw

from brand_index.images import RGBImage
from training.words import FONTS, font_files, invented_word

INK: Final[Colour] = (28, 28, 32)


@cache
def _files() -> tuple[Path, ...]:
    return tuple(font_files(FONTS))


class Sheet:
    """A sheet of one ground colour to draw on, with invented words in one family of letters."""

    def __init__(self, chance: Random, width: int, height: int, ground: Colour) -> None:
        self.chance, self.width, self.height = chance, width, height
        self.image = Image.new("RGB", (width, height), ground)
        self.draw = ImageDraw.Draw(self.image)
        self.font = chance.choice(_files())

    def word(self) -> str:
        """An invented word, sometimes in capitals."""
        word = invented_word(self.chance)
        return word.upper() if self.chance.random() < 0.2 else word

    def value(self) -> str:
        """A value as tables show it."""
        number = self.chance.randrange(self.chance.choice((10, 200, 999)))
        unit = self.chance.choice(("", "", "", " cm", " g", " %", ".5", " kWh", " ml"))
        return f"{number}{unit}"

    def write(self, x: float, y: float, text: str, size: float, ink: Colour = INK, anchor: str = "lm") -> None:
        """Write a text at a point."""
        self.draw.text((x, y), text, ink, sized(self.font, max(7, round(size))), anchor)

    def lines(self, box: tuple[float, float, float, float], size: float, ink: Colour = INK) -> None:
        """Fill a box with running text."""
        left, top, right, bottom = box
        y = top + size / 2
        while y < bottom - size / 2:
            text, room = self.word(), (right - left) / (0.55 * size)
            while len(text) < room * self.chance.uniform(0.7, 1.0) - 6:
                text += " " + self.word()
            self.write(left, y, text, size, ink)
            y += 1.45 * size


def _pale(chance: Random) -> Colour:
    if chance.random() < 0.5:
        return (255, 255, 255)
    level = chance.randrange(225, 256)
    return tuple(min(255, level + chance.randrange(-12, 13)) for _ in range(3))  # type: ignore[return-value]


def _strong(chance: Random) -> Colour:
    hue, saturation, value = chance.randrange(180), chance.randrange(60, 256), chance.randrange(50, 246)
    red, green, blue = cv2.cvtColor(np.array([[[hue, saturation, value]]], np.uint8), cv2.COLOR_HSV2RGB)[0, 0].tolist()
    return red, green, blue


def _sheet(chance: Random, ratio: tuple[float, float] = (0.6, 1.6), ground: Colour | None = None) -> Sheet:
    area, aspect = chance.uniform(500, 1000) ** 2, chance.uniform(*ratio)
    return Sheet(chance, round((area * aspect) ** 0.5), round((area / aspect) ** 0.5), ground or _pale(chance))


def table(chance: Random) -> Sheet:
    """A size chart: a title, a head, cells of values, ruled or striped."""
    sheet = _sheet(chance)
    rows, columns = chance.randrange(4, 12), chance.randrange(3, 8)
    left, top, right, bottom = 0.06 * sheet.width, 0.2 * sheet.height, 0.94 * sheet.width, 0.92 * sheet.height
    down, across, tint, ruled = (bottom - top) / rows, (right - left) / columns, _strong(chance), chance.random() < 0.7
    size = min(0.45 * down, 0.24 * across, 0.05 * sheet.width)
    sheet.write(sheet.width / 2, 0.1 * sheet.height, f"{sheet.word()} {sheet.word()}", 1.6 * size, anchor="mm")
    for row in range(rows):
        y = top + row * down
        if row == 0 or (not ruled and row % 2):
            sheet.draw.rectangle((left, y, right, y + down), tint if row == 0 else (236, 236, 240))
        for column in range(columns):
            x = left + column * across
            ink = (255, 255, 255) if row == 0 and sum(tint) < 400 else INK
            text = sheet.word() if row == 0 or column == 0 else sheet.value()
            sheet.write(x + across / 2, y + down / 2, text, size, ink, "mm")
            if ruled:
                sheet.draw.rectangle((x, y, x + across, y + down), outline=(90, 90, 95), width=chance.choice((1, 1, 2)))
    return sheet


def energy_label(chance: Random) -> Sheet:
    """An energy label: arrows of classes, a letter, pictograms with values."""
    sheet = _sheet(chance, (0.45, 0.6))
    width, height = sheet.width, sheet.height
    sheet.draw.rectangle((0, 0, width, 0.12 * height), (20, 60, 150))
    sheet.write(0.1 * width, 0.06 * height, sheet.word().upper(), 0.06 * height, (255, 255, 255))
    bars, top, step = chance.randrange(5, 9), 0.18 * height, 0.42 * height / 8
    chosen = chance.randrange(bars)
    for number in range(bars):
        y, right = top + number * step, width * (0.3 + 0.35 * number / bars)
        tint = cv2.cvtColor(np.array([[[60 - 60 * number // bars, 230, 225]]], np.uint8), cv2.COLOR_HSV2RGB)[0, 0]
        outline = [(0.06 * width, y), (right, y), (right + step / 2, y + 0.42 * step), (right, y + 0.84 * step)]
        sheet.draw.polygon([*outline, (0.06 * width, y + 0.84 * step)], tuple(tint.tolist()))
        sheet.write(0.09 * width, y + 0.42 * step, "ABCDEFGH"[number], 0.7 * step, (255, 255, 255))
    y = top + chosen * step
    sheet.draw.rectangle((0.76 * width, y, 0.94 * width, y + 0.9 * step), INK)
    sheet.write(0.85 * width, y + 0.45 * step, "ABCDEFGH"[chosen], 0.8 * step, (255, 255, 255), "mm")
    for number in range(chance.randrange(2, 5)):
        x = width * (0.2 + 0.26 * number)
        sheet.draw.rounded_rectangle((x - 30, 0.66 * height, x + 30, 0.66 * height + 60), 8, outline=INK, width=4)
        sheet.write(x, 0.66 * height + 90, sheet.value(), 0.03 * height, anchor="mm")
    sheet.write(width / 2, 0.9 * height, sheet.value(), 0.07 * height, anchor="mm")
    return sheet


def nutrition(chance: Random) -> Sheet:
    """A nutrition panel, or a list of ingredients: lines of words and values between rules."""
    sheet = _sheet(chance, (0.5, 1.1))
    width, rows = sheet.width, chance.randrange(7, 16)
    size = min(0.55 * 0.8 * sheet.height / rows, 0.055 * width)
    sheet.write(0.06 * width, 0.08 * sheet.height, f"{sheet.word()} {sheet.word()}", 1.8 * size)
    for row in range(rows):
        y = sheet.height * (0.17 + 0.8 * row / rows)
        sheet.draw.line((0.05 * width, y, 0.95 * width, y), INK, chance.choice((1, 1, 2, 5)))
        sheet.write(0.06 * width, y + 0.4 * sheet.height / rows, sheet.word(), size)
        sheet.write(0.94 * width, y + 0.4 * sheet.height / rows, sheet.value(), size, anchor="rm")
    return sheet


def certificate(chance: Random) -> Sheet:
    """A certificate, a card with text, or a care label: a frame, lines of text and a seal."""
    sheet = _sheet(chance)
    width, height, tint = sheet.width, sheet.height, _strong(chance)
    for inset in (0.02, 0.035):
        box = (inset * width, inset * width, (1 - inset) * width, height - inset * width)
        sheet.draw.rectangle(box, outline=tint, width=chance.randrange(1, 6))
    sheet.write(width / 2, 0.16 * height, sheet.word().upper(), 0.08 * width, tint, "mm")
    sheet.lines((0.14 * width, 0.28 * height, 0.86 * width, 0.7 * height), chance.uniform(0.02, 0.035) * width)
    x, y, radius = chance.uniform(0.2, 0.8) * width, 0.83 * height, 0.07 * min(width, height)
    sheet.draw.ellipse((x - radius, y - radius, x + radius, y + radius), tint)
    return sheet


def calendar(chance: Random) -> Sheet:
    """A calendar or another grid of numbers."""
    sheet = _sheet(chance, (0.8, 1.5))
    first, size = chance.randrange(7), 0.045 * sheet.width
    sheet.write(sheet.width / 2, 0.09 * sheet.height, sheet.word(), 1.6 * size, _strong(chance), "mm")
    for day in range(1, 32):
        cell = day + first - 1
        x, y = sheet.width * (0.1 + 0.8 * (cell % 7 + 0.5) / 7), sheet.height * (0.22 + 0.125 * (cell // 7))
        sheet.write(x, y, str(day), size, INK if cell % 7 < 6 else (200, 40, 40), "mm")
    return sheet


def barcode(chance: Random) -> Sheet:
    """A barcode with its digits, some lines and a square code."""
    sheet = _sheet(chance, (1.0, 2.2))
    unit, x = sheet.width * 0.8 / 110, 0.1 * sheet.width
    while x < 0.88 * sheet.width:
        bar = unit * chance.randrange(1, 4)
        sheet.draw.rectangle((x, 0.12 * sheet.height, x + bar - 1, 0.6 * sheet.height), INK)
        x += bar + unit * chance.randrange(1, 4)
    digits = " ".join("".join(chance.choices("0123456789", k=6)) for _ in range(2))
    sheet.write(sheet.width / 2, 0.68 * sheet.height, digits, 0.05 * sheet.width, anchor="mm")
    sheet.lines((0.1 * sheet.width, 0.76 * sheet.height, 0.6 * sheet.width, 0.95 * sheet.height), 0.03 * sheet.width)
    return sheet


def screen(chance: Random) -> Sheet:
    """A screen of an app: a bar, rows with icons and texts, buttons."""
    sheet = _sheet(chance, (0.46, 0.7))
    width, height, tint = sheet.width, sheet.height, _strong(chance)
    sheet.draw.rectangle((0, 0, width, 0.07 * height), tint)
    sheet.write(0.05 * width, 0.035 * height, sheet.word(), 0.03 * height, (255, 255, 255))
    rows = chance.randrange(4, 8)
    for row in range(rows):
        y, step = height * (0.1 + 0.78 * row / rows), 0.78 * height / rows
        sheet.draw.rounded_rectangle((0.05 * width, y, 0.2 * width, y + 0.6 * step), 6, _strong(chance))
        sheet.write(0.25 * width, y + 0.15 * step, f"{sheet.word()} {sheet.word()}", 0.035 * width)
        sheet.write(0.25 * width, y + 0.45 * step, f"{sheet.word()} {sheet.value()}", 0.028 * width, (130, 130, 130))
    sheet.draw.rounded_rectangle((0.1 * width, 0.92 * height, 0.9 * width, 0.97 * height), 12, tint)
    sheet.write(width / 2, 0.945 * height, sheet.word(), 0.022 * height, (255, 255, 255), "mm")
    return sheet


def _silhouette(sheet: Sheet, ink: Colour) -> None:
    """Plain goods of one colour: a case, a bottle, a towel, an iron."""
    chance, width, height, side = sheet.chance, sheet.width, sheet.height, min(sheet.width, sheet.height)
    tall, wide = chance.uniform(0.5, 0.8) * side, chance.uniform(0.3, 0.7) * side
    x, y = width / 2 - wide / 2, height / 2 - tall / 2
    kind = chance.choice(("case", "bottle", "towel", "wedge", "round"))
    if kind == "bottle":
        sheet.draw.rounded_rectangle((x, y + 0.3 * tall, x + wide, y + tall), 0.1 * wide, ink)
        sheet.draw.rectangle((x + 0.35 * wide, y, x + 0.65 * wide, y + 0.35 * tall), ink)
    elif kind == "wedge":
        points = [(x, y + tall), (x + wide, y + tall), (x + wide, y + 0.5 * tall), (x + 0.5 * wide, y + 0.2 * tall)]
        sheet.draw.polygon([*points, (x + 0.1 * wide, y + 0.6 * tall)], ink)
    elif kind == "round":
        sheet.draw.ellipse((x, y, x + wide, y + wide), ink)
    else:
        sheet.draw.rounded_rectangle((x, y, x + wide, y + tall), (0.15 if kind == "case" else 0.02) * wide, ink)
    if kind == "case":
        sheet.draw.rounded_rectangle((x + 0.1 * wide, y + 0.05 * tall, x + 0.4 * wide, y + 0.2 * tall), 9, INK)


def _shaded(sheet: Sheet, amount: float) -> Image.Image:
    """The sheet with soft light from one side, and a little noise."""
    random = np.random.default_rng(sheet.chance.randrange(2**32))
    rows, columns = np.mgrid[0 : sheet.height, 0 : sheet.width].astype(np.float32)
    turn = sheet.chance.uniform(0, 6.3)
    light = 1 + amount * (np.cos(turn) * (columns / sheet.width - 0.5) + np.sin(turn) * (rows / sheet.height - 0.5))
    pixels = np.asarray(sheet.image, np.float32) * light[..., None] + random.normal(
        0, 1.2, (sheet.height, sheet.width, 1)
    )
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def swatch(chance: Random) -> Sheet:
    """A swatch: one colour, with soft light, sometimes a weave, a seam or a name."""
    ground = _strong(chance)
    sheet = _sheet(chance, (0.7, 1.4), ground)
    if chance.random() < 0.4:
        step, shade = chance.randrange(3, 9), (max(0, ground[0] - 8), max(0, ground[1] - 8), max(0, ground[2] - 8))
        for x in range(0, sheet.width, step):
            sheet.draw.line((x, 0, x, sheet.height), shade, 1)
    sheet.image = _shaded(sheet, chance.uniform(0.0, 0.25))
    return sheet


def plain_goods(chance: Random) -> Sheet:
    """Goods of one colour without a print, on white."""
    sheet = _sheet(chance, (0.7, 1.4), (255, 255, 255))
    _silhouette(sheet, _strong(chance))
    sheet.image = _shaded(sheet, chance.uniform(0.0, 0.1))
    return sheet


def pack(chance: Random) -> Sheet:
    """A pack on white: a silhouette, a label with words and shapes."""
    sheet = _sheet(chance, (0.6, 1.4), (255, 255, 255))
    width, height, side = sheet.width, sheet.height, min(sheet.width, sheet.height)
    _silhouette(sheet, _strong(chance))
    x, y, wide, tall = (
        width / 2,
        height / 2 + 0.1 * side,
        chance.uniform(0.2, 0.4) * side,
        chance.uniform(0.15, 0.3) * side,
    )
    sheet.draw.rectangle((x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2), _pale(chance))
    for _ in range(chance.randrange(1, 5)):
        left, top = x + chance.uniform(-0.5, 0.3) * wide, y + chance.uniform(-0.4, 0.2) * tall
        sheet.draw.ellipse((left, top, left + 0.2 * wide, top + 0.2 * wide), _strong(chance))
    sheet.write(x, y - 0.2 * tall, sheet.word(), 0.22 * wide, _strong(chance), "mm")
    sheet.write(x, y + 0.2 * tall, f"{sheet.word()} {sheet.value()}", 0.1 * wide, anchor="mm")
    return sheet


def watermark(chance: Random) -> Sheet:
    """A marketplace's watermark alone, or across plain goods: one line, or tiled all over."""
    sheet = plain_goods(chance) if chance.random() < 0.5 else _sheet(chance, (0.7, 1.4))
    side = max(sheet.width, sheet.height)
    layer = Image.new("L", (2 * side, 2 * side))
    draw, size = ImageDraw.Draw(layer), round(chance.uniform(0.04, 0.11) * side)
    face, text = sized(sheet.font, size), f"{sheet.word()}.{chance.choice(('com', 'shop', 'net'))}"
    if chance.random() < 0.6:
        for row in range(0, 2 * side, 3 * size):
            for column in range(row % 2 * 3 * size, 2 * side, round(0.8 * size * len(text))):
                draw.text((column, row), text, 255, face)
    else:
        draw.text((side, side), text, 255, sized(sheet.font, 2 * size), "mm")
    turned = layer.rotate(chance.choice((0, 30, 45, -30, chance.uniform(-60, 60)))).crop(
        (
            side - sheet.width // 2,
            side - sheet.height // 2,
            side - sheet.width // 2 + sheet.width,
            side - sheet.height // 2 + sheet.height,
        )
    )
    strength = chance.uniform(0.15, 0.5)
    ink = Image.new("RGB", sheet.image.size, chance.choice(((120, 120, 120), (60, 60, 60), (150, 150, 160))))
    sheet.image = Image.composite(ink, sheet.image, turned.point(lambda level: round(level * strength)))
    return sheet


def colour_chart(chance: Random) -> Sheet:
    """A chart of colours with their names."""
    sheet = _sheet(chance)
    rows, columns = chance.randrange(2, 6), chance.randrange(2, 6)
    for number in range(rows * columns):
        x, y = (
            sheet.width * (0.05 + 0.92 * (number % columns) / columns),
            sheet.height * (0.1 + 0.88 * (number // columns) / rows),
        )
        wide, tall = 0.8 * sheet.width / columns, 0.6 * sheet.height / rows
        sheet.draw.rectangle((x, y, x + wide, y + tall), _strong(chance))
        sheet.write(x + wide / 2, y + tall * 1.2, sheet.word(), min(0.2 * tall, 0.16 * wide), anchor="mm")
    return sheet


def dimensions(chance: Random) -> Sheet:
    """A drawing of goods with arrows and measures."""
    sheet = _sheet(chance, (0.7, 1.4), (255, 255, 255))
    width, height = sheet.width, sheet.height
    left, top, right, bottom = (chance.uniform(low, low + 0.15) for low in (0.2, 0.2, 0.6, 0.6))
    box = (left * width, top * height, right * width, bottom * height)
    chance.choice((sheet.draw.rectangle, sheet.draw.ellipse))(box, outline=INK, width=chance.randrange(2, 5))
    sheet.draw.line((box[0], box[3] + 40, box[2], box[3] + 40), INK, 2)
    sheet.draw.line((box[2] + 40, box[1], box[2] + 40, box[3]), INK, 2)
    sheet.write((box[0] + box[2]) / 2, box[3] + 62, sheet.value(), 0.035 * width, anchor="mm")
    sheet.write(box[2] + 52, (box[1] + box[3]) / 2, sheet.value(), 0.035 * width)
    return sheet


FAMILIES: Final[dict[str, Callable[[Random], Sheet]]] = {
    each.__name__: each
    for each in (
        *(table, energy_label, nutrition, certificate, calendar, barcode, screen, colour_chart, dimensions),
        *(swatch, plain_goods, pack, watermark),
    )
}
PAPERS: Final = ("table", "energy_label", "nutrition", "certificate", "calendar", "barcode", "colour_chart")


def drawn(family: str, seed: int) -> RGBImage:
    """One image of a family as a listing would show it: any size, sometimes photographed, and compressed as JPEG."""
    chance = Random(f"{family}-{seed}")
    sheet = FAMILIES[family](chance)
    pixels = np.asarray(_shaded(sheet, chance.uniform(0, 0.3)) if chance.random() < 0.3 else sheet.image, np.uint8)
    if family in PAPERS and chance.random() < 0.2:
        pixels = _photographed(chance, pixels)
    scale = min(1.0, chance.choice((300, 400, 600, 800, 1000)) / max(pixels.shape[:2]))
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return through_jpeg(pixels, chance.randrange(70, 96))


def _photographed(chance: Random, sheet: RGBImage) -> RGBImage:
    """A sheet on a table, seen at an angle, a little blurred and noisy."""
    height, width = sheet.shape[:2]
    random = np.random.default_rng(chance.randrange(2**32))
    grain = cv2.resize(
        random.normal(0, 14, (height, 8)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    table = np.clip(np.array(_strong(chance), np.float32) + grain[..., None], 0, 255)
    corners = corners_of(width, height)
    inner = corners * 0.8 + 0.1 * np.array([width, height], np.float32)
    moved = inner + random.uniform(-0.07, 0.07, (4, 2)).astype(np.float32) * min(width, height)
    turn = cv2.getPerspectiveTransform(corners, moved)
    warped = cv2.warpPerspective(sheet, turn, (width, height), flags=cv2.INTER_AREA).astype(np.float32)
    mask = cv2.warpPerspective(np.ones((height, width), np.float32), turn, (width, height))[..., None]
    light = np.linspace(chance.uniform(0.75, 1), chance.uniform(0.75, 1), width, dtype=np.float32)[None, :, None]
    scene = cv2.GaussianBlur((table * (1 - mask) + warped * mask) * light, (0, 0), chance.uniform(0.4, 1.3))
    noisy = scene + random.normal(0, chance.uniform(1, 4), scene.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)
