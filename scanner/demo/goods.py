"""The shapes that the demo photographs: mugs, tins, bottles, cartons, bowls; what is printed on them is elsewhere."""

import numpy as np

from scanner.demo.solids import Carton, Handle, Solid, Turned
from scanner.demo.textures import Colour, Pixels, colour
from scanner.demo.vector import document, rasterize

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
    return np.asarray(rasterize(svg, width)[..., :3], np.float32) / np.float32(255)


def plain(tint: Colour) -> Pixels:
    """A texture of one colour."""
    return np.full((8, 8, 3), tint, np.float32)


def wrapped(ground: str, art: str, *, height: int = 520) -> Pixels:
    """A texture for a turned body, 1560 x `height`, with `art` drawn in those units on `ground`."""
    return painted(document(1560, height, art, ground), 1560)


def decal(svg: str, ground: str, *, reach: float = 0.2, centre: float = 0.5, height: int = 520) -> Pixels:
    """A wrap with an SVG picture in front, `reach` of the way round wide, its middle at `centre` of the height."""
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


def kraft(i: int) -> Pixels:
    """One face of a plain shipping carton with its label; `i` varies it."""
    tape = f'<rect x="178" width="44" height="400" fill="#b98d56"/><g transform="rotate({i * 7 - 9} 90 320)">'
    tape += "".join(
        f'<rect x="{60 + k * 9}" y="290" width="{2 + (k * 5 + i) % 5}" height="56" fill="#3a2b1a"/>' for k in range(9)
    )
    return painted(document(400, 400, tape + "</g>", ("#c79d6b", "#b88d5c", "#d2ab7b")[i % 3]), 400)
