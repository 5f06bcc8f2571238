"""Composes photos of marks in each finish, all of one mark in one pose on one ground; it measures nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from training.artwork import one_ink

from benchmarks.relief.finishes import FINISHES, Chance, Laying, Plane, finished
from brand_index.images import RGBImage
from scanner.engine.boxes import Box

PHOTO_SIDE: Final = 560  # pixels, long side
SIDES: Final = (0.22, 0.6)  # of the room that a mark has
TRIED: Final = 12  # places for a mark, of which it takes the plainest


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """A photo of a mark in one finish."""

    finish: str
    image: RGBImage
    box: Box  # of the mark


def compose(
    rgba: NDArray[np.uint8], ground: RGBImage, surroundings: RGBImage, seed: Sequence[int], finishes: Sequence[str]
) -> Iterator[Composite]:
    """The mark (H, W, 4) on `ground` in each of `finishes`: the same place, pose, light and camera."""
    laying, box = _laid(rgba, ground, surroundings, np.random.default_rng([*seed, 1]))
    for finish in finishes:
        chance = np.random.default_rng([*seed, 2, list(FINISHES).index(finish)])
        image = finished(laying, finish, chance)
        yield Composite(finish, _photographed(image, np.random.default_rng([*seed, 3])), box)


def _laid(rgba: NDArray[np.uint8], ground: RGBImage, surroundings: RGBImage, chance: Chance) -> tuple[Laying, Box]:
    scale = PHOTO_SIDE / max(ground.shape[:2])
    size = (round(ground.shape[1] * scale), round(ground.shape[0] * scale))
    photo = np.asarray(
        cv2.resize(ground, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8
    )
    width, height = size
    high, wide = rgba.shape[:2]
    room = min(width / wide, height / high)
    side = float(np.exp(chance.uniform(*np.log(SIDES)))) * room
    half = np.array([wide, high]) * side / 2
    centres = np.array([width, height]) / 2 * (1 + chance.uniform(-0.4, 0.4, (TRIED, 2)))
    centre = _plainest(photo, centres, half)
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    turn = float(chance.normal(0, 0.1))
    turned = square @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    stray = chance.uniform(-1, 1, (4, 2)) * 0.07 * min(2 * half)
    corners = (turned + stray + centre).astype(np.float32)
    # Reduced before it is warped: a warp alone would skip pixels.
    shrink = min(1.0, side * 1.1)
    flat_colours, flat_ink = _premultiplied(rgba, shrink)
    corner_of = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * np.array(flat_ink.shape[::-1], np.float32)
    onto = cv2.getPerspectiveTransform(corner_of, corners)
    colours, ink = (
        np.asarray(cv2.warpPerspective(plane, onto, size, flags=cv2.INTER_LINEAR), np.float32)
        for plane in (flat_colours, flat_ink)
    )
    angle, lean = float(chance.uniform(0, 2 * np.pi)), float(chance.uniform(0.7, 1.6))
    light = np.array([np.cos(angle), np.sin(angle), lean], np.float32)
    low, up = corners.min(axis=0), corners.max(axis=0)
    box = Box(
        max(0, int(low[0])), max(0, int(low[1])), min(width, int(np.ceil(up[0]))), min(height, int(np.ceil(up[1])))
    )
    laying = Laying(
        ground=photo.astype(np.float32),
        ink=ink,
        colours=colours[..., :3],
        cover=colours[..., 3],
        side=float(2 * half.min()),
        surroundings=surroundings,
        light=light / np.linalg.norm(light),
    )
    return laying, box


def _plainest(photo: RGBImage, centres: NDArray[np.float64], half: NDArray[np.float64]) -> NDArray[np.float64]:
    """The one of `centres` around which the photo has the least detail: nobody presses a mark into a print."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 6))

    def busy(centre: NDArray[np.float64]) -> float:
        left, top = np.clip(centre - half, 0, None).astype(int)
        right, bottom = np.ceil(centre + half).astype(int)
        return float(detail[top:bottom, left:right].mean())

    return min(centres, key=busy)


def _premultiplied(rgba: NDArray[np.uint8], scale: float) -> tuple[Plane, Plane]:
    """Scaled: (H, W, 4), colours times cover, and cover, 0..1; and (H, W), the ink, 0..1."""
    cover = rgba[..., 3:].astype(np.float32) / 255
    planes = (np.dstack([rgba[..., :3] * cover, cover]), one_ink(rgba).astype(np.float32) / 255)
    size = (max(8, round(rgba.shape[1] * scale)), max(8, round(rgba.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    colours, ink = (np.asarray(cv2.resize(plane, size, interpolation=way), np.float32) for plane in planes)
    return colours, ink


def _photographed(image: RGBImage, chance: Chance) -> RGBImage:
    """A camera's light, blur and noise, and a JPEG."""
    gain = chance.normal(1, 0.04, 3) * float(chance.uniform(0.85, 1.1))
    out = cv2.GaussianBlur(image.astype(np.float32) * gain, (0, 0), float(chance.uniform(0.3, 1.1)))
    out = np.clip(out + chance.normal(0, float(chance.uniform(1, 5)), out.shape), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(70, 93))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
