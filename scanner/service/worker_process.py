"""One worker process of the service, asked by one thread at a time through a pipe.

A ProcessPoolExecutor of one process would do the same with two threads of its own, which wake each other for every
picture: on busy cores that is a sixth of what the service itself costs.
"""

import contextlib
import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, ParamSpec, TypeVar

from brand_index.store import Store
from scanner.settings import Settings
from scanner.worker import begin_worker

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class WorkerDied(Exception):
    """The process is gone, with whatever it had in hand."""


class WorkFailed(Exception):
    """What was asked for raised an error in the process, which goes on; it says the traceback."""


class WorkerProcess:
    """Started when it is made; it loads its index meanwhile, and the first call waits for that."""

    def __init__(self, store: Store, settings: Settings) -> None:
        # Spawned, not forked: a forked child of a process that runs threads may hang.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, store, settings), daemon=True)
        self._process.start()
        theirs.close()  # else nobody would see the end of the pipe when the process dies

    @property
    def pid(self) -> int | None:
        """Of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    def call(self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        """What `work`, a function of a module, gives in the process; blocks. Raises WorkerDied, WorkFailed."""
        try:
            self._pipe.send((work, args, kwargs))
            answer: _Answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise WorkerDied from error
        if answer.failure is not None:
            raise WorkFailed(answer.failure)
        result: Result = answer.result
        return result

    def kill(self) -> None:
        """End it; a call that waits for it raises WorkerDied."""
        self._process.kill()
        self._process.join()


class _Answer(NamedTuple):
    result: Any
    failure: str | None  # a traceback; None: there is a result


def _serve(pipe: Connection, store: Store, settings: Settings) -> None:
    """In the process: do what is asked until nobody is there to ask."""
    begin_worker(store, settings)
    with contextlib.suppress(EOFError):
        while True:
            work, args, kwargs = pipe.recv()
            pipe.send(_answered(work, args, kwargs))


def _answered(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Answer:
    try:
        return _Answer(work(*args, **kwargs), None)
    except Exception:  # a mistake of ours, to be told to whoever asked
        return _Answer(None, traceback.format_exc())
