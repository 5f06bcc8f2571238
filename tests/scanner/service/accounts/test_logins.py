"""Log-ins under attack: guesses that come together, from many addresses or at many names; and those it must not hit."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from limits.aio.strategies import MovingWindowRateLimiter

from brand_index.registry.database import Database
from brand_index.store import Store
from scanner.service.accounts.call_counters import MemoryCounters
from scanner.service.accounts.logins import CHECKS, WAITING, Logins
from scanner.service.accounts.registry import open_registry
from scanner.service.problems import Problem

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RIGHT = "correct horse battery"


class Checks:
    """Stands for the slow check of a password: counts its calls, and waits where it should."""

    def __init__(self, *, waits: bool = False) -> None:
        self.names, self.at_once, self._running = list[str](), 0, 0
        self._lock, self.go = threading.Lock(), threading.Event()
        if not waits:
            self.go.set()

    def __call__(self, database: Database, name: str, password: str, now: datetime) -> str | None:
        with self._lock:
            self.names.append(name)
            self._running += 1
            self.at_once = max(self.at_once, self._running)
        self.go.wait(60)
        with self._lock:
            self._running -= 1
        return "token" if password == RIGHT else None


def attempted(tmp_path: Path, check: Checks, work: Callable[["Attempts"], Coroutine[Any, Any, None]]) -> None:
    with open_registry(Store(tmp_path)) as registry:

        async def run() -> None:
            limiter = MovingWindowRateLimiter(MemoryCounters())
            await work(Attempts(Logins(registry.database, limiter, b"secret", check)))

        asyncio.run(run())


class Attempts:
    """Attempts to log in, by what came of them: a token, None, or the code of a problem."""

    def __init__(self, logins: Logins) -> None:
        self.logins = logins

    async def one(self, name: str, caller: str, password: str = "a guess", device: str = "") -> str | None:
        try:
            return await self.logins.log_in(name, password, caller=caller, device=device, now=NOW)
        except Problem as problem:
            return problem.code if "Retry-After" in problem.headers else "no Retry-After"

    async def together(self, names: Sequence[str], callers: Sequence[str]) -> Counter[str | None]:
        return Counter(await asyncio.gather(*map(self.one, names, callers)))

    async def in_turn(self, names: Sequence[str], callers: Sequence[str]) -> Counter[str | None]:
        return Counter([await self.one(name, caller) for name, caller in zip(names, callers, strict=True)])


def test_guesses_that_come_together_do_not_all_pass(tmp_path: Path) -> None:
    check = Checks()

    async def work(attempts: Attempts) -> None:
        came = await attempts.together(["ann"] * 200, ["192.0.2.1"] * 200)
        assert (came[None], came.total()) == (10, 200)

    attempted(tmp_path, check, work)
    assert check.names == ["ann"] * 10


def test_two_passwords_are_checked_at_once_and_few_wait(tmp_path: Path) -> None:
    check = Checks(waits=True)

    async def work(attempts: Attempts) -> None:
        names, callers = [f"user-{number}" for number in range(60)], [f"192.0.2.{number}" for number in range(60)]
        flood = asyncio.create_task(attempts.together(names, callers))
        while len(check.names) < CHECKS:
            await asyncio.sleep(0)
        # What else needs a thread gets one: those of the event loop's own pool and of anyio's are free.
        assert await asyncio.to_thread(lambda: "done") == "done"
        known = asyncio.create_task(
            attempts.one("ann", "192.0.2.1", RIGHT, device=attempts.logins.device_cookie("ann"))
        )
        assert await attempts.one("ann", "192.0.2.1") == "too_many_logins"
        check.go.set()
        came = await flood
        assert came == {None: CHECKS + WAITING, "too_many_logins": 60 - CHECKS - WAITING}
        assert await known == "token", "a flood keeps out a user who is known by a device cookie"

    attempted(tmp_path, check, work)
    assert check.at_once == CHECKS


def test_an_address_may_not_guess_at_many_names(tmp_path: Path) -> None:
    async def work(attempts: Attempts) -> None:
        names = [f"user-{number}" for number in range(310)]
        assert await attempts.in_turn(names, ["192.0.2.1"] * 310) == {None: 300, "too_many_attempts": 10}
        assert await attempts.one("ann", "192.0.2.2", RIGHT) == "token"

    attempted(tmp_path, Checks(), work)


def test_many_addresses_may_not_guess_at_one_name_and_do_not_lock_its_user_out(tmp_path: Path) -> None:
    async def work(attempts: Attempts) -> None:
        callers = [f"192.0.2.{number}" for number in range(70)]
        device = attempts.logins.device_cookie("ann")
        assert await attempts.in_turn(["ann"] * 70, callers) == {None: 50, "too_many_attempts": 20}
        assert await attempts.one("ann", "203.0.113.1", RIGHT) == "too_many_attempts", "in a new browser"
        assert await attempts.one("ann", "203.0.113.1", RIGHT, device) == "token"
        assert await attempts.one("bob", "203.0.113.1", RIGHT) == "token"

    attempted(tmp_path, Checks(), work)


def test_a_device_cookie_is_for_one_user_and_cannot_be_made_up(tmp_path: Path) -> None:
    async def work(attempts: Attempts) -> None:
        await attempts.in_turn(["ann"] * 50, [f"192.0.2.{number}" for number in range(50)])
        own = attempts.logins.device_cookie("bob")
        for device in (own, own[:-1] + "0", "", ".", "\udcff.\udcff", "x" * 5000):
            assert await attempts.one("ann", "203.0.113.1", RIGHT, device) == "too_many_attempts"

    attempted(tmp_path, Checks(), work)


def test_who_has_a_device_cookie_may_guess_no_more_often(tmp_path: Path) -> None:
    async def work(attempts: Attempts) -> None:
        device = attempts.logins.device_cookie("ann")
        came = Counter([await attempts.one("ann", f"192.0.2.{number}", device=device) for number in range(12)])
        assert came == {None: 10, "too_many_attempts": 2}

    attempted(tmp_path, Checks(), work)


def test_a_log_in_takes_back_the_attempts_at_its_name_and_not_those_of_its_address(tmp_path: Path) -> None:
    async def work(attempts: Attempts) -> None:
        for _ in range(6):  # more guesses than a name takes in 10 minutes
            assert await attempts.in_turn(["ann"] * 9, ["192.0.2.1"] * 9) == {None: 9}
            assert await attempts.one("ann", "192.0.2.1", RIGHT) == "token"
        for _ in range(240):
            assert await attempts.one("mallory", "192.0.2.1", RIGHT) == "token"
        assert await attempts.one("mallory", "192.0.2.1", RIGHT) == "too_many_attempts"

    attempted(tmp_path, Checks(), work)


def test_texts_that_are_no_names_count_as_one_name(tmp_path: Path) -> None:
    async def work(attempts: Attempts) -> None:
        names = [f"{'x' * 1000} {number}" for number in range(12)]
        assert await attempts.in_turn(names, ["192.0.2.1"] * 12) == {None: 10, "too_many_attempts": 2}

    attempted(tmp_path, Checks(), work)
