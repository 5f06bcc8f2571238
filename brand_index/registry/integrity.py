"""Compares the rows of the database with the seals that the audit log keeps of them; it changes nothing."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Boolean, Column, Connection, Date, Table, func, inspect, select, text, type_coerce
from sqlalchemy.exc import StatementError
from sqlalchemy.types import NullType

from brand_index.registry import schema
from brand_index.registry.schema.columns import UTCDateTime
from brand_index.registry.schema.sealing import key_columns, key_of, key_text, seal_of, sealed_tables, with_keys

STREAMED: Final = 1_000  # rows in memory at a time
UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, StatementError)  # of a value of another type


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that is not as the audit log says."""

    table: str
    key: str
    what: str  # "was changed", "was added" or "was deleted", and when that is known

    def __str__(self) -> str:
        """One line for people."""
        return f"the row {self.key} of {self.table} {self.what} past the audit log"


@dataclass(frozen=True, slots=True)
class ForeignObject:
    """Something in the database that this program never makes."""

    name: str

    def __str__(self) -> str:
        """One line for people."""
        return f"the database has a trigger {self.name}, which Markscan never makes: it may change what is written"


def row_faults(connection: Connection) -> Iterator[RowFault]:
    """Every sealed row that was changed, added or deleted otherwise than through this program, by table and key."""
    with closing(sqlite3.connect("")) as seals:  # a temporary file: a log may name more rows than memory holds
        seals.execute("CREATE TABLE seals (name TEXT, key TEXT, seal TEXT, PRIMARY KEY (name, key)) WITHOUT ROWID")
        yield from _replay(connection, seals)
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


def foreign_objects(connection: Connection) -> Iterator[ForeignObject]:
    """The triggers of the database, which may change a row as it is written."""
    if _is_sqlite(connection):
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
    else:
        query = text("SELECT DISTINCT trigger_name FROM information_schema.triggers ORDER BY trigger_name")
    for name in connection.execute(query).scalars().all():
        yield ForeignObject(str(name))


def _replay(connection: Connection, seals: sqlite3.Connection) -> Iterator[RowFault]:
    """Fill `seals` with the last seal of each row that the log does not call deleted.

    A fault is a row that a write found otherwise than the last write had left it.
    """
    table = schema.history
    query = select(table.c.event_id, table.c.seals).where(table.c.seals != "").order_by(table.c.event_id)
    for event_id, content in connection.execute(query.execution_options(yield_per=STREAMED)):
        for name, key, before, after in _seals_in(content):
            taken = seals.execute("DELETE FROM seals WHERE name = ? AND key = ? RETURNING seal", (name, key)).fetchone()
            if before != (None if taken is None else taken[0]):
                yield RowFault(name, key, f"was changed before event {event_id}")
            if after is not None:
                seals.execute("INSERT INTO seals VALUES (?, ?, ?)", (name, key, after))


def _seals_in(content: str) -> list[tuple[str, str, str | None, str | None]]:
    """Table, key, and seals before and after, of an event; none where it was changed: its digest says so."""
    try:
        return [
            (name, key, before, after)
            for name, keys in json.loads(content).items()
            for key, (before, after) in keys.items()
        ]
    except UNREADABLE:
        return []


def _faults_of(connection: Connection, table: Table, seals: sqlite3.Connection) -> Iterator[RowFault]:
    """The faults of the rows that a table has; their seals are taken out of `seals`."""
    try:
        for key, row in _rows(connection, table):
            name = key_text(key)
            taken = seals.execute("DELETE FROM seals WHERE name = ? AND key = ? RETURNING seal", (table.name, name))
            seal = taken.fetchone()
            if seal is None:
                yield RowFault(table.name, name, "was added")
            elif row is None or seal[0] != seal_of(table, row):
                yield RowFault(table.name, name, "was changed")
    except UNREADABLE:  # not even its keys
        seals.execute("DELETE FROM seals WHERE name = ?", (table.name,))
        yield RowFault(table.name, "?", "cannot be read, so it was changed")


def _rows(connection: Connection, table: Table) -> Iterator[tuple[tuple[Any, ...], dict[str, Any] | None]]:
    """The key and the columns of each row; None: a column holds a value that this program never writes."""
    columns, read = [table.c[name] for name in key_columns(table)], 0
    stored = [
        type_coerce(column, NullType()).label(f"stored {column.name}") for column in _converted(connection, table)
    ]
    with suppress(*UNREADABLE):
        query = select(table, *stored).order_by(*columns).execution_options(yield_per=STREAMED)
        with connection.execute(query) as rows:
            for found in rows:
                yield _row(connection, table, found._asdict())
                read += 1
        return
    for key in connection.execute(select(*columns).order_by(*columns)).all()[read:]:  # one by one from here on
        try:
            alone = connection.execute(select(table, *stored).where(with_keys(table, [key]))).first()
            yield tuple(key), None if alone is None else _row(connection, table, alone._asdict())[1]
        except UNREADABLE:
            yield tuple(key), None


def _converted(connection: Connection, table: Table) -> list[Column[Any]]:
    """Columns whose values SQLite may store in several ways: SQL compares what is stored."""
    kinds = (Boolean, Date, UTCDateTime)
    return [each for each in table.columns if isinstance(each.type, kinds)] if _is_sqlite(connection) else []


def _row(connection: Connection, table: Table, found: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any] | None]:
    row = {column.name: found[column.name] for column in table.columns}
    for column in _converted(connection, table):
        convert = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        value, stored = row[column.name], found[f"stored {column.name}"]
        written = value if value is None or convert is None else convert(value)
        if written != stored or type(written) not in (type(stored), bool):
            return key_of(table, row), None
    return key_of(table, row), row


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
