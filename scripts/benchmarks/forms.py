"""Draws the forms that are registered beside a brand's artwork, and compares what is found with them; runs nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.calibration import CalibrationResult
from benchmarks.logos import RATES, LogoResult
from benchmarks.measures import Share
from benchmarks.tables import Table, number
from brand_index.features.hashing import PDQ
from brand_index.images import RGBImage
from scanner.engine.boxes import Box

FEWEST_PIXELS: Final = 32  # of either side of a box: registration refuses a smaller image
TWIN: Final = 60  # bits of PDQ's 256 up to which two photos are taken to be one, published twice or cropped


@dataclass(frozen=True, slots=True)
class Croppable:
    """A photo of a brand, as forms are drawn of it."""

    name: str  # of the query
    brand: str
    box: Box | None  # of the largest mark that can be registered; None: all are too small
    twins: frozenset[str] = frozenset()  # other photos that show the same


@dataclass(frozen=True, slots=True)
class Draw:
    """One choice of photos that give forms."""

    number: int  # from 1
    cropped: tuple[Croppable, ...]  # brand by brand; the first few of each are the forms where fewer are registered

    def first(self, forms: int) -> tuple[Croppable, ...]:
        """The photos that give the first so many forms of each brand."""
        return tuple(
            each for _, group in groupby(self.cropped, lambda each: each.brand) for each in list(group)[:forms]
        )

    def queries(self, photos: Sequence[Croppable]) -> list[str]:
        """The photos that no form is cropped from and that are no twin of one that is."""
        used = {each.name for each in self.cropped}.union(*(each.twins for each in self.cropped))
        return [each.name for each in photos if each.name not in used]


def draw_forms(photos: Sequence[Croppable], forms: int, number: int, seed: int) -> Draw:
    """`forms` photos of each brand, by a permutation of its own for each draw. Raises BadParameter if too few are left.

    At least one photo of each brand must be left to be asked for.
    """
    chance = np.random.default_rng([seed, number])
    chosen: list[Croppable] = []
    for brand in sorted({each.brand for each in photos}):
        own = [each for each in photos if each.brand == brand]
        able = [own[row] for row in chance.permutation(len(own)) if own[row].box is not None]
        draw = Draw(number, tuple(able[:forms]))
        if len(able) < forms or not draw.queries(own):
            raise typer.BadParameter(
                f"--forms {forms}: {brand} has {len(able)} photos of {len(own)} with a mark of {FEWEST_PIXELS} px and "
                f"more, and one at least must be left to be found; ask for fewer"
            )
        chosen += draw.cropped
    return Draw(number, tuple(chosen))


def largest_box(boxes: Sequence[Box], size: tuple[int, int]) -> Box | None:
    """The largest box, clipped to an image of `size` (width, height), that can be registered; None: there is none."""
    clipped = [
        Box(max(0, box.left), max(0, box.top), min(size[0], box.right), min(size[1], box.bottom)) for box in boxes
    ]
    able = [box for box in clipped if min(box.right - box.left, box.bottom - box.top) >= FEWEST_PIXELS]
    return max(able, key=lambda box: (box.right - box.left) * (box.bottom - box.top), default=None)


def twins_of(images: Mapping[str, RGBImage]) -> dict[str, frozenset[str]]:
    """For each image the others that show the same, whichever way up, by PDQ."""
    hashes = {name: PDQ.hashes(image) for name, image in images.items()}
    bits = {name: np.unpackbits(found, axis=1) for name, found in hashes.items() if found is not None}

    def apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
        return int((one[0] != other).sum(axis=1).min())

    return {
        name: frozenset(other for other in bits if other != name and apart(bits[name], bits[other]) <= TWIN)
        if name in bits
        else frozenset()
        for name in images
    }


@dataclass(frozen=True, slots=True)
class FormsResult:
    """What one way finds with so many forms of each brand in one draw."""

    forms: int
    draw: int
    by: str  # logos alone, words alone or both
    clean: str  # which clean images
    found: LogoResult  # on the draw's queries
    calibration: CalibrationResult | None  # of the same queries with the clean images; None: nothing is claimed


def forms_table(results: Sequence[FormsResult], photos: int, logos: int, words: int) -> Table:
    """A row for each number of forms, way and set of clean images: means over the draws, and their range."""
    groups: dict[tuple[str, str, int], list[FormsResult]] = {}
    for each in results:
        groups.setdefault((each.clean, each.by, each.forms), []).append(each)
    rates = tuple(f"found at {rate:.1%} flagged".replace("%", " %") for rate in RATES)
    return Table(
        f"Forms: {photos} photos of registered marks; {logos} logos, their forms and {words} words registered",
        (
            "forms; found by; clean images",
            "photos",
            "clean",
            *rates,
            "another mark claimed at 1 %",
            "calibration error",
        ),
        tuple(
            (
                f"{forms}; {by}; {clean}",
                ", ".join(str(each.found.photos) for each in group),
                str(group[0].found.clean),
                *(spread([each.found.points[row].found for each in group]) for row in range(len(RATES))),
                spread([each.found.others[1] for each in group]),
                number(float(np.mean(errors)), 4)
                if (errors := [each.calibration.error for each in group if each.calibration is not None])
                else "-",
            )
            for (clean, by, forms), group in groups.items()
        ),
        "Means over the draws, with the lowest and the highest. Forms are crops of true boxes; a draw's photos are "
        "those that none of its forms is cropped from, the same for every number of forms.",
    )


def spread(shares: Sequence[Share]) -> str:
    """Such as `77.3 % (75.1 to 79.0)`; a dash when nothing was counted."""
    values = [100 * share.value for share in shares if share.value is not None]
    if not values:
        return "-"
    return f"{np.mean(values):.1f} %" + (f" ({min(values):.1f} to {max(values):.1f})" if len(values) > 1 else "")
