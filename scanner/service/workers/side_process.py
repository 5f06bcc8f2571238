"""A process beside the workers, for images that users upload and look at, behind a queue that is fair to tenants."""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeVar

from scanner.engine.worker import WORKER_DIED, begin_process
from scanner.service.problems import Problem
from scanner.service.workers.fair_calls import MOST, MOST_OF_TENANT, RETRY_AFTER, FairCall, FairCalls
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.worker_process import WorkerDied, WorkerProcess

START: Final = 60.0  # seconds in which the process must have started
_NOBODY: Final = Tenant("service", "start")
Request = TypeVar("Request")
Result = TypeVar("Result")


class SideProcess(FairCalls):
    """Runs the calls in a process. When it dies, its call is tried once more; the calls that wait never notice."""

    def __init__(
        self,
        seconds: float,
        *,
        most: int = MOST,
        most_of_tenant: int = MOST_OF_TENANT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds`: what one call may take; the process is killed after it, whatever it does. `clock`: of costs."""
        super().__init__(most=most, most_of_tenant=most_of_tenant, clock=clock)
        self._seconds = seconds
        self._process: WorkerProcess | None = None
        self.deaths = 0

    def start(self) -> None:
        """Start the process if it does not run, so that the first caller need not wait for it."""
        if self._process is None and not self.waiting:
            starting = self.submit(_NOBODY, int, int).outcome
            starting.add_done_callback(lambda outcome: outcome.cancelled() or outcome.exception())

    async def run(self, tenant: Tenant, work: Callable[[Request], Result], prepare: Callable[[], Request]) -> Result:
        """The outcome of `submit`."""
        return await self.submit(tenant, work, prepare).outcome

    def submit(
        self, tenant: Tenant, work: Callable[[Request], Result], prepare: Callable[[], Request]
    ) -> FairCall[Result]:
        """Queue a call: its outcome is the result of `work`, or the error that `work` or `prepare` raises.

        `work` runs in the process, on what `prepare` returns, which runs in a thread when it is the call's turn: so
        what waits holds no image. The outcome is a Problem when the image kills the process or takes too long.
        Raises Problem when too many wait.
        """

        async def ask() -> Result:
            return await self._ask(work, await asyncio.to_thread(prepare))

        return self.queue(tenant, ask)

    async def close(self) -> None:
        """Stop the process; calls that wait are cancelled."""
        await super().close()
        self._end()

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
