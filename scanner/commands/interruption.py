"""Ends a command that is interrupted with one line that says how to go on, and leaves no process behind."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import typer

from scanner.commands.shell import say

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
AGAIN: Final = 0.1  # seconds after which a signal that met an import is sent again
PATIENCE: Final = 10.0  # seconds: an import that takes longer is the program itself
Handler = Callable[[int, FrameType | None], object]


class Interrupted(KeyboardInterrupt):
    """A signal that ends the program; nothing takes it for an error of an image."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = signal.Signals(number)


def after_imports(handler: Handler) -> Handler:
    """A handler of signals that has one wait while modules are imported.

    An exception in the middle of native code that is imported ends as an ImportError, which says nothing of the signal.
    """
    begun: list[float] = []

    def handle(number: int, frame: FrameType | None) -> None:
        begun.append(time.monotonic())
        if _is_importing(frame) and begun[-1] - begun[0] < PATIENCE:
            again = threading.Timer(AGAIN, os.kill, (os.getpid(), number))
            again.daemon = True
            again.start()
            return
        handler(number, frame)

    return handle


def interrupt_after_imports() -> None:
    """Have Ctrl-C wait so in a program of its own, unless its parent has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, after_imports(signal.default_int_handler))


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


@contextmanager
def resumable(out: str, again: str = "the same command with --resume") -> Iterator[None]:
    """As `stoppable`, of a scan that writes into `out`; `again`: what to run."""

    def what_stays() -> str:
        if "://" not in str(out) and not Path(out).exists():
            return "Nothing was written; to begin again, run the same command"
        return f"Every whole row in {out} stays; to go on, run {again}"

    with stoppable(what_stays):
        yield


@contextmanager
def stoppable(what_stays: Callable[[], str]) -> Iterator[None]:
    """Where SIGINT or SIGTERM interrupts the block, end the program as shells expect (130, 143) and say `what_stays`.

    What the block cleans up after an exception is cleaned up. What it notes on the exception is said instead. A second
    signal ends the program at once. In a thread of its own the block runs as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, after_imports(_interrupt)) for each in SIGNALS}
    try:
        yield
    except Interrupted as stopped:
        for child in multiprocessing.active_children():  # each is in the middle of an image
            child.kill()
        said = " ".join(getattr(stopped, "__notes__", ())) or what_stays()
        say(f"by {stopped.signal.name}. {said}", label="stopped", error=True)
        raise typer.Exit(128 + stopped.signal) from None
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(number: int, _: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    raise Interrupted(number)
