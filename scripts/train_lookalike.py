"""Shows what a bound costs below which a logo that is found is a lookalike: LEAST_LOGIT in verdicts/likeness.py.

    python scripts/train_lookalike.py --data DIR

Marks that nothing was trained on, emblems and bars, are registered; prints of them and of marks that resemble them,
with an element less, another sign inside, other proportions and so on, are scanned. It prints, at rising bounds of the
matcher's logit, how many true prints and how many lookalikes are below, and changes nothing: at most 2 % of the true
prints may be renamed. It takes about four minutes of one core.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from benchmarks.words.lookalikes import curve_table, invented, scan_prints
from training.options import Data

from scanner.verdicts.policy import read_policy


def main(
    data: Data,
    marks: Annotated[int, typer.Option(min=2, help="Marks that are drawn.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of the drawings; the benchmark's is 0.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
) -> None:
    """Draw, scan, print."""
    with tempfile.TemporaryDirectory() as folder:
        prints = scan_prints(data, Path(folder), list(invented(marks, seed)), seed, workers)
    table = curve_table(prints, read_policy().thresholds.logo)
    typer.echo(table.title)
    for row in (table.columns, *table.rows):
        typer.echo("  ".join(f"{cell:>18}" for cell in row))


if __name__ == "__main__":
    typer.run(main)
