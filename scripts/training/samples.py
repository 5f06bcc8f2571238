"""Training samples drawn on demand: a crop of one mark, or a scene with several; one seed, one sample."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from training.artwork import Chance, Floats, on_badge, recoloured, with_word
from training.drawings import Mark
from training.printing import Placement, photographed, print_mark

CROP_SIDE: Final = 96  # pixels: input of the embedder
PATCH_SIDE: Final = 150  # pixels: of the ground that a crop is printed on
SCENE_SIDE: Final = 320  # pixels: input of the finder
MOST_REPEATED: Final = 24  # prints of one mark in a scene


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Marks and photos that samples are made of; `words` are the indexes of wordmarks in `marks`."""

    marks: Sequence[Mark]
    grounds: Sequence[RGBImage]
    words: Sequence[int]


def material_of(marks: Sequence[Mark], grounds: Sequence[RGBImage]) -> Material:
    """Material of these marks and grounds, with its wordmarks indexed."""
    return Material(marks, grounds, [index for index, mark in enumerate(marks) if mark.name.startswith("word-")])


def draw_crop(material: Material, number: int, seed: int, *, registered: bool = False) -> RGBImage:
    """(CROP_SIDE, CROP_SIDE, 3) of mark `number` as a finder would crop it; `registered`: as its owner submits it."""
    chance = np.random.default_rng([seed, number, 1])
    rgba = material.marks[number].rgba
    if registered:
        rgba = recoloured(rgba, chance, plainly=0.6)
        return _crop(_patch(chance, material, plain=True), rgba, chance, mild=True)
    rgba = recoloured(rgba, chance)
    kind = float(chance.random())
    if kind < 0.16 and material.words:
        word = material.marks[int(chance.choice(material.words))].rgba
        if kind < 0.06:
            rgba, box = on_badge(rgba, word, chance)
        elif not material.marks[number].name.startswith("word-"):
            rgba, box = with_word(rgba, recoloured(word, chance), chance)
        else:
            return _crop(_patch(chance, material), rgba, chance)
        if chance.random() < 0.5:  # the finder took the mark alone, with a little of its surroundings
            return _crop(_patch(chance, material), rgba, chance, part=box)
    return _crop(_patch(chance, material), rgba, chance)


def draw_ground(grounds: Sequence[RGBImage], seed: int) -> RGBImage:
    """(CROP_SIDE, CROP_SIDE, 3) of a window of a photo, of any shape, with no mark printed on it."""
    chance = np.random.default_rng([seed, 5])
    ground = grounds[int(chance.integers(len(grounds)))]
    area = float(np.exp(chance.uniform(np.log(0.01), 0)))
    shape = float(np.exp(chance.normal(0, 0.5)))
    high = int(np.clip(ground.shape[0] * np.sqrt(area / shape), 16, ground.shape[0]))
    wide = int(np.clip(ground.shape[1] * np.sqrt(area * shape), 16, ground.shape[1]))
    top, left = int(chance.integers(0, ground.shape[0] - high + 1)), int(chance.integers(0, ground.shape[1] - wide + 1))
    return squashed(photographed(np.ascontiguousarray(ground[top : top + high, left : left + wide]), chance))


