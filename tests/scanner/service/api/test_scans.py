"""Scans over HTTP: the calls of the upload pipeline and their answers."""

import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from httpx import Response
from skimage import data as photographs

from scanner.moderation.deliveries import list_deliveries
from scanner.moderation.store import Records
from scanner.service.accounts.roles import Role
from scanner.verdicts.rows import ScannedImage, from_json
from scanner.verdicts.types import Decision, Reason
from tests.conftest import draw_logo, jpeg, png, rocket_with_sticker
from tests.scanner.service.conftest import Running

COPY = jpeg(np.asarray(photographs.astronaut(), np.uint8)[20:480, 30:500])
CLEAN = jpeg(np.asarray(photographs.rocket(), np.uint8))


def post(
    running: Running,
    images: Sequence[tuple[str, bytes]],
    *,
    role: Role = Role.PIPELINE,
    headers: dict[str, str] | None = None,
    query: str = "",
    **listing: str,
) -> Response:
    return running.http.post(
        f"/v1/scans{query}",
        files=[("images", image) for image in images],
        data=listing,
        headers=running.as_role(role) | (headers or {}),
    )


def when_done(running: Running, scan_id: str, seconds: float = 30) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = running.http.get(f"/v1/scans/{scan_id}", headers=running.as_role(Role.PIPELINE)).json()
        if answer["state"] == "done":
            return dict(answer)
        time.sleep(0.1)
    raise AssertionError(f"scan {scan_id} is not done after {seconds} s")


def test_a_listing_is_decided_by_its_worst_image(running: Running) -> None:
    answer = post(running, [("clean.jpg", CLEAN), ("copy.jpg", COPY)], listing_id="L-1", seller_id="S1").json()
    assert [image["decision"] for image in answer["images"]] == ["clear", "block"]
    assert (answer["decision"], answer["reason"], answer["listing_id"]) == ("block", "photo_copied", "L-1")
    assert answer["images"][1]["evidence"][0]["reference_id"].startswith("acme-photo-")


def test_an_answer_names_the_references_it_rests_on_as_the_api_documents(running: Running) -> None:
    clean, copy = post(running, [("clean.jpg", CLEAN), ("copy.jpg", COPY)]).json()["images"]
    assert copy["counted"] == [copy["evidence"][0]["reference_id"]]
    assert clean["counted"] == []
    schemas = running.http.get("/openapi.json").json()["components"]["schemas"]
    assert "counted" in schemas["RowFields"]["properties"]
    assert schemas["ScanAnswer"]["examples"][0]["images"][0]["counted"]


def test_the_answer_of_an_image_is_a_row_of_verdicts_jsonl(running: Running) -> None:
    response = post(running, [("copy.jpg", COPY)])
    (image,) = response.json()["images"]
    row = from_json(json.dumps(image))
    assert isinstance(row, ScannedImage)
    assert row.verdict.decision is Decision.BLOCK


def test_an_authorized_listing_is_clear(running: Running) -> None:
    given = running.http.post(
        "/v1/brands/acme/authorizations",
        data={"seller_id": "dealer", "kinds": "logo,photo"},
        headers=running.as_role(Role.BRAND_OWNER),
    )
    assert given.status_code == 201
    answer = post(running, [("copy.jpg", COPY)], seller_id="dealer").json()
    assert (answer["decision"], answer["reason"]) == ("clear", "authorized")


def test_an_image_that_cannot_be_read_asks_for_a_review_and_leaves_the_others_their_verdicts(running: Running) -> None:
    answer = post(running, [("broken.jpg", CLEAN[:400]), ("clean.jpg", CLEAN)]).json()
    assert answer["images"][0]["error"]["code"] == "truncated_image"
    assert answer["images"][1]["decision"] == "clear"
    assert (answer["decision"], answer["reason"]) == ("review", "unreadable")


def test_a_scan_can_be_read_again_with_its_evidence(running: Running) -> None:
    answer = post(running, [("copy.jpg", COPY)], listing_id="L-2").json()
    again = running.http.get(f"/v1/scans/{answer['scan_id']}", headers=running.as_role(Role.REVIEWER)).json()
    assert again == answer


def test_a_pipeline_does_not_see_what_another_asked_for(running: Running) -> None:
    other = post(running, [("clean.jpg", CLEAN)], role=Role.ADMIN).json()["scan_id"]
    answer = running.http.get(f"/v1/scans/{other}", headers=running.as_role(Role.PIPELINE))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_scan")


def test_a_call_sent_again_is_answered_as_before_and_scans_nothing(running: Running) -> None:
    headers = {"Idempotency-Key": "retry-1"}
    first, second = (post(running, [("copy.jpg", COPY)], headers=headers, listing_id="L-3") for _ in range(2))
    assert first.json() == second.json()
    other = post(running, [("copy.jpg", COPY)], headers=headers, listing_id="L-4")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_the_same_bytes_are_examined_once_but_judged_anew(running: Running) -> None:
    image = jpeg(np.asarray(photographs.coffee(), np.uint8)[:, 20:])

    def seen_before() -> float:
        counted: float = running.app.state.service.metrics.repeated._value.get()
        return counted

    first = post(running, [("a.jpg", image)], seller_id="S1").json()
    before = seen_before()
    second = post(running, [("b.jpg", image)], seller_id="dealer").json()
    assert seen_before() == before + 1
    assert first["images"][0]["evidence"] == second["images"][0]["evidence"]
    assert (first["decision"], second["decision"]) == ("block", "clear")


