"""Runs functions on untrusted bytes in a child process, each within a limit of memory and of time.

The limit of memory is Linux's alone; elsewhere the limit of time has to do.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Generic, TypeVar, TypeVarTuple

from brand_index.errors import MarkscanError

START_SECONDS: Final = 120.0  # within which the process must have begun, on a busy machine too
_LENGTH: Final = 8  # bytes that say how long a message is
_COMMAND: Final = "from brand_index.bounded_process import serve; serve({})"
_PR_SET_PDEATHSIG: Final = 1  # of Linux's <sys/prctl.h>
# What native code says when an allocation fails: OpenCV, ONNX Runtime and the C++ library.
_OUT_OF_MEMORY: Final = ("Insufficient memory", "Failed to allocate", "bad_alloc", "bad allocation")
State = TypeVar("State")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)
Arguments = TypeVarTuple("Arguments")


class LimitExceeded(Exception):
    """The call took too much memory or time, or ended its process."""


class CallFailed(Exception):
    """The called function raised an error that is not Markscan's; the message is its traceback."""


class ProcessUnusable(MarkscanError):
    """The process cannot be started."""

    code = "process_unusable"


@dataclass(frozen=True, slots=True)
class Answer(Generic[Result_co]):
    """What a bounded call came to, to be sent to another process."""

    result: Any
    error: MarkscanError | None = None
    failure: str | None = None  # a traceback
    out_of_memory: bool = False

    def unpacked(self) -> Result_co:
        """The result. Raises the MarkscanError that the call raised, LimitExceeded and CallFailed."""
        if self.out_of_memory:
            raise LimitExceeded
        if self.error is not None:
            raise self.error
        if self.failure is not None:
            raise CallFailed(self.failure)
        result: Result_co = self.result
        return result


class BoundedProcess(Generic[State]):
    """Starts at the first call and lives until `close`, or until a call ends it: the next one starts another.

    It ends when its parent does. One call at a time.
    """

    def __init__(self, begin: Callable[[], State], *, memory: int, seconds: float) -> None:
        """`begin`, which can be pickled, runs in the process first; calls get what it returns.

        A call may take `memory` bytes beyond what the process holds when it begins, and `seconds`.
        """
        self._begin, self._memory, self._seconds = begin, memory, seconds
        self._child: subprocess.Popen[bytes] | None = None

    def call(self, work: Callable[[State, *Arguments], Result], *arguments: *Arguments) -> Result:
        """What `work`, a function of a module, returns.

        A call that ends its process at once is tried once more: something else may have killed it.
        Raises the MarkscanError that `work` or `begin` raises, LimitExceeded, CallFailed and ProcessUnusable.
        """
        for retried in (False, True):
            child = self._child or self._start()
            begun = time.monotonic()
            try:
                answer = _asked(child, (work, arguments), self._seconds)
            except (OSError, EOFError) as error:
                self.close()
                if retried or time.monotonic() - begun > self._seconds / 2:
                    raise LimitExceeded from error
                continue
            except BaseException:  # such as Ctrl-C: the answer would be taken for that of the next call
                self.close()
                raise
            if answer.out_of_memory:
                self.close()  # its memory may be in pieces
            result: Result = answer.unpacked()
            return result
        raise AssertionError("the second time returns or raises")

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    with suppress(OSError):  # what was not written is not wanted any more
                        stream.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        # More arenas of glibc would reserve address space that is never used, and count against the limit.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "MALLOC_ARENA_MAX": "1"}
        try:
            self._child = subprocess.Popen(
                (sys.executable, "-P", "-W", "ignore", "-c", _COMMAND.format(os.getpid())),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # native code's last words; errors come as answers
                env=environment,
            )
            answer = _asked(self._child, (self._begin, self._memory, self._seconds), START_SECONDS)
        except (OSError, EOFError) as error:
            self.close()
            raise ProcessUnusable("the process that reads images did not start: is there memory for it?") from error
        except BaseException:
            self.close()
            raise
        try:
            answer.unpacked()
        except BaseException:
            self.close()
            raise
        return self._child


def _asked(child: "subprocess.Popen[bytes]", request: object, seconds: float) -> Answer[Any]:
    """The child's answer. Raises OSError or EOFError when it died, or was killed after `seconds`."""
    assert child.stdin is not None
    assert child.stdout is not None
    timer = threading.Timer(seconds, child.kill)
    timer.daemon = True
    timer.start()
    try:
        _write(child.stdin, request)
        answer: Answer[Any] = _read(child.stdout)
        return answer
    finally:
        timer.cancel()


def serve(parent: int) -> None:
    """In the process: answer calls until the parent ends or closes the stream."""
    _end_with(parent)
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    begin, memory, seconds = _read(sys.stdin.buffer)
    state = None

    def start() -> None:
        nonlocal state
        state = begin()

    _write(stream, _answer(start, ()))
    with suppress(EOFError, BrokenPipeError):
        while True:
            work, arguments = _read(sys.stdin.buffer)
            _write(stream, bounded(memory, seconds, work, state, *arguments))


def bounded(
    memory: int, seconds: float, work: Callable[[*Arguments], Result], *arguments: *Arguments
) -> Answer[Result]:
    """In a process that other processes outlive: call `work`, which may take `memory` bytes beyond what it holds.

    After `seconds` the process ends; on Windows whoever asked has to end it.
    """
    with _limited(memory, seconds):
        return _answer(work, arguments)


def _end_with(parent: int) -> None:
    """End this process with its parent, in the middle of native code too, as far as the system can."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - Linux only

        # Linux sends it when the thread ends that started this process; the next call starts another.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before this process could ask for the signal
            os._exit(1)


def _answer(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Answer[Any]:
    try:
        return Answer(work(*arguments))
    except MemoryError:
        return Answer(None, out_of_memory=True)
    except MarkscanError as error:
        return Answer(None, error)
    except Exception as error:  # OpenCV and ONNX Runtime have errors of their own for memory
        if any(words in str(error) for words in _OUT_OF_MEMORY):
            return Answer(None, out_of_memory=True)
        return Answer(None, failure=traceback.format_exc())


@contextmanager
def _limited(memory: int, seconds: float) -> Iterator[None]:
    """Bound this process while the block runs; an alarm ends it in the middle of native code too."""
    if sys.platform == "win32":  # the parent's timer is the limit
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with _limited_memory(memory):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


@contextmanager
def _limited_memory(memory: int) -> Iterator[None]:
    if sys.platform != "linux":
        yield
        return
    import resource  # noqa: PLC0415 - Unix only

    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + memory
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    if before != resource.RLIM_INFINITY:
        most = min(most, before)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def _write(stream: IO[bytes], content: object) -> None:
    message = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    stream.write(len(message).to_bytes(_LENGTH))
    stream.write(message)
    stream.flush()


def _read(stream: IO[bytes]) -> Any:
    length = stream.read(_LENGTH)
    if len(length) < _LENGTH:
        raise EOFError
    count = int.from_bytes(length)
    message = stream.read(count)
    if len(message) < count:
        raise EOFError
    return pickle.loads(message)
