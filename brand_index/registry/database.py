"""Transactions on the registry's database. Each write records its events."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from urllib.parse import quote, unquote

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, select, true
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from brand_index.errors import RegistryError
from brand_index.registry import schema
from brand_index.registry.history import LOCAL, TAKEN_OVER
from brand_index.registry.schema.copying import copy_rows, copy_sqlite, filled_table
from brand_index.registry.schema.faults import line_of
from brand_index.registry.schema.sealing import is_sealed
from brand_index.registry.transaction import Record, Unlogged, Write, fetch

__all__ = ["BUSY_SECONDS", "Database", "Record", "Unlogged", "Write", "clock_of", "fetch"]

BUSY_SECONDS = 60  # how long a SQLite writer waits for other writers; a write takes milliseconds
WORTH_GIVING_BACK = 32_000_000  # bytes of a file that are free
_WRITES = "markscan_writes"  # execution option of connections that will write


class Database:
    """A database with the registry's tables, SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, actor: str = LOCAL) -> None:
        """`actor`: who makes the writes, for the history."""
        self._engine, self._actor = engine, actor
        # SQLite's read transactions see one snapshot by themselves.
        snapshot = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self._reader = engine.execution_options(**snapshot)
        self._writer = engine.execution_options(**{_WRITES: True})

    @property
    def is_shared(self) -> bool:
        """Whether several machines may use it: it is a server's, and no file."""
        return self._reader.dialect.name != "sqlite"

    @property
    def is_read_only(self) -> bool:
        """Whether its file or folder may not be written, so that it was opened for reading alone."""
        return self._reader.url.query.get("mode") == "ro"

    def refuse_read_only(self) -> None:
        """Raises RegistryError where it may not be written, before work is done in vain."""
        if self.is_read_only:
            raise RegistryError(
                f"{_name(self._reader.url)} may not be written here, for the file or its folder is read-only: change "
                "that, or use a copy of the store"
            )

    def acting(self, actor: str) -> Self:
        """The same database and connections, for another actor's writes."""
        return type(self)(self._engine, actor)

    @classmethod
    def open(cls, address: URL, components: Iterable[schema.Component] = (), *, create: bool) -> Self | None:
        """The database, with all migrations of `components` and of the registry applied.

        `create` False: None where there is no registry. One that may not be written is read as it is. Raises
        RegistryError when the database cannot be opened, is newer than this program, or is older and may not be
        written.
        """
        is_file = address.get_backend_name() == "sqlite" and "uri" not in address.query
        if is_file and address.database is not None:
            file = Path(address.database)
            if not create and not file.exists():
                return None
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise RegistryError(f"the folder {file.parent} cannot be made: {error.strerror}") from error
            address = _as_far_as_allowed(address, file)
        with _plain_errors(address):
            database = cls(_engine(address))
            try:
                with database._reader.connect() as connection:
                    if not create and not schema.is_registry(connection):
                        return None
                schema.migrate(database._writer, datetime.now(UTC), components, database._seal_migrated)
            except BaseException as error:
                database.close()
                if database.is_read_only and isinstance(error, OperationalError):
                    raise RegistryError(
                        f"{_name(address)} is of an earlier version of Markscan, and may not be written here: run "
                        "`markscan brands` once where it may, or on a copy of the store"
                    ) from error
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
        """One transaction under the write lock: all of it is written, or nothing. Raises RegistryError."""
        self.refuse_read_only()
        with (
            _plain_errors(self._writer.url),
            self._writer.begin() as connection,
            self._write_on(connection, now) as write,
        ):
            yield write

    @contextmanager
    def unlogged(self) -> Iterator[Unlogged]:
        """One transaction on what is no record, such as counters: it leaves no event, and waits for no other write.

        Raises RegistryError.
        """
        with _plain_errors(self._writer.url), self._writer.begin() as connection:
            yield Unlogged(connection)

    @contextmanager
    def snapshot(self, now: datetime, before_later_writes: Callable[[Connection], None]) -> Iterator[Connection]:
        """One consistent view, which `before_later_writes` sees while every writer waits; they go on afterwards.

        So it can take from the disk what rows name and a later write may delete. Raises RegistryError.
        """
        with self.read() as view:
            with nullcontext() if self.is_read_only else self.write(now):
                view.execute(select(schema.registry_revision.c.events))  # the view is as of now
                before_later_writes(view)
            yield view

    def give_back_space(self) -> None:
        """Make the file of SQLite smaller where that is cheap: most of it is free, and nobody uses it now.

        What is not given back is used by later writes. PostgreSQL's own vacuum does the same.
        """
        file = self._reader.url.database
        if self._reader.url.get_backend_name() != "sqlite" or self.is_read_only or file is None:
            return
        with suppress(sqlite3.Error), closing(sqlite3.connect(file, timeout=0, uri=file.startswith("file:"))) as opened:
            pages, free, size = (
                opened.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
            )
            if free * size > WORTH_GIVING_BACK and free > pages / 2:
                opened.execute("VACUUM")

    def refuse_filled(self) -> None:
        """Raises RegistryError where anything is recorded."""
        with self.read() as connection:
            name = filled_table(connection)
        if name is not None:
            raise RegistryError(
                f"{_name(self._reader.url)} is in use, for its table {name} has rows: name an empty database"
            )

    def fill_from(self, view: Connection) -> int:
        """Record what another database with the same migrations holds, as it is, in one transaction.

        Returns the number of rows. Raises RegistryError, also where anything is recorded here.
        """
        self.refuse_read_only()
        self.refuse_filled()
        with _plain_errors(self._writer.url), self._writer.begin() as connection:
            connection.execute(select(schema.registry_revision).with_for_update())
            return copy_rows(view, connection)

    def copy_to_file(self, view: Connection, file: Path) -> int | None:
        """Write what a `view` of this database sees to a new SQLite file. None: it is no SQLite database.

        Returns the number of rows. Raises RegistryError.
        """
        return copy_sqlite(view, file) if self._reader.dialect.name == "sqlite" else None

    @contextmanager
    def _write_on(self, connection: Connection, now: datetime) -> Iterator[Write]:
        table = schema.registry_revision
        known = connection.execute(select(table.c.revision, table.c.events, table.c.digest).with_for_update()).one()
        write = Write(connection, now, self._actor, *known)
        yield write
        write.finish()
        if write.events != known.events:
            later = {"revision": write.revision, "events": write.events, "digest": write.digest}
            connection.execute(table.update(), later)

    def _seal_migrated(self, connection: Connection, component: schema.Component, now: datetime) -> None:
        """Seal the rows that a component has from before rows were sealed, in the transaction that migrates it.

        Rows of a table that the log knows keep their seals: else a migration would cover up what was changed.
        """
        with self._write_on(connection, now) as write:
            tables = [table for table in component.tables if is_sealed(table) and not _is_known(connection, table)]
            count = sum(write.take_over(table, true()) for table in tables)
            # Also where there were none: then rows that are taken over later show as a second time.
            if count or (_predates_seals(connection) and not _was_taken_over(connection, component.name)):
                write.note(TAKEN_OVER, component.name, {"migration": len(component.migrations), "rows": count})


