"""When to try again after a failure, and what counts as one."""

import asyncio
from typing import Final

FIRST_RETRY: Final = 1.0  # seconds after the first failure; each later wait is twice as long
LAST_RETRY: Final = 30.0  # seconds at most: within a minute of its cause a failure is over


def retry_seconds(failures: int, every: float = LAST_RETRY) -> float:
    """Seconds to wait after `failures` (1 or more) in a row of a task that runs every `every` seconds."""
    doublings = min(failures - 1, 30)  # a float holds no power of every number of failures
    return float(min(min(FIRST_RETRY, every) * 2**doublings, LAST_RETRY))


def ends_task(error: BaseException) -> bool:
    """Whether the running task was itself cancelled; all else that its work raises is a failure of the work.

    The work may raise SystemExit or CancelledError that come from a child process or from a call that was given up: the
    first would end the whole service, the second this task without a word.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt | GeneratorExit)
