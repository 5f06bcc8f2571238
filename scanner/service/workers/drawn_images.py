"""Images drawn in a side process: each once for all who ask for it at the same time, and the newest are kept."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from cachetools import TTLCache

from scanner.engine.worker import WORKER_DIED
from scanner.service.problems import Problem
from scanner.service.workers.drawing import DrawingRequest
from scanner.service.workers.fair_calls import FairCall
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.side_process import SideProcess

Drawing = TypeVar("Drawing")
KEPT: Final = 3600.0  # seconds, so that no image outlives its file for long
REMEMBERED: Final = 600.0  # seconds for which an image that killed the process, or took too long, is not tried again


class DrawnImages(Generic[Drawing]):
    """Belongs to the event loop: no thread touches it."""

    def __init__(
        self,
        process: SideProcess,
        draw: Callable[[DrawingRequest], Drawing],
        most: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`draw` runs in the process; `most` images are kept."""
        self._process, self._draw = process, draw
        self._kept: TTLCache[str, Drawing] = TTLCache(most, KEPT, clock)
        self._failed: TTLCache[str, None] = TTLCache(most, REMEMBERED, clock)
        self._calls: dict[str, tuple[FairCall[Drawing], set[Tenant]]] = {}

    async def image(self, key: str, tenant: Tenant, prepare: Callable[[], DrawingRequest]) -> Drawing:
        """The image with this key, drawn at the turn of `tenant` from what `prepare` returns if it is not kept.

        Raises Problem when too many wait, and when the image cannot be drawn; then it is not tried again for a while.
        """
        if key in self._kept:
            return self._kept[key]
        if key in self._failed:
            raise Problem(422, WORKER_DIED, "drawing this image crashed or took too long")
        call, tenants = self._calls.get(key) or self._begin(key, tenant, prepare)
        if tenant not in tenants:  # its turn may come before that of those who asked first
            self._process.join(tenant, call)
            tenants.add(tenant)
        return await asyncio.shield(call.outcome)  # others wait for it too

    def _begin(
        self, key: str, tenant: Tenant, prepare: Callable[[], DrawingRequest]
    ) -> tuple[FairCall[Drawing], set[Tenant]]:
        begun = self._calls[key] = (self._process.submit(tenant, self._draw, prepare), {tenant})
        begun[0].outcome.add_done_callback(lambda outcome: self._keep(key, outcome))
        return begun

    def _keep(self, key: str, outcome: "asyncio.Future[Drawing]") -> None:
        del self._calls[key]
        error = None if outcome.cancelled() else outcome.exception()
        if isinstance(error, Problem) and error.code == WORKER_DIED:
            self._failed[key] = None
        elif error is None and not outcome.cancelled():
            self._kept[key] = outcome.result()
