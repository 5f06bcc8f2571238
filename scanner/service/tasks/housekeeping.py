"""Once an hour: purges what was kept for long enough, and puts back what counter-notices ask for in time."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

from brand_index.errors import MarkscanError
from scanner.moderation.purging import purge_old
from scanner.moderation.seller_notices.appeals import BY_LAW, Appeals
from scanner.moderation.seller_notices.store import Notices

EVERY: Final = 3600.0  # seconds
_log = logging.getLogger(__name__)


class Housekeeper:
    """Does so until it is closed."""

    def __init__(self, notices: Notices, appeals: Appeals) -> None:
        self._notices, self._appeals = notices, appeals
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep_house())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_house(self) -> None:
        while True:
            for work in (self._purge, self._put_back):
                try:
                    await asyncio.to_thread(work, datetime.now(UTC))
                except MarkscanError as error:
                    _log.error("not done: %s", error)
            await asyncio.sleep(EVERY)

    def _purge(self, now: datetime) -> None:
        database = self._notices.database.acting("purge")
        purged = purge_old(database, self._notices.store, self._notices.settings, now)
        _log.info("purged", extra={"images": purged.images, "scans": purged.scans})

    def _put_back(self, now: datetime) -> None:
        for appeal in self._appeals.acting(BY_LAW).put_back_due(now):
            _log.info("put back", extra={"appeal_id": appeal.appeal_id})
