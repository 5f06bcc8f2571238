"""The commands audit verify, checkpoint and show: the chained log of every change; audit calibration: of confidence."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brand_index.errors import UsageError
from brand_index.store import Store
from scanner.commands.shell import (
    ExitCode,
    RegistryOption,
    StoreOption,
    chosen_settings,
    counted,
    open_registry,
    plain_errors,
    say,
)

if TYPE_CHECKING:
    from scanner.verdicts.weighing.calibration import Assessment

audit = typer.Typer(name="audit", help="The audit log, and what confidence proved worth.", no_args_is_help=True)


@audit.command("verify")
def audit_verify(
    *,
    since: Annotated[
        str,
        typer.Option(metavar="NUMBER:DIGEST", help="Result of an earlier run: the log must continue from that event."),
    ] = "",
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Checkpoints kept elsewhere, one a line. Those of the settings' file are always read."
        ),
    ] = None,
    files: Annotated[
        bool, typer.Option("--files/--no-files", help="Also read every kept file and compare it with its SHA-256.")
    ] = True,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Check that the audit log, every row that a decision rests on, and every kept file are as they were written.

    Each event that was changed, dropped or moved is named, each row and file that was changed, added or deleted, and
    each checkpoint that the log does not continue. What the log leaves out: leases, the last use of sessions, attempts
    to deliver messages, and what is derived (descriptors, the index).

    Exit codes: 0 intact, 1 internal error, 2 usage, 3 altered.
    """
    from scanner.moderation.checkpointing import check_files
    from scanner.moderation.kept_files import file_faults

    with plain_errors(), open_registry(store, registry_url) as registry:
        place = Store.locate(store)
        checked = check_files(registry, place, chosen_settings().service.checkpoint_file, checkpoints)
        known = checked.known | _since(since)
        faults = [*registry.history_faults(known), *checked.faults, *map(str, registry.row_faults())]
        if files:
            faults += file_faults(registry.database, place)
        for fault in faults:
            say(fault, error=True)
        if faults:
            raise typer.Exit(ExitCode.SOME_FAILED)
        count, digest = registry.history_digest()
        rows = registry.sealed_rows()
        kept = ", all kept files" if files else ""
        say(f"{counted(count, 'event')}{kept} and {counted(sum(rows.values()), 'row')} are intact.")
        say(f"Rows of {', '.join(sorted(rows))}.")
        if checked.last is None:
            say("There is no checkpoint: whether events at the end were deleted cannot be seen without --since.")
        else:
            last = checked.last
            say(f"The last checkpoint is of event {last.event_id}, {last.at:%Y-%m-%d %H:%M} UTC.")
            say(f"The public key of this store is {last.public_key}.")
        say("Keep the next line on another machine, and give it to --since next time:")
        say(f"{count}:{digest}")


@audit.command("checkpoint")
def audit_checkpoint(*, store: StoreOption = None, registry_url: RegistryOption = None) -> None:
    """Sign what the audit log is now, add it to the file of checkpoints, and print it.

    A running service does this every hour, and sends it to the webhook of the settings. A checkpoint that is kept where
    nobody can change it shows later that events at the end of the log were deleted, or that all of it was rewritten.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.checkpointing import checkpoints_of, make_checkpoint

    with plain_errors(), open_registry(store, registry_url) as registry:
        given = checkpoints_of(registry.database, Store.locate(store), chosen_settings().service)
        made = make_checkpoint(registry.database, given, datetime.now(UTC))
        if made is None:
            say("nothing happened since the last checkpoint", error=True)
        else:
            say(made.to_json())


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


@audit.command("calibration")
def audit_calibration(*, store: StoreOption = None, registry_url: RegistryOption = None) -> None:
    """Print of each mark with decided cases how sure Markscan was, how often reviewers upheld it, and what follows.

    The mean confidence as it ships is what was expected. Upheld is a match that shows the mark, whether or not the
    seller may; cases with similar images count once. How many decided cases a mark needs is in the policy of the
    settings.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.cases.calibrations import Calibrations, mark_names
    from scanner.verdicts.policy import read_policy

    with plain_errors(), open_registry(store, registry_url) as registry:
        least = read_policy(chosen_settings().policy).automatic.calibration_cases
        assessed = Calibrations(registry.database, least).all()
        names = mark_names(registry, assessed)
        for key, each in assessed.items():
            say(f"{key.brand_id} {key.kind.value} {names[key]}: {_assessed(each, least)}")
        if not assessed:
            say("no case of a logo or word is decided: there is nothing to compare", error=True)


def _assessed(assessment: "Assessment", least: int) -> str:
    """What was expected of a mark's matches, what came of them, and whether its confidence is refitted."""
    upheld, decided = assessment.precision.share or 0.0, assessment.precision.decided
    low, high = assessment.precision.interval
    text = (
        f"{counted(decided, 'decided case')}, expected {assessment.expected:.0%}, upheld {upheld:.0%} "
        f"({low:.0%} to {high:.0%}); "
    )
    if assessment.calibrated is not None:
        return f"{text}refitted: now {assessment.calibrated:.0%}"
    if least == 0:
        return f"{text}as shipped: the policy refits none"
    if assessment.left_out_loss is None:
        return f"{text}as shipped: {least - decided} more are needed to refit it"
    return f"{text}as shipped: a refit would predict no better"


def _since(text: str) -> dict[int, str]:
    """The digest of an event, by its number."""
    if not text:
        return {}
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit() and digest):
        raise UsageError(f"--since {text!r}: give NUMBER:DIGEST, as an earlier run printed it")
    return {int(number): digest}
