"""Opens the parts of the service while the server answers already, and tries again where that fails."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Self

from starlette.datastructures import State

from scanner.service.retrying import ends_task, retry_seconds
from scanner.service.service import Service

Say = Callable[[str], None]
_log = logging.getLogger(__name__)


class Opening:
    """Opens the service inside its block, keeps it in the application's state while it is open, and closes it."""

    def __init__(self, state: State, opened: Callable[[Say], AbstractAsyncContextManager[Service]]) -> None:
        """`opened` opens the service; it says why that takes time to the function that it gets."""
        self._state, self._opened = state, opened
        self._state.service, self._state.why_closed = None, "The service starts."
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to open."""
        self._task = asyncio.create_task(self._run(), name="opening")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close what is open; what is being opened is given up."""
        assert self._task is not None
        self._closing.set()
        if self._state.service is None:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        while not self._closing.is_set():
            try:
                async with self._opened(self._say) as self._state.service:
                    _log.info("the service is open")
                    await self._closing.wait()
            except BaseException as error:
                if ends_task(error):
                    raise
                failures += 1
                wait = retry_seconds(failures)
                _log.exception("the service could not be opened; next attempt in %g s", wait)
                self._say("The service could not be opened. Its log says why.")
                await asyncio.sleep(wait)
            finally:
                self._state.service = None

    def _say(self, reason: str) -> None:
        self._state.why_closed = reason
