"""The logos of the demo's fictional brands as SVG; any likeness to a real mark is accident."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scanner.demo.vector import advance, document, letters, letters_on_circle, polygon


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one brand as SVG colour words."""

    dark: str
    main: str
    accent: str
    pale: str


TARNVIK = Palette("#14324a", "#2d6f8f", "#f0803c", "#efe0c3")
FERNHOLT = Palette("#12402f", "#2f7a55", "#d9a441", "#f3efe0")
SOLENQUE = Palette("#7a2f1d", "#d9643a", "#f2b134", "#fff4e3")
KORVELO = Palette("#17181c", "#d81e34", "#ffd23f", "#f5f5f2")
MIMBEL = Palette("#3a2352", "#f27b35", "#2fb8a6", "#fdf6ec")
BRACKMOOR = Palette("#2b2b33", "#59636e", "#9c6b3f", "#ece7de")


def _ridge(peaks: Sequence[tuple[float, float]], floor: float, fill: str) -> str:
    return polygon([*peaks, (peaks[-1][0], floor), (peaks[0][0], floor)], fill)


def mountains(palette: Palette = TARNVIK) -> str:
    """Tarnvik's emblem, 400 x 400: a striped sun behind three ridges and their reflection, in a roundel."""
    sun = "".join(
        f'<rect x="90" y="{66 + i * 17}" width="220" height="{15 - i * 1.3:.1f}" '
        f'fill="{palette.accent}" clip-path="url(#sun)"/>'
        for i in range(9)
    )
    far = [(20, 236), (72, 180), (98, 204), (150, 128), (188, 182), (222, 150), (276, 206), (316, 172), (382, 240)]
    near = [(20, 262), (60, 232), (110, 262), (170, 190), (206, 150), (250, 214), (280, 196), (340, 258), (382, 236)]
    snow = [(206, 150), (186, 173), (196, 184), (204, 174), (212, 190), (222, 174), (230, 186)]
    waves = "".join(
        f'<path d="M{30 + i * 12} {282 + i * 20} q 28 -11 56 0 t 56 0 t 56 0 t 56 0 t 56 0 t 56 0" '
        f'stroke="{palette.pale}" stroke-width="{6 - i * 0.7}" fill="none"/>'
        for i in range(5)
    )
    return (
        '<defs><clipPath id="sun"><circle cx="200" cy="146" r="78"/></clipPath>'
        '<clipPath id="roundel"><circle cx="200" cy="200" r="172"/></clipPath></defs>'
        f'<circle cx="200" cy="200" r="192" fill="{palette.dark}"/>'
        f'<circle cx="200" cy="200" r="180" fill="{palette.pale}"/>'
        f'<g clip-path="url(#roundel)">{sun}{_ridge(far, 300, palette.main)}{_ridge(near, 420, palette.dark)}'
        f"{polygon([*snow], palette.pale)}{waves}</g>"
    )


def tarnvik(palette: Palette = TARNVIK) -> str:
    """Roundel with ridges over a wide wordmark, 400 x 520 on transparency."""
    word = letters("TARNVIK", 200, 470, 74, fill=palette.dark, weight=0.06, tracking=0.1)
    line = letters("FJELL WORKS · SINCE 1974", 200, 508, 21, fill=palette.accent, weight=0.03, tracking=0.12)
    return document(400, 520, mountains(palette) + word + line)


def leaf(x: float, y: float, length: float, angle: float, fill: str) -> str:
    """A pointed leaf from (x, y) with its vein cut out; `angle` in degrees, 0 pointing right."""
    half = length * 0.19
    blade = (
        f"M0 0 C {length * 0.25} {-half * 1.5} {length * 0.7} {-half * 1.4} {length} 0 "
        f"C {length * 0.7} {half * 1.4} {length * 0.25} {half * 1.5} 0 0 Z "
        f"M {length * 0.12} {-0.8} L {length * 0.8} 0 L {length * 0.12} {0.8} Z"
    )
    place = f"translate({x:.1f} {y:.1f}) rotate({angle:.1f})"
    return f'<path transform="{place}" d="{blade}" fill="{fill}" fill-rule="evenodd"/>'


def frond(x: float, y: float, height: float, fill: str, bend: float = 0.0) -> str:
    """A fern frond that stands at (x, y); `bend` leans its tip, in units."""
    parts = [
        f'<path d="M{x} {y} Q {x} {y - height * 0.5} {x + bend} {y - height}" stroke="{fill}" '
        f'stroke-width="{height * 0.016:.1f}" fill="none"/>'
    ]
    pairs = 11
    for i in range(pairs):
        t = 0.08 + 0.86 * i / (pairs - 1)
        px, py = x + bend * t * t, y - height * t
        length = height * 0.34 * math.sin(math.pi * (0.22 + 0.76 * t)) ** 0.8
        parts += [leaf(px, py, length, -38 + 10 * t, fill), leaf(px, py, length, 218 - 10 * t, fill)]
    parts.append(leaf(x + bend, y - height * 0.97, height * 0.12, -90, fill))
    return "".join(parts)


