"""Scenes to learn concealment from: a photo with a patch on the goods, or with what only looks like one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.goods import cut_goods
from brand_index.images import RGBImage, decode, read_bytes
from training.artwork import Chance
from training.concealment.innocent import KINDS, Scenery, shaped
from training.concealment.layouts import LAYOUTS
from training.concealment.patches import Floats, concealed, drawn_sort
from training.icons import drawn_icons
from training.printing import print_mark
from training.samples import placement
from training.words import wordmarks

INNOCENT: Final = {**KINDS, **LAYOUTS}
POSITIVE: Final = 0.5  # share of scenes with a concealed mark
PLAIN: Final = 0.3  # share of the others that are photos as they are
GARMENTS: Final = 0.7  # share of scenes with a garment at least
WORDS: Final = 1500
MARKS: Final = 1500


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One photo to learn from."""

    image: RGBImage
    mask: Floats  # (H, W) 0..1: where a mark is concealed
    kind: str  # the sort of patch, or what is innocent about it


def load_scenery(photos: Sequence[Path], products: Sequence[Path], packages: Path, fonts: Path) -> Scenery:
    """The photos of garments and of products, and what is drawn on them."""
    images, goods = [], []
    for path in [*photos, *products]:
        image = decode(read_bytes(path), name=str(path)).frames[0]
        images.append(image)
        goods.append(goods_on(image) if path in set(photos) else None)
    icons = list(drawn_icons(packages))
    emoji = [mark.rgba for mark in icons if mark.rgba.shape[0] > 90 and _is_colourful(mark.rgba)]
    step = max(1, len(icons) // MARKS)
    return Scenery(
        images, goods, len(photos), [mark.rgba for mark in icons[::step]],
        [mark.rgba for mark in islice(wordmarks(fonts), WORDS)], emoji[:: max(1, len(emoji) // 800)],
    )  # fmt: skip


def _is_colourful(rgba: NDArray[np.uint8]) -> bool:
    visible = rgba[rgba[..., 3] > 128][:, :3].astype(int)
    return len(visible) > 500 and float(visible.std(axis=0).mean()) > 25 and bool((np.ptp(visible, axis=1) > 60).any())


def goods_on(image: RGBImage) -> Floats | None:
    """(H, W) 0..1 of where the goods are in a photo; None: nobody knows."""
    mask = cut_goods(image)
    if mask.min() == 255:
        return None
    inside = (mask == 255).astype(np.uint8)
    count, parts, measured, _ = cv2.connectedComponentsWithStats(inside)
    if count > 1:
        inside = (parts == 1 + int(np.argmax(measured[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    inside = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_LINEAR), np.float32)


def draw_scene(scenery: Scenery, seed: int) -> Scene:
    """The scene of this seed."""
    chance = np.random.default_rng([seed, 24])
    image, goods = _ground(scenery, chance)
    mask = np.zeros(image.shape[:2], np.float32)
    if chance.random() >= POSITIVE:
        if chance.random() < PLAIN:
            return _finished(image, mask, "plain", chance)
        names = tuple(INNOCENT)
        chosen = [str(name) for name in chance.choice(names, int(chance.choice((1, 1, 2))), replace=False)]
        for name in chosen:
            image = INNOCENT[name](image, goods, scenery, chance)
        return _finished(image, mask, chosen[0], chance)
    if chance.random() < 0.35:
        name = str(chance.choice(("text", "face", "tags", "prints", "focus", "checks", "beside", "badge")))
        image = INNOCENT[name](image, goods, scenery, chance)
    sort = drawn_sort(chance)
    for _ in range(int(chance.choice((1, 1, 1, 2)))):
        sides = shaped(image, chance)
        middle = _on_goods(image, goods, sides, chance)
        if middle is None:
            continue
        image = _with_mark(image, middle, sides, scenery, chance)
        image, here = concealed(image, middle, sides, chance, scenery.emoji, sort)
        mask = np.maximum(mask, here)
    return _finished(image, mask, sort, chance)


def _ground(scenery: Scenery, chance: Chance) -> tuple[RGBImage, Floats | None]:
    """A part of a photo at a size that listings have, and where its goods are."""
    pool = scenery.garments if chance.random() < GARMENTS else len(scenery.photos)
    number = int(chance.integers(pool))
    image, goods = scenery.photos[number], scenery.goods[number]
    zoom = float(chance.choice((1.0, float(chance.uniform(0.6, 1.0)))))
    high, wide = (int(side * zoom) for side in image.shape[:2])
    top, left = (
        int(chance.integers(0, side - part + 1)) for side, part in zip(image.shape[:2], (high, wide), strict=True)
    )
    long = float(chance.choice((max(high, wide), float(np.exp(chance.uniform(np.log(360), np.log(720)))))))
    scale = long / max(high, wide)
    size = (max(32, round(wide * scale)), max(32, round(high * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    out = cv2.resize(image[top : top + high, left : left + wide], size, interpolation=way)
    place = None if goods is None else cv2.resize(goods[top : top + high, left : left + wide], size)
    if chance.random() < 0.5:
        out, place = out[:, ::-1], None if place is None else place[:, ::-1]
    light = float(chance.uniform(0.8, 1.15))
    tint = 1 + chance.normal(0, 0.04, 3)
    out = np.clip(out * (light * tint), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(out), None if place is None else np.ascontiguousarray(place)


def _on_goods(image: RGBImage, goods: Floats | None, sides: Floats, chance: Chance) -> Floats | None:
    """(x, y) of a patch on the goods, rather in their middle; None: there is no room."""
    height, width = image.shape[:2]
    if goods is None:
        spot = np.array([width, height]) * np.clip(chance.normal(0.5, 0.1, 2), 0.3, 0.7)
        return np.asarray(spot, np.float32)
    core = cv2.erode(goods, np.ones((2 * max(1, int(sides[1] / 4)) + 1, 2 * max(1, int(sides[0] / 4)) + 1), np.uint8))
    rows, columns = np.nonzero(core > 0.5)
    if len(rows) < 20:
        return None
    middle = np.array([columns.mean(), rows.mean()])
    reach = np.array([columns.std(), rows.std()]) + 1
    tries = chance.integers(0, len(rows), 6)
    points = np.stack([columns[tries], rows[tries]], axis=1)
    far = (((points - middle) / reach) ** 2).sum(axis=1) * float(chance.choice((0.0, 1.0)))
    return np.asarray(points[int(np.argmin(far))], np.float32)


def _with_mark(image: RGBImage, middle: Floats, sides: Floats, scenery: Scenery, chance: Chance) -> RGBImage:
    """The goods with what is concealed later, mostly."""
    if chance.random() < 0.2:
        return image
    pool = scenery.words if chance.random() < 0.45 else scenery.marks
    rgba = pool[int(chance.integers(len(pool)))]
    fit = min(float(sides[0]) / rgba.shape[1], float(sides[1]) / rgba.shape[0]) * max(rgba.shape[:2])
    lies = placement(
        chance, rgba, float(middle[0]), float(middle[1]), fit * float(chance.uniform(0.6, 1.15)), mild=True
    )
    return print_mark(image, rgba, lies, chance).image


def _finished(image: RGBImage, mask: Floats, kind: str, chance: Chance) -> Scene:
    """The scene as a marketplace serves it."""
    if chance.random() < 0.4:
        scale = float(chance.uniform(0.5, 1.0))
        size = (max(32, round(image.shape[1] * scale)), max(32, round(image.shape[0] * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.float32)
    if chance.random() < 0.25:
        image = np.clip(image + chance.normal(0, float(chance.uniform(1, 5)), image.shape), 0, 255).astype(np.uint8)
    if chance.random() < 0.85:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(40, 96))])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return Scene(image, mask, kind)


def scenes(scenery: Scenery, count: int, begin: int = 0) -> Iterator[Scene]:
    """`count` scenes from the seed `begin` on."""
    for seed in range(begin, begin + count):
        yield draw_scene(scenery, seed)
