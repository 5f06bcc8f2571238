"""Bounds log-ins, whose passwords are slow to check on purpose: how many run at once, and how often one may try.

An attempt counts before its password is checked, so attempts that come together do not all pass. Nobody can keep a
user out by guessing at the user's name: a browser that the user logged in with before carries a device cookie, and its
attempts are counted apart from everybody else's (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). A new
browser waits as long as the name is under attack.
"""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Final

from anyio import CapacityLimiter, to_thread
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.strategies import RateLimiter

from brand_index.errors import InvalidField
from brand_index.fields import slug
from brand_index.registry.database import Database
from scanner.service.accounts.users import log_in, set_password
from scanner.service.problems import Problem

CHECKS: Final = 2  # at once: each keeps a processor busy for a tenth of a second, with 64 MiB
WAITING: Final = 16  # attempts that wait for a check: the last waits about a second
WAITING_KNOWN: Final = 32  # the same for a device cookie's bearer, whom a flood of others must not keep out
BY_NAME_AND_ADDRESS: Final = RateLimitItemPerMinute(10)
BY_ADDRESS: Final = RateLimitItemPerMinute(300, 10)  # at all names, in 10 minutes: an office may share an address
BY_NAME: Final = RateLimitItemPerMinute(50, 10)  # from all addresses, in 10 minutes: an attacker has many
BY_DEVICE: Final = RateLimitItemPerMinute(10)
_NO_NAME: Final = "?"  # stands for every text that cannot be a name, so that no text is kept
_log = logging.getLogger(__name__)


class Logins:
    """Checks passwords, two at a time, in threads that nothing else waits for."""

    def __init__(
        self,
        database: Database,
        rate_limiter: RateLimiter,
        secret: bytes,
        check: Callable[[Database, str, str, datetime], str | None] = log_in,
    ) -> None:
        """`secret` signs device cookies; `check` is log_in of users.py, or as it."""
        self._database, self._rate_limiter, self._secret, self._check = database, rate_limiter, secret, check
        self._threads = CapacityLimiter(CHECKS)
        self._inside = 0

    async def log_in(self, name: str, password: str, *, caller: str, device: str, now: datetime) -> str | None:
        """The token of a new session; None: name or password is wrong.

        `caller`: the group of the address; `device`: the device cookie, or anything. Raises Problem for an attempt that
        is one too many.
        """
        known = self._is_known(name, device)
        if self._inside >= CHECKS + (WAITING_KNOWN if known else WAITING):
            detail = "Too many log in just now. Try again in a moment."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too_many_logins", detail, {"Retry-After": "1"})
        self._inside += 1
        try:
            await self._count(_named(name), caller, device if known else None)
            token = await to_thread.run_sync(self._check, self._database, name, password, now, limiter=self._threads)
        finally:
            self._inside -= 1
        if token is None:
            _log.warning("log-in failed", extra={"caller": caller})
        elif not known:
            # Who knows the password need not guess. The address goes on counting: an attacker may have a user, too.
            await self._rate_limiter.clear(BY_NAME_AND_ADDRESS, "log-in", name, caller)
            await self._rate_limiter.clear(BY_NAME, "log-in", name)
        return token

    async def set_password(self, name: str, password: str, *, keep: str, now: datetime) -> None:
        """Set a user's own new password and end its sessions, except that of the token `keep`. Raises InvalidField."""
        database = self._database.acting(f"user {name}")
        work = partial(set_password, database, name, password, now, keep=keep)
        await to_thread.run_sync(work, limiter=self._threads)

    def device_cookie(self, name: str) -> str:
        """A new device cookie for a user who has logged in."""
        nonce = secrets.token_hex(16)
        return f"{nonce}.{self._signature(name, nonce)}"

    def _is_known(self, name: str, device: str) -> bool:
        nonce, _, signature = device.partition(".")
        right = self._signature(name, nonce).encode()
        return hmac.compare_digest(right, signature.encode("utf-8", "surrogatepass"))

    def _signature(self, name: str, nonce: str) -> str:
        message = f"device {nonce} {name}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    async def _count(self, name: str, caller: str, device: str | None) -> None:
        """Count an attempt. Raises Problem when it is one too many."""
        if device is not None:
            limits: tuple[tuple[RateLimitItem, tuple[str, ...]], ...] = ((BY_DEVICE, (device,)),)
        else:
            limits = ((BY_ADDRESS, (caller,)), (BY_NAME_AND_ADDRESS, (name, caller)), (BY_NAME, (name,)))
        for limit, of in limits:
            if not await self._rate_limiter.hit(limit, "log-in", *of):
                window = await self._rate_limiter.get_window_stats(limit, "log-in", *of)
                wait = max(1, round(window.reset_time - time.time()))
                detail = f"Too many attempts. Try again after {wait} s."
                headers = {"Retry-After": str(wait)}
                raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_attempts", detail, headers)


def _named(name: str) -> str:
    try:
        return slug(name)
    except InvalidField:
        return _NO_NAME
