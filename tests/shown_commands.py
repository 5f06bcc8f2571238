"""Runs commands as a page of the documentation shows them; one that takes too long fails with what it waited for."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
import pytest

ROOT: Final = Path(__file__).parents[1]
SECONDS: Final = 240.0  # for a command; the slowest takes 30 on two busy processors, and 110 beside all else of CI
PROGRAMS: Final = {"markscan": "markscan_main", "scan-images": "scan_images_main"}


def shown_in(text: str) -> list[str]:
    """The commands in a page, or a part of one: its lines that are indented by four."""
    return re.findall(r"^    (\S.*)$", text, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands in a folder; `markscan` and `scan-images` are those of this tree."""

    folder: Path
    environment: Mapping[str, str]
    sessions: list[int] = field(default_factory=list)  # one for each command; what it starts stays in it

    def start(self, command: str, printed: Path) -> "subprocess.Popen[bytes]":
        """Start a command, which prints into a file."""
        with printed.open("wb") as file:
            process = subprocess.Popen(
                ["bash", "-c", command],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.sessions.append(process.pid)
        return process

    def run(self, command: str, seconds: float = SECONDS) -> tuple[int, str]:
        """The exit code of a command and what it printed; what it leaves running does not keep it from ending."""
        printed = self.folder / f"printed-{len(self.sessions)}.txt"
        process = self.start(command, printed)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGABRT)  # it prints then what each of its threads is at
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            running = "\n".join(" ".join(each.cmdline())[:150] for each in self._left())
            pytest.fail(
                f"{command}: no end within {seconds:g} s. It printed\n{printed.read_text('utf-8', 'replace')}\n"
                f"and with what was started before these run:\n{running}"
            )
        return process.returncode, printed.read_text("utf-8", "replace")

    def end(self) -> None:
        """Kill all that the commands have left running."""
        left = self._left()
        for each in left:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(left, 10)

    def _left(self) -> list[psutil.Process]:
        found = []
        for each in psutil.process_iter():
            with suppress(ProcessLookupError, psutil.Error):
                if os.getsid(each.pid) in self.sessions and each.status() != psutil.STATUS_ZOMBIE:
                    found.append(each)
        return found


@contextmanager
def shell(folder: Path, **variables: str) -> Iterator[Shell]:
    """A shell in `folder` with these variables besides; what its commands started ends with the block."""
    programs = folder / "bin"
    programs.mkdir()
    for name, main in PROGRAMS.items():
        code = f"from scanner.commands.main import {main}; {main}()"
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -W ignore -c "{code}" "$@"\n')
        (programs / name).chmod(0o755)
    paths = [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
    made = Shell(
        folder,
        {
            **os.environ,
            "PATH": os.pathsep.join(paths),
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "PYTHONFAULTHANDLER": "1",
            "XDG_CACHE_HOME": str(folder / "cache"),
            **variables,
        },
    )
    try:
        yield made
    finally:
        made.end()
