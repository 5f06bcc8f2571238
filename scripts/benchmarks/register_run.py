"""Compares what `markscan register --csv` costs with an earlier revision, in turns; what it decides is not compared."""

import csv
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.datasets import clothing_photos, evenly_spaced, other_logos
from benchmarks.first_version import unpack
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.speed import environment
from benchmarks.tables import Table
from brand_index.types import ReferenceKind

IMAGES: Final = 200  # of each kind
REGISTER: Final = "from scanner.commands.main import markscan_main; markscan_main()"


@dataclass(frozen=True, slots=True)
class Cost:
    """What registering one image costs."""

    wall: float  # seconds
    spent: float  # seconds of processor time, of all processes together


@dataclass(frozen=True, slots=True)
class Compared:
    """The rounds of one kind and way."""

    name: str
    ours: tuple[Cost, ...]
    theirs: tuple[Cost, ...]


def run_register(options: Options, against: str, rounds: int, folder: Path) -> Outcome:
    """Register the same photos and logos, plain and audited, with this revision and with `against`, in turns."""
    tree = folder / "theirs"
    unpack(against, tree)
    images = {
        ReferenceKind.PHOTO: evenly_spaced(clothing_photos(options.data), options.limit or IMAGES),
        ReferenceKind.LOGO: [each.path for each in evenly_spaced(other_logos(options.data), options.limit or IMAGES)],
    }
    results = []
    for kind, paths in images.items():
        table = _table(paths, kind, folder)
        for flags in (("--no-audit", "--quiet"), ("--quiet",)):
            ours, theirs = list[Cost](), list[Cost]()
            for number in range(rounds):
                for which in (0, 1) if number % 2 else (1, 0):
                    place = folder / f"{kind}-{len(flags)}-{number}-{which}"
                    cost = _registered(table, flags, len(paths), place, tree if which else None, folder)
                    (theirs if which else ours).append(cost)
            audited = "" if "--no-audit" in flags else ", audited"
            results.append(Compared(f"{kind}s{audited}", tuple(ours), tuple(theirs)))
    return Outcome(
        occasion=occasion("register"),
        options=options,
        results=results,
        missing=(),
        tables=[register_table(results, against)],
        truths=(),
        runs=(),
        sections=(),
    )


def _table(paths: Sequence[Path], kind: ReferenceKind, folder: Path) -> Path:
    table = folder / f"{kind}.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("brand", "name", "owner", "contact", "kind", "path"))
        rows.writerows((f"b-{at}", "B", "O", "a@b.example", kind, path.resolve()) for at, path in enumerate(paths))
    return table


def _registered(table: Path, flags: Sequence[str], images: int, place: Path, tree: Path | None, folder: Path) -> Cost:
    """What one run into the new store `place` costs an image, its start included. Raises RuntimeError if it fails."""
    words = (sys.executable, "-c", REGISTER, "register", "--csv", str(table), *flags, "--store", str(place))
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(words, check=False, capture_output=True, cwd=folder, env=environment(tree))
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):  # some may be refused
        raise RuntimeError(f"markscan register ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall / images, spent / images)


def register_table(results: Sequence[Compared], against: str) -> Table:
    """A row for each kind and way."""
    rows = tuple(
        (
            each.name,
            _milliseconds(each.ours),
            _milliseconds(each.theirs),
            f"{median(cost.spent for cost in each.theirs) / median(cost.spent for cost in each.ours):.2f}",
            f"{median(cost.wall for cost in each.theirs) / median(cost.wall for cost in each.ours):.2f}",
        )
        for each in results
    )
    columns = ("registered", "processor time", f"of {against}", f"{against} ÷ ours", "likewise, wall time")
    note = "Medians of the rounds, an image, the start of the command included; wall times are with other work."
    return Table("Registering by a table", columns, rows, note)


def _milliseconds(costs: Sequence[Cost]) -> str:
    return f"{1000 * median(cost.spent for cost in costs):.0f} ms"
