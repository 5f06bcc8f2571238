"""Calls that are counted in the database: by all services together, and by each limit and caller apart."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits import RateLimitItemPerHour
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from brand_index.registry.database import Database
from brand_index.store import Store
from scanner.service.accounts.call_counters import MemoryCounters, SharedCounters, is_server
from scanner.service.accounts.registry import open_registry

THREE = RateLimitItemPerHour(3)


@pytest.fixture
def database(migrated_address: str, tmp_path: Path) -> Iterator[Database]:
    with open_registry(Store(tmp_path), migrated_address) as registry:
        yield registry.database


def limiter(database: Database) -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(SharedCounters(lambda: database))


def test_two_services_count_together(database: Database) -> None:
    async def run() -> None:
        first, second = limiter(database), limiter(database)
        came = [await each.hit(THREE, "key", "k1") for each in (first, second, first, second, first)]
        assert came == [True, True, True, False, False]
        assert await second.hit(THREE, "key", "k2")

    asyncio.run(run())


def test_calls_that_come_together_do_not_all_pass(database: Database) -> None:
    async def run() -> None:
        came = await asyncio.gather(*(limiter(database).hit(THREE, "key", "k1") for _ in range(12)))
        assert came.count(True) == 3

    asyncio.run(run())


def test_what_is_left_is_told_and_can_be_forgotten(database: Database) -> None:
    async def run() -> None:
        counted = limiter(database)
        await counted.hit(THREE, "key", "k1")
        assert (await counted.get_window_stats(THREE, "key", "k1")).remaining == 2
        await counted.clear(THREE, "key", "k1")
        assert (await counted.get_window_stats(THREE, "key", "k1")).remaining == 3

    asyncio.run(run())


def test_a_registry_on_a_server_is_shared() -> None:
    assert [is_server(url) for url in (None, "sqlite:///x.db", "postgresql+psycopg://u@h/d")] == [False, False, True]


def test_a_caller_may_be_forgotten_while_old_calls_are_looked_for() -> None:
    async def run() -> None:
        counters = MemoryCounters()
        for key in ("first", "second"):
            assert await counters.acquire_entry(key, 1, 60)
        looking = counters.timer
        assert looking
        await asyncio.sleep(0)  # it looks at the first key now, and has the second on its list
        await counters.clear("second")
        await looking  # raises where the key is gone
        assert await counters.acquire_entry("second", 1, 60)

    asyncio.run(run())
