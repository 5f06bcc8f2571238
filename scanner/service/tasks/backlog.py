"""Scans that were accepted for later, done while no caller waits; after a crash another process takes them up."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from scanner.moderation.records.scans import Scan, UploadedImage
from scanner.moderation.store import Records
from scanner.service.scanning import ListingScanner
from scanner.service.tasks.periodic_task import PeriodicTask
from scanner.service.tasks.webhooks import Messenger

POLL: Final = 2.0  # seconds: other processes accept scans, too, and crash
ACTOR: Final = "queue"  # in the history
_log = logging.getLogger(__name__)


class Backlog:
    """Leases queued scans from the store and runs `at_once` of them at a time."""

    def __init__(
        self, records: Records, scanner: ListingScanner, messenger: Messenger, *, at_once: int, lease: timedelta
    ) -> None:
        self._records, self._scanner, self._messenger = records, scanner, messenger
        self._at_once, self._lease = at_once, lease
        self._running: dict[str, asyncio.Task[None]] = {}
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
        if room := self._at_once - len(self._running):
            for scan in await asyncio.to_thread(self._records.lease, room, datetime.now(UTC), self._lease):
                self._running[scan.scan_id] = asyncio.create_task(self._scan(scan))

    async def _renew(self) -> None:
        # Where this fails another process may scan them again, which costs time and nothing else.
        if running := list(self._running):
            await asyncio.to_thread(self._records.renew, running, datetime.now(UTC) + self._lease)

    async def _scan(self, scan: Scan) -> None:
        try:
            images = await asyncio.to_thread(self._images, scan)
            await self._scanner.scan(scan, images, actor=ACTOR, patient=True, notify=True)
            self._messenger.task.wake()
        except Exception:
            _log.exception("a queued scan failed and is tried again", extra={"scan_id": scan.scan_id})
        finally:
            del self._running[scan.scan_id]
            self.wake()

    def _images(self, scan: Scan) -> tuple[UploadedImage, ...]:
        # A file that somebody removed is scanned as an empty file: its row says so.
        data = (self._records.image(scan, position) or b"" for position in range(len(scan.images)))
        return tuple(
            UploadedImage(image.name, image.sha256, content) for image, content in zip(scan.images, data, strict=True)
        )
