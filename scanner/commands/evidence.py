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
            "--sha256",
            "--digest",
            metavar="SHA256",
            help="SHA-256 of the bundle, or of its manifest, from its maker. It stands beside the download in the "
            "console and in the audit log: `markscan audit show`.",
        ),
    ] = None,
) -> None:
    """Check that no byte of an evidence bundle was changed.

    This needs neither the network nor a store.

    Prints the SHA-256 of the bundle. It proves that this is the bundle that was made if it is the one that the maker
    kept, and nothing without that: whoever forges a whole bundle makes hashes that fit.

    Exit codes: 0 unchanged, 1 internal error, 2 usage, 3 changed.
    """
    from scanner.moderation.evidence import bundle_faults, digests_of

    with plain_errors():
        faults = bundle_faults(file, digest)
        for name, found in digests_of(file):
            say(f"SHA-256 of {name}: {found}")
        for fault in faults:
            say(fault, error=True)
        if faults:
            raise typer.Exit(ExitCode.SOME_FAILED)
        unknown = ". Compare it with the maker's by --sha256: without that, a bundle that was forged as a whole passes"
        say(f"{file}: no byte was changed{', and it is the bundle with this SHA-256' if digest else unknown}")
