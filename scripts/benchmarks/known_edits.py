"""Measures Markscan on copies/, edits of labelled originals by other projects; it measures no peer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from benchmarks.datasets import CopiedImage, copied_images
from benchmarks.product import Entry
from benchmarks.runs import Query, run_product
from benchmarks.tables import Table, number
from brand_index.store import Store
from brand_index.types import ReferenceKind

ORIGINALS = ("original", "exif-rotn-1", "c")  # edits that name the image to register, the plainer before
# The labels call it an image of its own; it is ukbench00120 with an alpha channel.
SAME_AS = {"single:alpha_channel_image.png": "ukbench00120"}
NOT_COPIED = "not-copy"  # in the name of a group whose images are only alike


class Said(StrEnum):
    """The result of Markscan on one image."""

    FOUND = "found"
    MISSED = "missed"
    CLEAR = "rightly clear"
    FALSE = "false match"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class KnownEdit:
    """One image of copies/ and its result."""

    image: str
    group: str
    edit: str
    said: Said
    own: float | None  # confidence of its own original; None: not weighed, or there is none
    false: tuple[str, ...]  # groups of other originals at the threshold or over it


def scan_known_edits(data: Path, store: Store, workers: int, threshold: float) -> list[KnownEdit]:
    """Register the original of each group of copies/ in the empty `store` and scan all other images."""
    images = [replace(each, group=SAME_AS.get(each.group, each.group)) for each in copied_images(data)]
    originals = known_originals(images)
    entries = [Entry(path, "seller", ReferenceKind.PHOTO, group) for group, path in originals.items()]
    asked = [image for image in images if image.path not in originals.values()]
    queries = [Query(image.path.relative_to(data / "copies").as_posix(), image.path) for image in asked]
    run = run_product(store, queries, entries, workers)
    scores = {(found.query, found.reference): found.score for found in run.predictions}
    unreadable = {refusal.path for refusal in run.refusals}
    results = []
    for image, query in zip(asked, queries, strict=True):
        is_copy = image.group in originals and NOT_COPIED not in image.group
        claimed = {group for group in originals if scores.get((query.name, group), -1.0) >= threshold}
        false = claimed - {image.group} if is_copy else claimed
        if image.path in unreadable:
            said = Said.UNREADABLE
        elif false:
            said = Said.FALSE
        elif is_copy:
            said = Said.FOUND if claimed else Said.MISSED
        else:
            said = Said.CLEAR
        own = scores.get((query.name, image.group))
        results.append(KnownEdit(query.name, image.group, image.edit, said, own, tuple(sorted(false))))
    return results


def known_originals(images: Sequence[CopiedImage]) -> dict[str, Path]:
    """Group → the image to register; groups without a known original are left out."""
    originals: dict[str, Path] = {}
    for wanted in ORIGINALS:
        for image in images:
            if image.edit == wanted:
                originals.setdefault(image.group, image.path)
    return originals


def known_edits_table(results: Sequence[KnownEdit], threshold: float) -> Table:
    """How many were found, and each that was not or that has a false match."""
    counts = ", ".join(f"{sum(each.said is said for each in results)} {said.value}" for said in Said)
    return Table(
        f"copies/, known edits by other projects, at the default threshold {threshold:g}: {counts}",
        ("image", "group", "edit", "result", "confidence", "false matches"),
        tuple(
            (each.image, each.group, each.edit, each.said.value, number(each.own, 2), ", ".join(each.false) or "-")
            for each in results
            if each.said not in (Said.FOUND, Said.CLEAR)
        ),
    )
