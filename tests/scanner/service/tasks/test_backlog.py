"""Queued scans are done whatever one of them raises: it waits longer each time, and in the end a person sees it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from brand_index.errors import RegistryError
from brand_index.store import Store
from scanner.moderation.records.scans import Scan, UploadedImage, begin
from scanner.moderation.store import Records
from scanner.service.accounts.registry import open_registry
from scanner.service.retrying import LAST_RETRY
from scanner.service.tasks.backlog import ATTEMPTS, Backlog
from tests.scanner.moderation.test_store import IMAGES, LISTING, NOW, outcome

LEASE = timedelta(minutes=1)


class Clock:
    """Runs `step` ahead whenever it is read."""

    def __init__(self, step: timedelta) -> None:
        self.now, self.step = NOW, step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


@dataclass
class Scanner:
    """Records the outcomes of scans, and raises `error` for those that are poisoned."""

    records: Records
    error: BaseException
    poisoned: set[str] = field(default_factory=set)
    begun: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    proceed: asyncio.Event | None = None  # scans wait for it

    async def scan(self, scan: Scan, images: Sequence[UploadedImage], **_: object) -> Scan:
        self.begun.append(scan.scan_id)
        if self.proceed is not None:
            await self.proceed.wait()
        if scan.scan_id in self.poisoned:
            raise self.error
        return self.records.finish(scan, outcome(), NOW)

    async def give_up(self, scan: Scan, images: Sequence[UploadedImage], *, actor: str) -> Scan:
        self.given_up.append(scan.scan_id)
        return self.records.finish(scan, outcome(), NOW)


class Silent:
    """A messenger that nobody hears."""

    task = property(lambda self: self)

    def wake(self) -> None:
        pass


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with open_registry(Store(tmp_path)) as registry:
        yield Records(registry.database, Store(tmp_path))


def accepted(records: Records, count: int) -> list[Scan]:
    return [records.accept(begin(LISTING, IMAGES, NOW), IMAGES) for _ in range(count)]


def run(scanner: Scanner, step: timedelta, use: Callable[[Backlog], Awaitable[None]], at_once: int = 1) -> None:
    """Run `use` while a backlog runs whose clock runs ahead by `step` whenever it is read."""

    async def go() -> None:
        backlog = Backlog(
            scanner.records,
            cast(Any, scanner),
            cast(Any, Silent()),
            at_once=at_once,
            lease=LEASE,
            clock=Clock(step),
        )
        backlog.start()
        try:
            await asyncio.wait_for(use(backlog), 60)
        finally:
            await backlog.close()

    asyncio.run(go())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "error",
    [ValueError("a mistake"), SystemExit(1), asyncio.CancelledError(), MemoryError()],
    ids=lambda error: type(error).__name__,
)
def test_a_scan_that_fails_holds_up_no_other_and_a_person_sees_it_in_the_end(
    records: Records, error: BaseException
) -> None:
    scanner, scans = Scanner(records, error), accepted(records, 6)
    scanner.poisoned = {scans[0].scan_id, scans[1].scan_id}

    async def use(_: Backlog) -> None:
        await until(lambda: records.queued() == 0)

    run(scanner, timedelta(seconds=LAST_RETRY), use)
    assert {scanner.begun.count(each) for each in scanner.poisoned} == {ATTEMPTS}
    assert set(scanner.given_up) == scanner.poisoned
    assert sorted(each for each in scanner.begun if each not in scanner.poisoned) == sorted(
        each.scan_id for each in scans[2:]
    )


def test_a_scan_that_failed_is_not_tried_at_once_again(records: Records) -> None:
    scanner, scans = Scanner(records, ValueError("a mistake")), accepted(records, 2)
    scanner.poisoned = {scans[0].scan_id}

    async def use(backlog: Backlog) -> None:
        await until(lambda: records.queued() == 1)
        for _ in range(20):
            backlog.wake()
            await asyncio.sleep(0.01)

    run(scanner, timedelta(0), use)
    assert scanner.begun == [scans[0].scan_id, scans[1].scan_id]


@pytest.mark.parametrize("error", [RegistryError("the disk is full"), OSError("the disk is full")], ids=repr)
def test_a_scan_is_not_given_up_because_the_store_failed(records: Records, error: Exception) -> None:
    scanner, scans = Scanner(records, error), accepted(records, 1)
    scanner.poisoned = {scans[0].scan_id}

    async def use(_: Backlog) -> None:
        await until(lambda: len(scanner.begun) > ATTEMPTS)
        scanner.poisoned.clear()
        await until(lambda: records.queued() == 0)

    run(scanner, timedelta(seconds=LAST_RETRY), use)
    assert scanner.given_up == []


def test_a_scan_whose_lease_ran_out_while_the_machine_slept_is_not_begun_twice(records: Records) -> None:
    scanner, scans = Scanner(records, ValueError()), accepted(records, 1)

    async def use(backlog: Backlog) -> None:
        scanner.proceed = asyncio.Event()
        await until(lambda: len(scanner.begun) == 1)
        for _ in range(20):
            backlog.wake()
            await asyncio.sleep(0.01)
        scanner.proceed.set()
        await until(lambda: records.queued() == 0)

    run(scanner, 2 * LEASE, use, at_once=2)
    assert scanner.begun == [scans[0].scan_id]
