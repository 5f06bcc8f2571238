"""Looks back at past listings once references, authorizations or the policy changed, in a process of its own."""

import asyncio
import logging
import os
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from brand_index.registry import Registry
from brand_index.registry.database import Write
from brand_index.store import Store
from scanner.engine.worker import begin_process
from scanner.moderation.deliveries import send
from scanner.moderation.records.scans import Scan
from scanner.moderation.seller_notices.statuses import statuses_of
from scanner.rejudging.looking_back import is_due, look_back
from scanner.service.accounts.registry import open_registry
from scanner.service.answers import scan_answer
from scanner.service.tasks.index_keeper import IndexKeeper
from scanner.service.tasks.periodic_task import PeriodicTask
from scanner.service.workers.worker_process import WorkerProcess
from scanner.settings import Settings
from scanner.verdicts.policy import read_policy
from scanner.verdicts.rows import json_text, moment_text

EVERY: Final = 60.0  # seconds
SCAN_REJUDGED: Final = "scan.rejudged"  # type of the message
_log = logging.getLogger(__name__)


class Summary(NamedTuple):
    """What a look-back did."""

    images: int  # compared by their descriptions
    judged: int  # scans that were judged again
    opened: int  # images that were verified
    changed: int  # listings


class LookBackKeeper:
    """Looks now and then whether a look-back is due, and at once when woken by a new index."""

    def __init__(self, store: Store, registry: Registry, settings: Settings, keeper: IndexKeeper) -> None:
        self._store, self._registry, self._settings, self._keeper = store, registry, settings, keeper
        self.task = PeriodicTask("look back", self._look_back, EVERY)

    async def _look_back(self) -> None:
        if not self._settings.service.look_back_days or not await asyncio.to_thread(self._is_due):
            return
        process = WorkerProcess(begin_process)
        try:
            done = await process.call(look_back_of, self._store, self._settings)
        finally:
            process.kill()
        _log.info("looked back", extra=done._asdict())

    def _is_due(self) -> bool:
        """Whether something changed, and the index is of it: a build that is under way comes first."""
        revision = self._keeper.published.revision
        if revision != self._registry.references_revision():
            return False
        return is_due(self._registry, self._settings, revision)


def look_back_of(store: Store, settings: Settings) -> Summary:
    """Look back, in a process of its own that yields to those that scan."""
    if hasattr(os, "nice"):
        os.nice(10)
    thresholds = read_policy(settings.policy).thresholds
    shown_from = min(thresholds.logo, thresholds.photo_suspected)

    def send_message(write: Write, done: Scan) -> None:
        if settings.service.webhook_url is None or done.finished_at is None:
            return
        case = statuses_of(write.connection, [done.scan_id]).get(done.scan_id)
        head = {"type": SCAN_REJUDGED, "at": moment_text(done.finished_at), "rejudges": done.rejudges}
        send(write, done.scan_id, json_text({**head, **scan_answer(done, shown_from, case)}))

    since = datetime.now(UTC) - timedelta(days=settings.service.look_back_days)
    with open_registry(store, settings.registry_url, create=False) as registry:
        done = look_back(store, registry, settings, since, everything=False, also=send_message)
    return Summary(done.searched.images, done.judged, done.verified, len(done.changes))
