"""Workers start before their parent has imported what they run, and only where they will have something to do."""

import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path, PurePath

import pytest
from skimage import data as photographs

from brand_index.images.listed import FoundImage
from brand_index.store import Store
from scanner.bulk.batch import ExaminerPool, examine_images
from scanner.bulk.starting import start_workers, started_early
from scanner.engine.examiner import Examination
from scanner.engine.worker import SPAWNED, ready
from scanner.settings import Settings
from tests.conftest import jpeg


@pytest.fixture
def photo(tmp_path: Path) -> FoundImage:
    path = tmp_path / "coffee.jpg"
    path.write_bytes(jpeg(photographs.coffee()[::2, ::2]))
    return FoundImage(path, PurePath(path.name))


def test_starting_workers_loads_nothing_that_they_run() -> None:
    code = "import sys, scanner.bulk.starting; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"cv2", "numpy", "onnxruntime", "faiss", "sqlalchemy", "scanner.engine.examiner"} & set(loaded)


def test_no_worker_starts_before_there_is_an_index(tmp_path: Path, settings: Settings) -> None:
    with started_early([str(tmp_path)], Store(tmp_path / "store"), settings, 2) as pool:
        assert pool is None


def test_workers_that_started_early_are_no_more_than_the_files_and_examine_them(
    photo: FoundImage, store: Store, settings: Settings
) -> None:
    before = set(multiprocessing.active_children())
    with started_early([str(photo.path)], store, settings, 4) as pool:
        assert len(set(multiprocessing.active_children()) - before) == 1
        (examined,) = examine_images([photo], store, settings, workers=4, started=pool)
    assert isinstance(examined.outcome, Examination)


def test_no_more_workers_start_early_than_a_folder_has_files_or_the_machine_processors(
    photo: FoundImage, store: Store, settings: Settings
) -> None:
    def early(workers: int) -> int:
        before = set(multiprocessing.active_children())
        with started_early([str(photo.path.parent)], store, settings, workers):
            return len(set(multiprocessing.active_children()) - before)

    assert early(50) == 1
    for number in range(8 * (os.cpu_count() or 1)):
        (photo.path.parent / f"{number}.jpg").touch()
    assert early(50) == min(50, os.cpu_count() or 1)


def test_an_index_that_is_published_after_the_start_is_opened(store: Store, settings: Settings, tmp_path: Path) -> None:
    late = Store(tmp_path / "store")
    with start_workers(late, settings, 1) as pool:
        pool.submit(int).result()  # the process has begun, and there was nothing to open
        late.root.symlink_to(store.root.absolute())
        assert pool.submit(ready).result()


def test_workers_that_died_before_the_first_image_are_replaced(
    photo: FoundImage, store: Store, settings: Settings
) -> None:
    dead = ProcessPoolExecutor(1, mp_context=SPAWNED)
    with pytest.raises(BrokenProcessPool):
        dead.submit(os._exit, 1).result()
    with ExaminerPool(store, settings, 1, dead) as pool:
        (examined,) = pool.examine([photo])
    assert isinstance(examined.outcome, Examination)


def test_workers_that_are_not_needed_after_all_end_before_they_have_started(
    photo: FoundImage, store: Store, settings: Settings
) -> None:
    before = multiprocessing.active_children()
    with started_early([str(photo.path)], store, settings, 1):
        (worker,) = [each for each in multiprocessing.active_children() if each not in before]
    worker.join(5)
    assert worker.exitcode == -signal.SIGKILL
