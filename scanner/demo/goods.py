"""The things that the demo photographs: mugs, tins, bottles, cartons, bowls and the art printed on them."""

import math
from functools import lru_cache

import numpy as np

from scanner.demo import logos
from scanner.demo.logos import FERNHOLT, KORVELO, MIMBEL, SOLENQUE, TARNVIK, Palette
from scanner.demo.studio import Carton, Handle, Solid, Turned
from scanner.demo.textures import Colour, Pixels, colour
from scanner.demo.vector import RGBAImage, document, letters, polygon, rasterize

MUG = ((0.0, 0.0), (0.9, 0.0), (0.95, 0.05), (0.99, 0.14), (1.0, 0.3), (1.0, 1.9), (1.03, 2.05), (1.0, 2.08))
TIN = ((0.0, 0.0), (0.9, 0.0), (0.92, 0.04), (0.92, 1.9), (0.97, 1.9), (0.97, 2.4), (0.9, 2.48), (0.0, 2.48))
BOTTLE = (
    *(
        (0.0, 0.0),
        (0.62, 0.0),
        (0.68, 0.06),
        (0.7, 0.2),
        (0.7, 1.75),
        (0.66, 1.98),
        (0.52, 2.16),
        (0.32, 2.3),
        (0.27, 2.42),
    ),
    *((0.27, 2.5), (0.36, 2.5), (0.36, 2.95), (0.32, 3.0), (0.0, 3.0)),
)
BIDON = (
    *((0.0, 0.0), (0.62, 0.0), (0.7, 0.1), (0.7, 1.1), (0.62, 1.25), (0.62, 1.4), (0.7, 1.55), (0.7, 2.0), (0.6, 2.3)),
    *((0.66, 2.3), (0.66, 2.5), (0.5, 2.62), (0.22, 2.68), (0.2, 2.9), (0.26, 2.95), (0.22, 3.1), (0.0, 3.1)),
)
JAR = ((0.0, 0.0), (0.86, 0.0), (0.92, 0.06), (0.92, 1.5), (0.88, 1.56))
BOWL = ((0.0, 0.0), (0.45, 0.0), (0.5, 0.12), (0.8, 0.4), (1.0, 0.75), (1.08, 1.05), (1.06, 1.08))
VASE = (
    *((0.0, 0.0), (0.4, 0.0), (0.62, 0.3), (0.74, 0.7), (0.7, 1.1), (0.5, 1.55), (0.3, 1.9), (0.26, 2.3), (0.36, 2.6)),
    (0.34, 2.62),
)


def painted(svg: str, width: int) -> Pixels:
    """An SVG without transparency as a texture."""
    return np.asarray(rasterize(svg, width)[..., :3], np.float32) / 255


def plain(tint: Colour) -> Pixels:
    """A texture of one colour."""
    return np.full((8, 8, 3), tint, np.float32)


def wrapped(ground: str, art: str, *, height: int = 520) -> Pixels:
    """A texture for a turned body, 1560 × `height`, with `art` drawn in those units on `ground`."""
    return painted(document(1560, height, art, ground), 1560)


def decal(svg: str, ground: str, *, reach: float = 0.2, centre: float = 0.5, height: int = 520) -> Pixels:
    """A wrap with one SVG picture in front: `reach` is its width as a share of the way round, `centre` its height, 0 on top."""
    base = wrapped(ground, "", height=height)
    width = round(1560 * reach)
    sheet = rasterize(svg, width).astype(np.float32) / 255
    top, left = round(height * centre - sheet.shape[0] / 2), (1560 - width) // 2
    part = base[top : top + sheet.shape[0], left : left + width]
    part[:] = part * (1 - sheet[..., 3:]) + sheet[..., :3] * sheet[..., 3:]
    return base


def mug(
    texture: Pixels, ear: str, *, at: tuple[float, float] = (0.0, 0.0), turn: float = 0.0, inside: str = "#e9e4da"
) -> tuple[Solid, ...]:
    """A mug with its ear to the right; `turn` turns the print towards the right."""
    body = Turned(MUG, texture, at=at, turn=turn, gloss=0.55, inside=colour(inside))
    return body, Handle((at[0] + 1.1, 1.08, at[1]), 0.52, 0.13, colour(ear))


def sheet(palette: Palette, svg_art: str, width: int, height: int) -> RGBAImage:
    """Printed art of width × height units on the palette's pale ground."""
    return rasterize(document(width, height, svg_art, palette.pale), width)


