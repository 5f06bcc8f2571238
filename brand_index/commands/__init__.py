"""The brand owner's commands, for `markscan` and the scripts alike: parse, call, print, exit code; no rules."""

import typer

from brand_index.commands.authorizing import authorize
from brand_index.commands.registering import register, withdraw
from brand_index.commands.shell import ExitCode, ModelOption, RegistryOption, StoreOption
from brand_index.commands.whole import brands, index

__all__ = [
    "ExitCode",
    "ModelOption",
    "RegistryOption",
    "StoreOption",
    "authorize",
    "brands",
    "index",
    "mount",
    "register",
    "withdraw",
]


def mount(app: typer.Typer) -> None:
    """Give `app` these commands: register, authorize, withdraw, brands, index."""
    for command in (register, authorize, withdraw, brands, index):
        app.command(command.__name__)(command)
