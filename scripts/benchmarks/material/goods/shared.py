"""What sellers put around other goods: a watermark, a stock shirt, a floor, a frame, an app's screen; it is no copy."""

from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.material.goods.cutouts import Goods, all_goods, emptied, placed
from benchmarks.material.ink import (
    BLACK,
    WHITE,
    Drawing,
    Ink,
    Plane,
    Point,
    drift,
    goods_ink,
    ink,
    lit,
    typeface,
)
from benchmarks.material.prints import design
from benchmarks.material.scenes import Fill, next_of
from benchmarks.material.shading import carpet, mask_of, over, shadowed, smooth, studio, wood
from benchmarks.material.words import SHOP_WORDS, TALENTS, coined, product
from benchmarks.materials import cover, flat, pick
from brand_index.images import RGBImage


def watermark(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """Different goods on white under one marketplace's watermark: tiled words, a large emblem, or one across."""
    side = int(chance.integers(650, 1000))
    goods, mark = all_goods(photos), _mark(chance, side)
    tone: Ink = ink(chance, dark=True) if chance.random() < 0.5 else (128, 128, 128)
    strength = float(chance.uniform(0.3, 0.6))

    def fill(values: np.random.Generator) -> RGBImage:
        ground = flat(side, side, WHITE)
        image = placed(ground, next_of(goods), float(values.uniform(0.6, 0.9)), values, shade=0.15)
        return over(image, flat(side, side, tone), np.asarray(mark * strength, np.float32))

    return fill


def _mark(chance: np.random.Generator, side: int) -> Plane:
    """(side, side), 1 where a watermark is."""
    page, name, sort = Drawing(side, side, (0, 0, 0), typeface(chance)), coined(chance), int(chance.integers(3))
    if sort == 0:
        size = side * chance.uniform(0.035, 0.07)
        step = page.wide(name, size, bold=True) + size * 2
        for row in range(-2, int(side / size / 3) + 2):
            for column in range(-2, int(side / step) + 3):
                page.text(column * step + (row % 2) * step / 2, row * size * 3, name, size, ink=WHITE, bold=True)
    else:
        x = y = side / 2
        if sort == 1:
            page.disc(x, y, side * 0.3, outline=WHITE, width=side * 0.02)
            page.disc(x, y, side * 0.25, outline=WHITE, width=side * 0.006)
        page.fitted(x, y, name, side * 0.2, side * (0.45 if sort == 1 else 0.85), ink=WHITE, bold=True, anchor="mm")
        page.text(x, y + side * 0.13, f"www.{name.lower()}.example", side * 0.035, ink=WHITE, anchor="mm")
    return page.mask(float(chance.choice((0, 20, 30, 45))))


def mock_up(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """One stock shirt, drawn or photographed, with another print each: the folds show through."""
    plain = _plain_garment(photos[:8]) if chance.random() < 0.5 else None
    shirt, light, middle, room = _shirt(chance) if plain is None else _on_stock_ground(plain, chance)
    height, width = shirt.shape[:2]
    red, green, blue = (int(value) for value in shirt[round(middle[1]), round(middle[0])])
    tone: Ink = (red, green, blue)
    middle = (middle[0], middle[1] - height * 0.03)

    def fill(values: np.random.Generator) -> RGBImage:
        side = max(40, round(room * values.uniform(0.75, 1.0)))
        drawn, inked = design(values, side, tone)
        left, top = round(middle[0] - side / 2), round(middle[1] - side / 2)
        move = np.array([[1, 0, left], [0, 1, top]], np.float32)
        printed = cv2.warpAffine(drawn, move, (width, height)).astype(np.float32) * light[:, :, None]
        mask = np.asarray(cv2.warpAffine(inked, move, (width, height)), np.float32) * 0.93
        return over(shirt, np.clip(printed, 0, 255).astype(np.uint8), mask)

    return fill


def _plain_garment(photos: Sequence[RGBImage]) -> Goods | None:
    """The first garment of little pattern, so that a print on it is what its photo shows; None: all have patterns."""
    for goods in all_goods(photos):
        grey = cv2.GaussianBlur(cv2.cvtColor(goods.image, cv2.COLOR_RGB2GRAY), (0, 0), 2)
        inside = cv2.erode(goods.mask, np.ones((9, 9), np.uint8)) > 0.9
        wide_enough = 0.75 < goods.image.shape[1] / goods.image.shape[0] < 1.4
        if wide_enough and inside.mean() > 0.45 and float(grey[inside].std()) < 16:
            return goods
    return None


def _on_stock_ground(goods: Goods, chance: np.random.Generator) -> tuple[RGBImage, Plane, Point, float]:
    """A photographed garment on a studio's ground; the rest as of `_shirt`."""
    side = int(chance.integers(700, 950))
    image = placed(studio(chance, side, side), goods, 0.9, chance, shade=0.3)
    level = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 2)
    middle = side // 2
    usual = float(np.median(level[middle - 60 : middle + 60, middle - 60 : middle + 60]))
    wide = min(1.0, goods.image.shape[1] / goods.image.shape[0])
    return (
        image,
        np.clip(np.asarray(level, np.float32) / max(40.0, usual), 0.4, 1.25),
        (middle, middle),
        side * wide * 0.42,
    )


def _shirt(chance: np.random.Generator) -> tuple[RGBImage, Plane, Point, float]:
    """A shirt flat on a ground; its light, the middle of its front and the room for a print."""
    width = int(chance.integers(700, 950))
    height = round(width * chance.uniform(1.0, 1.2))
    ground = studio(chance, width, height) if chance.random() < 0.6 else wood(chance, width, height)
    half = [(0.07, 0.1), (0.19, 0.1), (0.36, 0.2), (0.45, 0.38), (0.36, 0.43), (0.26, 0.31), (0.26, 0.94), (0.13, 0.95)]
    right = [(width * (0.5 + x), height * y) for x, y in half]
    left = [(width * (0.5 - x), height * y) for x, y in reversed(half)]
    outline = mask_of(width, height, smooth([*right, *left, (width / 2, height * 0.16)], 2))
    # Folds run down the cloth: a field of few hills down and many across, creased where it changes its sign.
    falling = np.asarray(cv2.resize(drift(chance, height // 4, width, 7), (width, height)), np.float32)
    folds = -np.abs(falling + 0.4 * drift(chance, height, width, 5))
    light = np.asarray(1.02 + 0.13 * (folds - folds.mean()) + 0.05 * drift(chance, height, width, 4), np.float32)
    cloth = lit(flat(width, height, goods_ink(chance)), light, chance)
    shirt = over(shadowed(ground, outline, (4, 10), width * 0.012, 0.4), cloth, outline)
    return shirt, light, (width / 2, height * 0.5), width * 0.46


def background(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """One seller's floor, carpet, table or room with other goods each time; the camera stands still, or nearly."""
    width, height = int(chance.integers(650, 1000)), int(chance.integers(650, 1000))
    sort = chance.random()
    if sort < 0.5:
        ground = cover(emptied(photos[-1]), width, height)
    else:
        ground = (wood if sort < 0.75 else carpet)(chance, width, height)
    goods, still = all_goods(photos[:-1]), bool(chance.random() < 0.5)

    def fill(values: np.random.Generator) -> RGBImage:
        image = placed(ground, next_of(goods), float(values.uniform(0.55, 0.8)), values, shade=0.4)
        if still:
            return image
        turn = cv2.getRotationMatrix2D(
            (width / 2, height / 2), float(values.uniform(-2, 2)), float(values.uniform(1.04, 1.12))
        )
        turn = turn + np.array([[0, 0, move] for move in values.uniform(-0.01, 0.01, 2) * width])
        return np.asarray(cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)

    return fill


def frame(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """One seller's frame, with banner and badges, around other photos."""
    side, face = int(chance.integers(700, 1000)), typeface(chance)
    tone, second, shop = ink(chance, dark=True), ink(chance, dark=True), f"{coined(chance)} {pick(chance, SHOP_WORDS)}"
    edge, top, foot = (
        side * chance.uniform(0.015, 0.05),
        side * chance.uniform(0.1, 0.16),
        side * chance.uniform(0.08, 0.15),
    )
    talents, badge = (
        [pick(chance, TALENTS) for _ in range(3)],
        pick(chance, ("BEST SELLER", "24 h", "2 YEARS", "PREMIUM")),
    )
    rest = iter(photos)

    def fill(values: np.random.Generator) -> RGBImage:
        photo = next_of(rest)
        page = Drawing(side, side, tone, face)
        inner = (round(side - 2 * edge), round(side - top - foot))
        page.paste(cover(photo, *inner), edge, top)
        page.text(side / 2, top / 2, shop, top * 0.5, ink=WHITE, bold=True, anchor="mm")
        for place, talent in enumerate(talents):
            page.fitted(
                side * (0.18 + 0.32 * place),
                side - foot / 2,
                f"✓ {talent}",
                foot * 0.3,
                side * 0.29,
                ink=WHITE,
                anchor="mm",
            )
        page.disc(side * 0.86, top + side * 0.1, side * 0.085, fill=second, outline=WHITE, width=3)
        page.fitted(side * 0.86, top + side * 0.1, badge, side * 0.04, side * 0.15, ink=WHITE, bold=True, anchor="mm")
        return page.pixels()

    return fill


def app_screen(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """Screenshots of one shopping app, each with another product in it."""
    width, face = int(chance.integers(560, 760)), typeface(chance)
    height, tone, night = round(width * chance.uniform(1.8, 2.1)), ink(chance, dark=True), bool(chance.random() < 0.3)
    ground, letters = ((20, 20, 22), (235, 235, 235)) if night else (WHITE, BLACK)
    rest, shop, high = iter(photos), coined(chance), round(width * chance.uniform(0.9, 1.15))

    def fill(values: np.random.Generator) -> RGBImage:
        photo = next_of(rest)
        page = Drawing(width, height, ground, face)
        unit = width / 100
        page.text(
            4 * unit, 2 * unit, f"{int(values.integers(24)):02}:{int(values.integers(60)):02}", 4 * unit, ink=letters
        )
        page.text(96 * unit, 2 * unit, f"5G  {int(values.integers(5, 100))}%", 4 * unit, ink=letters, anchor="ra")
        page.box(0, 8 * unit, width, 20 * unit, fill=tone)
        page.text(6 * unit, 14 * unit, f"‹  {shop}", 6 * unit, ink=WHITE, bold=True, anchor="lm")
        page.paste(cover(photo, width, high), 0, 20 * unit)
        y = 24 * unit + high
        page.fitted(4 * unit, y, product(values), 6 * unit, 90 * unit, ink=letters, bold=True)
        page.text(4 * unit, y + 9 * unit, f"€ {values.uniform(3, 90):.2f}", 8 * unit, ink=tone, bold=True)
        page.text(
            96 * unit,
            y + 11 * unit,
            f"★ {values.uniform(3, 5):.1f}  ({int(values.integers(3, 4000))})",
            4.5 * unit,
            ink=letters,
            anchor="ra",
        )
        for line, said in enumerate(
            (f"Sold by {coined(values)}", f"Delivery {int(values.integers(1, 29))} March", "Free returns")
        ):
            page.text(4 * unit, y + (21 + 7 * line) * unit, said, 4.5 * unit, ink=letters)
        foot = height - 16 * unit
        page.box(4 * unit, foot, 48 * unit, foot + 12 * unit, outline=tone, width=2, radius=3 * unit)
        page.text(26 * unit, foot + 6 * unit, "Add to cart", 5 * unit, ink=tone, anchor="mm")
        page.box(52 * unit, foot, 96 * unit, foot + 12 * unit, fill=tone, radius=3 * unit)
        page.text(74 * unit, foot + 6 * unit, "Buy now", 5 * unit, ink=WHITE, bold=True, anchor="mm")
        return page.pixels()

    return fill
