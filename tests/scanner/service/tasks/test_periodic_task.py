"""A periodic task runs at its interval and at once when woken, and goes on after failures."""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime

import pytest

from scanner.service.retrying import FIRST_RETRY, LAST_RETRY, retry_seconds
from scanner.service.tasks.periodic_task import PeriodicTask

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = 3600.0


class Work:
    """Counts its runs; runs with these numbers fail, counted from 1."""

    def __init__(self, *failing: int) -> None:
        self.runs, self._failing = 0, failing

    async def __call__(self) -> None:
        self.runs += 1
        if self.runs in self._failing:
            raise RuntimeError(f"run {self.runs} broke")

    async def reaches(self, runs: int) -> None:
        """Return after so many runs."""
        while self.runs < runs:
            await asyncio.sleep(0.005)


def running(task: PeriodicTask, use: Callable[[], Awaitable[None]]) -> None:
    """Run `use` while the task runs."""

    async def go() -> None:
        task.start()
        try:
            await asyncio.wait_for(use(), 30)
        finally:
            await task.close()

    asyncio.run(go())


def test_it_runs_at_once_and_then_every_so_often() -> None:
    work = Work()
    running(PeriodicTask("work", work, 0.01), lambda: work.reaches(3))
    assert work.runs >= 3


def test_it_runs_again_as_soon_as_it_is_woken() -> None:
    work = Work()
    task = PeriodicTask("work", work, HOUR)

    async def use() -> None:
        await work.reaches(1)
        task.wake()
        await work.reaches(2)

    running(task, use)
    assert work.runs == 2


def test_what_wakes_it_during_a_run_is_not_forgotten() -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            task.wake()

    async def use() -> None:
        while runs < 2:
            await asyncio.sleep(0.005)

    task = PeriodicTask("work", work, HOUR)
    running(task, use)
    assert runs == 2


def test_a_failure_is_logged_with_its_traceback_and_the_task_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(1, 2)
    task = PeriodicTask("work", work, 0.01, clock=lambda: NOON)
    with caplog.at_level(logging.ERROR):
        running(task, lambda: work.reaches(4))
    first, second = caplog.records
    assert "work failed" in first.getMessage()
    assert first.exc_text is not None
    assert "run 1 broke" in first.exc_text
    assert "run 2 broke" in str(second.exc_text)
    assert (task.failures, task.last_success) == (0, NOON)


@pytest.mark.parametrize(
    "raised",
    [
        SystemExit(1),  # a child process that ended so hands it on
        asyncio.CancelledError(),  # a call that somebody else gave up
        BrokenProcessPool("the child was killed"),
        MemoryError(),
        OSError(errno.ENOSPC, "No space left on device"),
        RecursionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_nothing_that_the_work_raises_ends_the_task(raised: BaseException) -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise raised

    task = PeriodicTask("work", work, 0.01)

    async def use() -> None:
        while task.last_success is None:
            assert task._loop is not None
            assert not task._loop.done()
            await asyncio.sleep(0.005)

    running(task, use)
    assert runs >= 2


def test_it_counts_failures_and_waits_after_one_whoever_wakes_it() -> None:
    work = Work(1)
    task = PeriodicTask("work", work, HOUR)

    async def use() -> None:
        await work.reaches(1)
        for _ in range(5):
            task.wake()
            await asyncio.sleep(0.01)

    running(task, use)
    assert (work.runs, task.failures, task.last_success) == (1, 1, None)


@pytest.mark.parametrize(
    ("every", "waits"), [(HOUR, [1, 2, 4, 8, 16, 30, 30, 30]), (0.25, [0.25, 0.5, 1, 2, 4, 8, 16, 30])]
)
def test_waits_after_failures_double_up_to_half_a_minute(every: float, waits: list[float]) -> None:
    assert [retry_seconds(failures, every) for failures in range(1, 9)] == waits
    assert retry_seconds(10_000, every) == LAST_RETRY
    assert retry_seconds(1, HOUR) == FIRST_RETRY


def test_when_it_is_closed_a_run_under_way_is_cancelled() -> None:
    cancelled = False

    async def work() -> None:
        nonlocal cancelled
        try:
            await asyncio.sleep(HOUR)
        except asyncio.CancelledError:
            cancelled = True
            raise

    running(PeriodicTask("work", work, HOUR), lambda: asyncio.sleep(0.01))
    assert cancelled


@pytest.mark.parametrize("turns", range(6))
def test_it_closes_though_it_is_woken_at_that_moment(turns: int) -> None:
    work = Work()

    async def go() -> None:
        task = PeriodicTask("work", work, HOUR)
        task.start()
        await work.reaches(1)
        await asyncio.sleep(0.01)
        task.wake()
        for _ in range(turns):  # of the event loop
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await task.close()
        closed.append(turns)

    closed = list[int]()
    asyncio.run(go())
    assert closed == [turns]
