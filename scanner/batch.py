"""Many pictures on this machine, in worker processes of which one may die of a poisonous picture; it judges nothing."""

import faulthandler
import hashlib
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
from threadpoolctl import threadpool_limits

from brand_index.errors import MarkscanError
from brand_index.images import read_bytes
from brand_index.store import Store
from scanner.pipeline import Examination, Examiner
from scanner.settings import Settings

IN_HAND: Final = 4  # pictures a worker: enough that none waits, few enough that memory stays flat
WORKER_DIED: Final = "worker_died"


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture that could not be examined, and why."""

    code: str
    message: str
    image_sha256: str | None  # None: its bytes could not be read


@dataclass(frozen=True, slots=True)
class Examined:
    """One picture of a batch and what came of it."""

    path: Path
    outcome: Examination | Failure


def examine_batch(
    paths: Iterable[Path], store: Store, settings: Settings, *, workers: int | None = None
) -> Iterator[Examined]:
    """Examine pictures in `workers` processes (None: one for each processor), yielding them in the order given.

    A picture that cannot be read is a Failure, and so is one at which a worker dies or takes longer than the settings
    allow; the pictures that were in hand with it are examined again. Raises what Examiner.open raises.
    """
    chosen = workers or os.cpu_count() or 1
    coming = iter(paths)
    waiting: deque[tuple[Path, Future[Examination | Failure]]] = deque()
    pool = _pool(store, settings, chosen)
    try:
        while True:
            while len(waiting) < chosen * IN_HAND and (path := next(coming, None)) is not None:
                waiting.append((path, pool.submit(_examine, path)))
            if not waiting:
                return
            path, future = waiting.popleft()
            try:
                yield Examined(path, future.result())
            except BrokenProcessPool:
                suspects = [path, *(other for other, _ in waiting)]
                done = {other: known for other, known in waiting if _finished(known)}
                waiting.clear()
                pool.shutdown(wait=False, cancel_futures=True)
                for suspect in suspects:
                    kept = done.get(suspect)
                    yield Examined(suspect, kept.result() if kept else _examine_alone(suspect, store, settings))
                pool = _pool(store, settings, chosen)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


_examiner: Examiner | None = None  # of a worker process, set once by _begin


def _pool(store: Store, settings: Settings, workers: int) -> ProcessPoolExecutor:
    # Spawned, not forked: a forked child of a process that runs threads (faiss, OpenCV) may hang.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(store, settings))


def _begin(store: Store, settings: Settings) -> None:
    global _examiner  # noqa: PLW0603 - a worker holds one index for its lifetime
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    _examiner = Examiner.open(store, settings)
    cv2.setNumThreads(1)  # the workers are the parallelism
    threadpool_limits(1)  # so are they for FAISS and NumPy, whose idle threads would take the others' time


def _end_with_the_parent() -> None:
    """A parent that was killed cannot tell its workers to stop, and they would wait for it for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _examine(path: Path) -> Examination | Failure:
    assert _examiner is not None, "the pool's initializer ran"
    # A watchdog thread of the interpreter ends this process even while native code holds the lock.
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(_examiner.settings.seconds_an_image, exit=True, file=nowhere)
        try:
            return _examiner.examine(read_bytes(path, _examiner.settings.limits), name=str(path))
        except MarkscanError as error:
            return Failure(error.code, str(error), file_sha256(path))
        finally:
            faulthandler.cancel_dump_traceback_later()


def _examine_alone(path: Path, store: Store, settings: Settings) -> Examination | Failure:
    """Examine one picture in a worker of its own, so that if the worker dies again it is known why."""
    with _pool(store, settings, 1) as pool:
        try:
            return pool.submit(_examine, path).result()
        except BrokenProcessPool:
            return Failure(
                WORKER_DIED,
                f"{path}: the worker that examined it died or took over {settings.seconds_an_image:g} s; "
                "look at the picture with care, and save it anew before it is scanned again",
                file_sha256(path),
            )


def file_sha256(path: Path) -> str | None:
    """Of a file's bytes, in hexadecimal, whatever their number; None: they cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _finished(future: Future[Examination | Failure]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
