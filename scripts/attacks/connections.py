"""Attacks straight at the port: half-sent heads, endless headers and stalled bodies."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

import httpx

from attacks.findings import Finding, NotTried, judged
from attacks.measuring import memory
from attacks.target import Target

CONNECTIONS: Final = 1_100  # at once; a service admits about a thousand
HEADERS: Final = 4 * 2**20  # bytes of one head
_HEAD_BOUND: Final = 2**20  # bytes of a head that may be read before it is refused
_STALLED: Final = 80  # bodies of one key that never end
_OPEN: Final = 45.0  # seconds within which an honest caller is let in


def half_sent_heads(target: Target) -> Finding:
    """A thousand callers who never finish their head keep nobody out."""
    with _many_files(), ExitStack() as stack:
        opened = 0
        for _ in range(CONNECTIONS):
            with suppress(OSError):
                caller = stack.enter_context(socket.create_connection(target.host_and_port, 5))
                caller.sendall(b"POST /v1/scans HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                opened += 1
        waited = _let_in(target, target.keys.other_pipeline, "/v1/brands")
    faults = ["nobody else is let in"] if waited is None else []
    after = "never" if waited is None else f"after {waited:.0f} s"
    return judged(faults, f"{opened} half-sent heads: an honest caller was let in {after}")


def endless_headers(target: Target) -> Finding:
    """Headers are bounded in bytes, and what is too long is refused before it is kept."""
    before, sent, line = memory(target), 0, b"X-Long: " + b"a" * 65_000 + b"\r\n"
    with socket.create_connection(target.host_and_port, 5) as caller, suppress(OSError):
        caller.settimeout(5)
        caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        while sent < HEADERS:
            caller.sendall(line)
            sent += len(line)
            if _ended(caller):
                break
    added = memory(target) - before
    faults = [f"{sent / 1e6:.1f} MB of headers were taken"] if sent > _HEAD_BOUND * 1.5 else []
    return judged(faults, f"{sent / 1e6:.1f} MB were sent on one connection, +{max(0.0, added):,.0f} MB")


def stalled_bodies(target: Target) -> Finding:
    """Bodies of one key that never end do not close the door to others."""
    if target.own is None:
        raise NotTried("needs two keys: run without --url")
    head = (
        f"POST /v1/scans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {target.keys.pipeline}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n--x"
    )
    with _many_files(), ExitStack() as stack:
        for _ in range(_STALLED):
            with suppress(OSError):
                caller = stack.enter_context(socket.create_connection(target.host_and_port, 5))
                caller.sendall(head.encode())
        time.sleep(1)
        waited = _let_in(target, target.keys.other_pipeline, None)
    faults = ["another key is refused"] if waited is None else []
    after = "never" if waited is None else f"after {waited:.0f} s"
    return judged(faults, f"{_STALLED} stalled bodies of one key: another key's scan was answered {after}")


def _let_in(target: Target, key: str, path: str | None) -> float | None:
    """Seconds until a call is answered other than 503; None: it is not. `path` None: a scan."""
    begun = time.monotonic()
    while time.monotonic() < begun + _OPEN:
        with target.calling(key, 20) as http, suppress(httpx.TransportError):
            answer = target.scan(http) if path is None else http.get(path)
            if answer.status_code != 503:
                return time.monotonic() - begun
        time.sleep(0.5)
    return None


def _ended(caller: socket.socket) -> bool:
    """Whether the other side answered or closed; waits for a moment only."""
    caller.settimeout(0.02)
    try:
        return caller.recv(4_096) is not None
    except TimeoutError:
        return False
    finally:
        caller.settimeout(5)


@contextmanager
def _many_files() -> Iterator[None]:
    """Let this process open as many files as it may. NotTried: that is too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = hard if hard != resource.RLIM_INFINITY else 65_536
    if most < CONNECTIONS + 200:
        raise NotTried(f"this process may open {most} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, CONNECTIONS + 200), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
