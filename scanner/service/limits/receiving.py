"""Receives the body of a call within bounds: bytes, seconds without one, and seconds in all."""

import asyncio
import codecs
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from scanner.service.problems import RETRY_AFTER, Problem


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly a body may come."""

    quiet: float = 15.0  # seconds without a byte, as client_body_timeout of our nginx.conf
    patience: float = 30.0  # seconds that any body may take
    first: float = 5.0  # seconds that a body of no declared bytes may take; each 4 KiB earn one more, up to `patience`
    early: int = 4 * 1024  # bytes a second
    slowest: int = 64 * 1024  # bytes a second, by which a long body earns more: one of 64 MiB has 18 minutes


PACE: Final = Pace()


class Receiving:
    """`receive` of one call, which raises Problem when the body is too long or comes too slowly.

    Only waiting for the caller counts, not what the service does between two parts of a body.
    """

    def __init__(self, receive: Receive, headers: Headers, most: int, pace: Pace = PACE, *, text: bool = False) -> None:
        """`most`: bytes. `text`: the body is UTF-8. Raises Problem when the headers declare more."""
        declared = headers.get("content-length", "")
        size = int(declared[:20]) if declared.isascii() and declared.isdigit() else None
        if size is not None and size > most:
            raise _too_large(most)
        self._receive, self._most, self._pace = receive, most, pace
        self._received, self._waited = 0, 0.0
        self._decoder = codecs.getincrementaldecoder("utf-8")() if text else None
        self._patience = pace.patience if size is None else min(pace.patience, pace.first + size / pace.early)
        self._whole = False
        self._waiting: asyncio.Timeout | None = None
        self._cut_off = False
        self.whole = not size and "transfer-encoding" not in headers  # nothing is to come, or all has come
        self.when_whole: Callable[[], None] | None = None
        self.broken_off = False  # the caller left before its body was whole

    async def __call__(self) -> Message:
        """The next message of the server."""
        if self._cut_off:
            raise _cut_off()
        message = await self._within(self._seconds_left())
        self.broken_off = self.broken_off or (message["type"] == "http.disconnect" and not self._whole)
        self._received += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._received > self._most:
            raise _too_large(self._most)
        if self._decoder is not None and not self.broken_off:
            _check_text(self._decoder, message.get("body", b""), whole=self._whole)
        if self._whole and not self.whole and not self.broken_off:
            self.whole = True
            if self.when_whole is not None:
                self.when_whole()
        return message

    def cut_off(self) -> None:
        """End the call where it waits for its body, or when it next does: others have more right to its place."""
        self._cut_off = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    def _seconds_left(self) -> float:
        if self._whole:  # the application waits for the caller to leave
            return math.inf
        pace = self._pace
        return min(pace.quiet, self._patience + self._received / pace.slowest - self._waited)

    async def _within(self, seconds: float) -> Message:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(None if seconds == math.inf else seconds) as self._waiting:
                return await self._receive()
        except TimeoutError as error:
            if self._cut_off:
                raise _cut_off() from error
            detail = f"the body of the call comes too slowly: send it at {self._pace.slowest} bytes a second or more"
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "body_too_slow", detail, {"Connection": "close"}) from error
        finally:
            self._waiting = None
            self._waited += time.monotonic() - begun


def _too_large(most: int) -> Problem:
    detail = f"this call may have at most {most} bytes: send less, or fewer and smaller images"
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail, {"Connection": "close"})


def _check_text(decoder: codecs.IncrementalDecoder, data: bytes, *, whole: bool) -> None:
    """Raises Problem for what is not UTF-8; parsers would read UTF-16 and UTF-32, or replace what they cannot read."""
    try:
        has_zero = "\0" in decoder.decode(data, final=whole)
    except UnicodeDecodeError:
        has_zero = True
    if has_zero:
        detail = "the body is not UTF-8 text: encode it anew"
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid_text", detail, {"Connection": "close"})


def _cut_off() -> Problem:
    detail = f"too many bodies are on their way, most of them yours: send it again in {RETRY_AFTER} s, faster"
    headers = {"Connection": "close", "Retry-After": str(RETRY_AFTER)}
    return Problem(HTTPStatus.REQUEST_TIMEOUT, "body_cut_off", detail, headers)
