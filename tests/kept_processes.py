"""Lets processes that describe or examine images outlive the command that started them, for that of the next test."""

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import pytest

from brand_index.bounded_process import BoundedProcess
from brand_index.features import describing
from brand_index.index.published import CURRENT
from brand_index.store import Store
from scanner.bulk.starting import start_workers
from scanner.engine.settings import EngineSettings
from scanner.engine.worker import ready

MOST_IDLE: Final = 2  # pools that wait for the next command


@contextmanager
def describers_kept() -> Iterator[None]:
    """While the block runs, a BoundedDescriber that is closed gives its process to the next with the same limits.

    A process takes a second of a processor to start, and commands that run in a test's own process start one each.
    One that was started in another folder ends with its describer: paths may be relative to that.
    """
    folder = Path.cwd()
    idle: dict[bytes, list[BoundedProcess[Any]]] = {}
    homes: dict[int, list[BoundedProcess[Any]]] = {}  # where a process goes when its describer is closed, by its id

    def taken(begin: Callable[[], Any], *, memory: int, seconds: float) -> BoundedProcess[Any]:
        if Path.cwd() != folder:
            return BoundedProcess(begin, memory=memory, seconds=seconds)
        waiting = idle.setdefault(pickle.dumps((begin, memory, seconds)), [])
        process = waiting.pop() if waiting else BoundedProcess(begin, memory=memory, seconds=seconds)
        homes[id(process)] = waiting
        return process

    def given_back(describer: describing.BoundedDescriber) -> None:
        process = describer._process
        home = homes.get(id(process))
        if home is None:
            process.close()
        elif process not in home:
            home.append(process)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(describing, "BoundedProcess", taken)
        patched.setattr(describing.BoundedDescriber, "close", given_back)
        try:
            yield
        finally:
            for process in (each for waiting in idle.values() for each in waiting):
                process.close()


class KeptPool(ProcessPoolExecutor):
    """Is idle instead of shut down, unless it has something to do, is broken, or has no examiner."""

    idle: "list[tuple[bytes, KeptPool]] | None" = None  # None: it is shut down
    key = b""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if self.idle is None or self._broken or self._pending_work_items or self.submit(ready).exception():
            super().shutdown(wait, cancel_futures=cancel_futures)
            return
        self.idle.append((self.key, self))
        if len(self.idle) > MOST_IDLE:
            self.idle.pop(0)[1].end()

    def end(self) -> None:
        self.idle = None
        self.shutdown()


@contextmanager
def examiners_kept() -> Iterator[None]:
    """While the block runs, workers that a scan of files started serve the next scan of the same index and settings."""
    idle: list[tuple[bytes, KeptPool]] = []

    def taken(store: Store, settings: EngineSettings, workers: int) -> ProcessPoolExecutor:
        index = (store.index / CURRENT).read_bytes() if (store.index / CURRENT).exists() else b""
        key = pickle.dumps((store.root.absolute(), index, Path.cwd(), settings.model_dump_json(), workers))
        for each in idle:
            if each[0] == key:
                idle.remove(each)
                return each[1]
        started = start_workers(store, settings, workers)
        started.__class__ = KeptPool
        assert isinstance(started, KeptPool)
        started.idle, started.key = idle, key
        return started

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("scanner.bulk.batch.start_workers", taken)
        # Before the index is up to date nobody knows which idle workers have it open.
        patched.setattr("scanner.bulk.starting.started_early", lambda *_: nullcontext())
        try:
            yield
        finally:
            for _, pool in idle:
                pool.end()
