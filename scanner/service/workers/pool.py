"""Worker processes behind a bounded queue. Each examines one image at a time."""

import asyncio
import itertools
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from brand_index.errors import IndexUnusable, MarkscanError
from brand_index.store import Store
from scanner.engine.examiner import Examination
from scanner.engine.types import FailedImage
from scanner.engine.worker import (
    WorkersUnavailable,
    begin_worker,
    examination_failed,
    examine_bytes,
    ready,
    worker_died,
)
from scanner.moderation.records.scans import UploadedImage
from scanner.service.retrying import ends_task, retry_seconds
from scanner.service.workers.worker_process import WorkerDied, WorkerProcess
from scanner.settings import Settings
from scanner.verdicts.words import code_in_words

AGAIN, AT_ONCE, WHEN_FREE = range(3)  # order in which images are taken
_log = logging.getLogger(__name__)


class QueueFull(Exception):
    """The queue is full."""


@dataclass(order=True, slots=True)
class _Job:
    order: tuple[int, int]
    image: UploadedImage = field(compare=False)
    until: float | None = field(compare=False)  # by time.monotonic
    outcome: "asyncio.Future[Examination | FailedImage | None]" = field(compare=False)
    retried: bool = field(default=False, compare=False)  # a worker died while it examined this image


class WorkerPool:
    """A fixed number of processes. One that dies is replaced, and only the image that killed it fails."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._settings, self._begin = settings, partial(begin_worker, store, settings)
        self.suspect_index: Callable[[], None] = lambda: None  # called when a new worker cannot open the index
        self.workers = settings.service.workers or os.cpu_count() or 1
        self._jobs: asyncio.PriorityQueue[_Job] = asyncio.PriorityQueue()
        self._count = itertools.count()
        self._runners: list[asyncio.Task[None]] = []
        self._processes: dict[int, WorkerProcess] = {}
        self._down: set[int] = set()  # numbers of workers that died and are not ready again
        self._failing: dict[int, str] = {}  # of these, which could not be started, and the code of the error
        self.deaths = 0

    async def start(self) -> None:
        """Start the workers and wait until each is ready. Raises WorkerDied when one dies, IndexUnusable."""
        for number in range(self.workers):
            self._processes[number] = WorkerProcess(self._begin)
        calls = (process.call(ready) for process in self._processes.values())
        for outcome in await asyncio.gather(*calls, return_exceptions=True):  # wait for all of them
            if isinstance(outcome, BaseException):
                raise outcome
        self._runners = [asyncio.create_task(self._run(number)) for number in range(self.workers)]

    async def close(self) -> None:
        """Stop the workers; waiting images are dropped."""
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)
        for process in self._processes.values():
            process.kill()

    @property
    def waiting(self) -> int:
        """The number of waiting images."""
        return self._jobs.qsize()

    @property
    def why_down(self) -> str | None:
        """The code of the error for which no worker can be started; None: one can."""
        return next(iter(self._failing.values())) if len(self._failing) == self.workers else None

    def admit(self, images: int) -> None:
        """Raises QueueFull when there is no room for so many more images. An empty queue takes any number."""
        if self.waiting and self.waiting + images > self._settings.service.queue:
            raise QueueFull

    async def examine(
        self, image: UploadedImage, *, until: float | None = None, patient: bool = False
    ) -> Examination | FailedImage | None:
        """Examine an image; None: its deadline passed before a worker was free.

        `until` (time.monotonic): no stage starts after it; `patient`: others go first. Raises WorkersUnavailable.
        """
        if (why := self.why_down) is not None:
            raise _unavailable(why)
        outcome: asyncio.Future[Examination | FailedImage | None] = asyncio.get_running_loop().create_future()
        order = (WHEN_FREE if patient else AT_ONCE, next(self._count))
        await self._jobs.put(_Job(order, image, until, outcome))
        return await outcome

    async def _run(self, number: int) -> None:
        held: _Job | None = None  # that its last worker died of: the next has not been harmed by what killed that one
        while True:
            if not self._is_up(number):  # no image is to blame if it does not start
                held = await self._restart(number, held)
            job, held = held or await self._jobs.get(), None
            if job.outcome.done():
                continue  # its caller is gone
            left = None if job.until is None else job.until - time.monotonic()
            if left is not None and left <= 0:
                job.outcome.set_result(None)
                continue
            if not self._is_up(number):  # it died while idle
                self._died(number)
                held = job
                continue
            begun = time.monotonic()
            try:
                outcome = await self._ask(self._processes[number], job.image, left)
            except WorkerDied:
                self._died(number)
                quick = time.monotonic() - begun < self._settings.seconds_an_image / 2
                if not job.retried and quick:  # something else may have killed the worker: retry the image once
                    job.retried, held = True, job
                    continue
                outcome = worker_died(job.image.name, job.image.sha256, self._settings)
            except BaseException as error:  # a bug of ours: neither this runner nor other images may suffer
                if ends_task(error):
                    raise
                _log.exception("an image could not be examined", extra={"image_sha256": job.image.sha256})
                outcome = examination_failed(job.image.name, job.image.sha256)
            if not job.outcome.done():
                job.outcome.set_result(outcome)

    async def _ask(
        self, process: WorkerProcess, image: UploadedImage, seconds: float | None
    ) -> Examination | FailedImage:
        return await process.call(examine_bytes, image.data, image.name, seconds)

    def _is_up(self, number: int) -> bool:
        return number not in self._down and self._processes[number].is_alive

    def _died(self, number: int) -> None:
        self.deaths += 1
        self._down.add(number)

    async def _restart(self, number: int, held: _Job | None) -> _Job | None:
        """Start the worker again, and again if it fails; meanwhile others do its work. Returns what it still holds."""
        failures = 0
        self._down.add(number)
        while number in self._down:
            try:
                self._processes[number].kill()
                self._processes[number] = WorkerProcess(self._begin)
                await self._processes[number].call(ready)
            except BaseException as error:
                if ends_task(error):
                    raise
                failures += 1
                wait = retry_seconds(failures)
                _log.exception("a worker could not be started; next attempt in %g s", wait)
                if isinstance(error, IndexUnusable):
                    self.suspect_index()
                self._failing[number] = error.code if isinstance(error, MarkscanError) else "internal_error"
                if held is not None:
                    held.order = (AGAIN, held.order[1])
                    self._jobs.put_nowait(held)
                    held = None
                self._refuse_all_if_down()
                await asyncio.sleep(wait)
            else:
                self._down.discard(number)
                self._failing.pop(number, None)
        return held

    def _refuse_all_if_down(self) -> None:
        while (why := self.why_down) is not None and not self._jobs.empty():
            job = self._jobs.get_nowait()
            if not job.outcome.done():
                job.outcome.set_exception(_unavailable(why))


def _unavailable(why: str) -> WorkersUnavailable:
    return WorkersUnavailable(f"no worker can be started ({code_in_words(why).lower()}): try again later")
