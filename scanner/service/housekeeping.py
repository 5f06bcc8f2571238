"""Purges, once an hour, what has been kept for as long as the settings say."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

from brand_index.errors import MarkscanError
from scanner.purging import purge_old
from scanner.records import Records
from scanner.settings import ServiceSettings

EVERY: Final = 3600.0  # seconds
_log = logging.getLogger(__name__)


class Housekeeper:
    """Purges until it is closed."""

    def __init__(self, records: Records, settings: ServiceSettings) -> None:
        self._records, self._settings = records, settings
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
            try:
                purged = await asyncio.to_thread(
                    purge_old, self._records.acting("purge"), self._settings, datetime.now(UTC)
                )
                _log.info("purged", extra={"pictures": purged.pictures, "scans": purged.scans})
            except MarkscanError as error:
                _log.error("not purged: %s", error)
            await asyncio.sleep(EVERY)
