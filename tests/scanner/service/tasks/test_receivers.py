"""Receivers that are slow, endless or stuck hold up no message but their own."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select, true

from brand_index.errors import RegistryError
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.moderation.deliveries import Delivery, deliveries, list_deliveries, send
from scanner.moderation.delivery_states import DeliveryState
from scanner.service.accounts.registry import open_registry
from scanner.service.tasks.periodic_task import utc_now
from scanner.service.tasks.webhooks import AT_ONCE, LONGEST_ANSWER, Messenger, wait_after
from tests.scanner.service.tasks.test_webhooks import SETTINGS

LIMIT = 0.5  # seconds of a call
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with open_registry(Store(tmp_path)) as opened:
        yield opened


def queue(registry: Registry, count: int, at: datetime | None = None) -> list[Delivery]:
    """Queue so many messages, each with its number as its scan."""
    with registry.database.write(at or utc_now()) as write:
        for number in range(count):
            send(write, str(number), json.dumps({"number": number}))
    return list(list_deliveries(registry.database))


def deliver_to(registry: Registry, answer: Answer) -> None:
    """Deliver what is due once, to a receiver that answers so, with LIMIT for each call."""

    async def go() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        settings = SETTINGS.model_copy(update={"webhook_url": f"http://127.0.0.1:{port}/"})
        messenger = Messenger(registry.database, settings, seconds=LIMIT)
        try:
            await asyncio.wait_for(messenger.deliver_due(utc_now()), 30)
        finally:
            await messenger.close()
            server.close()

    asyncio.run(go())


async def drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send a byte ever so often, and then for ever."""
    try:
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(LIMIT / 10)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(LIMIT / 10)
    except OSError:
        pass  # the caller hung up
    finally:
        writer.transport.abort()


def test_a_receiver_that_drips_its_answer_is_given_up_at_the_limit_of_the_whole_call(registry: Registry) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await drip(writer, b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000)

    queue(registry, 1)
    deliver_to(registry, answer)
    (message,) = list_deliveries(registry.database)
    assert (message.state, message.attempts) == (DeliveryState.PENDING, 1)
    assert message.last_error == f"did not answer within {LIMIT:g} s"


def test_a_receiver_that_answers_and_then_drips_has_the_message(registry: Registry) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        await drip(writer, b"")

    queue(registry, 1)
    deliver_to(registry, answer)
    assert [each.state for each in list_deliveries(registry.database)] == [DeliveryState.DELIVERED]


def test_no_more_of_an_endless_answer_is_read_than_needed(registry: Registry) -> None:
    read = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]
            nonlocal read
            while True:
                read += 1024
                yield b"x" * 1024

    transport = httpx.MockTransport(lambda _: httpx.Response(500, stream=Endless()))

    async def go() -> None:
        messenger = Messenger(registry.database, SETTINGS, transport)
        await messenger.deliver_due(utc_now())
        await messenger.close()

    queue(registry, 1)
    asyncio.run(go())
    assert read <= LONGEST_ANSWER + 1024
    assert [each.last_error for each in list_deliveries(registry.database)] == ["answered 500"]


class Receiver(httpx.AsyncBaseTransport):
    """Never answers the messages with these numbers, and counts how many calls it has at once."""

    def __init__(self, *stuck: int) -> None:
        self.stuck, self.open, self.most = set(stuck), 0, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            while json.loads(request.content)["number"] in self.stuck:
                await asyncio.sleep(0.01)
        finally:
            self.open -= 1
        return httpx.Response(204)


def delivered(registry: Registry) -> int:
    query = select(func.count()).where(deliveries.c.state == DeliveryState.DELIVERED)
    with registry.database.read() as connection:
        return int(connection.execute(query).scalar_one())


def run(messenger: Messenger, until: Callable[[], bool]) -> None:
    async def go() -> None:
        messenger.start()
        async with asyncio.timeout(60):
            while not until():
                await asyncio.sleep(0.02)
        await messenger.close()

    asyncio.run(go())


def test_messages_go_on_while_a_few_calls_are_stuck(registry: Registry) -> None:
    queue(registry, 3 * AT_ONCE)
    receiver = Receiver(*range(AT_ONCE - 1))  # all but one of the places
    messenger = Messenger(registry.database, SETTINGS, receiver, seconds=3600)
    run(messenger, lambda: delivered(registry) == 2 * AT_ONCE + 1)
    assert receiver.most == AT_ONCE, "and never more"


class Failing:
    """A database that cannot be written the first few times, and counts its writes."""

    def __init__(self, registry: Registry, failures: int) -> None:
        self.read, self._database, self.failures, self.writes = registry.database.read, registry.database, failures, 0

    def write(self, now: datetime) -> object:
        self.writes += 1
        if self.writes <= self.failures:
            raise RegistryError("the disk is full")
        return self._database.write(now)


def test_a_message_whose_outcome_could_not_be_recorded_is_not_sent_twice(registry: Registry) -> None:
    queue(registry, AT_ONCE)
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["webhook-id"])
        return httpx.Response(204)

    database = Failing(registry, failures=2)
    messenger = Messenger(database, SETTINGS, httpx.MockTransport(answer))  # type: ignore[arg-type]
    run(messenger, lambda: delivered(registry) == AT_ONCE)
    assert len(sent) == len(set(sent)) == AT_ONCE
    assert database.writes < AT_ONCE, "outcomes are written together"


@pytest.mark.parametrize("attempts", [0, 1, 3, 11])
def test_a_clock_that_ran_ahead_holds_no_message(registry: Registry, attempts: int) -> None:
    queue(registry, 1)
    now = utc_now()

    def due_when_it_waits(wait: timedelta) -> int:
        with registry.database.write(now) as write:
            write.update(deliveries, true(), {"attempts": attempts, "due_at": now + wait})
        return len(Messenger(registry.database, SETTINGS)._due(now, (), 9))

    wait = wait_after(attempts)
    assert due_when_it_waits(timedelta(0)) == 1
    assert due_when_it_waits(max(wait, timedelta(seconds=1))) == 0, "it waits as long as it should"
    assert due_when_it_waits(wait + timedelta(minutes=2)) == 1, "no message waits so long"
