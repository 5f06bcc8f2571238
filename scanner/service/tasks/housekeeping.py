"""Once an hour: deletes what is old, restores listings whose counter-notice is due, and makes a checkpoint."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

from brand_index.registry.checkpoints import Checkpoint
from brand_index.registry.database import Database
from scanner.moderation.checkpointing import checkpoints_of, make_checkpoint
from scanner.moderation.purging import purge_old
from scanner.moderation.seller_notices.appeals import BY_LAW, Appeals
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.service.tasks.periodic_task import PeriodicTask

EVERY: Final = 3600.0  # seconds
_log = logging.getLogger(__name__)


class Housekeeper:
    """Three tasks, so that one that fails does not keep the others from their work."""

    def __init__(self, seller_notices: SellerNotices, appeals: Appeals) -> None:
        self._seller_notices, self._appeals = seller_notices, appeals
        self.tasks = (
            PeriodicTask("purge", self._purge, EVERY),
            PeriodicTask("restore", self._restore, EVERY),
            PeriodicTask("checkpoint", self._checkpoint, EVERY),
        )

    def start(self) -> None:
        """Start them."""
        for task in self.tasks:
            task.start()

    async def close(self) -> None:
        """Stop them."""
        for task in self.tasks:
            await task.close()

    async def _purge(self) -> None:
        database = self._seller_notices.database.acting("purge")
        purged = await asyncio.to_thread(
            purge_old, database, self._seller_notices.store, self._seller_notices.settings, datetime.now(UTC)
        )
        _log.info("purged", extra={"images": purged.images, "scans": purged.scans})

    async def _restore(self) -> None:
        for appeal in await asyncio.to_thread(self._appeals.acting(BY_LAW).put_back_due, datetime.now(UTC)):
            _log.info("listing restored", extra={"appeal_id": appeal.appeal_id})

    async def _checkpoint(self) -> None:
        database = self._seller_notices.database.acting("checkpoint")
        made = await asyncio.to_thread(self._make_checkpoint, database)
        if made is not None:
            _log.info("checkpoint made", extra={"checkpoint": made.to_json()})

    def _make_checkpoint(self, database: Database) -> Checkpoint | None:
        to = checkpoints_of(database, self._seller_notices.store, self._seller_notices.settings)
        return make_checkpoint(database, to, datetime.now(UTC))
