"""Labels and prints of the demo's brands and of goods like theirs, for turned goods and for cloth; no photo."""

import numpy as np

from scanner.demo import logos
from scanner.demo.logos import COAL, CORAL, CREAM, FERN, HONEY, MOSS, NAVY, RED, SAND, SEA, WHITE, YELLOW
from scanner.demo.textures import Pixels, chance
from scanner.demo.vector import Drawing, circle, clipped, letters, polygon, rect, stroke


def wrapped(ground: str, art: str = "", height: int = 520) -> Pixels:
    """A label once round a turned body: 1560 units wide, its front about 780."""
    return np.asarray(Drawing(1560, height, art, ground).pixels(1560)[..., :3], np.float32) / np.float32(255)


def striped(ground: str, band: str) -> Pixels:
    """Bands and dots painted by hand."""
    bands = "".join(rect(0, y, 1560, h, band) for y, h in ((60, 14), (86, 34), (330, 20), (372, 8)))
    return wrapped(ground, bands + "".join(circle(i * 60 + 20, 210 + 40 * (i % 2), 16, band) for i in range(26)))


def panorama() -> Pixels:
    """Tarnvik's enamel mug: ridges, pines and a striped sun."""
    rng, art = chance("panorama"), rect(0, 0, 1560, 60, NAVY)
    art += clipped("".join(rect(640, 104 + i * 17, 240, 14 - i * 0.9, CORAL) for i in range(12)), 760, 205, 108)
    for floor, tint in ((300, "#8fb4c2"), (360, SEA), (430, NAVY)):
        peaks = [(x, floor - rng.uniform(15, 135)) for x in range(-40, 1640, 62)]
        art += polygon([*peaks, (1640, 520), (-40, 520)], tint)
    for x, y, h in rng.uniform((0, 440, 34), (1560, 515, 70), (90, 3)):
        for w, low, high in ((0.3, 0.0, 0.55), (0.24, 0.28, 0.78), (0.16, 0.55, 1.0)):
            sides = [(x - h * w, y - h * low), (x, y - h * high), (x + h * w, y - h * low)]
            art += polygon(sides, "#24566f" if h < 48 else "#0d2436")
    return wrapped(SAND, art)


def hiking() -> str:
    """Tarnvik's T-shirt: the emblem between a motto and contour lines."""
    art = letters("HIGHER GROUND", 400, 270, 44, SAND, weight=0.07) + logos.mountains().placed(400, 430, 270)
    art += "".join(stroke(f"M{262 - i * 3} {600 + i * 15} q 40 -20 90 -4 t 90 3 t 96 -5", SAND, 3.5) for i in range(4))
    return art + letters("TARNVIK · 1974", 400, 700, 38, CORAL, weight=0.06, tracking=0.08)


def botanical() -> Pixels:
    """Fernholt's tea tin: ferns and a label under a yellow lid."""
    rng, art = chance("botanical"), ""
    for i, (low, height, bend) in enumerate(rng.uniform((620, 380, -70), (700, 560, 70), (27, 3))):
        art += logos.frond(i * 60, low, height, (MOSS, "#1e5c41", "#4a9670")[i % 3], bend)
    art += "".join(circle(x, y, r, HONEY) for x, y, r in rng.uniform((0, 150, 2), (1560, 640, 5), (150, 3)))
    art += rect(590, 230, 380, 330, HONEY, 14) + rect(598, 238, 364, 314, CREAM, 8)
    art += letters("Earl Moss", 780, 320, 62, FERN) + letters("SMOKED BLACK TEA", 780, 366, 27, MOSS, tracking=0.12)
    art += logos.frond(780, 498, 110, MOSS, 10) + letters("125 g · loose leaf", 780, 532, 24, FERN)
    return wrapped(FERN, art + rect(0, 0, 1560, 150, HONEY) + rect(0, 136, 1560, 8, "#8a6420"), 640)


def team() -> Pixels:
    """Korvelo's bottle: leaning blocks, dots and a number."""
    art = "".join(circle(15 * i, 270 + i % 5 * 28, 4 + i % 5 * 2, RED) for i in range(104))
    for i, x in enumerate(range(-184, 1564, 46)):
        art += polygon([(x, 780), (x + 26, 780), (x + 216, 430), (x + 190, 430)], (COAL, RED, YELLOW, RED)[i % 4])
    art += polygon([(620, 250), (900, 250), (940, 560), (660, 560)], COAL) + rect(0, 0, 1560, 186, COAL)
    art += letters("R7", 785, 480, 210, WHITE, weight=0.12, slant=-0.1)
    return wrapped(WHITE, art + letters("TEAM ISSUE", 795, 535, 34, YELLOW, weight=0.08, tracking=0.12), 780)


def jersey() -> str:
    """Korvelo's jersey: leaning bands, checks and a number."""
    art, bands = rect(0, 0, 800, 860, COAL), (RED, YELLOW, RED, WHITE, YELLOW, RED, YELLOW)
    for x, w, tint in zip((120, 210, 310, 540, 580, 700, 860), (70, 20, 200, 14, 40, 90, 80), bands, strict=True):
        art += polygon([(x, 0), (x + w, 0), (x + w - 240, 860), (x - 240, 860)], tint)
    for i in range(148):
        art += rect(i // 4 * 22, 540 + i % 4 * 22, 22, 22, (COAL, WHITE)[(i // 4 + i) % 2])
    return art + letters("07", 400, 490, 230, WHITE, weight=0.14)


def stripes(tint: str, width: float, step: int) -> str:
    """Stripes across a shirt."""
    return "".join(rect(0, y, 800, width, tint) for y in range(0, 860, step))


def club() -> str:
    """The jersey of a club that registered nothing: hoops and a number."""
    return stripes("#8fc7a0", 60, 150) + circle(400, 400, 130, "#1d3f2e") + letters("12", 400, 460, 170, CREAM, 0.14)
