"""Sends calls to running services, in a closed or an open loop; it starts no service."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass

import aiohttp
import numpy as np

TIMEOUT = aiohttp.ClientTimeout(total=120)  # seconds


@dataclass(frozen=True, slots=True)
class Answered:
    """One call and how it ended."""

    begun: float  # by time.monotonic
    seconds: float
    status: int  # 0: there was no answer


@dataclass(frozen=True, slots=True)
class Load:
    """The results of many calls."""

    answered: tuple[Answered, ...]
    seconds: float

    @property
    def rate(self) -> float:
        """Calls a second that were accepted and answered."""
        return self.count(200) / self.seconds

    @property
    def statuses(self) -> Counter[int]:
        """How many ended so."""
        return Counter(each.status for each in self.answered)

    def count(self, status: int) -> int:
        """How many ended so."""
        return self.statuses[status]

    @property
    def failed(self) -> int:
        """How many ended neither with a verdict nor with a 503, which says to come again."""
        return len(self.answered) - self.count(200) - self.count(503)

    def percentile(self, share: float) -> float:
        """Seconds within which this share, 0..1, of the accepted was answered; NaN: none was."""
        times = [each.seconds for each in self.answered if each.status == 200]
        return float(np.quantile(times, share)) if times else float("nan")


Images = Iterator[bytes]
"""Never the same bytes twice: the service recognizes repeated images."""


def closed_loop(addresses: Sequence[str], key: str, images: Images, *, at_once: int, calls: int) -> Load:
    """Send `calls` calls, of which `at_once` are always open, to the addresses in turn."""

    async def go() -> Load:
        async with client_of(key) as client:
            left, turns = iter(range(calls)), itertools.cycle(addresses)
            answered: list[Answered] = []

            async def caller() -> None:
                answered.extend([await _call(client, next(turns), next(images)) for _ in left])

            begun = time.monotonic()
            await asyncio.gather(*(caller() for _ in range(at_once)))
            return Load(tuple(answered), time.monotonic() - begun)

    return asyncio.run(go())


def open_loop(
    addresses: Sequence[str],
    key: str,
    images: Images,
    *,
    rate: float,
    seconds: float,
    chance: np.random.Generator,
    meanwhile: Callable[[float], None] | None = None,
) -> Load:
    """Calls that come `rate` times a second on average (Poisson), whether earlier ones are answered or not.

    They go to the addresses in turn. `meanwhile` is called in a thread, once a second, with the seconds since then.
    """

    async def go() -> Load:
        async with client_of(key) as client:
            begun, answered, turns = time.monotonic(), list[Answered](), itertools.cycle(addresses)
            watch = asyncio.create_task(_every_second(begun, meanwhile)) if meanwhile is not None else None

            async def caller() -> None:
                answered.append(await _call(client, next(turns), next(images)))

            calls = [asyncio.create_task(caller()) async for _ in arrivals(begun, rate, seconds, chance)]
            await asyncio.gather(*calls)
            if watch is not None:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
            return Load(tuple(answered), time.monotonic() - begun)

    return asyncio.run(go())


async def arrivals(begun: float, rate: float, seconds: float, chance: np.random.Generator) -> AsyncIterator[None]:
    """An item at each time at which a call comes, `rate` a second on average, for `seconds` from `begun`."""
    due = begun
    while True:
        due += float(chance.exponential(1 / rate))
        if due > begun + seconds:
            return
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        yield


async def _every_second(begun: float, meanwhile: Callable[[float], None]) -> None:
    while True:
        await asyncio.sleep(1)
        await asyncio.to_thread(meanwhile, time.monotonic() - begun)


async def _call(client: aiohttp.ClientSession, address: str, image: bytes) -> Answered:
    begun = time.monotonic()
    fields = aiohttp.FormData({"seller_id": "S1"})
    fields.add_field("images", image, filename="photo.jpg")
    try:
        async with client.post(f"{address}/v1/scans", data=fields) as answer:
            await answer.read()
            status = answer.status
    except (aiohttp.ClientError, TimeoutError):
        status = 0
    return Answered(begun, time.monotonic() - begun, status)


def client_of(key: str) -> aiohttp.ClientSession:
    """A client without a bound on its connections, with this key."""
    # A caller on the same cores takes from the service what it needs itself: aiohttp needs a quarter of httpx's time.
    headers = {"Authorization": f"Bearer {key}"}
    return aiohttp.ClientSession(headers=headers, timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=0))
