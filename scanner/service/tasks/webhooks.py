"""Delivers messages to the marketplace: signed (Standard Webhooks), retried, and kept when every attempt fails."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
from sqlalchemy import select
from standardwebhooks import Webhook

from brand_index.registry.database import Database, fetch
from scanner.moderation.deliveries import Delivery, DeliveryState, deliveries
from scanner.service.tasks.periodic_task import PeriodicTask
from scanner.settings import ServiceSettings

FIRST_WAIT: Final = timedelta(seconds=5)  # each later wait is three times as long
LONGEST_WAIT: Final = timedelta(hours=6)
TIMEOUT: Final = 10.0  # seconds
POLL: Final = 2.0  # seconds
AT_ONCE: Final = 16  # messages
_log = logging.getLogger(__name__)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts."""
    return min(FIRST_WAIT * float(3 ** (attempts - 1)), LONGEST_WAIT)


class Messenger:
    """Sends what is due to the webhook's address."""

    def __init__(
        self, database: Database, settings: ServiceSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`transport` None: the network."""
        self._database, self._settings = database, settings
        self._client = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, transport=transport)
        secret = settings.webhook_secret
        self._signer = None if secret is None else Webhook(secret.get_secret_value())
        self.task = PeriodicTask("webhooks", self._deliver_all, POLL)

    def start(self) -> None:
        """Begin, where the settings name an address."""
        if self._settings.webhook_url is not None:
            self.task.start()

    async def close(self) -> None:
        """Stop; what was not delivered is sent by the next process."""
        await self.task.close()
        await self._client.aclose()

    async def deliver_due(self, now: datetime) -> int:
        """Send each message that is due once; returns how many there were."""
        due = await asyncio.to_thread(self._due, now)
        await asyncio.gather(*(self._deliver(each) for each in due))
        return len(due)

    async def _deliver_all(self) -> None:
        while await self.deliver_due(datetime.now(UTC)):
            pass

    def _due(self, now: datetime) -> tuple[Delivery, ...]:
        query = select(deliveries).where(deliveries.c.state == DeliveryState.PENDING, deliveries.c.due_at <= now)
        with self._database.read() as connection:
            return fetch(connection, Delivery, query.order_by(deliveries.c.due_at).limit(AT_ONCE))

    async def _deliver(self, message: Delivery) -> None:
        now = datetime.now(UTC)
        assert self._signer is not None, "the settings want a secret with an address"
        headers = {
            "content-type": "application/json",
            "webhook-id": message.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.delivery_id, now, message.body),
        }
        try:
            answer = await self._client.post(str(self._settings.webhook_url), content=message.body, headers=headers)
            error = None if answer.is_success else f"answered {answer.status_code}"
        except httpx.HTTPError as problem:
            error = f"{type(problem).__name__}: {problem}"
        await asyncio.to_thread(self._tried, message, error)

    def _tried(self, message: Delivery, error: str | None) -> None:
        now, attempts = datetime.now(UTC), message.attempts + 1
        state = DeliveryState.PENDING
        if error is None or attempts >= self._settings.webhook_attempts:
            state = DeliveryState.DELIVERED if error is None else DeliveryState.DEAD
        if state is DeliveryState.DEAD:
            _log.error("message given up: %s", error, extra={"delivery_id": message.delivery_id})
        values = {"state": state, "attempts": attempts, "last_error": error, "due_at": now + wait_after(attempts)}
        with self._database.write(now) as write:
            write.update(deliveries, deliveries.c.delivery_id == message.delivery_id, values)
