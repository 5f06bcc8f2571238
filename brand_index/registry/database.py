"""Transactions on the registry's database. Each write records its events."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import Field, asdict, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar

from sqlalchemy import URL, Column, Connection, Engine, Select, Table, create_engine, event, func, select
from sqlalchemy.exc import SQLAlchemyError

from brand_index.errors import RegistryError
from brand_index.registry import schema
from brand_index.registry.history import LOCAL, Event, digest_of

BUSY_SECONDS = 60  # how long a SQLite writer waits for other writers; a write takes milliseconds
_WRITES = "markscan_writes"  # execution option of connections that will write


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Record = TypeVar("Record", bound=_Dataclass)
"""A record whose fields are the columns of its table."""


def fetch(connection: Connection, record: type[Record], query: Select[Any]) -> tuple[Record, ...]:
    """The rows of `query` as records, in its order."""
    return tuple(record(**row._mapping) for row in connection.execute(query))


class Write:
    """An open write. All changes go through it, so that each has its event."""

    def __init__(
        self, connection: Connection, now: datetime, actor: str, revision: int, events: int, digest: str
    ) -> None:
        """`revision`, `events` (their number) and `digest` (of the last) are those before the write."""
        self.connection, self.now, self.actor = connection, now, actor
        self.revision, self.events, self.digest = revision, events, digest
        self._bumped = False

    def note(self, what: str, subject: str, details: Mapping[str, object]) -> None:
        """Add an event that leaves the revision of the registry as it is, such as a scan."""
        self._happened(what, subject, {}, details)

    def insert(self, table: Table, record: _Dataclass, what: str, subject: str) -> None:
        """Add a row."""
        self.connection.execute(table.insert(), asdict(record))
        self._changed(what, subject, {})

    def change(self, identity: Column[Any], known: Record, wanted: Record, what: str) -> None:
        """Update the fields that differ in the row with this identity; the history keeps the earlier values."""
        names = [name for name in known.__dataclass_fields__ if getattr(known, name) != getattr(wanted, name)]
        if not names:
            return
        key = getattr(known, identity.name)
        later = {name: getattr(wanted, name) for name in names}
        self.connection.execute(identity.table.update().where(identity == key).values(**later))
        self._changed(what, str(key), {name: getattr(known, name) for name in names})

    def next_number(self, column: Column[int]) -> int:
        """The number of the next row: largest + 1, safe because one write follows another."""
        return self.connection.execute(select(func.coalesce(func.max(column), 0) + 1)).scalar_one()

    def _changed(self, what: str, subject: str, earlier: Mapping[str, object]) -> None:
        """Add an event about the registry's own records; the first of a write makes a new revision."""
        if not self._bumped:
            self.revision, self._bumped = self.revision + 1, True
        self._happened(what, subject, earlier, {})

    def _happened(self, what: str, subject: str, earlier: Mapping[str, object], details: Mapping[str, object]) -> None:
        texts = [json.dumps(each, ensure_ascii=False, default=_as_json) for each in (earlier, details)]
        happened = Event(
            self.events + 1, self.revision, self.now, what, subject, texts[0], self.actor, texts[1], digest=""
        )
        sealed = replace(happened, digest=digest_of(happened, self.digest))
        self.connection.execute(schema.history.insert(), asdict(sealed))
        self.events, self.digest = sealed.event_id, sealed.digest


class Database:
    """A database with the registry's tables, SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, actor: str = LOCAL) -> None:
        """`actor`: who makes the writes, for the history."""
        self._engine, self._actor = engine, actor
        self._reader, self._writer = engine, engine.execution_options(**{_WRITES: True})

    def acting(self, actor: str) -> Self:
        """The same database and connections, for another actor's writes."""
        return type(self)(self._engine, actor)

    @classmethod
    def open(cls, address: URL, components: Iterable[schema.Component] = (), *, create: bool) -> Self | None:
        """The database, with all migrations of `components` and of the registry applied.

        `create` False: None where there is no registry. Raises RegistryError when the database cannot be opened or is
        newer than this program.
        """
        if address.get_backend_name() == "sqlite" and address.database is not None:
            file = Path(address.database)
            if not create and not file.exists():
                return None
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise RegistryError(f"the folder {file.parent} cannot be made: {error.strerror}") from error
        with _plain_errors(address):
            database = cls(_engine(address))
            try:
                with database._reader.connect() as connection:
                    if not create and not schema.is_registry(connection):
                        return None
                schema.migrate(database._writer, datetime.now(UTC), components)
            except BaseException:
                database.close()
                raise
        return database

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; nothing can be written through it."""
        with _plain_errors(self._reader.url), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self, now: datetime) -> Iterator[Write]:
        """One transaction under the write lock: all of it is written, or nothing."""
        table = schema.registry_revision
        with _plain_errors(self._writer.url), self._writer.begin() as connection:
            known = connection.execute(select(table.c.revision, table.c.events, table.c.digest).with_for_update()).one()
            write = Write(connection, now, self._actor, *known)
            yield write
            if write.events != known.events:
                later = {"revision": write.revision, "events": write.events, "digest": write.digest}
                connection.execute(table.update(), later)


def _engine(address: URL) -> Engine:
    if address.get_backend_name() != "sqlite":
        return create_engine(address)
    # The connection that was used last comes first: its page cache is the newest.
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS}, pool_use_lifo=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # Python's driver must not begin transactions on its own
        # FULL, because a registration that was confirmed must outlive a power cut.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once, since a transaction that reads first cannot wait for it.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def _plain_errors(address: URL) -> Iterator[None]:
    """Turn errors of the database into one line."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise RegistryError(f"the registry {address.render_as_string()} cannot be used: {cause}") from error


def _as_json(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Enum):
        return value.value
    return str(value)  # days and moments
