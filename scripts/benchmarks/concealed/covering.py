"""Covers a mark on a photo, as sellers do; drawn by other code than what models are trained on, some by other means."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from scanner.engine.boxes import Box

Chance = np.random.Generator
Floats = NDArray[np.floating[Any]]
Drawing = NDArray[np.uint8]  # (H, W, 4): RGBA


class Strength(StrEnum):
    """How far a patch hides what is under it."""

    WEAK = "weak"  # what it was can still be guessed
    MEDIUM = "medium"
    STRONG = "strong"


class Cover(NamedTuple):
    """What lies over a photo: pixels (H, W, 3), and how opaque it is (H, W), 0..1."""

    pixels: Floats
    opacity: Floats


Cutter = Callable[[RGBImage, Box, float, Chance], Cover]
_HARD: Final = {Strength.WEAK: 0.0, Strength.MEDIUM: 0.5, Strength.STRONG: 1.0}


def _shape(image: RGBImage, box: Box, chance: Chance) -> Floats:
    """A rectangle with corners round or not, or a superellipse, in the box."""
    rows, columns = np.indices(image.shape[:2], dtype=np.float32)
    across, down = max(1.0, (box.right - box.left) / 2), max(1.0, (box.bottom - box.top) / 2)
    x, y = np.abs(columns + 0.5 - box.left - across) / across, np.abs(rows + 0.5 - box.top - down) / down
    power = float(chance.choice((2.0, 2.6, 5.0, 40.0)))
    x, y = np.minimum(x, 4), np.minimum(y, 4)  # farther is outside, and its powers would overflow
    far = (x**power + y**power) ** (1 / power)
    feather = float(chance.choice((0.01, 0.01, 0.06)))
    return np.asarray(np.clip((1 - far) / feather, 0, 1), np.float32)


def pixelated(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """Square cells."""
    cells = round(float(chance.uniform(9, 13)) - 8 * hard)
    return Cover(_cells(image, box, max(3, cells), cv2.INTER_NEAREST), _shape(image, box, chance))


def smooth_cells(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """Few pixels, enlarged smoothly: held out, as training knows square cells alone."""
    cells = round(float(chance.uniform(8, 11)) - 6 * hard)
    return Cover(_cells(image, box, max(3, cells), cv2.INTER_CUBIC), _shape(image, box, chance))


def _cells(image: RGBImage, box: Box, across: int, way: int) -> Floats:
    left, top, right, bottom = box
    piece = image[top:bottom, left:right]
    down = max(2, round(across * piece.shape[0] / piece.shape[1]))
    small = cv2.resize(piece, (across, down), interpolation=cv2.INTER_AREA)
    out = image.astype(np.float32)
    out[top:bottom, left:right] = cv2.resize(small, piece.shape[1::-1], interpolation=way)
    return out


def crystals(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """Cells of a Voronoi diagram: held out."""
    left, top, right, bottom = box
    piece = image[top:bottom, left:right]
    count = round(110 - 90 * hard)
    seeds = chance.uniform(0, 1, (count, 2)) * [piece.shape[0], piece.shape[1]]
    rows, columns = np.mgrid[: piece.shape[0], : piece.shape[1]]
    far = (rows[..., np.newaxis] - seeds[:, 0]) ** 2 + (columns[..., np.newaxis] - seeds[:, 1]) ** 2
    nearest = far.argmin(axis=2)
    total = np.zeros((count, 3))
    np.add.at(total, nearest, piece.astype(float))
    size = np.bincount(nearest.ravel(), minlength=count)[:, None]
    out = image.astype(np.float32)
    out[top:bottom, left:right] = (total / np.maximum(size, 1))[nearest]
    return Cover(out, _shape(image, box, chance))


def gaussian(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """A Gaussian blur."""
    reach = (0.05 + 0.2 * hard) * min(box.right - box.left, box.bottom - box.top)
    return Cover(cv2.GaussianBlur(image, (0, 0), max(1.5, reach)).astype(np.float32), _shape(image, box, chance))


def median(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """A median filter, which leaves flat spots with sharp rims: held out."""
    side = min(box.right - box.left, box.bottom - box.top)
    kernel = min(99, max(5, int((0.15 + 0.4 * hard) * side))) | 1
    return Cover(cv2.medianBlur(image, kernel).astype(np.float32), _shape(image, box, chance))


def scribble(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """A line to and fro over the mark."""
    thick = max(3, int((box.bottom - box.top) * (0.14 + 0.22 * hard)))
    turns = np.linspace(0, 1, 60)
    swings = float(chance.uniform(3, 5)) + 3 * hard
    wave = np.sin(turns * np.pi * 2 * swings + float(chance.uniform(0, 6)))
    x = box.left + turns * (box.right - box.left)
    y = (box.top + box.bottom) / 2 + wave * (box.bottom - box.top - thick) / 2
    return _painted(image, [np.stack([x, y], axis=1)], thick, 0.0, chance)


def spray(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """Paint from a can, with specks around it: held out."""
    mask = np.zeros(image.shape[:2], np.float32)
    middle = np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])
    half = np.array([box.right - box.left, box.bottom - box.top]) / 2
    for _ in range(round(60 + 240 * hard)):
        x, y = middle + half * np.clip(chance.normal(0, 0.48, 2), -1.2, 1.2)
        cv2.circle(mask, (int(x), int(y)), max(1, int(half.min() * float(chance.uniform(0.05, 0.22)))), 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.8, float(half.min()) * 0.06))
    colour = chance.uniform(0, 255, 3)
    return Cover(np.broadcast_to(colour, image.shape).astype(np.float32), np.clip(soft * (0.8 + 0.2 * hard), 0, 1))


def _painted(image: RGBImage, lines: Sequence[NDArray[np.float64]], thick: int, soft: float, chance: Chance) -> Cover:
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.polylines(mask, [np.round(line).astype(np.int32) for line in lines], False, 255, thick, cv2.LINE_AA)
    opacity = mask.astype(np.float32) / 255
    colour = chance.uniform(0, 255, 3) if chance.random() < 0.6 else np.full(3, float(chance.choice((5.0, 250.0))))
    return Cover(np.broadcast_to(colour, image.shape).astype(np.float32), opacity)


def smudge(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """Pixels pulled along strokes of a finger."""
    out = image.astype(np.float32)
    reach = max(3, int(min(box.right - box.left, box.bottom - box.top) * 0.22))
    rows, columns = np.indices((2 * reach + 1, 2 * reach + 1), dtype=np.float32) - reach
    tip = np.clip(1.3 - np.hypot(rows, columns) / reach, 0, 1)[..., None] * 0.92
    touched = np.zeros(image.shape[:2], np.float32)
    for _ in range(round(5 + 10 * hard)):
        start = [chance.uniform(box.left, box.right), chance.uniform(box.top, box.bottom)]
        end = [chance.uniform(box.left, box.right), chance.uniform(box.top, box.bottom)]
        held: Floats | None = None
        for part in np.linspace(0, 1, 24):
            x, y = (int(one + (other - one) * part) for one, other in zip(start, end, strict=True))
            x = int(np.clip(x, reach, image.shape[1] - reach - 1))
            y = int(np.clip(y, reach, image.shape[0] - reach - 1))
            place = (slice(y - reach, y + reach + 1), slice(x - reach, x + reach + 1))
            held = out[place].copy() if held is None else held * 0.9 + out[place] * 0.1
            out[place] = out[place] * (1 - tip) + held * tip
            touched[place] = np.maximum(touched[place], (tip[..., 0] > 0.3).astype(np.float32))
    return Cover(out, touched)


def plain(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """One colour; weakly: one like the goods."""
    around = image[box.top : box.bottom, box.left : box.right].reshape(-1, 3)
    own = np.median(around, axis=0) + chance.normal(0, 6, 3)
    colour = own * (1 - hard) + chance.uniform(0, 255, 3) * hard
    return Cover(np.broadcast_to(np.clip(colour, 0, 255), image.shape).astype(np.float32), _shape(image, box, chance))


def tape(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """A strip of tape with uneven ends, not quite opaque: held out."""
    turn = float(chance.normal(0, 0.15))
    middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    corners = cv2.boxPoints((middle, (box.right - box.left, box.bottom - box.top), float(np.degrees(turn))))
    steps = np.linspace(0, 1, 9)[:, None]
    ends = [
        corners[one] + (corners[other] - corners[one]) * steps + chance.normal(0, (box.right - box.left) * 0.02, (9, 2))
        for one, other in ((0, 1), (2, 3))
    ]
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(np.concatenate(ends)).astype(np.int32)], 255, cv2.LINE_AA)
    tint = np.array(chance.choice(([226, 205, 160], [240, 240, 236], [40, 40, 42], [200, 60, 50])), np.float32)
    grain = chance.normal(0, 5, (*image.shape[:2], 1)).astype(np.float32)
    return Cover(np.clip(tint + grain, 0, 255), mask.astype(np.float32) / 255 * np.float32(0.8 + 0.2 * hard))


def burst(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
    """A shop's star with many points and a rim; weakly, it leaves the corners of the mark."""
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    reach = np.where(np.arange(48) % 2 == 0, 1.0, float(chance.uniform(0.8, 0.9)))
    half = np.array([box.right - box.left, box.bottom - box.top]) / 2 * (0.8 + 0.2 * hard)
    middle = np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])
    points = np.stack([np.cos(turns), np.sin(turns)], axis=1) * reach[:, None]
    pixels, mask = np.zeros(image.shape, np.uint8), np.zeros(image.shape[:2], np.uint8)
    rim, fill = (tuple(int(v) for v in chance.integers(0, 256, 3)) for _ in range(2))
    cv2.fillPoly(mask, [np.round(points * half + middle).astype(np.int32)], 255, cv2.LINE_AA)
    pixels[:] = rim
    cv2.fillPoly(pixels, [np.round(points * half * 0.88 + middle).astype(np.int32)], fill, cv2.LINE_AA)
    return Cover(pixels.astype(np.float32), mask.astype(np.float32) / 255)


