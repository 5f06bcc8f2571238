"""What the brand owner's commands share with a shell: options, exit codes, and lines that any terminal takes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer

from brand_index.errors import MarkscanError, RegistrationError, RegistryError


class ExitCode(IntEnum):
    """What a command leaves to the shell."""

    DONE = 0
    INTERNAL_ERROR = 1
    USAGE = 2  # what was asked cannot be done as it was asked
    SOME_REFUSED = 3  # the rest was done


StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="The store; else MARKSCAN_STORE, else ./markscan-store."),
]
RegistryOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL", envvar="SCANNER_REGISTRY_URL", help="SQLAlchemy URL of the registry; else SQLite in the store."
    ),
]

ModelOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", envvar="SCANNER_MODEL_MANIFEST", help="Manifest of the models; else the shipped one."),
]


def say(line: str, *, error: bool = False) -> None:
    """Print, with a mark in place of what the terminal, or Unicode, cannot say: file names may hold any bytes."""
    encoding = (sys.stderr if error else sys.stdout).encoding or "utf-8"
    typer.echo(line.encode(encoding, "replace").decode(encoding), err=error)


@contextmanager
def plain_errors() -> Iterator[None]:
    """One line on standard error instead of a traceback, for what Markscan raises on purpose."""
    try:
        yield
    except MarkscanError as error:
        say(f"error: {error}", error=True)
        asked_wrongly = isinstance(error, RegistrationError | RegistryError)
        raise typer.Exit(ExitCode.USAGE if asked_wrongly else ExitCode.INTERNAL_ERROR) from error
