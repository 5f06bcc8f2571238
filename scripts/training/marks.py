"""The marks that models are trained on: icons, wordmarks and emblems; it prints nothing.

Brands of public benchmarks are left out in every variant, so that a figure on them is of marks that the models never
saw.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.drawings import Mark
from training.emblems import drawn_emblems
from training.icons import drawn_icons, spare_signs
from training.words import wordmarks

HELD_OUT: Final = 50  # one mark in so many is never learnt: progress and confidence are measured on those


def load_marks(packages: Path, fonts: Path, cache: Path, *, most: int | None = None) -> list[Mark]:
    """All marks, drawn on the first call and read from `cache` after it; `most`: an even choice of so many.

    `packages` holds the archives of `npm pack` (icons.PACKAGES), `fonts` is a folder of TrueType and OpenType files.
    """
    if not cache.exists():
        marks = [*drawn_icons(packages), *wordmarks(fonts), *drawn_emblems(spare_signs(packages), fonts)]
        cache.parent.mkdir(parents=True, exist_ok=True)
        _write(cache, marks)
    marks = read_marks(cache)
    return marks if most is None else marks[:: max(1, len(marks) // most)][:most]


def _write(path: Path, marks: Iterable[Mark]) -> None:
    kept = list(marks)
    shapes = np.array([mark.rgba.shape[:2] for mark in kept], np.int32)
    names = np.array([f"{mark.name}\t{mark.group}" for mark in kept])
    np.savez(path, shapes=shapes, names=names, pixels=np.concatenate([mark.rgba.ravel() for mark in kept]))


def split_marks(marks: Sequence[Mark]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indexes in `marks` of held-out marks and of marks to learn."""
    everywhere = np.arange(len(marks))
    return everywhere[::HELD_OUT], everywhere[everywhere % HELD_OUT > 0]


def brands_of(marks: Sequence[Mark], indexes: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for the brand of each of the marks at `indexes`: equal for marks of one group."""
    return np.unique([marks[index].group for index in indexes], return_inverse=True)[1].astype(np.int64)


def read_marks(path: Path) -> list[Mark]:
    """The marks in a cache that `load_marks` made, in their order."""
    with np.load(path, allow_pickle=False) as file:
        shapes, names, pixels = file["shapes"], file["names"], file["pixels"]
    ends = np.cumsum(shapes.prod(axis=1) * 4)
    marks = []
    for (height, width), label, end in zip(shapes.tolist(), names.tolist(), ends.tolist(), strict=True):
        name, _, group = label.partition("\t")
        marks.append(Mark(name, group, pixels[end - height * width * 4 : end].reshape(height, width, 4)))
    return marks