def pasted(drawing: Drawing) -> Cutter:
    """Covers with this drawing, an emoji: its set is held out."""

    def cover(image: RGBImage, box: Box, hard: float, chance: Chance) -> Cover:
        side = max(8, round(max(box.right - box.left, box.bottom - box.top) * (0.85 + 0.3 * hard)))
        rgba = cv2.resize(drawing, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
        x, y = (box.left + box.right - side) // 2, (box.top + box.bottom - side) // 2
        pixels, opacity = np.zeros(image.shape, np.float32), np.zeros(image.shape[:2], np.float32)
        left, top, right, bottom = max(0, x), max(0, y), min(image.shape[1], x + side), min(image.shape[0], y + side)
        part = rgba[top - y : bottom - y, left - x : right - x]
        pixels[top:bottom, left:right], opacity[top:bottom, left:right] = part[..., :3], part[..., 3] / 255
        return Cover(pixels, opacity)

    return cover


KNOWN: Final[dict[str, Cutter]] = {
    "square cells": pixelated, "Gaussian blur": gaussian, "scribble": scribble, "smudge": smudge, "plain": plain,
    "star": burst,
}  # fmt: skip
HELD_OUT: Final[dict[str, Cutter]] = {
    "smooth cells": smooth_cells, "crystals": crystals, "median": median, "spray": spray, "tape": tape,
}  # fmt: skip
EMOJI: Final = "emoji of another set"  # held out, too; needs its drawings


def covered(image: RGBImage, box: Box, cutter: Cutter, strength: Strength, chance: Chance) -> RGBImage:
    """The image (H, W, 3) with the box covered."""
    pixels, opacity = cutter(image, box, _HARD[strength], chance)
    out = image * (1 - opacity[..., None]) + pixels * opacity[..., None]
    return np.asarray(np.clip(np.round(out), 0, 255), np.uint8)


def marked(image: RGBImage, box: Box, mark: Drawing, chance: Chance) -> RGBImage:
    """The image with a mark printed on the goods within the box, before somebody covers it."""
    wide, high = box.right - box.left, box.bottom - box.top
    scale = min(wide / mark.shape[1], high / mark.shape[0]) * float(chance.uniform(0.75, 0.95))
    size = (max(4, round(mark.shape[1] * scale)), max(4, round(mark.shape[0] * scale)))
    rgba = cv2.resize(mark, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    x, y = box.left + (wide - size[0]) // 2, box.top + (high - size[1]) // 2
    out = image.astype(np.float32)
    place = out[y : y + size[1], x : x + size[0]]
    light = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)[y : y + size[1], x : x + size[0], None]
    ink = rgba[..., :3] * (0.4 + 0.6 * light / max(1.0, float(light.mean())))
    opacity = rgba[..., 3:] / 255 * 0.92
    place[:] = place * (1 - opacity) + ink * opacity
    return np.asarray(np.clip(out, 0, 255), np.uint8)
