"""Draws what the confidence of photos is fitted on: edited clothing among other photos, and listing material.

Nothing of it is a positive of the benchmark: other photos are registered, and the material is drawn from other seeds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from benchmarks.copy_task import QUALITY, read_image, split_clothing
from benchmarks.datasets import grocery_photos
from benchmarks.edits import BY_NAME, EDITS
from benchmarks.material.kinds import KINDS
from benchmarks.material_task import draw_kind
from benchmarks.materials import jpeg
from benchmarks.product import Entry, id_of

from brand_index.images import RGBImage
from brand_index.types import ReferenceKind

REGISTERED_PHOTOS, OTHER_PHOTOS, SIBLINGS = 240, 370, 80
EDITS_EACH: Final = 2  # ways in which a registered photo is edited
# Of each row one at most is done, in this order, to a photo that is edited several times.
STEPS: Final = (
    ("crop 10 %", "crop 30 %", "mirror", "rotate 2°", "rotate 5°", "perspective"),
    ("recolour", "dark", "blur", "JPEG 30"),
    ("text", "emoji", "banner", "bars"),
    ("paste at 50 %", "pad", "screenshot", "small"),
)
STEPS_LEFT_OUT: Final = 0.3  # chance of each row
TEMPLATES, TEMPLATE_EDITS = 80, frozenset({"banner", "text", "screenshot", "meme"})
MATERIAL_EACH: Final = 20  # copies, and as many innocents, of each kind of material
SEED: Final = 2026  # of all that is drawn; the benchmarks' seeds are small numbers


@dataclass(frozen=True, slots=True)
class Task:
    """References to register, and images to examine with the reference id that each shows; None: none."""

    entries: list[Entry]
    queries: dict[Path, str | None]
    made_of: dict[str, str] = field(default_factory=dict)  # of a reference: the one of which it shows a part


def sibling(photo: RGBImage, other: RGBImage, chance: np.random.Generator) -> RGBImage:
    """Another pack of the same series, or other goods on the same ground: a third to a half is another photo's.

    Half of them are of other hues too.
    """
    height, width = photo.shape[:2]
    wide, high = (round(side * float(chance.uniform(0.58, 0.72))) for side in (width, height))
    left, top = int(chance.integers(width - wide + 1)), int(chance.integers(height - high + 1))
    made = photo.copy()
    if chance.random() < 0.5:
        changed = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2HSV), np.uint8)
        changed[..., 0] = (changed[..., 0] + int(chance.integers(20, 160))) % 180
        made = np.asarray(cv2.cvtColor(changed, cv2.COLOR_HSV2RGB), np.uint8)
    made[top : top + high, left : left + wide] = cv2.resize(other, (wide, high), interpolation=cv2.INTER_AREA)
    return made


def bars(image: RGBImage, chance: np.random.Generator) -> RGBImage:
    """Bars of one colour across the photo at any angle, which hide a fifth to a half of it."""
    height, width = image.shape[:2]
    pitch = float(chance.uniform(0.15, 0.45)) * max(height, width)
    angle = float(chance.uniform(0, np.pi))
    y, x = np.mgrid[0:height, 0:width]
    hidden = (x * np.cos(angle) + y * np.sin(angle)) % pitch < float(chance.uniform(0.2, 0.5)) * pitch
    made = image.copy()
    made[hidden] = chance.integers(0, 256, 3)
    return made


def edited_repeatedly(image: RGBImage, seed: int, others: list[RGBImage]) -> RGBImage:
    """What a person does who wants to be sure: a step of each row of STEPS, some left out."""
    chance = np.random.default_rng([SEED, seed])
    for row in STEPS:
        name = str(chance.choice(row))
        if chance.random() < STEPS_LEFT_OUT:
            continue
        image = bars(image, chance) if name == "bars" else BY_NAME[name](image, seed=seed, others=others)
        image = np.ascontiguousarray(image)
    return image


def edited_copies(
    entries: Sequence[Entry], stem: Path, edit: Callable[[RGBImage, int], RGBImage]
) -> dict[Path, str | None]:
    """An edited copy of each of `entries` beside `stem`, numbered, and the reference id that it shows."""
    shown: dict[Path, str | None] = {}
    for number, entry in enumerate(entries):
        made = stem.with_name(f"{stem.name}-{number}.jpg")
        save_jpeg(made, edit(read_image(entry.path), number))
        shown[made] = id_of(entry)
    return shown


def draw_photo_task(data: Path, folder: Path) -> Task:
    """Photos, siblings of some of them, and edited copies, of the clothing that the benchmark does not register.

    Some registered photos, and as many others, have one shop's words or frame around them, and packs are registered
    that others took photos of: those are no copies.
    """
    chance = np.random.default_rng(SEED)
    _, photos = split_clothing(data, np.random.default_rng(0))
    registered, others = photos[:REGISTERED_PHOTOS], photos[REGISTERED_PHOTOS:][:OTHER_PHOTOS]
    rest = photos[REGISTERED_PHOTOS + OTHER_PHOTOS :]
    # Photos that siblings are made of are on no edited image, where they would be true matches.
    grounds, insides = ([read_image(path) for path in part] for part in (rest[:60], rest[60:140]))
    shop = [Entry(path, "shop", ReferenceKind.PHOTO, path.name) for path in registered]
    packs = [
        Entry(path, "pack", ReferenceKind.PHOTO, path.name) for path in grocery_photos(data, "packshot", fitted=True)
    ]
    siblings: list[Entry] = []
    made_of: dict[str, str] = {}
    for number, entry in enumerate(shop[:SIBLINGS]):
        made = folder / f"sibling-{number}.jpg"
        save_jpeg(made, sibling(read_image(entry.path), insides[number % len(insides)], chance))
        siblings.append(Entry(made, "sibling", ReferenceKind.PHOTO, made.name))
        made_of[id_of(siblings[-1])] = id_of(entry)

    def once(image: RGBImage, number: int) -> RGBImage:
        return EDITS[number % len(EDITS)](image, seed=number, others=grounds)

    def repeatedly(image: RGBImage, number: int) -> RGBImage:
        return edited_repeatedly(image, number, grounds)

    entries = [*shop, *siblings, *packs]
    queries: dict[Path, str | None] = dict.fromkeys(others)
    queries |= edited_copies(shop * EDITS_EACH, folder / "edit", once)
    queries |= edited_copies(shop * EDITS_EACH, folder / "repeatedly", repeatedly)
    queries |= edited_copies(packs * EDITS_EACH, folder / "pack", once)
    queries |= dict.fromkeys(grocery_photos(data, "photo", fitted=True))  # the same goods, taken by somebody else
    shown = rest[140:][: 2 * TEMPLATES]
    templates = [edit for edit in EDITS if edit.name in TEMPLATE_EDITS]
    for number, path in enumerate(shown):
        made = folder / f"template-{number}.jpg"
        edit = templates[number % TEMPLATES % len(templates)]
        save_jpeg(made, edit(read_image(path), seed=number % TEMPLATES, others=grounds))
        if number < TEMPLATES:
            entries.append(Entry(made, "template", ReferenceKind.PHOTO, made.name))
        else:
            queries[made] = None
    return Task(entries, queries, made_of)


def draw_material_tasks(data: Path, folder: Path) -> Iterator[tuple[str, Task]]:
    """Each kind of listing material of photos, with the references that its images are drawn beside."""
    _, photos = split_clothing(data, np.random.default_rng(0))
    for number, kind in enumerate(KINDS):
        drawn = draw_kind(kind, photos, folder / f"{number:02}", seed=SEED, limit=MATERIAL_EACH)
        if any(entry.kind is not ReferenceKind.PHOTO for entry in drawn.entries):
            continue
        ids = {entry.name: id_of(entry) for entry in drawn.entries}
        queries = {each.path: next((ids[name] for name in each.truth.references), None) for each in drawn.asked}
        yield kind, Task(list(drawn.entries), queries)


def save_jpeg(path: Path, image: RGBImage) -> None:
    """As an upload."""
    path.write_bytes(jpeg(image, QUALITY))
