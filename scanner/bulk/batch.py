"""Examines many images in worker processes, and survives an image that kills a worker; it judges nothing."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from brand_index.store import Store
from scanner.engine.examiner import Examination
from scanner.engine.types import FailedImage
from scanner.engine.worker import (
    WorkersUnavailable,
    examine_files,
    file_sha256,
    images_at_once,
    ready,
    start_workers,
    worker_died,
)
from scanner.settings import Settings

IN_HAND: Final = 4  # tasks a worker has queued: enough to keep it busy, few enough to bound memory
Outcomes = list[Examination | FailedImage]


@dataclass(frozen=True, slots=True)
class Examined:
    """One image of a batch, and its examination or failure."""

    path: Path
    outcome: Examination | FailedImage


def examine_batch(
    paths: Iterable[Path], store: Store, settings: Settings, *, workers: int | None = None
) -> Iterator[Examined]:
    """Examine images in `workers` processes, and yield them in the order given.

    `workers` None: one for each processor, or for as many as the images that a worker examines together.

    An image becomes a FailedImage if it cannot be read, kills its worker, or takes longer than the settings allow. The
    images that were queued with it are examined again. Raises what Examiner.open raises, and WorkersUnavailable where
    no worker starts: then no image is to blame.
    """
    together = images_at_once(settings)
    chosen = workers or -(-(os.cpu_count() or 1) // together)
    coming = iter(paths)
    waiting: deque[tuple[tuple[Path, ...], Future[Outcomes]]] = deque()
    pool = start_workers(store, settings, chosen)
    try:
        while True:
            while len(waiting) < chosen * IN_HAND and (some := tuple(islice(coming, together))):
                waiting.append((some, pool.submit(examine_files, some)))
            if not waiting:
                return
            some, future = waiting.popleft()
            try:
                yield from map(Examined, some, future.result())
            except BrokenProcessPool:
                suspects = [(some, future), *waiting]
                waiting.clear()
                pool.shutdown(wait=False, cancel_futures=True)
                for each, pending in suspects:
                    if _finished(pending):
                        yield from map(Examined, each, pending.result())
                    else:
                        yield from (Examined(path, _examine_alone(path, store, settings)) for path in each)
                pool = start_workers(store, settings, chosen)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _examine_alone(path: Path, store: Store, settings: Settings) -> Examination | FailedImage:
    """Examine one image in a worker of its own, to find out whether this image kills workers."""
    with start_workers(store, settings, 1) as pool:
        try:
            pool.submit(ready).result()
        except BrokenProcessPool as error:
            raise WorkersUnavailable(
                "no worker can be started: the process ends at once. Free some memory, or give fewer --workers."
            ) from error
        try:
            return pool.submit(examine_files, (path,)).result()[0]
        except BrokenProcessPool:
            return worker_died(str(path), file_sha256(path), settings)


def _finished(future: Future[Outcomes]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
