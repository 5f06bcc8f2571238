"""The logos of the demo's fictional brands; any likeness to a real mark is an accident."""

import math

from scanner.demo.vector import Drawing, circle, clipped, letters, polygon, rect, round_about, stroke

NAVY, SEA, CORAL, SAND = "#14324a", "#2d6f8f", "#f0803c", "#efe0c3"  # Tarnvik
FERN, MOSS, HONEY, CREAM = "#12402f", "#2f7a55", "#d9a441", "#f3efe0"  # Fernholt & Lyle
COAL, RED, YELLOW, WHITE = "#17181c", "#d81e34", "#ffd23f", "#f5f5f2"  # Korvelo

_NEAR = ((20, 262), (60, 232), (110, 262), (170, 190), (206, 150), (250, 214), (280, 196), (340, 258), (382, 236))
_BOLT = ((0.16, -0.92), (-0.4, 0.1), (-0.04, 0.1), (-0.2, 0.92), (0.42, -0.18), (0.06, -0.18), (0.34, -0.92))


def mountains() -> Drawing:
    """Tarnvik's emblem: a striped sun behind two ridges and their reflection, in a roundel."""
    far = [(20, 236), (72, 180), (98, 204), (150, 128), (188, 182), (222, 150), (276, 206), (316, 172), (382, 240)]
    snow = [(206, 150), (186, 173), (196, 184), (204, 174), (212, 190), (222, 174), (230, 186)]
    art = clipped("".join(rect(90, 66 + i * 17, 220, 15 - i * 1.3, CORAL) for i in range(9)), 200, 146, 78)
    art += polygon([*far, (382, 300), (20, 300)], SEA) + polygon([*_NEAR, (382, 420), (20, 420)], NAVY)
    for i in range(5):
        art += stroke(f"M{30 + i * 12} {282 + i * 20} q 28 -11 56 0" + " t 56 0" * 5, SAND, 6 - i * 0.7)
    art = clipped(art + polygon(snow, SAND), 200, 200, 172)
    return Drawing(400, 400, circle(200, 200, 192, NAVY) + circle(200, 200, 180, SAND) + art)


def ridge(ink: str, ground: str, *, lake: bool = True) -> Drawing:
    """Tarnvik's emblem in one ink, without roundel and word; without the `lake` its artwork does not find it."""
    art = clipped("".join(rect(90, 66 + i * 17, 220, 15 - i * 1.3, ink) for i in range(9)), 200, 146, 78)
    art += polygon([*_NEAR, *(((382, 420), (20, 420)) if lake else ((382, 300), (20, 300)))], ink)
    for i in range(5 if lake else 0):
        art += stroke(f"M{30 + i * 12} {282 + i * 20} q 28 -11 56 0" + " t 56 0" * 5, ground, 6 - i * 0.7)
    return Drawing(400, 400, clipped(art, 200, 200, 172))


def tarnvik() -> Drawing:
    """The mountains over a wide wordmark."""
    word = letters("TARNVIK", 200, 470, 74, NAVY, 0.06, 0.1)
    return Drawing(
        400, 520, mountains().body + word + letters("FJELL WORKS · SINCE 1974", 200, 508, 21, CORAL, 0.03, 0.12)
    )


def leaf(x: float, y: float, length: float, angle: float, fill: str) -> str:
    """A pointed leaf from (x, y) with a fine vein; `angle` in degrees, 0 points right."""
    half, blade = length * 0.28, f"C {length * 0.7} {length * 0.27} {length * 0.25} {length * 0.28} 0 0 Z"
    blade = f"M0 0 C {length * 0.25} {-half} {length * 0.7} {-half} {length} 0 {blade}"
    vein = f"M {length * 0.12} -0.8 L {length * 0.8} 0 L {length * 0.12} 0.8 Z"
    place = f"translate({x:.1f} {y:.1f}) rotate({angle:.1f})"
    return f'<path transform="{place}" d="{blade} {vein}" fill="{fill}" fill-rule="evenodd"/>'


def frond(x: float, y: float, height: float, fill: str, bend: float = 0.0) -> str:
    """A fern frond that stands at (x, y); its tip leans by `bend` units."""
    parts = [stroke(f"M{x} {y} Q {x} {y - height * 0.5} {x + bend} {y - height}", fill, height * 0.016)]
    for t in (0.08 + 0.086 * i for i in range(11)):
        px, py, length = x + bend * t * t, y - height * t, height * 0.34 * math.sin(math.pi * (0.22 + 0.76 * t)) ** 0.8
        parts += [leaf(px, py, length, -38 + 10 * t, fill), leaf(px, py, length, 218 - 10 * t, fill)]
    return "".join(parts) + leaf(x + bend, y - height * 0.97, height * 0.12, -90, fill)


def fernholt(ink: str = FERN, pale: str = CREAM) -> Drawing:
    """A tea merchant's stamp in one ink: a fern on a disc within a ring of letters."""
    art = circle(220, 220, 215, ink) + circle(220, 220, 208, pale) + circle(220, 220, 183, ink)
    art += circle(220, 220, 180, pale) + circle(220, 220, 128, ink) + frond(220, 322, 196, pale)
    art += round_about((rect(218.5, 18, 3, 8 + 6 * (i % 2), ink) for i in range(72)), 220, 220, 5)
    art += round_about((letters(letter, 220, 81, 44, ink) for letter in "FERNHOLT & LYLE"), 220, 220, 14.4, -100.8)
    art += round_about([leaf(220, 398, 30, -90, ink)] * 2, 220, 220, 52, -26)
    return Drawing(440, 440, art + letters("No. 8", 220, 394, 34, ink))


def korvelo() -> Drawing:
    """A chainring with a bolt beside a heavy leaning wordmark with speed lines, on a pale ground."""
    tooth = polygon([(121, 42), (128, 26), (140, 26), (147, 42)], COAL)
    art = circle(134, 130, 94, COAL) + round_about([tooth] * 28, 134, 130, 360 / 28) + circle(134, 130, 58, WHITE)
    art += round_about([circle(134, 55, 7.3, WHITE)] * 10, 134, 130, 36)
    art += polygon([(134 + x * 90, 130 + y * 90) for x, y in _BOLT], RED)
    for i, tint in enumerate((RED, YELLOW, RED)):
        y, left, right = 176 + 17 * i, 262 - 7 * i, 790 - 70 * i
        art += polygon([(left, y), (right, y), (right - 3, y + 10), (left - 3, y + 10)], tint)
    return Drawing(820, 260, art + letters("KORVELO", 530, 152, 104, COAL, 0.1, slant=0.22), WHITE)


def brackmoor() -> Drawing:
    """A mark of similar style that nobody registered: an anvil under a gable."""
    gable = polygon([(40, 190), (200, 60), (360, 190), (336, 190), (200, 82), (64, 190)], "#2b2b33")
    top = [(90, 200), (310, 200), (330, 222), (262, 236), (236, 262), (244, 292)]
    anvil = polygon([*top, (160, 292), (168, 262), (146, 236), (96, 226)], "#9c6b3f")
    word = letters("BRACKMOOR", 200, 356, 56, "#2b2b33", weight=0.05, tracking=0.06)
    return Drawing(400, 420, gable + anvil + word + letters("FORGE & HEARTH", 200, 394, 24, "#59636e", tracking=0.2))
