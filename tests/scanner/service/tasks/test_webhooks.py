"""Messages are signed so that a client can verify them, retried, and kept when every attempt fails."""

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.client import MessageUnsigned, read_message
from scanner.moderation.deliveries import list_deliveries, retry_delivery, send
from scanner.moderation.delivery_states import DeliveryState
from scanner.moderation.records.scans import Scan, begin
from scanner.moderation.store import Records
from scanner.service.accounts.registry import open_registry
from scanner.service.answers import ScanAnswer, scan_answer
from scanner.service.tasks.webhooks import FIRST_WAIT, LONGEST_WAIT, Messenger, wait_after
from scanner.settings import MAKE_SECRET, ServiceSettings
from tests.scanner.moderation.test_store import IMAGES, LISTING, NOW, outcome

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER_SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
SETTINGS = ServiceSettings.model_validate(
    {"webhook_url": "https://market.example/markscan", "webhook_secret": SECRET, "webhook_attempts": 3}
)


class Market(httpx.AsyncBaseTransport):
    """Answers with these statuses in turn, the last one for ever; 0: a connection error."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.asked = list(statuses), list[httpx.Request]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == 0:
            raise httpx.ConnectError("away")
        return httpx.Response(status)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with open_registry(Store(tmp_path)) as opened:
        yield opened


@pytest.fixture
def scan(registry: Registry, tmp_path: Path) -> Scan:
    records = Records(registry.database, Store(tmp_path))
    accepted = records.accept(begin(LISTING, IMAGES, NOW), IMAGES)
    return records.finish(
        accepted, outcome(), NOW, also=lambda write, done: send(write, done.scan_id, json.dumps(scan_answer(done, 0.5)))
    )


def deliver(registry: Registry, market: Market, *moments: datetime) -> None:
    async def go() -> None:
        messenger = Messenger(registry.database, SETTINGS, market)
        for moment in moments:
            await messenger.deliver_due(moment)
        await messenger.close()

    asyncio.run(go())


def far(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def test_the_client_reads_what_the_service_signed(registry: Registry, scan: Scan) -> None:
    market = Market(204)
    deliver(registry, market, far(0))
    (request,) = market.asked
    result = read_message(SECRET, request.headers, request.content)
    assert isinstance(result, ScanAnswer)
    assert (result.scan_id, result.decision, result.listing_id) == (scan.scan_id, "block", "L-1")
    assert [each.state for each in list_deliveries(registry.database)] == [DeliveryState.DELIVERED]


def test_a_message_that_was_changed_or_signed_with_another_secret_is_refused(registry: Registry, scan: Scan) -> None:
    market = Market(204)
    deliver(registry, market, far(0))
    headers, body = market.asked[0].headers, market.asked[0].content
    for secret, result, content in (
        (OTHER_SECRET, dict(headers), body),
        (SECRET, dict(headers), body.replace(b"block", b"clear")),
        (SECRET, dict(headers) | {"webhook-id": "other"}, body),
        (SECRET, dict(headers) | {"webhook-signature": "v1,%%% v2,abc"}, body),
        (SECRET, {}, body),
    ):
        with pytest.raises(MessageUnsigned):
            read_message(secret, result, content)
    with pytest.raises(InvalidField, match="whsec_"):
        read_message("no secret", headers, body)


def test_a_message_that_was_signed_long_ago_is_refused() -> None:
    body, sent = "{}", datetime.now(UTC) - timedelta(minutes=6)
    headers = {
        "webhook-id": "m-1",
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("m-1", sent, body),
    }
    with pytest.raises(MessageUnsigned, match="too old"):
        read_message(SECRET, headers, body.encode())


def test_the_official_library_verifies_a_message_that_the_service_sent(registry: Registry, scan: Scan) -> None:
    market = Market(204)
    deliver(registry, market, far(0))
    (request,) = market.asked
    content = Webhook(SECRET).verify(request.content, dict(request.headers))
    assert content["scan_id"] == scan.scan_id


def test_a_message_is_retried_later_and_then_marked_dead(registry: Registry, scan: Scan) -> None:
    market = Market(500, 0, 302)
    deliver(registry, market, far(0), far(0))
    (waiting,) = list_deliveries(registry.database)
    assert (waiting.attempts, waiting.last_error, len(market.asked)) == (1, "answered 500", 1)
    deliver(registry, market, far(1), far(2), far(3))
    (dead,) = list_deliveries(registry.database, DeliveryState.DEAD)
    assert (dead.attempts, dead.last_error, len(market.asked)) == (3, "answered 302", 3)
    assert dead.scan_id == scan.scan_id


def test_a_dead_message_can_be_retried(registry: Registry, scan: Scan) -> None:
    deliver(registry, Market(0), far(0), far(1), far(2))
    (dead,) = list_deliveries(registry.database, DeliveryState.DEAD)
    retry_delivery(registry.database, dead.delivery_id, datetime.now(UTC))
    deliver(registry, Market(200), far(0))
    assert [each.state for each in list_deliveries(registry.database)] == [DeliveryState.DELIVERED]
    with pytest.raises(UnknownRecord):
        retry_delivery(registry.database, dead.delivery_id, datetime.now(UTC))


def test_waits_grow_and_end() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 13)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (FIRST_WAIT, LONGEST_WAIT)


def test_an_address_without_a_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="webhook_secret"):
        ServiceSettings.model_validate({"webhook_url": "https://market.example/"})
    with pytest.raises(ValidationError, match="webhook_secret"):
        ServiceSettings.model_validate({"webhook_secret": "whsec_c2hvcnQ="})


@pytest.mark.parametrize(
    "secret",
    [
        "a secret of some length, but no base64",
        base64.b64encode(bytes(32)).decode(),  # without the prefix
        "whsec_" + "x" * 40 + "!",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
    ],
)
def test_a_secret_that_other_libraries_could_not_use_is_refused_with_the_command_that_makes_one(secret: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ServiceSettings.model_validate({"webhook_secret": secret})
    assert MAKE_SECRET in str(refused.value)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the command uses openssl")
def test_the_command_makes_a_secret_that_the_settings_take() -> None:
    secret = subprocess.run(MAKE_SECRET, shell=True, check=True, capture_output=True, text=True).stdout.strip()
    assert ServiceSettings.model_validate({"webhook_secret": secret}).webhook_secret is not None
