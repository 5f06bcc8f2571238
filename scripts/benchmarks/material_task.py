"""Draws the scenes of one kind of material and writes their images as files to register and to scan."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from benchmarks.copy_task import QUALITY, read_image
from benchmarks.material.kinds import KINDS
from benchmarks.material.scenes import Copy, Scene, chance_of
from benchmarks.product import Entry
from benchmarks.records import Truth
from brand_index.images import RGBImage

COPIES: Final = 60  # of each kind
INNOCENTS: Final = 200
PHOTOS: Final = 40  # that a scene is given; the next scene has others
SCENES: Final = 40  # at most, whatever a kind draws
FRAME_MS: Final = 200  # of an animation


@dataclass(frozen=True, slots=True)
class Asked:
    """A file to scan, and the reference's name that it was drawn beside, whether it is a copy of it or not."""

    path: Path
    truth: Truth
    beside: str


@dataclass(frozen=True, slots=True)
class KindTask:
    """What is registered of one kind, and what is scanned."""

    kind: str
    entries: tuple[Entry, ...]
    asked: tuple[Asked, ...]


def draw_kind(kind: str, photos: Sequence[Path], folder: Path, *, seed: int, limit: int | None) -> KindTask:
    """Draw scenes of `kind` by `seed` until there are enough copies and innocents; `limit` is at most so many of each.

    `photos` nobody registered, in the order in which scenes use them up.
    """
    copies, innocents = (min(count, limit or count) for count in (COPIES, INNOCENTS))
    folder.mkdir(parents=True)
    entries: list[Entry] = []
    asked: list[Asked] = []
    for number in range(SCENES):
        had = sum(bool(each.truth.references) for each in asked)
        if had >= copies and (len(asked) - had >= innocents or len(asked) == had):
            break
        scene = KINDS[kind](chance_of(seed, kind, number), _photos_of(number, photos))
        entry = Entry(_write(scene.reference, folder / f"{number:02}"), "seller", scene.reference_kind, "")
        entry = Entry(entry.path, entry.brand, entry.kind, f"{kind}/{entry.path.name}")
        entries.append(entry)
        # Each scene gives its share of the innocents, so that a few come from several scenes.
        share = ceil(innocents * len(scene.copies) / copies) if scene.copies else innocents
        asked += _files(scene, entry.name, folder, number, copies - had, min(share, innocents - (len(asked) - had)))
    return KindTask(kind, tuple(entries), tuple(asked))


def _files(scene: Scene, reference: str, folder: Path, number: int, copies: int, innocents: int) -> list[Asked]:
    """Write at most so many copies and innocents of a scene."""
    found = []
    for place, copy in enumerate(scene.copies[: max(0, copies)]):
        path = _write_copy(copy, folder / f"{number:02}-copy-{place}")
        truth = Truth(f"{scene.kind}/{path.name}", copy.edit, frozenset({reference}))
        found.append(Asked(path, truth, reference))
    for place, innocent in enumerate(scene.innocents[: max(0, innocents)]):
        path = _write(innocent, folder / f"{number:02}-innocent-{place}")
        found.append(Asked(path, Truth(f"{scene.kind}/{path.name}"), reference))
    return found


def _photos_of(number: int, photos: Sequence[Path]) -> list[RGBImage]:
    start = number * PHOTOS % len(photos)
    return [read_image(path) for path in (*photos[start:], *photos[:start])[:PHOTOS]]


def _write(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], path: Path) -> Path:
    """A JPEG as uploads are, or a PNG where it is transparent; `path` without suffix."""
    is_cut = image.shape[2] == 4
    whole = path.with_suffix(".png" if is_cut else ".jpg")
    Image.fromarray(image).save(whole, quality=QUALITY)  # of a PNG it changes nothing
    return whole


def _write_copy(copy: Copy, path: Path) -> Path:
    if not copy.frames:
        return _write(copy.image, path)
    whole = path.with_suffix(".gif")
    first, *rest = (Image.fromarray(frame) for frame in (copy.image, *copy.frames))
    first.save(whole, save_all=True, append_images=rest, duration=FRAME_MS, loop=0)
    return whole
