"""Starts the processes of a scan, before this process has imported what they run: their start takes the longest."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from brand_index.allocator import collecting_nothing
from brand_index.features.running import CPU
from brand_index.store import INDEX_POINTER, Store
from scanner.engine.settings import EngineSettings

AT_ONCE: Final = 8  # images that a worker examines together where another provider than the CPU runs the networks
_R = TypeVar("_R")
_SPAWNED: Final = multiprocessing.get_context("spawn")  # as scanner.engine.worker says why


def images_at_once(settings: EngineSettings) -> int:
    """How many images a worker examines together: on a CPU a batch of crops takes as long as the crops one by one."""
    return 1 if settings.providers[:1] == (CPU,) else AT_ONCE


def worker_count(settings: EngineSettings, workers: int | None) -> int:
    """How many workers a scan has; `workers` None: one a processor, or for as many as the images it has together."""
    return workers or -(-(os.cpu_count() or 1) // images_at_once(settings))


def start_workers(store: Store, settings: EngineSettings, workers: int) -> ProcessPoolExecutor:
    """A pool of `workers` processes, each with an examiner over the index that is published when it is first asked.

    Where none can be opened, all that is asked of them raises why: as begin_worker, or WorkersUnavailable.
    """
    return _DeafPool(workers, mp_context=_SPAWNED, initializer=_begin, initargs=(store, settings))


class _DeafPool(ProcessPoolExecutor):
    """A pool whose processes never hear a terminal's interrupt, not even while they start: their parent ends them."""

    def submit(self, call: Callable[..., _R], /, *arguments: Any, **named: Any) -> Future[_R]:
        """As ProcessPoolExecutor does, which starts a process for a call that finds none idle."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(call, *arguments, **named)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def started_early(
    places: Sequence[str], store: Store, settings: EngineSettings, workers: int | None
) -> Iterator[ProcessPoolExecutor | None]:
    """A pool as start_workers gives it, whose processes are starting already, until the block ends.

    No more start than there are files or processors; others start when images are waiting for them.
    None: `store` has no index yet, and describing its references needs the processors, or may fail.
    """
    if not (store.index / INDEX_POINTER).is_file():
        yield None
        return
    count = worker_count(settings, workers)
    before = multiprocessing.active_children()
    pool = start_workers(store, settings, count)
    for _ in range(_files(places, min(count, os.cpu_count() or 1))):
        pool.submit(_nothing)  # a process starts for each call that finds none idle
    started = [each for each in multiprocessing.active_children() if each not in before]
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for each in started:  # that may still be starting, for nothing: this program would wait for it
            each.kill()


def _files(places: Sequence[str], most: int) -> int:
    """How many files there are at `places` and below, counted up to `most`; what is no place here counts as many."""
    found = 0
    for place in map(Path, places):
        if place.is_dir():
            for _, _, names in os.walk(place):
                found += len(names)
                if found >= most:
                    return most
        else:
            found += 1 if place.is_file() else most
    return min(found, most)


def _begin(store: Store, settings: EngineSettings) -> None:
    with collecting_nothing():
        from scanner.engine.worker import begin_when_asked  # noqa: PLC0415 - in the worker: its parent needs none yet

    begin_when_asked(store, settings)


def _nothing() -> None:
    pass
