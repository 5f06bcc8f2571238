"""The side process serves tenants in turn; when an image kills it, those who wait are served by the next one."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from brand_index.errors import TruncatedImage
from scanner.service.problems import Problem
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.side_process import SideProcess
from scanner.service.workers.worker_process import WorkFailed

Result = TypeVar("Result")
ACME, BOLT, EVIL = (Tenant("brands", name) for name in ("acme", "bolt", "evil"))


def used(
    use: Callable[[SideProcess], Awaitable[Result]], seconds: float = 30.0, most: int = 99, most_of_tenant: int = 99
) -> Result:
    """The result of `use` with a side process."""

    async def opened() -> Result:
        side_process = SideProcess(seconds, most=most, most_of_tenant=most_of_tenant)
        try:
            return await asyncio.wait_for(use(side_process), 60)
        finally:
            await side_process.close()

    return asyncio.run(opened())


def die_once(marker: str) -> str:
    """In the process: die, but not when it is tried again."""
    if Path(marker).exists():
        return "done"
    Path(marker).touch()
    os._exit(3)


def refuse(text: str) -> None:
    """In the process: raise an error of the image."""
    raise TruncatedImage(text)


def test_what_kills_the_process_fails_alone_and_those_who_wait_are_served() -> None:
    async def use(side_process: SideProcess) -> list[Any]:
        poison = side_process.run(EVIL, os._exit, lambda: 3)
        waiting = (side_process.run(ACME, int, partial(str, number)) for number in range(3))
        outcomes = await asyncio.gather(poison, *waiting, return_exceptions=True)
        assert side_process.deaths == 2, "it was tried once more, and not for ever"
        return outcomes

    poison, *waiting = used(use)
    assert isinstance(poison, Problem)
    assert (poison.status, poison.code) == (422, "worker_died")
    assert waiting == [0, 1, 2]


def test_an_image_is_not_to_blame_for_one_death(tmp_path: Path) -> None:
    assert used(lambda each: each.run(ACME, die_once, lambda: str(tmp_path / "died"))) == "done"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_process_that_somebody_kills_while_it_is_idle_costs_no_image() -> None:
    async def use(side_process: SideProcess) -> tuple[int, int]:
        await side_process.run(ACME, int, lambda: "1")
        for child in multiprocessing.active_children():
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
        return await side_process.run(ACME, int, lambda: "2"), side_process.deaths

    assert used(use)[0] == 2


def test_what_takes_too_long_is_ended_and_not_tried_again() -> None:
    async def use(side_process: SideProcess) -> tuple[Any, int, int]:
        await side_process.run(ACME, int, lambda: "1")  # it has started
        slow, after = await asyncio.gather(
            side_process.run(EVIL, time.sleep, lambda: 600.0),
            side_process.run(ACME, int, lambda: "7"),
            return_exceptions=True,
        )
        return slow, int(str(after)), side_process.deaths

    slow, after, deaths = used(use, seconds=3.0)
    assert isinstance(slow, Problem)
    assert (after, deaths) == (7, 1)


def test_a_tenant_with_many_calls_does_not_delay_another() -> None:
    async def use(side_process: SideProcess) -> list[str]:
        order: list[str] = []

        async def ask(tenant: Tenant, name: str) -> None:
            await side_process.run(tenant, time.sleep, lambda: 0.05)
            order.append(name)

        many = [asyncio.create_task(ask(EVIL, "evil")) for _ in range(8)]
        await asyncio.sleep(0)
        await asyncio.gather(ask(BOLT, "bolt"), *many)
        return order

    assert used(use).index("bolt") <= 1


def test_what_a_call_took_is_charged_to_its_tenant() -> None:
    now = 0.0

    async def use() -> list[str]:
        side_process = SideProcess(30.0, clock=lambda: now)
        order: list[str] = []

        async def ask(tenant: Tenant, cost: float) -> None:
            def prepare() -> str:
                nonlocal now
                now += cost
                return "1"

            await side_process.run(tenant, int, prepare)
            order.append(tenant.name)

        calls = [*((EVIL, 4.5) for _ in range(2)), *((BOLT, 1.0) for _ in range(6))]
        await asyncio.gather(*(ask(*call) for call in calls))
        await side_process.close()
        return order

    assert asyncio.run(use()) == ["evil", *["bolt"] * 5, "evil", "bolt"]


def own_process(_: str) -> int:
    return os.getpid()


def test_the_first_call_finds_a_process_that_was_started_before() -> None:
    async def use(side_process: SideProcess) -> tuple[list[int | None], int]:
        side_process.start()
        side_process.start()
        while not (started := multiprocessing.active_children()):
            await asyncio.sleep(0.01)
        return [each.pid for each in started], await side_process.run(ACME, own_process, str)

    started, used_process = used(use)
    assert started == [used_process]


def test_nothing_is_in_memory_before_its_turn() -> None:
    async def use(side_process: SideProcess) -> list[int]:
        begun: list[int] = []

        def prepare(number: int) -> str:
            begun.append(number)
            return str(number)

        calls = [side_process.submit(ACME, int, partial(prepare, number)).outcome for number in range(5)]
        await calls[0]
        assert 4 not in begun
        await asyncio.gather(*calls)
        return begun

    assert used(use) == [0, 1, 2, 3, 4]


def test_a_call_that_finds_no_room_learns_when_to_retry() -> None:
    async def use(side_process: SideProcess) -> list[Problem]:
        first = side_process.submit(ACME, int, lambda: "1")
        refused = []
        with pytest.raises(Problem) as of_tenant:
            side_process.submit(ACME, int, lambda: "2")
        refused.append(of_tenant.value)
        other = side_process.submit(BOLT, int, lambda: "3")
        with pytest.raises(Problem) as of_all:
            side_process.submit(EVIL, int, lambda: "4")
        refused.append(of_all.value)
        assert [await first.outcome, await other.outcome] == [1, 3]
        return refused

    for problem in used(use, most=2, most_of_tenant=1):
        assert (problem.status, problem.code) == (503, "queue_full")
        assert int(problem.headers["Retry-After"]) >= 1


def test_an_error_of_the_image_is_raised_and_a_mistake_of_the_program_ends_nothing() -> None:
    async def use(side_process: SideProcess) -> int:
        with pytest.raises(TruncatedImage, match="breaks off"):
            await side_process.run(ACME, refuse, lambda: "breaks off")
        with pytest.raises(WorkFailed, match="invalid literal"):
            await side_process.run(ACME, int, lambda: "no number")
        with pytest.raises(FileNotFoundError):
            await side_process.run(ACME, len, Path("/nowhere/at all").read_bytes)
        assert side_process.deaths == 0
        return await side_process.run(ACME, int, lambda: "5")

    assert used(use) == 5


def test_a_caller_that_is_gone_costs_nothing_and_delays_nobody() -> None:
    async def use(side_process: SideProcess) -> tuple[int, list[int]]:
        begun: list[int] = []
        gone = asyncio.create_task(side_process.run(EVIL, int, lambda: begun.append(1) or "1"))  # type: ignore[func-returns-value]
        first = asyncio.create_task(side_process.run(ACME, int, lambda: "2"))
        await asyncio.sleep(0)
        gone.cancel()
        return await first, begun

    assert used(use) == (2, [])


def test_calls_that_wait_end_with_the_process() -> None:
    async def use() -> list[Any]:
        side_process = SideProcess(30.0)
        calls = [side_process.submit(ACME, time.sleep, lambda: 600.0).outcome for _ in range(3)]
        await asyncio.sleep(0.05)
        await side_process.close()
        return await asyncio.gather(*calls, return_exceptions=True)

    assert all(isinstance(each, asyncio.CancelledError) for each in asyncio.run(use()))
