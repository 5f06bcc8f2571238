"""uvicorn's protocol with bounds on what a connection costs before a call is known, and while an answer is not read.

uvicorn bounds neither the bytes of a head nor the time it takes. The rest is uvicorn's and httptools', unchanged.
"""

import asyncio
import logging
import math
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SECONDS: Final = (
    10.0  # from the connection, or the last answer, until the next head is whole; between looks at an answer
)
SLOWEST: Final = 4_096  # bytes a second at which an answer must be read
HEAD_BYTES: Final = 32 * 1024  # of a request line and headers; and of what is neither head nor body, such as trailers
HEADERS: Final = 100  # of a call
_TOO_LARGE: Final = b"The request line and the headers have too many bytes.\n"
_log = logging.getLogger(__name__)


class Waiting:
    """The connections without a running call, the one that waits longest first. Belongs to the event loop."""

    def __init__(self, most: int, seconds: float = SECONDS) -> None:
        """`most`: connections. `seconds`: how long each may wait."""
        self.seconds, self._most = seconds, most
        self._connections = dict["BoundedProtocol", None]()

    def add(self, connection: "BoundedProtocol") -> None:
        """Put a connection last. Where there are too many, the first is closed: others get in at any rate."""
        self.discard(connection)
        self._connections[connection] = None
        if len(self._connections) > self._most:
            oldest = next(iter(self._connections))
            self.discard(oldest)
            oldest.transport.abort()

    def discard(self, connection: "BoundedProtocol") -> None:
        """Forget a connection, whose call runs or which is closed."""
        self._connections.pop(connection, None)


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *given: Any, waiting: Waiting, **named: Any) -> None:
        """`given` and `named`: what uvicorn gives each protocol."""
        super().__init__(*given, **named)
        self._waiting = waiting
        self._timer: asyncio.TimerHandle | None = None
        self._unread = math.inf  # bytes of an answer when last looked at
        self._frame = 0  # bytes of the message, without those of its body
        self._body = 0
        self._head_too_large = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for a head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._waiting.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; close a connection that sends too much beside bodies, even before a parser has a whole header of it.

        A chunked body may have as many bytes of frames as of data, and those of a head: that bounds tiny chunks.
        """
        self._frame += len(data)
        super().data_received(data)
        if self._frame > HEAD_BYTES + self._body and not self.transport.is_closing():
            self._refuse_head()

    def on_headers_complete(self) -> None:
        """Begin a call, if its head is small enough."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES or len(self.headers) > HEADERS:
            self._head_too_large = True
            raise ValueError("the head is too large")  # which ends the parsing
        self._waiting.discard(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._frame -= len(body)
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a body."""
        self._frame = self._body = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next head, unless it has come."""
        super().on_response_complete()
        if not self._runs_call():
            self._wait()

    def pause_writing(self) -> None:
        """Look whether the caller reads its answer."""
        super().pause_writing()
        self._look_later()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed."""
        if self._head_too_large:
            self._refuse_head()
        elif self._answers():
            self.transport.abort()  # a second status would be part of the answer
        else:
            super().send_400_response(msg)

    def _refuse_head(self) -> None:
        _log.warning("a connection sent too many bytes of headers", extra={"client": self.client and self.client[0]})
        if self._answers():
            self.transport.abort()
            return
        head = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Type: text/plain\r\n"
        self.transport.write(head + b"Content-Length: %d\r\n\r\n" % len(_TOO_LARGE) + _TOO_LARGE)
        self.transport.close()

    def _answers(self) -> bool:
        return self._runs_call() and self.cycle.response_started

    def _runs_call(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._waiting.add(self)
        self._look_later()

    def _look_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._unread = math.inf
        self._timer = self.loop.call_later(self._waiting.seconds, self._look)

    def _look(self) -> None:
        """Close the connection unless an answer is being read. While a call runs, and nothing is sent, look no more."""
        unread = self.transport.get_write_buffer_size()
        if unread == 0 and self._runs_call():
            return
        if 0 < unread <= self._unread - self._waiting.seconds * SLOWEST:
            self._unread = unread
            self._timer = self.loop.call_later(self._waiting.seconds, self._look)
        else:
            self.transport.abort()