def fernholt(palette: Palette = FERNHOLT) -> str:
    """Tea merchant's stamp in one colour with a fern and ring lettering, 440 x 440 on transparency."""
    ink = palette.dark
    ticks = "".join(
        f'<line x1="220" y1="18" x2="220" y2="{26 + 6 * (i % 2)}" transform="rotate({i * 5} 220 220)" '
        f'stroke="{ink}" stroke-width="3"/>'
        for i in range(72)
    )
    ring = letters_on_circle("FERNHOLT & LYLE", 220, 220, 139, 44, fill=ink, weight=0.035, tracking=0.06)
    foot = "".join(
        f'<g transform="rotate({angle} 220 220)">{leaf(220, 398, 30, -90, ink)}</g>' for angle in (-52, -26, 26, 52)
    )
    year = letters("No. 8", 220, 394, 34, fill=ink, weight=0.04, tracking=0.03)
    return document(
        440,
        440,
        f'<circle cx="220" cy="220" r="212" fill="none" stroke="{ink}" stroke-width="7"/>{ticks}'
        f'<circle cx="220" cy="220" r="182" fill="none" stroke="{ink}" stroke-width="2.5"/>{ring}{foot}{year}'
        f'<circle cx="220" cy="220" r="128" fill="{ink}"/>{frond(220, 322, 196, palette.pale)}',
    )


def _half_disc(x: float, y: float, radius: float, fill: str) -> str:
    return f'<path d="M{x - radius} {y} A {radius} {radius} 0 0 1 {x + radius} {y} Z" fill="{fill}"/>'


def sunburst(x: float, y: float, radius: float, palette: Palette = SOLENQUE) -> str:
    """Solenque's emblem: half a sun whose rays alternate, above three waves."""
    rays = []
    for i in range(25):
        angle = math.pi * i / 24
        inner, outer = radius * 0.48, radius * (1.0 if i % 2 == 0 else 0.8)
        half = 0.045 if i % 2 == 0 else 0.03
        rays.append(
            polygon(
                [
                    (x - inner * math.cos(angle - half), y - inner * math.sin(angle - half)),
                    (x - outer * math.cos(angle), y - outer * math.sin(angle)),
                    (x - inner * math.cos(angle + half), y - inner * math.sin(angle + half)),
                ],
                palette.main if i % 2 == 0 else palette.accent,
            )
        )
    disc = _half_disc(x, y, radius * 0.42, palette.main)
    face = _half_disc(x, y, radius * 0.24, palette.accent)
    step = radius / 4
    waves = "".join(
        f'<path d="M{x - radius + inset} {y + radius * drop} q {step / 2} {-radius * 0.09} {step} 0'
        + f" t {step} 0" * count
        + f'" stroke="{palette.dark}" stroke-width="{radius * 0.045}" fill="none" stroke-linecap="round"/>'
        for drop, inset, count in ((0.17, 0.0, 7), (0.34, step, 5), (0.51, step * 2, 3))
    )
    return "".join(rays) + disc + face + waves


def solenque(palette: Palette = SOLENQUE) -> str:
    """Half sun and waves over a light lower-case wordmark, 460 x 442 on transparency."""
    word = letters("solenque", 230, 378, 92, fill=palette.dark, weight=0.012, tracking=0.02)
    line = letters("SALT · CITRUS · LIGHT", 230, 428, 23, fill=palette.main, weight=0.03, tracking=0.16)
    return document(460, 442, sunburst(230, 196, 176, palette) + word + line)


def chainring(x: float, y: float, radius: float, palette: Palette = KORVELO) -> str:
    """Korvelo's emblem: a toothed chainring with a bolt of lightning for its spider."""
    teeth = []
    for i in range(28):
        for turn, reach in ((0.0, 0.9), (0.32, 1.0), (0.62, 1.0), (0.94, 0.9)):
            angle = 2 * math.pi * (i + turn) / 28
            teeth.append((x + radius * reach * math.cos(angle), y + radius * reach * math.sin(angle)))
    holes = "".join(
        f'<circle cx="{x + radius * 0.72 * math.cos(a):.1f}" cy="{y + radius * 0.72 * math.sin(a):.1f}" '
        f'r="{radius * 0.07:.1f}" fill="{palette.pale}"/>'
        for a in (2 * math.pi * (i + 0.5) / 10 for i in range(10))
    )
    bolt = [(0.16, -0.92), (-0.4, 0.1), (-0.04, 0.1), (-0.2, 0.92), (0.42, -0.18), (0.06, -0.18), (0.34, -0.92)]
    shape = [(x + radius * bx * 0.86, y + radius * by * 0.86) for bx, by in bolt]
    return (
        polygon(teeth, palette.dark)
        + holes
        + f'<circle cx="{x}" cy="{y}" r="{radius * 0.56:.1f}" fill="{palette.pale}"/>'
        + polygon(shape, palette.main, f'stroke="{palette.pale}" stroke-width="{radius * 0.06:.1f}"')
    )


