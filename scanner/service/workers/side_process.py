"""One process beside the workers, for images that people bring and look at; replaced when one kills it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from scanner.engine.worker import WORKER_DIED, start_process
from scanner.service.problems import Problem

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class SideProcess:
    """Runs one function after another."""

    def __init__(self) -> None:
        self._process: ProcessPoolExecutor | None = None

    async def run(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """What `work` gives or raises; Problem when the process dies of it, or it takes too long."""
        if self._process is None:
            self._process = start_process()
        process = self._process
        try:
            return await asyncio.wrap_future(process.submit(work, *args, **kwargs))
        except BrokenProcessPool as error:
            process.shutdown(wait=False, cancel_futures=True)
            if self._process is process:  # else another call has put a new one in its place already
                self._process = None
            detail = "the worker that looked at the image died or took too long; save the image anew"
            raise Problem(422, WORKER_DIED, detail) from error

    async def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.shutdown(wait=False, cancel_futures=True)
            self._process = None