def test_a_scan_for_later_is_accepted_at_once_and_done_soon(running: Running) -> None:
    response = post(running, [("copy.jpg", COPY)], query="?async=1", listing_id="L-5")
    accepted = response.json()
    assert (response.status_code, accepted["state"], accepted["decision"]) == (202, "queued", None)
    assert response.headers["location"] == f"/v1/scans/{accepted['scan_id']}"
    assert when_done(running, accepted["scan_id"])["decision"] == "block"


def test_without_a_webhook_no_message_is_queued(running: Running) -> None:
    when_done(running, post(running, [("copy.jpg", COPY)], query="?async=1").json()["scan_id"])
    assert list_deliveries(running.registry.database) == ()


def test_images_of_flagged_listings_are_kept_and_those_of_cleared_ones_are_not(running: Running) -> None:
    records = Records(running.registry.database, running.store)
    for query in ("", "?async=1"):
        for image, kept in ((COPY, COPY), (CLEAN, None)):
            scan_id = post(running, [("p.jpg", image)], query=query).json()["scan_id"]
            when_done(running, scan_id)
            scan = records.scan(scan_id)
            assert scan is not None
            assert records.image(scan, 0) == kept
            assert [each.kept for each in scan.images] == [kept is not None]


def test_a_scan_without_time_says_what_it_skipped_and_does_not_clear(running: Running) -> None:
    image = jpeg(np.asarray(photographs.rocket(), np.uint8)[5:])
    row = post(running, [("p.jpg", image)], headers={"X-Deadline-Ms": "1"}).json()["images"][0]
    assert "verify" in row["skipped_stages"]
    assert (row["decision"], row["reason"]) == ("review", Reason.INCOMPLETE)
    assert post(running, [("p.jpg", image)]).json()["images"][0]["skipped_stages"] == []


def test_a_name_that_is_markup_comes_back_as_json_only(running: Running) -> None:
    response = post(running, [("<script>alert(1)</script>.jpg", b"<html><script>alert(1)</script></html>")])
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.json()["images"][0]["error"]["code"] == "not_an_image"


@pytest.mark.parametrize(
    ("listing", "code"),
    [
        ({"seller_id": "x" * 3000}, "invalid_field"),
        ({"seller": "S1"}, "invalid_field"),
        ({"title": "a\x00b"}, "invalid_field"),
        ({"market": "UK"}, "invalid_field"),
    ],
    ids=["too long", "unknown field", "control character", "unknown market"],
)
def test_a_listing_that_says_something_wrong_is_refused(running: Running, listing: dict[str, str], code: str) -> None:
    response = running.http.post(
        "/v1/scans",
        files={"images": ("clean.jpg", CLEAN)},
        data=listing,
        headers=running.as_role(Role.PIPELINE),
    )
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response.headers["content-type"] == "application/problem+json"


def test_a_call_without_images_is_refused(running: Running) -> None:
    response = running.http.post("/v1/scans", data={"listing_id": "L"}, headers=running.as_role(Role.PIPELINE))
    assert (response.status_code, response.json()["code"]) == (422, "invalid_field")


def test_more_images_than_a_call_may_have_are_refused(running: Running) -> None:
    response = post(running, [("clean.jpg", CLEAN)] * 21)
    assert (response.status_code, response.json()["code"]) == (422, "too_many_files")
    assert "more than 20 images: send 20 at most in a call" in response.json()["detail"]
    assert response.headers["content-type"] == "application/problem+json"


def test_a_logo_is_found_over_http_as_by_the_command(running: Running) -> None:
    answer = post(running, [("rocket.png", png(_image(rocket_with_sticker())))]).json()
    assert {each["reference_id"].partition("-logo-")[0] for each in answer["images"][0]["evidence"]} == {"acme"}
    assert answer["reason"] == "logo_unauthorized"


def test_a_new_reference_is_found_without_a_restart(running: Running) -> None:
    image = jpeg(np.asarray(photographs.colorwheel(), np.uint8))
    done = running.http.post(
        "/v1/brands/acme/references",
        data={"kind": "photo"},
        files={"image": ("wheel.jpg", image)},
        headers=running.as_role(Role.BRAND_OWNER),
    ).json()
    assert done["outcome"] == "registered"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        evidence = post(running, [("wheel.jpg", image)]).json()["images"][0]["evidence"]
        if evidence:
            break
        time.sleep(0.2)
    assert evidence[0]["reference_id"] == done["reference"]["reference_id"]


def test_a_logo_that_is_registered_over_http_is_audited(running: Running) -> None:
    done = running.http.post(
        "/v1/brands/acme/references",
        data={"kind": "logo", "office": "EM", "registration_number": "0181", "nice": "25"},
        files={"image": ("acme2.png", png(draw_logo("ACME KIDS", (10, 120, 60))))},
        headers=running.as_role(Role.BRAND_OWNER),
    ).json()
    assert done["audit"]["false_alarms"] >= 0
    marks = running.http.get("/v1/brands/acme/marks", headers=running.as_role(Role.BRAND_OWNER)).json()
    assert [(mark["office"], mark["nice"]) for mark in marks] == [("EM", [25])]


def _image(pixels: np.ndarray) -> Any:
    from PIL import Image  # noqa: PLC0415

    return Image.fromarray(pixels)
