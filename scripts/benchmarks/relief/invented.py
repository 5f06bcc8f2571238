"""Invented marks that no model was trained on: a sign, a word, or both; it prints nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.material.ink import sized

Chance = np.random.Generator
Mask = NDArray[np.uint8]
"""(H, W), 255 where there is ink."""
SIDE: Final = 400  # pixels: of a sign
OVER: Final = 2  # drawn this many times larger, so that edges come out smooth
INKS: Final = ((20, 20, 24), (190, 30, 45), (20, 70, 160), (10, 110, 70), (230, 120, 20), (110, 40, 130), (90, 60, 40))
BEGINNINGS: Final = ("v", "tr", "k", "l", "z", "br", "m", "qu", "d", "fl", "n", "s", "pr", "h")
MIDDLES: Final = ("a", "o", "e", "i", "u", "ai", "or", "an", "el", "ur")
ENDINGS: Final = ("x", "ta", "nor", "vo", "lis", "ka", "mund", "ra", "den", "quo", "zi", "tell")
KINDS: Final = ("sign", "word", "sign and word")


@dataclass(frozen=True, slots=True, eq=False)
class Invented:
    """A mark as its owner registers it, and its parts."""

    name: str
    kind: str  # one of KINDS
    rgba: NDArray[np.uint8]  # (H, W, 4), cut to what is visible
    parts: tuple[NDArray[np.uint8], ...]  # likewise, of the sign and of the word; empty: it has one part


def invent_marks(count: int, seed: int, fonts: Sequence[Path]) -> list[Invented]:
    """`count` marks, of KINDS by turns."""
    return [_invent(number, np.random.default_rng([seed, number, 31]), fonts) for number in range(count)]


def _invent(number: int, chance: Chance, fonts: Sequence[Path]) -> Invented:
    kind = KINDS[number % len(KINDS)]
    ink = INKS[int(chance.integers(len(INKS)))]
    other = ink if chance.random() < 0.5 else INKS[int(chance.integers(len(INKS)))]
    sign = _inked(SIGNS[number // len(KINDS) % len(SIGNS)](chance, fonts), ink)
    if kind == "sign":
        return Invented(f"invented-{number:03}", kind, sign, ())
    word = _inked(draw_word(chance, fonts), other)
    if kind == "word":
        return Invented(f"invented-{number:03}", kind, word, ())
    return Invented(f"invented-{number:03}", kind, _joined(sign, word, beside=chance.random() < 0.5), (sign, word))


def _inked(mask: Mask, ink: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The mask in a colour, cut to what is visible."""
    rows, columns = (np.flatnonzero(mask.max(axis=axis) > 64) for axis in (1, 0))
    cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.dstack([np.full((*cut.shape, 3), ink, np.uint8), cut])


