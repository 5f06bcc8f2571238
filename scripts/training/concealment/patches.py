"""Patches that conceal what is under them: mosaics, blurs, smears, brush strokes, stickers, emoji, bars, frost."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from training.artwork import Chance

Floats = NDArray[np.floating[Any]]
Drawing = NDArray[np.uint8]
"""(H, W, 4): RGBA."""


def outline_mask(size: tuple[int, int], middle: Floats, sides: Floats, chance: Chance) -> Floats:
    """(H, W) 0..1 of a rectangle, an ellipse or a shape drawn by hand, of `sides` around `middle` (x, y)."""
    mask = np.zeros(size, np.uint8)
    angle = float(chance.choice((0.0, 0.0, 0.0, float(chance.normal(0, 15)))))
    kind = float(chance.random())
    centre, axes = (float(middle[0]), float(middle[1])), (float(sides[0]) / 2, float(sides[1]) / 2)
    if kind < 0.45:
        corners = cv2.boxPoints((centre, (2 * axes[0], 2 * axes[1]), angle))
        cv2.fillPoly(mask, [np.round(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    elif kind < 0.7:
        cv2.ellipse(mask, (centre, (2 * axes[0], 2 * axes[1]), angle), 255, -1, cv2.LINE_AA)
    else:
        turns = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        uneven = 1 + sum(
            float(chance.normal(0, 0.28 / order)) * np.cos(order * turns + float(chance.uniform(0, 6.28)))
            for order in (2, 3, 4, 5)
        )
        uneven = np.clip(uneven, 0.6, 1.4)
        points = np.stack([np.cos(turns) * axes[0], np.sin(turns) * axes[1]], axis=1) * uneven[:, None] + middle
        cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    soft: Floats = mask.astype(np.float32) / 255
    if chance.random() < 0.35:
        reach = max(0.6, float(sides.min()) * float(chance.uniform(0.01, 0.08)))
        soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), reach), np.float32)
    return np.asarray(soft, np.float32)


def mosaic(image: RGBImage, middle: Floats, sides: Floats, chance: Chance) -> tuple[Floats, Floats]:
    """The image in cells of one colour each, and the mask of the patch."""
    cell = max(2.5, float(sides.max()) / float(chance.uniform(3.0, 13.0)))
    height, width = image.shape[:2]
    left, top = (int(shift) for shift in chance.integers(0, max(2, int(cell)), 2))
    padded = cv2.copyMakeBorder(image, top, 0, left, 0, cv2.BORDER_REFLECT)
    count = (max(1, round(padded.shape[1] / cell)), max(1, round(padded.shape[0] / cell)))
    small = cv2.resize(padded, count, interpolation=cv2.INTER_AREA if chance.random() < 0.8 else cv2.INTER_NEAREST)
    if chance.random() < 0.2:
        small = np.clip(small + chance.normal(0, 12, small.shape), 0, 255).astype(np.uint8)
    cells = cv2.resize(small, padded.shape[1::-1], interpolation=cv2.INTER_NEAREST)[top:, left:]
    mask = outline_mask((height, width), middle, sides, chance)
    if chance.random() < 0.4:  # whole cells alone
        whole = cv2.resize(
            cv2.resize(cv2.copyMakeBorder(mask, top, 0, left, 0, cv2.BORDER_REPLICATE), count), padded.shape[1::-1],
            interpolation=cv2.INTER_NEAREST,
        )  # fmt: skip
        mask = (whole[top:, left:] > 0.4).astype(np.float32)
    return cells.astype(np.float32), mask


def blur(image: RGBImage, middle: Floats, sides: Floats, chance: Chance) -> tuple[Floats, Floats]:
    """The image blurred so that nothing can be read."""
    reach = max(2.0, float(sides.min()) * float(chance.uniform(0.06, 0.3)))
    kind = float(chance.random())
    if kind < 0.65:
        soft = cv2.GaussianBlur(image, (0, 0), reach)
    elif kind < 0.85:
        soft = cv2.blur(image, (2 * int(reach) + 1, 2 * int(reach) + 1))
    else:  # along a line
        length = int(3 * reach) | 1
        line = np.zeros((length, length), np.float32)
        turn = float(chance.uniform(0, np.pi))
        half = length // 2
        far = np.array([np.cos(turn), np.sin(turn)]) * half
        cv2.line(line, tuple(int(v) for v in half - far), tuple(int(v) for v in half + far), 1.0)
        soft = cv2.filter2D(image, -1, line / line.sum())
    return soft.astype(np.float32), outline_mask(image.shape[:2], middle, sides, chance)


def frost(image: RGBImage, middle: Floats, sides: Floats, chance: Chance) -> tuple[Floats, Floats]:
    """Blurred and tinted, as behind frosted glass."""
    soft, mask = blur(image, middle, sides, chance)
    tint = np.full(3, float(chance.choice((255.0, 255.0, 0.0, 128.0))))
    part = float(chance.uniform(0.2, 0.75))
    return np.asarray(soft * (1 - part) + tint * part, np.float32), mask


def smear(image: RGBImage, middle: Floats, sides: Floats, chance: Chance) -> tuple[Floats, Floats]:
    """Pushed about with a finger, or filled in from around it."""
    mask = outline_mask(image.shape[:2], middle, sides, chance)
    if chance.random() < 0.5:
        reach = int(sides.max() * 0.75)
        x, y = (int(v) for v in middle)
        top, left = max(0, y - reach), max(0, x - reach)
        piece = np.ascontiguousarray(image[top : y + reach, left : x + reach])
        hole = (mask[top : y + reach, left : x + reach] > 0.05).astype(np.uint8)
        scale = min(1.0, 90 / max(piece.shape[:2]))
        size = (max(8, int(piece.shape[1] * scale)), max(8, int(piece.shape[0] * scale)))
        filled = cv2.inpaint(
            cv2.resize(piece, size, interpolation=cv2.INTER_AREA),
            cv2.dilate(cv2.resize(hole, size, interpolation=cv2.INTER_NEAREST), np.ones((3, 3), np.uint8)), 3,
            cv2.INPAINT_TELEA,
        )  # fmt: skip
        out = image.astype(np.float32)
        out[top : y + reach, left : x + reach] = cv2.resize(filled, piece.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        return out, mask
    rows, columns = np.indices(image.shape[:2], dtype=np.float32)
    far = float(sides.min()) * float(chance.uniform(0.12, 0.4))
    grain = max(3.0, float(sides.min()) * float(chance.uniform(0.08, 0.25)))
    low = (max(2, int(image.shape[1] / grain)), max(2, int(image.shape[0] / grain)))
    pushed = [
        cv2.resize(
            chance.normal(0, far, low[::-1]).astype(np.float32), image.shape[1::-1], interpolation=cv2.INTER_CUBIC
        )
        for _ in range(2)
    ]
    moved = cv2.remap(image, columns + pushed[0], rows + pushed[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return cv2.GaussianBlur(moved, (0, 0), max(0.8, far / 5)).astype(np.float32), mask


def rub(image: RGBImage, middle: Floats, sides: Floats, chance: Chance) -> tuple[Floats, Floats]:
    """Wet ink drawn along by a fingertip, to and fro: each dab carries on a part of what the last one met."""
    out = image.astype(np.float32)
    tip = max(2, int(sides.min() * float(chance.uniform(0.12, 0.35))))
    soft = int(1.5 * tip)
    rows, columns = np.mgrid[-soft : soft + 1, -soft : soft + 1]
    weight = (np.clip((soft - np.hypot(rows, columns)) / (soft - tip + 1), 0, 1) * 0.95)[..., None]
    mask = np.zeros(image.shape[:2], np.float32)
    kept = float(chance.uniform(0.75, 0.97))  # of what the fingertip carries, at each dab
    height, width = image.shape[:2]
    for _ in range(int(chance.integers(3, 16))):
        ends = middle + chance.uniform(-0.5, 0.5, (2, 2)) * sides
        dabs = max(4, int(np.hypot(*(ends[1] - ends[0])) / max(1, tip // 3)))
        carried: Floats | None = None
        for x, y in np.linspace(ends[0], ends[1], dabs).astype(int):
            if not (soft <= x < width - soft and soft <= y < height - soft):
                continue
            under = (slice(y - soft, y + soft + 1), slice(x - soft, x + soft + 1))
            carried = out[under].copy() if carried is None else kept * carried + (1 - kept) * out[under]
            out[under] += (carried - out[under]) * weight
            np.maximum(mask[under], (weight[..., 0] > 0.3).astype(np.float32), out=mask[under])
    return out, mask


def brush(image: RGBImage, middle: Floats, sides: Floats, chance: Chance) -> tuple[Floats, Floats]:
    """Strokes of one colour, a scribble or a closed fill."""
    mask = np.zeros(image.shape[:2], np.uint8)
    thick = max(2, int(sides.min() * float(chance.uniform(0.12, 0.45))))
    half = np.maximum(sides / 2 - thick / 2, 1)
    count = max(2, int(sides[1] / thick * float(chance.uniform(1.0, 2.0))) + 1)
    heights = np.linspace(-1, 1, count)
    ends = np.where(np.arange(count) % 2 == 0, -1.0, 1.0)
    points = np.stack([ends + chance.normal(0, 0.12, count), heights + chance.normal(0, 0.08, count)], axis=1) * half
    turn = float(chance.choice((0.0, 0.0, 1.57, float(chance.uniform(-0.6, 0.6)))))
    if abs(turn) > 1:
        points = points / half * half[::-1]
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    path = np.round(points @ spin + middle).astype(np.int32)
    cv2.polylines(mask, [path], False, 255, thick, cv2.LINE_AA)
    colour = _paint(image, middle, chance)
    soft: Floats = mask.astype(np.float32) / 255
    if chance.random() < 0.4:
        reach = max(0.6, thick * float(chance.uniform(0.03, 0.2)))
        soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), reach), np.float32)
    soft = soft * float(chance.choice((1.0, 1.0, float(chance.uniform(0.75, 1)))))
    return np.broadcast_to(colour, image.shape).astype(np.float32), np.asarray(soft, np.float32)


def _paint(image: RGBImage, middle: Floats, chance: Chance) -> Floats:
    """A colour that somebody paints with: black, white, any, or that of the goods."""
    kind = float(chance.random())
    if kind < 0.25:
        return np.full(3, float(chance.choice((0.0, 255.0, 250.0, 12.0))), np.float32)
    if kind < 0.6:
        return np.asarray(chance.uniform(0, 255, 3), np.float32)
    x, y = (int(v) for v in middle)
    around = image[max(0, y - 30) : y + 30, max(0, x - 30) : x + 30].reshape(-1, 3)
    return np.asarray(np.clip(np.median(around, axis=0) + chance.normal(0, 10, 3), 0, 255), np.float32)


def bar(image: RGBImage, middle: Floats, sides: Floats, chance: Chance) -> tuple[Floats, Floats]:
    """An area of one colour, or of two that run into each other."""
    colour = np.broadcast_to(_paint(image, middle, chance), image.shape).astype(np.float32)
    if chance.random() < 0.25:
        slope = np.linspace(-1, 1, image.shape[0], dtype=np.float32)[:, None, None] * float(chance.normal(0, 60))
        colour = np.clip(colour + slope, 0, 255)
    return colour, outline_mask(image.shape[:2], middle, sides, chance)


def sticker(image: RGBImage, middle: Floats, sides: Floats, chance: Chance) -> tuple[Floats, Floats]:
    """A heart, star, disc, flower, cloud or smiling face with a rim."""
    side = int(max(12, sides.max()))
    rgba = drawn_sticker(chance)
    return _pasted(image, rgba, middle, side, chance)


def drawn_sticker(chance: Chance) -> Drawing:
    """A sticker, 256 pixels square."""
    wide = 256
    fill, rim, sign = (tuple(int(v) for v in chance.integers(0, 256, 3)) for _ in range(3))
    if chance.random() < 0.5:
        rim = (255, 255, 255)
    turns = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    kind = int(chance.integers(6))
    if kind == 0:  # heart
        points = np.stack(
            [16 * np.sin(turns) ** 3,
             -(13 * np.cos(turns) - 5 * np.cos(2 * turns) - 2 * np.cos(3 * turns) - np.cos(4 * turns))], axis=1
        ) / 17  # fmt: skip
    else:
        count = int(chance.integers(5, 9))
        wave = {
            1: np.where((np.arange(200) * 2 * count // 200) % 2 == 0, 1.0, 0.55), 2: np.ones(200),
            3: 0.8 + 0.2 * np.cos(count * turns), 4: 0.75 + 0.25 * np.abs(np.sin(count * turns / 2)), 5: np.ones(200),
        }[kind]  # fmt: skip
        points = np.stack([np.cos(turns) * wave, np.sin(turns) * wave], axis=1)
    shape = np.round((points * 0.46 + 0.5) * wide * 16).astype(np.int32)
    inner = np.round((points * 0.46 * float(chance.uniform(0.8, 0.95)) + 0.5) * wide * 16).astype(np.int32)
    out = np.zeros((wide, wide, 4), np.uint8)
    cv2.fillPoly(out, [shape], (*rim, 255), cv2.LINE_AA, 4)
    cv2.fillPoly(out, [inner], (*fill, 255), cv2.LINE_AA, 4)
    if kind == 5 or chance.random() < 0.3:  # a face
        for x in (96, 160):
            cv2.circle(out, (x, 104), int(chance.integers(8, 18)), (*sign, 255), -1, cv2.LINE_AA)
        cv2.ellipse(out, (128, 140), (52, 40), 0, 15, 165, (*sign, 255), int(chance.integers(5, 14)), cv2.LINE_AA)
    elif chance.random() < 0.3:
        cv2.circle(out, (128, 128), int(chance.integers(20, 60)), (*sign, 255), -1, cv2.LINE_AA)
    return out


def emoji(
    image: RGBImage, middle: Floats, sides: Floats, chance: Chance, drawings: Sequence[Drawing]
) -> tuple[Floats, Floats]:
    """One of these drawings."""
    return _pasted(image, drawings[int(chance.integers(len(drawings)))], middle, int(max(12, sides.max())), chance)


def _pasted(image: RGBImage, rgba: Drawing, middle: Floats, side: int, chance: Chance) -> tuple[Floats, Floats]:
    turn = float(chance.choice((0.0, 0.0, float(chance.normal(0, 20)))))
    scale = side / max(rgba.shape[:2])
    if scale < 1:
        rgba = cv2.resize(rgba, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        scale = 1.0
    move = np.asarray(cv2.getRotationMatrix2D((rgba.shape[1] / 2, rgba.shape[0] / 2), turn, scale), np.float64)
    move[:, 2] += middle - np.array([rgba.shape[1], rgba.shape[0]]) / 2
    premultiplied = np.dstack([rgba[..., :3] * (rgba[..., 3:] / 255.0), rgba[..., 3:]]).astype(np.float32)
    lying = cv2.warpAffine(premultiplied, move, image.shape[1::-1], flags=cv2.INTER_LINEAR)
    cover = lying[..., 3] / 255
    return lying[..., :3] / np.maximum(cover, 1e-3)[..., None], np.asarray(cover, np.float32)


Concealment = Callable[[RGBImage, Floats, Floats, Chance], tuple[Floats, Floats]]
SORTS: Final[dict[str, Concealment]] = {
    "mosaic": mosaic, "blur": blur, "frost": frost, "smear": smear, "rub": rub, "brush": brush, "bar": bar,
    "sticker": sticker,
}  # fmt: skip
SHARES: Final = {
    "mosaic": 0.21, "blur": 0.19, "frost": 0.06, "smear": 0.08, "rub": 0.1, "brush": 0.1, "bar": 0.06, "sticker": 0.07,
    "emoji": 0.13,
}  # fmt: skip


def drawn_sort(chance: Chance) -> str:
    """A sort of patch, by SHARES."""
    return str(chance.choice(tuple(SHARES), p=tuple(SHARES.values())))


def concealed(
    image: RGBImage, middle: Floats, sides: Floats, chance: Chance, drawings: Sequence[Drawing], sort: str | None = None
) -> tuple[RGBImage, Floats]:
    """The image with a patch of `sort` (None: any) of `sides` around `middle`, and (H, W) 0..1 of where it lies."""
    kind = sort or drawn_sort(chance)
    if kind == "emoji":
        over, mask = emoji(image, middle, sides, chance, drawings)
    else:
        over, mask = SORTS[kind](image, middle, sides, chance)
    out = image * (1 - mask[..., None]) + over * mask[..., None]
    return np.clip(np.round(out), 0, 255).astype(np.uint8), mask
