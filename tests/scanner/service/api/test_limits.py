"""Calls over the limits are refused at once with a time to retry; accepted calls are answered."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Never

import httpx
import numpy as np
import pytest
from skimage import data as photographs
from starlette.types import Message

from scanner.service.access_middleware import AccessMiddleware
from scanner.service.accounts.keys import ApiKey
from scanner.service.accounts.roles import Role
from scanner.service.api.scans import AdmissionLimit
from scanner.service.metrics import Metrics
from scanner.settings import ServiceSettings
from tests.conftest import jpeg
from tests.scanner.service.conftest import Running

COPY = jpeg(np.asarray(photographs.astronaut(), np.uint8)[20:480, 30:500])
CALLS = 12


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, queue=2, backlog=1, calls_a_minute=100_000)


def post(running: Running, ending: int, query: str = "") -> httpx.Response:
    """An image with new bytes."""
    files = {"images": ("copy.jpg", COPY + ending.to_bytes(2, "big"))}
    return running.http.post(f"/v1/scans{query}", files=files, headers=running.as_role(Role.PIPELINE))


def test_calls_over_the_limit_learn_when_to_retry(running: Running) -> None:
    with ThreadPoolExecutor(CALLS) as callers:
        answers = list(callers.map(lambda number: post(running, number), range(CALLS)))
    taken = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(taken) + len(refused) == CALLS
    assert {answer.json()["decision"] for answer in taken} == {"block"}
    assert {answer.json()["code"] for answer in refused} == {"queue_full"}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert post(running, CALLS).status_code == 200, "there is room again"


def test_a_body_is_not_read_where_there_is_no_room() -> None:
    async def never(*_: object) -> Never:
        raise AssertionError("the call went on")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    key = ApiKey("k", "uploads", Role.PIPELINE, frozenset(), "0" * 64, None, datetime.now(UTC), None)
    gate = AccessMiddleware(
        never, key_of=lambda _: key, admit=AdmissionLimit(0).admit, settings=ServiceSettings(), metrics=Metrics()
    )
    scope = {"type": "http", "method": "POST", "path": "/v1/scans", "headers": [(b"authorization", b"Bearer k")]}
    asyncio.run(gate(scope, never, send))
    assert sent[0]["status"] == 503


def test_more_scans_for_later_than_may_wait_are_refused(running: Running) -> None:
    answers = [post(running, 100 + number, "?async=1") for number in range(6)]
    assert {answer.status_code for answer in answers} == {202, 503}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 503} == {"queue_full"}
