"""Vector drawing for the demo: letters as outlines, SVG documents and their pixels; no brand and no scene."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_EM = 400  # pixels at which a letter is drawn before it is traced


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG of width x height units; `ground` None leaves it transparent."""

    width: int
    height: int
    body: str
    ground: str | None = None

    def svg(self) -> str:
        """The text of the SVG file."""
        under = rect(0, 0, self.width, self.height, self.ground) if self.ground else ""
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{under}{self.body}</svg>\n'

    def placed(self, x: float, y: float, width: float, turn: float = 0.0) -> str:
        """The drawing inside another one, `width` wide about (x, y), turned by degrees; without its ground."""
        scale, middle = width / self.width, f"{-self.width / 2} {-self.height / 2}"
        return f'<g transform="translate({x} {y}) rotate({turn}) scale({scale}) translate({middle})">{self.body}</g>'

    def pixels(self, width: int) -> NDArray[np.uint8]:
        """(H, W, 4) straight RGBA, `width` wide."""
        png = bytes(resvg_py.svg_to_bytes(svg_string=self.svg(), width=width, skip_system_fonts=True))
        with Image.open(io.BytesIO(png)) as image:
            return np.array(image.convert("RGBA"))


@lru_cache(maxsize=512)
def _outline(letter: str, weight: float) -> tuple[tuple[NDArray[np.float64], ...], float]:
    """Polygons (N, 2) of a letter of Pillow's own face, its strokes `weight` fatter, and its advance; all in ems."""
    font, margin = ImageFont.load_default(size=_EM), _EM // 4
    canvas = Image.new("L", (_EM * 2, _EM * 2), 0)
    origin, stroke = (margin, margin + _EM), round(weight * _EM / 2)
    ImageDraw.Draw(canvas).text(origin, letter, fill=255, font=font, anchor="ls", stroke_width=stroke)
    ink = cv2.GaussianBlur(np.asarray(canvas), (0, 0), 1.2)
    contours, _ = cv2.findContours((ink > 127).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    traced = (cv2.approxPolyDP(contour, 0.7, closed=True).reshape(-1, 2) for contour in contours)
    return tuple((points - origin) / _EM for points in traced if len(points) > 2), font.getlength(letter) / _EM + weight


def letters(
    text: str,
    x: float,
    y: float,
    size: float,
    fill: str,
    weight: float = 0.03,
    tracking: float = 0.0,
    slant: float = 0.0,
) -> str:
    """SVG of `text` centred on x with its baseline at y; `weight`, `tracking` and `slant` are in ems."""
    pen = tracking / 2 - sum(_outline(letter, weight)[1] + tracking for letter in text) / 2
    lean, path = np.array([[1, 0], [-slant, 1]]), ""
    for letter in text:
        shapes, advance = _outline(letter, weight)
        for shape in ((shape @ lean + (pen, 0)) * size for shape in shapes):
            path += "M" + "L".join(f"{x + px:.2f} {y + py:.2f}" for px, py in shape) + "Z"
        pen += advance + tracking
    return f'<path d="{path}" fill="{fill}" fill-rule="evenodd"/>'


def round_about(parts: Iterable[str], x: float, y: float, step: float, start: float = 0.0) -> str:
    """SVG of parts, each turned about (x, y) by `step` degrees more than the one before."""
    return "".join(f'<g transform="rotate({start + i * step} {x} {y})">{part}</g>' for i, part in enumerate(parts))


def polygon(points: Iterable[tuple[float, float]], fill: str) -> str:
    """SVG of a closed polygon."""
    return f'<polygon points="{" ".join(f"{x:.2f},{y:.2f}" for x, y in points)}" fill="{fill}"/>'


def stroke(path: str, colour: str, width: float) -> str:
    """SVG of a line along an SVG path."""
    return f'<path d="{path}" stroke="{colour}" stroke-width="{width:.1f}" fill="none" stroke-linecap="round"/>'


def circle(x: float, y: float, radius: float, fill: str) -> str:
    """SVG of a disc."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}"/>'


def rect(x: float, y: float, width: float, height: float, fill: str, corner: float = 0.0) -> str:
    """SVG of a rectangle whose corners have the radius `corner`."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{corner}" fill="{fill}"/>'


def clipped(body: str, x: float, y: float, radius: float) -> str:
    """The part of SVG within a disc."""
    name = f"disc-{x}-{y}-{radius}"
    return f'<clipPath id="{name}">{circle(x, y, radius, "#000")}</clipPath><g clip-path="url(#{name})">{body}</g>'
