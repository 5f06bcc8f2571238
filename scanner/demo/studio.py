"""A small ray caster that photographs turned and boxed goods on a table; no brand and no ground of its own.

Rays are cut with cone frustums, boxes and a torus in closed form or by sphere tracing; light is one large window at the
upper left, a sky and a soft shadow on the table. Units are those of the goods; y points up, the table is y = 0.
"""

from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.demo.textures import Pixels

Floats = NDArray[np.float32]
_FAR = np.float32(1e6)
_WINDOW = np.array([-0.52, 0.72, 0.46], np.float32) / np.linalg.norm([-0.52, 0.72, 0.46])


@dataclass(frozen=True, slots=True)
class Hits:
    """What rays met: distance along each ray (_FAR: nothing), outward normal (N, 3), base colour (N, 3), gloss (N,)."""

    distance: Floats
    normal: Floats
    colour: Floats
    gloss: Floats

    @classmethod
    def none(cls, count: int) -> "Hits":
        """No hit for any of `count` rays."""
        zeros = np.zeros((count, 3), np.float32)
        return cls(np.full(count, _FAR, np.float32), zeros, zeros.copy(), np.zeros(count, np.float32))

    def nearer(self, other: "Hits", where: NDArray[np.intp]) -> None:
        """Takes over `other`, which holds the rays `where`, at each place where it is the nearer one."""
        won = other.distance < self.distance[where]
        at = where[won]
        self.distance[at] = other.distance[won]
        self.normal[at], self.colour[at], self.gloss[at] = other.normal[won], other.colour[won], other.gloss[won]


class Solid(Protocol):
    """Something that stands on the table."""

    @property
    def bounds(self) -> tuple[tuple[float, float, float], float]:
        """Centre and radius of a sphere round it."""

    def cut(self, origin: Floats, ray: Floats) -> Hits:
        """The nearest hits of rays (N, 3) of length 1 from origins (N, 3)."""


