"""What all commands share: exit codes, options, settings, the registry, plain errors and a progress bar."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from enum import IntEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from brand_index import fields
from brand_index.errors import ImageError, InvalidField, MarkscanError, RegistryMissing, UsageError
from brand_index.files import OF_THE_DISK
from brand_index.store import DEFAULT_STORE, STORE_VARIABLE, Store

DAY: Final = "YYYY-MM-DD"
T = TypeVar("T")

if TYPE_CHECKING:
    from brand_index.registry import Registry
    from scanner.settings import Settings


class ExitCode(IntEnum):
    """How a command ended. If several apply, the highest."""

    DONE = 0
    INTERNAL_ERROR = 1
    USAGE = 2  # the caller can mend it: an option, a file, a setting, the store
    SOME_FAILED = 3  # some of it was refused, unreadable or altered; the rest was done
    FAIL_ON_MET = 4  # scan-images --fail-on, also where no reference was searched


class ServiceMissing(UsageError):
    """The packages that the service needs are not installed."""

    code = "service_missing"


class ClusterMissing(UsageError):
    """The packages that a cluster needs are not installed."""

    code = "cluster_missing"


def given_path(text: str) -> Path:
    """The path that somebody typed. An empty one, as of a variable that is not set, would be the present folder."""
    if not text:
        raise typer.BadParameter("it is empty; write . for the present folder")
    return Path(text)


def given_place(text: str) -> str:
    """Likewise a path, or an address of an object store."""
    return str(given_path(text)) if "://" not in text else text


def given_day(text: str) -> date:
    """The day that somebody typed."""
    try:
        day = fields.day(text)
    except InvalidField as error:
        raise typer.BadParameter(str(error)) from error
    if day is None:
        raise typer.BadParameter("it is empty; write a day such as 2027-12-31, or leave the option out")
    return day


def not_empty(context: typer.Context, option: typer.CallbackParam, value: T) -> T:
    """Refuse an option that is given as an empty text, as of a variable that is not set: left out, it means all."""
    source = None if option.name is None else context.get_parameter_source(option.name)
    given = value if isinstance(value, list | tuple) else [value]
    if source is not None and source.name != "DEFAULT" and any(isinstance(e, str) and not e.strip() for e in given):
        with plain_errors():
            raise UsageError(f"{option.opts[0]} is empty: give a value, or leave the option out")
    return value


text_option: Final = partial(typer.Option, callback=not_empty)


def given_store(text: str) -> Store:
    """The store that somebody typed: the path of a folder, or an address such as s3://bucket/markscan."""
    with plain_errors():
        return Store.at(given_place(text))


StoreOption = Annotated[
    Store | None,
    typer.Option(
        "--store",
        parser=given_store,
        metavar="DIR",
        help="Folder where Markscan keeps its data, or the address of an object store, such as s3://bucket/markscan. "
        f"Default: {STORE_VARIABLE}, else ./{DEFAULT_STORE}.",
    ),
]
RegistryOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="URL of the registry's database, as SQLAlchemy writes it. Default: SCANNER_REGISTRY_URL, else "
        "registry_url of scanner.toml, else SQLite in the store.",
    ),
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File that lists the models to use. Default: SCANNER_MODEL_MANIFEST, else model_manifest of scanner.toml, "
        "else the models that ship.",
    ),
]


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"markscan {version('markscan')}")
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
]


def chosen_settings(
    *,
    registry_url: str | None = None,
    model_manifest: Path | None = None,
    policy: Path | None = None,
    service: Mapping[str, float | None] | None = None,
) -> "Settings":
    """The settings, where a flag beats its variable, and that beats scanner.toml. A flag that is None was not given.

    `service`: flags for the settings of the service, by name. Raises SettingsUnusable.
    """
    from scanner.settings import read_settings

    settings = read_settings()
    flags = {"registry_url": registry_url, "model_manifest": model_manifest, "policy": policy}
    given = {name: value for name, value in flags.items() if value is not None}
    for_service = {name: value for name, value in (service or {}).items() if value is not None}
    return settings.model_copy(update=given | {"service": settings.service.model_copy(update=for_service)})


def open_registry(store: Store | None, registry_url: str | None) -> "Registry":
    """The registry at the URL of the flag, the variable or scanner.toml, else in the store; for every command.

    RegistryMissing where there is none; `registry_to_fill` makes one.
    """
    return open_registry_of(Store.locate(store), chosen_settings(registry_url=registry_url))


