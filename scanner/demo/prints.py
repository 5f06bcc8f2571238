"""Labels of the demo's outdoor, tea and cosmetics brands as textures; no shape and no photograph."""

import math
from functools import lru_cache

import numpy as np

from scanner.demo import logos
from scanner.demo.goods import painted, wrapped
from scanner.demo.logos import FERNHOLT, SOLENQUE, TARNVIK
from scanner.demo.textures import Pixels
from scanner.demo.vector import RGBAImage, document, letters, polygon, rasterize


@lru_cache(maxsize=1)
def tarnvik_wrap() -> Pixels:
    """A panorama of ridges, pines and a striped sun for an enamel mug."""
    rng = np.random.default_rng(74)
    parts = [f'<rect y="0" width="1560" height="60" fill="{TARNVIK.dark}"/>']
    parts += [
        f'<rect x="600" y="{104 + i * 17}" width="330" height="{14 - i * 0.9:.1f}" '
        f'fill="{TARNVIK.accent}" clip-path="url(#s)"/>'
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
    return rasterize(
        document(
            600, 700, top + f'<g transform="translate(90 84) scale(1.05)">{logos.mountains()}</g>' + contours + foot
        ),
        600,
    )


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
        dot_x, dot_y = rng.uniform(0, 1560), rng.uniform(150, 640)
        parts.append(
            f'<circle cx="{dot_x:.0f}" cy="{dot_y:.0f}" r="{rng.uniform(2, 5):.1f}" fill="{FERNHOLT.accent}"/>'
        )
    parts.append(
        f'<rect x="590" y="230" width="380" height="330" rx="14" fill="{FERNHOLT.pale}"/>'
        f'<rect x="602" y="242" width="356" height="306" rx="8" fill="none" '
        f'stroke="{FERNHOLT.accent}" stroke-width="4"/>'
    )
    parts.append(letters("Earl Moss", 780, 330, 62, fill=FERNHOLT.dark, weight=0.03))
    parts.append(letters("SMOKED BLACK TEA", 780, 376, 27, fill=FERNHOLT.main, weight=0.04, tracking=0.12))
    parts.append(f'<g transform="translate(780 500) scale(0.5)">{logos.frond(0, 0, 220, FERNHOLT.main, 20)}</g>')
    parts.append(letters("125 g · loose leaf", 780, 530, 24, fill=FERNHOLT.dark, weight=0.02))
    lid = (
        f'<rect width="1560" height="150" fill="{FERNHOLT.accent}"/>'
        '<rect y="136" width="1560" height="8" fill="#8a6420"/>'
    )
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
            f'<path d="M{262 + i * 38} 482 q -20 -26 0 -50 t 0 -50" '
            f'stroke="{FERNHOLT.main}" stroke-width="7" fill="none"/>'
            for i in range(3)
        )
    )
    panel = (
        f'<rect x="90" y="170" width="420" height="500" fill="{FERNHOLT.pale}" '
        f'stroke="{FERNHOLT.dark}" stroke-width="6"/>'
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
            f'<circle cx="{x}" cy="{y}" r="{r}" fill="{rind}"/>'
            f'<circle cx="{x}" cy="{y}" r="{r * 0.88:.1f}" fill="#fff8e8"/>'
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
