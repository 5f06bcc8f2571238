"""Describes what is registered in the workers that scan: their networks are loaded, so that no process has to start."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from brand_index.features.describing import limits_in_words, refused_as_undescribable
from brand_index.features.embedding import Embedder
from scanner.service.workers.pool import WorkerPool

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class WorkerDescriber:
    """A Describer for threads beside the event loop in which it was made."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool, self._loop = pool, asyncio.get_running_loop()

    @property
    def fingerprint(self) -> str:
        """As the protocol says."""
        return self._pool.describes_as

    def run(self, name: str, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        """As the protocol says; also raises WorkersUnavailable."""
        with refused_as_undescribable(name, limits_in_words()):
            return asyncio.run_coroutine_threadsafe(self._pool.describe(work, *arguments), self._loop).result()
