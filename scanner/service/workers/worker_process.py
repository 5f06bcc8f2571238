"""One worker process of the service, asked by the event loop through a socket of its own; no thread waits for it.

A ProcessPoolExecutor, or a thread for each process, would do the same with threads that wake each other for every
image; on busy cores each of these takes a worker's place.
"""

import asyncio
import contextlib
import pickle
import socket
import traceback
from collections.abc import Callable
from io import BufferedRWPair
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

from brand_index.store import Store
from scanner.engine.worker import SPAWNED, begin_worker
from scanner.settings import Settings

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
_LENGTH: Final = 8  # bytes that say how long a message is


class WorkerDied(Exception):
    """The process is gone, with whatever it had in hand."""


class WorkFailed(Exception):
    """What was asked for raised an error in the process, which goes on; it says the traceback."""


class WorkerProcess:
    """Started when it is made; it loads its index meanwhile, and the first call waits for that."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        self._process = SPAWNED.Process(target=_serve, args=(theirs, store, settings), daemon=True)
        self._process.start()
        self._stream_ended = False
        theirs.close()  # else nobody would see the end of the stream when the process dies

    @property
    def pid(self) -> int | None:
        """Of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can be called. A stream that ended says so before the system knows that the process is gone."""
        return not self._stream_ended and self._process.is_alive()

    async def call(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """What `work`, a function of a module, gives in the process; one call at a time. WorkerDied, WorkFailed."""
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, _message((work, args, kwargs)))
            length = int.from_bytes(await self._received(_LENGTH))
            answer: _Answer = pickle.loads(await self._received(length))
        except (OSError, EOFError) as error:
            self._stream_ended = True
            raise WorkerDied from error
        if answer.failure is not None:
            raise WorkFailed(answer.failure)
        result: Result = answer.result
        return result

    def kill(self) -> None:
        """End it; nobody may wait for a call of it."""
        self._process.kill()
        self._process.join()
        self._socket.close()

    async def _received(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            part = await asyncio.get_running_loop().sock_recv(self._socket, count - len(received))
            if not part:
                raise EOFError
            received += part
        return bytes(received)


class _Answer(NamedTuple):
    result: Any
    failure: str | None  # a traceback; None: there is a result


def _message(content: object) -> bytes:
    pickled = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return len(pickled).to_bytes(_LENGTH) + pickled


def _serve(ours: socket.socket, store: Store, settings: Settings) -> None:
    """In the process: do what is asked until nobody is there to ask."""
    begin_worker(store, settings)
    with contextlib.suppress(EOFError, OSError), ours.makefile("rwb") as stream:
        while True:
            work, args, kwargs = _next(stream)
            stream.write(_message(_answered(work, args, kwargs)))
            stream.flush()


def _next(stream: BufferedRWPair) -> Any:
    length = int.from_bytes(stream.read(_LENGTH))
    if not length:
        raise EOFError
    return pickle.loads(stream.read(length))


def _answered(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Answer:
    try:
        return _Answer(work(*args, **kwargs), None)
    except Exception:  # a mistake of ours, to be told to whoever asked
        return _Answer(None, traceback.format_exc())
