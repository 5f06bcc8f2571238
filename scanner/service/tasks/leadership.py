"""Which of several services over one registry builds, merges, purges and sends: the one that holds the lease."""

import asyncio
import contextlib
import logging
import time
from datetime import timedelta
from typing import Final

from brand_index.errors import MarkscanError
from brand_index.registry.database import Database
from scanner.moderation.building_lease import new_holder, release_lease, take_lease
from scanner.service.tasks.periodic_task import PeriodicTask

RENEWALS: Final = 3  # in the time of a lease
_log = logging.getLogger(__name__)


class Leadership:
    """Takes the lease where it is free, and renews it.

    With a registry in SQLite, a file of one machine, it leads always. Whoever cannot renew the lease in time leads no
    longer, before another can take it.
    """

    def __init__(self, database: Database, length: timedelta) -> None:
        self._database, self._length, self._holder = database, length, new_holder()
        self._until: float | None = None  # of the lease, by this process's clock; None: another holds it
        self._followers: tuple[PeriodicTask, ...] = ()
        self.task = PeriodicTask("leadership", self._renew, length.total_seconds() / RENEWALS)

    def leads(self) -> bool:
        """Whether this service is the one."""
        return not self._database.is_shared or (self._until is not None and time.monotonic() < self._until)

    def guard(self, *tasks: PeriodicTask) -> None:
        """Have tasks run while it leads alone, and at once when it begins to."""
        self._followers += tasks
        for task in tasks:
            task.may_run = self.leads

    async def begin(self) -> None:
        """Take the lease, if it is free, and begin to renew it. Raises RegistryError."""
        if self._database.is_shared:
            await self._renew()
            self.task.start()

    async def close(self) -> None:
        """Stop, and let another take the lease at once."""
        await self.task.close()
        if self._database.is_shared and self._until is not None:
            with contextlib.suppress(MarkscanError):  # then it ends by itself
                await asyncio.to_thread(release_lease, self._database, self._holder)

    async def _renew(self) -> None:
        begun, led = time.monotonic(), self.leads()  # before the database counts, so that it ends here first
        held = await asyncio.to_thread(take_lease, self._database, self._holder, self._length)
        self._until = begun + self._length.total_seconds() if held else None
        if self.leads() != led:
            _log.info("this service builds and purges now" if held else "another service builds and purges now")
        if self.leads() and not led:
            for task in self._followers:
                task.wake()
