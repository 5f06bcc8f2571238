"""Sends calls, synchronously or in an event loop, and retries those that fail for the moment."""

from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import httpx
import stamina

from scanner.client.calls import Answer, Call, ServiceError

ATTEMPTS: Final = 5
LONGEST_WAIT: Final = timedelta(seconds=30)
TIMEOUT: Final = 60.0  # seconds
_RETRIED: Final = frozenset({429, 502, 503, 504})


class Client:
    """Sends one call at a time. Retries while the service is busy or away, after the time that it asks for."""

    def __init__(
        self, address: str, key: str, *, timeout: float = TIMEOUT, transport: httpx.BaseTransport | None = None
    ) -> None:
        """`timeout`: seconds for each attempt. `transport` None: the network."""
        self._http = httpx.Client(base_url=address, headers=_bearer(key), timeout=timeout, transport=transport)

    def send(self, call: Call[Answer]) -> Answer:
        """Send a call and parse its answer. Raises ServiceError, or httpx.HTTPError when there is no answer."""
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
        """Close the connections."""
        self._http.close()


class AsyncClient:
    """As Client, in an event loop."""

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
        """Close the connections."""
        await self._http.aclose()


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _again(error: Exception) -> bool | timedelta:
    """Whether a call with this error is retried, or after how long."""
    if isinstance(error, ServiceError) and error.status in _RETRIED:
        if error.retry_after is None:
            return True
        return min(timedelta(seconds=error.retry_after), LONGEST_WAIT)
    return isinstance(error, httpx.TransportError)
