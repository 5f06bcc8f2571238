"""Chooses the references and queries of the copies benchmark, and writes the edited images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.augly_edits import augly_edits
from benchmarks.datasets import clothing_photos, grocery_photos
from benchmarks.edits import EDITS, Edit
from benchmarks.records import Truth
from brand_index.images import RGBImage, decode, read_bytes

REGISTERED_CLOTHING = 500
EDITED = 200
OTHERS = 60  # photos that edits paste and collage with
QUALITY = 90  # of the JPEG that an edited image is uploaded as


@dataclass(frozen=True, slots=True)
class CopyQuery:
    """A query file and its truth."""

    path: Path
    truth: Truth


@dataclass(frozen=True, slots=True)
class CopyTask:
    """The registered photos, and edits of some of them among photos that are siblings at most."""

    references: tuple[Path, ...]
    queries: tuple[CopyQuery, ...]
    edits: tuple[str, ...]  # names, in the order of the table


def all_edits() -> tuple[Edit, ...]:
    """Ours and AugLy's."""
    return (*EDITS, *augly_edits())


def short_name(path: Path) -> str:
    """The name of a photo in truth and predictions: its folder and file name."""
    return f"{path.parent.name}/{path.name}"


def draw_task(
    data: Path,
    folder: Path,
    edits: Sequence[Edit],
    *,
    seed: int,
    edits_each: int,
    originals: int = EDITED,
    limit: int | None,
) -> CopyTask:
    """Choose by `seed`, write the edited images under `folder`, and return the task with its truth.

    Each of `originals` registered photos is edited in `edits_each` of the ways, no way twice, all ways equally often.
    At most half of the clothing is registered. `limit` keeps that many of each list, for a quick run.
    """
    chance = np.random.default_rng(seed)
    registered, clean = (part[:limit] for part in split_clothing(data, chance))
    references = (*registered, *grocery_photos(data, "packshot")[:limit])
    edited = [references[int(position)] for position in chance.permutation(len(references))[:originals][:limit]]
    others = [read_image(path) for path in clean[:OTHERS]]
    folder.mkdir(parents=True, exist_ok=True)
    queries = []
    for number, (original, edit) in enumerate(balanced(edited, edits, edits_each, chance)):
        path = folder / f"{number:04}.jpg"
        Image.fromarray(edit(read_image(original), seed=seed + number, others=others)).save(path, quality=QUALITY)
        truth = Truth(path.name, edit.name, frozenset({short_name(original)}))
        queries.append(CopyQuery(path, truth))
    siblings = grocery_photos(data, "photo")[:limit]
    queries += [CopyQuery(path, Truth(short_name(path))) for path in (*clean, *siblings)]
    return CopyTask(references, tuple(queries), tuple(edit.name for edit in edits))


def split_clothing(data: Path, chance: np.random.Generator) -> tuple[list[Path], list[Path]]:
    """The clothing photos to register, and the others, which nobody registered."""
    clothing = clothing_photos(data)
    order = [clothing[int(position)] for position in chance.permutation(len(clothing))]
    count = min(REGISTERED_CLOTHING, len(order) // 2)
    return order[:count], order[count:]


def balanced(
    originals: Sequence[Path], edits: Sequence[Edit], each: int, chance: np.random.Generator
) -> list[tuple[Path, Edit]]:
    """`each` different edits of every original; no edit is used two times more than another."""
    if each > len(edits):
        raise ValueError(f"{each} edits of each original were asked for, and there are {len(edits)}")
    deck = [edits[int(position)] for position in chance.permutation(len(edits))]
    return [
        (original, deck[(row * each + turn) % len(deck)])
        for row, original in enumerate(originals)
        for turn in range(each)
    ]


def read_image(path: Path) -> RGBImage:
    """The first frame of a file as the product decodes it."""
    return decode(read_bytes(path), name=str(path)).frames[0]
