"""Sends calls, plainly or in an event loop, and again where they failed for now."""

from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import httpx
import stamina

from scanner.client.calls import Answer, Call, ServiceError

ATTEMPTS: Final = 5
LONGEST_WAIT: Final = timedelta(seconds=30)
TIMEOUT: Final = 60.0  # seconds
_FOR_NOW: Final = frozenset({429, 502, 503, 504})


class Client:
    """Sends calls one at a time. What fails for now (busy, away) is tried again, as the service asks."""

    def __init__(
        self, address: str, key: str, *, timeout: float = TIMEOUT, transport: httpx.BaseTransport | None = None
    ) -> None:
        """`timeout` in seconds, of each attempt; `transport` None: the network."""
        self._http = httpx.Client(base_url=address, headers=_bearer(key), timeout=timeout, transport=transport)

    def send(self, call: Call[Answer]) -> Answer:
        """The service's answer. Raises ServiceError, and httpx.HTTPError when there is none."""
        for attempt in stamina.retry_context(on=_again, attempts=ATTEMPTS, timeout=None):
            with attempt:
                return call.read(self._http.request(call.method, call.path, **call.options()))
        raise AssertionError("the last attempt raises or returns")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let connections go."""
        self._http.close()


class AsyncClient:
    """As Client, for an event loop."""

    def __init__(
        self, address: str, key: str, *, timeout: float = TIMEOUT, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """As Client's."""
        self._http = httpx.AsyncClient(base_url=address, headers=_bearer(key), timeout=timeout, transport=transport)

    async def send(self, call: Call[Answer]) -> Answer:
        """As Client's."""
        async for attempt in stamina.retry_context(on=_again, attempts=ATTEMPTS, timeout=None):
            with attempt:
                return call.read(await self._http.request(call.method, call.path, **call.options()))
        raise AssertionError("the last attempt raises or returns")

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let connections go."""
        await self._http.aclose()


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _again(error: Exception) -> bool | timedelta:
    """Whether a call that ended so is sent again, or after how long."""
    if isinstance(error, ServiceError) and error.status in _FOR_NOW:
        if error.retry_after is None:
            return True
        return min(timedelta(seconds=error.retry_after), LONGEST_WAIT)
    return isinstance(error, httpx.TransportError)
