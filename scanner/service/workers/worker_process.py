"""One worker process, which the event loop calls through a socket; no thread waits for it.

A ProcessPoolExecutor would use threads that wake each other for every image; on busy cores they slow the workers down.
"""

import asyncio
import contextlib
import io
import pickle
import socket
import traceback
from collections.abc import Callable
from io import BufferedRWPair
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

from brand_index.errors import MarkscanError
from scanner.engine.worker import SPAWNED

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
_LENGTH: Final = 8  # bytes that say how long a message is


class WorkerDied(Exception):
    """The process died, and the call with it."""


class WorkFailed(Exception):
    """The called function raised an error; the process goes on. The message is the traceback."""


class WorkerProcess:
    """Starts at once. The process runs `begin` first, and the first call waits for that and raises what it raised."""

    def __init__(self, begin: Callable[[], None]) -> None:
        self._socket, child_socket = socket.socketpair()
        self._socket.setblocking(False)
        self._process = SPAWNED.Process(target=_serve, args=(child_socket, begin), daemon=True)
        self._process.start()
        self._stream_ended = False
        child_socket.close()  # or the stream would not end when the process dies

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can be called. A stream that ended says so before the system knows that the process is gone."""
        return not self._stream_ended and self._process.is_alive()

    async def call(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Run `work`, a function of a module, in the process; one call at a time.

        Raises WorkerDied, a MarkscanError that `work` raises, and WorkFailed for any other. A call that is cancelled
        leaves its answer in the stream: the process must be killed.
        """
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, _message((work, args, kwargs)))
            length = int.from_bytes(await self._received(_LENGTH))
            answer: _Answer = pickle.loads(await self._received(length))
        except (OSError, EOFError) as error:
            self._stream_ended = True
            raise WorkerDied from error
        if isinstance(answer.failure, MarkscanError):
            raise answer.failure
        if answer.failure is not None:
            raise WorkFailed(answer.failure)
        result: Result = answer.result
        return result

    def kill(self) -> None:
        """Kill the process; no call may be running."""
        self._process.kill()
        self._process.join()
        self._socket.close()

    async def _received(self, count: int) -> bytearray:
        received = bytearray()
        while len(received) < count:
            part = await asyncio.get_running_loop().sock_recv(self._socket, count - len(received))
            if not part:
                raise EOFError
            received += part
        return received


class _Answer(NamedTuple):
    result: Any
    failure: MarkscanError | str | None  # what the work raised, as a traceback if by mistake; None: it succeeded


def _message(content: object) -> memoryview:
    packed = io.BytesIO(bytes(_LENGTH))  # an image is copied once
    packed.seek(_LENGTH)
    pickle.dump(content, packed, pickle.HIGHEST_PROTOCOL)
    message = packed.getbuffer()
    message[:_LENGTH] = (len(message) - _LENGTH).to_bytes(_LENGTH)
    return message


def _serve(parent_socket: socket.socket, begin: Callable[[], None]) -> None:
    """In the process: answer calls until the stream ends, or one where it could not begin."""
    begun = _answered(begin, (), {})
    with contextlib.suppress(EOFError, OSError), parent_socket.makefile("rwb") as stream:
        while True:
            work, args, kwargs = _next(stream)
            stream.write(_message(_answered(work, args, kwargs) if begun.failure is None else begun))
            stream.flush()
            if begun.failure is not None:
                return


def _next(stream: BufferedRWPair) -> Any:
    length = int.from_bytes(stream.read(_LENGTH))
    if not length:
        raise EOFError
    return pickle.loads(stream.read(length))


def _answered(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Answer:
    try:
        return _Answer(work(*args, **kwargs), None)
    except MarkscanError as error:
        return _Answer(None, error)
    except Exception:  # a bug of ours: the caller gets it
        return _Answer(None, traceback.format_exc())