def _placed(art: str, x: float, y: float, scale: float) -> str:
    return f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.3f})">{art}</g>'


@lru_cache(maxsize=1)
def tarnvik_wrap() -> Pixels:
    """A panorama of ridges, pines and a striped sun for an enamel mug."""
    rng = np.random.default_rng(74)
    parts = [f'<rect y="0" width="1560" height="60" fill="{TARNVIK.dark}"/>']
    parts += [
        f'<rect x="600" y="{104 + i * 17}" width="330" height="{14 - i * 0.9:.1f}" fill="{TARNVIK.accent}" clip-path="url(#s)"/>'
        for i in range(12)
    ]
    clip = '<defs><clipPath id="s"><circle cx="760" cy="205" r="108"/></clipPath></defs>'
    for floor, tint, tall, seed in (
        (300, "#8fb4c2", 130, 3),
        (350, TARNVIK.main, 150, 11),
        (420, TARNVIK.dark, 140, 5),
    ):
        local = np.random.default_rng(seed)
        xs = np.arange(-40, 1640, 62)
        ys = floor - tall * local.uniform(0.1, 1.0, len(xs)) * (0.75 + 0.25 * np.cos((xs - 780) / 260))
        points = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
        parts.append(polygon([*points, (1640, 520), (-40, 520)], tint))
    for _ in range(90):
        x, y, h = rng.uniform(0, 1560), rng.uniform(440, 515), rng.uniform(34, 70)
        tint = "#0d2436" if rng.uniform() < 0.6 else "#24566f"
        parts += [
            polygon([(x - h * w, y - h * lo), (x, y - h * hi), (x + h * w, y - h * lo)], tint)
            for w, lo, hi in ((0.3, 0.0, 0.55), (0.24, 0.28, 0.78), (0.16, 0.55, 1.0))
        ]
    for bx, by in ((480, 130), (520, 112), (1010, 150), (1062, 120), (1040, 175)):
        parts.append(
            f'<path d="M{bx} {by} q 10 -12 18 0 q 10 -12 18 0" stroke="{TARNVIK.dark}" stroke-width="4" fill="none"/>'
        )
    return wrapped(TARNVIK.pale, clip + "".join(parts))


def tarnvik_print() -> RGBAImage:
    """A T-shirt print: the emblem in a hexagon with contour lines and a motto."""
    contours = "".join(
        f'<path d="M{60 - i * 4} {520 + i * 22} q 60 {-30 - i * 3} 130 -6 t 130 4 t 130 -10 t {110} 6" '
        f'stroke="{TARNVIK.pale}" stroke-width="5" fill="none"/>'
        for i in range(5)
    )
    top = letters("HIGHER GROUND", 300, 58, 62, fill=TARNVIK.pale, weight=0.07, tracking=0.05)
    foot = letters("TARNVIK · 1974", 300, 680, 52, fill=TARNVIK.accent, weight=0.06, tracking=0.08)
    return rasterize(document(600, 700, top + _placed(logos.mountains(), 90, 84, 1.05) + contours + foot), 600)


@lru_cache(maxsize=1)
def fernholt_wrap() -> Pixels:
    """Botanical label for a tea tin."""
    rng = np.random.default_rng(8)
    parts = []
    for i in range(26):
        x = 30 + i * 60
        tint = (FERNHOLT.main, "#1e5c41", "#4a9670")[int(rng.integers(3))]
        parts.append(logos.frond(x, 640 + rng.uniform(-20, 60), rng.uniform(380, 560), tint, rng.uniform(-70, 70)))
    for _ in range(150):
        x, y = rng.uniform(0, 1560), rng.uniform(150, 640)
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{rng.uniform(2, 5):.1f}" fill="{FERNHOLT.accent}"/>')
    parts.append(
        f'<rect x="590" y="230" width="380" height="330" rx="14" fill="{FERNHOLT.pale}"/>'
        f'<rect x="602" y="242" width="356" height="306" rx="8" fill="none" stroke="{FERNHOLT.accent}" stroke-width="4"/>'
    )
    parts.append(letters("Earl Moss", 780, 330, 62, fill=FERNHOLT.dark, weight=0.03))
    parts.append(letters("SMOKED BLACK TEA", 780, 376, 27, fill=FERNHOLT.main, weight=0.04, tracking=0.12))
    parts.append(
        _placed(logos.frond(0, 0, 220, FERNHOLT.main, 20), 700, 0, 1).replace(
            "translate(700.0 0.0)", "translate(780 520) rotate(0) scale(0.6)"
        )
    )
    parts.append(letters("125 g · loose leaf", 780, 530, 24, fill=FERNHOLT.dark, weight=0.02))
    lid = f'<rect width="1560" height="150" fill="{FERNHOLT.accent}"/><rect y="136" width="1560" height="8" fill="#8a6420"/>'
    return wrapped(FERNHOLT.dark, "".join(parts) + lid, height=640)


