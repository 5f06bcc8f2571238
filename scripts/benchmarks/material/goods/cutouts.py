"""Goods cut out of photos (GrabCut), on new grounds or registered as transparent PNGs; and photos under a sticker."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.material.ink import WHITE, Drawing, Plane, drift, ink, typeface
from benchmarks.material.scenes import COPIES, INNOCENTS, Copy, DrawScene, Scene, uploaded
from benchmarks.material.shading import over, shadowed, smooth
from benchmarks.materials import cover, flat, pick
from brand_index.images import RGBImage

CUT_AT: Final = 200  # pixels, long side at which goods are cut out
LEAST, MOST = 0.1, 0.72  # of a photo: less or more is no goods that GrabCut found
STICKER: Final = (0.2, 0.45)  # of the photo's area
NewGround = Callable[[np.random.Generator, int, int, Sequence[RGBImage]], RGBImage]
"""Draws a ground of a width and height."""


@dataclass(frozen=True, slots=True, eq=False)
class Goods:
    """What was cut out of a photo, within its box."""

    photo: RGBImage  # all of it
    image: RGBImage  # (H, W, 3), the goods' box
    mask: Plane  # (H, W), 1: goods


def goods_of(photo: RGBImage) -> Goods | None:
    """The goods in the middle of a photo; None where GrabCut finds none that can be seen to be goods."""
    mask = goods_mask(photo)
    if mask is None:
        return None
    rows, columns = np.nonzero(mask.max(axis=1) > 0.5)[0], np.nonzero(mask.max(axis=0) > 0.5)[0]
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Goods(photo, photo[box], mask[box])


def goods_mask(photo: RGBImage) -> Plane | None:
    """(H, W), 1 where the goods are, with soft edges."""
    height, width = photo.shape[:2]
    scale = CUT_AT / max(height, width)
    size = (max(24, round(width * scale)), max(24, round(height * scale)))
    small = np.ascontiguousarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA)[:, :, ::-1])
    kept = _cut(small.tobytes(), *size)
    if kept is None:
        return None
    grown = cv2.resize(kept, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(cv2.GaussianBlur(grown, (0, 0), 1.2), 0, 1), np.float32)


@lru_cache(maxsize=1024)  # most kinds that cut goods out are given the same photos
def _cut(photo: bytes, width: int, height: int) -> Plane | None:
    """(H, W), 1 where GrabCut finds goods in the (H, W, 3) bytes of a photo, in BGR; do not write to it."""
    pixels = np.frombuffer(photo, np.uint8).reshape(height, width, 3)
    marks = np.zeros((height, width), np.uint8)
    edge = (round(width * 0.05), round(height * 0.05))
    box = (*edge, width - 2 * edge[0], height - 2 * edge[1])
    cv2.setRNGSeed(0)  # the same photo is cut the same
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(pixels, marks, box, models[0], models[1], 2, cv2.GC_INIT_WITH_RECT)
    inside = ((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)).astype(np.uint8)
    inside = np.asarray(cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(inside)
    if count < 2:
        return None
    kept = (parts == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8)
    kept = np.asarray(cv2.morphologyEx(kept, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)), np.uint8)
    if not LEAST < kept.mean() < MOST:
        return None
    return kept.astype(np.float32)


def all_goods(photos: Sequence[RGBImage]) -> Iterator[Goods]:
    """The goods of one photo after another, each once; last, of photos where none are found, what is in the middle."""
    left = []
    for photo in photos:
        goods = goods_of(photo)
        if goods is None:
            left.append(photo)
        else:
            yield goods
    for photo in left:
        height, width = photo.shape[:2]
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        yield Goods(photo, photo, np.asarray(np.clip((0.9 - np.hypot(x, y)) * 30, 0, 1), np.float32))


def emptied(photo: RGBImage) -> RGBImage:
    """The photo without its goods, where there are any: what is behind them is filled in from around."""
    mask = goods_mask(photo)
    if mask is None:
        return photo
    height, width = photo.shape[:2]
    size = (max(8, width // 3), max(8, height // 3))
    hole = cv2.dilate((cv2.resize(mask, size) > 0.1).astype(np.uint8), np.ones((7, 7), np.uint8))
    filled = cv2.inpaint(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), hole, 3, cv2.INPAINT_TELEA)
    large = np.asarray(cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    soft = cv2.GaussianBlur(cv2.resize(hole.astype(np.float32), (width, height)), (0, 0), 3)
    return over(photo, large, np.asarray(soft, np.float32))


def placed(ground: RGBImage, goods: Goods, share: float, chance: np.random.Generator, *, shade: float) -> RGBImage:
    """The goods on `ground`, up to `share` of its sides, near its middle, with a shadow of strength `shade`."""
    height, width = ground.shape[:2]
    scale = share * min(width / goods.image.shape[1], height / goods.image.shape[0])
    size = (max(8, round(goods.image.shape[1] * scale)), max(8, round(goods.image.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    left, top = (
        round((room - side) * chance.uniform(0.35, 0.65)) for room, side in zip((width, height), size, strict=True)
    )
    image, mask = np.zeros_like(ground), np.zeros((height, width), np.float32)
    box = np.s_[top : top + size[1], left : left + size[0]]
    image[box] = cv2.resize(goods.image, size, interpolation=way)
    mask[box] = np.clip(cv2.resize(goods.mask, size, interpolation=cv2.INTER_LINEAR), 0, 1)
    under = shadowed(ground, mask, (width * 0.008, height * 0.012), width * 0.012, shade) if shade else ground
    return over(under, image, mask)


def white(chance: np.random.Generator, width: int, height: int, others: Sequence[RGBImage]) -> RGBImage:
    """White."""
    return flat(width, height, WHITE)


def dark(chance: np.random.Generator, width: int, height: int, others: Sequence[RGBImage]) -> RGBImage:
    """Nearly black, or any dark colour, with a little light from above."""
    colour = np.array(ink(chance), np.float32) * chance.uniform(0.05, 0.25)
    light = np.linspace(1.3, 0.8, height, dtype=np.float32)[:, None] + 0.03 * drift(chance, height, width, 3)
    return np.asarray(np.clip(colour * light[:, :, None], 0, 255), np.uint8)


def room(chance: np.random.Generator, width: int, height: int, others: Sequence[RGBImage]) -> RGBImage:
    """What is behind the goods of another photo."""
    return cover(emptied(pick(chance, others)), width, height)


def on_new_ground(kind: str, ground: NewGround, *, registered_cut: bool) -> DrawScene:
    """Scenes of goods on another ground, registered as their photo or, cut out, as a transparent PNG.

    Copies are the goods on it, innocents other goods on the same ground.
    """

    def draw(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Scene:
        ingredients, others = photos[::2], photos[1::2]
        found = all_goods(ingredients)
        goods = next(found)
        width, height = int(chance.integers(600, 900)), int(chance.integers(600, 900))
        behind = ground(chance, width, height, others)
        shade = 0.0 if chance.random() < 0.5 else 0.3

        def on_it(what: Goods) -> RGBImage:
            return uploaded(placed(behind, what, float(chance.uniform(0.7, 0.95)), chance, shade=shade), chance)

        copies = []
        for _ in range(COPIES):
            same, fresh = bool(chance.random() < 0.5), ground(chance, width, height, others)
            copy = placed(behind if same else fresh, goods, float(chance.uniform(0.65, 0.98)), chance, shade=shade)
            copies.append(Copy(kind, uploaded(copy, chance)))
        innocents = tuple(on_it(other) for other, _ in zip(found, range(INNOCENTS), strict=False))
        return Scene(kind, _as_png(goods) if registered_cut else goods.photo, tuple(copies), innocents)

    return draw


def _as_png(goods: Goods) -> NDArray[np.uint8]:
    """(H, W, 4), a little room around it."""
    alpha = np.round(goods.mask * 255).astype(np.uint8)
    cut = np.dstack((goods.image, alpha))
    edge = max(2, round(max(cut.shape[:2]) * 0.04))
    return np.pad(cut, ((edge, edge), (edge, edge), (0, 0)))


def large_stickers(kind: str) -> DrawScene:
    """Photos under one opaque sticker over 20 to 45 % of them; there are no innocents of this kind."""

    def draw(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Scene:
        photo = photos[0]
        copies = [
            Copy(kind, uploaded(_under_sticker(photo, chance, photos[1:]), chance, scaled=False)) for _ in range(COPIES)
        ]
        return Scene(kind, photo, tuple(copies), ())

    return draw


def _under_sticker(photo: RGBImage, chance: np.random.Generator, others: Sequence[RGBImage]) -> RGBImage:
    height, width = photo.shape[:2]
    share, sort = float(chance.uniform(*STICKER)), int(chance.integers(4))
    aspect = float(chance.uniform(0.7, 1.6))
    wide = min(0.98 * width, (share * width * height * aspect * (1.27 if sort < 2 else 1)) ** 0.5)
    high = min(0.98 * height, share * width * height * (1.27 if sort < 2 else 1) / wide)
    left, top = chance.uniform(0, width - wide), chance.uniform(0, height - high)
    middle, page = (left + wide / 2, top + high / 2), Drawing(width, height, (0, 0, 0), typeface(chance))
    if sort < 2:  # round, or a star of many points
        angles = np.linspace(0, 2 * np.pi, 49)[:-1]
        reach = np.where(np.arange(48) % 2 == 0, 1.0, 1.0 if sort == 0 else 0.86)
        outline = [
            (middle[0] + wide / 2 * r * np.cos(a), middle[1] + high / 2 * r * np.sin(a))
            for a, r in zip(angles, reach, strict=True)
        ]
        page.shape(smooth(outline, 2) if sort == 0 else outline, WHITE)
    else:
        page.box(left, top, left + wide, top + high, fill=WHITE, radius=0 if sort == 2 else high * 0.15)
    mask = page.mask()
    if sort == 3 and others:  # another photo over it
        return over(photo, cover(pick(chance, others), width, height), mask)
    cover_page = Drawing(width, height, ink(chance), typeface(chance))
    for line, words in enumerate(
        (
            pick(chance, ("SALE", "NEW", "HOT", "BEST", "-50%", "TOP")),
            pick(chance, ("only today", "free shipping", "100% original")),
        )
    ):
        y = middle[1] + high * (-0.1 + 0.28 * line)
        cover_page.fitted(
            middle[0], y, words, high * (0.3 - 0.15 * line), wide * 0.75, ink=WHITE, bold=True, anchor="mm"
        )
    return over(photo, cover_page.pixels(), mask)
