"""What a scene is, and how one comes of a layout that is filled again and again; the families do the drawing."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.edits import BY_NAME, EDITS, Edit
from benchmarks.materials import Item, Materials, some, through_jpeg
from brand_index.images import RGBImage
from brand_index.types import ReferenceKind

COPIES: Final = 3  # edited copies of each reference
INNOCENTS: Final = 10  # beside each reference
SURVIVING: Final = (
    0.35  # of what is the reference's own: less of it in a crop, and no person could say that it is a copy
)

Fill = Callable[[np.random.Generator], RGBImage]
"""Draws one document or product within a layout: each call gives another, (H, W, 3) uint8 sRGB."""
Family = Callable[[np.random.Generator, Sequence[RGBImage]], Fill]
"""Draws a layout, from chance and photos that nobody registered, and gives what fills it."""
DrawScene = Callable[[np.random.Generator, Sequence[RGBImage]], "Scene"]
"""Draws one scene; the photos are ingredients and what copies are pasted on, in no other scene of the kind."""


class NoMorePhotos(Exception):
    """The photos that a scene was given are used up: it has fewer innocents."""


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """An edited true copy of a scene's reference."""

    edit: str
    image: RGBImage
    frames: tuple[RGBImage, ...] = ()  # further ones, of an animation


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One registered image, true copies of it, and images of other goods that share something with it."""

    kind: str
    reference: NDArray[np.uint8]  # (H, W, 3), or (H, W, 4) where it is registered as a transparent PNG
    copies: tuple[Copy, ...]
    innocents: tuple[RGBImage, ...]
    reference_kind: ReferenceKind = ReferenceKind.PHOTO


def next_of(photos: Iterator[Item]) -> Item:
    """The next photo, or goods of one. Raises NoMorePhotos."""
    for photo in photos:
        return photo
    raise NoMorePhotos


def reference_first(items: Iterable[Item]) -> Iterator[Item]:
    """The first of `items` once, for the reference, and the others again and again."""
    first, *others = items
    yield first
    yield from cycle(others)


def grey(image: RGBImage, given: Materials) -> RGBImage:
    """Without colour."""
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)


def without(*names: str) -> tuple[Edit, ...]:
    """All edits of photos and grey-scale, but for these."""
    assert BY_NAME.keys() >= set(names), f"no such edit: {set(names) - BY_NAME.keys()}"
    return (*(edit for edit in EDITS if edit.name not in names), Edit("grey-scale", grey))


def several_in_own_colours(image: RGBImage, given: Materials) -> RGBImage:
    """A crop of 30 %, mirrored half of the time, with words on it, on another photo (50 %), JPEG 30."""
    steps = ["crop 30 %", *(["mirror"] if given.chance.random() < 0.5 else []), "text", "paste at 50 %", "JPEG 30"]
    for step in steps:
        image = np.ascontiguousarray(BY_NAME[step].apply(np.ascontiguousarray(image), given))
    return image


# Of a document, a person tells copies by what is written: these make it illegible.
ILLEGIBLE: Final = ("blur", "halftone", "small")
DOCUMENT_EDITS: Final = without(*ILLEGIBLE)
"""For what is read."""
SEVERAL: Final = Edit("several at once, own colours", several_in_own_colours)
COLOUR_EDITS: Final = (*without(*ILLEGIBLE, "recolour", "dark", "several at once"), SEVERAL)
"""For documents about colours: in other colours they are about others."""
GOODS_EDITS: Final = (*without("recolour", "several at once", "halftone"), SEVERAL)
"""For goods that differ from innocent ones in colour: in another colour they are other goods."""
PLAIN_EDITS: Final = tuple(edit for edit in GOODS_EDITS if edit.name not in {"crop 70 %", "dark"})
"""For goods that are little more than a colour."""
WHOLE_EDITS: Final = tuple(
    edit
    for edit in PLAIN_EDITS
    if edit.name.startswith(("crop 10", "crop 30", "pad", "mirror", "rotate", "banner", "text", "meme", "JPEG", "grey"))
)
"""For what a person knows again only while nearly all of it is there, at its size."""
COVERING: Final = frozenset(
    {
        *("crop 10 %", "crop 30 %", "crop 50 %", "crop 70 %", "banner", "emoji", "text"),
        *("several at once", "several at once, own colours"),
    }
)
"""Edits that may hide what is the reference's own; of what they leave, enough must be seen."""


