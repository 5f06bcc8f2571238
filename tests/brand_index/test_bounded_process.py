"""A call in a bounded process is stopped at its limits, and the next one is answered all the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from brand_index.bounded_process import BoundedProcess, CallFailed, LimitExceeded, ProcessUnusable
from brand_index.errors import TruncatedImage

MEMORY = 200 * 2**20  # bytes
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems limit no address space")


def begin() -> str:
    return "state"


def fail_to_begin() -> str:
    raise TruncatedImage("weights")


def end() -> str:
    os._exit(7)


def greet(state: str, name: str) -> str:
    print("what libraries print is no answer", flush=True)
    return f"{state} {name}"


def allocate(state: str, size: int) -> int:
    return int(np.ones(size, np.uint8)[-1])


def never_return(state: str) -> None:
    while True:
        pass


def refuse(state: str) -> None:
    raise TruncatedImage(f"{state}: cut off")


def divide(state: str) -> float:
    return len(state) / 0


def die(state: str, tries: Path, deaths: int) -> str:
    """Die `deaths` times; `tries` counts."""
    with tries.open("a", encoding="utf-8") as file:
        file.write("x")
    if tries.stat().st_size <= deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    return state


@pytest.fixture
def process() -> Iterator[BoundedProcess[str]]:
    started = BoundedProcess(begin, memory=MEMORY, seconds=30)
    yield started
    started.close()


def test_calls_are_answered_and_get_what_the_process_began_with(process: BoundedProcess[str]) -> None:
    assert [process.call(greet, name) for name in ("a", "b")] == ["state a", "state b"]


@LINUX
def test_a_call_that_takes_too_much_memory_is_stopped(process: BoundedProcess[str]) -> None:
    assert process.call(allocate, MEMORY // 2) == 1
    with pytest.raises(LimitExceeded):
        process.call(allocate, 2 * MEMORY)
    assert process.call(allocate, MEMORY // 2) == 1


def test_a_call_that_takes_too_long_is_stopped() -> None:
    process = BoundedProcess(begin, memory=MEMORY, seconds=1)
    with pytest.raises(LimitExceeded):
        process.call(never_return)
    assert process.call(greet, "a") == "state a"
    process.close()


def test_a_call_whose_process_dies_is_tried_once_more(process: BoundedProcess[str], tmp_path: Path) -> None:
    assert process.call(die, tmp_path / "once", 1) == "state"
    with pytest.raises(LimitExceeded):
        process.call(die, tmp_path / "always", 9)
    assert (tmp_path / "always").read_text("utf-8") == "xx"


def test_errors_of_markscan_are_raised_and_others_are_described(process: BoundedProcess[str]) -> None:
    with pytest.raises(TruncatedImage, match="state: cut off"):
        process.call(refuse)
    with pytest.raises(CallFailed, match="ZeroDivisionError"):
        process.call(divide)
    assert process.call(greet, "a") == "state a"


def test_a_process_that_cannot_begin_says_so() -> None:
    with pytest.raises(TruncatedImage, match="weights"):
        BoundedProcess(fail_to_begin, memory=MEMORY, seconds=30).call(greet, "a")
    with pytest.raises(ProcessUnusable):
        BoundedProcess(end, memory=MEMORY, seconds=30).call(greet, "a")


def note_and_never_return(state: str, path: Path) -> None:
    path.write_text(str(os.getpid()), "utf-8")
    never_return(state)


@LINUX
def test_the_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\nfrom tests.brand_index.test_bounded_process import *\n"
        "process = BoundedProcess(begin, memory=MEMORY, seconds=3000)\n"
        f"process.call(note_and_never_return, Path({str(tmp_path / 'pid')!r}))"
    )
    parent = subprocess.Popen((sys.executable, "-c", code), env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    path, until = tmp_path / "pid", time.monotonic() + 60
    while not (path.exists() and path.read_text("utf-8")):
        assert time.monotonic() < until, "the call did not begin"
        time.sleep(0.05)
    child = int(path.read_text("utf-8"))
    parent.kill()
    parent.wait()
    while _runs(child):
        assert time.monotonic() < until, "it outlives its parent"
        time.sleep(0.05)


def _runs(process_id: int) -> bool:
    with suppress(OSError):
        return ") Z " not in Path(f"/proc/{process_id}/stat").read_text("utf-8")
    return False
