"""Bounds guesses at keys and session tokens, of which each costs a query: so many a minute from one address."""

import hashlib
from http import HTTPStatus
from typing import Final

from cachetools import LRUCache
from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from scanner.service.accounts.call_counters import MemoryCounters
from scanner.service.problems import Problem

UNKNOWN_SECRETS: Final = RateLimitItemPerMinute(600)  # from one address, which many keys and users may share
_REMEMBERED: Final = 10_000  # secrets that were valid; of those that were forgotten, the next use counts as a guess


class GuessLimit:
    """Counts secrets before they are looked up. One that was valid when it came last is no guess, and never waits."""

    def __init__(self, storage: Storage | None = None) -> None:
        """`storage` of the counts; None: memory."""
        self._limiter = SlidingWindowCounterRateLimiter(storage or MemoryCounters())
        self._valid: LRUCache[bytes, None] = LRUCache(_REMEMBERED)

    async def count(self, secret: str, caller: str) -> None:
        """Count one use of a secret by a group of addresses. Raises Problem when it is one too many."""
        if _digest(secret) not in self._valid and not await self._limiter.hit(UNKNOWN_SECRETS, "guess", caller):
            detail = "too many keys or sessions that are not valid came from this address: try again in a minute"
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_guesses", detail, {"Retry-After": "60"})

    def learn(self, secret: str, *, valid: bool) -> None:
        """Remember what a look-up showed. A valid secret is looked up at every use all the same."""
        if valid:
            self._valid[_digest(secret)] = None
        else:
            self._valid.pop(_digest(secret), None)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