def _patch(chance: Chance, material: Material, *, plain: bool = False) -> RGBImage:
    if plain:
        colour = np.full(3, 255.0) if chance.random() < 0.5 else chance.uniform(0, 255, 3)
        return np.full((PATCH_SIDE, PATCH_SIDE, 3), colour.astype(np.uint8), np.uint8)
    ground = material.grounds[int(chance.integers(len(material.grounds)))]
    side = int(min(ground.shape[:2]) * float(chance.uniform(0.2, 1.0)))
    top, left = (int(chance.integers(0, size - side + 1)) for size in ground.shape[:2])
    cut = ground[top : top + side, left : left + side]
    return np.asarray(cv2.resize(cut, (PATCH_SIDE, PATCH_SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)


def placement(
    chance: Chance, rgba: NDArray[np.uint8], x: float, y: float, side: float, *, mild: bool = False
) -> Placement:
    """A random pose of a mark with a long side of `side` pixels around (x, y)."""
    height, width = rgba.shape[:2]
    scale = side / max(height, width)
    if mild:
        return Placement(x, y, width * scale, height * scale, 0.0, float(chance.random() < 0.1) * 0.05, 0.0, 0.0)
    stretch = float(np.exp(chance.normal(0, 0.12)))
    held = float(chance.random())
    turn = float(chance.normal(0, 0.16 if held < 0.72 else 0.5) if held < 0.95 else chance.uniform(-3.14, 3.14))
    bend = float(chance.uniform(0.2, 0.85)) if chance.random() < 0.25 else 0.0
    waves = float(chance.uniform(0.005, 0.04)) if chance.random() < 0.3 else 0.0
    return Placement(
        x, y, width * scale * stretch, height * scale / stretch, turn, float(chance.uniform(0, 0.16)), bend, waves
    )


def _crop(
    patch: RGBImage,
    rgba: NDArray[np.uint8],
    chance: Chance,
    *,
    mild: bool = False,
    part: tuple[int, int, int, int] | None = None,
) -> RGBImage:
    """The mark printed in the middle of `patch`, cropped and resized to a square."""
    side = PATCH_SIDE * float(chance.uniform(0.45, 0.8))
    pose = placement(chance, rgba, PATCH_SIDE / 2, PATCH_SIDE / 2, side, mild=mild)
    printed = print_mark(patch, rgba, pose, chance, mild=mild)
    image = _hidden(printed.image, chance) if not mild and chance.random() < 0.12 else printed.image
    low, high = printed.outline[0], printed.outline[2]
    if part is not None:
        size = np.array([rgba.shape[1], rgba.shape[0]], np.float32)
        low, high = low + (high - low) * np.array(part[:2]) / size, low + (high - low) * np.array(part[2:]) / size
    sides = high - low
    # Every crop has padding; people draw boxes loosely, seldom tightly, and a finder now and then badly.
    badly = not mild and chance.random() < 0.3
    padding = np.array([0.06, 0.06])
    loose = padding + (0.0 if mild else chance.normal(0, 0.13, 2) if badly else np.abs(chance.normal(0, 0.09, 2)))
    shift = chance.normal(0, 0.015 if mild else 0.09 if badly else 0.045, 2)
    low, high = low - sides * (loose + shift), high + sides * (loose - shift)
    if not mild and chance.random() < 0.1:  # the rest lies beyond the image's edge, or behind something
        lost = sides * np.eye(2)[int(chance.integers(2))] * float(chance.uniform(0.15, 0.4))
        low, high = (low + lost, high) if chance.random() < 0.5 else (low, high - lost)
    left, top = np.clip(np.round(low).astype(int), 0, PATCH_SIDE - 4)
    right, bottom = np.clip(np.round(high).astype(int), [left + 4, top + 4], PATCH_SIDE)
    cut = photographed(np.ascontiguousarray(image[top:bottom, left:right]), chance, mild=mild)
    return squashed(cut)


def squashed(cut: RGBImage) -> RGBImage:
    """(H, W, 3) to (CROP_SIDE, CROP_SIDE, 3), as the product does."""
    shrinking = cut.shape[0] > CROP_SIDE or cut.shape[1] > CROP_SIDE
    way = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, (CROP_SIDE, CROP_SIDE), interpolation=way), np.uint8)


def _hidden(image: RGBImage, chance: Chance) -> RGBImage:
    """The image with a random polygon in front of a part."""
    out = image.copy()
    middle = chance.uniform(0.15, 0.85, 2) * image.shape[0]
    points = middle + chance.normal(0, 0.13 * image.shape[0], (5, 2))
    cv2.fillConvexPoly(out, cv2.convexHull(points.astype(np.int32)), chance.integers(0, 256, 3).tolist())
    return out


def draw_scene(material: Material, seed: int) -> tuple[RGBImage, Floats]:
    """(SCENE_SIDE, SCENE_SIDE, 3) with some marks, and their boxes (N, 4): left, top, right, bottom, pixels."""
    chance = np.random.default_rng([seed, 2])
    ground = material.grounds[int(chance.integers(len(material.grounds)))]
    zoom = float(chance.uniform(0.6, 1.0))
    high, wide = (int(size * zoom) for size in ground.shape[:2])
    top, left = (
        int(chance.integers(0, size - cut + 1)) for size, cut in zip(ground.shape[:2], (high, wide), strict=True)
    )
    scale = SCENE_SIDE / max(high, wide)
    size = (max(32, round(wide * scale)), max(32, round(high * scale)))
    image = np.asarray(
        cv2.resize(ground[top : top + high, left : left + wide], size, interpolation=cv2.INTER_LINEAR), np.uint8
    )
    if chance.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
    boxes: list[Floats] = []
    if chance.random() < 0.15:  # artwork: one mark that fills a flat ground of any shape
        high, wide = (
            int(SCENE_SIDE * side) for side in ((chance.uniform(0.25, 1), 1) if chance.random() < 0.7 else (1, 0.6))
        )
        background = np.full(3, 255) if chance.random() < 0.6 else chance.integers(0, 256, 3)
        image = np.full((high, wide, 3), background.astype(np.uint8), np.uint8)
        image, boxes = _with_another(image, boxes, material, chance, least=0.6)
    elif chance.random() < 0.15:  # a wall, a shelf, a keyboard: the same mark again and again
        image, boxes = _repeated(image, material, chance)
    else:
        for _ in range(int(chance.choice([0, 1, 1, 1, 2, 2, 3, 5]))):
            image, found = _with_another(image, boxes, material, chance)
            boxes += found
    image = photographed(image, chance)
    canvas = np.full((SCENE_SIDE, SCENE_SIDE, 3), 127, np.uint8)
    canvas[: image.shape[0], : image.shape[1]] = image
    return canvas, np.array(boxes, np.float32).reshape(-1, 4)


