"""What scan-images prints about a run: its summary, and what became of earlier results."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.commands.shell import say
from scanner.verdicts.types import Decision

if TYPE_CHECKING:
    from scanner.bulk.listings import ImageListings
    from scanner.bulk.tally import Tally

_COLOURS: Final = {Decision.CLEAR: "green", Decision.REVIEW: "yellow", Decision.BLOCK: "red"}


def print_summary(tally: "Tally", listings: "ImageListings", files: Sequence[str]) -> None:
    """Print the counts of a run, what has a listing, and the files that were written."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(show_header=False, box=None)
    for decision in Decision:
        table.add_row(f"[{_COLOURS[decision]}]{decision.value}[/]", str(tally.decisions[decision]))
    if tally.failed:
        table.add_row("[magenta]unreadable[/]", str(tally.failed))
    if tally.in_part:
        table.add_row("examined in part", str(tally.in_part))
    if tally.resumed:
        table.add_row("of these, from an earlier run", str(tally.resumed))
    if listings.source:
        table.add_row("with a listing", str(len(listings.images)))
        table.add_row("without a listing", str(len(listings.without)))
    if listings.rows:
        table.add_row("rows of listings", str(listings.rows))
        table.add_row("of these, no image's", str(len(listings.left)))
    console.print(f"images scanned: {tally.images}")
    console.print(table)
    for file in files:
        name = file.rpartition("/")[2]
        what = "report" if name.endswith(".html") else "unmatched" if name.startswith("unmatched") else "rows"
        console.print(f"{what}: {file}", soft_wrap=True, highlight=False)


def say_each(sentences: Iterable[str]) -> None:
    """Print each on standard error."""
    for sentence in sentences:
        say(sentence, error=True)


def say_kept(moved: Sequence[Path]) -> None:
    """Print on standard error which names earlier results have now."""
    names = ", ".join(path.name for path in moved)
    say(f"earlier results in {moved[0].parent} are kept as {names}; --resume would have added to them", error=True)