def scenes_of(kind: str, family: Family, edits: Sequence[Edit] = DOCUMENT_EDITS, *, copies: int = COPIES) -> DrawScene:
    """What draws scenes of a family: one layout, filled once for the reference and again for each innocent."""

    def draw(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Scene:
        ingredients, others = (photos[::2], photos[1::2]) if len(photos) > 1 else (photos, photos)
        fill = family(chance, ingredients)
        reference = uploaded(fill(chance), chance, scaled=False)
        innocents = []
        with suppress(NoMorePhotos):
            for _ in range(INNOCENTS):
                innocents.append(uploaded(fill(chance), chance))  # noqa: PERF401 - those before the last photo are kept
        own = differing(reference, innocents)
        return Scene(kind, reference, edited(reference, own, edits, chance, others, copies), tuple(innocents))

    return draw


def edited(
    reference: RGBImage,
    own: RGBImage,
    edits: Sequence[Edit],
    chance: np.random.Generator,
    others: Sequence[RGBImage],
    count: int = COPIES,
) -> tuple[Copy, ...]:
    """`count` copies, each by another of `edits`; `own` is white where the reference is like no innocent."""
    return tuple(
        Copy(edit.name, uploaded(_shown(edit, reference, own, chance, others), chance, scaled=False))
        for edit in some(chance, edits, count)
    )


def differing(reference: RGBImage, innocents: Sequence[RGBImage]) -> RGBImage:
    """White where the reference differs from at least half of the innocents, as an image of its size."""
    height, width = reference.shape[:2]
    far = np.zeros((height, width), np.float32)
    for innocent in innocents:
        fitted = cv2.resize(innocent, (width, height), interpolation=cv2.INTER_AREA)
        red, green, blue = cv2.split(cv2.absdiff(reference, np.asarray(fitted, np.uint8)))
        far += cv2.max(cv2.max(red, green), blue) > 40
    mask = np.where(far >= max(1.0, len(innocents) / 2), 255, 0).astype(np.uint8)
    return np.repeat(mask[:, :, None], 3, axis=2)


def uploaded(image: RGBImage, chance: np.random.Generator, *, scaled: bool = True) -> RGBImage:
    """As another seller uploads it: a little larger or smaller if `scaled`, through JPEG of quality 80 to 95."""
    if scaled:
        scale = float(chance.uniform(0.8, 1.1))
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return through_jpeg(image, int(chance.integers(80, 96)))


def chance_of(seed: int, kind: str, number: int) -> np.random.Generator:
    """The source of chance of a kind's scene `number`."""
    return np.random.default_rng([seed, zlib.crc32(kind.encode()), number])


def _shown(
    edit: Edit, reference: RGBImage, own: RGBImage, chance: np.random.Generator, others: Sequence[RGBImage]
) -> RGBImage:
    """The edit of `reference`, drawn again (at most 20 times) while it hides nearly all that is its own."""
    whole = int(np.count_nonzero(own))
    seed = int(chance.integers(2**31))
    best, most = seed, -1.0
    for attempt in range(20 if edit.name in COVERING and whole else 1):
        seed = seed + attempt
        if edit.name not in COVERING or not whole:
            break
        # An overlay is the same on any canvas, so that what changes with the canvas is what it leaves visible.
        white, black = (edit(image, seed=seed, others=others) for image in (own, np.zeros_like(own)))
        share = float(np.count_nonzero(cv2.absdiff(white, black) > 127)) / whole
        if share > most:
            best, most = seed, share
        if most >= SURVIVING:
            break
    return edit(reference, seed=best, others=others)
