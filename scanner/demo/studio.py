"""A small ray caster that photographs solids on a table, by the light of one large window; it owns no goods."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.demo.solids import FAR, Floats, Hits, Solid, dot, sampled
from scanner.demo.textures import Pixels

_WINDOW = np.array([-0.52, 0.72, 0.46], np.float32) / np.float32(np.linalg.norm([-0.52, 0.72, 0.46]))
_OVERSIZE = 1.15  # drawn larger and shrunk, so that edges are smooth
_SPARSE = 4  # every so many pixels a shadow is looked for


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
    solids: tuple[Solid, ...] = ()


def _cast(solids: tuple[Solid, ...], origin: Floats, ray: Floats) -> Hits:
    hits = Hits.none(len(ray))
    for solid in solids:
        centre, radius = solid.bounds
        gap = np.array(centre, np.float32) - origin
        along = dot(gap, ray)
        close = np.flatnonzero((dot(gap, gap) - along * along < radius * radius) & (along > -radius))
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
        light += _cast(shot.solids, spots, ray).distance >= FAR
    return light / np.float32(len(offsets))


def photograph(shot: Shot, width: int, height: int) -> Pixels:
    """The scene as (height, width, 3) sRGB, 0..1."""
    w, h = round(width * _OVERSIZE), round(height * _OVERSIZE)
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
    fall = np.where(ray[:, 1] < -1e-4, -eye[1] / np.minimum(ray[:, 1], -1e-4), FAR)
    spot = origin + fall[:, None] * ray
    on = np.flatnonzero((fall < FAR) & (spot[:, 2] > -shot.depth))
    u, v = np.mod(spot[on, 0] / shot.tile + 0.5, 1.0), np.mod(spot[on, 2] / shot.tile + 0.5, 1.0)
    haze = np.clip((-spot[on, 2] - shot.depth * 0.45) / (shot.depth * 0.55), 0, 1)[:, None] ** 1.5
    ground = sampled(shot.table, u.astype(np.float32), v.astype(np.float32))
    bright = np.exp(-((spot[on, 0] + 1.2) ** 2 + (spot[on, 2] - 0.4) ** 2) / 42)[:, None]
    touch = np.ones(len(on), np.float32)
    for solid in shot.solids:
        (cx, cy, cz), radius = solid.bounds
        reach = np.sqrt(max(radius * radius - cy * cy, 0.04))
        touch *= 1 - 0.42 * np.exp(-np.maximum(np.hypot(spot[on, 0] - cx, spot[on, 2] - cz) - reach * 0.85, 0) / 0.22)
    coarse = np.zeros((h, w), np.float32).reshape(-1)
    sparse = (np.arange(w * h) // w % _SPARSE == 0) & (np.arange(w * h) % w % _SPARSE == 0)
    lit = on[sparse[on]]
    coarse[:] = 1.0
    coarse[lit] = _shadow(shot, spot[lit].astype(np.float32))
    small = cv2.GaussianBlur(np.ascontiguousarray(coarse.reshape(h, w)[::_SPARSE, ::_SPARSE]), (0, 0), 1.3)
    shade = np.asarray(cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)).reshape(-1)[on]
    ground = ground * ((0.5 + 0.72 * shade * (0.55 + 0.45 * bright[:, 0])) * touch)[:, None]
    out[on] = ground * (1 - haze) + out[on] * haze

    hits = _cast(shot.solids, origin, ray)
    seen = np.flatnonzero(hits.distance < np.where(fall > 0, fall, FAR))
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
    mirror = ray - 2 * dot(ray, normal)[:, None] * normal
    side, tall = mirror[:, 0], mirror[:, 1]
    pane = 1 / (1 + np.exp(-(0.34 - np.abs(side + 0.62)) * 30)) / (1 + np.exp(-(0.5 - np.abs(tall - 0.35)) * 22))
    frame = 1 - 0.7 * np.exp(-(((side + 0.62) / 0.025) ** 2))
    rim = np.clip(1 + dot(ray, normal)[:, None], 0, 1) ** 4
    return np.asarray(shaded + gloss * (0.42 * (pane * frame)[:, None] + 0.25 * rim), np.float32)
