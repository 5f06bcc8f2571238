"""The typed client against the real service, and against one that is busy, away or broken."""

import asyncio
from datetime import date, timedelta
from hashlib import sha256

import httpx
import numpy as np
import pytest
import stamina
from skimage import data as photographs

from brand_index.types import ReferenceKind
from scanner import client as calls
from scanner.client import AsyncClient, Client, ServiceError, scan_listing, sending
from scanner.moderation.records.tables import ScanState
from scanner.service.accounts.roles import Role
from scanner.service.answers import ScanAnswer
from scanner.verdicts.types import Decision, Listing
from tests.conftest import jpeg
from tests.scanner.service.api.test_scans import COPY
from tests.scanner.service.conftest import Running

ANSWER: dict[str, object] = {
    "scan_id": "1",
    "state": "done",
    **dict.fromkeys(Listing.__dataclass_fields__),
    "decision": "clear",
    "reason": "no_match",
    "accepted_at": "2026-03-01T12:00:00Z",
    "finished_at": "2026-03-01T12:00:01Z",
    "images": [],
}


class Flaky:
    """Gives these answers in turn, and raises those that are exceptions."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def impatient() -> object:
    """Retries do not wait."""
    with stamina.set_testing(True, attempts=5):
        yield


def test_a_listing_is_scanned_and_its_evidence_is_typed(running: Running) -> None:
    with Client(str(running.http.base_url), running.keys[Role.PIPELINE]) as client:
        answer = client.send(scan_listing([("copy.jpg", COPY)], Listing(listing_id="L-1", seller_id="S1")))
        assert (answer.decision, answer.listing_id, answer.state) == (Decision.BLOCK, "L-1", ScanState.DONE)
        best = answer.images[0].evidence[0]
        assert best.box.right > best.box.left
        assert best.alteration is not None
        assert answer.images[0].counted == (best.reference_id,)
        assert client.send(calls.read_scan(answer.scan_id)) == answer


def test_the_asynchronous_client_answers_the_same(running: Running) -> None:
    async def ask() -> ScanAnswer:
        async with AsyncClient(str(running.http.base_url), running.keys[Role.PIPELINE]) as client:
            return await client.send(scan_listing([("copy.jpg", COPY)], later=True))

    assert asyncio.run(ask()).state is ScanState.QUEUED


def test_the_same_call_sent_again_is_the_same_scan(running: Running) -> None:
    call = scan_listing([("copy.jpg", COPY)], deadline=timedelta(seconds=30))
    with Client(str(running.http.base_url), running.keys[Role.PIPELINE]) as client:
        assert client.send(call).scan_id == client.send(call).scan_id


def test_a_brand_is_registered_authorized_and_withdrawn(running: Running) -> None:
    image = jpeg(np.asarray(photographs.cat(), np.uint8))
    with Client(str(running.http.base_url), running.keys[Role.ADMIN]) as client:
        client.send(calls.save_brand("new", name="New", owner="New Ltd", contact="ip@new.example"))
        assert "new" in {brand.brand_id for brand in client.send(calls.list_brands())}
        done = client.send(calls.register_reference("new", ("cat.jpg", image), ReferenceKind.PHOTO))
        assert done.reference.source_name == "cat.jpg"
        given = client.send(
            calls.authorize(
                "new",
                "S1",
                markets=["de", "FR"],
                nice=[25],
                last_day=date(2030, 1, 1),
                grantors=["New Ltd", "New GmbH"],
                document=("contract.pdf", b"%PDF-1.7 a contract"),
            )
        )
        assert (given.markets, given.nice, given.last_day) == (["DE", "FR"], [25], date(2030, 1, 1))
        assert given.grantors == ["New Ltd", "New GmbH"]
        assert given.document_sha256 == sha256(b"%PDF-1.7 a contract").hexdigest()
        assert running.store.media_path(given.document_sha256, ".pdf").read_bytes() == b"%PDF-1.7 a contract"
        assert client.send(calls.revoke("new", given.authorization_id)).revoked_at is not None
        assert [each.revoked_at is None for each in client.send(calls.list_authorizations("new"))] == [False]
        assert client.send(calls.withdraw_reference("new", done.reference.reference_id)).withdrawn_at is not None
        assert len(client.send(calls.list_references("new"))) == 1
        assert client.send(calls.reinstate_reference("new", done.reference.reference_id)).withdrawn_at is None
        assert client.send(calls.edit_brand("new", owner="Newer Ltd")).owner == "Newer Ltd"


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        (b"no image", "not_an_image"),
        (jpeg(np.zeros((9, 9, 3), np.uint8)), "unrecognizable_reference"),
        (jpeg(np.resize(np.asarray(photographs.astronaut(), np.uint8), (4000, 64, 3))), "unrecognizable_reference"),
    ],
)
def test_an_image_that_is_refused_says_why(running: Running, image: bytes, problem: str) -> None:
    with Client(str(running.http.base_url), running.keys[Role.ADMIN]) as client:
        with pytest.raises(ServiceError) as refused:
            client.send(calls.register_reference("acme", ("x.jpg", image), ReferenceKind.PHOTO))
        assert (refused.value.status, refused.value.problem) == (422, problem)
        with pytest.raises(ServiceError) as unknown:
            client.send(calls.list_references("nobody"))
        assert (unknown.value.status, unknown.value.problem) == (404, "unknown_record")


def test_what_fails_for_now_is_sent_again_with_the_same_key() -> None:
    busy = httpx.Response(503, json={"code": "queue_full", "detail": "later"}, headers={"Retry-After": "1"})
    service = Flaky(busy, httpx.ConnectError("away"), httpx.Response(429), httpx.Response(200, json=ANSWER))
    with Client("http://x", "mk_1_2", transport=httpx.MockTransport(service)) as client:
        assert client.send(scan_listing([("a.jpg", b"a")])).scan_id == "1"
    keys = {request.headers["idempotency-key"] for request in service.asked}
    assert (len(service.asked), len(keys)) == (4, 1)
    assert {request.headers["authorization"] for request in service.asked} == {"Bearer mk_1_2"}


def test_what_fails_for_good_is_not_sent_again() -> None:
    service = Flaky(httpx.Response(422, json={"code": "invalid_field", "detail": "title: too long"}))
    with (
        Client("http://x", "k", transport=httpx.MockTransport(service)) as client,
        pytest.raises(ServiceError, match="422 invalid_field: title: too long"),
    ):
        client.send(scan_listing([("a.jpg", b"a")]))


def test_a_service_that_stays_busy_is_given_up() -> None:
    service = Flaky(*(httpx.Response(503, text="<html>") for _ in range(5)))
    with Client("http://x", "k", transport=httpx.MockTransport(service)) as client, pytest.raises(ServiceError) as last:
        client.send(calls.list_brands())
    assert (last.value.problem, service.answers) == ("no_problem_details", [])


def test_a_service_asks_for_its_own_wait() -> None:
    busy = ServiceError(503, "queue_full", "later", "r", retry_after=3)
    hours = ServiceError(503, "queue_full", "later", "r", retry_after=9999)
    assert sending._again(busy) == timedelta(seconds=3)
    assert sending._again(hours) == sending.LONGEST_WAIT
    assert sending._again(ServiceError(404, "x", "y", "r", None)) is False
