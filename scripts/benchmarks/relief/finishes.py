"""Makes a mark of metal, leather, cloth or light on a photo, pixel by pixel; the pose is given.

Relief is a height field with rounded edges, made of the distance to the ink's outline. Its normals reflect a photo, as
chrome does, or turn the surface's own texture to the light and away from it. Nothing of it is shared with the prints
that models are trained on (training/printing.py), which shade the ink's edges.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

Chance = np.random.Generator
Plane = NDArray[np.float32]
"""(H, W) or (H, W, 3) float32."""
FLAT: Final = "flat"
NEON: Final = ((255, 60, 90), (60, 220, 255), (255, 170, 40), (120, 255, 120), (240, 90, 255), (250, 250, 235))


@dataclass(frozen=True, slots=True, eq=False)
class Laying:
    """A mark as it lies in a photo, before it is made of anything."""

    ground: Plane  # (H, W, 3) levels
    ink: Plane  # (H, W), 0..1: where the mark has ink
    colours: Plane  # (H, W, 3) levels of the mark there, times its cover
    cover: Plane  # (H, W), 0..1: where the mark is opaque
    side: float  # pixels: the shorter side of the mark
    surroundings: RGBImage  # what metal reflects
    light: NDArray[np.float32]  # (3,) of unit length, towards the light


def finished(laying: Laying, finish: str, chance: Chance) -> RGBImage:
    """The photo with the mark in this finish, one of FINISHES."""
    return np.clip(np.round(FINISHES[finish](laying, chance)), 0, 255).astype(np.uint8)


def _flat(laying: Laying, chance: Chance) -> Plane:
    """Ink of the mark's own colours, or of one that can be seen, in the shade and the weave of the ground."""
    cover, colours = laying.cover[..., None], laying.colours
    inside = laying.cover > 0.5
    under = laying.ground[inside].mean(axis=0) if inside.any() else np.zeros(3)
    own = colours[inside].mean(axis=0) if inside.any() else np.zeros(3)
    if np.abs(own - under).max() < 70:
        colours = cover * np.float32(245.0 if under.mean() < 128 else 15.0)
    grey = laying.ground.mean(axis=2)
    broad = cv2.GaussianBlur(grey, (0, 0), max(1.0, laying.side / 4)) + 1
    shade = (0.5 + 0.5 * broad / broad.mean()) * np.clip(1 + 0.5 * (grey / broad - 1), 0.6, 1.4)
    return np.asarray(laying.ground * (1 - cover) + colours * shade[..., None], np.float32)


def _height(ink: Plane, bevel: float) -> Plane:
    """(H, W) pixels: a plateau with rounded edges, `bevel` pixels high and its slope as wide."""
    solid = (ink > 0.5).astype(np.uint8)
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, 5) - (0.5 - np.clip(ink, 0, 1)) * solid
    rounded = np.sin(np.clip(depth / bevel, 0, 1) * np.float32(np.pi / 2)) * bevel
    return np.asarray(cv2.GaussianBlur(rounded.astype(np.float32), (0, 0), 0.7), np.float32)


