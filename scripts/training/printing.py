"""Prints a mark on a photo: on a label or directly, bent, sewn, embossed and lit; it crops nothing.

One remapping within the box of the print does everything, so that a thousand prints take seconds.
"""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from training.artwork import Chance, Floats

WORN: Final = ("print", "print", "print", "print", "emboss", "sewn", "metal", "gloss")


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """The pose of a print: the centre in pixels, the sides of the mark in pixels, and the turn in radians."""

    x: float
    y: float
    width: float
    height: float
    turn: float
    slant: float  # how far corners stray, of the shorter side
    bend: float  # 0: flat; 1: half a cylinder
    waves: float  # height of folds, of the sides


@dataclass(frozen=True, slots=True, eq=False)
class Printed:
    """A photo with one more mark on it."""

    image: RGBImage
    corners: Floats  # (4, 2): where the mark's own corners lie, from its top left, clockwise
    outline: Floats  # (N, 2): points around the mark as it lies, for its box


def print_mark(
    ground: RGBImage, mark: NDArray[np.uint8], placement: Placement, chance: Chance, *, mild: bool = False
) -> Printed:
    """`ground` with `mark` (RGBA) on it. `mild`: flat ink on a flat background, as rights holders register marks."""
    height, width = ground.shape[:2]
    sides = np.array([placement.width, placement.height])
    flat, margin, labelled = _on_label(mark, ground, placement, chance, always=mild)
    corners = _corners(placement, chance)
    # The label's corners follow from the mark's: a margin is a share of the mark's own sides.
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    onto = cv2.getPerspectiveTransform(square, corners)
    around = cv2.perspectiveTransform(((square - 0.5) * (1 + 2 * margin) + 0.5)[None], onto)[0]
    swell = np.abs(sides * placement.waves).max() + 2
    left, top = np.clip(np.floor(around.min(axis=0) - swell), 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.clip(np.ceil(around.max(axis=0) + swell) + 1, [left + 1, top + 1], [width, height]).astype(int)
    u, v = _unrolled(np.linalg.inv(np.asarray(onto, np.float64)), (left, top, right, bottom), placement, chance)
    scale = np.array([flat.shape[1], flat.shape[0]]) / (1 + 2 * margin)
    shrink = float(np.min(scale / np.maximum(sides, 1)))
    if shrink > 1.3:
        size = (max(2, round(flat.shape[1] / shrink)), max(2, round(flat.shape[0] / shrink)))
        flat = np.asarray(cv2.resize(flat, size, interpolation=cv2.INTER_AREA))
        scale = np.array([flat.shape[1], flat.shape[0]]) / (1 + 2 * margin)
    warped = cv2.remap(
        flat,
        (u + margin) * np.float32(scale[0]) - 0.5,
        (v + margin) * np.float32(scale[1]) - 0.5,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    ).astype(np.float32)
    piece = ground[top:bottom, left:right].astype(np.float32)
    worn = "print" if mild else str(chance.choice(WORN))
    out = ground.copy()
    out[top:bottom, left:right] = np.clip(
        _worn(piece, warped, worn, labelled, float(sides.min()), chance, mild), 0, 255
    )
    inside = (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if rows.size and columns.size:
        low, high = (columns[0] + left, rows[0] + top), (columns[-1] + left + 1, rows[-1] + top + 1)
    else:
        low, high = (left, top), (right, bottom)
    outline = np.array([low, (high[0], low[1]), high, (low[0], high[1])], np.float32)
    return Printed(out, corners, outline)


def _corners(placement: Placement, chance: Chance) -> Floats:
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    cosine, sine = np.cos(placement.turn), np.sin(placement.turn)
    turned = (square * [placement.width, placement.height]) @ np.array([[cosine, sine], [-sine, cosine]])
    stray = chance.uniform(-1, 1, (4, 2)) * placement.slant * min(placement.width, placement.height)
    return np.asarray(turned + stray + [placement.x, placement.y], np.float32)


def _unrolled(
    inverse: NDArray[np.float64], box: tuple[int, int, int, int], placement: Placement, chance: Chance
) -> tuple[Floats, Floats]:
    """The coordinates on the mark, 0..1 each way, of each pixel of `box`."""
    left, top, right, bottom = box
    x, y = np.arange(left, right, dtype=np.float32)[None], np.arange(top, bottom, dtype=np.float32)[:, None]
    m = inverse.astype(np.float32)
    w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    u, v = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w
    if placement.bend > 0:
        half = np.float32(np.sin(placement.bend * np.pi / 2))
        across = np.clip((2 * u - 1) * half, -1, 1)
        v = v + np.float32(chance.uniform(-0.25, 0.25)) * np.sqrt(np.maximum(1 - across**2, 0)) * placement.bend
        u = np.where(
            np.abs((2 * u - 1) * half) < 1,
            (np.arcsin(across) / np.float32(placement.bend * np.pi / 2) + 1) / 2,
            np.float32(9),
        )
    if placement.waves > 0:
        first, second = (np.float32(value) for value in chance.uniform(0, 6.28, 2))
        f, g = (np.float32(value) for value in chance.uniform(2, 9, 2))
        u = u + np.float32(placement.waves) * np.sin(f * v + g * u / 2 + first)
        v = v + np.float32(placement.waves) * np.sin(g * u + f * v / 2 + second)
    return np.asarray(u, np.float32), np.asarray(v, np.float32)


def _on_label(
    mark: NDArray[np.uint8], ground: RGBImage, placement: Placement, chance: Chance, *, always: bool
) -> tuple[NDArray[np.uint8], float, bool]:
    """Premultiplied RGBA of the mark, its margin as a share of its sides, and whether it has a label under it."""
    rgba = mark.astype(np.float32)
    alpha = rgba[..., 3:] / 255
    visible = mark[..., 3] > 64
    ink = rgba[..., :3][visible].mean(axis=0) if visible.any() else np.zeros(3)
    labelled = always or float(chance.random()) < 0.5
    if not labelled:
        x, y = int(np.clip(placement.x, 0, ground.shape[1] - 1)), int(np.clip(placement.y, 0, ground.shape[0] - 1))
        reach = max(2, int(min(placement.width, placement.height) / 3))
        under = ground[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach].reshape(-1, 3).mean(axis=0)
        if np.abs(ink - under).max() < 70:  # invisible, and nobody prints like that
            rgba = rgba.copy()
            rgba[..., :3] = (
                255 - rgba[..., :3] if np.abs(255 - ink - under).max() > 70 else (250 if under.mean() < 128 else 10)
            )
        return np.dstack([rgba[..., :3] * alpha, rgba[..., 3:]]).astype(np.uint8), 0.0, False
    margin = float(chance.uniform(0.03, 0.35))
    high, wide = (round(side * margin) for side in mark.shape[:2])
    kind = float(chance.random())
    if kind < 0.45:
        background = np.full(3, 250.0 if ink.mean() < 150 else 8.0)
    else:
        background = chance.uniform(0, 255, 3)
        if np.abs(background - ink).max() < 80:
            background = np.where(ink < 128, 235.0, 20.0)
    padded = np.pad(rgba, ((high, high), (wide, wide), (0, 0)))
    cover = padded[..., 3:] / 255
    sheet = np.full((*padded.shape[:2], 1), 255.0, np.float32)
    shape = float(chance.random())
    if shape > 0.7 and not always:
        sheet = np.zeros((*padded.shape[:2], 1), np.float32)
        middle = (padded.shape[1] // 2, padded.shape[0] // 2)
        if shape > 0.85:
            cv2.ellipse(sheet, middle, (middle[0] - 1, middle[1] - 1), 0, 0, 360, 255.0, -1)
        else:
            r = min(middle) // 2
            cv2.rectangle(sheet, (r, 0), (padded.shape[1] - r, padded.shape[0]), 255.0, -1)
            cv2.rectangle(sheet, (0, r), (padded.shape[1], padded.shape[0] - r), 255.0, -1)
            for corner in (
                (r, r),
                (padded.shape[1] - r, r),
                (r, padded.shape[0] - r),
                (padded.shape[1] - r, padded.shape[0] - r),
            ):
                cv2.circle(sheet, corner, r, 255.0, -1)
        sheet = np.maximum(sheet.reshape(*padded.shape[:2], 1), padded[..., 3:])
    if chance.random() < 0.3:  # a label seldom has one colour
        slope = np.linspace(-1, 1, padded.shape[0])[:, None] * float(chance.normal()) + np.linspace(
            -1, 1, padded.shape[1]
        )[None] * float(chance.normal())
        background = np.clip(background + 25 * slope[..., None], 0, 255)
    colours = (padded[..., :3] * cover + background * (1 - cover)) * (sheet / 255)
    return np.dstack([np.clip(colours, 0, 255), sheet]).astype(np.uint8), high / max(mark.shape[0], 1), True


def _worn(piece: Floats, warped: Floats, worn: str, labelled: bool, side: float, chance: Chance, mild: bool) -> Floats:
    """The piece of ground with the print in it; `warped` is premultiplied RGBA, 0..255."""
    cover = warped[..., 3:] / 255
    if mild:
        return np.asarray(piece * (1 - cover) + warped[..., :3], np.float32)
    grey = piece.mean(axis=2, keepdims=True)
    reach = max(1.0, side / 6)
    broad = cv2.GaussianBlur(grey, (0, 0), reach)[..., None] + 1
    light = (0.45 + 0.55 * broad / max(float(broad.mean()), 1.0)) * float(chance.uniform(0.7, 1.12))
    if worn == "emboss" and not labelled:
        relief = _relief(cover[..., 0], side, chance)[..., None]
        tint = cover * float(chance.choice((-1, 1)) * chance.uniform(0.1, 0.4))
        return np.asarray(piece * (1 + tint) + relief * float(chance.uniform(100, 200)), np.float32)
    weave = float(chance.uniform(0, 1)) if not labelled else float(chance.uniform(0, 0.3))
    texture = 1 + weave * np.clip((grey + 1) / broad - 1, -0.6, 0.6)
    ink = warped[..., :3]
    if worn == "sewn":
        rows, columns = np.indices(cover.shape[:2], dtype=np.float32)
        angle, pitch = float(chance.uniform(0, 3.14)), max(1.6, side / float(chance.uniform(18, 40)))
        stitches = 1 + 0.22 * np.sin((rows * np.sin(angle) + columns * np.cos(angle)) * (6.28 / pitch))[..., None]
        ink = ink * stitches + 30 * _relief(ink.mean(axis=2) / 255, side, chance)[..., None] * cover
    elif worn == "metal":
        relief = _relief(ink.mean(axis=2) / 255, side, chance)[..., None]
        down = np.linspace(0, 1, cover.shape[0], dtype=np.float32)[:, None, None]
        ink = (
            ink * (0.8 + 0.35 * np.sin(6.28 * (down * float(chance.uniform(0.5, 1.5)) + float(chance.random()))))
            + 90 * relief * cover
        )
    elif worn == "gloss":
        x, y = chance.uniform(0, 1, 2)
        rows, columns = np.indices(cover.shape[:2], dtype=np.float32)
        spot = np.exp(-(((rows / cover.shape[0] - y) / 0.25) ** 2 + ((columns / cover.shape[1] - x) / 0.35) ** 2))
        ink = ink + 150 * float(chance.random()) * spot[..., None].astype(np.float32) * cover
    strength = float(chance.uniform(0.82, 1.0))
    lit = ink * light * texture
    return np.asarray(piece * (1 - cover * strength) + lit * strength, np.float32)


def _relief(shape: NDArray[np.floating], side: float, chance: Chance) -> Floats:
    """Light on the edges of a raised or sunken shape, about −1..1."""
    soft = cv2.GaussianBlur(shape, (0, 0), max(0.7, side / 50))
    angle = float(chance.uniform(0, 6.28))
    along = cv2.Sobel(soft, cv2.CV_32F, 1, 0) * np.float32(np.cos(angle)) + cv2.Sobel(
        soft, cv2.CV_32F, 0, 1
    ) * np.float32(np.sin(angle))
    return np.asarray(np.clip(along, -1, 1), np.float32)


def photographed(image: RGBImage, chance: Chance, *, mild: bool = False) -> RGBImage:
    """An image after a camera and a web site: light, colour cast, blur, low resolution, noise, JPEG."""
    height, width = image.shape[:2]
    out: NDArray[Any] = image
    if not mild:
        table = np.linspace(0, 1, 256) ** float(np.exp(chance.normal(0, 0.2)))
        levels = np.clip(
            table[:, None] * 255 * (1 + chance.normal(0, 0.06, 3)) * float(chance.uniform(0.85, 1.15))
            + float(chance.normal(0, 8)),
            0,
            255,
        )
        out = cv2.LUT(out, levels.astype(np.uint8)[None])
        kind = float(chance.random())
        if kind < 0.35:
            out = cv2.GaussianBlur(out, (0, 0), float(chance.uniform(0.4, 2.0)))
        elif kind < 0.45:
            length = int(chance.integers(3, 9))
            line = np.zeros((length, length), np.float32)
            angle = float(chance.uniform(0, 3.14))
            middle = length / 2 - 0.5
            ends = [
                (round(middle + sign * middle * np.cos(angle)), round(middle + sign * middle * np.sin(angle)))
                for sign in (-1, 1)
            ]
            cv2.line(line, ends[0], ends[1], 1.0)
            out = cv2.filter2D(out, -1, line / line.sum())
    if chance.random() < (0.15 if mild else 0.35):
        factor = min(1.0, max(float(chance.uniform(0.25, 0.8)), 18 / min(height, width)))
        small = cv2.resize(
            out, (max(8, round(width * factor)), max(8, round(height * factor))), interpolation=cv2.INTER_AREA
        )
        out = cv2.resize(
            small, (width, height), interpolation=cv2.INTER_LINEAR if chance.random() < 0.5 else cv2.INTER_CUBIC
        )
    if not mild and chance.random() < 0.4:
        out = np.clip(out + chance.normal(0, float(chance.uniform(2, 9)), out.shape).astype(np.float32), 0, 255).astype(
            np.uint8
        )
    if chance.random() < 0.6:
        _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(25, 95))])
        out = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return np.asarray(out, np.uint8)
