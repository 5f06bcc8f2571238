"""The commands store backup, restore and copy: a store is kept, brought back, and moved to another database."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brand_index.store import Store
from scanner.commands.interruption import stoppable
from scanner.commands.shell import (
    ExitCode,
    RegistryOption,
    StoreOption,
    chosen_settings,
    counted,
    given_path,
    given_store,
    open_registry,
    plain_errors,
    say,
)

if TYPE_CHECKING:
    from scanner.moving.transferring import Transferred

store = typer.Typer(name="store", help="Back up, restore and move a store.", no_args_is_help=True)

_FROM_URL = "URL of the database of FROM, as SQLAlchemy writes it. Default: SQLite in FROM, whatever the settings say."
_TO_URL = "URL of the database to fill, which must be empty. Default: SQLite in TO, whatever the settings say."


@store.command("backup")
@stoppable(lambda: "What was written is removed again; to begin again, run the same command")
def store_backup(
    to: Annotated[
        Path, typer.Argument(parser=given_path, metavar="TO", help="Folder to write, which is not there yet, or empty.")
    ],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Write a backup of a store, also while the service runs: its database as of one moment, and the files it names.

    A backup is a folder with the database in SQLite, whatever database the store has, the files of references,
    authorizations, listings and appeals, the secret, the checkpoints, and SHA256SUMS, which `sha256sum --check` reads.
    Files are compared with their recorded SHA-256 as they are copied. The index is left out, as it is derived.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 files were gone or altered, and all else is in the backup.
    """
    from scanner.moving.backups import back_up

    with plain_errors(), open_registry(store, registry_url) as registry:
        place = Store.locate(store)
        checkpoints = chosen_settings().service.checkpoint_file or place.checkpoints
        done = back_up(registry, place, checkpoints, to, datetime.now(UTC))
        _say_done(f"backed up {place.named} to {to}", done, "not backed up: ")


@store.command("restore")
@stoppable(lambda: "What was written is removed again; to begin again, run the same command")
def store_restore(
    backup: Annotated[
        Path, typer.Argument(parser=given_path, metavar="FROM", help="Folder that `markscan store backup` wrote.")
    ],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Make a store of a backup at --store, which must be empty or not there yet, and verify it.

    Digests of the backup, the audit log, the rows that it seals, the checkpoints and the kept files are checked. The
    registry goes to SQLite in the store, or to the empty database that --registry-url or the settings name. A backup of
    an earlier version is brought up to date; the backup itself stays as it is.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 restored, but not all is as it was recorded.
    """
    from scanner.moving.backups import restore

    with plain_errors():
        place, url = Store.locate(store), chosen_settings(registry_url=registry_url).registry_url
        done = restore(backup, place, url, datetime.now(UTC))
        _say_done(f"restored {place.named} from {backup}", done, "")


@store.command("copy")
@stoppable(lambda: "What was written is removed again; to begin again, run the same command")
def store_copy(
    source: Annotated[
        Store, typer.Argument(parser=given_store, metavar="FROM", help="Folder or address of the store to copy.")
    ],
    to: Annotated[
        Store,
        typer.Argument(
            parser=given_store,
            metavar="TO",
            help="Folder to make, which is not there yet, or empty; or an address below which nothing is yet.",
        ),
    ],
    *,
    from_registry: Annotated[str | None, typer.Option(metavar="URL", help=_FROM_URL)] = None,
    to_registry: Annotated[str | None, typer.Option(metavar="URL", help=_TO_URL)] = None,
) -> None:
    """Copy a store, such as from SQLite and a folder to PostgreSQL and S3 or back, and verify the copy.

    All rows are written in one transaction, with their numbers, seals and audit log as they are. Stop what uses the
    source first: what it records meanwhile is not in the copy, which is said.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 copied, but not all is as it was recorded, or the source changed.
    """
    from scanner.moving.transferring import copy_store
    from scanner.service.accounts.registry import open_registry as opened

    with plain_errors(), opened(source, from_registry, create=False) as registry:
        checkpoints = chosen_settings().service.checkpoint_file or source.checkpoints
        done = copy_store(registry, source, checkpoints, to, to_registry, datetime.now(UTC))
        _say_done(f"copied {source.named} to {to.named}", done, "")


def _say_done(what: str, done: "Transferred", before_fault: str) -> None:
    say(f"{what}: {counted(done.rows, 'row')}, {counted(done.files, 'file')}, {counted(done.events, 'event')}.")
    for fault in done.faults:
        say(f"{before_fault}{fault}", error=True)
    if done.faults:
        raise typer.Exit(ExitCode.SOME_FAILED)
