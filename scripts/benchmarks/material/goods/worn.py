"""One person, photographed or drawn, in another garment each time: it was put over the first, as sellers do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from benchmarks.material.goods.cutouts import Goods, all_goods, emptied
from benchmarks.material.ink import WHITE, Drawing, Ink, Plane, Point, drift, goods_ink, hsv, lit
from benchmarks.material.prints import design
from benchmarks.material.scenes import Fill
from benchmarks.material.shading import mask_of, over, shadowed, smooth, studio
from benchmarks.materials import cover, flat, pick
from brand_index.images import RGBImage

COLLAR: Final[Point] = (222.0, 212.0)  # of skimage's astronaut, 512 pixels square, in the middle
SHOULDER: Final = 128.0  # pixels from there to a shoulder
SKIN: Final[tuple[Ink, ...]] = ((236, 196, 170), (214, 164, 130), (168, 116, 82), (110, 74, 52))
HAIR: Final[tuple[Ink, ...]] = ((32, 24, 20), (84, 54, 30), (176, 132, 72), (120, 60, 34), (150, 150, 150))


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """A person, and where garments are put."""

    image: RGBImage
    collar: Point  # in the middle
    shoulder: float  # pixels from there to a shoulder
    long: float  # pixels from the collar to where a jumper ends


def worn(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """One portrait, or one drawn figure in a room, with another garment on its torso each time."""
    model = _astronaut(chance) if chance.random() < 0.5 else _figure(chance, photos[-1])
    height, width = model.image.shape[:2]
    garments = all_goods(photos[:-1])
    shade = float(chance.uniform(0.0, 0.4))

    def fill(values: np.random.Generator) -> RGBImage:
        mask = mask_of(width, height, _outline(values, model))
        goods = next(garments, None) if values.random() < 0.5 else None
        cloth = _drawn(values, model) if goods is None else _photographed(values, model, goods)
        under = shadowed(model.image, mask, (3, 5), width * 0.008, shade)
        return over(under, cloth, np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.8), np.float32))

    return fill


def _astronaut(chance: np.random.Generator) -> _Model:
    """The portrait, cut at one side and above, and mirrored half of the time."""
    from skimage import data  # noqa: PLC0415 - of the extra benchmark, and only this needs it

    left, top, right = (int(chance.integers(0, most)) for most in (40, 30, 60))
    portrait = np.asarray(data.astronaut(), np.uint8)[top:, left : 512 - right]
    scale = float(chance.uniform(1.3, 1.8))
    image = np.asarray(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    x, y = (COLLAR[0] - left) * scale, (COLLAR[1] - top) * scale
    if chance.random() < 0.5:
        image, x = np.ascontiguousarray(image[:, ::-1]), image.shape[1] - x
    return _Model(image, (x, y), SHOULDER * scale, (512 - top) * scale - y)


def _figure(chance: np.random.Generator, behind: RGBImage) -> _Model:
    """A drawn figure from the head to the thighs, before what is behind the goods of a photo or in a studio."""
    width = int(chance.integers(650, 850))
    height = round(width * chance.uniform(1.2, 1.45))
    ground = cover(emptied(behind), width, height) if chance.random() < 0.6 else studio(chance, width, height)
    x, unit = width * float(chance.uniform(0.42, 0.58)), height / 100
    skin, hair, cloth = pick(chance, SKIN), pick(chance, HAIR), goods_ink(chance)
    lean, apart = float(chance.uniform(-2, 2)), float(chance.uniform(1.0, 1.6))
    image = ground
    for side in (-1, 1):  # legs, then arms
        leg = [(x, 68), (x + side * 13 * unit, 68), (x + side * 12 * unit, 105), (x + side * 2 * unit, 105)]
        image = _part(chance, image, [(across, down * unit) for across, down in leg], cloth)
    for side in (-1, 1):
        arm = [(10, 29), (15, 33), (16 + apart, 50), (15 + 2 * apart, 68), (11 + 2 * apart, 68), (11, 48)]
        image = _part(chance, image, [(x + side * a * unit, d * unit) for a, d in arm], skin)
    body = [(-13, 30), (-4, 27), (4, 27), (13, 30), (11, 50), (13, 70), (-13, 70), (-11, 50)]
    image = _part(chance, image, [(x + a * unit, d * unit) for a, d in body], skin)
    back = [(-8, 6), (0, 3), (8, 6), (9, 18), (8, 26), (-8, 26), (-9, 18)]
    image = _part(chance, image, [(x + (a + lean) * unit, d * unit) for a, d in back], hair)
    neck = [(-3.2, 20), (3.2, 20), (4.5, 29), (-4.5, 29)]
    image = _part(chance, image, [(x + a * unit, d * unit) for a, d in neck], skin)
    face = [(-6, 9), (0, 6), (6, 9), (6.2, 16), (3, 23), (-3, 23), (-6.2, 16)]
    image = _part(chance, image, [(x + (a + lean) * unit, d * unit) for a, d in face], skin)
    features = Drawing(width, height, (0, 0, 0))
    for side in (-1, 1):
        features.disc(x + (lean + side * 2.6) * unit, 14.5 * unit, 0.8 * unit, fill=WHITE)
        brow = [(x + (lean + side * edge) * unit, 12.6 * unit) for edge in (1.4, 4.0)]
        features.line(brow, WHITE, 0.6 * unit)
    features.line([(x + (lean + edge) * unit, 20 * unit) for edge in (-1.8, 1.8)], WHITE, 0.7 * unit)
    image = over(image, flat(width, height, hsv(0.02, 0.5, 0.25)), features.mask())
    return _Model(image, (x, 28.5 * unit), 13.5 * unit, 40 * unit)


def _part(chance: np.random.Generator, image: RGBImage, outline: Sequence[Point], colour: Ink) -> RGBImage:
    """A part of the figure, softly lit, over an image."""
    height, width = image.shape[:2]
    mask = mask_of(width, height, smooth(outline, 2))
    inner = cv2.GaussianBlur(mask, (0, 0), width * 0.015)
    light = np.asarray(0.7 + 0.32 * inner + 0.02 * drift(chance, height, width, 9), np.float32)
    return over(
        shadowed(image, mask, (2, 3), width * 0.008, 0.25), lit(flat(width, height, colour), light, chance), mask
    )


def _outline(values: np.random.Generator, model: _Model) -> list[Point]:
    """Another cut each time: neck, sleeves, width and hem."""
    neck, deep, loose = values.uniform(0.3, 0.6), values.uniform(0.06, 0.4), values.uniform(0.85, 1.2)
    hem, sleeve = values.uniform(0.85, 1.15), float(values.choice((0.0, 0.25, 0.5)))
    half = [(neck, 0.0), (1.0, 0.1)]
    if sleeve:
        half += [(1.12 + 0.3 * sleeve, 0.14 + sleeve), (0.86 * loose, 0.18 + sleeve)]
    half += [(0.82 * loose, 0.34), (float(values.uniform(0.72, 0.95)) * loose, 0.65), (0.92 * loose, hem)]
    (x, y), wide, long = model.collar, model.shoulder, model.long
    right = [(x + a * wide, y + d * long) for a, d in half]
    left = [(2 * x - across, down) for across, down in reversed(right)]
    front = (x, y + deep * long) if values.random() < 0.5 else (x, y + deep * long * 0.6)
    return smooth([*right, *left, front], int(values.integers(1, 3)))


def _photographed(values: np.random.Generator, model: _Model, goods: Goods) -> RGBImage:
    """The cloth of a photographed garment, enlarged until it covers the torso."""
    height, width = model.image.shape[:2]
    rows, columns = (round(side * 0.2) for side in goods.image.shape[:2])
    inner = goods.image[rows:-rows, columns:-columns]
    wide, high = round(model.shoulder * 3.4), round(model.long * 1.3)
    left, top = round(model.collar[0] - wide / 2), round(model.collar[1] - high * 0.05)
    move = np.array([[1, 0, left], [0, 1, top]], np.float32)
    cloth = cv2.warpAffine(cover(inner, wide, high), move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cloth, np.uint8)


def _drawn(values: np.random.Generator, model: _Model) -> RGBImage:
    """Cloth with folds, plain, striped, checked, dotted or printed."""
    height, width = model.image.shape[:2]
    tone = goods_ink(values)
    cloth = flat(width, height, tone)
    sort, step = int(values.integers(5)), model.shoulder * float(values.uniform(0.1, 0.35))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = np.sin(x * (2 * np.pi / step)), np.sin(y * (2 * np.pi / step))
    patterns: dict[int, Plane] = {1: across, 2: np.maximum(across, down), 3: np.maximum(0, across * down) * 2 - 1}
    if sort in patterns:
        second = flat(width, height, goods_ink(values))
        cloth = over(cloth, second, np.clip(patterns[sort] * 4 + 0.5, 0, 1).astype(np.float32))
    elif sort == 4:
        side = max(40, round(model.shoulder * values.uniform(0.8, 1.3)))
        drawn, inked = design(values, side, tone)
        move = np.array([[1, 0, model.collar[0] - side / 2], [0, 1, model.collar[1] + model.long * 0.3]], np.float32)
        print_on, where = (cv2.warpAffine(each, move, (width, height)) for each in (drawn, inked))
        cloth = over(cloth, np.asarray(print_on, np.uint8), np.asarray(where, np.float32))
    falling = np.asarray(cv2.resize(drift(values, height // 4, width, 9), (width, height)), np.float32)
    folds = -np.abs(falling + 0.4 * drift(values, height, width, 6))
    light = np.asarray(1.0 + 0.14 * (folds - folds.mean()) + 0.05 * drift(values, height, width, 3), np.float32)
    return lit(cloth, light, values)
