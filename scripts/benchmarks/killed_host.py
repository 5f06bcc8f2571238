"""Kills one of several services under load, and counts the calls that fail and the accepted scans that are lost."""

import asyncio
import itertools
import os
import signal
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import numpy as np

from benchmarks.load import Images, arrivals, client_of
from benchmarks.throughput import Served

TRIES: Final = 100  # of a listing
PAUSE: Final = 0.3  # seconds before a refused call is sent again
LONGEST: Final = 180.0  # seconds to wait until all accepted scans are done


@dataclass(frozen=True, slots=True)
class Survived:
    """What became of the listings."""

    listings: int  # that were sent, each until it was accepted
    accepted: int
    broken_off: int  # calls without an answer, which were sent again
    refused: int  # calls answered otherwise than with a scan, which were sent again
    lost: int  # accepted scans that the other host does not know, or has not done in LONGEST
    done_after: float  # seconds from the kill until the last of them was done


@dataclass(slots=True)
class _Balancer:
    """Sends to hosts in turn; one that does not answer gets no more calls."""

    addresses: list[str]
    turns: "itertools.count[int]" = field(default_factory=itertools.count)
    accepted: list[str] = field(default_factory=list)  # ids of scans
    broken_off: int = 0
    refused: int = 0

    async def send(self, client: aiohttp.ClientSession, image: bytes) -> None:
        """Have a listing scanned later: send it until a host accepts it."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        for _ in range(TRIES):
            address = self.addresses[next(self.turns) % len(self.addresses)]
            fields = aiohttp.FormData({"seller_id": "S1"})
            fields.add_field("images", image, filename="photo.jpg")
            try:
                async with client.post(f"{address}/v1/scans?async=1", data=fields, headers=headers) as answer:
                    if answer.status in (200, 202):  # 200: an earlier call came through, and its scan is done
                        self.accepted.append((await answer.json())["scan_id"])
                        return
            except (aiohttp.ClientError, TimeoutError):
                self.broken_off += 1
                if address in self.addresses and len(self.addresses) > 1:
                    self.addresses.remove(address)
                continue
            self.refused += 1
            await asyncio.sleep(PAUSE)


def kill_under_load(
    services: Sequence[Served], key: str, images: Images, rate: float, seconds: float, chance: np.random.Generator
) -> Survived:
    """Listings come `rate` times a second for `seconds`; the first service is killed half-way."""

    async def kill() -> float:
        await asyncio.sleep(seconds / 2)
        os.kill(services[0].process, signal.SIGKILL)
        return time.monotonic()

    async def go() -> Survived:
        balancer = _Balancer([each.address for each in services])
        async with client_of(key) as client:
            killing, calls = asyncio.create_task(kill()), list[asyncio.Task[None]]()
            async for _ in arrivals(time.monotonic(), rate, seconds, chance):
                calls.append(asyncio.create_task(balancer.send(client, next(images))))
            killed = await killing
            await asyncio.gather(*calls)
            lost = await _lost(client, services[-1].address, set(balancer.accepted), killed + LONGEST)
            return Survived(
                listings=len(calls),
                accepted=len(balancer.accepted),
                broken_off=balancer.broken_off,
                refused=balancer.refused,
                lost=len(lost),
                done_after=time.monotonic() - killed,
            )

    return asyncio.run(go())


async def _lost(client: aiohttp.ClientSession, address: str, scans: set[str], until: float) -> set[str]:
    """Those that the service does not know, or has not done at `until`, by the monotonic clock."""
    left, unknown = set(scans), set[str]()
    while left and time.monotonic() < until:
        for scan in sorted(left):
            async with client.get(f"{address}/v1/scans/{scan}") as answer:
                if answer.status == 404:
                    unknown.add(scan)
                if answer.status == 404 or (answer.status == 200 and (await answer.json())["state"] == "done"):
                    left.discard(scan)
        if left:
            await asyncio.sleep(PAUSE)
    return left | unknown
