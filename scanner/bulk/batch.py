"""Examines many images in worker processes, and survives an image that kills a worker; it judges nothing."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from brand_index.images.listed import FoundImage, ListedImage, ReadableImage
from brand_index.store import Store
from scanner.bulk.starting import images_at_once, start_workers, worker_count
from scanner.engine.examiner import Examination
from scanner.engine.settings import EngineSettings
from scanner.engine.types import FailedImage
from scanner.engine.worker import (
    WorkersUnavailable,
    examine_together,
    ready,
    worker_died,
)

IN_HAND: Final = 4  # tasks a worker has queued: enough to keep it busy, few enough to bound memory
Outcome = Examination | FailedImage
Image = TypeVar("Image", bound=ReadableImage)


@dataclass(frozen=True, slots=True)
class Examined(Generic[Image]):
    """One image of a batch, and its examination or failure."""

    image: Image
    outcome: Outcome


Examine = Callable[[Iterable[ListedImage]], Iterator[Examined[ListedImage]]]
"""Examines images wherever that is done; the outcomes come in any order."""


class ExaminerPool:
    """Processes that examine, started once for many batches."""

    def __init__(
        self, store: Store, settings: EngineSettings, workers: int, started: ProcessPoolExecutor | None = None
    ) -> None:
        """`started`: the pool, as start_workers gives it; None: it is started now."""
        self._store, self._settings, self._workers = store, settings, workers
        self._pool = started or start_workers(store, settings, workers)

    def examine(self, images: Iterable[Image]) -> Iterator[Examined[Image]]:
        """Examine images and yield them in the order given.

        An image becomes a FailedImage if it cannot be read, kills its worker, or takes longer than the settings allow.
        The images that were queued with it are examined again. Raises what Examiner.open raises, and
        WorkersUnavailable where no worker starts: then no image is to blame.
        """
        coming, together = iter(images), images_at_once(self._settings)
        waiting: deque[tuple[tuple[Image, ...], Future[list[Outcome]]]] = deque()
        while True:
            while len(waiting) < self._workers * IN_HAND and (some := tuple(islice(coming, together))):
                waiting.append((some, self._submitted(some)))
            if not waiting:
                return
            some, future = waiting.popleft()
            try:
                yield from map(Examined, some, future.result())
            except BrokenProcessPool:
                suspects = [(some, future), *waiting]
                waiting.clear()
                self.close()
                for each, pending in suspects:
                    if _finished(pending):
                        yield from map(Examined, each, pending.result())
                    else:
                        yield from (Examined(image, self._examine_alone(image)) for image in each)
                self._pool = start_workers(self._store, self._settings, self._workers)

    def _submitted(self, some: tuple[Image, ...]) -> Future[list[Outcome]]:
        try:
            return self._pool.submit(examine_together, some)
        except BrokenProcessPool as error:  # a worker died since the last image was asked for
            failed = Future[list[Outcome]]()
            failed.set_exception(error)
            return failed

    def _examine_alone(self, image: ReadableImage) -> Outcome:
        """Examine one image in a worker of its own, to find out whether this image kills workers."""
        with start_workers(self._store, self._settings, 1) as pool:
            try:
                pool.submit(ready).result()
            except BrokenProcessPool as error:
                raise WorkersUnavailable(
                    "no worker can be started: the process ends at once. Free some memory, or give fewer --workers. "
                    'Your own script has to begin its work under `if __name__ == "__main__":`.'
                ) from error
            try:
                return pool.submit(examine_together, (image,)).result()[0]
            except BrokenProcessPool:
                return worker_died(image.name, image.sha256(), self._settings)

    def close(self) -> None:
        """End the processes once they have done what they are at."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def examine_images(
    images: Iterable[Image],
    store: Store,
    settings: EngineSettings,
    *,
    workers: int | None = None,
    started: ProcessPoolExecutor | None = None,
) -> Iterator[Examined[Image]]:
    """Examine images in `workers` processes of this machine, as ExaminerPool does; `workers` as worker_count.

    `started`: a pool of such processes, as started_early gives it; None: it is started for the first image.
    """
    with ExaminerPool(store, settings, worker_count(settings, workers), started) as pool:
        yield from pool.examine(images)


def examine_batch(
    paths: Iterable[Path], store: Store, settings: EngineSettings, *, workers: int | None = None
) -> Iterator[Examined[FoundImage]]:
    """As examine_images, of files."""
    images = (FoundImage(path, PurePath(path.name), named=True) for path in paths)
    return examine_images(images, store, settings, workers=workers)


def _finished(future: Future[list[Outcome]]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
