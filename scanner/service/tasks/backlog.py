"""Scans that were accepted for later, done while no caller waits; after a crash another process takes them up."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from brand_index.errors import FileAltered, MarkscanError
from scanner.moderation.records.scans import Scan, UploadedImage
from scanner.moderation.store import Records
from scanner.service.retrying import ends_task, retry_seconds
from scanner.service.scanning import ListingScanner
from scanner.service.tasks.periodic_task import PeriodicTask, utc_now
from scanner.service.tasks.webhooks import Messenger

POLL: Final = 2.0  # seconds: other processes accept scans, too, and crash
ATTEMPTS: Final = 5  # after so many mistakes of the program a scan is finished without an examination
ACTOR: Final = "queue"  # in the history
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Failed:
    attempts: int
    by_mistake: bool  # of the program; otherwise the store, the disk or the workers failed, which passes


class Backlog:
    """Leases queued scans from the store and runs `at_once` of them at a time."""

    def __init__(
        self,
        records: Records,
        scanner: ListingScanner,
        messenger: Messenger,
        *,
        at_once: int,
        lease: timedelta,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._records, self._scanner, self._messenger = records, scanner, messenger
        self._at_once, self._lease, self._clock = at_once, lease, clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, _Failed] = {}  # scans that this process has failed to do
        self._given_back: dict[str, datetime] = {}  # failed scans, with the moment of the next attempt
        self._take_task = PeriodicTask("backlog", self._take, POLL)
        self.tasks = (self._take_task, PeriodicTask("backlog leases", self._renew, lease.total_seconds() / 3))

    def start(self) -> None:
        """Begin."""
        for task in self.tasks:
            task.start()

    def wake(self) -> None:
        """There is a new scan, or room for one."""
        self._take_task.wake()

    async def close(self) -> None:
        """Stop; another process does what is running, once its lease is over."""
        for task in self.tasks:
            await task.close()
        running = list(self._running.values())
        for scan in running:
            scan.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _take(self) -> None:
        for scan_id, moment in list(self._given_back.items()):
            await asyncio.to_thread(self._records.renew, [scan_id], moment)
            del self._given_back[scan_id]
        running = set(self._running)  # one of these may end while more are leased
        if room := self._at_once - len(running):
            for scan in await asyncio.to_thread(self._records.lease, room, self._clock(), self._lease):
                if scan.scan_id not in running:  # else its lease ran out while this machine slept
                    self._running[scan.scan_id] = asyncio.create_task(self._scan(scan))

    async def _renew(self) -> None:
        # Where this fails another process may scan them again, which costs time and nothing else.
        if running := list(self._running):
            await asyncio.to_thread(self._records.renew, running, self._clock() + self._lease)

    async def _scan(self, scan: Scan) -> None:
        earlier = self._failed.get(scan.scan_id)
        try:
            images = await asyncio.to_thread(self._images, scan)
            if earlier is not None and earlier.by_mistake and earlier.attempts >= ATTEMPTS:
                await self._scanner.give_up(scan, images, actor=ACTOR)
            else:
                await self._scanner.scan(scan, images, actor=ACTOR, patient=True, notify=True)
            self._failed.pop(scan.scan_id, None)
            self._messenger.task.wake()
        except BaseException as error:
            if ends_task(error):
                raise
            self._give_back(scan, error)
        finally:
            self._running.pop(scan.scan_id, None)
            self.wake()

    def _give_back(self, scan: Scan, error: BaseException) -> None:
        """Let others go first, for longer after each failure."""
        earlier = self._failed.get(scan.scan_id)
        attempts = 1 if earlier is None else earlier.attempts + 1
        self._failed[scan.scan_id] = _Failed(attempts, not isinstance(error, MarkscanError | OSError))
        # No longer than a lease, or it would be taken for one of a clock that ran ahead.
        wait = min(timedelta(seconds=retry_seconds(attempts, POLL)), self._lease)
        self._given_back[scan.scan_id] = self._clock() + wait
        _log.error(
            "a queued scan failed; next attempt in %g s",
            wait.total_seconds(),
            exc_info=error,
            extra={"scan_id": scan.scan_id, "failures": attempts},
        )

    def _images(self, scan: Scan) -> tuple[UploadedImage, ...]:
        data = (self._image(scan, position) for position in range(len(scan.images)))
        return tuple(
            UploadedImage(image.name, image.sha256, content) for image, content in zip(scan.images, data, strict=True)
        )

    def _image(self, scan: Scan, position: int) -> bytes:
        """The bytes of an image; of one that somebody removed or altered, none: its row says that it is empty."""
        try:
            return self._records.image(scan, position) or b""
        except FileAltered:
            _log.exception("an image of a queued scan was altered", extra={"scan_id": scan.scan_id})
            return b""
