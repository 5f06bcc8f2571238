"""The commands audit verify and show: the chained log of every change."""

import json
from typing import Annotated

import typer

from brand_index.errors import UsageError
from brand_index.store import Store
from scanner.commands.shell import ExitCode, RegistryOption, StoreOption, open_registry, plain_errors, say

audit = typer.Typer(name="audit", help="The audit log.", no_args_is_help=True)


@audit.command("verify")
def audit_verify(
    *,
    since: Annotated[
        str,
        typer.Option(metavar="NUMBER:DIGEST", help="Result of an earlier run: the log must continue from that event."),
    ] = "",
    files: Annotated[
        bool, typer.Option("--files/--no-files", help="Also read every kept file and compare it with its SHA-256.")
    ] = True,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Check that the audit log, and every row that a decision rests on, are as they were written.

    Each event that was changed, dropped or moved is named, and each row that was changed, added or deleted.

    Exit codes: 0 intact, 1 internal error, 2 usage, 3 altered.
    """
    from scanner.moderation.kept_files import file_faults

    with plain_errors(), open_registry(store, registry_url) as registry:
        faults = [*registry.history_faults(since=_since(since)), *map(str, registry.row_faults())]
        if files:
            faults += file_faults(registry.database, Store.locate(store))
        for fault in faults:
            say(fault, error=True)
        count, digest = registry.history_digest()
        if faults:
            raise typer.Exit(ExitCode.SOME_FAILED)
        rows = registry.sealed_rows()
        say(f"{count} events and {sum(rows.values())} rows are intact: {', '.join(sorted(rows))}.")
        say("Keep the next line on another machine, and give it to --since next time:")
        say(f"{count}:{digest}")


@audit.command("show")
def audit_show(
    *,
    last: Annotated[
        int, typer.Option(min=1, metavar="N", help="Number of events to print, counted from the newest.")
    ] = 50,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Print the newest events of the audit log as JSON lines, oldest first.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        for event in registry.history()[-last:]:
            head = {"event_id": event.event_id, "at": event.at.isoformat(), "actor": event.actor, "what": event.what}
            rest = {"subject": event.subject, **json.loads(event.details), "earlier": json.loads(event.earlier)}
            say(json.dumps(head | rest, ensure_ascii=False))


def _since(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit() and digest):
        raise UsageError(f"--since {text!r}: give NUMBER:DIGEST, as an earlier run printed it")
    return int(number), digest
