"""Kills a publication at each of its steps, or fills the disk, in a process of one computing thread, which may fork."""

import errno
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import cv2

from brand_index.index.building import ChangesPublisher
from brand_index.index.merging import merge_due
from brand_index.index.published import check_digests, current_folder, read_manifest
from brand_index.index.reading import open_references, open_words
from brand_index.index.segments.files import SEGMENTS
from brand_index.registry import Registry
from brand_index.store import Store

STEPS = ("os.rename", "os.mkdir", "os.link", "os.remove", "os.rmdir")  # audit events: sys.addaudithook
EVERY_SO_MANY = 9  # files that are written, one is interrupted
FINISHED, FAILED, FINISHED_ALL_THE_SAME, KILLED = 0, 1, 3, 9


def _threads() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else 0


AT_FIRST = _threads()  # ONNX Runtime has one that waits, from its import on


def killed() -> None:
    os._exit(KILLED)


def disk_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def publish_changes(place: Store) -> None:
    with Registry.open(place) as registry:
        assert ChangesPublisher(place).publish(registry) is not None


def merge(place: Store) -> None:
    while merge_due(place):
        pass


def in_force(place: Store) -> frozenset[str]:
    """The references and words of the published index, all of whose files are sound."""
    folder = current_folder(place)
    check_digests(folder)
    words = open_words(folder)
    said = {each.reference_id for at, each in enumerate(words.words) if at not in words.withdrawn}
    return frozenset(said | {each.reference_id for each in open_references(folder)})


def at_each_step(root: Path, scratch: Path, work: Callable[[Store], None], happens: Callable[[], None]) -> None:
    """Interrupt `work` on copies of the store in `root`, at one step after another; raises AssertionError."""
    cv2.setNumThreads(1)
    before = in_force(Store(root))
    done = Store(Path(shutil.copytree(root, scratch / "done")))
    work(done)
    after, number, code = in_force(done), 0, FAILED
    while code != FINISHED:
        number += 1
        place = Store(Path(shutil.copytree(root, scratch / str(number))))
        code = _exit_code_of(work, place, number, happens)
        assert code in {FINISHED, FAILED, FINISHED_ALL_THE_SAME, KILLED}, f"step {number} ended with {code}"
        assert in_force(place) in {before, after}, f"after step {number}"
        folder = current_folder(place)
        work(place)
        assert in_force(place) == after, f"after step {number}, and once more"
        if current_folder(place) != folder:
            _check_clean(place)
        shutil.rmtree(place.root)
    assert number > 10, "hardly anything was interrupted"


def _check_clean(place: Store) -> None:
    """No file is missing that is listed, and none is left of what was interrupted."""
    listed = {each.name for each in read_manifest(current_folder(place)).segments}
    assert listed <= {path.name for path in (place.index / SEGMENTS).iterdir()}
    assert not list(place.index.glob(".building-*"))


def _exit_code_of(work: Callable[[Store], None], place: Store, number: int, happens: Callable[[], None]) -> int:
    assert _threads() <= AT_FIRST, "a process that computes in threads may hang once it is forked"
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    steps = opened = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps, opened
        if not any(str(place.index) in str(each) for each in arguments):
            return
        if event == "open" and "w" in str(arguments[1]):
            opened += 1
            steps += opened % EVERY_SO_MANY == 1
            is_step = opened % EVERY_SO_MANY == 1
        else:
            is_step = event in STEPS
            steps += is_step
        if is_step and steps == number:
            happens()

    sys.addaudithook(watch)
    code = 2
    try:
        work(place)
        code = FINISHED if steps < number else FINISHED_ALL_THE_SAME
    except OSError:
        code = FAILED
    finally:
        os._exit(code)
