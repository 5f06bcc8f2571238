"""The brand owner's commands, for `markscan` and the scripts alike: parse, call, print, exit code; no rules."""

import typer

from scanner.commands.authorize import authorize
from scanner.commands.brands import brands, index
from scanner.commands.conflicts import conflicts
from scanner.commands.register import register, withdraw
from scanner.commands.shell import ExitCode, ModelOption, RegistryOption, StoreOption

__all__ = [
    "ExitCode",
    "ModelOption",
    "RegistryOption",
    "StoreOption",
    "authorize",
    "brands",
    "conflicts",
    "index",
    "mount",
    "register",
    "withdraw",
]


def mount(app: typer.Typer) -> None:
    """Give `app` these commands: register, authorize, withdraw, brands, index, conflicts."""
    for command in (register, authorize, withdraw, brands, index):
        app.command(command.__name__)(command)
    app.add_typer(conflicts, name="conflicts")
