"""The bodies that the demo's ray caster knows: turned, boxed and a mug's ear; no light and no camera.

Rays are cut with cone frustums and boxes in closed form, and with a torus by sphere tracing (Hart 1996). y points up,
the table is y = 0, and one is about the radius of a mug.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.demo.textures import Pixels

Floats = NDArray[np.float32]
FAR = np.float32(1e6)


@dataclass(frozen=True, slots=True)
class Hits:
    """What rays met: distance along each ray (FAR: nothing), outward normal (N, 3), base colour (N, 3), gloss (N,)."""

    distance: Floats
    normal: Floats
    colour: Floats
    gloss: Floats

    @classmethod
    def none(cls, count: int) -> "Hits":
        """No hit for any of `count` rays."""
        zeros = np.zeros((count, 3), np.float32)
        return cls(np.full(count, FAR, np.float32), zeros, zeros.copy(), np.zeros(count, np.float32))

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


def dot(a: Floats, b: Floats) -> Floats:
    """Products (N,) of vectors (N, 3), row by row."""
    return np.asarray(np.einsum("ij,ij->i", a, b), np.float32)


def sampled(texture: Pixels, u: Floats, v: Floats) -> Floats:
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
        nearest = np.full(len(ray), FAR, np.float32)
        slope = np.zeros(len(ray), np.float32)  # dr/dy where it was met; inf on a flat ring
        slopes = self._slopes()
        for i, ((r0, y0), (r1, y1)) in enumerate(pairwise(self.profile)):
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
        steps = [(r1 - r0) / (y1 - y0) if y1 != y0 else 0.0 for (r0, y0), (r1, y1) in pairwise(self.profile)]
        return [steps[0], *((a + b) / 2 for a, b in pairwise(steps)), steps[-1]]

    def _dressed(self, origin: Floats, ray: Floats, t: Floats, slope: Floats) -> Hits:
        """Normal, texture and gloss where rays met the wall at distance t."""
        out = Hits.none(len(t))
        met = np.flatnonzero(t < FAR)
        top = max(y for _, y in self.profile)
        spot = origin[met] + t[met, None] * ray[met]
        x, z = spot[:, 0] - self.at[0], spot[:, 2] - self.at[1]
        ring = np.isinf(slope[met])
        normal = np.stack([x, -np.where(ring, 0, slope[met]) * np.hypot(x, z), z], 1)
        normal[ring] = (0, 1, 0)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        u = np.mod((np.arctan2(x, z) - self.turn) / (2 * np.pi) + 0.5, 1.0)
        colour = sampled(self.texture, u.astype(np.float32), (1 - spot[:, 1] / top).astype(np.float32))
        behind = dot(normal, ray[met]) > 0
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
            colour[on] = sampled(texture, across[on].astype(np.float32), down[on].astype(np.float32))
        edge = np.clip(
            np.sort(half - np.abs(spot), axis=1)[:, 1], 0, half.min()
        )  # distance to the nearest edge of the face
        colour *= (1 - 0.25 * np.exp(-edge / (half.min() * 0.03)))[:, None]
        flat = np.zeros((len(ray), 3), np.float32)
        flat[np.arange(len(ray)), axis] = -np.sign(d[np.arange(len(ray)), axis])
        gloss = np.full(len(ray), self.gloss, np.float32)
        return Hits(np.where(good, entry, FAR).astype(np.float32), flat @ spin, colour, gloss)


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
        t = np.maximum(dot(np.array(self.centre, np.float32) - origin, ray) - self.bounds[1], 0)
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
        return Hits(np.where(good, t, FAR).astype(np.float32), normal.astype(np.float32), colour, gloss)
