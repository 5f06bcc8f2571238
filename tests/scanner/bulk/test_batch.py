"""A batch gives one outcome for each image, in order, whatever one of them does to its worker."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path, PurePath

import pytest
from skimage import data as photographs

from brand_index.errors import IndexDamaged, ModelUnusable
from brand_index.features.running.providers import available_providers
from brand_index.images.listed import FoundImage, ListedImage
from brand_index.store import Store
from scanner.bulk.batch import Examined, examine_batch
from scanner.bulk.run import naming_damage
from scanner.bulk.starting import images_at_once
from scanner.engine.examiner import Examination
from scanner.engine.types import FailedImage
from scanner.engine.worker import SPAWNED, WORKER_DIED, WorkersUnavailable
from scanner.settings import Settings
from tests.conftest import index_file, jpeg


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Five images of which the third is none."""
    images = [photographs.astronaut(), photographs.coffee(), None, photographs.rocket(), photographs.chelsea()]
    paths = []
    for number, image in enumerate(images):
        paths.append(tmp_path / f"{number}.jpg")
        paths[-1].write_bytes(b"no image" if image is None else jpeg(image[::2, ::2]))
    return paths


def test_outcomes_come_in_the_order_given_with_failures_among_them(
    photos: list[Path], store: Store, settings: Settings
) -> None:
    outcomes = list(examine_batch(photos, store, settings, workers=2))
    assert [outcome.image.path for outcome in outcomes] == photos
    assert [isinstance(outcome.outcome, Examination) for outcome in outcomes] == [True, True, False, True, True]
    failure = outcomes[2].outcome
    assert isinstance(failure, FailedImage)
    assert failure.code == "not_an_image"
    assert "2.jpg" in failure.message
    assert failure.image_sha256 is not None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_among_the_images_keeps_no_worker_waiting(
    photos: list[Path], store: Store, settings: Settings, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    both = [tmp_path / "pipe.jpg", photos[0]]
    failure, image = (each.outcome for each in examine_batch(both, store, settings, workers=1))
    assert isinstance(image, Examination)
    assert isinstance(failure, FailedImage)
    assert (failure.code, failure.image_sha256) == ("unreadable_file", None)


def test_one_worker_sees_what_two_see(photos: list[Path], store: Store, settings: Settings) -> None:
    one, two = (list(examine_batch(photos, store, settings, workers=count)) for count in (1, 2))
    assert one == two


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc")
def test_a_worker_that_is_killed_costs_no_image(photos: list[Path], store: Store, settings: Settings) -> None:
    outcomes = examine_batch(photos * 4, store, settings, workers=2)
    first = next(outcomes)
    for child in _children(os.getpid()):
        os.kill(child, signal.SIGKILL)
    rest = list(outcomes)
    assert [outcome.image.path for outcome in (first, *rest)] == photos * 4
    broken = [each for each in rest if isinstance(each.outcome, FailedImage) and each.outcome.code == WORKER_DIED]
    assert not broken


@pytest.mark.skipif("azure" not in available_providers(), reason="needs a second provider that runs on any machine")
def test_images_that_are_examined_together_are_seen_as_one_by_one(
    photos: list[Path], store: Store, settings: Settings
) -> None:
    together = settings.model_copy(update={"providers": ("azure", "cpu")})  # it leaves the networks to the processor
    assert images_at_once(together) > len(photos) > images_at_once(settings)
    one_by_one = list(examine_batch(photos, store, settings, workers=1))
    assert list(examine_batch(photos, store, together, workers=1)) == one_by_one


def test_a_provider_that_is_not_there_is_no_images_fault(photos: list[Path], store: Store, settings: Settings) -> None:
    with pytest.raises(ModelUnusable, match=r"abacus is not in this ONNX Runtime, which has .*cpu"):
        next(examine_batch(photos, store, settings.model_copy(update={"providers": ("abacus",)}), workers=1))


def test_an_image_that_takes_too_long_fails_alone(photos: list[Path], store: Store, settings: Settings) -> None:
    impatient = settings.model_copy(update={"seconds_an_image": 0.001})
    outcomes = list(examine_batch(photos[:1], store, impatient, workers=1))
    failure = outcomes[0].outcome
    assert isinstance(failure, FailedImage)
    assert failure.code == WORKER_DIED
    assert "0.jpg" in failure.message


def test_a_damaged_index_is_an_error_of_its_own_and_no_images_fault(
    photos: list[Path], store: Store, settings: Settings, tmp_path: Path
) -> None:
    place = Store(Path(shutil.copytree(store.root, tmp_path / "store")))
    index_file(place, "hues.npy").write_bytes(b"")
    with pytest.raises(IndexDamaged, match=r"hues\.npy"):
        next(examine_batch(photos, place, settings, workers=2))


def test_a_worker_that_dies_before_its_first_image_is_no_images_fault(
    photos: list[Path], store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def start_dying(*_: object) -> ProcessPoolExecutor:
        started.append(1)
        return ProcessPoolExecutor(1, mp_context=SPAWNED, initializer=os._exit, initargs=(1,))

    monkeypatch.setattr("scanner.bulk.batch.start_workers", start_dying)
    with pytest.raises(WorkersUnavailable, match="--workers"):
        next(examine_batch(photos, store, settings, workers=1))
    assert len(started) == 2, "one start more is enough to tell"


def test_no_images_are_no_outcomes(store: Store, settings: Settings) -> None:
    assert not list(examine_batch([], store, settings, workers=1))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for the workers in /proc")
def test_workers_end_when_their_parent_is_killed(photos: list[Path], store: Store, tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"more-{number}.jpg").write_bytes(photos[0].read_bytes())
    code = "import sys; from scanner.commands.main import scan_images_main; scan_images_main()"
    options = [str(tmp_path), "--store", str(store.root), "--out", str(tmp_path / "out"), "--workers", "1"]
    with subprocess.Popen([sys.executable, "-c", code, *options], stderr=subprocess.DEVNULL) as parent:
        deadline = time.monotonic() + 120
        while not (workers := _children(parent.pid)):
            assert time.monotonic() < deadline, "no worker came"
            time.sleep(0.05)
        parent.kill()
    while any(_spawned(worker) for worker in workers):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.1)


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split() if _spawned(int(child))]


def _spawned(child: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    except OSError:
        return False


def test_an_index_that_is_damaged_in_mid_scan_ends_it_with_what_to_do_about_its_rows(tmp_path: Path) -> None:
    def outcomes() -> Iterator[Examined[ListedImage]]:
        yield Examined(
            FoundImage(tmp_path / "a.jpg", PurePath("a.jpg")), FailedImage("a.jpg", "not_an_image", "no image")
        )
        raise IndexDamaged(tmp_path / "hues.npy", "it has 0 bytes")

    coming = naming_damage(outcomes(), tmp_path / "out")
    assert next(coming).image.inside.name == "a.jpg"
    with pytest.raises(IndexDamaged, match=r"hues\.npy: it has 0 bytes; .*rows of this scan in .*out: .*--resume"):
        next(coming)
