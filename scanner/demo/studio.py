"""A small ray marcher that photographs solids on a table by the light of one large window; it owns no goods.

Solids are signed distance fields, and rays are sphere traced (Hart 1996). y points up, the table is y = 0, and one unit
is about the radius of a mug.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.demo.textures import Photo, Pixels, colour, ground, photographed, room

Floats = NDArray[np.float32]
Spot = tuple[float, float]
Profile = tuple[Spot, ...]
"""Radius and height of a turned body from the table up."""

_WINDOW = np.array([-0.54, 0.70, 0.47], np.float32)  # unit vector towards the light
_GRID, _WIDE, _TALL, _BELOW = 64, 1.8, 3.7, 0.3  # a distance field: cells in a unit, units across, up and below 0
_SIZE, _DRAWN = (800, 600), (1000, 750)  # a photo is drawn larger and shrunk, so that edges are smooth
_ZOOM, _FAR = 2.0, 16.0  # focal length over half the width, units that a ray may go


@dataclass(frozen=True, slots=True)
class Solid:
    """A body: the signed distance (N,) and the base colour (N, 3) at spots (N, 3) of the scene."""

    distance: Callable[[Floats], Floats]
    colours: Callable[[Floats], Floats]


def _sampled(plane: Pixels, x: Floats, y: Floats) -> Floats:
    """Values of `plane` (H, W, ...) at shares x, y (N,) of its width and height."""
    short = -len(x) % 16384  # remap takes 32,767 rows or columns at most
    u, v = (np.pad(share.astype(np.float32), (0, short)).reshape(-1, 16384) for share in (x, y))
    at = (u * np.float32(plane.shape[1] - 1), v * np.float32(plane.shape[0] - 1))
    out = np.asarray(cv2.remap(plane, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
    return out.reshape(-1, *plane.shape[2:])[: len(x)]


@lru_cache(maxsize=16)
def _field(profile: Profile, hollow: bool) -> tuple[Floats, Pixels]:
    """The profile with its corners cut (Chaikin 1974), (N, 2), and the signed distance to it over the grid."""
    points = np.array(profile, np.float32)
    for _ in range(2):
        cut = [points[:-1] * 0.8 + points[1:] * 0.2, points[:-1] * 0.2 + points[1:] * 0.8]
        points = np.vstack([points[:1], np.stack(cut, 1).reshape(-1, 2), points[-1:]])
    wall = np.maximum(points[::-1] - (0.09, 0), (0, 0.12)) if hollow else points[:0]
    outline = np.vstack([points, wall]).astype(np.float32)
    radii, heights = (np.arange(0, reach, 1 / _GRID) for reach in (_WIDE, _TALL))
    signed = [[-cv2.pointPolygonTest(outline, (r, y - _BELOW), True) for r in radii] for y in heights]
    return points, np.asarray(cv2.GaussianBlur(np.array(signed, np.float32), (0, 0), 1.4))


def turned(profile: Profile, label: Pixels, at: Spot = (0, 0), turn: float = 0.0, inside: str | None = None) -> Solid:
    """A body of revolution: mug, tin, bottle, bowl; `turn` in radians, `inside` the colour within an open one.

    The label goes once round, its middle to the front, its top row at the highest point.
    """
    outer, field = _field(profile, inside is not None)

    def distance(spots: Floats) -> Floats:
        r, y = np.hypot(spots[:, 0] - at[0], spots[:, 2] - at[1]), spots[:, 1] + _BELOW
        near = np.minimum(r, _WIDE), np.clip(y, 0, _TALL)
        found, outside = _sampled(field, near[0] / _WIDE, near[1] / _TALL), np.hypot(r - near[0], y - near[1])
        return np.asarray(np.where(outside > 0, np.hypot(outside, found), found), np.float32)

    def colours(spots: Floats) -> Floats:
        x, z = spots[:, 0] - at[0], spots[:, 2] - at[1]
        around = np.mod((np.arctan2(x, z) - turn) / (2 * np.pi) + 0.5, 1.0)
        out = _sampled(label, around, 1 - np.clip(spots[:, 1] / profile[-1][1], 0, 1))
        if inside is not None:
            out[np.hypot(x, z) < np.interp(spots[:, 1], outer[:, 1], outer[:, 0]) - 0.05] = colour(inside)
        return out

    return Solid(distance, colours)


def handle(tint: str) -> Solid:
    """The ear of a mug in the middle of the table: an upright ring, half of it sunk in the mug."""

    def distance(spots: Floats) -> Floats:
        x, y, z = (spots - np.array((1.1, 1.08, 0), np.float32)).T
        return np.asarray(np.hypot(np.hypot(x, y * 0.8) - 0.52, z * 0.8) - 0.13, np.float32)

    return Solid(distance, lambda spots: np.tile(colour(tint), (len(spots), 1)))


def _gap(solids: Sequence[Solid], spots: Floats) -> Floats:
    return reduce(np.minimum, (solid.distance(spots) for solid in solids))


def _march(solids: Sequence[Solid], start: Floats, ray: Floats, steps: int, far: float) -> tuple[Floats, Floats]:
    """How far rays of length 1 get, `far` or more if they meet no solid, and the light 0..1 that comes down them."""
    travelled, light, active = np.zeros(len(ray), np.float32), np.ones(len(ray), np.float32), np.arange(len(ray))
    for _ in range(steps):
        spots = start[active] + travelled[active, None] * ray[active]
        gap = _gap(solids, spots)
        light[active] = np.minimum(light[active], 0.5 + 4.5 * gap / np.maximum(travelled[active], 0.02))
        travelled[active] += np.maximum(gap, 5e-4)
        active = active[(gap > 1e-3) & (travelled[active] < far) & ((ray[active, 1] > 0) | (spots[:, 1] > 0))]
    return travelled, np.maximum(light, 0)


def _shaded(solids: Sequence[Solid], spots: Floats, ray: Floats) -> Floats:
    """Colours (N, 3) of spots on solids: window, sky, light from the table, and the window's reflection."""
    owner = np.stack([solid.distance(spots) for solid in solids]).argmin(0)
    base, normal = np.zeros_like(spots), np.zeros_like(spots)
    for i, solid in enumerate(solids):
        own = spots[owner == i]
        base[owner == i] = solid.colours(own)
        steps = np.eye(3, dtype=np.float32) * 0.016
        normal[owner == i] = np.stack([solid.distance(own + step) - solid.distance(own - step) for step in steps], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    shade = _march(solids, spots + normal * 0.03, np.broadcast_to(_WINDOW, spots.shape), 16, 4.0)[1]
    window = np.clip(normal @ _WINDOW, 0, 1) * (0.1 + 0.9 * shade)
    corner = 0.55 + 0.45 * np.clip(_gap(solids, spots + normal * 0.25) / 0.25, 0, 1)  # less sky reaches a corner
    fill = np.clip(normal @ np.array([0.8, 0.1, 0.6], np.float32), 0, 1)
    light = (0.4 + 0.18 * fill + 0.06 * normal[:, 1]) * corner + 0.74 * window
    light *= 0.72 + 0.28 * np.clip(spots[:, 1] / 0.35, 0, 1)
    facing = np.sum(ray * normal, axis=1)
    side, tall = (ray - 2 * facing[:, None] * normal)[:, :2].T
    pane = 1 / (1 + np.exp((np.abs(side + 0.62) - 0.34) * 30)) / (1 + np.exp((np.abs(tall - 0.35) - 0.5) * 22))
    shine = corner * (0.2 * pane + 0.12 * np.clip(1 + facing, 0, 1) ** 4)
    return np.asarray(base * light[:, None] + shine[:, None], np.float32)


def _table(solids: Sequence[Solid], texture: Pixels, spots: Floats) -> Floats:
    """Colours (N, 3) of spots on the table, with the shadows of the solids."""
    shade = _march(solids, spots + _WINDOW * 0.03, np.broadcast_to(_WINDOW, spots.shape), 20, 5.0)[1]
    bright = 0.55 + 0.45 * np.exp(-((spots[:, 0] + 1.2) ** 2 + (spots[:, 2] - 0.4) ** 2) / 42)
    light = (0.5 + 0.72 * shade * bright) * (1 - 0.42 * np.exp(-np.maximum(_gap(solids, spots), 0) / 0.22))
    return np.asarray(_sampled(texture, *np.mod(spots[:, ::2] / 9 + 0.5, 1.0).T) * light[:, None], np.float32)


def still(name: str, table: str, solids: Sequence[Solid]) -> Photo:
    """A photo of goods on a table in the room that goes with it."""
    (w, h), eye, ahead = _DRAWN, np.array([0.0, 3.2, 6.2], np.float32), np.array([0, -0.341, -0.940])
    y, x = np.mgrid[0:h, 0:w].reshape(2, -1, 1)
    ray = ahead * _ZOOM + (2 * x / w - 1) * (1, 0, 0) + (h - 2 * y) / w * np.array([0, 0.940, -0.341])
    ray = (ray / np.linalg.norm(ray, axis=1, keepdims=True)).astype(np.float32)
    start = np.broadcast_to(eye, ray.shape)
    out = np.asarray(cv2.resize(room(name, table), (w, h)), np.float32).reshape(-1, 3)
    fall = np.where(ray[:, 1] < -1e-4, eye[1] / np.maximum(-ray[:, 1], 1e-4), _FAR).astype(np.float32)
    met = _march(solids, start, ray, 48, _FAR)[0]
    spots, solid = start + np.minimum(fall, met)[:, None] * ray, np.flatnonzero(met < np.minimum(fall, _FAR))
    flat = np.flatnonzero((fall < _FAR) & (met >= fall) & (spots[:, 2] > -5))
    haze = np.clip(-0.8 - spots[flat, 2:] / 2.75, 0, 1) ** 1.5
    out[flat] = _table(solids, ground(table), spots[flat]) * (1 - haze) + out[flat] * haze
    out[solid] = _shaded(solids, spots[solid], ray[solid])
    return photographed(name, np.asarray(cv2.resize(out.reshape(h, w, 3), _SIZE, interpolation=cv2.INTER_AREA)))
