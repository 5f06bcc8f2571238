"""Worker processes behind a bounded queue, one image each at a time; the event loop only waits for them."""

import asyncio
import itertools
import logging
import os
import time
from dataclasses import dataclass, field
from typing import Final

from brand_index.store import Store
from scanner.engine.examiner import Examination
from scanner.engine.stages import Stage
from scanner.engine.worker import Failure, examination_failed, examine_bytes, ready, worker_died
from scanner.moderation.records.scans import UploadedImage
from scanner.service.workers.worker_process import WorkerDied, WorkerProcess
from scanner.settings import Settings

AGAIN, AT_ONCE, WHEN_FREE = range(3)  # in which order images are taken
_log = logging.getLogger(__name__)
_EVERY_STAGE: Final = tuple(Stage)


class QueueFull(Exception):
    """As many images wait as may."""


@dataclass(order=True, slots=True)
class _Job:
    order: tuple[int, int]
    image: UploadedImage = field(compare=False)
    until: float | None = field(compare=False)  # by time.monotonic
    outcome: "asyncio.Future[Examination | Failure]" = field(compare=False)
    spoilt: bool = field(default=False, compare=False)  # a worker died while it had it in hand


class WorkerPool:
    """So many processes; each that dies is replaced, and costs nobody but the image that it died of."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self.workers = settings.service.workers or os.cpu_count() or 1
        self._jobs: asyncio.PriorityQueue[_Job] = asyncio.PriorityQueue()
        self._count = itertools.count()
        self._runners: list[asyncio.Task[None]] = []
        self._processes: dict[int, WorkerProcess] = {}
        self.deaths = 0

    async def start(self) -> None:
        """Start the workers and wait until each can examine. Raises WorkerDied when one cannot."""
        for number in range(self.workers):
            self._processes[number] = WorkerProcess(self._store, self._settings)
        calls = (process.call(ready) for process in self._processes.values())
        for outcome in await asyncio.gather(*calls, return_exceptions=True):  # all of them: else some still wait
            if isinstance(outcome, BaseException):
                raise outcome
        self._runners = [asyncio.create_task(self._run(number)) for number in range(self.workers)]

    async def close(self) -> None:
        """End the workers; what still waits is given up."""
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)
        for process in self._processes.values():
            process.kill()

    @property
    def waiting(self) -> int:
        """How many images wait."""
        return self._jobs.qsize()

    def admit(self, images: int) -> None:
        """Raises QueueFull when so many more may not wait; a call of its own length may where none does."""
        if self.waiting and self.waiting + images > self._settings.service.queue:
            raise QueueFull

    async def examine(
        self, image: UploadedImage, *, until: float | None = None, patient: bool = False
    ) -> Examination | Failure:
        """What is in an image. `until` (time.monotonic): no stage is begun after it; `patient`: others go first."""
        outcome: asyncio.Future[Examination | Failure] = asyncio.get_running_loop().create_future()
        order = (WHEN_FREE if patient else AT_ONCE, next(self._count))
        await self._jobs.put(_Job(order, image, until, outcome))
        return await outcome

    async def _run(self, number: int) -> None:
        while True:
            job = await self._jobs.get()
            if job.outcome.cancelled():
                continue  # nobody waits for it any more
            left = None if job.until is None else job.until - time.monotonic()
            if left is not None and left <= 0:
                job.outcome.set_result(_not_looked_at(job.image))
                continue
            begun = time.monotonic()
            try:
                if not self._processes[number].is_alive:  # it died with nothing in hand: no image is to blame
                    self._replace(number)
                outcome = await self._ask(self._processes[number], job.image, left)
            except WorkerDied:
                self._replace(number)
                quick = time.monotonic() - begun < self._settings.seconds_an_image / 2
                if not job.spoilt and quick:  # somebody may have killed the worker: the image is tried once more
                    job.spoilt, job.order = True, (AGAIN, job.order[1])
                    await self._jobs.put(job)
                    continue
                outcome = worker_died(job.image.name, job.image.sha256, self._settings)
            except Exception:  # a mistake of ours: it must cost neither this runner nor the other images
                _log.exception("an image could not be examined", extra={"image_sha256": job.image.sha256})
                outcome = examination_failed(job.image.name, job.image.sha256)
            if not job.outcome.done():
                job.outcome.set_result(outcome)

    async def _ask(self, process: WorkerProcess, image: UploadedImage, seconds: float | None) -> Examination | Failure:
        return await process.call(examine_bytes, image.data, image.name, seconds)

    def _replace(self, number: int) -> None:
        self.deaths += 1
        self._processes[number].kill()
        self._processes[number] = WorkerProcess(self._store, self._settings)


def _not_looked_at(image: UploadedImage) -> Examination:
    """Of an image whose time was up before a worker was free."""
    return Examination(image.sha256, 0, 0, (), 0, _EVERY_STAGE, (), None)
