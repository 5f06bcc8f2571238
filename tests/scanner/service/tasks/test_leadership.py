"""Of services that share a registry one leads at a time; another does once it ends, or dies."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from brand_index.registry.database import Database
from brand_index.store import Store
from scanner.service.accounts.registry import open_registry
from scanner.service.tasks.leadership import Leadership
from scanner.service.tasks.periodic_task import PeriodicTask

SHORT = timedelta(seconds=0.6)


class Shared(Database):
    """A database in SQLite that passes for a server's."""

    is_shared = True


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Database]:
    with open_registry(Store(tmp_path)) as registry:
        yield Shared(registry.database._engine)


def test_with_a_file_each_leads(tmp_path: Path) -> None:
    with open_registry(Store(tmp_path)) as registry:
        assert Leadership(registry.database, SHORT).leads()


def test_the_first_leads_and_the_second_once_the_first_has_ended(shared: Database) -> None:
    async def run() -> None:
        first, second = Leadership(shared, SHORT), Leadership(shared, SHORT)
        await first.begin()
        await second.begin()
        assert (first.leads(), second.leads()) == (True, False)
        await asyncio.sleep(2 * SHORT.total_seconds())  # renewed meanwhile
        assert (first.leads(), second.leads()) == (True, False)
        await first.close()
        await asyncio.sleep(SHORT.total_seconds())
        assert second.leads()
        await second.close()

    asyncio.run(run())


def test_one_that_cannot_renew_its_lease_leads_no_longer_and_another_does(shared: Database) -> None:
    async def run() -> None:
        first, second = Leadership(shared, SHORT), Leadership(shared, SHORT)
        await first.begin()
        await first.task.close()  # as where its machine was cut off
        await second.begin()
        await asyncio.sleep(2 * SHORT.total_seconds())
        assert (first.leads(), second.leads()) == (False, True)
        await second.close()

    asyncio.run(run())


def test_tasks_run_while_their_service_leads_alone(shared: Database) -> None:
    async def run() -> None:
        ran = {"first": 0, "second": 0}
        leaderships = {name: Leadership(shared, SHORT) for name in ran}
        tasks = []
        for name, leadership in leaderships.items():

            async def work(name: str = name) -> None:
                ran[name] += 1

            tasks.append(PeriodicTask(name, work, 3600.0))
            leadership.guard(tasks[-1])
            await leadership.begin()
            tasks[-1].start()
        await asyncio.sleep(0.05)
        assert ran == {"first": 1, "second": 0}
        await leaderships["first"].close()
        await asyncio.sleep(2 * SHORT.total_seconds())
        assert ran == {"first": 1, "second": 1}, "it is woken as it begins to lead, not an hour later"
        for task in tasks:
            await task.close()
        await leaderships["second"].close()

    asyncio.run(run())
