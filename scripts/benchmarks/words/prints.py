"""Draws a word on a label in a photo, from easy to hard to read: fonts, sizes, blur, turns, bends, stacks, contrast."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.material.ink import sized
from benchmarks.material.lettering import latin_fonts
from benchmarks.material.text_words import Chance
from benchmarks.materials import Colour, cover, pick
from brand_index.images import RGBImage

SIDE: Final = 640  # pixels of the photo
ROOM: Final = 0.4  # of the letters' height, around the word on its label
MOST: Final = 0.92  # share of the photo that a label may take: what is larger is drawn smaller
USUAL_FONTS: Final = 12  # of all, from which the word is drawn where fonts are not what is varied
FONTS: Final = 200
QUALITY: Final = 88  # of the JPEG


@dataclass(frozen=True, slots=True)
class Print:
    """How a word is drawn."""

    font: Path | None = None  # None: one of the usual ones
    height: int = 26  # pixels of a capital
    blur: float = 0.0  # pixels, standard deviation
    turn: float = 0.0  # degrees clockwise
    arc: float = 0.0  # degrees of a circle that the word takes
    stacked: float = 0.0  # heights from one letter to that below; 0: not stacked
    light: int | None = None  # levels by which light ink differs from a dark label; None: dark ink on a light one


def drawn_word(chance: Chance, word: str, photo: RGBImage, how: Print) -> RGBImage:
    """(SIDE, SIDE, 3), the word on a plain label somewhere in a photo."""
    ground = cover(photo, SIDE, SIDE)
    font = how.font or pick(chance, usual_fonts())
    ink = _stacked(word, font, how) if how.stacked else _written(word, font, how)
    if how.arc:
        ink = _bent(ink, how.arc)
    pad = max(2, round(ROOM * how.height))
    ink = np.pad(ink, pad)
    label = np.full(ink.shape, 255, np.uint8)
    if how.turn:
        ink, label = _turned(ink, how.turn), _turned(label, how.turn)
    shrink = min(1.0, MOST * SIDE / max(ink.shape))
    ink, label = _shrunk(ink, shrink), _shrunk(label, shrink)
    back, fore = _colours(chance, how)
    high, wide = ink.shape
    top, left = (int(chance.integers(0, SIDE - side + 1)) for side in (high, wide))
    part: NDArray[np.float32] = ground[top : top + high, left : left + wide].astype(np.float32)
    for mask, colour in ((label, back), (ink, fore)):
        share = mask[..., None].astype(np.float32) / 255
        part += (np.array(colour, np.float32) - part) * share
    ground[top : top + high, left : left + wide] = np.clip(part + 0.5, 0, 255).astype(np.uint8)
    if how.blur:
        ground = np.asarray(cv2.GaussianBlur(ground, (0, 0), how.blur), np.uint8)
    return ground


@lru_cache(maxsize=1)
def usual_fonts() -> tuple[Path, ...]:
    """Upright fonts of running text, a few, in a stable order."""
    upright = [
        path for path in latin_fonts() if any(part in path.stem for part in ("Regular", "Sans", "Serif", "Bold"))
    ]
    upright = [path for path in upright if not any(part in path.stem for part in ("Italic", "Oblique", "Script"))]
    step = max(1, len(upright) // USUAL_FONTS)
    return tuple(upright[::step][:USUAL_FONTS]) or latin_fonts()[:USUAL_FONTS]


def _written(word: str, font: Path, how: Print) -> NDArray[np.uint8]:
    """(H, W), the word in one line, 255 where there is ink."""
    face = sized(font, _size(font, how.height))
    left, top, right, bottom = face.getbbox(word)
    canvas = Image.new("L", (max(1, int(right - left) + 2), max(1, int(bottom - top) + 2)))
    ImageDraw.Draw(canvas).text((1 - left, 1 - top), word, 255, face)
    return np.asarray(canvas, np.uint8)


def _stacked(word: str, font: Path, how: Print) -> NDArray[np.uint8]:
    """(H, W), the letters below each other, in capitals."""
    face = sized(font, _size(font, how.height))
    step = how.stacked * how.height
    wide = max(int(face.getlength(letter)) for letter in word.upper()) + 4
    canvas = Image.new("L", (wide, int(step * len(word)) + how.height))
    pen = ImageDraw.Draw(canvas)
    for number, letter in enumerate(word.upper()):
        pen.text((wide / 2, how.height * 0.7 + number * step), letter, 255, face, anchor="mm")
    return np.asarray(canvas, np.uint8)


@lru_cache(maxsize=4096)
def _size(font: Path, height: int) -> int:
    """The size of a font at which its capitals are `height` pixels high."""
    _, top, _, bottom = sized(font, 200).getbbox("H")
    return max(6, round(200 * height / max(1.0, bottom - top)))


def _bent(ink: NDArray[np.uint8], arc: float) -> NDArray[np.uint8]:
    """The line on a circle of which it takes `arc` degrees, its middle on top."""
    high, wide = ink.shape
    angle = np.radians(arc)
    radius = wide / angle  # of the line's middle
    outer, inner = radius + high / 2, radius - high / 2
    across = 2 * outer * (np.sin(angle / 2) if arc < 180 else 1.0)
    down = outer - inner * np.cos(angle / 2) if arc < 180 else outer - outer * np.cos(angle / 2)
    rows, columns = np.mgrid[0 : int(down) + 2, 0 : int(across) + 2].astype(np.float32)
    x, y = columns - across / 2, outer - rows
    distance, turned = np.hypot(x, y), np.arctan2(x, y)
    from_x, from_y = wide / 2 + turned * radius, outer - distance
    return np.asarray(
        cv2.remap(ink, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_LINEAR, borderValue=0), np.uint8
    )


def _shrunk(mask: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    if share >= 1:
        return mask
    return np.asarray(cv2.resize(mask, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)


def _turned(mask: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """The mask turned clockwise, with room for all of it."""
    high, wide = mask.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), -degrees, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (int(high * sine + wide * cosine) + 2, int(high * cosine + wide * sine) + 2)
    matrix[:, 2] += (size[0] / 2 - wide / 2, size[1] / 2 - high / 2)
    return np.asarray(cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)


def _colours(chance: Chance, how: Print) -> tuple[Colour, Colour]:
    """Of label and ink."""
    if how.light is None:
        back, fore = (tuple(int(level) for level in chance.integers(*span, 3)) for span in ((200, 256), (0, 90)))
        return (back[0], back[1], back[2]), (fore[0], fore[1], fore[2])
    dark = int(chance.integers(10, 60))
    return (dark, dark, dark), (dark + how.light, dark + how.light, dark + how.light)


def _each(change: Callable[[float], Print], values: tuple[float, ...], unit: str = "") -> dict[str, Print]:
    return {f"{value:g}{unit}": change(value) for value in values}


PLAIN: Final = Print()
PRINTS: Final[dict[str, dict[str, Print]]] = {
    "size (height of a capital)": _each(lambda it: replace(PLAIN, height=int(it)), (40, 28, 20, 14, 10, 8, 6), " px"),
    "blur": _each(lambda it: replace(PLAIN, blur=it), (1, 2, 3, 4, 6, 8), " px"),
    "rotation": _each(lambda it: replace(PLAIN, turn=it), (0, 10, 20, 30, 45, 60, 90, 135, 180, 270), "°"),
    "curvature (of a circle)": _each(lambda it: replace(PLAIN, arc=it), (20, 45, 70, 90, 120, 150, 180, 240), "°"),
    "stacked letters (pitch)": _each(lambda it: replace(PLAIN, stacked=it), (1.15, 1.4, 1.8, 2.4), " heights"),
    "light on dark (difference)": _each(lambda it: replace(PLAIN, light=int(it)), (190, 90, 45, 25, 12), " levels"),
}
