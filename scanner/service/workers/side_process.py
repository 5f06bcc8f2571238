"""A process beside the workers, for images that users upload and look at, behind a queue that is fair to tenants."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

from scanner.engine.worker import WORKER_DIED, begin_process
from scanner.service.problems import Problem
from scanner.service.workers.fair_queue import FairQueue, Tenant
from scanner.service.workers.pool import QueueFull
from scanner.service.workers.worker_process import WorkerDied, WorkerProcess

MOST: Final = 256  # calls that wait; what waits holds no image
MOST_OF_TENANT: Final = 64  # likewise; a page of a brand shows so many references at once
RETRY_AFTER: Final = 5  # seconds
START: Final = 60.0  # seconds in which the process must have started
_NOBODY: Final = Tenant("service", "start")
_LEAST_COST: Final = 0.001  # seconds
Request = TypeVar("Request")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SideCall(Generic[Result]):
    """A call that waits for its turn."""

    ask: Callable[[], Awaitable[Result]]
    outcome: "asyncio.Future[Result]"


class SideProcess:
    """Runs one call at a time, of the tenant whose calls have taken least time.

    When the process dies, its call is tried once more; the calls that wait never notice.
    """

    def __init__(
        self,
        seconds: float,
        *,
        most: int = MOST,
        most_of_tenant: int = MOST_OF_TENANT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds`: what one call may take; the process is killed after it, whatever it does. `clock`: of costs."""
        self._seconds, self._clock = seconds, clock
        self._queue: FairQueue[SideCall[Any]] = FairQueue(most, most_of_tenant)
        self._process: WorkerProcess | None = None
        self._runner: asyncio.Task[None] | None = None
        self.deaths = 0

    @property
    def waiting(self) -> int:
        """The number of calls that wait."""
        return len(self._queue)

    def start(self) -> None:
        """Start the process if it does not run, so that the first caller need not wait for it."""
        if self._process is None and not self._queue:
            starting = self.submit(_NOBODY, int, int).outcome
            starting.add_done_callback(lambda outcome: outcome.cancelled() or outcome.exception())

    async def run(self, tenant: Tenant, work: Callable[[Request], Result], prepare: Callable[[], Request]) -> Result:
        """The outcome of `submit`."""
        return await self.submit(tenant, work, prepare).outcome

    def submit(
        self, tenant: Tenant, work: Callable[[Request], Result], prepare: Callable[[], Request]
    ) -> SideCall[Result]:
        """Queue a call: its outcome is the result of `work`, or the error that `work` or `prepare` raises.

        `work` runs in the process, on what `prepare` returns, which runs in a thread when it is the call's turn: so
        what waits holds no image. The outcome is a Problem when the image kills the process or takes too long.
        Raises Problem when too many wait.
        """

        async def ask() -> Result:
            return await self._ask(work, await asyncio.to_thread(prepare))

        call = SideCall(ask, asyncio.get_running_loop().create_future())
        self.join(tenant, call)
        return call

    def join(self, tenant: Tenant, call: SideCall[Any]) -> None:
        """Let a call that waits run at the turn of `tenant` too: it runs once, when the first turn comes.

        Raises Problem when too many wait.
        """
        try:
            self._queue.put(tenant, call)
        except QueueFull as error:
            detail = f"too many images wait to be read: try again after {RETRY_AFTER} s"
            headers = {"Retry-After": str(RETRY_AFTER)}
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "queue_full", detail, headers) from error
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop the process; calls that wait are cancelled."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        while self._queue:
            self._queue.take()[1].outcome.cancel()
        self._end()

    async def _run(self) -> None:
        while self._queue:
            tenant, call = self._queue.take()
            begun = self._clock()
            try:
                if call.outcome.done():
                    continue  # its caller is gone, or another tenant's turn came first
                result = await call.ask()
                if not call.outcome.done():
                    call.outcome.set_result(result)
            except asyncio.CancelledError:
                call.outcome.cancel()
                raise
            except Exception as error:  # the caller gets it, and the others go on
                if not call.outcome.done():
                    call.outcome.set_exception(error)
            finally:
                self._queue.charge(tenant, max(self._clock() - begun, _LEAST_COST))

    async def _ask(self, work: Callable[[Request], Result], request: Request) -> Result:
        for retried in (False, True):
            process = await self._ready()
            begun = time.monotonic()
            try:
                async with asyncio.timeout(self._seconds):
                    return await process.call(work, request)
            except (WorkerDied, TimeoutError) as error:
                self.deaths += 1
                self._end()
                quick = time.monotonic() - begun < self._seconds / 2
                if retried or not quick:  # else something else may have killed the process
                    raise _died() from error
            except asyncio.CancelledError:
                self._end()  # its answer would be taken for that of the next call
                raise
        raise AssertionError("the second time returns or raises")

    async def _ready(self) -> WorkerProcess:
        """The process, once it has started: no image is to blame if it does not."""
        if self._process is not None and self._process.is_alive:
            return self._process
        self._end()
        self._process = WorkerProcess(begin_process)
        try:
            async with asyncio.timeout(START):
                await self._process.call(int)
        except (WorkerDied, TimeoutError) as error:
            self._end()
            headers = {"Retry-After": str(RETRY_AFTER)}
            detail = "the process that reads images could not be started: try again later"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, headers) from error
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None


def _died() -> Problem:
    detail = "reading the image crashed or took too long: save it again with another program"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, WORKER_DIED, detail)
