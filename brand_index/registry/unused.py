"""Removes the store that a command made and recorded nothing in; a store that was there before, or is in use, stays."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from brand_index.store import Store

_FROM_THE_START: Final = frozenset({"registry_revision", "schema_migrations", "component_migrations"})  # have rows


def absent(store: Store) -> tuple[Path, ...]:
    """What of a store is not there yet, and the folders above it that are not: the deepest first."""
    return tuple(path for path in (store.media, store.root, *store.root.absolute().parents) if not path.exists())


def remove_unused(store: Store, made: tuple[Path, ...]) -> bool:
    """Remove the closed SQLite registry of a store, and those of the folders that were `made` for it.

    False: something is recorded in it, or another process has it open; then it stays.
    """
    database = store.root / "registry.db"
    try:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as connection:
            # Leaving the write-ahead log needs the file for oneself: it fails while any other connection is open.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            if _has_rows(connection):
                return False
            database.unlink()
    except sqlite3.OperationalError:
        return False
    if store.media in made:
        shutil.rmtree(store.media, ignore_errors=True)  # files of images that were refused after all
    for folder in made:
        try:
            folder.rmdir()
        except OSError:  # it is not there, or holds something else
            continue
    return True


def _has_rows(connection: sqlite3.Connection) -> bool:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    filled = (
        connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()
        for name in tables
        if name not in _FROM_THE_START
    )
    return any(filled)
