"""Copies all rows of one database to another as they are, numbers and seals included; it checks no seal."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, func, inspect, select

from brand_index.errors import RegistryError
from brand_index.registry.schema.tables import component_migrations, metadata, registry_revision, schema_migrations

AT_ONCE: Final = 1_000  # rows of a statement
_FROM_THE_START: Final = (registry_revision, component_migrations, schema_migrations)  # migrations leave rows in them


def filled_table(connection: Connection) -> str | None:
    """The name of a table in which something is recorded; None: nothing is."""
    for table in _tables(connection):
        if table not in _FROM_THE_START and connection.execute(select(1).select_from(table).limit(1)).first():
            return table.name
    return None


def copy_rows(source: Connection, target: Connection) -> int:
    """Copy the rows of all tables, those that others refer to first. Returns how many there are.

    `target` has the same migrations and nothing recorded; both are open transactions. Raises RegistryError where a
    table does not hold afterwards what the source's does.
    """
    copied, tables = 0, _tables(source)
    for table in _FROM_THE_START:
        target.execute(table.delete())
    for table in tables:
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
        with source.execute(query) as rows:
            for some in rows.partitions():
                target.execute(table.insert(), [row._asdict() for row in some])
        before, after = _count(source, table), _count(target, table)
        if before != after:
            raise RegistryError(f"{table.name} has {before} rows and its copy {after}: nothing was copied; try again")
        copied += after
    return copied


def copy_sqlite(source: Connection, file: Path) -> int:
    """Write what a transaction on SQLite sees to a new file, page by page. Returns the number of rows.

    Writers go on meanwhile. Raises RegistryError, such as for a full disk.
    """
    copied = sum(_count(source, table) for table in _tables(source))  # also begins the transaction
    opened = source.connection.driver_connection
    assert isinstance(opened, sqlite3.Connection)
    try:
        with closing(sqlite3.connect(file)) as target:
            opened.backup(target)
    except sqlite3.Error as error:
        raise RegistryError(f"{file} cannot be written: {error}; make room or check permissions") from error
    return copied


def _tables(connection: Connection) -> list[Table]:
    """The tables that the database has, those that others refer to first."""
    present = set(inspect(connection).get_table_names())
    return [table for table in metadata.sorted_tables if table.name in present]


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
