"""Lets a process that describes images outlive the command that started it, for the next command of the same tests."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from brand_index.bounded_process import BoundedProcess
from brand_index.features import describing


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
