"""Calls that run one after another, in an order that is fair to tenants; where they run is their own affair."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

from scanner.service.problems import Problem
from scanner.service.workers.fair_queue import FairQueue, Tenant
from scanner.service.workers.pool import QueueFull

MOST: Final = 256  # calls that wait; what waits holds no image
MOST_OF_TENANT: Final = 64  # likewise; a page of a brand shows so many references at once
RETRY_AFTER: Final = 5  # seconds
_LEAST_COST: Final = 0.001  # seconds
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class FairCall(Generic[Result]):
    """A call that waits for its turn."""

    ask: Callable[[], Awaitable[Result]]
    outcome: "asyncio.Future[Result]"


class FairCalls:
    """Runs one call at a time, of the tenant whose calls have taken least time."""

    def __init__(
        self, *, most: int = MOST, most_of_tenant: int = MOST_OF_TENANT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock`: of costs."""
        self._clock = clock
        self._queue: FairQueue[FairCall[Any]] = FairQueue(most, most_of_tenant)
        self._runner: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """The number of calls that wait."""
        return len(self._queue)

    def queue(self, tenant: Tenant, ask: Callable[[], Awaitable[Result]]) -> FairCall[Result]:
        """Queue a call: when it is its turn, its outcome is the result of what `ask` returns, or the error it raises.

        Raises Problem when too many wait.
        """
        call = FairCall(ask, asyncio.get_running_loop().create_future())
        self.join(tenant, call)
        return call

    def join(self, tenant: Tenant, call: FairCall[Any]) -> None:
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
        """Cancel the call that runs and those that wait."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        while self._queue:
            self._queue.take()[1].outcome.cancel()

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
