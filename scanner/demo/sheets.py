"""What a seller's listing shows beside photos of goods: size charts, swatches of cloth and tall description images."""

from collections.abc import Sequence

import cv2
import numpy as np

from scanner.demo.textures import Photo, chance, colour, noise, photographed
from scanner.demo.vector import Drawing, circle, letters, polygon, rect, stroke

_CHART = (800, 600)
_SIZES = ("XS", "S", "M", "L", "XL", "XXL")
_COLUMNS = ("SIZE", "CHEST", "LENGTH", "SLEEVE")
_SHIRT = "M70 40 L120 20 Q150 44 180 20 L230 40 L278 118 L232 140 L222 116 L222 300 L78 300 L78 116 L68 140 L22 118 Z"
_TALL = 750  # pixels: width of a description image
_PAPER, _INK, _FAINT = "#ffffff", "#23272e", "#6c737d"


def _pixels(drawing: Drawing) -> Photo:
    return np.ascontiguousarray(drawing.pixels(drawing.width)[..., :3])


def size_chart(title: str, chest: int, length: int, sleeve: int, step: int) -> Photo:
    """The size chart of a garment, in centimetres from the smallest size on; all charts have one layout."""
    width, height = _CHART
    art = rect(0, 0, width, 92, "#2d3f4f") + letters(title, width / 2, 58, 40, "#f4f1ea", weight=0.06)
    art += f'<g transform="translate(20 160)">{stroke(_SHIRT, "#2d3f4f", 5)}'
    for line in ("M84 130 H216", "M240 26 V300", "M36 124 L74 52"):
        art += stroke(line, "#c8502f", 4)
    art += "".join(circle(x, y, 15, "#c8502f") for x, y in ((150, 130), (240, 190), (40, 66)))
    marks = zip("ABC", (150, 240, 40), (138, 198, 74), strict=True)
    art += "".join(letters(mark, x, y, 22, "#ffffff", weight=0.07) for mark, x, y in marks) + "</g>"
    for i, name in enumerate(_COLUMNS):
        art += letters(name, 370 + i * 118, 160, 22, "#2d3f4f", weight=0.06)
    for row, size in enumerate(_SIZES):
        top = 182 + row * 56
        art += rect(306, top, 474, 52, "#eef1f2" if row % 2 else "#dfe5e8", 6)
        values = (chest + row * step, length + row * (step - 2), sleeve + row)
        cells = (size, *(str(value) for value in values))
        art += "".join(letters(cell, 370 + i * 118, top + 36, 28, _INK) for i, cell in enumerate(cells))
    notes = "A chest  ·  B length  ·  C sleeve  ·  all in cm, measured flat"
    return _pixels(Drawing(width, height, art + letters(notes, width / 2, 568, 22, _FAINT), _PAPER))


def swatch(name: str, dye: str) -> Photo:
    """A plain piece of woven cloth with pinked edges on white, 800 x 800."""
    side, margin = 800, 110
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    own, loom = chance(name), chance("loom")  # one loom wove all colours, in pieces of their own
    slubs = 0.05 * noise(loom, side, side, 200, 6, 2) + 0.05 * noise(loom, side, side, 6, 200, 2)
    grain = 0.06 * noise(own, side, side, 120, 120, 2) + 0.05 * noise(loom, side, side, 2, 2, 2)
    weave = 0.06 * np.sign(np.sin(x * 0.9) * np.sin(y * 0.9)) + slubs + grain
    cloth = colour(dye) * (1 + weave)[..., None]
    edge = [(margin + i * 20.0, margin - (10.0 if i % 2 else 0.0)) for i in range((side - 2 * margin) // 20)]
    outline = list[tuple[float, float]]()
    for _ in range(4):
        outline += edge
        edge = [(side - v, u) for u, v in edge]  # a quarter to the right
    shape = Drawing(side, side, polygon(outline, "#000")).pixels(side)[..., 3].astype(np.float32) / 255
    shadow = np.asarray(cv2.GaussianBlur(np.roll(shape, (10, 6), (0, 1)), (0, 0), 9), np.float32)
    ground = np.full((side, side, 3), 0.97, np.float32) * (1 - 0.35 * shadow)[..., None]
    return photographed(name, np.asarray(ground * (1 - shape[..., None]) + cloth * shape[..., None], np.float32))


_PRAISE = (
    "Made for long days outdoors and short breaks between them.",
    "Light in the hand, easy to clean, and hard to break.",
    "Keeps drinks cold for a day and warm for six hours.",
    "Fits the holders of most bicycles, prams and cars.",
    "Packed without plastic, sent within two working days.",
)
_DETAILS = (("Volume", "750 ml"), ("Weight", "310 g"), ("Height", "246 mm"), ("Body", "steel"), ("Lid", "one hand"))


def description(title: str, photos: Sequence[Photo]) -> Photo:
    """A tall description image, 750 x 6000, as marketplaces show under an offer, with three photos at full width."""
    height, middle = 6000, _TALL / 2
    art = rect(0, 0, _TALL, 420, "#1f3a4d") + letters(title, middle, 190, 68, "#ffffff", weight=0.08)
    art += letters("everything you need to know", middle, 270, 34, "#cfe0ea")
    for turn, (heading, top) in enumerate((("WHY THIS ONE", 520), ("EVERY DAY", 2460), ("WHAT YOU GET", 4060))):
        lines = _PRAISE[turn:] + _PRAISE[:turn]
        art += letters(heading, middle, top, 40, "#c8502f", weight=0.07, tracking=0.08)
        art += "".join(letters(line, middle, top + 80 + i * 52, 24, _INK) for i, line in enumerate(lines))
    for i, word in enumerate(("leak-proof", "dishwasher", "2 years")):
        x = 140 + i * 235
        art += circle(x, 1860, 84, "#e7eef2") + stroke(f"M{x - 34} 1862 L{x - 8} 1890 L{x + 40} 1832", "#2d6f8f", 12)
        art += letters(word, x, 2000, 30, _INK)
    art += letters("Questions? We answer within a day.", middle, 2180, 32, _FAINT)
    for i, (name, value) in enumerate(_DETAILS):
        top = 5300 + i * 84
        art += rect(60, top, _TALL - 120, 76, "#eef1f2" if i % 2 else "#dfe5e8", 8)
        art += letters(name, 200, top + 50, 32, _FAINT) + letters(value, 540, top + 50, 32, _INK, weight=0.05)
    art += rect(0, 5780, _TALL, 220, "#1f3a4d") + letters("THANK YOU FOR YOUR VISIT", middle, 5900, 40, "#ffffff")
    sheet = _pixels(Drawing(_TALL, height, art, _PAPER))
    for photo, top in zip(photos, (980, 3100, 4600), strict=True):
        wide = cv2.resize(photo, (_TALL, round(photo.shape[0] * _TALL / photo.shape[1])), interpolation=cv2.INTER_AREA)
        sheet[top : top + len(wide)] = wide
    return sheet
