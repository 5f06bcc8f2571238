"""Results as tables for the terminal, Markdown and JSON; it computes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pydantic_core
import rich.table
import typer
from rich.console import Console

from benchmarks.measures import Share

WIDE = 240  # characters, where the output is no terminal and so has no width of its own


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are to be read; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def show(tables: Sequence[Table], *, markdown: bool) -> None:
    """Print `tables`: GitHub's tables if `markdown`, else with rules, as wide as they need to be."""
    if markdown:
        typer.echo("\n\n".join(as_markdown(table) for table in tables))
        return
    on_terminal = Console()
    console = on_terminal if on_terminal.is_terminal else Console(width=WIDE)
    for table in tables:
        rendered = rich.table.Table(title=table.title, caption=table.note or None, title_justify="left")
        for number_of_column, column in enumerate(table.columns):
            rendered.add_column(column, justify="right" if number_of_column else "left", overflow="fold")
        for row in table.rows:
            rendered.add_row(*row)
        console.print(rendered)


def as_markdown(table: Table) -> str:
    """One GitHub table under its title in bold, its note beneath."""
    rule = ("---", *("---:" for _ in table.columns[1:]))
    lines = [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (table.columns, rule, *table.rows)
    ]
    return "\n".join([f"**{table.title}**", "", *lines, *(["", table.note] if table.note else [])])


def percent(share: Share) -> str:
    """Such as `83 % (25/30)`; a dash when nothing was counted."""
    return "-" if share.value is None else f"{share.value:.1%} ({share.part}/{share.whole})".replace("%", " %")


def number(value: float | None, digits: int = 3) -> str:
    """Such as `0.831`; a dash for None."""
    return "-" if value is None else f"{value:.{digits}f}"


def ratio(ours: float | None, theirs: float | None) -> str:
    """Such as `1.69`, ours divided by theirs; a dash where either is missing or theirs is nothing."""
    return f"{ours / theirs:.2f}" if ours is not None and theirs else "-"


def write_json(path: Path, result: object) -> None:
    """`result`, of dataclasses, as JSON; infinities and NaN become null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pydantic_core.to_json(result, indent=1, inf_nan_mode="null") + b"\n")
