"""Scans that were accepted to be done later, one after another, while nobody waits; a killed service does them next."""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from brand_index.errors import MarkscanError
from scanner.moderation.records.scans import Scan, UploadedImage
from scanner.moderation.store import Records
from scanner.service.scanning import ListingScanner
from scanner.service.tasks.webhooks import Messenger

POLL: Final = 2.0  # seconds: other processes accept scans, too, and die
LATER: Final = "queue"  # the actor of what is done here
_log = logging.getLogger(__name__)


class Backlog:
    """Takes queued scans from the store and has them scanned, `at_once` at a time."""

    def __init__(
        self, records: Records, scanner: ListingScanner, messenger: Messenger, *, at_once: int, lease: timedelta
    ) -> None:
        self._records, self._scanner, self._messenger = records, scanner, messenger
        self._at_once, self._lease = at_once, lease
        self._told = asyncio.Event()
        self._in_hand: dict[str, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        self._tasks = [asyncio.create_task(self._take()), asyncio.create_task(self._renew())]

    def tell(self) -> None:
        """There is a new scan, or room for one."""
        self._told.set()

    async def close(self) -> None:
        """Stop; what is in hand is done by the next, once its lease is over."""
        tasks = [*self._tasks, *self._in_hand.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self) -> None:
        while True:
            try:
                room = self._at_once - len(self._in_hand)
                now = datetime.now(UTC)
                for scan in await asyncio.to_thread(self._records.lease, room, now, self._lease) if room else ():
                    self._in_hand[scan.scan_id] = asyncio.create_task(self._scan(scan))
            except MarkscanError as error:
                _log.error("queued scans cannot be read: %s", error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), POLL)
            self._told.clear()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            if held := list(self._in_hand):
                with contextlib.suppress(MarkscanError):  # then another process may do it again, which costs only time
                    await asyncio.to_thread(self._records.renew, held, datetime.now(UTC) + self._lease)

    async def _scan(self, scan: Scan) -> None:
        try:
            images = await asyncio.to_thread(self._images, scan)
            await self._scanner.scan(scan, images, actor=LATER, patient=True, told=True)
            self._messenger.tell()
        except Exception:
            _log.exception("a queued scan failed and is tried again", extra={"scan_id": scan.scan_id})
        finally:
            del self._in_hand[scan.scan_id]
            self.tell()

    def _images(self, scan: Scan) -> tuple[UploadedImage, ...]:
        # A file that somebody removed is scanned as the empty file that it is: its error says so.
        data = (self._records.image(scan, position) or b"" for position in range(len(scan.images)))
        return tuple(
            UploadedImage(known.name, known.sha256, held) for known, held in zip(scan.images, data, strict=True)
        )
