"""What a connection may cost straight at the port, without a proxy."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from scanner.service.limits.connections import HEAD_BYTES, HEADERS, BoundedProtocol, Waiting
from scanner.service.serving import CONNECTIONS, allow_open_files, config_of
from scanner.settings import Settings

HEAD: Final = b"GET / HTTP/1.1\r\nHost: a\r\n"
LONG: Final = 20.0  # seconds, after which a test has failed
MOST: Final = 20
LARGE: Final = bytes(32 * 2**20)  # an answer that no buffer of a system holds


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body; /large with a large answer."""
    length, more = 0, True
    while more and scope["path"] != "/unread":
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    answer = LARGE if scope["path"] == "/large" else str(length).encode()
    headers = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


@contextlib.contextmanager
def listening(waiting: Waiting) -> Iterator[tuple[str, int]]:
    config = config_of(application, Settings(), "127.0.0.1", 0)
    config.http = partial(BoundedProtocol, waiting=waiting)  # type: ignore[assignment]
    config.lifespan = "off"
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def patient() -> Iterator[tuple[str, int]]:
    with listening(Waiting(MOST, 100 * LONG)) as address:
        yield address


@pytest.fixture(scope="module")
def impatient() -> Iterator[tuple[str, int]]:
    with listening(Waiting(MOST, 0.3)) as address:
        yield address


def connect(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, LONG)


def answer(connection: socket.socket) -> bytes:
    """What comes until the connection is closed; empty: it was closed without an answer."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(2**16):
            received += data
    return received


def send_until_refused(connection: socket.socket, data: bytes, most: int) -> int:
    """How many bytes could be sent."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < most:
            connection.sendall(data)
            sent += len(data)
    return sent


def call(address: tuple[str, int], head: bytes = HEAD, body: bytes = b"") -> bytes:
    with connect(address) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n" + body)
        return answer(connection)


def test_a_call_is_answered(patient: tuple[str, int]) -> None:
    assert call(patient).startswith(b"HTTP/1.1 200")


def test_connections_that_send_half_a_head_refuse_nobody(patient: tuple[str, int]) -> None:
    with contextlib.ExitStack() as stack:
        half = [stack.enter_context(connect(patient)) for _ in range(3 * MOST)]
        for connection in half:
            with contextlib.suppress(ConnectionError):
                connection.sendall(HEAD)
        assert call(patient).startswith(b"HTTP/1.1 200")
        assert answer(half[0]) == b"", "the one that waited longest made room"
        half[-1].sendall(b"Connection: close\r\n\r\n")
        assert answer(half[-1]).startswith(b"HTTP/1.1 200"), "the last one is still heard"


def test_a_running_call_is_not_closed_for_others_that_wait(patient: tuple[str, int]) -> None:
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(connect(patient))
        running.sendall(HEAD + b"Connection: close\r\nContent-Length: 4\r\n\r\nab")
        for _ in range(2 * MOST):
            stack.enter_context(connect(patient)).sendall(HEAD)
        assert call(patient).startswith(b"HTTP/1.1 200")
        running.sendall(b"cd")
        assert answer(running).endswith(b"4")


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /", HEAD, HEAD + b"\r\n" + HEAD, b"GET /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n"],
    ids=["nothing", "half a line", "half a head", "a call and half a head", "a call and half a body that nobody reads"],
)
def test_a_connection_without_a_call_is_closed_in_time(impatient: tuple[str, int], sent: bytes) -> None:
    with connect(impatient) as connection:
        connection.sendall(sent)
        dripping = threading.Event()

        def drip() -> None:  # which must not earn more time
            with contextlib.suppress(OSError):
                while sent and not dripping.wait(0.05):
                    connection.sendall(b"X")

        thread = threading.Thread(target=drip)
        thread.start()
        received = answer(connection)
        dripping.set()
        thread.join()
        assert received.count(b"HTTP/1.1") == sent.count(b"\r\n\r\n"), "no answer but those of whole calls"


def test_an_answer_that_nobody_reads_is_given_up(impatient: tuple[str, int]) -> None:
    with connect(impatient) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(1)
        deadline = time.monotonic() + LONG
        while time.monotonic() < deadline:  # reads nothing more, and learns by sending that the connection is gone
            try:
                connection.sendall(b"\r\n")
            except ConnectionError:
                break
            time.sleep(0.05)
        assert len(answer(connection)) < len(LARGE)
        assert time.monotonic() < deadline


def test_an_answer_that_is_read_slowly_is_sent_to_its_end(impatient: tuple[str, int]) -> None:
    with connect(impatient) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = 0
        while data := connection.recv(2**20):
            received += len(data)
            time.sleep(0.02)
        assert received > len(LARGE)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\n\r\n",
        HEAD + b"X: " + b"a" * HEAD_BYTES + b"\r\n\r\n",
        HEAD + b"X: a\r\n" * HEADERS + b"\r\n",
        HEAD + b"X: " + b"a" * 2 * HEAD_BYTES,
    ],
    ids=["a long address", "a long header", "many headers", "a header without an end"],
)
def test_a_head_that_is_too_large_is_refused(patient: tuple[str, int], sent: bytes) -> None:
    with connect(patient) as connection:
        connection.sendall(sent)
        assert answer(connection).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "begin",
    [
        HEAD + b"X: ",
        b"GET /",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["a header", "an address", "a trailer", "an extension of a chunk", "an extension that nobody reads"],
)
def test_what_never_ends_is_not_kept(patient: tuple[str, int], begin: bytes) -> None:
    with connect(patient) as connection:
        connection.sendall(begin)
        most = 64 * 2**20
        assert send_until_refused(connection, b"a" * 2**16, most) < most


def test_a_body_of_tiny_chunks_is_refused_and_one_of_small_chunks_is_read(patient: tuple[str, int]) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
    assert call(patient, head, b"40\r\n" + b"a" * 64 + b"\r\n0\r\n\r\n").endswith(b"64")
    assert call(patient, head, (b"40\r\n" + b"a" * 64 + b"\r\n") * 20_000 + b"0\r\n\r\n").endswith(b"1280000")
    with connect(patient) as connection:
        connection.sendall(head + b"\r\n")
        assert send_until_refused(connection, b"1\r\na\r\n" * 1_000, 2**26) < 2**26


def test_a_second_call_on_a_connection_has_a_head_of_its_own(patient: tuple[str, int]) -> None:
    header = b"X: " + b"a" * (HEAD_BYTES // 2) + b"\r\n\r\n"
    with connect(patient) as connection:
        for number in range(6):
            connection.sendall(HEAD + header)
            assert connection.recv(2**16).startswith(b"HTTP/1.1 200"), number


def test_the_service_listens_with_these_bounds_and_speaks_http_alone() -> None:
    config = config_of(application, Settings(), "127.0.0.1", 0)
    config.load()
    made: Any = config.http_protocol_class
    assert isinstance(made, partial)
    assert made.func is BoundedProtocol
    assert config.ws_protocol_class is None
    assert config.limit_concurrency == CONNECTIONS


def test_more_files_may_be_open_than_connections_need() -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        allow_open_files()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert hard == before[1]
        assert soft >= min(4 * CONNECTIONS, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