@lru_cache(maxsize=1)
def fernholt_carton() -> tuple[Pixels, Pixels, Pixels]:
    """Front, side and lid of a tea carton with a diamond of leaves."""
    lattice = []
    for row in range(9):
        for column in range(7):
            x, y = 40 + column * 88 + (row % 2) * 44, 30 + row * 92
            tint = FERNHOLT.accent if (row + column) % 3 == 0 else "#e3d9b8"
            lattice += [logos.leaf(x, y, 40, angle, tint) for angle in (-60, 60, 180)]
    art = "".join(lattice)
    cup = (
        f'<path d="M210 500 h180 q0 110 -90 110 q-90 0 -90 -110 Z" fill="{FERNHOLT.dark}"/>'
        f'<path d="M388 520 q60 0 40 44 q-18 26 -62 18" stroke="{FERNHOLT.dark}" stroke-width="13" fill="none"/>'
        f'<ellipse cx="300" cy="624" rx="130" ry="13" fill="{FERNHOLT.dark}"/>'
        + "".join(
            f'<path d="M{262 + i * 38} 482 q -20 -26 0 -50 t 0 -50" stroke="{FERNHOLT.main}" stroke-width="7" fill="none"/>'
            for i in range(3)
        )
    )
    panel = (
        f'<rect x="90" y="170" width="420" height="500" fill="{FERNHOLT.pale}" stroke="{FERNHOLT.dark}" stroke-width="6"/>'
        + letters("ORCHARD", 300, 262, 78, fill=FERNHOLT.dark, weight=0.05, tracking=0.04)
        + letters("GREEN", 300, 344, 78, fill=FERNHOLT.main, weight=0.05, tracking=0.12)
        + cup
    )
    front = painted(document(600, 840, art + panel, FERNHOLT.pale), 600)
    side_words = "".join(
        letters(line, 200, 300 + i * 56, 34, fill=FERNHOLT.pale, weight=0.03)
        for i, line in enumerate(("20 pyramid bags", "apple · mint", "linden flower", "brew 4 minutes"))
    )
    side = painted(document(400, 840, side_words + logos.frond(200, 800, 260, FERNHOLT.main), FERNHOLT.dark), 400)
    lid = painted(
        document(
            600, 400, "".join(logos.leaf(40 + i * 60, 200, 110, -70, FERNHOLT.main) for i in range(10)), FERNHOLT.dark
        ),
        600,
    )
    return front, side, lid


@lru_cache(maxsize=1)
def solenque_wrap() -> Pixels:
    """Label of a bath oil: citrus slices over waves."""
    parts = []
    for i, (x, y, r) in enumerate(
        ((560, 330, 88), (700, 440, 70), (880, 330, 96), (1000, 460, 66), (760, 270, 50), (480, 470, 60))
    ):
        rind, flesh = (("#e8892b", "#f9c46b"), ("#d9643a", "#f29c7a"), ("#e3b52c", "#f8e08a"))[i % 3]
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{r}" fill="{rind}"/><circle cx="{x}" cy="{y}" r="{r * 0.88:.1f}" fill="#fff8e8"/>'
        )
        for k in range(9):
            a, b = 2 * math.pi * k / 9 + 0.06 + i, 2 * math.pi * (k + 1) / 9 - 0.06 + i
            parts.append(
                polygon(
                    [(x + r * 0.1 * math.cos((a + b) / 2), y + r * 0.1 * math.sin((a + b) / 2))]
                    + [(x + r * 0.8 * math.cos(c), y + r * 0.8 * math.sin(c)) for c in (a, (a + b) / 2, b)],
                    flesh,
                )
            )
    waves = "".join(
        f'<path d="M0 {560 + i * 24} '
        + "q 26 -22 52 0 t 52 0 " * 15
        + f'" stroke="{SOLENQUE.dark}" stroke-width="{7 - i}" fill="none"/>'
        for i in range(4)
    )
    title = letters("sun oil", 780, 196, 92, fill=SOLENQUE.dark, weight=0.02)
    cap = f'<rect width="1560" height="128" fill="{SOLENQUE.dark}"/>'
    return wrapped(SOLENQUE.pale, cap + "".join(parts) + waves + title, height=700)


