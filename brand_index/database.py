"""Transactions on the registry's database: who may write, and what each write leaves behind; no rights in it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import Field, asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar

from sqlalchemy import URL, Column, Connection, Engine, Select, Table, create_engine, event, func, select
from sqlalchemy.exc import SQLAlchemyError

from brand_index import schema
from brand_index.errors import RegistryError

BUSY_SECONDS = 60  # how long a SQLite writer waits for the others; one write takes milliseconds
_WRITES = "markscan_writes"  # execution option of connections that will write


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Record = TypeVar("Record", bound=_Dataclass)
"""A record whose fields are the columns of its table."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a write did. What it made is in the records, what it replaced in `earlier`."""

    event_id: int
    revision: int
    at: datetime  # UTC
    what: str  # such as "brand changed"
    subject: str  # slug, reference id, or the number of another record
    earlier: str  # JSON object of the values that were replaced; "{}": none were


def fetch(connection: Connection, record: type[Record], query: Select[Any]) -> tuple[Record, ...]:
    """The rows of `query` as records, in its order."""
    return tuple(record(**row._mapping) for row in connection.execute(query))


class Write:
    """An open write. Every change goes through it, so that none is without its event."""

    def __init__(self, connection: Connection, revision: int, now: datetime) -> None:
        self.connection = connection
        self.revision = revision  # that this write will make, if it changes something
        self.now = now
        self.changed = False

    def insert(self, table: Table, record: _Dataclass, what: str, subject: str) -> None:
        """Add a row."""
        self.connection.execute(table.insert().values(**asdict(record)))
        self._happened(what, subject, {})

    def change(self, identity: Column[Any], known: Record, wanted: Record, what: str) -> None:
        """Replace what differs in the row with this identity, and keep the earlier values in the history."""
        names = [name for name in known.__dataclass_fields__ if getattr(known, name) != getattr(wanted, name)]
        if not names:
            return
        key = getattr(known, identity.name)
        later = {name: getattr(wanted, name) for name in names}
        self.connection.execute(identity.table.update().where(identity == key).values(**later))
        self._happened(what, str(key), {name: getattr(known, name) for name in names})

    def next_number(self, column: Column[int]) -> int:
        """The number of the next row: largest + 1, safe because writes come one after another."""
        return self.connection.execute(select(func.coalesce(func.max(column), 0) + 1)).scalar_one()

    def _happened(self, what: str, subject: str, earlier: dict[str, Any]) -> None:
        number = self.next_number(schema.history.c.event_id)
        text = json.dumps(earlier, ensure_ascii=False, default=_as_json)
        happened = Event(number, self.revision, self.now, what, subject, text)
        self.connection.execute(schema.history.insert().values(**asdict(happened)))
        self.changed = True


class Database:
    """A database with the registry's tables, SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._reader = engine
        self._writer = engine.execution_options(**{_WRITES: True})

    @classmethod
    def open(cls, address: URL, *, create: bool) -> Self | None:
        """The database, with all migrations applied; None if it is not there and may not be made.

        Raises RegistryError if it cannot be opened or is newer than this program.
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
                    if schema.schema_version(connection) == 0 and not create:
                        return None
                schema.migrate(database._writer, datetime.now(UTC))
            except BaseException:
                database.close()
                raise
        return database

    def close(self) -> None:
        """Let go of all connections."""
        self._reader.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; nothing can be written through it."""
        with _plain_errors(self._reader.url), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self, now: datetime) -> Iterator[Write]:
        """One transaction under the write lock. The revision is bumped by one if the body changed something."""
        table = schema.registry_revision
        with _plain_errors(self._writer.url), self._writer.begin() as connection:
            revision = connection.execute(select(table.c.revision).with_for_update()).scalar_one()
            write = Write(connection, revision + 1, now)
            yield write
            if write.changed:
                connection.execute(table.update().values(revision=write.revision))


def _engine(address: URL) -> Engine:
    if address.get_backend_name() != "sqlite":
        return create_engine(address)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # Python's driver must not begin transactions by itself
        # FULL, because a registration that was confirmed must outlive a power cut.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: a transaction that read first could not wait for it.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def _plain_errors(address: URL) -> Iterator[None]:
    """Say in one line what the database would not do."""
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