def _normals(height: Plane, steepness: float) -> Plane:
    """(H, W, 3) of unit length; z is towards the camera."""
    across, down = (cv2.Sobel(height, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    normals = np.dstack([-across * np.float32(steepness), -down * np.float32(steepness), np.ones_like(height)])
    return np.asarray(normals / np.linalg.norm(normals, axis=2, keepdims=True), np.float32)


def _lit(normals: Plane, light: NDArray[np.float32]) -> Plane:
    """(H, W): light that falls on each pixel, 1 where the surface is flat."""
    return np.asarray(np.clip(normals @ light, 0, None) / light[2], np.float32)


def _gleam(normals: Plane, light: NDArray[np.float32], sharpness: float) -> Plane:
    """(H, W), 0..1: the highlight of Blinn and Phong."""
    half = light + np.array([0, 0, 1], np.float32)
    return np.asarray(np.clip(normals @ (half / np.linalg.norm(half)), 0, 1) ** sharpness, np.float32)


def _reflected(laying: Laying, normals: Plane) -> Plane:
    """(H, W, 3): what a mirror with these normals shows of the surroundings, which lie around it as a sphere."""
    high, wide = normals.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    view = np.dstack([(x - wide / 2) / wide * 0.7, (y - high / 2) / wide * 0.7, np.ones_like(x)])
    view = (view / np.linalg.norm(view, axis=2, keepdims=True)).astype(np.float32)
    ray = 2 * (normals * view).sum(axis=2, keepdims=True) * normals - view
    m = 2 * np.sqrt(ray[..., 0] ** 2 + ray[..., 1] ** 2 + (ray[..., 2] + 1) ** 2) + 1e-6
    size = laying.surroundings.shape
    u, v = (ray[..., axis] / m + 0.5 for axis in (0, 1))
    shown = cv2.remap(
        cv2.GaussianBlur(laying.surroundings, (0, 0), 2.0),
        (u * (size[1] - 1)).astype(np.float32),
        (v * (size[0] - 1)).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    return shown.astype(np.float32)


def _chrome(laying: Laying, chance: Chance) -> Plane:
    """A raised badge of chrome: it reflects a photo, a bright sky and a dark horizon, and throws a shadow."""
    bevel = max(1.5, laying.side * float(chance.uniform(0.03, 0.09)))
    height = _height(laying.ink, bevel)
    dome = cv2.GaussianBlur(laying.ink, (0, 0), max(2.0, laying.side / 8)) * laying.side * 0.12
    normals = _normals(height + dome, float(chance.uniform(0.7, 1.4)))
    shown = _reflected(laying, normals)
    up = -normals[..., 1:2]
    sky = 120 + 120 * np.tanh(6 * (up + float(chance.uniform(-0.25, 0.25))))
    silver = 0.3 * cv2.cvtColor(cv2.cvtColor(shown / 255, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) * 255
    metal = 0.3 * shown + silver + 0.45 * sky + 200 * _gleam(normals, laying.light, 60)[..., None]
    metal *= np.array([1.0, 0.82, 0.5], np.float32) if chance.random() < 0.2 else 1.0  # gold
    return _over(_shadowed(laying, bevel), metal, laying.ink)


def _shadowed(laying: Laying, bevel: float) -> Plane:
    shift = -laying.light[:2] * bevel * 1.5
    moved = cv2.warpAffine(
        laying.ink, np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32), laying.ink.shape[::-1]
    )
    shadow = cv2.GaussianBlur(moved, (0, 0), max(1.0, bevel / 2))
    return np.asarray(laying.ground * (1 - 0.55 * shadow[..., None]), np.float32)


def _over(ground: Plane, top: Plane, cover: Plane) -> Plane:
    return np.asarray(ground * (1 - cover[..., None]) + top * cover[..., None], np.float32)


def _pressed(laying: Laying, chance: Chance, sign: int) -> Plane:
    """The surface's own texture, raised or sunken: only light and shade show the mark."""
    bevel = max(1.2, laying.side * float(chance.uniform(0.015, 0.05)))
    grain = laying.ground.mean(axis=2)
    grain = (grain - cv2.GaussianBlur(grain, (0, 0), 2.0)) * np.float32(0.02)
    normals = _normals(sign * _height(laying.ink, bevel) + grain, float(chance.uniform(0.6, 1.3)))
    gloss = float(chance.uniform(0, 90))
    flat = float(_gleam(np.array([[[0, 0, 1]]], np.float32), laying.light, 25)[0, 0])
    gleam = gloss * (_gleam(normals, laying.light, 25) - flat)
    depth = 1 - (0.12 if sign < 0 else 0.0) * laying.ink
    return np.asarray(laying.ground * (0.35 + 0.65 * _lit(normals, laying.light) * depth)[..., None] + gleam[..., None])


def _embossed(laying: Laying, chance: Chance) -> Plane:
    return _pressed(laying, chance, 1)


def _debossed(laying: Laying, chance: Chance) -> Plane:
    return _pressed(laying, chance, -1)


def _engraved(laying: Laying, chance: Chance) -> Plane:
    """Cut into a plate of brushed metal, whose brushing is a row of the surroundings drawn out."""
    high, wide = laying.ink.shape
    row = laying.surroundings[int(chance.integers(laying.surroundings.shape[0]))].mean(axis=1)
    brushed = cv2.resize(row[None].astype(np.float32), (high, 1), interpolation=cv2.INTER_LINEAR)[0]
    brushed = brushed - cv2.GaussianBlur(brushed[None], (0, 0), 3)[0] + chance.normal(0, 5, high)
    streaks = cv2.GaussianBlur(chance.normal(0, 1, (high, wide)).astype(np.float32), (0, 0), sigmaX=25, sigmaY=0.5)
    slope = np.linspace(-1, 1, wide, dtype=np.float32)[None] * float(chance.uniform(-35, 35))
    level = float(chance.uniform(90, 190))
    plate = np.dstack([level + brushed[:, None] * 0.6 + 60 * streaks + slope] * 3).astype(np.float32)
    plate *= np.array([1.0, 0.85, 0.6], np.float32) if chance.random() < 0.25 else 1.0  # brass
    bevel = max(1.0, laying.side * 0.02)
    normals = _normals(-_height(laying.ink, bevel), 1.2)
    filled = float(chance.uniform(0.0, 0.45))
    lit = plate * (0.4 + 0.6 * _lit(normals, laying.light))[..., None] * (1 - filled * laying.ink[..., None])
    lit += 80 * (_gleam(normals, laying.light, 40) * (normals[..., 2] < 0.97))[..., None]
    plate_of, reach = np.zeros_like(laying.ink), laying.side * 0.25
    corners = cv2.boxPoints(cv2.minAreaRect(cv2.findNonZero((laying.cover > 0.5).astype(np.uint8))))
    away = corners - corners.mean(axis=0)
    outer = corners + reach * np.sign(away)
    cv2.fillConvexPoly(plate_of, np.round(outer).astype(np.int32), 1.0)
    return _over(
        laying.ground, np.asarray(lit, np.float32), np.asarray(cv2.GaussianBlur(plate_of, (0, 0), 0.8), np.float32)
    )


def _line(ink: Plane, width: float) -> Plane:
    """(H, W), 0..1: a line along the ink's outline."""
    solid = (ink > 0.5).astype(np.uint8)
    inner, outer = (cv2.distanceTransform(part, cv2.DIST_L2, 5) for part in (solid, 1 - solid))
    away = np.maximum(inner, outer) - 0.5
    return np.asarray(np.clip(width / 2 + 0.5 - away, 0, 1), np.float32)


def _neon(laying: Laying, chance: Chance) -> Plane:
    """A tube of light along the outline, in the dark."""
    colour = np.array(NEON[int(chance.integers(len(NEON)))], np.float32)
    tube = _line(laying.ink, max(1.5, laying.side * float(chance.uniform(0.02, 0.05))))[..., None]
    glow = sum(
        strength * cv2.GaussianBlur(tube[..., 0], (0, 0), max(1.0, laying.side * reach))[..., None]
        for strength, reach in ((0.9, 0.02), (0.7, 0.06), (0.5, 0.2))
    )
    dark = laying.ground * float(chance.uniform(0.1, 0.35))
    return np.asarray(dark + colour * glow * 0.8 + tube * (0.5 * colour + 0.5 * 255), np.float32)


def _outlined(laying: Laying, chance: Chance) -> Plane:
    """A line of thread or paint along the outline, light on dark goods and dark on light ones."""
    line = _line(laying.ink, max(1.2, laying.side * float(chance.uniform(0.015, 0.04))))
    inside = laying.cover > 0.5
    under = float(laying.ground[inside].mean()) if inside.any() else 128.0
    colour = chance.uniform(200, 250, 3) if under < 120 else chance.uniform(5, 60, 3)
    return _over(laying.ground, np.broadcast_to(colour.astype(np.float32), laying.ground.shape), 0.92 * line)


FINISHES: Final[Mapping[str, Callable[[Laying, Chance], Plane]]] = {
    FLAT: _flat,
    "chrome": _chrome,
    "embossed": _embossed,
    "debossed": _debossed,
    "engraved": _engraved,
    "neon": _neon,
    "outlined": _outlined,
}
