"""A database that others write to between what a test's subject reads and what it writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from brand_index.registry.database import Database, Write


class Overtaken(Database):
    """A database in which something happens between a first read and the write that follows."""

    def __init__(self, database: Database, happens: Callable[[], object]) -> None:
        self._real, self._happens = database, happens

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._real.read() as connection:
            yield connection

    @contextmanager
    def write(self, now: datetime) -> Iterator[Write]:
        self._happens()
        with self._real.write(now) as write:
            yield write
