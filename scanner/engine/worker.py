"""A worker process: it holds one index and examines one image at a time, and dies of a poisonous one alone.

Where a GPU runs the networks it examines several at a time, so that one run of a network serves many images.
"""

import faulthandler
import hashlib
import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

import cv2
from threadpoolctl import threadpool_limits

from brand_index.allocator import keep_freed_memory
from brand_index.bounded_process import Answer, bounded
from brand_index.errors import IndexUnusable, MarkscanError
from brand_index.features.describing import MEMORY, SECONDS
from brand_index.features.description import description_fingerprint
from brand_index.features.embedding import Embedder, shared_embedder
from brand_index.features.weights import Manifest, read_manifest
from brand_index.images.listed import ReadableImage
from brand_index.index import BrandIndex
from brand_index.index.published import current_folder
from brand_index.store import Store
from scanner.engine.examiner import Examination, Examiner, open_models
from scanner.engine.settings import EngineSettings
from scanner.engine.types import FailedImage

WORKER_DIED: Final = "worker_died"
EXAMINATION_FAILED: Final = "examination_failed"
SPAWNED: Final = multiprocessing.get_context("spawn")
"""The start method of child processes: a fork of a process with threads (FAISS, OpenCV) may hang."""
Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class WorkersUnavailable(MarkscanError):
    """No worker can be started, for whatever reason: no image can be examined now."""

    code = "workers_unavailable"


@dataclass(slots=True)
class _WorkerState:
    """What a worker keeps for its lifetime; the index until a newer one is published."""

    store: Store
    examiner: Examiner
    folder: Path  # of the index
    on_cpu: Manifest  # what describes references, whatever examines images


_asked: tuple[Store, EngineSettings] | None = None  # of a worker process that opens its examiner when it is asked
_state: _WorkerState | None = None  # of a worker process, set once
_why_not: MarkscanError | None = None  # why it has none
_log = logging.getLogger(__name__)


def start_process() -> ProcessPoolExecutor:
    """A pool of one process without an examiner, for other work on images."""
    return ProcessPoolExecutor(1, mp_context=SPAWNED, initializer=begin_process)


def examine_together(images: Sequence[ReadableImage]) -> list[Examination | FailedImage]:
    """In a worker: examine images, each on a thread of its own. Errors become a FailedImage."""
    state = _worker()
    with watched(state.examiner.settings, len(images)):
        if len(images) == 1:
            return [_examined(state.examiner, images[0])]
        examiners = [state.examiner.over(state.examiner.index) for _ in images]  # one for each thread
        with ThreadPoolExecutor(len(images)) as threads:
            return list(threads.map(_examined, examiners, images))


def _examined(examiner: Examiner, image: ReadableImage) -> Examination | FailedImage:
    try:
        return examiner.examine(image.read(examiner.settings.limits), name=image.name)
    except MarkscanError as error:
        return FailedImage(image.name, error.code, str(error), image.sha256())
    except Exception:  # one image must not end the scan of all others
        _log.exception("%s: could not be examined", image.name)
        return examination_failed(image.name, image.sha256())


def examine_bytes(data: bytes, name: str, seconds: float | None) -> Examination | FailedImage:
    """In a worker: examine an image against the newest index; after `seconds` (None: no limit) no stage begins."""
    state = _worker()
    with watched(state.examiner.settings):
        _reload_index(state)
        try:
            return state.examiner.examine(data, name=name, seconds=seconds)
        except MarkscanError as error:
            return FailedImage(name, error.code, str(error), hashlib.sha256(data).hexdigest())


def worker_died(name: str, image_sha256: str | None, settings: EngineSettings) -> FailedImage:
    """The failure of an image whose worker died or took too long."""
    return FailedImage(
        name,
        WORKER_DIED,
        f"{name}: the worker that examined it died or took over {settings.seconds_an_image:g} s; "
        "check the image with care, and save it again before the next scan",
        image_sha256,
    )


def examination_failed(name: str, image_sha256: str | None) -> FailedImage:
    """The failure of an image for which the program itself failed."""
    why = f"{name}: could not be examined, since Markscan itself failed; the log says why. Please report it"
    return FailedImage(name, EXAMINATION_FAILED, why, image_sha256)


def ready() -> str:
    """In a worker: how it describes references, as of description_fingerprint, once it can examine."""
    return description_fingerprint(_worker().examiner.embedder)


def describe(work: Callable[[Embedder, *Arguments], Result], arguments: tuple[*Arguments]) -> Answer[Result]:
    """In a worker: what `work`, which describes a reference, came to within the limits that a describer has."""
    return bounded(MEMORY, SECONDS, work, shared_embedder(_worker().on_cpu), *arguments)


@contextmanager
def watched(settings: EngineSettings, images: int = 1) -> Iterator[None]:
    """End this process if the block takes longer than so many images may, even while native code holds the GIL."""
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(settings.seconds_an_image * images, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def begin_worker(store: Store, settings: EngineSettings) -> None:
    """In a new process: open the examiner. Raises IndexUnusable, ModelUnusable."""
    begin_process()
    _open(store, settings)


def begin_when_asked(store: Store, settings: EngineSettings) -> None:
    """In a new process: load the models, and open the examiner when it is first asked for, over the index of then.

    As a pool would not say why it broke, an error is raised by what is asked of the process.
    """
    global _asked  # noqa: PLW0603 - as in _open
    begin_process()
    _asked = store, settings
    with suppress(Exception):  # it is raised again by what is asked
        open_models(settings)


def _open(store: Store, settings: EngineSettings) -> None:
    global _state  # noqa: PLW0603 - a worker holds one index for its lifetime
    folder = current_folder(store)
    _state = _WorkerState(store, Examiner.open(store, settings), folder, read_manifest(settings.model_manifest))
    cv2.setNumThreads(1)  # the workers are the parallelism
    threadpool_limits(1)  # likewise for FAISS and NumPy, whose idle threads would slow the other workers


def _open_or_remember(store: Store, settings: EngineSettings) -> None:
    """As _open, but remembers the error."""
    global _why_not  # noqa: PLW0603 - as in _open
    try:
        _open(store, settings)
    except MarkscanError as error:
        _why_not = error
    except Exception as error:
        _log.exception("a worker could not be started")
        _why_not = WorkersUnavailable(f"no worker can be started: {error!r}")


def _worker() -> _WorkerState:
    if _asked is not None and _state is None and _why_not is None:
        _open_or_remember(*_asked)
    if _why_not is not None:
        raise _why_not
    assert _state is not None, "the pool's initializer ran"
    return _state


def _reload_index(state: _WorkerState) -> None:
    """Open the published index if it is newer than the current one; keep the current one if that fails."""
    try:
        folder = current_folder(state.store)
        if folder != state.folder:
            state.examiner = state.examiner.over(
                BrandIndex.open(state.store, state.examiner.embedder, state.examiner.index)
            )
            state.folder = folder
    except IndexUnusable:
        pass


def begin_process() -> None:
    """In a new process, before it reads images."""
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent ends its children
    # A killed parent cannot stop its children, which would wait for ever.
    threading.Thread(target=_end_after_the_parent, daemon=True).start()


def _end_after_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
