"""ASGI middleware for every call: authenticates it, limits its rate and size, counts it, and sets headers."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any, Final

from anyio import to_thread
from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from brand_index.errors import MarkscanError
from scanner.moderation.seller_notices.links import PAGE
from scanner.service.accounts.call_counters import MemoryCounters
from scanner.service.accounts.guesses import GuessLimit
from scanner.service.accounts.keys import ApiKey
from scanner.service.accounts.users import User
from scanner.service.addresses import caller_of
from scanner.service.limits.heads import check_head
from scanner.service.limits.media_types import has_files, most_bytes
from scanner.service.limits.receiving import Receiving
from scanner.service.limits.uploads import Places
from scanner.service.logs import REQUEST_ID, request_id_of
from scanner.service.metrics import Metrics
from scanner.service.problems import Problem, problem_of, response_of
from scanner.settings import ServiceSettings

OPEN: Final = frozenset({"/", "/healthz", "/readyz", "/openapi.json"})
CONSOLE: Final = "/console"  # pages for users, who log in and have a cookie instead of a key
CALLS: Final = 400  # at once: fewer than connections, so that those who wait for one are heard
CALLER_LEFT: Final = 499  # counted as nginx counts it: the caller left before its body was whole
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_log = logging.getLogger("scanner.service.calls")
KeyOf = Callable[[str], ApiKey | None]
Admit = Callable[[Scope], AbstractContextManager[None]]


class AccessMiddleware:
    """Refuses calls before their body is read and before a worker is involved."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        key_of: KeyOf,
        admit: Admit,
        settings: ServiceSettings,
        metrics: Metrics,
        storage: Storage | None = None,
    ) -> None:
        """`key_of` finds the key of a bearer token; `admit` admits a call or raises Problem.

        `storage` of the counts of calls; None: memory.
        """
        counts = storage or MemoryCounters()
        self._app, self._key_of, self._admit = app, key_of, admit
        self._settings, self._metrics = settings, metrics
        self._guesses, self._places = GuessLimit(counts), Places(CALLS)
        # A sliding window of counters: a moving window would be exact, but stores every call.
        self._limiter = SlidingWindowCounterRateLimiter(counts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_of(headers.get("x-request-id", ""))
        token, begun, status = REQUEST_ID.set(request_id), time.monotonic(), [0]
        scope.setdefault("state", {})["request_id"] = request_id
        # Whatever answers GET answers HEAD, without a body.
        only_head = scope["method"] == "HEAD"
        asked = {**scope, "method": "GET"} if only_head else scope
        scope["state"]["only_head"] = only_head
        body: Receiving | None = None

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
                answer_headers = MutableHeaders(scope=message)
                answer_headers["X-Request-Id"] = request_id
                for name, value in _HEADERS.items():
                    answer_headers.setdefault(name, value)
            await send({**message, "body": b""} if only_head and "body" in message else message)

        try:
            try:
                check_head(scope, headers)
                caller = await self._enter(scope, headers)
                most = most_bytes(scope["path"], headers, self._settings.max_body_bytes)
                body = Receiving(receive, headers, most, text=not has_files(headers))
                known = "key" in scope["state"]
                with self._places.hold(caller, body, known=known), self._admit(asked):
                    await self._app(asked, body, send_on)
            except MarkscanError as error:
                raise problem_of(error) from error
        except ClientDisconnect:  # nobody is left to answer
            pass
        except Exception as error:
            if not isinstance(error, Problem):
                _log.exception("call failed")
            if status[0]:
                raise
            failed = "the service failed; its log has the details under this request id"
            internal = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", failed)
            problem = error if isinstance(error, Problem) else internal
            scope["state"]["problem"] = problem.code
            await response_of(problem, request_id)(scope, receive, send_on)
        finally:
            left = body is not None and body.broken_off
            self._count(
                {**asked, "method": scope["method"]}, CALLER_LEFT if left else status[0], time.monotonic() - begun
            )
            REQUEST_ID.reset(token)

    async def _enter(self, scope: Scope, headers: Headers) -> str:
        """Whom the call counts for. Raises Problem when it lacks a key that it needs, or the key calls too often."""
        path: str = scope["path"]
        if path in OPEN or path == CONSOLE or path.startswith((f"{CONSOLE}/", f"{PAGE}/")):
            return f"address {caller_of(HTTPConnection(scope))}"
        scheme, _, text = headers.get("authorization", "").partition(" ")
        key = await self._key(text.strip(), caller_of(HTTPConnection(scope))) if scheme.lower() == "bearer" else None
        if key is None:
            challenge = {"WWW-Authenticate": 'Bearer realm="markscan"'}
            raise Problem(
                HTTPStatus.UNAUTHORIZED, "no_key", "send a valid API key: Authorization: Bearer mk_…", challenge
            )
        scope["state"]["key"] = key
        rate = RateLimitItemPerMinute(key.calls_a_minute or self._settings.calls_a_minute)
        if not await self._limiter.hit(rate, "key", key.key_id):
            window = await self._limiter.get_window_stats(rate, "key", key.key_id)
            wait = max(1, round(window.reset_time - time.time()))
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_calls",
                f"this key may call {rate.amount} times a minute: try again after {wait} s",
                {"Retry-After": str(wait)},
            )
        return f"key {key.key_id}"

    async def _key(self, text: str, caller: str) -> ApiKey | None:
        await self._guesses.count(text, caller)
        key = await to_thread.run_sync(self._key_of, text)
        self._guesses.learn(text, valid=key is not None)
        return key

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        path = getattr(route, "path", "none")
        state: dict[str, Any] = scope["state"]
        key: ApiKey | None = state.get("key")
        user: User | None = state.get("user")
        method = scope["method"] if path != "none" else "any"  # unknown methods and paths are counted as one
        self._metrics.calls.labels(method, path, status).inc()
        self._metrics.call_seconds.labels(method, path).observe(seconds)
        _log.info(
            "call",
            extra={
                "method": scope["method"],
                "route": path,
                "status": status,
                "milliseconds": round(1000 * seconds, 1),
                "key_id": None if key is None else key.key_id,
                "user_id": None if user is None else user.user_id,
                "caller": caller_of(HTTPConnection(scope)),
                "problem": state.get("problem"),
            },
        )
