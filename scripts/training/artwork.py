"""Variants of a mark before printing: recoloured, in one ink, with a word, on a badge; it makes no photo."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Chance = np.random.Generator


def recoloured(rgba: NDArray[np.uint8], chance: Chance, *, plainly: float = 0.45) -> NDArray[np.uint8]:
    """The mark as registered (with a chance of `plainly`), in one ink, striped, outlined, or with its hues turned."""
    kind = float(chance.random())
    if kind < plainly:
        return rgba
    out = rgba.copy()
    if kind < plainly + 0.08:
        hsv = cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(chance.integers(20, 160))) % 180
        out[..., :3] = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
        return out
    if kind < plainly + 0.12:
        out[..., :3] = 255 - rgba[..., :3]
        return out
    ink: NDArray[Any] = one_ink(rgba)
    if kind > 0.95:
        thick = int(chance.integers(2, 5))
        padded = cv2.copyMakeBorder(ink, thick, thick, thick, thick, cv2.BORDER_CONSTANT)
        kernel = np.ones((thick, thick), np.uint8)
        ink = cv2.resize(
            cv2.morphologyEx(padded, cv2.MORPH_GRADIENT, kernel), ink.shape[::-1], interpolation=cv2.INTER_AREA
        )
    out[..., 3] = ink
    if 0.88 < kind <= 0.95:
        out[..., :3] = _striped(ink.shape[:2], chance)
        return out
    shade = float(chance.random())
    colour = np.full(3, 12, np.uint8) if shade < 0.3 else np.full(3, 245, np.uint8)
    if shade > 0.6:
        colour = chance.integers(0, 256, 3).astype(np.uint8)
    out[..., :3] = colour
    return out


def _striped(size: tuple[int, ...], chance: Chance) -> NDArray[np.uint8]:
    """(H, W, 3) of bands of some colours, sharp or running into each other."""
    rows, columns = np.indices(size, dtype=np.float32) / max(size)
    angle = float(chance.choice((0.0, 1.57, float(chance.uniform(0, 3.14)))))
    along = rows * np.cos(angle) + columns * np.sin(angle)
    along = (along - along.min()) / max(float(np.ptp(along)), 1e-6)
    colours = chance.integers(0, 256, (int(chance.integers(2, 7)), 3)).astype(np.float32)
    if chance.random() < 0.5:
        return np.asarray(colours[np.minimum((along * len(colours)).astype(int), len(colours) - 1)], np.uint8)
    steps = np.linspace(0, 1, len(colours))
    return np.dstack([np.interp(along, steps, colours[:, channel]) for channel in range(3)]).astype(np.uint8)


def one_ink(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) alpha of the mark cut in one colour: all that is opaque, or, of a sign on a patch, the sign."""
    alpha = rgba[..., 3]
    grey = cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY)
    inside = alpha > 128
    if inside.mean() < 0.45:
        return alpha
    values = grey[inside]
    if values.std() < 25:
        return alpha
    level, _ = cv2.threshold(values.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = values > level
    level = (float(values[bright].mean()) + float(values[~bright].mean())) / 2
    edge = np.concatenate(
        [grey[0][inside[0]], grey[-1][inside[-1]], grey[:, 0][inside[:, 0]], grey[:, -1][inside[:, -1]]]
    )
    ground_is_bright = bool(edge.mean() > level) if edge.size else bool(bright.mean() > 0.5)
    soft = np.clip((grey.astype(np.float32) - level) / 12 + 0.5, 0, 1)
    sign = 1 - soft if ground_is_bright else soft
    return np.asarray(sign * alpha, np.uint8)


def with_word(
    rgba: NDArray[np.uint8], word: NDArray[np.uint8], chance: Chance
) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """The mark with a word under it or next to it, and the box of the mark itself in that."""
    height, width = rgba.shape[:2]
    gap = max(4, min(height, width) // 6)
    if chance.random() < 0.5:
        scale = width * float(chance.uniform(0.7, 1.3)) / word.shape[1]
        added = cv2.resize(
            word,
            (max(4, round(word.shape[1] * scale)), max(4, round(word.shape[0] * scale))),
            interpolation=cv2.INTER_AREA,
        )
        wide = max(width, added.shape[1])
        out = np.zeros((height + gap + added.shape[0], wide, 4), np.uint8)
        left = (wide - width) // 2
        out[:height, left : left + width] = rgba
        out[height + gap :, (wide - added.shape[1]) // 2 :][:, : added.shape[1]] = added
        return out, (left, 0, left + width, height)
    scale = height * float(chance.uniform(0.4, 0.8)) / word.shape[0]
    added = cv2.resize(
        word,
        (max(4, min(4 * width, round(word.shape[1] * scale))), max(4, round(word.shape[0] * scale))),
        interpolation=cv2.INTER_AREA,
    )
    out = np.zeros((max(height, added.shape[0]), width + gap + added.shape[1], 4), np.uint8)
    top = (out.shape[0] - height) // 2
    out[top : top + height, :width] = rgba
    out[(out.shape[0] - added.shape[0]) // 2 :][: added.shape[0], width + gap :] = added
    return out, (0, top, width, top + height)


def on_badge(
    rgba: NDArray[np.uint8], word: NDArray[np.uint8], chance: Chance
) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """The mark on a disc, mostly within a ring that has the word on its upper half, and the mark's box in that."""
    height, width = rgba.shape[:2]
    inner = int(np.hypot(height, width) / 2 * float(chance.uniform(0.9, 1.25)))
    band = int(inner * float(chance.uniform(0.2, 0.55))) if chance.random() < 0.75 else 0
    side = 2 * (inner + band) + 1
    middle = (side // 2, side // 2)
    disc, rim, letters = (chance.integers(0, 256, 3) for _ in range(3))
    visible = rgba[..., 3] > 64
    ink = rgba[..., :3][visible].mean(axis=0) if visible.any() else np.zeros(3)
    if np.abs(disc - ink).max() < 80:
        disc = np.where(ink < 128, 240, 15)
    if np.abs(letters - rim).max() < 100:
        letters = np.where(rim < 128, 250, 5)
    out = np.zeros((side, side, 4), np.uint8)
    cv2.circle(out, middle, inner + band, (*(int(level) for level in rim), 255), -1)
    if band > 3:
        strip = np.zeros((360, band), np.uint8)  # angles down, radius across: as polar images lie
        text = cv2.rotate(cv2.resize(word[..., 3], (int(chance.integers(90, 179)), band)), cv2.ROTATE_90_CLOCKWISE)
        strip[270 - len(text) // 2 :][: len(text)] = text  # 270 degrees is the top
        polar = np.hstack([np.zeros((360, inner), np.uint8), strip])
        written = cv2.warpPolar(polar, (side, side), middle, inner + band, cv2.WARP_INVERSE_MAP)[..., None] / 255.0
        out[..., :3] = (out[..., :3] * (1 - written) + letters * written).astype(np.uint8)
    cv2.circle(out, middle, inner, (*(int(level) for level in disc), 255), -1)
    left, top = middle[0] - width // 2, middle[1] - height // 2
    left, top = max(0, left), max(0, top)
    piece = out[top : top + height, left : left + width]
    mark = rgba[: piece.shape[0], : piece.shape[1]]
    cover = mark[..., 3:] / 255.0
    piece[..., :3] = (piece[..., :3] * (1 - cover) + mark[..., :3] * cover).astype(np.uint8)
    piece[..., 3] = np.maximum(piece[..., 3], mark[..., 3])
    return out, (left, top, left + width, top + height)
