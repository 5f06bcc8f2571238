"""A scan that a signal ends says how to go on, exits as shells expect, and leaves no process behind."""

import subprocess
import sys
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

import pytest

PROGRAM = """
import multiprocessing, os, sys, time
from pathlib import Path
import typer
from scanner.commands.scans.interruption import resumable
child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
try:
    with resumable(Path("out")):
        child.start()
        os.kill(os.getpid(), int(sys.argv[1]))
        time.sleep(600)
except typer.Exit as ended:
    child.join()
    sys.exit(ended.exit_code)
"""


@pytest.mark.parametrize(("number", "code"), [(SIGINT, 130), (SIGTERM, 143)])
def test_an_interrupted_scan_names_resume_and_ends_its_workers(number: Signals, code: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(number))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"stopped: by {number.name}.")
    assert "Every whole row in out stays" in line
    assert line.endswith("run the same command with --resume")
