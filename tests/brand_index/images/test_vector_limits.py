"""An SVG's process ends by itself: at its limits of time, and when the process that asked for it is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from brand_index.errors import ImageTooLarge
from brand_index.images import vector

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
SQUARE = f'<svg {NAMESPACE} viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'.encode()
ENDLESS = (
    f'<svg {NAMESPACE} viewBox="0 0 9 9"><filter id="f"><feTurbulence baseFrequency=".5" numOctaves="100000"/></filter>'
    '<rect width="9" height="9" filter="url(#f)"/></svg>'
).encode()  # a second a pixel, without memory
HOURS = 7200
PATIENCE = 60  # seconds; what is waited for takes one at most
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="this system has no such limits; the parent's timeout holds")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
PARENT = f"""
from brand_index.images.vector import render
render({ENDLESS!r}, cpu_seconds={HOURS}, wall_seconds={HOURS})
"""


@contextmanager
def child(*, parent: int, cpu_seconds: int = HOURS, wall_seconds: float = HOURS) -> Iterator["subprocess.Popen[bytes]"]:
    """The drawing process itself, without a parent that would stop it."""
    process = subprocess.Popen(
        (sys.executable, vector.__file__, str(parent), str(cpu_seconds), str(wall_seconds)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def child_of(process_id: int) -> int | None:
    """The process id of its first child; None: it has none."""
    listed = Path(f"/proc/{process_id}/task/{process_id}/children").read_text("ascii").split()
    return int(listed[0]) if listed else None


def status(process_id: int) -> list[str]:
    """The fields of Linux's /proc/PID/stat from the third on, the state; of an ended process "Z"."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return ["Z"]


def moments() -> Iterator[None]:
    """Waits a moment between two looks, and fails the test after `PATIENCE`."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield
        time.sleep(0.02)
    pytest.fail("waited in vain")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no signal for a parent's end")
def test_a_killed_parent_leaves_no_child() -> None:
    with subprocess.Popen((sys.executable, "-c", PARENT), env=ENVIRONMENT) as parent:
        drawing = None
        for _ in moments():
            drawing = child_of(parent.pid)
            if drawing is not None and int(status(drawing)[11]) > os.sysconf("SC_CLK_TCK") / 2:  # it draws
                break
        parent.send_signal(signal.SIGKILL)
    assert drawing is not None
    for _ in moments():
        if status(drawing)[0] == "Z":
            break


@UNIX
def test_a_child_whose_parent_has_ended_already_draws_nothing() -> None:
    with child(parent=os.getppid()) as orphan:
        assert orphan.communicate(SQUARE, timeout=PATIENCE)[0] == b""
    with child(parent=os.getpid()) as expected:
        assert expected.communicate(SQUARE, timeout=PATIENCE)[0].startswith(b"\x89PNG")


@UNIX
def test_a_child_ends_at_its_limit_of_processor_time() -> None:
    with child(parent=os.getpid(), cpu_seconds=1) as endless:
        endless.communicate(ENDLESS, timeout=PATIENCE)
    assert endless.returncode in {-signal.SIGXCPU, -signal.SIGKILL}


@UNIX
def test_a_child_ends_at_its_limit_of_wall_time_even_if_its_parent_ignores_alarms() -> None:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        with child(parent=os.getpid(), wall_seconds=0.3) as stalled:  # nothing is sent, and it uses no processor time
            assert stalled.wait(PATIENCE) == -signal.SIGALRM
    finally:
        signal.signal(signal.SIGALRM, before)


@UNIX
def test_a_drawing_that_takes_too_long_is_too_large() -> None:
    with pytest.raises(ImageTooLarge, match=r"logo\.svg.*1 s of processor time"):
        vector.render(ENDLESS, name="logo.svg", cpu_seconds=1, wall_seconds=PATIENCE)
