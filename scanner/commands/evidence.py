"""The command evidence verify: parse, call, print, exit code."""

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
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle's zip file.")],
    *,
    digest: Annotated[
        str | None,
        typer.Option(
            metavar="SHA256", help="Digest of its manifest, as the audit log of its maker has it: audit show."
        ),
    ] = None,
) -> None:
    """Find any changed byte of an evidence bundle. Needs neither network nor store.

    Exit codes: 0 unchanged, 1 internal error, 2 usage, 3 changed.
    """
    from scanner.moderation.evidence import bundle_faults

    with plain_errors():
        found = bundle_faults(file, digest)
        for fault in found:
            say(fault, error=True)
        if found:
            raise typer.Exit(ExitCode.SOME_FAILED)
        whole = "" if digest else "; without --digest nobody can tell one that was forged as a whole"
        say(f"{file}: no byte was changed{whole}")
