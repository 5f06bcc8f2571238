"""Large images that hold a copy somewhere: tall description pages, wide banners, collages, animations."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np

from benchmarks.material.documents.charts import size_chart
from benchmarks.material.ink import WHITE, Drawing, Ink, Typeface, ink, tint, typeface
from benchmarks.material.scenes import COPIES, INNOCENTS, Copy, DrawScene, Scene, uploaded
from benchmarks.material.words import TALENTS, coined, product
from benchmarks.materials import cover, flat, on_canvas, pick, some
from brand_index.images import RGBImage
from brand_index.types import ReferenceKind

PAGE_WIDTH: Final = 750  # pixels, as most marketplaces show descriptions
PAGE_HEIGHT: Final = (4000, 12_001)
BANNER_HEIGHT: Final = (300, 601)
BANNER_LENGTH: Final = (6, 13)  # times its height
TILE_SIDE: Final = (110, 261)  # pixels
GUTTERS: Final = (0, 0, 0, 2, 6, 12)  # likewise
FRAMES: Final = 10
LOGO_WIDTH: Final = 320  # pixels

DrawPage = Callable[[np.random.Generator, Sequence[RGBImage], RGBImage | None], RGBImage]
"""Draws a large image from chance and photos, with a copy (None: without) in it."""


def drawn_scenes() -> dict[str, DrawScene]:
    """What draws the scenes of each kind, by its name."""
    pages: dict[str, DrawPage] = {
        "full-width copy in a tall image": tall_page,
        "copy in a wide banner": wide_banner,
        **{f"one copy in a collage of {side**2}": partial(collage, across=side) for side in (3, 4, 5)},
    }
    scenes: dict[str, DrawScene] = {kind: partial(_page_scene, kind, draw) for kind, draw in pages.items()}
    scenes["copy in one frame of ten"] = _animation_scene
    scenes["logo in a tall image"] = _logo_scene
    return scenes


def _page_scene(kind: str, draw: DrawPage, chance: np.random.Generator, photos: Sequence[RGBImage]) -> Scene:
    reference, others = photos[0], photos[1:]
    copies = (uploaded(draw(chance, others, reference), chance) for _ in range(COPIES))
    innocents = tuple(uploaded(draw(chance, others, None), chance) for _ in range(INNOCENTS))
    return Scene(kind, reference, tuple(Copy(kind, image) for image in copies), innocents)


def _animation_scene(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Scene:
    reference, others = photos[0], photos[1:]
    films = [animation(chance, others, reference) for _ in range(COPIES)]
    innocents = tuple(pick(chance, others) for _ in range(INNOCENTS))
    kind = "copy in one frame of ten"
    return Scene(kind, reference, tuple(Copy(kind, film[0], film[1:]) for film in films), innocents)


def _logo_scene(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Scene:
    """A made-up logo, 320 px wide on pages; innocents show other logos."""
    reference = _logo(chance)

    def page(logo: RGBImage) -> RGBImage:
        drawn = tall_page(chance, photos, None)
        high = round(logo.shape[0] * LOGO_WIDTH / logo.shape[1])
        top = int(chance.integers(len(drawn) - high))
        left = int(chance.integers(PAGE_WIDTH - LOGO_WIDTH))
        drawn[top : top + high, left : left + LOGO_WIDTH] = cover(logo, LOGO_WIDTH, high)
        return uploaded(drawn, chance)

    kind = "logo in a tall image"
    copies = tuple(Copy(kind, page(reference)) for _ in range(COPIES))
    innocents = tuple(page(_logo(chance)) for _ in range(INNOCENTS))
    return Scene(kind, reference, copies, innocents, ReferenceKind.LOGO)


def _logo(chance: np.random.Generator) -> RGBImage:
    """A name beside a figure of discs and corners."""
    ground, tone = (WHITE, ink(chance, dark=True)) if chance.random() < 0.7 else (ink(chance, dark=True), WHITE)
    drawn = Drawing(640, int(chance.integers(220, 361)), ground, typeface(chance))
    middle, size = drawn.height / 2, drawn.height * 0.36
    for _ in range(int(chance.integers(2, 5))):
        x, y = 40 + size + chance.uniform(-0.3, 0.3) * size, middle + chance.uniform(-0.3, 0.3) * size
        reach, accent = size * chance.uniform(0.3, 0.7), ink(chance)
        if chance.random() < 0.5:
            drawn.disc(x, y, reach, fill=accent if chance.random() < 0.5 else None, outline=tone, width=size * 0.1)
        else:
            turns = chance.uniform(0, 6.28) + np.arange(int(chance.integers(3, 6))) * 6.28 / 3.7
            drawn.shape([(x + reach * np.cos(turn), y + reach * np.sin(turn)) for turn in turns], accent)
    start = 70 + 2 * size
    drawn.fitted(start, middle, coined(chance), size, 620 - start, ink=tone, bold=chance.random() < 0.6, anchor="lm")
    return drawn.pixels()


def tall_page(chance: np.random.Generator, photos: Sequence[RGBImage], copy: RGBImage | None) -> RGBImage:
    """A description page of photos, texts, tables and white space, 750 px wide; `copy` at full width somewhere."""
    ground = WHITE if chance.random() < 0.7 else tint(chance)
    face, margin = typeface(chance), int(chance.choice((0, 0, 0, 20, 40)))
    height = int(chance.integers(*PAGE_HEIGHT))
    blocks: list[RGBImage] = []
    while sum(len(block) for block in blocks) < height:
        blocks.append(_block(chance, photos, ground, face, margin))
    if copy is not None:
        blocks.insert(int(chance.integers(len(blocks) + 1)), _full_width(copy, ground, margin))
    if chance.random() < 0.5:
        gap = flat(PAGE_WIDTH, int(chance.integers(8, 80)), ground)
        blocks = [each for block in blocks for each in (block, gap)]
    return np.concatenate(blocks)


def wide_banner(chance: np.random.Generator, photos: Sequence[RGBImage], copy: RGBImage | None) -> RGBImage:
    """A banner of photos and texts side by side, 6 to 12 times as long as high; `copy` at (nearly) full height."""
    ground, face = tint(chance) if chance.random() < 0.6 else ink(chance), typeface(chance)
    height = int(chance.integers(*BANNER_HEIGHT))
    length = int(height * chance.integers(*BANNER_LENGTH))
    margin = int(chance.choice((0, 0, 0.06, 0.12)) * height)
    blocks: list[RGBImage] = []
    while sum(block.shape[1] for block in blocks) < length:
        if chance.random() < 0.6:
            blocks.append(_full_height(pick(chance, photos), ground, height, margin))
        else:
            blocks.append(_words(chance, int(height * chance.uniform(0.6, 1.6)), height, ground, face))
    if copy is not None:
        place = int(chance.integers(len(blocks) + 1))
        blocks.insert(place, _full_height(copy, ground, height, margin))
    return np.concatenate(blocks, axis=1)


def collage(chance: np.random.Generator, photos: Sequence[RGBImage], copy: RGBImage | None, *, across: int) -> RGBImage:
    """A grid of `across` by `across` tiles of photos, with or without gutters and a frame; `copy` in one of them."""
    wide, high = (int(side) for side in chance.integers(*TILE_SIDE, 2))
    high = int(np.clip(high, wide * 3 // 4, wide * 4 // 3))
    gutter = int(chance.choice(GUTTERS))
    border = gutter if chance.random() < 0.5 else 0
    ground = _gutter_ink(chance)
    width, height = (2 * border + across * side + (across - 1) * gutter for side in (wide, high))
    canvas = flat(width, height, ground)
    order = [photos[int(place)] for place in chance.permutation(max(len(photos), across**2)) % len(photos)]
    tiles = order[: across**2]
    if copy is not None:
        tiles[int(chance.integers(len(tiles)))] = copy
    for place, tile in enumerate(tiles):
        top, left = border + place // across * (high + gutter), border + place % across * (wide + gutter)
        canvas[top : top + high, left : left + wide] = cover(tile, wide, high)
    return canvas


def animation(chance: np.random.Generator, photos: Sequence[RGBImage], copy: RGBImage | None) -> tuple[RGBImage, ...]:
    """Ten frames, each of another photo; `copy` is one of them."""
    size = (int(chance.integers(400, 641)), int(chance.integers(400, 641)))
    frames = [pick(chance, photos) for _ in range(FRAMES)]
    if copy is not None:
        frames[int(chance.integers(FRAMES))] = copy
    return tuple(cover(frame, *size) for frame in frames)


def _gutter_ink(chance: np.random.Generator) -> Ink:
    """The colour of gutters: white most of the time, black, or any."""
    kind = chance.random()
    return WHITE if kind < 0.6 else (0, 0, 0) if kind < 0.75 else ink(chance)


def _block(
    chance: np.random.Generator, photos: Sequence[RGBImage], ground: Ink, face: Typeface, margin: int
) -> RGBImage:
    """One block of a page, as wide as that."""
    kind = chance.random()
    if kind < 0.45:
        return _full_width(pick(chance, photos), ground, margin)
    if kind < 0.6:  # two beside each other
        wide = PAGE_WIDTH // 2
        high = int(wide * chance.uniform(0.8, 1.4))
        return np.concatenate([cover(pick(chance, photos), side, high) for side in (wide, PAGE_WIDTH - wide)], axis=1)
    if kind < 0.8:
        return _words(chance, PAGE_WIDTH, int(chance.integers(150, 700)), ground, face)
    if kind < 0.92:
        table = size_chart(chance, photos)(chance)
        return cover(table, PAGE_WIDTH, round(table.shape[0] * PAGE_WIDTH / table.shape[1]))
    return flat(PAGE_WIDTH, int(chance.integers(60, 500)), ground)


def _words(chance: np.random.Generator, width: int, height: int, ground: Ink, face: Typeface) -> RGBImage:
    """A heading and lines of text."""
    page = Drawing(width, height, ground, face)
    dark = sum(ground) < 380
    tone: Ink = WHITE if dark else ink(chance, dark=True)
    size = min(width, 750) * chance.uniform(0.04, 0.07)
    page.fitted(width / 2, size, product(chance), size, width * 0.9, ink=tone, bold=True, anchor="ma")
    level = size * 2.6
    while level < height - size:
        line = f"{coined(chance)} {pick(chance, TALENTS)}, {' '.join(some(chance, TALENTS, 2))}"
        page.fitted(width * 0.06, level, line, size * 0.6, width * 0.88, ink=tone)
        level += size * 0.95
    return page.pixels()


def _full_width(image: RGBImage, ground: Ink, margin: int) -> RGBImage:
    """An image scaled to the width of a page but for the margins."""
    inner = PAGE_WIDTH - 2 * margin
    height = round(image.shape[0] * inner / image.shape[1])
    return on_canvas(cover(image, inner, height), 0, 0, margin, margin, ground)


def _full_height(image: RGBImage, ground: Ink, height: int, margin: int) -> RGBImage:
    inner = height - 2 * margin
    width = round(image.shape[1] * inner / image.shape[0])
    return on_canvas(cover(image, width, inner), margin, margin, 0, margin, ground)