@lru_cache(maxsize=1)
def solenque_candle() -> Pixels:
    """Label of a candle jar: rays and tiles."""
    tiles = []
    for row in range(5):
        for column in range(26):
            x, y = column * 60, 80 + row * 60
            kind = (row * 3 + column * 2 + row * column) % 4
            tint = (SOLENQUE.main, SOLENQUE.accent, SOLENQUE.dark, "#e9b79b")[kind]
            tiles.append(
                (
                    f'<path d="M{x} {y} h60 A60 60 0 0 1 {x} {y + 60} Z" fill="{tint}"/>',
                    f'<path d="M{x + 60} {y} v60 A60 60 0 0 1 {x} {y} Z" fill="{tint}"/>',
                    f'<circle cx="{x + 30}" cy="{y + 30}" r="22" fill="{tint}"/>',
                    polygon([(x, y), (x + 60, y + 60), (x, y + 60)], tint),
                )[(row + column * 3) % 4]
            )
    label = (
        f'<rect x="600" y="120" width="360" height="220" rx="110" fill="{SOLENQUE.pale}"/>'
        + letters("golden hour", 780, 226, 58, fill=SOLENQUE.dark, weight=0.02)
        + letters("FIG · AMBER · SEA SALT", 780, 272, 22, fill=SOLENQUE.main, weight=0.04, tracking=0.08)
    )
    return wrapped(SOLENQUE.pale, "".join(tiles) + label, height=440)


@lru_cache(maxsize=1)
def korvelo_wrap() -> Pixels:
    """Print of a cycling bottle: leaning blocks, dots and the number 7."""
    parts = []
    for i in range(34):
        x = i * 46
        tint = (KORVELO.dark, KORVELO.main, KORVELO.accent, KORVELO.main)[i % 4]
        parts.append(polygon([(x, 780), (x + 26, 780), (x + 26 + 190, 430), (x + 190, 430)], tint))
    for row in range(6):
        for column in range(52):
            r = 3 + 9 * (1 - row / 6) * (0.6 + 0.4 * math.sin(column * 0.7))
            parts.append(
                f'<circle cx="{column * 30 + (row % 2) * 15}" cy="{400 - row * 26}" r="{r:.1f}" fill="{KORVELO.main}"/>'
            )
    parts.append(f'<path d="M620 250 L 900 250 L 940 560 L 660 560 Z" fill="{KORVELO.dark}"/>')
    parts.append(letters("R7", 785, 480, 210, fill=KORVELO.pale, weight=0.12, slant=-0.1))
    parts.append(letters("TEAM ISSUE", 795, 535, 34, fill=KORVELO.accent, weight=0.08, tracking=0.12))
    parts.append(f'<rect width="1560" height="186" fill="{KORVELO.dark}"/>')
    return wrapped("#f5f5f2", "".join(parts), height=780)


def korvelo_jersey(height: int, width: int) -> Pixels:
    """All-over print of a cycling jersey: slanted bands in red, white and black."""
    bands = "".join(
        polygon([(x, 0), (x + w, 0), (x + w - 240, 860), (x - 240, 860)], tint)
        for x, w, tint in (
            *((120, 60, KORVELO.main), (200, 18, KORVELO.accent), (330, 150, KORVELO.main), (490, 14, KORVELO.pale)),
            *((520, 36, KORVELO.accent), (640, 90, KORVELO.pale), (750, 24, KORVELO.main), (860, 80, KORVELO.main)),
        )
    )
    checks = "".join(
        f'<rect x="{x * 22}" y="{520 + y * 22}" width="22" height="22" fill="{KORVELO.pale if (x + y) % 2 else KORVELO.dark}"/>'
        for x in range(37)
        for y in range(4)
    )
    number = letters("07", 400, 490, 230, fill=KORVELO.pale, weight=0.14)
    art = painted(document(800, 860, bands + checks + number, KORVELO.dark), 800)
    import cv2

    return np.asarray(cv2.resize(art, (width, height), interpolation=cv2.INTER_AREA), np.float32)


