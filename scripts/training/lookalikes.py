"""Marks that resemble another and are not it: its drawing edited as an imitator edits it; it prints nothing.

Proportions are stretched by half and more: a mark on folded cloth seen from the side is off by less.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.artwork import Chance
from training.drawings import SIDE, Mark, fitted

RGBA = NDArray[np.uint8]
OPAQUE: Final = 100  # alpha from which a pixel is of the mark
LEAST_PART, MOST_PART = 0.08, 0.7  # share of the ink that an element has which is left out, doubled or swapped
LEAST_TWIN: Final = 0.12  # share of the ink by which a mirrored mark differs from itself, to be another
BARS: Final = (3, 4, 5)


def drawn_bars(count: int, style: Sequence[float], ink: Sequence[int]) -> RGBA | None:
    """`count` bars beside each other, leaning, growing, round or set on a line as `style`, four numbers 0..1, says."""
    lean, grow, wide, kind = style
    canvas = np.zeros((2 * SIDE, 2 * SIDE, 4), np.uint8)
    pitch = 0.8 / count
    for number in range(count):
        left = 0.1 + pitch * number + 0.1 * pitch
        right, top = left + pitch * (0.45 + 0.4 * wide), 0.2 + 0.45 * grow * (1 - number / (count - 1))
        shift = (lean - 0.5) * 0.5
        corners = np.array([[left + shift, top], [right + shift, top], [right, 0.85], [left, 0.85]]) * 2 * SIDE
        cv2.fillPoly(canvas, [corners.astype(np.int32)], (*(int(level) for level in ink), 255))
    if kind > 0.6:
        ring = (*(int(level) for level in ink), 255)
        cv2.circle(canvas, (SIDE, SIDE), SIDE - 6, ring, 9)
    return fitted(canvas)


def other_count(chance: Chance) -> Iterator[tuple[Mark, RGBA]]:
    """Marks of a few bars, each with one that has a bar more or less."""
    number = 0
    while True:
        count, style, ink = int(chance.choice(BARS)), chance.uniform(0, 1, 4).tolist(), chance.integers(0, 200, 3)
        one = drawn_bars(count, style, ink.tolist())
        other = drawn_bars(count + int(chance.choice((-1, 1))), style, ink.tolist())
        if one is not None and other is not None:
            yield Mark(f"bars-{number}", f"bars-{number}", one), other
            number += 1


def parts_of(rgba: RGBA) -> list[NDArray[np.bool_]]:
    """Masks of the elements of a mark that can be left out: what hangs together, of one ink about."""
    solid = (rgba[..., 3] > OPAQUE).astype(np.uint8)
    count, labels = cv2.connectedComponents(solid)
    shares = [(labels == number).sum() / max(1, solid.sum()) for number in range(1, count)]
    parts = [labels == number + 1 for number, share in enumerate(shares) if LEAST_PART <= share <= MOST_PART]
    if len(parts) >= 2:
        return parts
    inks = (rgba[..., :3] // 32).reshape(-1, 3).astype(np.int32) @ np.array([64, 8, 1])
    found = []
    for ink in np.unique(inks[solid.ravel() > 0])[:64]:
        count, labels = cv2.connectedComponents(((inks.reshape(solid.shape) == ink) & (solid > 0)).astype(np.uint8))
        for number in range(1, min(count, 24)):
            piece = labels == number
            if LEAST_PART <= piece.sum() / max(1, solid.sum()) <= MOST_PART:
                found.append(piece)
    return found


def without_part(rgba: RGBA, others: Sequence[Mark], chance: Chance) -> RGBA | None:
    """An element less."""
    parts = parts_of(rgba)
    if not parts:
        return None
    out = rgba.copy()
    out[cv2.dilate(parts[int(chance.integers(len(parts)))].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = 0
    return fitted(out)


def with_part(rgba: RGBA, others: Sequence[Mark], chance: Chance) -> RGBA | None:
    """An element more: one of its own again, or a bar or a dot, beside it."""
    parts = parts_of(rgba)
    ink = rgba[..., :3][rgba[..., 3] > OPAQUE].mean(axis=0).astype(int)
    height, width = rgba.shape[:2]
    if parts and chance.random() < 0.6:
        mask = parts[int(chance.integers(len(parts)))]
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        piece = np.where(mask[..., None], rgba, 0)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        top = int(rows[0])
    else:
        high, wide = int(height * chance.uniform(0.4, 1)), max(6, int(width * chance.uniform(0.12, 0.3)))
        piece, top = np.zeros((high, wide, 4), np.uint8), int(chance.integers(0, height - high + 1))
        if chance.random() < 0.5:
            piece[:] = (*ink.tolist(), 255)
        else:
            cv2.circle(piece, (wide // 2, high // 2), min(wide, high) // 2 - 1, (*ink.tolist(), 255), -1)
    gap = max(3, width // 12)
    out = np.zeros((height, width + gap + piece.shape[1], 4), np.uint8)
    out[:, :width] = rgba
    out[top : top + piece.shape[0], width + gap :] = piece
    return fitted(np.ascontiguousarray(out[:, ::1] if chance.random() < 0.5 else np.roll(out, gap + piece.shape[1], 1)))


def other_part(rgba: RGBA, others: Sequence[Mark], chance: Chance) -> RGBA | None:
    """Another sign where one of its elements was."""
    parts = parts_of(rgba)
    if not parts:
        return None
    mask = parts[int(chance.integers(len(parts)))]
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    size = (int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1))
    if min(size) < 8:
        return None
    ink = rgba[..., :3][mask].mean(axis=0)
    out = rgba.copy()
    out[mask] = 0
    sign = cv2.resize(others[int(chance.integers(len(others)))].rgba[..., 3], size, interpolation=cv2.INTER_AREA)
    piece = out[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cover = sign[..., None] / 255.0
    piece[..., :3] = (piece[..., :3] * (1 - cover) + ink * cover).astype(np.uint8)
    piece[..., 3] = np.maximum(piece[..., 3], sign)
    return fitted(out)


def stretched(rgba: RGBA, others: Sequence[Mark], chance: Chance) -> RGBA | None:
    """Other proportions."""
    factor = float(chance.uniform(1.5, 2.0))
    height, width = rgba.shape[:2]
    size = (round(width * factor), height) if chance.random() < 0.5 else (width, round(height * factor))
    return fitted(np.asarray(cv2.resize(rgba, size, interpolation=cv2.INTER_LINEAR)))


def mirrored(rgba: RGBA, others: Sequence[Mark], chance: Chance) -> RGBA | None:
    """Its left for its right; None: that changes nothing that a person sees."""
    alpha = rgba[..., 3] > OPAQUE
    if (alpha ^ alpha[:, ::-1]).sum() < LEAST_TWIN * alpha.sum():
        return None
    return np.ascontiguousarray(rgba[:, ::-1])


def half_mirrored(rgba: RGBA, others: Sequence[Mark], chance: Chance) -> RGBA | None:
    """One half upside down."""
    out, middle = rgba.copy(), rgba.shape[1] // 2
    out[:, middle:] = out[::-1, middle:]
    if ((out[..., 3] > OPAQUE) ^ (rgba[..., 3] > OPAQUE)).sum() < LEAST_TWIN * (rgba[..., 3] > OPAQUE).sum():
        return None
    return fitted(out)


EDITS: Final[dict[str, Callable[[RGBA, Sequence[Mark], Chance], RGBA | None]]] = {
    "an element less": without_part,
    "an element more": with_part,
    "another sign inside": other_part,
    "other proportions": stretched,
    "mirrored": mirrored,
    "one half upside down": half_mirrored,
}
