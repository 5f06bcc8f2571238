"""Workers that die are replaced, and only the image that killed them fails; what is registered does not wait long."""

import asyncio
import errno
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.bounded_process import LimitExceeded
from brand_index.errors import TruncatedImage
from brand_index.features.describing import MEMORY
from brand_index.features.embedding import Embedder
from brand_index.index.published import CURRENT
from brand_index.registration.examining import examine
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examination
from scanner.engine.types import FailedImage
from scanner.engine.worker import EXAMINATION_FAILED, WORKER_DIED, WorkersUnavailable
from scanner.moderation.records.scans import UploadedImage
from scanner.service.workers.pool import QueueFull, WorkerPool
from scanner.service.workers.worker_process import WorkerProcess
from scanner.settings import ServiceSettings, Settings
from tests.conftest import describer, jpeg
from tests.scanner.service.conftest import copy_of

Result = TypeVar("Result")
DATA = jpeg(np.asarray(photographs.astronaut(), np.uint8)[::2, ::2])
IMAGE = UploadedImage("fine.jpg", sha256(DATA).hexdigest(), DATA)
POISON = UploadedImage("poison", "0" * 64, b"")


PUZZLE = UploadedImage("puzzle", "1" * 64, b"")


def die(_: Embedder) -> None:
    """In a worker: end it."""
    os._exit(3)


def take_too_much(_: Embedder) -> int:
    """In a worker: take more memory than describing may."""
    return len(bytearray(2 * MEMORY))


def refuse(_: Embedder, text: str) -> None:
    """In a worker: raise an error of the image."""
    raise TruncatedImage(text)


def take_long(_: Embedder) -> None:
    """In a worker: take longer than a test."""
    time.sleep(600)


class PoisonedPool(WorkerPool):
    """One of its images kills its worker, and another hits a bug."""

    async def _ask(
        self, process: WorkerProcess, image: UploadedImage, seconds: float | None
    ) -> Examination | FailedImage:
        if image is POISON:
            return await process.call(os._exit, 3)
        if image is PUZZLE:
            return await process.call(int, "no number")  # type: ignore[arg-type]
        return await super()._ask(process, image, seconds)


@pytest.fixture
def run(store: Store, settings: Settings) -> Callable[[Callable[[WorkerPool], Awaitable[Result]]], Result]:
    """Runs a function with an open pool of two workers and a queue of three images."""

    def with_pool(use: Callable[[WorkerPool], Awaitable[Result]]) -> Result:
        async def opened() -> Result:
            bounds = ServiceSettings(workers=2, queue=3)
            pool = PoisonedPool(store, settings.model_copy(update={"service": bounds}))
            await pool.start()
            try:
                return await asyncio.wait_for(use(pool), 60)
            finally:
                await pool.close()

        return asyncio.run(opened())

    return with_pool


def kill_workers(pool: WorkerPool) -> None:
    for process in pool._processes.values():
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)


async def settled() -> None:
    """Return when images are queued and free workers have taken theirs: after a few turns of the event loop."""
    for _ in range(5):
        await asyncio.sleep(0)


Run = Callable[
    [Callable[[WorkerPool], Awaitable[list[Examination | FailedImage | None]]]], list[Examination | FailedImage | None]
]


