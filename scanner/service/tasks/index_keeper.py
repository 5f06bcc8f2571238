"""Publishes a new index when references change, in a process of its own; workers take it over by themselves."""

import asyncio
import logging
import os
from datetime import datetime, timedelta

from brand_index.index.published import published_index
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.engine.worker import start_process
from scanner.service.accounts.registry import open_registry
from scanner.service.tasks.periodic_task import PeriodicTask
from scanner.settings import Settings
from scanner.walk import ensure_index

_log = logging.getLogger(__name__)


class IndexKeeper:
    """Compares the registry's references with the published index every few seconds, and at once when woken."""

    def __init__(self, store: Store, registry: Registry, settings: Settings) -> None:
        self._store, self._registry, self._settings = store, registry, settings
        self.published = published_index(store)
        self.task = PeriodicTask("index", self._keep, settings.service.index_seconds)

    def lag(self, now: datetime) -> timedelta:
        """For how long the registry has had newer references than the published index; zero: it has none."""
        since = self._registry.references_newer_since(self.published.revision)
        return timedelta(0) if since is None else max(timedelta(0), now - since)

    async def _keep(self) -> None:
        self.published = await asyncio.to_thread(published_index, self._store)
        if await asyncio.to_thread(self._registry.references_revision) == self.published.revision:
            return
        with start_process() as process:
            await asyncio.wrap_future(process.submit(build, self._store, self._settings))
        self.published = await asyncio.to_thread(published_index, self._store)
        _log.info("index published", extra={"index_revision": self.published.revision})


def build(store: Store, settings: Settings) -> None:
    """Bring the index up to date, in a process of its own that yields to those that scan."""
    if hasattr(os, "nice"):
        os.nice(10)
    with open_registry(store, settings.registry_url, create=False) as registry:
        ensure_index(store, registry, settings)
