"""Labels of the demo's cycling and toy brands as textures; no shape and no photograph."""

import math
from functools import lru_cache

import cv2
import numpy as np

from scanner.demo import logos
from scanner.demo.goods import painted, wrapped
from scanner.demo.logos import KORVELO, MIMBEL
from scanner.demo.textures import Pixels
from scanner.demo.vector import RGBAImage, document, letters, polygon, rasterize


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
        f'<rect x="{x * 22}" y="{520 + y * 22}" width="22" height="22" '
        f'fill="{KORVELO.pale if (x + y) % 2 else KORVELO.dark}"/>'
        for x in range(37)
        for y in range(4)
    )
    number = letters("07", 400, 490, 230, fill=KORVELO.pale, weight=0.14)
    art = painted(document(800, 860, bands + checks + number, KORVELO.dark), 800)
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
    for _ in range(70):
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
                    f'<rect x="{x}" y="{y}" width="86" height="58" rx="6" fill="{tint}"/>'
                    f'<circle cx="{x + 43}" cy="{y + 29}" r="17" fill="{MIMBEL.pale}"/>',
                )[kind]
            )
    title = letters("Block Forest", 400, 150, 108, fill=MIMBEL.dark, weight=0.05)
    line = letters("48 beech pieces · from 18 months", 400, 220, 38, fill=MIMBEL.main, weight=0.03)
    front = painted(document(800, 680, title + line + "".join(parts), "#fff3d6"), 800)
    dots = "".join(
        f'<circle cx="{30 + x * 52}" cy="{30 + y * 52}" '
        f'r="{12 + 6 * ((x * 3 + y) % 3)}" fill="{tints[(x + y * 2) % 5]}"/>'
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
