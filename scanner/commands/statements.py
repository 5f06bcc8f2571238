"""The commands statements export and counts, for the Digital Services Act; they send nothing to anybody."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from brand_index import fields
from brand_index.errors import UsageError
from brand_index.store import Store
from scanner.commands.shell import (
    ExitCode,
    RegistryOption,
    StoreOption,
    chosen_settings,
    counted,
    given_path,
    open_registry,
    plain_errors,
    say,
)

if TYPE_CHECKING:
    from scanner.moderation.statements.reporting import Reported

statements = typer.Typer(
    name="statements",
    help="Statements of reasons and yearly counts for the EU's Digital Services Act.",
    no_args_is_help=True,
)
FirstDay = Annotated[str, typer.Option(metavar="DAY", help="First day of the period, such as 2026-01-01 (UTC).")]
LastDay = Annotated[str, typer.Option(metavar="DAY", help="Last day of the period, inclusive.")]
_UNSENT: Final = bytes(32)  # signs identifiers of statements that are counted and never written


@statements.command("export")
def export(
    *,
    first_day: FirstDay,
    last_day: LastDay,
    out: Annotated[
        Path,
        typer.Option(
            parser=given_path, metavar="FOLDER", help="Folder for the files. It must not contain statements-*.json yet."
        ),
    ],
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Write a statement of reasons for each seller notice of a period.

    The files have the format of the EU's Transparency Database.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 some seller notices are left out, because they lack data.
    """
    from scanner.moderation.seller_notices.links import read_secret
    from scanner.moderation.statements.reporting import name_batches, report_on

    with plain_errors(), open_registry(store, registry_url) as registry:
        first, last, place = _day("--first-day", first_day), _day("--last-day", last_day), Store.locate(store)
        if not place.secret.is_file():  # a new secret would give each statement another puid than last time
            raise UsageError(f"{place.secret} is missing: give --store of the service, which makes that file")
        report = report_on(registry, read_secret(place, registry.database), chosen_settings().service, first, last)
        names = _write(out, name_batches(report.statements))
        say(f"{counted(len(report.statements), 'statement')} in {counted(len(names), 'file')} in {out}")
        if report.outside:
            are, need = ("is", "needs") if report.outside == 1 else ("are", "need")
            say(f"{counted(report.outside, 'seller notice')} {are} for markets outside the EEA and {need} no statement")
        _say_unusable(report)


@statements.command("counts")
def counts(
    *,
    first_day: FirstDay,
    last_day: LastDay,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Print the counts of the yearly transparency report (Articles 15 and 24), as JSON.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 some seller notices are left out, because they lack data.
    """
    from scanner.moderation.statements import as_json_value, counts_of
    from scanner.moderation.statements.reporting import report_on

    with plain_errors(), open_registry(store, registry_url) as registry:
        first, last = _day("--first-day", first_day), _day("--last-day", last_day)
        report = report_on(registry, _UNSENT, chosen_settings().service, first, last)
        say(json.dumps(as_json_value(counts_of(report.statements, report.appeals, first, last)), indent=2))
        _say_unusable(report)


def _write(folder: Path, batches: Iterable[tuple[str, str]]) -> list[str]:
    """Write all files, or none if the folder has such files already. Returns their names."""
    if present := sorted(folder.glob("statements-*.json")):
        raise UsageError(f"--out {folder}: {present[0].name} exists already; choose a folder without statements-*.json")
    names = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in batches:
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(body)
            names.append(name)
    except FileExistsError as error:
        raise UsageError(f"--out {folder} is a file: name a folder") from error
    except OSError as error:
        raise UsageError(f"--out {folder}: cannot be written ({error.strerror}); choose another folder") from error
    return names


def _say_unusable(report: "Reported") -> None:
    for each in report.unusable:
        say(f"seller notice {each.seller_notice_id} of case {each.case_id}: {each.why}", error=True)
    if report.unusable:
        raise typer.Exit(ExitCode.SOME_FAILED)


def _day(option: str, text: str) -> date:
    day = fields.day(text)
    if day is None:
        raise UsageError(f"{option} is empty: give a day, such as 2026-01-01")
    return day
