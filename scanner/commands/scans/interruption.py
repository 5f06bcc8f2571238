"""Ends a scan that is interrupted with one line that says how to go on, and leaves no process behind."""

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import typer

from scanner.commands.shell import say

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """A signal that ends the program; nothing takes it for an error of an image."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = signal.Signals(number)


@contextmanager
def resumable(out: str, again: str = "the same command with --resume") -> Iterator[None]:
    """Where SIGINT or SIGTERM interrupts the block, end the program as shells expect (130, 143) and say how to go on.

    `again`: what to run. A second signal ends it at once. In a thread of its own the block runs as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, _interrupt) for each in SIGNALS}
    try:
        yield
    except Interrupted as stopped:
        for child in multiprocessing.active_children():  # each is in the middle of an image
            child.kill()
        kept = f"Every whole row in {out} stays; to go on, run {again}"
        if "://" not in str(out) and not Path(out).exists():
            kept = "Nothing was written; to begin again, run the same command"
        say(f"by {stopped.signal.name}. {kept}", label="stopped", error=True)
        raise typer.Exit(128 + stopped.signal) from None
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(number: int, _: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    raise Interrupted(number)
