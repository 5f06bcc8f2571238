"""Compares the speed of a scan with an earlier revision, on the same logos and photos; accuracy is elsewhere."""

import csv
import io
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import cv2
from training.grounds import split_clean

from benchmarks.copy_task import read_image
from benchmarks.datasets import Logo, clothing_photos, evenly_spaced, other_logos, registered_logos
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.speed import COMMAND, Pace, environment, pace
from benchmarks.tables import Table
from brand_index.store import Store

SIDE = 640  # pixels, long side of the photos
ROUNDS = 3  # the versions alternate, so that other load on the machine affects both
REGISTER = COMMAND.format("markscan_main")
Registered = tuple[str, Path, str]
"""The name of a brand, an image of it, and its kind."""


def race(revision: str, logos: Sequence[Logo], photos: Sequence[Path], workers: int, folder: Path) -> list[list[Pace]]:
    """Paces of this version and of `revision`, [ours, theirs] each round, with only `logos` registered."""
    theirs = folder / "earlier"
    unpack(revision, theirs)
    sized = sized_photos(photos, folder / "sized")
    stores = [(None, Store(folder / "our-store")), (theirs, Store(folder / "their-store"))]
    for tree, store in stores:
        register_with([(each.brand, each.path, "logo") for each in logos], store, tree, folder)
    return [[pace(store, sized, workers, folder, tree) for tree, store in stores] for _ in range(ROUNDS)]


def run_race(options: Options, photos: int, revision: str, folder: Path) -> Outcome:
    """Compare with `revision` on clean photos outside the training data, with the logos of the benchmark registered."""
    logos = [*registered_logos(options.data), *other_logos(options.data)][: options.limit]
    clean = evenly_spaced(split_clean(sorted(clothing_photos(options.data)))[1], photos)
    rounds = race(revision, logos, clean, options.workers, folder)
    return Outcome(
        occasion=occasion("speed"),
        options=options,
        results=[each for row in rounds for each in row],
        missing=(),
        tables=[race_table(revision, rounds, len(logos))],
        truths=(),
        runs=(),
        sections=(),
    )


def race_table(revision: str, rounds: Sequence[Sequence[Pace]], logos: int) -> Table:
    """One row a round: photos a second of both, and their ratio."""
    first = rounds[0][0]
    return Table(
        f"scan-images on {first.photos} photos of {SIDE} px, {first.workers} workers, {logos} logos registered",
        ("round", "ours ÷ earlier", "photos a second", f"at {revision}"),
        tuple(
            (
                str(number),
                f"{ours.photos_a_second / theirs.photos_a_second:.2f}",
                f"{ours.photos_a_second:.2f}",
                f"{theirs.photos_a_second:.2f}",
            )
            for number, (ours, theirs) in enumerate(rounds, start=1)
        ),
    )


def unpack(revision: str, folder: Path) -> None:
    """Unpack the files of a revision into a folder."""
    root = Path(__file__).parents[2]
    packed = subprocess.run(("git", "archive", revision), cwd=root, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")


def sized_photos(photos: Sequence[Path], folder: Path) -> list[Path]:
    """The photos as JPEG files with a long side of SIDE, in a new folder."""
    folder.mkdir()
    made = []
    for number, path in enumerate(photos):
        image = read_image(path)
        scale = SIDE / max(image.shape[:2])
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        sized = cv2.resize(image, (round(image.shape[1] * scale), round(image.shape[0] * scale)), interpolation=way)
        made.append(folder / f"{number}.jpg")
        cv2.imwrite(str(made[-1]), cv2.cvtColor(sized, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88])
    return made


def register_with(entries: Sequence[Registered], store: Store, tree: Path | None, folder: Path) -> None:
    """Register images and build the index with the Markscan in the checkout `tree`; None: this one."""
    table = folder / "references.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("brand", "name", "owner", "contact", "kind", "path"))
        rows.writerows(
            (f"b-{number}", name, "o", "a@b.example", kind, path.resolve())
            for number, (name, path, kind) in enumerate(entries)
        )
    for words in (("register", "--csv", str(table), "--quiet"), ("index",)):
        subprocess.run(
            (sys.executable, "-c", REGISTER, *words, "--store", str(store.root)),
            check=True,
            capture_output=True,
            cwd=folder,  # as for the scans: stood in a checkout, Python would take that one
            env=environment(tree),
        )
