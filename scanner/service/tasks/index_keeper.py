"""Publishes a new index when references change and merges its segments; workers take it over by themselves."""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from brand_index.errors import IndexDamaged, IndexUnusable
from brand_index.index.building import ChangesPublisher
from brand_index.index.catalog import SetAside
from brand_index.index.describing_all import is_due_again
from brand_index.index.merging import is_merge_due, merge_due
from brand_index.index.published import PublishedIndex, check_current, published_index
from brand_index.index.publishing import take_over
from brand_index.registry import Registry
from brand_index.registry.kept_files import LostFiles
from brand_index.store import Store
from brand_index.types import ReferenceImage
from scanner.engine.worker import begin_process
from scanner.service.accounts.registry import open_registry
from scanner.service.tasks.periodic_task import PeriodicTask, utc_now
from scanner.service.workers.worker_process import WorkerProcess
from scanner.settings import Settings
from scanner.walk import bring_up_to_date, not_searched, nothing_searched, without_file

MERGE_SECONDS: Final = 60.0  # after which it is seen whether segments should be merged, unless an index was published
SEEN_EVERY: Final = 1.0  # seconds after which it is seen whether this service still leads
CHECK_EVERY: Final = timedelta(hours=1)  # all files are read, in a thread: 1.8 GB a second of processor time
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DamagedWhile:
    """A time in which the index was damaged, or some of it."""

    since: datetime  # UTC; when it was last known to be sound
    until: datetime

    def sentence(self, what: str) -> str:
        """What that means, and how to find the scans that it concerns."""
        begun, ended = (f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in (self.since, self.until))
        return (
            f"{what}. It is built again. Scans that finished between {begun} and {ended} may have missed matches: "
            f"GET /v1/scans?finished_from={begun}&finished_to={ended} lists them, to be scanned again."
        )


