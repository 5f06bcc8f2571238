"""Bodies that stall keep nobody out: they take no place of a call, and give way to whoever comes."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from starlette.datastructures import Headers
from starlette.types import Message

from scanner.service.limits.receiving import Receiving
from scanner.service.limits.uploads import Places
from scanner.service.problems import Problem

LATER = Headers({"content-length": "9000"})


async def stalls() -> Message:
    await asyncio.sleep(60)
    raise AssertionError("it waited in vain")


async def comes() -> Message:
    return {"type": "http.request", "body": b"a", "more_body": False}


async def call(places: Places, caller: str, receive: Callable[[], object] = stalls, *, known: bool = False) -> None:
    body = Receiving(receive, LATER, 10_000)  # type: ignore[arg-type]
    with places.hold(caller, body, known=known):
        await body()


@pytest.mark.parametrize("callers", [1, 6, 50, 500])
def test_stalled_bodies_of_any_number_of_callers_let_a_newcomer_in(callers: int) -> None:
    async def attack() -> None:
        places = Places(calls=10, uploads=20)
        stalled = [asyncio.create_task(call(places, f"attacker {number % callers}")) for number in range(500)]
        await asyncio.sleep(0)
        await call(places, "honest", comes)
        with places.hold("reader", Receiving(comes, Headers(), 1), known=False):
            pass
        honest = asyncio.create_task(call(places, "honest"))
        await asyncio.sleep(0.05)
        assert not honest.done()
        assert sum(not task.done() for task in stalled) == 19
        more = [asyncio.create_task(call(places, "attacker 0")) for _ in range(19)]
        await asyncio.sleep(0.05)
        assert not honest.done(), "who holds most is cut off, and who came first of those who hold as much"
        refused = [error for task in stalled if task.done() and (error := task.exception())]
        assert {(error.status, error.code) for error in refused if isinstance(error, Problem)} == {
            (408, "body_cut_off")
        }
        for task in (*stalled, *more, honest):
            task.cancel()

    asyncio.run(attack())


def test_callers_without_a_key_cut_off_none_with_one() -> None:
    async def attack() -> None:
        places = Places(calls=10, uploads=5)
        pipeline = [asyncio.create_task(call(places, "key", known=True)) for _ in range(5)]
        stalled = [asyncio.create_task(call(places, f"address {number}")) for number in range(50)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in pipeline)
        for task in (*pipeline, *stalled):
            task.cancel()

    asyncio.run(attack())


def test_a_call_whose_body_has_come_takes_a_place_of_a_call_until_it_ends() -> None:
    async def fill() -> None:
        places = Places(calls=5, uploads=20)
        with ExitStack() as running:

            async def one() -> None:
                body = Receiving(comes, LATER, 10_000)
                running.enter_context(places.hold("greedy", body, known=False))
                await body()

            for _ in range(4):
                await one()
            with pytest.raises(Problem, match="too many calls"):
                await one()
        with ExitStack() as again:
            again.enter_context(places.hold("greedy", Receiving(comes, Headers(), 1), known=False))

    asyncio.run(fill())


def test_a_call_that_is_cut_off_while_it_does_not_wait_ends_when_it_does() -> None:
    async def cut() -> None:
        body = Receiving(comes, LATER, 10_000)
        body.cut_off()
        await body()

    with pytest.raises(Problem) as refused:
        asyncio.run(cut())
    assert refused.value.code == "body_cut_off"
