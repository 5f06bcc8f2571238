"""T-shirts and bags on a floor, seen from above, with a print of one's own on them; no brand."""

import cv2
import numpy as np

from scanner.demo.textures import Photo, Pixels, chance, colour, ground, noise, photographed
from scanner.demo.vector import Drawing, stroke

_SIZE = (640, 800)
_NECK = "M300 120 C 330 104 470 104 500 120 C 470 172 330 172 300 120 Z"
_SHIRT = (
    "M300 120 C 250 128 215 140 190 150 C 130 175 85 250 40 360 C 80 395 130 415 178 425 L 214 352 "
    "C 222 470 222 640 214 812 C 330 836 470 836 586 812 C 578 640 578 470 586 352 L 622 425 "
    "C 670 415 720 395 760 360 C 715 250 670 175 610 150 C 585 140 550 128 500 120 C 470 172 330 172 300 120 Z"
)
_SHIRT_SEAMS = (
    "M214 352 C 206 270 200 200 190 150 M586 352 C 594 270 600 200 610 150 M288 124 C 316 208 484 208 512 124 "
    "M300 120 C 322 192 478 192 500 120 M50 347 C 92 382 140 402 184 411 M750 347 C 708 382 660 402 616 411 "
    "M215 796 C 330 820 470 820 585 796"
)
_BAG = "M190 300 C330 292 470 292 610 300 C622 480 626 660 618 820 C470 832 330 832 182 820 C174 660 178 480 190 300 Z"
_BAG_SEAMS = "M189 322 C 330 314 470 314 611 322 M186 800 C 330 812 470 812 614 800"
_STRAPS = "M290 296 C 270 60 370 20 400 20 C 430 20 530 60 510 296"


def _sheet(body: str) -> Pixels:
    """SVG of 640 x 800 units as (H, W, 4), 0..1."""
    drawing = Drawing(*_SIZE, f'<g transform="translate(0 56) scale(0.8)">{body}</g>')
    return np.asarray(drawing.pixels(_SIZE[0]) / 255, np.float32)


def _blend(under: Pixels, over: Pixels, alpha: Pixels) -> Pixels:
    return np.asarray(under * (1 - alpha[..., None]) + over * alpha[..., None], np.float32)


def _shadow(shape: Pixels, drop: int) -> Pixels:
    """The soft shadow (H, W) that a shape throws to the lower right."""
    return np.asarray(cv2.GaussianBlur(np.roll(shape, (drop, drop * 2 // 3), (0, 1)), (0, 0), 6), np.float32)


def _folds(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """The height of cloth in pixels, (height, width): long creases over soft swellings."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / width
    out = 10 * noise(rng, height, width, 3, 3, 3)
    for angle, left, top, sway, fine, rise, reach in rng.uniform(
        (0, 0.2, 0.2, 0, 0.012, 2, 0.15), (np.pi, 0.8, 1.1, 6, 0.03, 5, 0.35), (9, 7)
    ):
        along = (x - left) * np.cos(angle) + (y - top) * np.sin(angle)
        across = (x - 0.5) * np.sin(angle) - (y - 0.6) * np.cos(angle)
        bent = along + 0.04 * np.sin(across * 5 + sway)
        out += rise * np.exp(-((bent / fine) ** 2) - (across / reach) ** 2)
    return out


def garment_on_floor(name: str, floor: str, dye: str, print_: str, *, bag: bool = False) -> Photo:
    """A photo of a T-shirt or a bag on a floor; `print_` is SVG in the units of the cloth, 800 x 860."""
    width, height = _SIZE
    body, seams = (_BAG, _BAG_SEAMS) if bag else (_SHIRT, _SHIRT_SEAMS)
    shape = _sheet(f'<path d="{body}"/>')[..., 3]
    stitches = _sheet(f'<g stroke-dasharray="5 3.5">{stroke(seams, "#000", 2.2)}</g>')[..., 3]
    half = _folds(chance(name), height // 2, width // 2)  # folds are broad, and this part takes longest
    relief = np.asarray(cv2.resize(half, _SIZE, interpolation=cv2.INTER_CUBIC), np.float32)
    gy, gx = (np.asarray(slope, np.float32) for slope in np.gradient(cv2.GaussianBlur(relief, (0, 0), 2.0)))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    moved = np.asarray(cv2.remap(_sheet(print_), x + gx * 5, y + gy * 5, cv2.INTER_LINEAR), np.float32)
    thread = 1 + 0.05 * np.sin(x * 2.1 + relief) * np.sin(y * 2.1)
    light = np.clip(1.0 - 0.75 * gx - 0.95 * gy, 0.45, 1.4) * thread
    rim = 1 - 0.45 * np.clip(1.2 - cv2.GaussianBlur(shape, (0, 0), 7) * 1.25, 0, 1)
    plain, out = np.broadcast_to(colour(dye), (height, width, 3)), ground(floor)[:height, :width]
    fabric = _blend(plain, moved[..., :3], moved[..., 3] * 0.96) * (light * rim * (1 - 0.28 * stitches))[..., None]

    behind = _sheet(stroke(_STRAPS, "#000", 30) if bag else f'<path d="{_NECK}"/>')[..., 3]
    out = out * (1 - 0.4 * _shadow(behind, 5) - 0.5 * _shadow(shape, 9) * (1 - shape))[..., None]
    out = _blend(out, plain * (light * (0.93 if bag else 0.5))[..., None], behind)
    return photographed(name, _blend(out, np.clip(fabric, 0, 1), shape))