class IndexKeeper:
    """Compares the registry's references with the published index every few seconds, and at once when woken."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        settings: Settings,
        published: PublishedIndex,
        build: Callable[[Store, Settings], tuple[str, ...] | None] | None = None,
        clock: Callable[[], datetime] = utc_now,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """`published` was checked just before.

        `build` brings the index up to date, in a process of its own; None: as the settings say. `leads`: whether this
        service publishes; else it takes over what another does.
        """
        self._store, self._registry, self._settings = store, registry, settings
        self.published = published
        self._build, self._changes = build or build_index_of, ChangesPublisher(store)
        self._suspected, self._clock, self._leads = False, clock, leads
        self._sound_at = clock()  # when all files of the index were last found to be those that were written
        self.damaged: DamagedWhile | None = None  # when they last were not
        self._named = frozenset[SetAside]()  # what the log has named as not searched
        self.lost: tuple[ReferenceImage, ...] = ()  # in force, without their files, and not among those set aside
        self._files = LostFiles(store)
        self._listed_at: tuple[datetime, int] | None = None  # when it was last seen which files there are; its revision
        self._warned: str | None = None  # what the log says, where nothing is searched
        self.task = PeriodicTask("index", self._keep, settings.service.index_seconds)
        self.merging = PeriodicTask("index merge", self._merge, MERGE_SECONDS)

    def lag(self, now: datetime) -> timedelta:
        """For how long the registry has had newer references than the published index; zero: it has none."""
        since = self._registry.references_newer_since(self.published.revision)
        return timedelta(0) if since is None else max(timedelta(0), now - since)

    def suspect(self) -> None:
        """A worker could not open the published index: open it, and build it anew if it is damaged."""
        self._suspected = True
        self.task.wake()

    async def _check(self) -> None:
        """Read the files of the published index, and remember where they are not those that were written."""
        now = self._clock()
        try:
            await asyncio.to_thread(self._check_files)
        except IndexDamaged as error:
            self.damaged = DamagedWhile(self._sound_at, now)
            self._suspected = True
            _log.error("%s", self.damaged.sentence(f"{error.path}: {error.how}"))
        except IndexUnusable:  # it is built below
            self._suspected = True
        else:
            self._sound_at = now

    def _check_files(self) -> None:
        """Raises IndexUnusable. What an object store has whole is copied anew where the copy is damaged."""
        try:
            check_current(self._store)
        except IndexDamaged as error:
            take_over(self._store, check=True)
            check_current(self._store)
            _log.warning("%s: %s; it was copied again", error.path, error.how)

    async def _keep(self) -> None:
        await asyncio.to_thread(take_over, self._store)
        if self._suspected or self._clock() - self._sound_at >= CHECK_EVERY:
            await self._check()
        try:
            self.published = await asyncio.to_thread(published_index, self._store)
        except IndexUnusable as error:  # somebody damaged or deleted it
            _log.warning("the index is built anew: %s", error)
            self._suspected = True
        self._name_not_searched()  # of an index, too, that another process built, or the start of this one
        if not self._leads():
            self._suspected = False  # the one that leads finds out by itself
        elif self._suspected or await asyncio.to_thread(is_due_again, self._store):
            await self._build_anew()
        elif await asyncio.to_thread(self._registry.references_revision) != self.published.revision:
            if await asyncio.to_thread(self._changes.publish, self._registry) is None:
                await self._build_anew()
            else:
                await self._take_over()
        await self._name_lost()

    async def _build_anew(self) -> None:
        if not await self._while_leading(build_beside(self._store, self._settings, self._build)):
            return
        self._suspected, self._sound_at = False, self._clock()  # which checks what it keeps
        await self._take_over()

    async def _take_over(self) -> None:
        self.published = await asyncio.to_thread(published_index, self._store)
        _log.info("index published", extra={"index_revision": self.published.revision})
        self._name_not_searched()
        self.merging.wake()

    async def _merge(self) -> None:
        while await asyncio.to_thread(is_merge_due, self._store):
            if not await self._while_leading(build_beside(self._store, self._settings, merge_of)):
                return

    async def _while_leading(self, work: Coroutine[None, None, None]) -> bool:
        """Do the work to its end; False: another service leads meanwhile, and it was broken off."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=SEEN_EVERY))[0]:
                if not self._leads():
                    _log.warning("another service builds now: what this one built is thrown away")
                    return False
            await task
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        return True

    def _name_not_searched(self) -> None:
        sentence = nothing_searched(self.published)
        if sentence is not None and sentence != self._warned:
            _log.warning("%s", sentence)
        self._warned = sentence
        for each in self.published.set_aside:
            if each not in self._named:
                _log.warning("%s", not_searched(each))
        self._named = frozenset(self.published.set_aside)

    async def _name_lost(self) -> None:
        before, self.lost = frozenset(self.lost), await asyncio.to_thread(self._lost_now)
        for each in self.lost:
            if each not in before:
                _log.warning("%s", without_file(each, self._store))

    def _lost_now(self) -> tuple[ReferenceImage, ...]:
        now, revision = self._clock(), self._registry.references_revision()
        if self._store.objects is not None and self._listed_at is not None:
            moment, listed = self._listed_at
            if listed == revision and now - moment < CHECK_EVERY:
                return self.lost  # to list an object store takes seconds, and costs money
        self._listed_at = now, revision
        lacking = {each.reference_id for each in self.published.set_aside}
        return tuple(each for each in self._files.among(self._registry) if each.reference_id not in lacking)


def merge_of(store: Store, _settings: Settings) -> None:
    """Make one of the segments that should be, in a process of its own that yields to those that scan."""
    if hasattr(os, "nice"):
        os.nice(10)
    merge_due(store)


async def build_beside(
    store: Store, settings: Settings, build: Callable[[Store, Settings], tuple[str, ...] | None] | None = None
) -> None:
    """Bring the index up to date in a process of its own, which is killed if this is cancelled."""
    process = WorkerProcess(begin_process)
    try:
        for sentence in await process.call(build or build_index_of, store, settings) or ():
            _log.warning("%s", sentence)
    finally:
        process.kill()


def build_index_of(store: Store, settings: Settings) -> tuple[str, ...]:
    """Bring the index up to date, in a process of its own that yields to those that scan.

    Returns what the log should say of photos that became review-only, as the log of this process is not the service's.
    """
    became: list[str] = []
    if hasattr(os, "nice"):
        os.nice(10)
    with open_registry(store, settings.registry_url, create=False) as registry:
        bring_up_to_date(store, registry, settings, announce=became.append)
    return tuple(became)
