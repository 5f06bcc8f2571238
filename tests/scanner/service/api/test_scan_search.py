"""Scans are searched for over HTTP, and say what became of their cases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from scanner import client as calls
from scanner.client import Client, ServiceError
from scanner.client.messages import read_message
from scanner.moderation.deliveries import list_deliveries
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.roles import Role
from scanner.service.answers import CaseMessage, ScanSummary
from scanner.service.service import Service
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.types import Decision
from tests.scanner.service.api.test_scans import CLEAN, COPY, post
from tests.scanner.service.conftest import Running

SECRET = "whsec_" + "x" * 32


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """A webhook whose address does not answer."""
    return ServiceSettings.model_validate(
        {
            "workers": 1,
            "calls_a_minute": 100_000,
            "webhook_url": "http://127.0.0.1:9/hook",
            "webhook_secret": SECRET,
            "webhook_attempts": 1,
        }
    )


@pytest.fixture(scope="module")
def listed(running: Running) -> dict[str, str]:
    """The ids of five scans, by listing, in this order."""
    found = {}
    for number in range(5):
        data = COPY + bytes([number]) if number % 2 else CLEAN
        answer = post(running, [("a.jpg", data)], listing_id=f"L{number}", seller_id=f"S{number % 2}").json()
        found[f"L{number}"] = str(answer["scan_id"])
    return found


@pytest.fixture
def client(running: Running) -> Iterator[Client]:
    with Client(str(running.http.base_url), running.keys[Role.PIPELINE]) as made:
        yield made


def listings(client: Client, **filters: Any) -> list[str | None]:
    return [each.listing_id for each in client.send(calls.list_scans(**filters)).scans]


def test_scans_are_found_by_listing_seller_decision_and_time_the_newest_first(
    client: Client, listed: dict[str, str]
) -> None:
    assert listings(client) == ["L4", "L3", "L2", "L1", "L0"]
    assert listings(client, listing_id="L2") == ["L2"]
    assert listings(client, seller_id="S1") == ["L3", "L1"] == listings(client, decision="block")
    assert listings(client, seller_id="S1", decision="clear") == [] == listings(client, state="queued")
    third = client.send(calls.read_scan(listed["L2"]))
    assert third.finished_at is not None
    assert listings(client, accepted_to=third.accepted_at) == ["L1", "L0"]
    assert listings(client, accepted_from=third.accepted_at, seller_id="S0") == ["L4", "L2"]
    assert listings(client, finished_from=third.finished_at)[-1] == "L2"


def test_pages_lead_to_every_scan_once(client: Client, listed: dict[str, str]) -> None:
    seen, cursor = list[ScanSummary](), None
    while True:
        page = client.send(calls.list_scans(limit=2, cursor=cursor))
        seen, cursor = seen + page.scans, page.cursor
        if cursor is None:
            break
    assert [each.scan_id for each in seen] == list(reversed(listed.values()))
    assert page.scans, "the last page is not an empty one"


def test_a_pipeline_sees_its_own_scans_alone_and_a_reviewer_all(running: Running, listed: dict[str, str]) -> None:
    now = datetime.now(UTC)
    _, other = create_key(running.registry.database, role=Role.PIPELINE, name="other", now=now)
    address = str(running.http.base_url)
    with Client(address, other) as stranger, Client(address, running.keys[Role.REVIEWER]) as reviewer:
        assert listings(stranger) == []
        assert set(listings(reviewer)) >= listed.keys()


@pytest.mark.parametrize(
    "query",
    [
        "seller-id=S1",
        "cursor=abc",
        "cursor=%C3%A9",
        "limit=0",
        "limit=201",
        "accepted_from=2026-01-01T00:00:00",
        "state=x",
    ],
)
def test_a_search_that_can_only_be_a_mistake_is_refused(running: Running, query: str) -> None:
    answer = running.http.get(f"/v1/scans?{query}", headers=running.as_role(Role.ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


def test_a_blocked_listing_that_a_person_dismissed_is_to_be_shown(
    running: Running, client: Client, listed: dict[str, str]
) -> None:
    service: Service = running.app.state.service
    scan_id, clear = listed["L3"], listed["L2"]
    opened = client.send(calls.read_scan(scan_id)).case
    assert opened is not None
    assert (opened.state, opened.decision, opened.decided_at) == (CaseState.OPEN, Decision.BLOCK, None)
    assert client.send(calls.read_scan(clear)).case is None
    service.seller_notices.decide(
        [scan_id], "ann", CaseState.DISMISSED, ground=Ground.AUTHORIZED, now=datetime.now(UTC)
    )
    answer = client.send(calls.read_scan(scan_id))
    assert answer.decision is Decision.BLOCK, "as it was decided then"
    assert answer.case is not None
    assert (answer.case.state, answer.case.ground) == (CaseState.DISMISSED, Ground.AUTHORIZED)
    assert answer.case.decision is Decision.CLEAR
    assert listings(client, case_state="dismissed") == ["L3"]
    assert listings(client, case_state="open") == ["L1"]
    (message,) = [each for each in list_deliveries(running.registry.database) if each.scan_id == scan_id]
    now = datetime.now(UTC)
    headers = {
        "webhook-id": message.delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(message.delivery_id, now, message.body),
    }
    content = read_message(SECRET, headers, message.body.encode())
    assert isinstance(content, CaseMessage)
    assert (content.type, content.listing_id, content.decision) == ("case.decided", "L3", Decision.CLEAR)


def test_a_brand_owner_may_not_search_scans(running: Running) -> None:
    with Client(str(running.http.base_url), running.keys[Role.BRAND_OWNER]) as owner, pytest.raises(ServiceError):
        listings(owner)


def test_a_time_has_one_form_in_every_answer(running: Running, listed: dict[str, str]) -> None:
    reviewer = running.as_role(Role.REVIEWER)
    read = running.http.get(f"/v1/scans/{listed['L2']}", headers=reviewer).json()
    (found,) = running.http.get("/v1/scans?listing_id=L2", headers=reviewer).json()["scans"]
    for name in ("accepted_at", "finished_at"):
        assert read[name] == found[name]
        assert read[name].endswith("Z")
