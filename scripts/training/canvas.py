"""Drawing tools of emblems: a canvas for masks in colours, plates, letters in a line and on a rim, and fields."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.drawings import drawn_svg

SIDE: Final = 320  # pixels of the canvas
Colour = tuple[int, int, int]
Mask = NDArray[np.uint8]


class Canvas:
    """A square of SIDE pixels that masks are drawn on, in colours."""

    def __init__(self) -> None:
        self.rgba = np.zeros((SIDE, SIDE, 4), np.uint8)

    def lay(self, mask: Mask, colour: Colour) -> None:
        """`colour` where `mask`, (SIDE, SIDE), is."""
        cover = mask[..., None].astype(np.float32) / 255
        colours = self.rgba[..., :3] * (1 - cover) + np.array(colour, np.float32) * cover
        self.rgba = np.dstack([colours, np.maximum(self.rgba[..., 3], mask)]).astype(np.uint8)

    def put(self, small: Mask, box: Sequence[float], colour: Colour) -> None:
        """A mask of any size, as large as fits into the middle of left, top, right, bottom, shares of the side."""
        left, top, right, bottom = (share * SIDE for share in box)
        scale = min((right - left) / small.shape[1], (bottom - top) / small.shape[0])
        size = (max(2, round(small.shape[1] * scale)), max(2, round(small.shape[0] * scale)))
        x, y = (left + right - size[0]) / 2, (top + bottom - size[1]) / 2
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        placed = np.zeros((SIDE, SIDE), np.uint8)
        shift = np.array([[1, 0, x], [0, 1, y]], np.float32)
        cv2.warpAffine(cv2.resize(small, size, interpolation=way), shift, (SIDE, SIDE), placed)
        self.lay(placed, colour)


def written(text: str, font: Path, *, slant: float = 0.0) -> Mask:
    """(H, W) of the letters, cut to them; slanted by so much of their height."""
    type_ = ImageFont.truetype(str(font), 90)
    canvas = Image.new("L", (int(type_.getlength(text)) + 120, 240), 0)
    ImageDraw.Draw(canvas).text((60, 120), text, font=type_, fill=255, anchor="lm")
    mask = np.asarray(canvas)
    if slant:
        shear = np.array([[1, -slant, slant * 120], [0, 1, 0]], np.float32)
        mask = np.asarray(cv2.warpAffine(mask, shear, mask.shape[::-1]), np.uint8)
    return _cut(mask)


def _cut(mask: Mask) -> Mask:
    rows, columns = (np.flatnonzero(mask.max(axis=axis) > 64) for axis in (1, 0))
    if not rows.size or not columns.size:
        return np.full((8, 8), 255, np.uint8)
    return np.ascontiguousarray(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def sign_of(svg: str) -> Mask:
    """(H, W) of an icon's shape, cut to it."""
    rgba = drawn_svg(svg)
    return np.full((8, 8), 255, np.uint8) if rgba is None else _cut(rgba[..., 3])


def shape(kind: str, box: Sequence[float]) -> Mask:
    """(SIDE, SIDE): a plate that fills left, top, right, bottom, shares of the side."""
    mask = np.zeros((4 * SIDE, 4 * SIDE), np.uint8)
    low, size = np.array(box[:2]), np.array(box[2:]) - np.array(box[:2])
    if kind == "ellipse":
        centre, axes = ((low + size / 2) * 4 * SIDE).round(), (size * 2 * SIDE).round()
        cv2.ellipse(mask, centre.astype(int).tolist(), axes.astype(int).tolist(), 0, 0, 360, 255, -1)
    elif kind == "rounded":
        (left, top), (right, bottom) = ((each * 4 * SIDE).tolist() for each in (low, low + size))
        image = Image.fromarray(mask)
        ImageDraw.Draw(image).rounded_rectangle((left, top, right, bottom), min(size) * SIDE, fill=255)
        mask = np.asarray(image)
    else:
        points = (low + OUTLINES[kind] * size) * 4 * SIDE
        cv2.fillPoly(mask, [points.round().astype(np.int32)], 255)
    return np.asarray(cv2.resize(mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def within(box: Sequence[float], edge: float) -> tuple[float, float, float, float]:
    """The box, smaller by `edge` at each side."""
    return box[0] + edge, box[1] + edge, box[2] - edge, box[3] - edge


def _shield() -> NDArray[np.float64]:
    down = np.linspace(0, 1, 12)
    right = np.stack([0.5 + 0.5 * np.sqrt(np.clip(1 - down**2, 0, 1)), 0.45 + 0.55 * down], axis=1)
    return np.concatenate([[[0, 0], [1, 0]], right, (right * [-1, 1] + [1, 0])[::-1]])


def _star() -> NDArray[np.float64]:
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    reach = np.where(np.arange(10) % 2, 0.36, 0.5)
    return 0.5 + np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None]


OUTLINES: Final = {
    "shield": _shield(),
    "diamond": np.array([[0.5, 0], [1, 0.5], [0.5, 1], [0, 0.5]]),
    "hexagon": np.array([[0.25, 0], [0.75, 0], [1, 0.5], [0.75, 1], [0.25, 1], [0, 0.5]]),
    "octagon": np.array([[0.3, 0], [0.7, 0], [1, 0.3], [1, 0.7], [0.7, 1], [0.3, 1], [0, 0.7], [0, 0.3]]),
    "triangle": np.array([[0.5, 0], [1, 1], [0, 1]]),
    "slanted": np.array([[0.12, 0], [1, 0], [0.88, 1], [0, 1]]),
    "rectangle": np.array([[0, 0], [1, 0], [1, 1], [0, 1]]),
    "ribbon": np.array([[0, 0], [1, 0], [0.93, 0.5], [1, 1], [0, 1], [0.07, 0.5]]),
    "star": _star(),
}


def around(text: Mask, inner: float, outer: float, *, below: bool, width: float) -> Mask:
    """(SIDE, SIDE): letters on a ring about the middle, `inner` to `outer` of the side, `width` degrees along it."""
    reach, band = round(outer * SIDE), max(4, round((outer - inner) * SIDE))
    steps = 720
    strip = cv2.resize(text, (max(4, round(width / 360 * steps)), band), interpolation=cv2.INTER_AREA)
    strip = cv2.rotate(strip, cv2.ROTATE_90_COUNTERCLOCKWISE if below else cv2.ROTATE_90_CLOCKWISE)
    polar = np.zeros((steps, reach), np.uint8)
    rows = (np.arange(len(strip)) + steps * (0.25 if below else 0.75) - len(strip) / 2).astype(int) % steps
    polar[rows, reach - band :] = strip
    middle = (SIDE / 2, SIDE / 2)
    turned = cv2.warpPolar(polar, (SIDE, SIDE), middle, reach, cv2.WARP_INVERSE_MAP | cv2.WARP_FILL_OUTLIERS)
    return np.asarray(turned, np.uint8)


def fields(chance: random.Random) -> Mask:
    """(SIDE, SIDE): quarters, halves, stripes or a cross."""
    rows, columns = np.indices((SIDE, SIDE)) / SIDE - 0.5
    across = rows * chance.choice((0, 1, 1, -1)) + columns * chance.choice((0, 1))
    kinds = (
        rows * columns > 0,
        across > 0,
        np.sin(across * chance.uniform(15, 50)) > 0,
        np.minimum(abs(rows), abs(columns)) < chance.uniform(0.03, 0.1),
    )
    return np.where(kinds[chance.randrange(len(kinds))], 255, 0).astype(np.uint8)
