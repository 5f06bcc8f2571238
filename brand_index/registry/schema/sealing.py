"""Seals: the digest of a row, which the audit log keeps, so that a row changed, added or deleted past it shows."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import ColumnElement, MetaData, Table, and_, or_

_INFO: Final = "sealing"  # the key in a table's `info`


@dataclass(frozen=True, slots=True)
class Sealing:
    """How the rows of a table are sealed."""

    key: tuple[str, ...]  # columns that identify a row; empty: the primary key
    without: frozenset[str]  # columns that no decision rests on, such as a lease


def sealed(*, key: Sequence[str] = (), without: Sequence[str] = ()) -> dict[Any, Any]:
    """The `info` of a table whose rows are sealed: by `key` (empty: the primary key), `without` some columns."""
    return {_INFO: Sealing(tuple(key), frozenset(without))}


def is_sealed(table: Table) -> bool:
    """Whether the audit log keeps seals of the rows of `table`."""
    return _INFO in table.info


def sealed_tables(metadata: MetaData) -> tuple[Table, ...]:
    """The tables whose rows are sealed, by name."""
    return tuple(sorted((table for table in metadata.tables.values() if is_sealed(table)), key=lambda each: each.name))


def unsealed_columns(table: Table) -> frozenset[str]:
    """The columns that a seal leaves out."""
    return _sealing(table).without


def key_columns(table: Table) -> tuple[str, ...]:
    """The columns that identify a row of a sealed table."""
    return _sealing(table).key or tuple(column.name for column in table.primary_key.columns)


def key_of(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values of a row in `key_columns`."""
    return tuple(row[name] for name in key_columns(table))


def key_text(key: Sequence[Any]) -> str:
    """A key as the audit log names it."""
    return "/".join("" if value is None else str(_plain(value)) for value in key)


def with_keys(table: Table, keys: Sequence[Sequence[Any]]) -> ColumnElement[bool]:
    """The condition that a row has one of these keys."""
    columns = [table.c[name] for name in key_columns(table)]
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return or_(*(and_(*(column == value for column, value in zip(columns, key, strict=True))) for key in keys))


def seal_of(table: Table, row: Mapping[str, Any]) -> str:
    """The seal of a row: a SHA-256 in hexadecimal of its columns.

    A column that is NULL is left out, so that a migration may add one.
    """
    without = _sealing(table).without
    columns = {name: _plain(value) for name, value in row.items() if value is not None and name not in without}
    content = json.dumps([table.name, columns], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(content.encode("ascii")).hexdigest()


def _sealing(table: Table) -> Sealing:
    sealing: Sealing = table.info[_INFO]
    return sealing


def _plain(value: Any) -> Any:
    """The value in JSON, the same from SQLite and PostgreSQL."""
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case bytes():  # what this program never writes; it must not keep others from being checked
            return value.hex()
        case frozenset():
            return sorted(map(_plain, value))
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value
