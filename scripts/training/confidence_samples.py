"""What the confidence of logos is fitted on beside composites: real prints among logos that no photo shows.

A candidate on a real print is right where it lies where the homography puts that mark, and wrong where it is of another
brand on the pack in the hand, or a logo that no photo shows; all else is unknown, for shelves show many packs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from benchmarks.copy_task import read_image
from benchmarks.product import Entry, id_of
from PIL import Image

from brand_index.images import RGBImage
from brand_index.types import ReferenceKind
from scanner.engine.alignment.geometry import bounding_box
from scanner.engine.boxes import Box, Quad, overlap, share_within
from scanner.engine.types import Evidence
from training.real_prints import RealPrint, enlarged

THERE: Final = 0.25  # intersection over union with the print, from which a candidate is right
ON_PACK: Final = 0.8  # share of a candidate's box inside the pack's, from which the shelf is not meant
FEW_PIXELS: Final = (18.0, 60.0)  # of the largest mark's long side in a reduced photo
SEED: Final = 2026
MARGIN: Final = 0.04  # of each side: room around a mark that is cut out of a photo


@dataclass(frozen=True, slots=True)
class Sample:
    """One candidate: its features, and whether the image shows that reference."""

    kind: ReferenceKind
    image: str
    values: dict[str, float]
    right: bool
    material: str = ""  # empty: none, and folds are of images
    weight: float = 1.0  # candidates that it counts as


@dataclass(frozen=True, slots=True)
class RealTask:
    """Marks of packs to register, and the photos to examine."""

    entries: tuple[Entry, ...]
    mark_of: dict[str, tuple[str, str, int]]  # of a reference: brand, product and number of the mark on it
    prints: dict[Path, tuple[RealPrint, ...]]  # of each photo that is examined


def draw_real_task(prints: Sequence[RealPrint], folder: Path) -> RealTask:
    """Every mark twice where it can be: as its packshot shows it and, as a form, as one photo does, which is not asked.

    The others are asked as they are and reduced. Files are made in `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    by_product: dict[str, list[RealPrint]] = {}
    for each in prints:
        by_product.setdefault(each.pack.product, []).append(each)
    entries: list[Entry] = []
    mark_of: dict[str, tuple[str, str, int]] = {}
    asked: dict[Path, tuple[RealPrint, ...]] = {}

    def register(each: RealPrint, image: RGBImage, box: Box, sort: str) -> None:
        path = folder / f"{each.pack.product}-{each.number}-{sort}.png"
        Image.fromarray(np.ascontiguousarray(image[box.top : box.bottom, box.left : box.right])).save(path)
        entry = Entry(path, each.pack.brand.lower(), ReferenceKind.LOGO, path.name)
        entries.append(entry)
        mark_of[id_of(entry)] = (each.pack.brand, each.pack.product, each.number)

    for found in by_product.values():
        photos = {each.photo for each in found}
        best = max(photos, key=lambda photo: (sum(each.ncc for each in found if each.photo == photo), str(photo)))
        for number in sorted({each.number for each in found}):
            one = next(each for each in found if each.number == number)
            register(one, enlarged(one.pack.packshot), one.mark, "packshot")
        if len(photos) > 1:
            image = read_image(best)
            for each in found:
                if each.photo == best:
                    register(each, image, _cut(each, image), "photo")
            photos.remove(best)
        for photo in sorted(photos):
            asked[photo] = tuple(each for each in found if each.photo == photo)
            for small in smaller(asked[photo], folder, np.random.default_rng([SEED, len(asked)])):
                asked[small[0].photo] = small
    return RealTask(tuple(entries), mark_of, asked)


def smaller(prints: Sequence[RealPrint], folder: Path, chance: np.random.Generator) -> Iterator[tuple[RealPrint, ...]]:
    """The same photo reduced, so that its largest mark has few pixels, as in most listings; nothing if it has few."""
    image, photo = read_image(prints[0].photo), prints[0].photo
    longest = max(float(np.ptp(np.array(each.quad), axis=0).max()) for each in prints)
    scale = float(np.exp(chance.uniform(*np.log(FEW_PIXELS)))) / longest
    if scale >= 1:
        return
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    path = folder / f"{photo.stem}-small.jpg"
    reduced = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    Image.fromarray(np.asarray(reduced, np.uint8)).save(path, quality=int(chance.integers(60, 95)))
    yield tuple(
        replace(each, photo=path, quad=_scaled(each.quad, scale), pack_quad=_scaled(each.pack_quad, scale))
        for each in prints
    )


def _scaled(quad: Quad, scale: float) -> Quad:
    first, second, third, last = ((x * scale, y * scale) for x, y in quad)
    return first, second, third, last


def judged(evidence: Sequence[Evidence], task: RealTask, photo: Path) -> Iterator[tuple[int, bool]]:
    """The rows of the evidence of a photo that are known to be right or wrong, each with which."""
    prints = task.prints[photo]
    height, width = read_image(photo).shape[:2]
    pack = bounding_box(prints[0].pack_quad, (width, height))
    at = {(each.pack.product, each.number): bounding_box(each.quad, (width, height)) for each in prints}
    for row, item in enumerate(evidence):
        if item.reference_id not in task.mark_of:
            yield row, False
            continue
        brand, product, number = task.mark_of[item.reference_id]
        if (product, number) in at:
            if overlap(item.box, at[product, number]) >= THERE:
                yield row, True
        elif brand != prints[0].pack.brand and share_within(item.box, pack) >= ON_PACK:
            yield row, False


def _cut(each: RealPrint, image: RGBImage) -> Box:
    height, width = image.shape[:2]
    left, top, right, bottom = bounding_box(each.quad, (width, height))
    across, down = round(MARGIN * (right - left)), round(MARGIN * (bottom - top))
    return Box(max(0, left - across), max(0, top - down), min(width, right + across), min(height, bottom + down))