def _joined(sign: NDArray[np.uint8], word: NDArray[np.uint8], *, beside: bool) -> NDArray[np.uint8]:
    """The word beside the sign, or under it, with a gap between them."""
    high, wide = sign.shape[:2]
    if beside:
        scale = 0.5 * high / word.shape[0]
        word = _resized(word, scale)
        out = np.zeros((max(high, word.shape[0]), wide + high // 6 + word.shape[1], 4), np.uint8)
        out[(len(out) - high) // 2 :, :wide][:high] = sign
        out[(len(out) - word.shape[0]) // 2 :, wide + high // 6 :][: word.shape[0]] = word
        return out
    word = _resized(word, 1.4 * wide / word.shape[1])
    out = np.zeros((high + high // 8 + word.shape[0], max(wide, word.shape[1]), 4), np.uint8)
    out[:high, (out.shape[1] - wide) // 2 :][:, :wide] = sign
    out[high + high // 8 :, (out.shape[1] - word.shape[1]) // 2 :][:, : word.shape[1]] = word
    return out


def _resized(rgba: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Of one colour, so that alpha alone needs care."""
    size = (max(8, round(rgba.shape[1] * scale)), max(8, round(rgba.shape[0] * scale)))
    alpha = cv2.resize(rgba[..., 3], size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return np.dstack([np.full((*alpha.shape, 3), rgba[0, 0, :3], np.uint8), alpha])


def draw_word(chance: Chance, fonts: Sequence[Path]) -> Mask:
    """An invented word in any font that has its letters."""
    word = "".join(str(chance.choice(list(part))) for part in (BEGINNINGS, MIDDLES, ENDINGS))
    word = (word.upper(), word.capitalize(), word)[int(chance.integers(3))]
    for _ in range(20):
        font = sized(fonts[int(chance.integers(len(fonts)))], 200)
        if len({bytes(font.getmask(letter)) for letter in set(word)}) == len(set(word)):
            mask = font.getmask(word, mode="L")
            drawn = np.asarray(mask, np.uint8).reshape(mask.size[1], mask.size[0])
            if min(drawn.shape) > 20:
                return drawn
    raise ValueError(f"no font has the letters of {word}")


def _canvas() -> Mask:
    return np.zeros((OVER * SIDE, OVER * SIDE), np.uint8)


def _smooth(mask: Mask) -> Mask:
    return np.asarray(cv2.resize(mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _polar(radii: NDArray[np.floating], angles: NDArray[np.floating]) -> NDArray[np.int32]:
    """Points around the middle of a canvas; a radius of 1 reaches its edge."""
    middle = OVER * SIDE / 2
    points = np.stack([np.sin(angles), -np.cos(angles)], axis=-1) * radii[..., None] * (middle - 4) + middle
    return np.asarray(np.round(points), np.int32)


def _petals(chance: Chance, _: Sequence[Path]) -> Mask:
    """Leaves around a middle, alike or by turns long and short."""
    canvas, count = _canvas(), int(chance.integers(3, 9))
    ratio, inner, width = (float(chance.uniform(*limits)) for limits in ((0.55, 1.0), (0.08, 0.3), (0.4, 0.95)))
    along = np.linspace(0, 1, 24)
    for number in range(count):
        reach = 1.0 if number % 2 == 0 else ratio
        radii = inner + (reach - inner) * along
        half = width * np.pi / count * np.sin(np.pi * along) ** 0.8
        middle = 2 * np.pi * number / count
        outline = np.concatenate([_polar(radii, middle + half), _polar(radii, middle - half)[::-1]])
        cv2.fillPoly(canvas, [outline], 255)
    return _smooth(canvas)


def _monogram(chance: Chance, fonts: Sequence[Path]) -> Mask:
    """One or two letters in a frame of some corners, or cut out of it."""
    canvas, corners = _canvas(), int(chance.choice([3, 4, 5, 6, 8, 40]))
    angles = 2 * np.pi * (np.arange(corners) + 0.5 * float(corners in {4, 8})) / corners
    solid = chance.random() < 0.5
    cv2.fillPoly(canvas, [_polar(np.ones(corners), angles)], 255)
    if not solid:
        cv2.fillPoly(canvas, [_polar(np.full(corners, 0.86), angles)], 0)
    letters = "".join(chance.choice(list("ABDEFGHJKMNPRSTVWXYZ"), int(chance.integers(1, 3)), replace=False))
    font = sized(fonts[int(chance.integers(len(fonts)))], round(OVER * SIDE * (0.5 if corners > 4 else 0.38)))
    mask = font.getmask(letters, mode="L")
    drawn = np.asarray(mask, np.uint8).reshape(mask.size[1], mask.size[0])
    room = int(OVER * SIDE * (0.62 if corners > 4 else 0.46))
    if max(drawn.shape) > room:
        drawn = np.asarray(cv2.resize(drawn, None, fx=room / max(drawn.shape), fy=room / max(drawn.shape)), np.uint8)
    top, left = ((OVER * SIDE - size) // 2 for size in drawn.shape)
    top += OVER * SIDE // 10 if corners == 3 else 0
    piece = canvas[top : top + drawn.shape[0], left : left + drawn.shape[1]]
    piece[:] = np.minimum(piece, 255 - drawn) if solid else np.maximum(piece, drawn)
    return _smooth(canvas)


def _blob(chance: Chance, _: Sequence[Path]) -> Mask:
    """A smooth silhouette with one or two eyes."""
    canvas, angles = _canvas(), np.linspace(0, 2 * np.pi, 200)
    radii = np.full(200, 0.62)
    for order in range(1, 7):
        radii += 0.16 / order**0.7 * float(chance.normal()) * np.cos(order * angles + float(chance.uniform(0, 6.28)))
    cv2.fillPoly(canvas, [_polar(np.clip(radii, 0.15, 1.0), angles)], 255)
    for _eye in range(int(chance.integers(1, 3))):
        centre = _polar(np.array([float(chance.uniform(0.1, 0.3))]), chance.uniform(0, 6.28, 1))[0]
        axes = (int(chance.integers(20, 90)), int(chance.integers(20, 90)))
        cv2.ellipse(canvas, centre.tolist(), axes, int(chance.integers(180)), 0, 360, 0, -1)
    return _smooth(canvas)


def _rings(chance: Chance, _: Sequence[Path]) -> Mask:
    """Rings that overlap in a row or a triangle."""
    canvas, count, thick = _canvas(), int(chance.integers(2, 5)), int(chance.integers(24, 70))
    in_row = chance.random() < 0.5
    radius = OVER * SIDE // (2 * count if in_row else 4)
    for number in range(count):
        if in_row:
            centre = (radius + 8 + number * (OVER * SIDE - 2 * radius - 16) // max(1, count - 1), OVER * SIDE // 2)
        else:
            centre = tuple(_polar(np.array([0.45]), np.array([2 * np.pi * number / count]))[0].tolist())
        cv2.circle(canvas, centre, radius - thick // 2, 255, thick)
    return _smooth(canvas)


def _stripes(chance: Chance, _: Sequence[Path]) -> Mask:
    """A disc or a shield cut into slanted bands."""
    canvas, angles = _canvas(), np.linspace(0, 2 * np.pi, 100)
    squared = 1.0 if chance.random() < 0.5 else 0.75 + 0.25 * np.abs(np.cos(2 * angles))
    cv2.fillPoly(canvas, [_polar(np.ones(100) * squared, angles)], 255)
    rows, columns = np.indices(canvas.shape, dtype=np.float32) / (OVER * SIDE)
    slope, count = float(chance.uniform(-1.2, 1.2)), int(chance.integers(2, 6))
    bent = float(chance.uniform(-0.6, 0.6)) * (columns - 0.5) ** 2
    canvas[((rows + slope * columns + bent) * count) % 1.0 < float(chance.uniform(0.2, 0.45))] = 0
    return _smooth(canvas)


def _star(chance: Chance, _: Sequence[Path]) -> Mask:
    """A star with a star, a disc or nothing cut out, at times within a ring."""
    canvas, points = _canvas(), int(chance.integers(3, 10))
    angles = np.pi * np.arange(2 * points) / points
    inner, ringed = float(chance.uniform(0.3, 0.75)), chance.random() < 0.5
    reach = 0.78 if ringed else 1.0
    radii = np.where(np.arange(2 * points) % 2 == 0, 1.0, inner) * reach
    cv2.fillPoly(canvas, [_polar(radii, angles)], 255)
    cut = float(chance.random())
    if cut < 0.4:
        cv2.fillPoly(canvas, [_polar(radii * 0.5, angles + np.pi / points)], 0)
    elif cut < 0.7:
        cv2.circle(canvas, (OVER * SIDE // 2, OVER * SIDE // 2), int(inner * reach * 0.3 * OVER * SIDE), 0, -1)
    if ringed:
        cv2.circle(canvas, (OVER * SIDE // 2, OVER * SIDE // 2), OVER * SIDE // 2 - 30, 255, 40)
    return _smooth(canvas)


SIGNS: Final[tuple[Callable[[Chance, Sequence[Path]], Mask], ...]] = (
    _petals,
    _monogram,
    _blob,
    _rings,
    _stripes,
    _star,
)
