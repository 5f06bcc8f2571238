"""A worker process answers calls of any size; callers learn of its death."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import pytest

from brand_index.store import Store
from scanner.engine.worker import begin_worker
from scanner.service.workers.worker_process import WorkerDied, WorkerProcess, WorkFailed
from scanner.settings import Settings

Result = TypeVar("Result")
MUCH = 20_000_000  # bytes: no socket holds so many

Asked = Callable[[Callable[[WorkerProcess], Awaitable[Result]]], Result]


@pytest.fixture
def asked(store: Store, settings: Settings) -> Asked[Result]:
    """Runs a function with a worker process."""

    def with_process(ask: Callable[[WorkerProcess], Awaitable[Result]]) -> Result:
        async def opened() -> Result:
            process = WorkerProcess(partial(begin_worker, store, settings))
            try:
                return await asyncio.wait_for(ask(process), 60)
            finally:
                process.kill()

        return asyncio.run(opened())

    return with_process


def test_a_question_may_be_long(asked: Asked[int]) -> None:
    assert asked(lambda process: process.call(len, b"x" * MUCH)) == MUCH


def test_an_answer_may_be_long(asked: Asked[bytes]) -> None:
    assert asked(lambda process: process.call(bytes, MUCH)) == bytes(MUCH)


def test_an_error_reaches_the_caller_and_the_process_goes_on(asked: Asked[int]) -> None:
    async def ask(process: WorkerProcess) -> int:
        with pytest.raises(WorkFailed, match="invalid literal"):
            await process.call(int, "no number")
        return await process.call(int, "5")

    assert asked(ask) == 5


def test_a_process_that_ends_before_it_answers_has_died(asked: Asked[None]) -> None:
    async def ask(process: WorkerProcess) -> None:
        for _ in range(2):
            with pytest.raises(WorkerDied):
                await process.call(os._exit, 3)
        assert not process.is_alive

    asked(ask)


def test_a_process_that_dies_while_it_is_asked_has_died(asked: Asked[None]) -> None:
    async def ask(process: WorkerProcess) -> None:
        call = asyncio.create_task(process.call(len, b"x" * MUCH))  # the process still loads its index
        await asyncio.sleep(0.1)
        process._process.kill()
        with pytest.raises(WorkerDied):
            await call

    asked(ask)


def test_a_process_that_nobody_can_ask_any_more_ends(asked: Asked[int | None]) -> None:
    async def ask(process: WorkerProcess) -> int | None:
        await process.call(int)
        process._socket.close()
        await asyncio.to_thread(process._process.join, 30)
        return process._process.exitcode

    assert asked(ask) == 0
