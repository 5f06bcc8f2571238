"""An open transaction: every change to a row goes through it, and it writes the events with the seals of the rows."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, asdict, dataclass, replace
from datetime import datetime
from enum import Enum
from importlib import import_module
from itertools import islice
from typing import Any, ClassVar, Final, Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, Table, func, select

from brand_index.registry import schema
from brand_index.registry.history import Event, digest_of
from brand_index.registry.schema.sealing import (
    is_sealed,
    key_columns,
    key_of,
    key_text,
    seal_of,
    unsealed_columns,
    with_keys,
)

SEALS_OF_AN_EVENT: Final = 1_000  # a write that leaves more rows has further events for them
KEYS_OF_A_QUERY: Final = 200
Item = TypeVar("Item")


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Record = TypeVar("Record", bound=_Dataclass)
"""A record whose fields are the columns of its table."""


def fetch(connection: Connection, record: type[Record], query: Select[Any]) -> tuple[Record, ...]:
    """The rows of `query` as records, in its order."""
    return tuple(record(**row._mapping) for row in connection.execute(query))


@dataclass(frozen=True, slots=True)
class _Touched:
    """A sealed row that a write changes."""

    key: tuple[Any, ...]
    before: str | None  # its seal before the write; None: there was no such row


class Write:
    """An open write. All changes go through it, so that each has its event, and each row that it leaves its seal."""

    def __init__(
        self, connection: Connection, now: datetime, actor: str, revision: int, events: int, digest: str
    ) -> None:
        """`revision`, `events` (their number) and `digest` (of the last) are those before the write."""
        self.connection, self.now, self.actor = connection, now, actor
        self.revision, self.events, self.digest = revision, events, digest
        self._bumped = False
        self._happened = list[Event]()  # without their numbers and digests
        self._touched = dict[Table, dict[str, _Touched]]()  # sealed rows, by the text of their keys

    def note(self, what: str, subject: str, details: Mapping[str, object]) -> None:
        """Add an event that leaves the revision of the registry as it is, such as a scan."""
        self._happen(what, subject, {}, details)

    def insert(self, table: Table, record: _Dataclass, what: str, subject: str) -> None:
        """Add a row of the registry's own, with its event."""
        self.add(table, asdict(record))
        self._changed(what, subject, {})

    def change(self, identity: Column[Any], known: Record, wanted: Record, what: str) -> None:
        """Update the fields that differ in the row with this identity; the history keeps the earlier values."""
        names = [name for name in known.__dataclass_fields__ if getattr(known, name) != getattr(wanted, name)]
        if not names:
            return
        key = getattr(known, identity.name)
        self.update(identity.table, identity == key, {name: getattr(wanted, name) for name in names})
        self._changed(what, str(key), {name: getattr(known, name) for name in names})

    def add(self, table: Table, *rows: Mapping[str, Any]) -> None:
        """Add rows, by the names of their columns."""
        if not rows:
            return
        self.connection.execute(table.insert(), [dict(row) for row in rows])
        if is_sealed(table):
            known = self._touched.setdefault(table, {})
            for key in (key_of(table, row) for row in rows):
                known.setdefault(key_text(key), _Touched(key, None))

    def update(self, table: Table, which: ColumnElement[bool], values: Mapping[str, Any]) -> int:
        """Update the rows that `which` selects, except their keys. Returns how many there were."""
        if is_sealed(table) and not unsealed_columns(table).issuperset(values):
            self._touch(table, which)
        return self.connection.execute(table.update().where(which).values(dict(values))).rowcount

    def delete(self, table: Table, which: ColumnElement[bool]) -> int:
        """Delete the rows that `which` selects. Returns how many there were."""
        if is_sealed(table):
            self._touch(table, which)
        return self.connection.execute(table.delete().where(which)).rowcount

    def take_over(self, table: Table, which: ColumnElement[bool]) -> int:
        """Seal rows that were written past this class, such as by a migration; returns how many there are."""
        columns = [table.c[name] for name in key_columns(table)]
        keys = [tuple(key) for key in self.connection.execute(select(*columns).where(which))]
        known = self._touched.setdefault(table, {})
        for key in keys:
            known.setdefault(key_text(key), _Touched(key, None))
        return len(keys)

    def next_number(self, column: Column[int]) -> int:
        """The number of the next row: largest + 1, safe because one write follows another."""
        return self.connection.execute(select(func.coalesce(func.max(column), 0) + 1)).scalar_one()

    def finish(self) -> None:
        """Write the events, the last of them with the seals of the rows that the write leaves."""
        parts = list(_batched(self._seals(), SEALS_OF_AN_EVENT))
        if parts and not self._happened:
            self.note("rows written", ", ".join(sorted(table.name for table in self._touched)), {})
        last = len(self._happened) - 1
        for _ in parts[1:]:
            self.note("rows sealed", "", {})
        for place, happened in enumerate(self._happened):
            seals = _by_table(parts[place - last]) if parts and place >= last else ""
            numbered = replace(happened, event_id=self.events + 1, seals=seals)
            written = replace(numbered, digest=digest_of(numbered, self.digest))
            self.connection.execute(schema.history.insert(), asdict(written))
            self.events, self.digest = written.event_id, written.digest
        self._happened.clear()
        self._touched.clear()

    def _touch(self, table: Table, which: ColumnElement[bool]) -> None:
        """Note rows that are about to change, with their seals: one that was changed past this class shows by it."""
        known = self._touched.setdefault(table, {})
        for found in self.connection.execute(select(table).where(which)):
            row = found._asdict()
            key = key_of(table, row)
            known.setdefault(key_text(key), _Touched(key, seal_of(table, row)))

    def _seals(self) -> Iterator[tuple[str, str, str | None, str | None]]:
        """The table, key, and seals before and after the write, of each row that was touched; None: no row."""
        for table, keys in self._touched.items():
            for some in _batched(keys, KEYS_OF_A_QUERY):
                query = select(table).where(with_keys(table, [keys[name].key for name in some]))
                rows = [row._asdict() for row in self.connection.execute(query)]
                left = {key_text(key_of(table, row)): seal_of(table, row) for row in rows}
                yield from ((table.name, name, keys[name].before, left.get(name)) for name in some)

    def _changed(self, what: str, subject: str, earlier: Mapping[str, object]) -> None:
        """Add an event about the registry's own records; the first of a write makes a new revision."""
        if not self._bumped:
            self.revision, self._bumped = self.revision + 1, True
        self._happen(what, subject, earlier, {})

    def _happen(self, what: str, subject: str, earlier: Mapping[str, object], details: Mapping[str, object]) -> None:
        texts = [json.dumps(each, ensure_ascii=False, default=_as_json) for each in (earlier, details)]
        event = Event(0, self.revision, self.now, what, subject, texts[0], self.actor, texts[1], digest="")
        self._happened.append(event)


