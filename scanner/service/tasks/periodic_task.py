"""A coroutine that the service runs every so often, and at once when it is woken; nothing that it raises ends it."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from scanner.service.retrying import ends_task, retry_seconds

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time in UTC, where no other clock is given."""
    return datetime.now(UTC)


class PeriodicTask:
    """Runs from `start` to `close`, one run after another, the first at once."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        every: float,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`every` seconds `work` runs again; the log calls it `name`."""
        self.name, self.every = name, every
        self.may_run: Callable[[], bool] = lambda: True  # asked before each run; False: it is left to another service
        self.last_success: datetime | None = None  # None: no run has succeeded yet
        self.failures = 0  # since the last success
        self._since: datetime | None = None  # without a success, while it fails or runs; None: all is well
        self._work, self._clock = work, clock
        self._woken = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to run."""
        self._loop = asyncio.create_task(self._run(), name=self.name)

    def wake(self) -> None:
        """Run at once, or once more where a run is under way. Waking does not shorten the wait after a failure."""
        self._woken.set()

    def without_success(self, now: datetime) -> timedelta:
        """For how long it has failed, or has been in one run; zero while it waits for its next run after a success."""
        return timedelta(0) if self._since is None else max(timedelta(0), now - self._since)

    async def close(self) -> None:
        """Stop; a run that is under way is cancelled."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            if not self.may_run():
                self.failures, self._since = 0, None
                await self._wait()
                continue
            self._since = self._since or self._clock()
            try:
                await self._work()
            except BaseException as error:
                if ends_task(error):
                    raise
                self.failures += 1
                wait = retry_seconds(self.failures, self.every)
                _log.exception("%s failed; next run in %g s", self.name, wait, extra={"failures": self.failures})
                await asyncio.sleep(wait)
                continue
            self.failures, self.last_success, self._since = 0, self._clock(), None
            await self._wait()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.every):  # wait_for of Python 3.11 may lose a cancellation
                await self._woken.wait()
