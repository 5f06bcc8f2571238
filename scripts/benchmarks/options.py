"""What all benchmarks are asked for, and where their results go; it measures nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gallery import Section, write_gallery
from benchmarks.records import Truth, write_predictions, write_truth
from benchmarks.runs import Occasion, Run
from benchmarks.tables import Table, show, write_json

WORST = 24  # misses, and false alarms, that --misses draws


@dataclass(frozen=True, slots=True)
class Options:
    """As on the command line."""

    data: Path
    json: Path | None = None  # None: not written, as the next two
    records: Path | None = None
    misses: Path | None = None
    markdown: bool = False
    workers: int = 1
    limit: int | None = None  # of each list of images; None: all
    seed: int = 0
    peers: bool = False
    sift_queries: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that one benchmark found."""

    occasion: Occasion
    options: Options
    results: Sequence[object]  # one a system, ours first
    missing: Sequence[tuple[str, str]]  # (peer, what it lacks here)
    tables: Sequence[Table]
    truths: Sequence[Truth]
    runs: Sequence[Run]
    sections: Sequence[Section]


def deliver(outcome: Outcome) -> None:
    """Print the tables and write the files that were asked for."""
    show(outcome.tables, markdown=outcome.options.markdown)
    if outcome.options.json is not None:
        write_json(
            outcome.options.json,
            {
                "occasion": outcome.occasion,
                "workers": outcome.options.workers,
                "seed": outcome.options.seed,
                "limit": outcome.options.limit,
                "results": outcome.results,
                "missing": outcome.missing,
                "refusals": {run.system: run.refusals for run in outcome.runs if run.refusals},
                "tables": outcome.tables,
            },
        )
    if outcome.options.records is not None:
        outcome.options.records.mkdir(parents=True, exist_ok=True)
        write_truth(outcome.options.records / "truth.csv", outcome.truths)
        for run in outcome.runs:
            write_predictions(outcome.options.records / f"predictions-{_file_name(run.system)}.csv", run.predictions)
    if outcome.options.misses is not None:
        title = f"Markscan benchmark, {outcome.occasion.benchmark}, {outcome.occasion.date}"
        write_gallery(outcome.options.misses, title, outcome.sections)


def _file_name(system: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in system.lower()).split())