def test_a_poisonous_image_fails_alone(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        outcomes = await asyncio.gather(*(pool.examine(each) for each in (IMAGE, POISON, *[IMAGE] * 4)))
        assert pool.deaths == 2, "it was tried once more"
        return outcomes

    fine, poison, *others = run(use)
    assert isinstance(poison, FailedImage)
    assert poison.code == WORKER_DIED
    assert all(isinstance(each, Examination) and each.evidence for each in (fine, *others))


def test_a_mistake_of_the_program_fails_one_image_and_ends_no_runner(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        return await asyncio.gather(*(pool.examine(each) for each in (PUZZLE, PUZZLE, PUZZLE, IMAGE)))

    *puzzles, fine = run(use)
    assert [each.code for each in puzzles if isinstance(each, FailedImage)] == [EXAMINATION_FAILED] * 3
    assert isinstance(fine, Examination)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_worker_that_somebody_kills_costs_no_image(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        calls = [asyncio.create_task(pool.examine(IMAGE)) for _ in range(8)]
        await asyncio.sleep(0.05)
        kill_workers(pool)
        outcomes = await asyncio.gather(*calls)
        kill_workers(pool)
        return [*outcomes, await pool.examine(IMAGE)]

    assert all(isinstance(each, Examination) for each in run(use))


def test_an_image_whose_time_is_up_before_its_turn_costs_no_worker(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        return [await pool.examine(IMAGE, until=time.monotonic() - 1)]

    assert run(use) == [None]


def test_no_more_may_wait_than_the_settings_say(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        pool.admit(20)  # nothing waits: a call of any length is taken
        calls = [asyncio.create_task(pool.examine(IMAGE)) for _ in range(5)]
        await settled()
        assert pool.waiting == 3
        with pytest.raises(QueueFull):
            pool.admit(1)
        return await asyncio.gather(*calls)

    assert len(run(use)) == 5


def test_images_of_waiting_callers_go_before_patient_ones(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        order: list[str] = []

        async def ask(name: str, *, patient: bool) -> None:
            await pool.examine(IMAGE, patient=patient)
            order.append(name)

        patient = [asyncio.create_task(ask("patient", patient=True)) for _ in range(6)]
        await settled()
        await asyncio.gather(*patient, ask("at once", patient=False))
        assert order.index("at once") < 4
        return []

    run(use)


def test_a_worker_describes_a_reference_as_a_describer_does(run: Run) -> None:
    asked = (DATA, ReferenceKind.PHOTO, "fine.jpg", True)

    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        assert pool.describes_as == describer().fingerprint
        assert await pool.describe(examine, *asked) == describer().run("fine.jpg", examine, *asked)
        return []

    run(use)


def test_what_is_registered_goes_before_images_that_wait(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        order: list[str] = []
        images = [asyncio.create_task(pool.examine(IMAGE)) for _ in range(6)]
        for each in images:
            each.add_done_callback(lambda _: order.append("image"))
        await settled()
        await pool.describe(examine, DATA, ReferenceKind.PHOTO, "fine.jpg", False)
        assert len(order) < 4
        return await asyncio.gather(*images)

    assert all(isinstance(each, Examination) for each in run(use))


def test_an_error_of_what_is_described_is_its_callers(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        with pytest.raises(TruncatedImage, match="half of it"):
            await pool.describe(refuse, "half of it")
        return []

    run(use)


def test_what_kills_a_worker_while_it_is_described_is_refused_and_costs_no_image(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        images = [asyncio.create_task(pool.examine(IMAGE)) for _ in range(3)]
        with pytest.raises(LimitExceeded):
            await pool.describe(die)
        assert pool.deaths == 2, "it was tried once more, and not for ever"
        return await asyncio.gather(*images)

    assert all(isinstance(each, Examination) for each in run(use))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux")
def test_what_takes_too_much_memory_to_describe_is_refused_and_ends_no_worker(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        with pytest.raises(LimitExceeded):
            await pool.describe(take_too_much)
        assert pool.deaths == 0
        return [await pool.examine(IMAGE)]

    assert isinstance(run(use)[0], Examination)


def test_who_waits_for_a_description_is_told_when_the_pool_closes(run: Run) -> None:
    async def use(pool: WorkerPool) -> list[Examination | FailedImage | None]:
        waiting = [asyncio.create_task(pool.describe(take_long)) for _ in range(3)]
        await settled()
        await pool.close()
        for outcome in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(outcome, WorkersUnavailable)
        with pytest.raises(WorkersUnavailable):
            await pool.describe(take_long)
        return []

    run(use)


def test_while_no_worker_can_be_started_images_are_refused_and_afterwards_examined(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    place, suspected = copy_of(store, tmp_path), list[bool]()

    async def use() -> None:
        pool = WorkerPool(place, settings.model_copy(update={"service": ServiceSettings(workers=2, queue=3)}))
        pool.suspect_index = lambda: suspected.append(True)
        await pool.start()
        try:
            pointer = place.index / CURRENT
            folder = pointer.read_text()
            pointer.write_text("gone")
            kill_workers(pool)
            with pytest.raises(WorkersUnavailable):  # it waited for a worker
                await asyncio.wait_for(pool.examine(IMAGE), 60)
            assert pool.why_down == "index_damaged"
            with pytest.raises(WorkersUnavailable):
                await asyncio.wait_for(pool.examine(IMAGE), 60)
            pointer.write_text(folder)
            while pool.why_down is not None:
                await asyncio.sleep(0.05)
            outcome = await asyncio.wait_for(pool.examine(IMAGE), 60)
            assert isinstance(outcome, Examination), "no image is to blame"
        finally:
            await pool.close()

    asyncio.run(asyncio.wait_for(use(), 120))
    assert suspected


def test_a_worker_whose_process_cannot_be_made_costs_no_runner(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [OSError(errno.EAGAIN, "no more processes"), SystemExit(1)]

    class Scarce(WorkerProcess):
        def __init__(self, begin: Callable[[], None]) -> None:
            if failures:
                raise failures.pop()
            super().__init__(begin)

    async def use() -> Examination | FailedImage | None:
        pool = WorkerPool(store, settings.model_copy(update={"service": ServiceSettings(workers=1)}))
        await pool.start()
        monkeypatch.setattr("scanner.service.workers.pool.WorkerProcess", Scarce)
        try:
            kill_workers(pool)
            with pytest.raises(WorkersUnavailable):
                await pool.examine(IMAGE)
            while pool.why_down is not None:
                await asyncio.sleep(0.05)
            return await pool.examine(IMAGE)
        finally:
            await pool.close()

    assert isinstance(asyncio.run(asyncio.wait_for(use(), 120)), Examination)
    assert not failures
