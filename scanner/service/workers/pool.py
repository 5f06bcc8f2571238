"""Worker processes behind a bounded queue. Each examines, or describes for registration, one image at a time."""

import asyncio
import itertools
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar, TypeVarTuple

from brand_index.bounded_process import Answer, LimitExceeded
from brand_index.errors import IndexUnusable, MarkscanError
from brand_index.features.describing import SECONDS
from brand_index.features.embedding import Embedder
from brand_index.store import Store
from scanner.engine.examiner import Examination
from scanner.engine.types import FailedImage
from scanner.engine.worker import (
    WorkersUnavailable,
    begin_worker,
    describe,
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

AGAIN, REGISTERED, AT_ONCE, WHEN_FREE = range(4)  # order in which images are taken
MORE_TIME: Final = 1.2  # times what describing may take: a worker that does not end itself then is killed
Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")
ENDS: Final = "the_service_ends"  # why no worker examines anything any more
_log = logging.getLogger(__name__)


class QueueFull(Exception):
    """The queue is full."""


@dataclass(order=True, slots=True)
class _Job:
    order: tuple[int, int]
    ask: Callable[[WorkerProcess, float | None], Awaitable[Any]] = field(compare=False)  # with the seconds left
    failed: Callable[[Exception], Any] = field(compare=False)  # the outcome where that raises, or raises it
    seconds: float = field(compare=False)  # that a worker may take
    outcome: "asyncio.Future[Any]" = field(compare=False)
    until: float | None = field(default=None, compare=False)  # by time.monotonic; afterwards the outcome is None
    retried: bool = field(default=False, compare=False)  # a worker died of it

    def end(self, error: Exception) -> None:
        """Settle the outcome where asking a worker raised an error."""
        if self.outcome.done():
            return
        try:
            self.outcome.set_result(self.failed(error))
        except Exception as raised:
            self.outcome.set_exception(raised)


class WorkerPool:
    """A fixed number of processes. One that dies is replaced, and only the image that killed it fails.

    What they describe goes before what they examine: a registration is soon found, and who asks for descriptions asks
    for one after another, so that between two of them an image that waits is examined.
    """

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
        self._pending = set["asyncio.Future[Any]"]()  # outcomes of what waits or runs
        self._closed = False
        self.deaths = 0
        self.describes_as = ""  # the description_fingerprint of the workers, once they have started

    async def start(self) -> None:
        """Start the workers and wait until each is ready. Raises WorkerDied when one dies, IndexUnusable."""
        for number in range(self.workers):
            self._processes[number] = WorkerProcess(self._begin)
        calls = (process.call(ready) for process in self._processes.values())
        for outcome in await asyncio.gather(*calls, return_exceptions=True):  # wait for all of them
            if isinstance(outcome, BaseException):
                raise outcome
            self.describes_as = outcome
        self._runners = [asyncio.create_task(self._run(number)) for number in range(self.workers)]

    async def close(self) -> None:
        """Stop the workers; what waits for one is refused."""
        self._closed = True
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)
        for outcome in tuple(self._pending):  # a thread may wait for it, which nothing cancels
            if not outcome.done():
                outcome.set_exception(_unavailable(ENDS))
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
        outcome: asyncio.Future[Examination | FailedImage | None] = asyncio.get_running_loop().create_future()
        order = (WHEN_FREE if patient else AT_ONCE, next(self._count))

        def ask(process: WorkerProcess, left: float | None) -> Awaitable[Examination | FailedImage]:
            return self._ask(process, image, left)

        def failed(error: Exception) -> FailedImage:
            if isinstance(error, WorkerDied):
                return worker_died(image.name, image.sha256, self._settings)
            _log.error("an image could not be examined", exc_info=error, extra={"image_sha256": image.sha256})
            return examination_failed(image.name, image.sha256)  # a bug of ours: other images do not suffer

        result: Examination | FailedImage | None = await self._done(
            _Job(order, ask, failed, self._settings.seconds_an_image, outcome, until)
        )
        return result

    async def describe(self, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        """What `work`, a function of a module, returns for a worker's embedder and `arguments`.

        Raises the MarkscanError that `work` raises, LimitExceeded, CallFailed and WorkersUnavailable.
        """
        outcome: asyncio.Future[Answer[Result]] = asyncio.get_running_loop().create_future()

        async def ask(process: WorkerProcess, _: float | None) -> Answer[Result]:
            try:
                async with asyncio.timeout(MORE_TIME * SECONDS):
                    return await process.call(describe, work, arguments)
            except TimeoutError as error:
                raise WorkerDied from error

        def failed(error: Exception) -> Answer[Result]:
            if isinstance(error, WorkerDied):
                raise LimitExceeded from error
            raise error

        answer: Answer[Result] = await self._done(_Job((REGISTERED, next(self._count)), ask, failed, SECONDS, outcome))
        return answer.unpacked()

    async def _done(self, job: _Job) -> Any:
        """The outcome of a job. Raises WorkersUnavailable, and what its `failed` raises."""
        if (why := ENDS if self._closed else self.why_down) is not None:
            raise _unavailable(why)
        self._pending.add(job.outcome)
        job.outcome.add_done_callback(self._pending.discard)
        self._jobs.put_nowait(job)
        return await job.outcome

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
                outcome = await job.ask(self._processes[number], left)
            except WorkerDied as error:
                self._died(number)
                quick = time.monotonic() - begun < job.seconds / 2
                if not job.retried and quick:  # something else may have killed the worker: retry the image once
                    job.retried, held = True, job
                    continue
                job.end(error)
            except BaseException as error:  # neither this runner nor other images may suffer
                if ends_task(error):
                    raise
                job.end(error if isinstance(error, Exception) else RuntimeError(repr(error)))
            else:
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
    """`why`: the code of an error, or ENDS."""
    return WorkersUnavailable(f"no worker can be started ({code_in_words(why).lower()}): try again later")