def _repeated(image: RGBImage, material: Material, chance: Chance) -> tuple[RGBImage, list[Floats]]:
    """The scene with up to MOST_REPEATED prints of one mark, or two by turns, in rows; all are turned alike."""
    height, width = image.shape[:2]
    inks = [
        recoloured(material.marks[int(chance.integers(len(material.marks)))].rgba, chance)
        for _ in range(1 + int(chance.random() < 0.4))
    ]
    shape = max(rgba.shape[1] for rgba in inks) / max(rgba.shape[0] for rgba in inks)
    pitch = min(height, width) * float(chance.uniform(0.12, 0.4))  # of a cell's shorter side
    cell = pitch * np.array([max(1.0, min(shape, 4.0)), max(1.0, min(1 / shape, 4.0))])
    counts = np.maximum(1, np.minimum(np.array([width, height]) // cell, 6).astype(int))
    counts[1] = min(counts[1], MOST_REPEATED // counts[0])
    corner = chance.uniform(0, 1, 2) * (np.array([width, height]) - counts * cell)
    fill, kept = float(chance.uniform(0.45, 0.9)), float(chance.uniform(0.6, 1.0))
    pose = placement(chance, inks[0], 0, 0, 1)
    boxes: list[Floats] = []
    for cell_index in np.ndindex(int(counts[1]), int(counts[0])):
        rgba = inks[sum(cell_index) % len(inks)]
        if chance.random() > kept:
            continue
        side = fill * float(min(cell[0] / rgba.shape[1], cell[1] / rgba.shape[0])) * max(rgba.shape[:2])
        x, y = corner + (np.array(cell_index[::-1]) + 0.5) * cell + chance.normal(0, 0.02 * pitch, 2)
        lies = replace(placement(chance, rgba, float(x), float(y), side, mild=True), turn=pose.turn, slant=pose.slant)
        printed = print_mark(image, rgba, lies, chance)
        image = printed.image
        low, high = (np.clip(printed.outline[row], 0, [width, height]) for row in (0, 2))
        if (high - low).min() >= 5:
            boxes.append(np.concatenate([low, high]).astype(np.float32))
    return image, boxes


def _with_another(
    image: RGBImage, boxes: Sequence[Floats], material: Material, chance: Chance, *, least: float = 0.05
) -> tuple[RGBImage, list[Floats]]:
    """The scene with one more mark that hides none of those at `boxes`, or as it is if there is no room."""
    number = int(chance.integers(len(material.marks)))
    rgba = recoloured(material.marks[number].rgba, chance)
    if chance.random() < 0.15 and material.words:
        rgba, _ = with_word(rgba, recoloured(material.marks[int(chance.choice(material.words))].rgba, chance), chance)
    height, width = image.shape[:2]
    long = max(rgba.shape[:2])
    room = min(width * long / rgba.shape[1], height * long / rgba.shape[0])
    for _ in range(4):
        side = max(12.0, float(np.exp(chance.uniform(np.log(least), 0.0))) * 0.98 * room)
        wide, high = side * rgba.shape[1] / long, side * rgba.shape[0] / long
        x = width / 2 + float(chance.uniform(-0.5, 0.5)) * max(0.0, width - 0.9 * wide)
        y = height / 2 + float(chance.uniform(-0.5, 0.5)) * max(0.0, height - 0.9 * high)
        near = np.array([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2])
        if any(
            min(near[2], box[2]) > max(near[0], box[0]) and min(near[3], box[3]) > max(near[1], box[1]) for box in boxes
        ):
            continue
        printed = print_mark(image, rgba, placement(chance, rgba, x, y, side), chance)
        low = np.clip(printed.outline[0], 0, [width, height])
        high = np.clip(printed.outline[2], 0, [width, height])
        if (high - low).min() < 5:
            continue
        return printed.image, [np.concatenate([low, high]).astype(np.float32)]
    return image, []
