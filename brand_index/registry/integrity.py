"""Compares the rows of the database with the seals that the audit log keeps of them; it changes nothing."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Table, func, inspect, select
from sqlalchemy.exc import StatementError

from brand_index.registry import schema
from brand_index.registry.schema.sealing import key_columns, key_of, key_text, seal_of, sealed_tables, with_keys

STREAMED: Final = 1_000  # rows in memory at a time
_UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, StatementError)  # of a value of another type


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that is not as the audit log says."""

    table: str
    key: str
    what: str  # "was changed", "was added" or "was deleted"

    def __str__(self) -> str:
        """One line for people."""
        return f"the row {self.key} of {self.table} {self.what} past the audit log"


def row_faults(connection: Connection) -> Iterator[RowFault]:
    """Every sealed row that was changed, added or deleted otherwise than through this program, by table and key."""
    with closing(sqlite3.connect("")) as seals:  # a temporary file: a log may name more rows than memory holds
        seals.execute("CREATE TABLE seals (name TEXT, key TEXT, seal TEXT, PRIMARY KEY (name, key)) WITHOUT ROWID")
        _replay(connection, seals)
        for table in _tables(connection):
            yield from _faults_of(connection, table, seals)
        for name, key in seals.execute("SELECT name, key FROM seals ORDER BY name, key"):
            yield RowFault(name, key, "was deleted")


def sealed_rows(connection: Connection) -> dict[str, int]:
    """The number of rows of each table whose rows are sealed."""
    return {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in _tables(connection)
    }


def _tables(connection: Connection) -> list[Table]:
    """The sealed tables that the database has: a program that opened it with fewer components made fewer."""
    present = set(inspect(connection).get_table_names())
    return [table for table in sealed_tables(schema.metadata) if table.name in present]


def _replay(connection: Connection, seals: sqlite3.Connection) -> None:
    """Fill `seals` with the last seal of each row that the log does not call deleted."""
    table = schema.history
    query = select(table.c.seals).where(table.c.seals != "").order_by(table.c.event_id)
    for (text,) in connection.execute(query.execution_options(yield_per=STREAMED)):
        rows = list[tuple[str, str, str | None]]()
        with suppress(*_UNREADABLE):  # an event that was changed: its digest says so
            rows = [(name, key, seal) for name, keys in json.loads(text).items() for key, seal in keys.items()]
        for is_left, some in groupby(rows, key=lambda row: row[2] is not None):
            if is_left:
                seals.executemany("INSERT OR REPLACE INTO seals VALUES (?, ?, ?)", some)
            else:
                seals.executemany("DELETE FROM seals WHERE name = ? AND key = ?", [row[:2] for row in some])


def _faults_of(connection: Connection, table: Table, seals: sqlite3.Connection) -> Iterator[RowFault]:
    """The faults of the rows that a table has; their seals are taken out of `seals`."""
    for key, row in _rows(connection, table):
        text = key_text(key)
        taken = seals.execute("DELETE FROM seals WHERE name = ? AND key = ? RETURNING seal", (table.name, text))
        seal = taken.fetchone()
        if seal is None:
            yield RowFault(table.name, text, "was added")
        elif row is None or seal[0] != seal_of(table, row):
            yield RowFault(table.name, text, "was changed")


def _rows(connection: Connection, table: Table) -> Iterator[tuple[tuple[Any, ...], dict[str, Any] | None]]:
    """The key and the columns of each row; None: a column holds a value that this program never writes."""
    columns = [table.c[name] for name in key_columns(table)]
    read = 0
    with suppress(*_UNREADABLE):
        query = select(table).order_by(*columns).execution_options(yield_per=STREAMED)
        with connection.execute(query) as rows:
            for found in rows:
                row = found._asdict()
                yield key_of(table, row), row
                read += 1
        return
    for key in connection.execute(select(*columns).order_by(*columns)).all()[read:]:  # one by one from here on
        try:
            alone = connection.execute(select(table).where(with_keys(table, [key]))).first()
            yield tuple(key), None if alone is None else alone._asdict()
        except _UNREADABLE:
            yield tuple(key), None