@lru_cache(maxsize=1)
def mimbel_art() -> RGBAImage:
    """A nursery poster: the fox in a wood of triangles under a moon."""
    rng = np.random.default_rng(21)
    parts = ['<rect width="600" height="800" fill="#20445e"/>', '<circle cx="440" cy="170" r="84" fill="#f7e3b0"/>']
    parts += [
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="#ecd293"/>'
        for x, y, r in ((410, 150, 16), (466, 196, 22), (452, 128, 9))
    ]
    for _ in range(80):
        x, y = rng.uniform(10, 590), rng.uniform(10, 380)
        parts.append(f'<path d="M{x:.0f} {y - 5:.0f} l2 4 4 1 -4 2 -2 4 -2 -4 -4 -2 4 -1 Z" fill="#f7e3b0"/>')
    for i in range(34):
        x, h = rng.uniform(-20, 620), rng.uniform(120, 330)
        y = 560 + i * 4
        tint = ("#2c6b62", "#1f5650", MIMBEL.accent, "#3f8f7f")[int(rng.integers(4))]
        parts += [
            polygon([(x - h * 0.22, y), (x, y - h), (x, y)], tint),
            polygon([(x + h * 0.22, y), (x, y - h), (x, y)], "#173f42"),
        ]
    parts.append('<path d="M0 640 Q 300 560 600 650 V800 H0 Z" fill="#e9dcc0"/>')
    for i in range(70):
        x, y = rng.uniform(0, 600), rng.uniform(660, 795)
        parts.append(f'<path d="M{x:.0f} {y:.0f} q 4 -14 8 0" stroke="#b79a62" stroke-width="3" fill="none"/>')
    parts.append(
        polygon([(210, 720), (300, 560), (390, 720)], "#d95f1f")
        + polygon([(262, 720), (300, 610), (338, 720)], "#ffffff")
    )
    parts.append(logos.fox(300, 520, 250))
    return rasterize(document(600, 800, "".join(parts)), 600)


@lru_cache(maxsize=1)
def mimbel_carton() -> tuple[Pixels, Pixels, Pixels]:
    """Front, side and lid of a toy box with building blocks."""
    rng = np.random.default_rng(33)
    tints = (MIMBEL.main, MIMBEL.accent, MIMBEL.dark, "#f4c542", "#e5557a")
    parts = []
    for row in range(5):
        for column in range(8):
            x, y, tint = 40 + column * 92, 330 + row * 62, tints[int(rng.integers(5))]
            if rng.uniform() < 0.25 * (4 - row):
                continue
            kind = int(rng.integers(4))
            parts.append(
                (
                    f'<rect x="{x}" y="{y}" width="86" height="58" rx="6" fill="{tint}"/>',
                    f'<path d="M{x} {y + 58} A43 56 0 0 1 {x + 86} {y + 58} Z" fill="{tint}"/>',
                    polygon([(x, y + 58), (x + 43, y), (x + 86, y + 58)], tint),
                    f'<rect x="{x}" y="{y}" width="86" height="58" rx="6" fill="{tint}"/><circle cx="{x + 43}" cy="{y + 29}" r="17" fill="{MIMBEL.pale}"/>',
                )[kind]
            )
    title = letters("Block Forest", 400, 150, 108, fill=MIMBEL.dark, weight=0.05)
    line = letters("48 beech pieces · from 18 months", 400, 220, 38, fill=MIMBEL.main, weight=0.03)
    front = painted(document(800, 680, title + line + "".join(parts), "#fff3d6"), 800)
    dots = "".join(
        f'<circle cx="{30 + x * 52}" cy="{30 + y * 52}" r="{12 + 6 * ((x * 3 + y) % 3)}" fill="{tints[(x + y * 2) % 5]}"/>'
        for x in range(8)
        for y in range(13)
    )
    side = painted(document(420, 680, dots, "#fff3d6"), 420)
    lid = painted(
        document(
            800,
            420,
            "".join(f'<rect x="{i * 54}" width="27" height="420" fill="{tints[i % 5]}"/>' for i in range(15)),
            MIMBEL.pale,
        ),
        800,
    )
    return front, side, lid


def carton(
    faces: tuple[Pixels, Pixels, Pixels],
    size: tuple[float, float, float],
    *,
    at: tuple[float, float] = (0.0, 0.0),
    turn: float = 0.0,
    lift: float = 0.0,
) -> Carton:
    """A box with printed faces: front, side, lid."""
    return Carton(size, *faces, at=at, turn=turn, lift=lift)