def korvelo(palette: Palette = KORVELO) -> str:
    """Chainring beside a leaning heavy wordmark with speed lines, 820 x 260 on a pale ground."""
    word = letters("KORVELO", 262, 152, 100, fill=palette.dark, weight=0.1, slant=0.22, anchor="start")
    lines = "".join(
        polygon(
            [
                (262 - i * 7, 176 + i * 17),
                (790 - i * 70, 176 + i * 17),
                (787 - i * 70, 186 + i * 17),
                (259 - i * 7, 186 + i * 17),
            ],
            palette.main if i != 1 else palette.accent,
        )
        for i in range(3)
    )
    return document(820, 260, chainring(134, 130, 104, palette) + word + lines, palette.pale)


def fox(x: float, y: float, size: float, palette: Palette = MIMBEL) -> str:
    """Mimbel's emblem: a fox's face in facets, `size` from ear to ear."""
    shades = ("#f9a15c", palette.main, "#d95f1f", "#b3480f", "#ffffff", palette.dark)
    facets = (
        (((-1.0, -0.95), (-0.35, -0.5), (-0.85, -0.1)), 2),
        (((-0.9, -0.72), (-0.5, -0.45), (-0.78, -0.22)), 5),
        (((-0.35, -0.5), (0.0, -0.42), (0.0, 0.05), (-0.42, -0.1)), 0),
        (((-0.85, -0.1), (-0.35, -0.5), (-0.42, -0.1)), 1),
        (((-0.85, -0.1), (-0.42, -0.1), (-0.62, 0.3)), 2),
        (((-0.85, -0.1), (-0.62, 0.3), (-1.05, 0.35)), 3),
        (((-1.05, 0.35), (-0.62, 0.3), (-0.18, 0.62), (-0.5, 0.66)), 4),
        (((-0.62, 0.3), (-0.42, -0.1), (0.0, 0.05), (-0.12, 0.6), (-0.18, 0.62)), 1),
        (((-0.18, 0.62), (0.0, 0.05), (0.0, 0.9), (-0.14, 0.82)), 0),
        (((-0.52, 0.1), (-0.24, 0.14), (-0.34, 0.26)), 5),
    )
    half = size / 2
    parts = []
    for side in (1, -1):
        for points, shade in facets:
            colour = shades[shade]
            if side == -1 and shade < 3:  # the far side lies one tone deeper, as if lit from the left
                colour = shades[shade + 1]
            parts.append(polygon([(x + px * side * half, y + py * half) for px, py in points], colour))
    nose = polygon(
        [(x - half * 0.15, y + half * 0.74), (x + half * 0.15, y + half * 0.74), (x, y + half * 0.95)], shades[5]
    )
    return "".join(parts) + nose


def mimbel(palette: Palette = MIMBEL) -> str:
    """Fox over a round heavy wordmark in two colours, 420 x 470 on transparency."""
    colours = (palette.dark, palette.main, palette.dark, palette.accent, palette.dark, palette.main)
    pen = 210 - sum(advance(letter, 104, weight=0.055) for letter in "mimbel") / 2
    word = []
    for letter, colour in zip("mimbel", colours, strict=True):
        word.append(letters(letter, pen, 412, 104, fill=colour, weight=0.055, anchor="start"))
        pen += advance(letter, 104, weight=0.055)
    dots = "".join(
        f'<circle cx="{60 + i * 20}" cy="{440 + 7 * math.sin(i * 0.9):.1f}" r="{4.6}" fill="{colours[i % 6]}"/>'
        for i in range(16)
    )
    return document(420, 470, fox(210, 160, 260, palette) + "".join(word) + dots)


def brackmoor(palette: Palette = BRACKMOOR) -> str:
    """A mark of similar style that nobody registered: an anvil under a gable, 400 x 420 on transparency."""
    gable = polygon([(40, 190), (200, 60), (360, 190), (336, 190), (200, 82), (64, 190)], palette.dark)
    anvil = polygon(
        [
            (90, 200),
            (310, 200),
            (330, 222),
            (262, 236),
            (236, 262),
            (244, 292),
            (160, 292),
            (168, 262),
            (146, 236),
            (96, 226),
        ],
        palette.accent,
    )
    sparks = "".join(
        f'<line x1="200" y1="172" x2="200" y2="{150 - 14 * (i % 2)}" transform="rotate({-60 + i * 20} 200 190)" '
        f'stroke="{palette.main}" stroke-width="6"/>'
        for i in range(7)
    )
    word = letters("BRACKMOOR", 200, 356, 56, fill=palette.dark, weight=0.05, tracking=0.06)
    line = letters("FORGE & HEARTH", 200, 394, 24, fill=palette.main, weight=0.03, tracking=0.2)
    return document(400, 420, gable + anvil + sparks + word + line)
