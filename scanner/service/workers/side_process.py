"""One more process, for images that users upload and look at; it is replaced when an image kills it."""

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
    """Runs one function at a time."""

    def __init__(self) -> None:
        self._process: ProcessPoolExecutor | None = None

    async def run(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """The result of `work`, or what it raises. Raises Problem when the process dies or it takes too long."""
        if self._process is None:
            self._process = start_process()
        process = self._process
        try:
            return await asyncio.wrap_future(process.submit(work, *args, **kwargs))
        except BrokenProcessPool as error:
            process.shutdown(wait=False, cancel_futures=True)
            if self._process is process:  # else another call has replaced it already
                self._process = None
            detail = "reading the image crashed or took too long: save it again with another program"
            raise Problem(422, WORKER_DIED, detail) from error

    async def close(self) -> None:
        """Stop the process."""
        if self._process is not None:
            self._process.shutdown(wait=False, cancel_futures=True)
            self._process = None
