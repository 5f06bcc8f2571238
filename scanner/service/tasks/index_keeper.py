"""Keeps the published index as new as the registry, in a process of its own; workers take it over by themselves."""

import asyncio
import contextlib
import logging
import os
from concurrent.futures.process import BrokenProcessPool

from brand_index.errors import MarkscanError
from brand_index.index.published import published_index
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.engine.worker import start_process
from scanner.settings import Settings
from scanner.walk import ensure_index

_log = logging.getLogger(__name__)


class IndexKeeper:
    """Looks every few seconds, and at once when told, whether the registry's references are newer than the index."""

    def __init__(self, store: Store, registry: Registry, settings: Settings) -> None:
        self._store, self._registry, self._settings = store, registry, settings
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.published = published_index(store)

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._keep())

    def tell(self) -> None:
        """References changed: look now."""
        self._told.set()

    async def close(self) -> None:
        """Look no more; a build that is under way is given up, and published by none."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), self._settings.service.index_seconds)
            self._told.clear()
            try:
                self.published = await asyncio.to_thread(published_index, self._store)
                newest = await asyncio.to_thread(self._registry.references_revision)
                if newest != self.published.revision:
                    await self._build()
                    self.published = await asyncio.to_thread(published_index, self._store)
                    _log.info("index published", extra={"index_revision": self.published.revision})
            except (MarkscanError, BrokenProcessPool) as error:
                _log.error("index not built: %s", error)

    async def _build(self) -> None:
        with start_process() as process:
            await asyncio.wrap_future(process.submit(build, self._store, self._settings))


def build(store: Store, settings: Settings) -> None:
    """In a process of its own, behind those that scan: bring the index up to date."""
    if hasattr(os, "nice"):
        os.nice(10)
    with Registry.open(store, settings.registry_url, create=False) as registry:
        ensure_index(store, registry, settings)