def open_registry_of(store: Store, settings: "Settings", *, create: bool = False, quiet: bool = False) -> "Registry":
    """The registry that the settings name, else the one in the store.

    `create` False: RegistryMissing where there is none; True: one is made, and that is said unless `quiet`. Who may
    create also writes, so that one that may not be written is refused.
    """
    from scanner.service.accounts.registry import open_registry as opened

    try:
        registry = opened(store, settings.registry_url, create=False)
    except RegistryMissing:
        if not create:
            raise
        registry = opened(store, settings.registry_url, create=True)
        place = "the address of the registry" if settings.registry_url and store.objects is None else store.name
        if not quiet:
            say(f"made a new store at {place}", error=True)
    try:
        if create:
            registry.database.refuse_read_only()
    except MarkscanError:
        registry.close()
        raise
    return registry


def counted(number: int, noun: str) -> str:
    """A number and a noun that takes an s in the plural, such as 1 photo and 3 photos."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def say(line: str, *, label: str = "", error: bool = False) -> None:
    """Print a line. What the terminal cannot show, or would obey, is replaced, for file names may hold any bytes."""
    encoding = (sys.stderr if error else sys.stdout).encoding or "utf-8"
    shown = fields.OBEYED.sub("\ufffd", line).encode(encoding, "replace").decode(encoding)
    head = typer.style(f"{label}:", fg="red" if label == "error" else "yellow") + " " if label else ""
    typer.echo(head + shown, err=error)


def say_warnings(sentences: Iterable[str]) -> None:
    """Print each on standard error as a warning."""
    for each in sentences:
        say(each, label="warning", error=True)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows as a table, of which nothing is ever cut, and nothing is read as markup.

    On a terminal that is too narrow each row is a block of lines, one for each column that has a value; elsewhere the
    lines are as long as they must be.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console, shown = Console(), [tuple(fields.OBEYED.sub("\ufffd", str(each)) for each in row) for row in rows]
    table = Table()
    for number, name in enumerate(columns):
        numbers = bool(shown) and all(row[number].isdigit() for row in shown)
        table.add_column(name, justify="right" if numbers else "left", no_wrap=True, overflow="fold")
    for row in shown:
        table.add_row(*map(escape, row))
    wide = Console(width=1_000_000).measure(table).maximum
    if not console.is_terminal:
        console = Console(width=max(console.width, wide))
    if wide <= console.width:
        console.print(table, highlight=False)
        return
    for row in shown:
        for name, value in zip(columns, row, strict=True):
            if value:
                say(f"{name}: {value}")
        say("")


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn an error of Markscan's own, or of the user's files, into one line on standard error and an exit code."""
    try:
        yield
    except MarkscanError as error:
        notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        code = ExitCode.USAGE if isinstance(error, UsageError | ImageError) else ExitCode.INTERNAL_ERROR
        say(f"{error}{notes}", label="error", error=True)
        raise typer.Exit(code) from error
    except OSError as error:
        if error.filename is None and error.errno not in OF_THE_DISK:
            raise  # such as a pipe that its reader closed
        what = f"{f'{error.filename}: ' if error.filename else ''}{error.strerror}"
        say(f"{what}; check the path, its rights and its room", label="error", error=True)
        raise typer.Exit(ExitCode.USAGE) from error


@contextmanager
def service_installed() -> Iterator[None]:
    """Turn a failed import into ServiceMissing, which says how to install what is missing."""
    try:
        yield
    except ImportError as error:
        raise ServiceMissing(f"{error}: the service needs more packages: pip install 'markscan[service]'") from error


@contextmanager
def cluster_installed() -> Iterator[None]:
    """Turn a failed import into ClusterMissing, which says how to install what is missing."""
    try:
        yield
    except ImportError as error:
        raise ClusterMissing(f"{error}: --cluster needs more packages: pip install 'markscan[cluster]'") from error


@contextmanager
def progress_bar(what: str, total: int | None = None) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and time left; it is shown on terminals alone. Call what it yields with (done, total)."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total, rate="")

        def advance(done: int, of: int) -> None:
            speed = progress.tasks[0].speed
            progress.update(task, completed=done, total=of, rate=f"{speed:.1f}/s" if speed else "")

        yield advance
