"""Reads the labelled folders of the benchmarks (see the README of the data); it measures nothing."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import typer

from scanner.engine.boxes import Box

Item = TypeVar("Item")
FITTED_PRODUCTS = 3  # every so many is for fitting confidence
FLAT_ARTWORK = 0.75  # graphic_score from which an image is artwork rather than a photo


@dataclass(frozen=True, slots=True)
class Logo:
    """A clean logo to register."""

    path: Path
    brand: str


@dataclass(frozen=True, slots=True)
class MarkPhoto:
    """An image that shows one brand's mark, in each of `boxes`."""

    path: Path
    brand: str
    boxes: tuple[Box, ...]
    is_photo: bool  # False: flat artwork


@dataclass(frozen=True, slots=True)
class CopiedImage:
    """One file of copies/: an edit of the original that `group` names."""

    path: Path
    group: str
    edit: str


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a labels file; a usage error that names the file where there is none."""
    if not path.is_file():
        raise typer.BadParameter(f"{path}: no such labels file; --data wants the folder of development images")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def evenly_spaced(items: Sequence[Item], count: int | None) -> list[Item]:
    """`count` of `items` in their order, so that each sort among them keeps its share; None, or too many: all."""
    if count is None or count >= len(items):
        return list(items)
    return [items[step * len(items) // count] for step in range(count)]


def registered_logos(data: Path) -> list[Logo]:
    """The clean logos of the brands in logos_in_photos/."""
    folder = data / "logos_in_photos"
    return [Logo(folder / row["path"], row["brand"]) for row in read_rows(folder / "logos.csv")]


def other_logos(data: Path) -> list[Logo]:
    """Logos of other brands, as distractors; the brand is the file name."""
    return [Logo(path, path.stem) for path in sorted((data / "other_logos").glob("*.png"))]


def mark_photos(data: Path) -> list[MarkPhoto]:
    """The images of logos_in_photos/, one a file."""
    folder = data / "logos_in_photos"
    rows: dict[str, list[dict[str, str]]] = {}
    for row in read_rows(folder / "labels.csv"):
        rows.setdefault(row["path"], []).append(row)
    return [
        MarkPhoto(
            folder / path,
            group[0]["brand"],
            tuple(Box(int(row["x0"]), int(row["y0"]), int(row["x1"]), int(row["y1"])) for row in group),
            float(group[0]["graphic_score"]) < FLAT_ARTWORK,
        )
        for path, group in rows.items()
    ]


def clothing_photos(data: Path) -> list[Path]:
    """Ordinary listing photos, in the order of their labels."""
    return [data / "clothing" / row["path"] for row in read_rows(data / "clothing" / "labels.csv")]


def grocery_photos(data: Path, kind: str, *, fitted: bool = False) -> list[Path]:
    """The images of grocery/ of one `kind`, packshot or photo, without every third product.

    Confidence is fitted on those products, which `fitted` asks for instead, and so no benchmark shows them.
    """
    folder = data / "grocery"
    rows = read_rows(folder / "labels.csv")
    products = sorted({row["product"] for row in rows})
    held = set(products[::FITTED_PRODUCTS])
    return [folder / row["path"] for row in rows if row["kind"] == kind and (row["product"] in held) is fitted]


def copied_images(data: Path) -> list[CopiedImage]:
    """The images of copies/, in the order of their labels."""
    folder = data / "copies"
    return [CopiedImage(folder / row["path"], row["group"], row["edit"]) for row in read_rows(folder / "labels.csv")]
