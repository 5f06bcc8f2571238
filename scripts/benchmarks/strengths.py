"""Recall of copies by strength of the edit, as a table and as curves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.copies import RATES, CopyResult, evaluate_copies
from benchmarks.copy_task import draw_task, read_image, short_name
from benchmarks.edits import Edit, blurred, crop, paste, rotate
from benchmarks.materials import Materials
from benchmarks.measures import Share
from benchmarks.options import Options, Outcome
from benchmarks.peers import Labelled, Peer, available, pdq, phash
from benchmarks.product import Entry
from benchmarks.records import Truth
from benchmarks.runs import Query, Run, occasion, run_peer, run_product
from benchmarks.tables import Table, percent
from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind

ORIGINALS: Final = 40
STRICT: Final = RATES.index(1e-5)


@dataclass(frozen=True, slots=True)
class Family:
    """One type of edit from mild to severe."""

    name: str
    axis: str
    strengths: tuple[float, ...]  # as the axis says
    edit: Callable[[float], Callable[[RGBImage, Materials], RGBImage]]

    def named(self, strength: float) -> str:
        """The name of this strength in the truth."""
        return f"{self.name} {strength:g}"


FAMILIES: Final = (
    Family("crop", "% of the photo cut away", tuple(range(10, 100, 10)), lambda strength: crop(strength / 100)),
    Family("paste", "% of the listing that it takes", (60, 50, 40, 30, 20, 10, 5), lambda share: paste(share / 100)),
    Family("rotation", "degrees", (2, 5, 10, 20, 45, 90, 180), rotate),
    Family("blur", "% of the width, deviation", (0.5, 1, 1.5, 2, 3, 4, 6), lambda strength: blurred(strength / 100)),
)


@dataclass(frozen=True, slots=True)
class Curves:
    """What all systems found of families of edits."""

    results: tuple[CopyResult, ...]  # one a system, ours first
    runs: tuple[Run, ...]
    truths: tuple[Truth, ...]
    missing: tuple[tuple[str, str], ...]  # (peer, what it lacks here)
    tables: tuple[Table, ...]  # one a family


def run_strengths(options: Options, figure: Path | None, folder: Path) -> Outcome:
    """Scan edits of each strength among photos that nobody copied, with pHash and PDQ; draw `figure` if given.

    Raises ImportError when a figure is asked for and matplotlib is not installed.
    """
    curves = scan_families(options, FAMILIES, folder, originals=ORIGINALS)
    if figure is not None:
        draw_curves(curves.results, figure)
    return Outcome(
        occasion=occasion("strengths"),
        options=options,
        results=curves.results,
        missing=curves.missing,
        tables=curves.tables,
        truths=curves.truths,
        runs=curves.runs,
        sections=(),
    )


def scan_families(
    options: Options,
    families: Sequence[Family],
    folder: Path,
    *,
    originals: int,
    more_peers: Sequence[tuple[str, Callable[[], Peer]]] = (),
) -> Curves:
    """Edit `originals` photos in each strength of each family, and scan them with Markscan, pHash, PDQ and others."""
    edits = [Edit(each.named(strength), each.edit(strength)) for each in families for strength in each.strengths]
    task = draw_task(
        options.data,
        folder / "queries",
        edits,
        seed=options.seed,
        edits_each=len(edits),
        originals=originals,
        limit=options.limit,
    )
    entries = [Entry(path, "seller", ReferenceKind.PHOTO, short_name(path)) for path in task.references]
    queries = [Query(query.truth.query, query.path) for query in task.queries]
    truths = tuple(query.truth for query in task.queries)
    runs = [run_product(Store(folder / "store"), queries, entries, options.workers)]
    missing: list[tuple[str, str]] = []
    if options.peers:
        images = [Labelled(short_name(path), read_image(path)) for path in task.references]
        peers, missing = available([("pHash (imagehash)", phash), ("PDQ", pdq), *more_peers])
        runs += [run_peer(peer, images, queries) for peer in peers]
    results = tuple(
        evaluate_copies(run.system, run.predictions, truths, references=len(task.references), edits=task.edits)
        for run in runs
    )
    tables = tuple(strengths_table(family, results) for family in families)
    return Curves(results, tuple(runs), truths, tuple(missing), tables)


def strengths_table(family: Family, results: Sequence[CopyResult]) -> Table:
    """A row a strength, a column a system."""
    return Table(
        f"Copies found at {RATES[STRICT]:.0e} false pairs, by {family.name}: {family.axis}",
        (family.name, *(result.system for result in results)),
        tuple(
            (f"{strength:g}", *(percent(_share(result, family.named(strength))) for result in results))
            for strength in family.strengths
        ),
    )


def draw_curves(results: Sequence[CopyResult], figure: Path) -> None:
    """Four panels, one a family, a curve a system, as a PNG."""
    import matplotlib  # noqa: PLC0415 - of the extra benchmark, and only this draws

    matplotlib.use("Agg")
    from matplotlib import pyplot  # noqa: PLC0415 - likewise

    page, panels = pyplot.subplots(2, 2, figsize=(9, 6.4), sharey=True, layout="constrained")
    styles = (("#0b6e4f", "o", 2.4), ("#c0392b", "s", 1.5), ("#5b6ea8", "^", 1.5))
    for family, panel in zip(FAMILIES, panels.flat, strict=True):
        positions = np.arange(len(family.strengths))
        for result, (colour, dot, width) in zip(results, styles, strict=False):
            values = 100 * _recalls(family, result)
            panel.plot(positions, values, color=colour, marker=dot, markersize=5, linewidth=width, label=result.system)
        _dress(panel, family, positions)
    panels[0, 0].legend(frameon=False, loc="center left", fontsize=9)
    page.suptitle(f"Copies found, where one in {1 / RATES[STRICT]:,.0f} other pairs is taken for a copy", fontsize=11)
    page.savefig(figure, dpi=110)
    pyplot.close(page)


def _dress(panel: Any, family: Family, positions: NDArray[np.int64]) -> None:
    panel.set_xticks(positions, [f"{strength:g}" for strength in family.strengths])
    panel.set_title(family.name.capitalize(), loc="left", fontsize=10, fontweight="bold")
    panel.set_xlabel(family.axis, fontsize=9)
    panel.set_ylabel("found, %", fontsize=9)
    panel.set_ylim(-3, 103)
    panel.grid(axis="y", color="#dddddd", linewidth=0.7)
    panel.spines[["top", "right"]].set_visible(False)


def _share(result: CopyResult, edit: str) -> Share:
    """The recall of one edit at the stricter of RATES."""
    return next((each.recalls[STRICT] for each in result.by_edit if each.edit == edit), Share(0, 0))


def _recalls(family: Family, result: CopyResult) -> NDArray[np.float64]:
    """(strengths,): recall at the stricter of RATES; NaN where nothing was asked."""
    values = [_share(result, family.named(strength)).value for strength in family.strengths]
    return np.array([np.nan if value is None else value for value in values])