class Unlogged:
    """An open transaction on rows that are no record, such as leases and counters: it leaves no event and no seal."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def add(self, table: Table, row: Mapping[str, Any], otherwise: Mapping[str, Any]) -> Row[Any] | None:
        """Add a row, or change the one that has its key as `otherwise` says (empty: not at all).

        Returns the row as it is then; None: it was there, and was left alone.
        """
        _refuse_sealed(table)
        insert: Any = import_module(f"sqlalchemy.dialects.{self.connection.dialect.name}").insert
        adding = insert(table).values(dict(row)).returning(*table.columns)
        if not otherwise:
            found = self.connection.execute(adding.on_conflict_do_nothing())
        else:
            key = [column.name for column in table.primary_key.columns]
            found = self.connection.execute(adding.on_conflict_do_update(index_elements=key, set_=dict(otherwise)))
        return found.one_or_none()

    def update(self, table: Table, which: ColumnElement[bool], values: Mapping[str, Any]) -> int:
        """Update the rows that `which` selects. Returns how many there were."""
        _refuse_sealed(table)
        return self.connection.execute(table.update().where(which).values(dict(values))).rowcount

    def delete(self, table: Table, which: ColumnElement[bool]) -> int:
        """Delete the rows that `which` selects. Returns how many there were."""
        _refuse_sealed(table)
        return self.connection.execute(table.delete().where(which)).rowcount


def _refuse_sealed(table: Table) -> None:
    assert not is_sealed(table), f"rows of {table.name} are sealed: write them through Write"


def _batched(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    left = iter(items)
    while some := tuple(islice(left, size)):
        yield some


def _by_table(seals: Iterable[tuple[str, str, str | None, str | None]]) -> str:
    tables: dict[str, dict[str, tuple[str | None, str | None]]] = {}
    for table, key, before, after in seals:
        tables.setdefault(table, {})[key] = (before, after)
    return json.dumps(tables, sort_keys=True)


def _as_json(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Enum):
        return value.value
    return str(value)  # days and moments
