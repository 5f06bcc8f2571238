"""Vector drawing for the demo: lettering as outlines, and SVG to pixels; no brand and no scene."""

import io
import math
from functools import lru_cache

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

RGBAImage = NDArray[np.uint8]
"""(H, W, 4), straight alpha."""

_MASTER = 400  # pixels of the size at which a letter is drawn before it is traced


@lru_cache(maxsize=512)
def _traced(letter: str, weight: float) -> tuple[tuple[tuple[tuple[float, float], ...], ...], float]:
    """A letter of Pillow's built-in face as closed polygons in ems, baseline at 0, and its advance.

    `weight` is the width in ems by which the strokes are fattened, for the face has one weight only.
    """
    font = ImageFont.load_default(size=_MASTER)
    stroke = round(weight * _MASTER / 2)
    margin = _MASTER // 4
    canvas = Image.new("L", (_MASTER * 2, _MASTER * 2), 0)
    ImageDraw.Draw(canvas).text(
        (margin, margin + _MASTER), letter, fill=255, font=font, anchor="ls", stroke_width=stroke
    )
    ink = cv2.GaussianBlur(np.asarray(canvas), (0, 0), 1.2)
    contours, _ = cv2.findContours((ink > 127).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    polygons = []
    for contour in contours:
        points = cv2.approxPolyDP(contour, 0.7, closed=True).reshape(-1, 2)
        if len(points) > 2:
            polygons.append(tuple(((x - margin) / _MASTER, (y - margin - _MASTER) / _MASTER) for x, y in points))
    return tuple(polygons), font.getlength(letter) / _MASTER + weight


def advance(text: str, size: float, *, weight: float = 0.0, tracking: float = 0.0) -> float:
    """Width in units of `text` set at `size`; `weight` and `tracking` are in ems."""
    return sum(_traced(letter, weight)[1] + tracking for letter in text) * size - tracking * size


def letters(
    text: str,
    x: float,
    y: float,
    size: float,
    *,
    fill: str,
    weight: float = 0.0,
    tracking: float = 0.0,
    slant: float = 0.0,
    anchor: str = "middle",
) -> str:
    """SVG of `text` with its baseline at y; `anchor`: start or middle, `slant`: a shear, `weight`, `tracking`: ems."""
    pen = x - (advance(text, size, weight=weight, tracking=tracking) / 2 if anchor == "middle" else 0)
    parts = []
    for letter in text:
        polygons, width = _traced(letter, weight)
        for polygon in polygons:
            points = (f"{pen + (px - slant * py) * size:.2f} {y + py * size:.2f}" for px, py in polygon)
            parts.append("M" + "L".join(points) + "Z")
        pen += (width + tracking) * size
    return f'<path d="{"".join(parts)}" fill="{fill}" fill-rule="evenodd"/>'


def letters_on_circle(
    text: str, x: float, y: float, radius: float, size: float, *, fill: str, weight: float = 0.0, tracking: float = 0.0
) -> str:
    """SVG of `text` running clockwise round (x, y), its middle at the top."""
    angle = -advance(text, size, weight=weight, tracking=tracking) / radius / 2
    parts = []
    for letter in text:
        width = (_traced(letter, weight)[1] + tracking) * size
        middle = angle + width / radius / 2
        glyph = letters(letter, 0, 0, size, fill=fill, weight=weight)
        left, top = x + radius * math.sin(middle), y - radius * math.cos(middle)
        parts.append(f'<g transform="translate({left:.2f} {top:.2f}) rotate({math.degrees(middle):.2f})">{glyph}</g>')
        angle += width / radius
    return "".join(parts)


def polygon(points: list[tuple[float, float]], fill: str, extra: str = "") -> str:
    """SVG of a closed polygon; `extra` is further attributes."""
    return f'<polygon points="{" ".join(f"{x:.2f},{y:.2f}" for x, y in points)}" fill="{fill}" {extra}/>'


def document(width: int, height: int, body: str, ground: str | None = None) -> str:
    """An SVG file of width x height units; `ground` None leaves it transparent."""
    rect = f'<rect width="{width}" height="{height}" fill="{ground}"/>' if ground else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{rect}{body}</svg>\n'
    )


def inner(svg: str) -> str:
    """What is drawn in an SVG file, to be drawn in another."""
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]


@lru_cache(maxsize=64)
def _rasterized(svg: str, width: int) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))


def rasterize(svg: str, width: int) -> RGBAImage:
    """The SVG as pixels, `width` wide; alpha 0 where nothing was drawn."""
    with Image.open(io.BytesIO(_rasterized(svg, width))) as png:
        return np.array(png.convert("RGBA"))
