"""Delivers messages to the marketplace: signed (Standard Webhooks), retried, and kept when every attempt fails."""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import httpx
from sqlalchemy import ColumnElement, and_, or_, select
from standardwebhooks import Webhook

from brand_index.registry.database import Database, fetch
from scanner.moderation.deliveries import Delivery, deliveries
from scanner.moderation.delivery_states import DeliveryState
from scanner.moderation.leases import CLOCKS_DIFFER
from scanner.service.tasks.periodic_task import PeriodicTask, utc_now
from scanner.settings import ServiceSettings

FIRST_WAIT: Final = timedelta(seconds=5)  # each later wait is three times as long
LONGEST_WAIT: Final = timedelta(hours=6)
TIMEOUT: Final = 10.0  # seconds that a whole call may take, from its connection to its answer's last byte
LONGEST_ANSWER: Final = 16 * 1024  # bytes that are read, only so that the connection can be used again
POLL: Final = 2.0  # seconds
AT_ONCE: Final = 16  # messages
_log = logging.getLogger(__name__)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts; nothing before the first."""
    return min(FIRST_WAIT * float(3 ** (attempts - 1)), LONGEST_WAIT) if attempts else timedelta(0)


def is_due(now: datetime) -> ColumnElement[bool]:
    """For a query: which messages are due, also those whose moment only a clock that ran ahead can have set."""
    table, attempts, late = deliveries, 0, list[ColumnElement[bool]]()
    while (wait := wait_after(attempts)) < LONGEST_WAIT:
        late.append(and_(table.c.attempts == attempts, table.c.due_at > now + wait + CLOCKS_DIFFER))
        attempts += 1
    return or_(table.c.due_at <= now, table.c.due_at > now + LONGEST_WAIT + CLOCKS_DIFFER, *late)


class _Tried(NamedTuple):
    message: Delivery
    error: str | None  # None: it was delivered


class Messenger:
    """Sends what is due to the webhook's address, AT_ONCE messages at a time; a slow call holds up only its own."""

    def __init__(
        self,
        database: Database,
        settings: ServiceSettings,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        seconds: float = TIMEOUT,
    ) -> None:
        """`transport` None: the network. `seconds`: what a whole call may take."""
        self._database, self._settings, self._clock, self._seconds = database, settings, clock, seconds
        self._client = httpx.AsyncClient(timeout=seconds, follow_redirects=False, transport=transport)
        secret = settings.webhook_secret
        self._signer = None if secret is None else Webhook(secret.get_secret_value())
        self._sending: dict[str, asyncio.Task[None]] = {}  # until the outcome is recorded
        self._tried: list[_Tried] = []
        self.task = PeriodicTask("webhooks", self._step, POLL)

    def start(self) -> None:
        """Begin, where the settings name an address."""
        if self._settings.webhook_url is not None:
            self.task.start()

    async def close(self) -> None:
        """Stop; what was not delivered is sent by the next process."""
        await self.task.close()
        calls = list(self._sending.values())
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await self._client.aclose()

    async def deliver_due(self, now: datetime) -> int:
        """Send each message that is due once; returns how many there were."""
        calls = await self._begin(now)
        await asyncio.gather(*calls, return_exceptions=True)
        await self._record()
        return len(calls)

    async def _step(self) -> None:
        await self._record()
        await self._begin(self._clock())

    async def _begin(self, now: datetime) -> list[asyncio.Task[None]]:
        """Begin to send what is due, as far as there is room."""
        room = AT_ONCE - len(self._sending)
        due = await asyncio.to_thread(self._due, now, list(self._sending), room) if room else ()
        calls = {each.delivery_id: asyncio.create_task(self._deliver(each)) for each in due}
        self._sending |= calls
        return list(calls.values())

    def _due(self, now: datetime, sending: Collection[str], count: int) -> tuple[Delivery, ...]:
        table = deliveries
        query = select(table).where(table.c.state == DeliveryState.PENDING, is_due(now))
        query = query.where(table.c.delivery_id.not_in(sending)).order_by(table.c.due_at).limit(count)
        with self._database.read() as connection:
            return fetch(connection, Delivery, query)

    async def _deliver(self, message: Delivery) -> None:
        error: str | None = "the attempt was broken off"
        try:
            error = await self._answer(message)
        except Exception as problem:  # a bug of ours, or of the library: it counts as an attempt
            _log.exception("message could not be sent", extra={"delivery_id": message.delivery_id})
            error = f"{type(problem).__name__}: {problem}"
        finally:
            self._tried.append(_Tried(message, error))
            self.task.wake()

    async def _answer(self, message: Delivery) -> str | None:
        """Send a message; what is wrong with the answer, None: nothing."""
        now = datetime.now(UTC)
        assert self._signer is not None, "the settings want a secret with an address"
        headers = {
            "content-type": "application/json",
            "webhook-id": message.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.delivery_id, now, message.body),
        }
        error: str | None = f"did not answer within {self._seconds:g} s"
        try:
            # httpx limits each read; a receiver that drips bytes would never reach that.
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(
                    "POST", str(self._settings.webhook_url), content=message.body, headers=headers
                ) as answer,
            ):
                error = None if answer.is_success else f"answered {answer.status_code}"
                await _read(answer)
        except TimeoutError:
            pass  # a receiver that answered, but not to the end, has the message
        except httpx.HTTPError as problem:
            error = f"{type(problem).__name__}: {problem}" if error is not None else None
        return error

    async def _record(self) -> None:
        """Record the outcomes of all calls that ended, in one write. They wait where that fails."""
        if not (tried := list(self._tried)):
            return
        await asyncio.to_thread(self._write, tried)
        del self._tried[: len(tried)]
        for each in tried:
            del self._sending[each.message.delivery_id]

    def _write(self, tried: list[_Tried]) -> None:
        now = self._clock()
        with self._database.write(now) as write:
            for message, error in tried:
                attempts, state = message.attempts + 1, DeliveryState.PENDING
                if error is None or attempts >= self._settings.webhook_attempts:
                    state = DeliveryState.DELIVERED if error is None else DeliveryState.DEAD
                if state is DeliveryState.DEAD:
                    _log.error("message given up: %s", error, extra={"delivery_id": message.delivery_id})
                values = {
                    "state": state,
                    "attempts": attempts,
                    "last_error": error,
                    "due_at": now + wait_after(attempts),
                }
                write.update(deliveries, deliveries.c.delivery_id == message.delivery_id, values)


async def _read(answer: httpx.Response) -> None:
    """Read a short answer to its end; the rest of a long one is dropped with its connection."""
    read = 0
    if answer.is_stream_consumed:
        return
    async for part in answer.aiter_raw():
        read += len(part)
        if read > LONGEST_ANSWER:
            return
