"""Guesses at keys and session tokens are bounded by address, and hold back nobody whose secret was valid."""

import asyncio
from collections import Counter
from collections.abc import Iterable

import pytest

from scanner.service.accounts.guesses import UNKNOWN_SECRETS, GuessLimit
from scanner.service.problems import Problem

pytestmark = pytest.mark.usefixtures("still_minute")

MOST = UNKNOWN_SECRETS.amount


async def allowed(limit: GuessLimit, secrets: Iterable[str], caller: str = "192.0.2.1") -> list[bool]:
    came = []
    for secret in secrets:
        try:
            await limit.count(secret, caller)
            came.append(True)
        except Problem:
            came.append(False)
    return came


def test_an_address_has_so_many_guesses_a_minute_and_others_have_their_own() -> None:
    async def run() -> None:
        limit = GuessLimit()
        limit.learn("valid", valid=True)
        guesses = [f"guess {number}" for number in range(MOST + 5)]
        assert Counter(await allowed(limit, guesses)) == {True: MOST, False: 5}
        assert await allowed(limit, ["guess 0", "valid, and never seen here", "\udcff"]) == [False] * 3
        assert await allowed(limit, ["valid"] * 5) == [True] * 5
        assert await allowed(limit, ["guess 0"], "192.0.2.2") == [True]

    asyncio.run(run())


def test_guesses_that_come_together_are_counted_before_they_are_looked_up() -> None:
    async def run() -> None:
        limit = GuessLimit()
        came = await asyncio.gather(*(allowed(limit, [f"guess {number}"]) for number in range(MOST + 50)))
        assert came.count([True]) == MOST

    asyncio.run(run())


def test_a_secret_that_is_no_longer_valid_is_a_guess_again() -> None:
    async def run() -> None:
        limit = GuessLimit()
        limit.learn("revoked", valid=True)
        limit.learn("revoked", valid=False)
        assert Counter(await allowed(limit, ["revoked"] * (MOST + 1))) == {True: MOST, False: 1}

    asyncio.run(run())
