"""A scan that a signal ends says how to go on, exits as shells expect, and leaves no process behind."""

import importlib
import signal
import subprocess
import sys
import threading
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

import pytest

from brand_index.store import UNFINISHED, Store
from scanner.commands.interruption import after_imports

PROGRAM = """
import multiprocessing, os, sys, time
from pathlib import Path
import typer
from scanner.commands.interruption import resumable
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

# Runs markscan, which gets a signal once it has opened some files of the folder "backup".
INTERRUPTED_VERIFICATION = """
import os, sys
from scanner.commands.main import markscan
from scanner.moving import backups, transferring
checked = transferring.faults_of_store
def interrupted(*given):
    os.kill(os.getpid(), int(sys.argv[1]))
    return checked(*given)
backups.faults_of_store = transferring.faults_of_store = interrupted
markscan(sys.argv[2:])
"""
INTERRUPTED_BACKUP = """
import os, sys
from scanner.commands.main import markscan
left = [5]
def sees(event, arguments):
    if event == "open" and "/backup/" in str(arguments[0]):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), int(sys.argv[1]))
sys.addaudithook(sees)
markscan(sys.argv[2:])
"""


@pytest.mark.parametrize(("number", "code"), [(SIGINT, 130), (SIGTERM, 143)])
def test_an_interrupted_scan_names_resume_and_ends_its_workers(number: Signals, code: int, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    done = interrupted(number, tmp_path)
    assert done.returncode == code
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"stopped: by {number.name}.")
    assert "Every whole row in out stays" in line
    assert line.endswith("run the same command with --resume")


def test_a_scan_that_is_interrupted_before_its_first_row_promises_none(tmp_path: Path) -> None:
    done = interrupted(SIGINT, tmp_path)
    assert done.stderr == "stopped: by SIGINT. Nothing was written; to begin again, run the same command\n"


def interrupted(number: Signals, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(number))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_workers_that_are_starting_do_not_hear_the_terminal(tmp_path: Path) -> None:
    program = """
import os, signal, sys, time
from pathlib import Path
from brand_index.store import UNFINISHED, Store
from scanner.bulk.starting import start_workers
from scanner.settings import Settings
import multiprocessing
if __name__ == "__main__":
    pool = start_workers(Store(Path("store")), Settings(), 2)
    pool.submit(int), pool.submit(int)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.killpg(0, signal.SIGINT)  # as a terminal sends it
    time.sleep(1)
    print(len(multiprocessing.active_children()))
    for child in multiprocessing.active_children():
        child.kill()
"""
    (tmp_path / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        start_new_session=True,
    )
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_a_signal_waits_until_what_it_interrupts_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slowly_imported.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nfinished = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    came = threading.Event()
    before = signal.signal(SIGTERM, after_imports(lambda *_: came.set()))
    try:
        module = importlib.import_module("slowly_imported")
        assert not came.is_set()
        assert module.finished
        assert came.wait(10)
    finally:
        signal.signal(SIGTERM, before)


@pytest.mark.parametrize(("number", "code"), [(SIGINT, 130), (SIGTERM, 143)])
def test_a_backup_that_a_signal_ends_leaves_nothing_in_the_way_of_the_next(
    number: Signals, code: int, store: Store, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    command = ("store", "backup", str(backup), "--store", str(store.root))
    done = subprocess.run(
        (sys.executable, "-c", INTERRUPTED_BACKUP, str(int(number)), *command),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, backup.exists()) == (code, False)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"stopped: by {number.name}. What was written is removed again")


def test_a_copy_that_a_signal_ends_while_it_is_verified_stays_and_says_so(store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    done = subprocess.run(
        (
            sys.executable,
            "-c",
            INTERRUPTED_VERIFICATION,
            str(int(SIGTERM)),
            "store",
            "copy",
            str(store.root),
            str(copy),
        ),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, (copy / "registry.db").exists(), (copy / UNFINISHED).exists()) == (143, True, False)
    (line,) = done.stderr.splitlines()
    assert line == (
        f"stopped: by SIGTERM. All is in {copy}, and it is not verified yet: run `markscan audit verify --store {copy}`"
    )
