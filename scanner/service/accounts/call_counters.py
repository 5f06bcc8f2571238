"""Counters of calls in the registry's database, so that services that share it share their limits."""

import math
from collections.abc import Callable
from typing import Any, Final

from anyio import to_thread
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.storage.base import SlidingWindowCounterSupport
from limits.aio.strategies import MovingWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter
from sqlalchemy import Connection, make_url, select, true

from brand_index.registry.database import Database, Unlogged, clock_of
from scanner.service.accounts.tables import call_counters

SWEPT_EVERY: Final = 1_000  # calls, after which what no window needs is deleted


def is_server(url: str | None) -> bool:
    """Whether the registry at this URL (None: SQLite in the store) is one that services share, as Database says it."""
    return bool(url) and make_url(url or "").get_backend_name() != "sqlite"


def counters_of(database: Callable[[], Database], *, shared: bool) -> Storage:
    """Where to count calls: in a database that services share, else in memory. `database` is asked at each call."""
    return SharedCounters(database) if shared else MemoryCounters()


def limiter_of(database: Database) -> RateLimiter:
    """The limiter of calls without a key."""
    if database.is_shared:
        return SlidingWindowCounterRateLimiter(counters_of(lambda: database, shared=True))
    return MovingWindowRateLimiter(MemoryCounters())


class MemoryCounters(MemoryStorage):
    """The storage of limits in memory, which looks through all keys for what is old while calls go on."""

    async def clear(self, key: str) -> None:
        """Forget the calls of a key, but not that there is one: the look through all keys fails where one is gone."""
        await super().clear(key)
        self.events[key] = []


class SharedCounters(Storage, SlidingWindowCounterSupport):
    """A storage of limits for its sliding windows of counters: the present window, and a part of that before.

    Raises RegistryError where the database cannot be used.
    """

    STORAGE_SCHEME = None  # it is not made by an address

    def __init__(self, database: Callable[[], Database]) -> None:
        super().__init__()
        self._database, self._calls = database, 0

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """None of its own."""
        return ()

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` calls, unless that would be more than `limit` in `expiry` seconds; then return False."""
        return await to_thread.run_sync(self._acquire, key, limit, expiry, amount)

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """The calls of the window before, the seconds that it still counts, and the same of the present one."""
        return await to_thread.run_sync(self._get, key, expiry)

    async def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget the calls of both windows."""
        await self.clear(key)

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count calls in the present window, and return how many it has."""

        def counted() -> int:
            with self._database().unlogged() as write:
                return _count(write, key, *_window(write.connection, expiry), amount, expiry)

        return await to_thread.run_sync(counted)

    async def get(self, key: str) -> int:
        """The calls of all windows that are counted."""
        query = select(call_counters.c.calls).where(call_counters.c.counted == key)
        return int(sum(await to_thread.run_sync(self._values, query)))

    async def get_expiry(self, key: str) -> float:
        """When the last window of this key counts no longer, as seconds since 1970."""
        query = select(call_counters.c.expires).where(call_counters.c.counted == key)
        return max(await to_thread.run_sync(self._values, query), default=0.0)

    async def check(self) -> bool:
        """True: a database that cannot be used raises at each call."""
        return True

    async def reset(self) -> int | None:
        """Forget all calls, and return how many windows there were."""

        def deleted() -> int:
            with self._database().unlogged() as write:
                return write.delete(call_counters, true())

        return await to_thread.run_sync(deleted)

    async def clear(self, key: str) -> None:
        """Forget the calls of a key."""

        def delete() -> None:
            with self._database().unlogged() as write:
                write.delete(call_counters, call_counters.c.counted == key)

        await to_thread.run_sync(delete)

    def _acquire(self, key: str, limit: int, expiry: int, amount: int) -> bool:
        self._calls += 1
        with self._database().unlogged() as write:
            window, now = _window(write.connection, expiry)
            if self._calls % SWEPT_EVERY == 0:
                write.delete(call_counters, call_counters.c.expires < now)
            # Counting locks the row, so that calls that come together do not all pass.
            present = _count(write, key, window, now, amount, expiry)
            before = _calls(write.connection, key, window - 1)
            if math.floor(before * (window + 1 - now / expiry) + present) <= limit:
                return True
            _count(write, key, window, now, -amount, expiry)
            return False

    def _get(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        with self._database().read() as connection:
            window, now = _window(connection, expiry)
            before, present = (_calls(connection, key, each) for each in (window - 1, window))
            left = (window + 1) * expiry - now
            return before, left if before else 0.0, present, left + expiry

    def _values(self, query: Any) -> list[Any]:
        with self._database().read() as connection:
            return list(connection.execute(query).scalars())


def _window(connection: Connection, expiry: int) -> tuple[int, float]:
    """The number of the present window, and the time, as seconds since 1970, by the clock that all services share."""
    now = clock_of(connection).timestamp()
    return int(now // expiry), now


def _count(write: Unlogged, key: str, window: int, now: float, amount: int, expiry: int) -> int:
    row = {"counted": key, "window": window, "calls": amount, "expires": now + 2 * expiry}
    counted = write.add(call_counters, row, {"calls": call_counters.c.calls + amount})
    assert counted is not None, "a row that is there is changed"
    return int(counted.calls)


def _calls(connection: Connection, key: str, window: int) -> int:
    query = select(call_counters.c.calls).where(call_counters.c.counted == key, call_counters.c.window == window)
    return int(connection.execute(query).scalar_one_or_none() or 0)