def clock_of(connection: Connection) -> datetime:
    """The time, UTC, by the clock that all who use the database share: the server's, or that of this machine."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def _is_known(connection: Connection, table: Table) -> bool:
    """Whether the log has a seal of a row of `table`."""
    seals = schema.history.c.seals
    return connection.execute(select(seals).where(seals.contains(f'"{table.name}": {{')).limit(1)).first() is not None


def _predates_seals(connection: Connection) -> bool:
    first = select(schema.history.c.seals).where(schema.history.c.event_id == 1)
    return connection.execute(first).scalar_one_or_none() == ""


def _was_taken_over(connection: Connection, component: str) -> bool:
    table = schema.history
    query = select(table.c.event_id).where(table.c.what == TAKEN_OVER, table.c.subject == component).limit(1)
    return connection.execute(query).first() is not None


def _engine(address: URL) -> Engine:
    if address.get_backend_name() != "sqlite":
        # Asked before each use, so that a server that was restarted meanwhile fails only what was in progress.
        return create_engine(address, hide_parameters=True, pool_pre_ping=True)
    may_write = address.query.get("mode") != "ro"
    # The connection that was used last comes first: its page cache is the newest.
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS}, pool_use_lifo=True, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # Python's driver must not begin transactions on its own
        if not may_write:
            return
        # FULL, because a registration that was confirmed must outlive a power cut.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once, since a transaction that reads first cannot wait for it.
        writes = may_write and connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _as_far_as_allowed(address: URL, file: Path) -> URL:
    """The same address, or one that opens the file for reading alone where it or its folder may not be written.

    SQLite's log of writes (WAL) needs a folder to write in, for readers too, unless the log is there already or the
    file is said to be immutable. Raises RegistryError where the log is there and cannot be read.
    """
    if not file.exists() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        return address
    log, shared = file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")
    how = {"mode": "ro", "uri": "true"}
    if not os.access(file.parent, os.W_OK) and not (log.exists() and shared.exists()):
        if log.exists() and log.stat().st_size > 0:
            raise RegistryError(
                f"{log} holds changes that SQLite cannot take in, because {file.parent} may not be written: open the "
                "store once where it may, such as with `markscan brands`, or copy it to where it may"
            )
        how["immutable"] = "1"
    return address.set(database=f"file:{quote(str(file.absolute()))}", query=how)


def _name(address: URL) -> str:
    """Names the database in messages."""
    if address.query.get("mode") == "ro" and address.database is not None:
        return f"the registry {unquote(address.database.removeprefix('file:'))}"
    return f"the registry {address.render_as_string()}"


@contextmanager
def _plain_errors(address: URL) -> Iterator[None]:
    """Turn errors of the database into one line."""
    try:
        yield
    except SQLAlchemyError as error:
        raise RegistryError(f"{_name(address)} cannot be used: {line_of(error)}") from error
