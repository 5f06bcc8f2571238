"""A coroutine that the service runs every so often, and at once when it is woken; nothing that it raises ends it."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

FIRST_RETRY: Final = 1.0  # seconds after the first failure; each later wait is twice as long
LAST_RETRY: Final = 30.0  # seconds at most: within a minute of its cause a failure is over
_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time in UTC, where no other clock is given."""
    return datetime.now(UTC)


def retry_seconds(failures: int, every: float) -> float:
    """Seconds to wait after `failures` (1 or more) in a row of a task that runs every `every` seconds."""
    doublings = min(failures - 1, 30)  # a float holds no power of every number of failures
    return float(min(min(FIRST_RETRY, every) * 2**doublings, LAST_RETRY))


def ends_task(error: BaseException) -> bool:
    """Whether the running task was itself asked to stop; all else that its work raises is a failure of the work.

    The work may raise SystemExit or CancelledError that come from a child process or from a call that was given up: the
    first would end the whole service, the second this task without a word.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt | GeneratorExit)


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
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.every):  # wait_for of Python 3.11 may lose a cancellation
                    await self._woken.wait()
