"""The words benchmark from folder to outcome: runs the parts that are asked for; the parts measure."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import typer

from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.words.alarms import measure_alarms
from benchmarks.words.curves import measure_attacks, measure_fonts
from benchmarks.words.grocery import measure_grocery
from benchmarks.words.lookalikes import measure_lookalikes
from benchmarks.words.marks import measure_marks
from benchmarks.words.size import measure_size
from benchmarks.words.task import Measured, WordsTask
from benchmarks.words.times import measure_times
from benchmarks.words.titles import measure_titles

PARTS: Final[dict[str, Callable[[WordsTask], Measured]]] = {
    "marks": measure_marks,
    "grocery": measure_grocery,
    "attacks": measure_attacks,
    "fonts": measure_fonts,
    "titles": measure_titles,
    "times": measure_times,
    "size": measure_size,
    "alarms": measure_alarms,
    "lookalikes": measure_lookalikes,
}


def run_words(
    options: Options,
    folder: Path,
    parts: Sequence[str] = (),
    *,
    names: Path | None = None,
    registered: int = 10_000,
    verbose: bool = False,
    fonts: Path | None = None,
) -> Outcome:
    """Run `parts` (empty: all) in the empty `folder`, one after another, each with stores of its own.

    `names`: an unpacked package name-suggestion-index, None: names of syllables; `registered` of them in large
    registers; `verbose`: single examples as tables, too; `fonts`: a folder with more than the system has. Raises
    BadParameter for an unknown part.
    """
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise typer.BadParameter(f"--part {unknown[0]}: there are {', '.join(PARTS)}")
    task = WordsTask(options, folder, names, registered, verbose, fonts)
    measured = []
    for part in dict.fromkeys(parts or PARTS):
        begun = time.monotonic()
        measured.append(PARTS[part](task))
        sys.stderr.write(f"{part}: {time.monotonic() - begun:.0f} s\n")
    return Outcome(
        occasion=occasion("words"),
        options=options,
        results=[result for each in measured for result in each.results],
        missing=(),
        tables=[table for each in measured for table in each.tables],
        truths=list({truth.query: truth for each in measured for truth in each.truths}.values()),
        runs=[run for each in measured for run in each.runs],
        sections=[section for each in measured for section in each.sections],
    )
