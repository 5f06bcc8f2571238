"""A body comes within bounds, or the call ends: too long, too quiet, too slow, or broken off."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive

from scanner.service.limits.receiving import Pace, Receiving
from scanner.service.problems import Problem

NEVER = 60.0
QUIET = Pace(quiet=0.1, patience=NEVER)
IMPATIENT = Pace(quiet=NEVER, patience=0.3, slowest=10**9)


def part(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": data, "more_body": more}


def sending(messages: Sequence[Message], *, pause: float = 0) -> Receive:
    """What a server receives: a message, others each after a pause, then nothing."""

    async def each() -> AsyncIterator[Message]:
        for message in messages:
            yield message
            await asyncio.sleep(pause)
        await asyncio.sleep(NEVER)

    return each().__anext__


async def whole(body: Receive) -> bytes:
    data, more = b"", True
    while more:
        message = await body()
        data, more = data + message.get("body", b""), message.get("more_body", False)
    return data


def receiving(receive: Receive, pace: Pace, most: int = 1_000) -> Receiving:
    return Receiving(receive, Headers(), most, pace)


def test_a_body_is_passed_on() -> None:
    body = receiving(sending([part(b"ab"), part(b"c", more=False)]), QUIET)
    assert asyncio.run(whole(body)) == b"abc"
    assert not body.broken_off


@pytest.mark.parametrize(
    "make",
    [
        lambda: receiving(sending([part(b"ab")]), QUIET),
        lambda: receiving(sending([part(b"a")] * 10_000, pause=0.01), IMPATIENT, 100_000),
    ],
    ids=["stalled", "dripping"],
)
def test_a_body_that_comes_too_slowly_is_refused(make: Callable[[], Receiving]) -> None:
    with pytest.raises(Problem, match="too slowly") as refused:
        asyncio.run(asyncio.wait_for(whole(make()), NEVER / 2))
    assert (refused.value.status, refused.value.code) == (408, "body_too_slow")


def test_a_long_body_that_keeps_its_pace_has_more_time() -> None:
    pace = Pace(quiet=NEVER, patience=0.5, slowest=1)
    body = receiving(sending([part(bytes(100)), part(b"a"), part(b"b", more=False)], pause=0.4), pace)
    assert len(asyncio.run(whole(body))) == 102


def test_what_the_service_does_meanwhile_does_not_count() -> None:
    async def read_slowly() -> bytes:
        body, data = receiving(sending([part(b"a")] * 3 + [part(b"", more=False)]), IMPATIENT), b""
        for _ in range(4):
            await asyncio.sleep(0.2)
            data += (await body())["body"]
        return data

    assert asyncio.run(read_slowly()) == b"aaa"


def test_who_waits_for_the_caller_to_leave_may_wait() -> None:
    async def wait() -> Message:
        left: Message = {"type": "http.disconnect"}
        body = receiving(sending([part(b"", more=False), left], pause=0.2), Pace(quiet=0.1, patience=0.1))
        await body()
        message = await body()
        assert not body.broken_off, "its body was whole"
        return message

    assert asyncio.run(wait())["type"] == "http.disconnect"


def test_a_caller_that_leaves_in_the_middle_is_known_to_have_left() -> None:
    body = receiving(sending([part(b"a"), {"type": "http.disconnect"}]), QUIET)
    asyncio.run(whole(body))
    assert body.broken_off


@pytest.mark.parametrize(
    "headers", [Headers(), Headers({"content-length": "1001"}), Headers({"content-length": "9" * 5_000})]
)
def test_a_body_that_is_too_long_is_refused(headers: Headers) -> None:
    with pytest.raises(Problem) as refused:
        asyncio.run(whole(Receiving(sending([part(bytes(600))] * 2), headers, 1_000, QUIET)))
    assert (refused.value.status, refused.value.code) == (413, "body_too_large")


def test_a_small_body_has_less_time_than_a_long_one() -> None:
    pace = Pace(quiet=NEVER, patience=NEVER, first=0.1, early=10**6)
    with pytest.raises(Problem, match="too slowly"):
        asyncio.run(asyncio.wait_for(Receiving(sending([]), Headers({"content-length": "9000"}), 9_000, pace)(), 30))
