"""The programs scan-images and markscan: every command is named here; each is defined in a module of its own."""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from brand_index.allocator import keep_freed_memory
from scanner.commands.interruption import interrupt_after_imports
from scanner.commands.output import outlive_readers
from scanner.commands.scans.scan_images import scan_images
from scanner.commands.shell import VersionOption

# Where each command of markscan is: a function, or a group of commands. In the order of --help.
PLACES: Final = {
    "register": "brands.register:register",
    "search": "search:search",
    "authorize": "brands.authorize:authorize",
    "authorizations": "brands.authorizations:authorizations",
    "withdraw": "brands.withdraw:withdraw",
    "reinstate": "brands.withdraw:reinstate",
    "brands": "brands.brands:brands",
    "index": "brands.brands:index",
    "serve": "serve:serve",
    "purge": "serve:purge",
    "rejudge": "scans.rejudge:rejudge",
    "brand": "brands.brand:brand",
    "marks": "brands.proposed_forms:marks",  # which adds its own to those of brands.marks
    "conflicts": "brands.conflicts:conflicts",
    "keys": "keys:keys",
    "users": "users:users",
    "audit": "audit:audit",
    "webhooks": "webhooks:webhooks",
    "evidence": "evidence:evidence",
    "statements": "statements:statements",
    "models": "models.adapt:models",
    "store": "stores:store",
}


class _Mounted(MutableMapping[str, Any]):
    """The commands by name. The module of each is imported when it is first asked for: running one loads no other."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            module, _, attribute = PLACES[name].partition(":")
            self._loaded[name] = _command(name, getattr(import_module(f"scanner.commands.{module}"), attribute))
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name}: commands are mounted for good")

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


class _MountedCommands(TyperGroup):
    """The group of PLACES."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Mounted()


scan_images_app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
scan_images_app.command("scan-images")(scan_images)

markscan = typer.Typer(
    name="markscan", cls=_MountedCommands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)


@markscan.callback()
def program(*, show_version: VersionOption = False) -> None:
    """Register brands, logos, words and photos, authorize sellers, run the service. To scan a folder: scan-images."""


def scan_images_main() -> None:
    """The console script scan-images."""
    keep_freed_memory()
    outlive_readers()
    interrupt_after_imports()
    scan_images_app()


def markscan_main() -> None:
    """The console script markscan."""
    keep_freed_memory()
    outlive_readers()
    interrupt_after_imports()
    markscan()


def _command(name: str, found: Any) -> Any:
    if isinstance(found, typer.Typer):
        return get_group(found)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return get_command(alone)
