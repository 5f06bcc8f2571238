"""The command evidence verify: checks an evidence bundle that somebody else made."""

from pathlib import Path
from typing import Annotated

import typer

from scanner.commands.shell import ExitCode, plain_errors, say

evidence = typer.Typer(name="evidence", help="Evidence bundles of cases.", no_args_is_help=True)


@evidence.callback()
def group() -> None:
    """Evidence bundles of cases."""


@evidence.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The zip file of the bundle.")],
    *,
    digest: Annotated[
        str | None,
        typer.Option(
            metavar="SHA256",
            help="SHA-256 of the bundle's manifest, from its maker. The audit log has it: `markscan audit show`.",
        ),
    ] = None,
) -> None:
    """Check that no byte of an evidence bundle was changed.

    This needs neither the network nor a store.

    Exit codes: 0 unchanged, 1 internal error, 2 usage, 3 changed.
    """
    from scanner.moderation.evidence import bundle_faults

    with plain_errors():
        faults = bundle_faults(file, digest)
        for fault in faults:
            say(fault, error=True)
        if faults:
            raise typer.Exit(ExitCode.SOME_FAILED)
        hint = "" if digest else ". Give --digest to find out whether the whole bundle was forged"
        say(f"{file}: no byte was changed{hint}")
