"""Tells the marketplace that a scan is done: signed, tried again, and kept when nobody takes it.

Messages are signed as the specification Standard Webhooks 1.0 says: HMAC-SHA256 of id, timestamp and body.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
from sqlalchemy import select

from brand_index.registry.database import Database, fetch
from scanner.moderation.deliveries import Delivery, DeliveryState, deliveries
from scanner.settings import ServiceSettings

FIRST_WAIT: Final = timedelta(seconds=5)  # each later wait is three times as long
LONGEST_WAIT: Final = timedelta(hours=6)
TIMEOUT: Final = 10.0  # seconds
POLL: Final = 2.0  # seconds
AT_ONCE: Final = 16  # messages
_log = logging.getLogger(__name__)


def signature(secret: str, identity: str, moment: datetime, body: str) -> str:
    """What goes into the header webhook-signature."""
    signed = f"{identity}.{int(moment.timestamp())}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts that failed."""
    return min(FIRST_WAIT * float(3 ** (attempts - 1)), LONGEST_WAIT)


class Messenger:
    """Delivers what is due, until it is closed."""

    def __init__(
        self, database: Database, settings: ServiceSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`transport` None: the network."""
        self._database, self._settings = database, settings
        self._client = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, transport=transport)
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, if there is anybody to tell."""
        if self._settings.webhook_url is not None:
            self._task = asyncio.create_task(self._deliver_for_ever())

    def tell(self) -> None:
        """There is a new message."""
        self._told.set()

    async def close(self) -> None:
        """Stop; what was not delivered is tried again by the next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._client.aclose()

    async def deliver_due(self, now: datetime) -> int:
        """Try each message that is due once; how many there were."""
        due = await asyncio.to_thread(self._due, now)
        await asyncio.gather(*(self._deliver(each) for each in due))
        return len(due)

    async def _deliver_for_ever(self) -> None:
        while True:
            try:
                if await self.deliver_due(datetime.now(UTC)):
                    continue
            except Exception:
                _log.exception("messages could not be delivered")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), POLL)
            self._told.clear()

    def _due(self, now: datetime) -> tuple[Delivery, ...]:
        query = select(deliveries).where(deliveries.c.state == DeliveryState.PENDING, deliveries.c.due_at <= now)
        with self._database.read() as connection:
            return fetch(connection, Delivery, query.order_by(deliveries.c.due_at).limit(AT_ONCE))

    async def _deliver(self, message: Delivery) -> None:
        now = datetime.now(UTC)
        assert self._settings.webhook_secret is not None, "the settings want one with an address"
        headers = {
            "content-type": "application/json",
            "webhook-id": message.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature(
                self._settings.webhook_secret.get_secret_value(), message.delivery_id, now, message.body
            ),
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
            write.connection.execute(
                deliveries.update().where(deliveries.c.delivery_id == message.delivery_id).values(**values)
            )