def _sampled(texture: Pixels, u: Floats, v: Floats) -> Floats:
    """Texture colours (N, 3) at u, v in 0..1 from the left and from the top."""
    height, width = texture.shape[:2]
    x, y = (u * (width - 1)).astype(np.float32), (v * (height - 1)).astype(np.float32)
    if not len(x):
        return np.zeros((0, 3), np.float32)
    columns = 16384  # remap takes 32767 rows or columns at most
    short = -len(x) % columns
    grid = (np.pad(x, (0, short)).reshape(-1, columns), np.pad(y, (0, short)).reshape(-1, columns))
    out = np.asarray(cv2.remap(texture, *grid, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    return np.asarray(out.reshape(-1, 3)[: len(x)], np.float32)


@dataclass(frozen=True, slots=True)
class Turned:
    """A body of revolution: mug, tin, bottle, bowl. `profile` is (radius, height) from the table up."""

    profile: tuple[tuple[float, float], ...]
    texture: Pixels  # wraps once round, its middle to the front; top row at the highest point
    at: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0  # radians
    gloss: float = 0.5
    inside: tuple[float, float, float] = (0.2, 0.18, 0.17)  # seen through an open top

    @property
    def bounds(self) -> tuple[tuple[float, float, float], float]:
        """Centre and radius of a sphere round it."""
        top = max(y for _, y in self.profile)
        wide = max(r for r, _ in self.profile)
        return (self.at[0], top / 2, self.at[1]), float(np.hypot(top / 2, wide)) * 1.01

    def cut(self, origin: Floats, ray: Floats) -> Hits:
        """Hits of rays with each frustum of the profile, outside and inside."""
        ox, oy, oz = origin[:, 0] - self.at[0], origin[:, 1], origin[:, 2] - self.at[1]
        dx, dy, dz = ray.T
        flat, level = dx * dx + dz * dz, ox * dx + oz * dz
        away = ox * ox + oz * oz
        nearest = np.full(len(ray), _FAR, np.float32)
        slope = np.zeros(len(ray), np.float32)  # dr/dy where it was met; inf on a flat ring
        slopes = self._slopes()
        for i, ((r0, y0), (r1, y1)) in enumerate(zip(self.profile[:-1], self.profile[1:], strict=True)):
            if y1 == y0:  # a flat ring, such as a lid
                t = (y0 - oy) / dy
                rr = np.hypot(ox + t * dx, oz + t * dz)
                won = (rr >= min(r0, r1)) & (rr <= max(r0, r1)) & (t > 1e-3) & (t < nearest)
                nearest[won], slope[won] = t[won], -np.inf
                continue
            k = (r1 - r0) / (y1 - y0)
            base = r0 + k * (oy - y0)
            a, b = flat - (k * dy) ** 2, level - base * k * dy
            root = b * b - a * (away - base * base)
            real = root >= 0
            root = np.sqrt(np.where(real, root, 0))
            for sign in (-1, 1):
                t = (-b + sign * root) / a
                y = oy + t * dy
                won = real & (y >= y0) & (y <= y1) & (t > 1e-3) & (t < nearest)
                share = (y[won] - y0) / (y1 - y0)
                nearest[won], slope[won] = t[won], slopes[i] * (1 - share) + slopes[i + 1] * share
        return self._dressed(origin, ray, nearest, slope)

    def _slopes(self) -> list[float]:
        """dr/dy at each profile point, smoothed over neighbours except at sharp edges."""
        steps = [
            (r1 - r0) / (y1 - y0) if y1 != y0 else 0.0
            for (r0, y0), (r1, y1) in zip(self.profile[:-1], self.profile[1:], strict=True)
        ]
        return [steps[0], *((a + b) / 2 for a, b in zip(steps[:-1], steps[1:], strict=True)), steps[-1]]

    def _dressed(self, origin: Floats, ray: Floats, t: Floats, slope: Floats) -> Hits:
        """Normal, texture and gloss where rays met the wall at distance t."""
        out = Hits.none(len(t))
        met = np.flatnonzero(t < _FAR)
        top = max(y for _, y in self.profile)
        spot = origin[met] + t[met, None] * ray[met]
        x, z = spot[:, 0] - self.at[0], spot[:, 2] - self.at[1]
        ring = np.isinf(slope[met])
        normal = np.stack([x, -np.where(ring, 0, slope[met]) * np.hypot(x, z), z], 1)
        normal[ring] = (0, 1, 0)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        u = np.mod((np.arctan2(x, z) - self.turn) / (2 * np.pi) + 0.5, 1.0)
        colour = _sampled(self.texture, u.astype(np.float32), (1 - spot[:, 1] / top).astype(np.float32))
        behind = (normal * ray[met]).sum(1) > 0
        depth = np.clip(1.15 - 0.8 * (top - spot[behind, 1]) / top, 0.15, 1)
        colour[behind] = np.array(self.inside, np.float32) * depth[:, None]
        out.distance[met] = t[met]
        out.normal[met] = np.where(behind[:, None], -normal, normal)
        out.colour[met] = colour
        out.gloss[met] = np.where(behind, 0.0, self.gloss)
        return out


@dataclass(frozen=True, slots=True)
class Carton:
    """An upright box; textures of its front, right and top face."""

    size: tuple[float, float, float]  # width, height, depth
    front: Pixels
    side: Pixels
    lid: Pixels
    at: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0  # radians, anticlockwise from above
    lift: float = 0.0  # of its bottom above the table
    gloss: float = 0.12

    @property
    def bounds(self) -> tuple[tuple[float, float, float], float]:
        """Centre and radius of a sphere round it."""
        return (self.at[0], self.lift + self.size[1] / 2, self.at[1]), float(np.linalg.norm(self.size)) / 2 * 1.01

    def cut(self, origin: Floats, ray: Floats) -> Hits:
        """Hits by slabs in the box's own axes."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        spin = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]], np.float32)  # world to box
        half = np.array(self.size, np.float32) / 2
        middle = np.array([self.at[0], self.lift + half[1], self.at[1]], np.float32)
        o, d = (origin - middle) @ spin.T, ray @ spin.T
        d = np.where(np.abs(d) < 1e-7, 1e-7, d)
        near, far = np.minimum((-half - o) / d, (half - o) / d), np.maximum((-half - o) / d, (half - o) / d)
        entry, axis = near.max(1), near.argmax(1)
        good = (entry < far.min(1)) & (entry > 1e-3)
        spot = o + entry[:, None] * d
        u, v = spot[:, 0] / self.size[0] + 0.5, 0.5 - spot[:, 1] / self.size[1]
        w = 0.5 - spot[:, 2] / self.size[2]
        colour = np.zeros((len(ray), 3), np.float32)
        for face, texture, across, down in ((2, self.front, u, v), (0, self.side, w, v), (1, self.lid, u, 1 - w)):
            on = good & (axis == face)
            colour[on] = _sampled(texture, across[on].astype(np.float32), down[on].astype(np.float32))
        edge = np.clip(
            np.sort(half - np.abs(spot), axis=1)[:, 1], 0, half.min()
        )  # distance to the nearest edge of the face
        colour *= (1 - 0.25 * np.exp(-edge / (half.min() * 0.03)))[:, None]
        flat = np.zeros((len(ray), 3), np.float32)
        flat[np.arange(len(ray)), axis] = -np.sign(d[np.arange(len(ray)), axis])
        gloss = np.full(len(ray), self.gloss, np.float32)
        return Hits(np.where(good, entry, _FAR).astype(np.float32), flat @ spin, colour, gloss)


@dataclass(frozen=True, slots=True)
class Handle:
    """A mug's ear: a torus that stands upright, half of it sunk in the mug."""

    centre: tuple[float, float, float]
    ring: float
    thickness: float
    colour: tuple[float, float, float]
    turn: float = 0.0  # radians of the plane it lies in, 0: along x
    gloss: float = 0.6

    @property
    def bounds(self) -> tuple[tuple[float, float, float], float]:
        """Centre and radius of a sphere round it."""
        return self.centre, self.ring * 1.25 + self.thickness

    def _distance(self, spot: Floats) -> Floats:
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        p = spot - np.array(self.centre, np.float32)
        along, across = p[:, 0] * cos - p[:, 2] * sin, p[:, 0] * sin + p[:, 2] * cos
        return np.asarray(np.hypot(np.hypot(along, p[:, 1] * 0.8) - self.ring, across * 0.8) - self.thickness)

    def cut(self, origin: Floats, ray: Floats) -> Hits:
        """Hits by sphere tracing."""
        t = np.maximum(((np.array(self.centre, np.float32) - origin) * ray).sum(1) - self.bounds[1], 0)
        for _ in range(26):
            gap = self._distance(origin + t[:, None] * ray)
            t = t + gap
        good = gap < 2e-3
        spot, step = origin + t[:, None] * ray, np.float32(2e-3)
        slope = [self._distance(spot + step * np.eye(3, dtype=np.float32)[i]) - gap for i in range(3)]
        normal = np.stack(slope, 1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        colour = np.tile(np.array(self.colour, np.float32), (len(ray), 1))
        gloss = np.full(len(ray), self.gloss, np.float32)
        return Hits(np.where(good, t, _FAR).astype(np.float32), normal.astype(np.float32), colour, gloss)


@dataclass(frozen=True, slots=True)
class Shot:
    """Camera, table and background of one photograph."""

    table: Pixels
    backdrop: Pixels  # fills the picture where the table ends
    eye: tuple[float, float, float] = (0.0, 2.4, 6.2)
    look: tuple[float, float, float] = (0.0, 0.9, 0.0)
    zoom: float = 1.75  # focal length over half the picture's width
    tile: float = 9.0  # width of table that the texture covers
    depth: float = 5.0  # how far the table reaches behind the goods
    solids: tuple[Solid, ...] = field(default=())


def _cast(solids: tuple[Solid, ...], origin: Floats, ray: Floats) -> Hits:
    hits = Hits.none(len(ray))
    for solid in solids:
        centre, radius = solid.bounds
        gap = np.array(centre, np.float32) - origin
        along = (gap * ray).sum(1)
        close = np.flatnonzero(((gap * gap).sum(1) - along * along < radius * radius) & (along > -radius))
        if len(close):
            hits.nearer(solid.cut(origin[close], ray[close]), close)
    return hits


def _shadow(shot: Shot, spots: Floats) -> Floats:
    """The share of window light (N,) that reaches table spots (N, 3)."""
    light = np.zeros(len(spots), np.float32)
    offsets = ((0, 0), (0.2, 0.05), (-0.2, -0.05), (0.05, 0.2), (-0.05, -0.2), (0.13, -0.14), (-0.13, 0.14))
    for across, along in offsets:
        toward = _WINDOW + np.array([across, 0, along], np.float32)
        ray = np.broadcast_to(toward / np.linalg.norm(toward), spots.shape).astype(np.float32)
        light += _cast(shot.solids, spots, ray).distance >= _FAR
    return light / len(offsets)


def photograph(shot: Shot, width: int, height: int) -> Pixels:
    """The scene as (height, width, 3) sRGB, 0..1."""
    scale = 1.15  # drawn larger and shrunk, so that edges are smooth
    w, h = round(width * scale), round(height * scale)
    eye = np.array(shot.eye, np.float32)
    ahead = np.array(shot.look, np.float32) - eye
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0, 1, 0]).astype(np.float32)
    right /= np.linalg.norm(right)
    up = np.cross(right, ahead).astype(np.float32)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    across, upward = (x + 0.5 - w / 2) / (w / 2), (h / 2 - y - 0.5) / (w / 2)
    ray = ahead * shot.zoom + across[..., None] * right + upward[..., None] * up
    ray = (ray / np.linalg.norm(ray, axis=2, keepdims=True)).reshape(-1, 3).astype(np.float32)
    origin = np.broadcast_to(eye, ray.shape)

    out = (
        np.asarray(cv2.resize(shot.backdrop, (w, h), interpolation=cv2.INTER_LINEAR), np.float32).reshape(-1, 3).copy()
    )
    fall = np.where(ray[:, 1] < -1e-4, -eye[1] / np.minimum(ray[:, 1], -1e-4), _FAR)
    spot = origin + fall[:, None] * ray
    on = np.flatnonzero((fall < _FAR) & (spot[:, 2] > -shot.depth))
    u, v = np.mod(spot[on, 0] / shot.tile + 0.5, 1.0), np.mod(spot[on, 2] / shot.tile + 0.5, 1.0)
    haze = np.clip((-spot[on, 2] - shot.depth * 0.45) / (shot.depth * 0.55), 0, 1)[:, None] ** 1.5
    ground = _sampled(shot.table, u.astype(np.float32), v.astype(np.float32))
    bright = np.exp(-((spot[on, 0] + 1.2) ** 2 + (spot[on, 2] - 0.4) ** 2) / 42)[:, None]
    touch = np.ones(len(on), np.float32)
    for solid in shot.solids:
        (cx, cy, cz), radius = solid.bounds
        reach = np.sqrt(max(radius * radius - cy * cy, 0.04))
        touch *= 1 - 0.42 * np.exp(-np.maximum(np.hypot(spot[on, 0] - cx, spot[on, 2] - cz) - reach * 0.85, 0) / 0.22)
    coarse = np.zeros((h, w), np.float32).reshape(-1)
    sparse = (np.arange(w * h) // w % 4 == 0) & (np.arange(w * h) % w % 4 == 0)
    lit = on[sparse[on]]
    coarse[:] = 1.0
    coarse[lit] = _shadow(shot, spot[lit].astype(np.float32))
    small = cv2.GaussianBlur(np.ascontiguousarray(coarse.reshape(h, w)[::4, ::4]), (0, 0), 1.3)
    shade = np.asarray(cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)).reshape(-1)[on]
    ground = ground * ((0.5 + 0.72 * shade * (0.55 + 0.45 * bright[:, 0])) * touch)[:, None]
    out[on] = ground * (1 - haze) + out[on] * haze

    hits = _cast(shot.solids, origin, ray)
    seen = np.flatnonzero(hits.distance < np.where(fall > 0, fall, _FAR))
    out[seen] = _lit(hits, seen, origin[seen] + hits.distance[seen, None] * ray[seen], ray[seen])
    picture = np.clip(out.reshape(h, w, 3), 0, 1.5)
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _lit(hits: Hits, seen: NDArray[np.intp], spot: Floats, ray: Floats) -> Floats:
    """Colours (N, 3) of the hits `seen`: window, sky, light thrown back by the table, the window's reflection."""
    normal, gloss = hits.normal[seen], hits.gloss[seen][:, None]
    window = np.clip(normal @ _WINDOW, 0, 1)[:, None]
    fill = np.clip(normal @ np.array([0.8, 0.1, 0.6], np.float32), 0, 1)[:, None]
    sky = (0.5 + 0.5 * normal[:, 1])[:, None]
    low = np.clip(spot[:, 1] / 0.35, 0, 1)[:, None]
    light = 0.34 + 0.74 * window + 0.18 * fill + 0.12 * sky
    shaded = hits.colour[seen] * light * (0.72 + 0.28 * low)
    mirror = ray - 2 * (ray * normal).sum(1, keepdims=True) * normal
    side, tall = mirror[:, 0], mirror[:, 1]
    pane = 1 / (1 + np.exp(-(0.34 - np.abs(side + 0.62)) * 30)) / (1 + np.exp(-(0.5 - np.abs(tall - 0.35)) * 22))
    frame = 1 - 0.7 * np.exp(-(((side + 0.62) / 0.025) ** 2))
    rim = np.clip(1 + (ray * normal).sum(1, keepdims=True), 0, 1) ** 4
    return np.asarray(shaded + gloss * (0.42 * (pane * frame)[:, None] + 0.25 * rim), np.float32)
