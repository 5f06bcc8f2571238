"""A pipeline reads the seller notices of its own scans; admins and reviewers read all."""

from datetime import UTC, datetime

import httpx
import pytest

from scanner.moderation.seller_notices.store import Measures, SellerNotices
from scanner.moderation.seller_notices.types import SellerNotice
from scanner.service.accounts.keys import create_key, revoke_key
from scanner.service.accounts.roles import Role
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.policy import Restriction
from tests.scanner.service.api.test_scans import CLEAN, COPY, post
from tests.scanner.service.conftest import Running

APPEAL = {"form": "complaint", "statement": "Mine."}


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Sellers of automatically blocked listings get notices."""
    return ServiceSettings(workers=1, calls_a_minute=100_000, notify_on_block=Restriction.DISABLED)


def seller_notices(running: Running) -> SellerNotices:
    found: SellerNotices = running.app.state.service.seller_notices
    return found


def new_pipeline(running: Running, name: str) -> dict[str, str]:
    """The header of a new key."""
    _, text = create_key(running.registry.database, role=Role.PIPELINE, name=name, now=datetime.now(UTC))
    return {"Authorization": f"Bearer {text}"}


def blocked(running: Running, seller_id: str) -> SellerNotice:
    """The notice about a listing that the pipeline's key sent."""
    images = [("front.jpg", COPY + seller_id.encode())]
    case_id = str(post(running, images, seller_id=seller_id, listing_id=f"L-{seller_id}").json()["scan_id"])
    (seller_notice,) = seller_notices(running).of_case(case_id)
    return seller_notice


def asked_for(running: Running, seller_notice: SellerNotice, headers: dict[str, str]) -> httpx.Response:
    return running.http.get(f"/v1/seller-notices/{seller_notice.seller_notice_id}", headers=headers)


def appealed(running: Running, seller_notice: SellerNotice, headers: dict[str, str]) -> httpx.Response:
    path = f"/v1/seller-notices/{seller_notice.seller_notice_id}/appeals"
    return running.http.post(path, data=APPEAL, headers=headers)


def test_a_pipeline_reads_the_notices_of_its_own_scans_alone(running: Running) -> None:
    seller_notice, other = blocked(running, "S1"), new_pipeline(running, "another market")
    unknown = running.http.get("/v1/seller-notices/none", headers=other)
    for answer in (asked_for(running, seller_notice, other), appealed(running, seller_notice, other), unknown):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_seller_notice")
    for role in (Role.PIPELINE, Role.REVIEWER, Role.ADMIN):
        assert asked_for(running, seller_notice, running.as_role(role)).status_code == 200
    assert appealed(running, seller_notice, running.as_role(Role.PIPELINE)).status_code == 201


def test_a_key_that_takes_over_from_another_of_its_name_reads_its_notices(running: Running) -> None:
    first, now = new_pipeline(running, "uk"), datetime.now(UTC)
    files = [("images", ("front.jpg", COPY + b"uk"))]
    answer = running.http.post("/v1/scans", files=files, data={"seller_id": "S2"}, headers=first)
    (seller_notice,) = seller_notices(running).of_case(answer.json()["scan_id"])
    revoke_key(running.registry.database, first["Authorization"].split("_")[1], now)
    assert asked_for(running, seller_notice, first).status_code == 401
    assert asked_for(running, seller_notice, new_pipeline(running, "uk")).status_code == 200
    assert asked_for(running, seller_notice, running.as_role(Role.PIPELINE)).status_code == 404


def test_a_rights_holders_notice_is_for_the_pipeline_that_sent_the_listing(running: Running) -> None:
    said = {"listing_id": "L-9", "seller_id": "S9"}
    sent = post(running, [("front.jpg", CLEAN)], listing_id="L-9", seller_id="S9")
    assert sent.status_code == 200
    complaint = running.http.post(
        "/v1/brands/acme/notices",
        files={"images": ("front.jpg", CLEAN)},
        data={**said, "kind": "photo", "statement": "Ours."},
        headers=running.as_role(Role.BRAND_OWNER),
    )
    case_id = complaint.json()["case_id"]
    measures = Measures(Restriction.REMOVED)
    deciding = seller_notices(running)
    deciding.decide([case_id], "ann", CaseState.CONFIRMED, measures=measures, now=datetime.now(UTC))
    (seller_notice,) = deciding.of_case(case_id)
    assert asked_for(running, seller_notice, running.as_role(Role.PIPELINE)).status_code == 200
    other = new_pipeline(running, "elsewhere")
    assert asked_for(running, seller_notice, other).status_code == 404
    files = [("images", ("front.jpg", CLEAN))]
    running.http.post("/v1/scans", files=files, data={"listing_id": "L-8", "seller_id": "S9"}, headers=other)
    assert asked_for(running, seller_notice, other).status_code == 404, "another listing of that seller"
