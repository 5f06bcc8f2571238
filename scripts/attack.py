"""Attack a Markscan service on this machine, within hard bounds; a thin caller of the package attacks."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from attacks.campaign import attack_own, attack_running
from attacks.findings import as_json, exit_code, table
from attacks.target import ForeignAddress, check_loopback


def main(
    url: Annotated[
        str | None, typer.Option(help="Attack this running service, a test one. Default: start one of our own.")
    ] = None,
    admin_key: Annotated[str | None, typer.Option(help="Its admin's API key.", envvar="MARKSCAN_ADMIN_KEY")] = None,
    short: Annotated[bool, typer.Option("--short", help="Only what fits into two minutes.")] = False,
    only: Annotated[str, typer.Option(metavar="TEXT", help="Only of this number, or with this in the name.")] = "",
    json: Annotated[Path | None, typer.Option(help="Write all results to this file.")] = None,
) -> None:
    """Run the attacks and print a table of what held and what fell.

    Exit codes: 0 nothing of medium weight or more fell, 1 something fell, 2 usage.
    """
    if url is None:
        with TemporaryDirectory(prefix="markscan-attack-") as folder:
            results = attack_own(Path(folder), short=short, only=only, say=typer.echo)
    else:
        try:
            address = check_loopback(url)
        except ForeignAddress as error:
            raise typer.BadParameter(str(error), param_hint="--url") from error
        if not admin_key:
            raise typer.BadParameter("a running service needs the key of its admin", param_hint="--admin-key")
        results = attack_running(address, admin_key, short=short, only=only, say=typer.echo)
    if json is not None:
        json.write_text(as_json(results), encoding="utf-8")
    typer.echo("\n" + table(results))
    raise typer.Exit(exit_code(results))


if __name__ == "__main__":
    typer.run(main)
