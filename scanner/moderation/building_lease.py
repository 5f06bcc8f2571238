"""The lease on building: one process of a shared store builds, merges and publishes indexes, and purges."""

import contextlib
import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import Column, Table, Text, and_, or_, select

from brand_index.registry.database import Database, clock_of
from brand_index.registry.schema import UTCDateTime, metadata

LEASE: Final = "building"
LENGTH: Final = timedelta(seconds=60)  # of a command's lease
_log = logging.getLogger(__name__)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),  # the machine and process, and what tells it from an earlier one
    Column("until", UTCDateTime, nullable=False),  # by the database's clock
)


def new_holder() -> str:
    """A name for this process that no other has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def take_lease(database: Database, holder: str, length: timedelta) -> bool:
    """Take the lease for `length`, or renew it; False: another holds it. Raises RegistryError.

    It can be taken from a holder that has not renewed it in time.
    """
    with database.unlogged() as write:
        now = clock_of(write.connection)
        values = {"holder": holder, "until": now + length}
        free = and_(leases.c.name == LEASE, or_(leases.c.holder == holder, leases.c.until < now))
        return bool(write.update(leases, free, values) or write.add(leases, {"name": LEASE, **values}, {}))


def release_lease(database: Database, holder: str) -> None:
    """Let another take the lease at once, if `holder` has it. Raises RegistryError."""
    with database.unlogged() as write:
        write.delete(leases, and_(leases.c.name == LEASE, leases.c.holder == holder))


def lease_holder(database: Database) -> str | None:
    """Who holds the lease; None: nobody does. Raises RegistryError."""
    with database.read() as connection:
        known = connection.execute(select(leases).where(leases.c.name == LEASE)).one_or_none()
        return None if known is None or known.until < clock_of(connection) else str(known.holder)


@contextlib.contextmanager
def lease_held(database: Database, length: timedelta = LENGTH) -> Iterator[bool]:
    """Hold the lease in the block, renewed by a thread; yields False where another holds it. Raises RegistryError."""
    holder, over = new_holder(), threading.Event()
    if not take_lease(database, holder, length):
        yield False
        return

    def renew() -> None:
        while not over.wait(length.total_seconds() / 3):
            try:
                take_lease(database, holder, length)
            except Exception:  # another may take it over: then this process publishes nothing
                _log.exception("the lease on building was not renewed")

    renewing = threading.Thread(target=renew, daemon=True)
    renewing.start()
    try:
        yield True
    finally:
        over.set()
        renewing.join()
        release_lease(database, holder)
