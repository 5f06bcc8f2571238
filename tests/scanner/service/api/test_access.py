"""Access: every role at every endpoint."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.datastructures import Headers

from scanner.service.access_middleware import OPEN
from scanner.service.accounts.guesses import UNKNOWN_SECRETS
from scanner.service.accounts.keys import create_key, revoke_key
from scanner.service.accounts.roles import Role
from scanner.service.app import create_app
from scanner.service.limits.media_types import most_bytes
from scanner.settings import ServiceSettings, Settings
from tests.scanner.service.api.test_scans import CLEAN, post
from tests.scanner.service.conftest import Running

PIPELINE, OWNER, REVIEWER, ADMIN = Role.PIPELINE, Role.BRAND_OWNER, Role.REVIEWER, Role.ADMIN
EVERYBODY = frozenset(Role)
MAY = {
    ("GET", "/metrics"): EVERYBODY,
    ("POST", "/v1/scans"): {PIPELINE, ADMIN},
    ("GET", "/v1/scans"): {PIPELINE, REVIEWER, ADMIN},
    ("GET", "/v1/scans/{scan_id}"): {PIPELINE, REVIEWER, ADMIN},
    ("GET", "/v1/seller-notices/{seller_notice_id}"): {PIPELINE, REVIEWER, ADMIN},
    ("POST", "/v1/seller-notices/{seller_notice_id}/appeals"): {PIPELINE, ADMIN},
    ("POST", "/v1/seller-notices/{seller_notice_id}/appeals/{appeal_id}/documents"): {PIPELINE, ADMIN},
    ("POST", "/v1/search"): {OWNER, REVIEWER, ADMIN},
    ("GET", "/v1/brands"): {OWNER, REVIEWER, ADMIN},
    ("GET", "/v1/brands/{brand}"): {OWNER, REVIEWER, ADMIN},
    ("PUT", "/v1/brands/{brand}"): {OWNER, ADMIN},
    ("PATCH", "/v1/brands/{brand}"): {OWNER, ADMIN},
    ("GET", "/v1/brands/{brand}/cases"): {OWNER, REVIEWER, ADMIN},
    ("GET", "/v1/brands/{brand}/cases/{case_id}"): {OWNER, REVIEWER, ADMIN},
    ("GET", "/v1/brands/{brand}/cases/{case_id}/images/{place}"): {OWNER, REVIEWER, ADMIN},
    ("GET", "/v1/brands/{brand}/notices"): {OWNER, REVIEWER, ADMIN},
    ("GET", "/v1/brands/{brand}/marks"): {OWNER, REVIEWER, ADMIN},
    ("PATCH", "/v1/brands/{brand}/marks/{mark_id}"): {OWNER, ADMIN},
    ("PATCH", "/v1/brands/{brand}/references/{reference_id}/mark"): {OWNER, ADMIN},
    ("POST", "/v1/brands/{brand}/references/{reference_id}/reinstate"): {OWNER, ADMIN},
    ("GET", "/v1/brands/{brand}/forms"): {OWNER, REVIEWER, ADMIN},
    ("POST", "/v1/brands/{brand}/forms/{form_id}/accept"): {OWNER, ADMIN},
    ("POST", "/v1/brands/{brand}/forms/{form_id}/refuse"): {OWNER, ADMIN},
    ("GET", "/v1/brands/{brand}/authorizations.csv"): {OWNER, REVIEWER, ADMIN},
    ("POST", "/v1/brands/{brand}/authorizations/import"): {OWNER, ADMIN},
    ("GET", "/v1/brands/{brand}/references"): {OWNER, REVIEWER, ADMIN},
    ("POST", "/v1/brands/{brand}/references"): {OWNER, ADMIN},
    ("DELETE", "/v1/brands/{brand}/references/{reference_id}"): {OWNER, ADMIN},
    ("POST", "/v1/brands/{brand}/notices"): {OWNER, ADMIN},
    ("GET", "/v1/brands/{brand}/authorizations"): {OWNER, REVIEWER, ADMIN},
    ("POST", "/v1/brands/{brand}/authorizations"): {OWNER, ADMIN},
    ("DELETE", "/v1/brands/{brand}/authorizations/{authorization_id}"): {OWNER, ADMIN},
}
MOST = 2**20  # bytes
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/scans"): {"files": {"images": ("clean.jpg", CLEAN)}},
    ("POST", "/v1/seller-notices/{seller_notice_id}/appeals"): {"data": {"form": "complaint", "statement": "Mine."}},
    ("POST", "/v1/search"): {"files": {"image": ("clean.jpg", CLEAN)}},
    ("PUT", "/v1/brands/{brand}"): {"json": {"name": "Acme", "owner": "Acme Ltd", "contact": "ip@acme.example"}},
    ("POST", "/v1/seller-notices/{seller_notice_id}/appeals/{appeal_id}/documents"): {
        "files": {"documents": ("clean.jpg", CLEAN)}
    },
    ("PATCH", "/v1/brands/{brand}"): {"json": {"owner": "Acme Ltd"}},
    ("PATCH", "/v1/brands/{brand}/marks/{mark_id}"): {"json": {"office": None}},
    ("PATCH", "/v1/brands/{brand}/references/{reference_id}/mark"): {"json": {"office": None}},
    ("POST", "/v1/brands/{brand}/authorizations/import"): {"files": {"file": ("in.csv", b"brand,seller\nacme,S1\n")}},
    ("POST", "/v1/brands/{brand}/references"): {"files": {"image": ("clean.jpg", CLEAN)}, "data": {"kind": "photo"}},
    ("POST", "/v1/brands/{brand}/notices"): {
        "files": {"images": ("clean.jpg", CLEAN)},
        "data": {"kind": "photo", "statement": "Ours."},
    },
    ("POST", "/v1/brands/{brand}/authorizations"): {"data": {"seller_id": "S1"}},
    ("POST", "/v1/brands/{brand}/forms/{form_id}/refuse"): {"json": {"reason": "It is cut off."}},
}


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Limits with a small body size."""
    return ServiceSettings(workers=1, max_body_bytes=MOST, calls_a_minute=100_000)


def address(template: str, brand: str = "acme") -> str:
    numbers = {"authorization_id": "999", "mark_id": "999", "form_id": "999", "place": "1"}
    return re.sub(r"\{(\w+)\}", lambda found: {"brand": brand, **numbers}.get(found[1], "none"), template)


def endpoints(settings: Settings, running: Running) -> set[tuple[str, str]]:
    found = create_app(running.store, settings).openapi()["paths"]
    return {(method.upper(), path) for path, methods in found.items() for method in methods}


def test_every_endpoint_is_in_the_table_of_roles(running: Running, settings: Settings) -> None:
    assert endpoints(settings, running) == MAY.keys() | {("GET", path) for path in OPEN - {"/", "/openapi.json"}}


@pytest.mark.parametrize("endpoint", MAY, ids=" ".join)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(
    running: Running, role: Role, endpoint: tuple[str, str]
) -> None:
    method, path = endpoint
    answer = running.http.request(method, address(path), headers=running.as_role(role), **BODIES.get(endpoint, {}))
    if role in MAY[endpoint]:
        assert answer.status_code in {200, 201, 404}, answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_role")


@pytest.mark.parametrize("endpoint", MAY, ids=" ".join)
def test_without_a_key_nothing_is_answered(running: Running, endpoint: tuple[str, str]) -> None:
    answer = running.http.request(endpoint[0], address(endpoint[1]))
    assert (answer.status_code, answer.json()["code"]) == (401, "no_key")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("endpoint", [each for each in MAY if "{brand}" in each[1]], ids=" ".join)
def test_a_brand_owner_sees_and_changes_no_other_brand(running: Running, endpoint: tuple[str, str]) -> None:
    method, path = endpoint
    for brand in ("bolt", "no-such-brand"):
        answer = running.http.request(
            method, address(path, brand), headers=running.as_role(OWNER), **BODIES.get(endpoint, {})
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "other_brand")


def test_a_brand_owner_is_shown_its_own_brands_alone(running: Running) -> None:
    own = running.http.get("/v1/brands", headers=running.as_role(OWNER)).json()
    everything = running.http.get("/v1/brands", headers=running.as_role(ADMIN)).json()
    assert [brand["brand_id"] for brand in own] == ["acme"]
    assert {brand["brand_id"] for brand in everything} == {"acme", "bolt"}


def test_a_brand_owner_cannot_end_what_another_brand_gave_by_its_number(running: Running) -> None:
    given = running.http.post(
        "/v1/brands/bolt/authorizations", data={"seller_id": "S9"}, headers=running.as_role(ADMIN)
    ).json()
    number = given["authorization_id"]
    answer = running.http.delete(f"/v1/brands/acme/authorizations/{number}", headers=running.as_role(OWNER))
    assert answer.status_code == 404
    held = running.http.get("/v1/brands/bolt/authorizations", headers=running.as_role(ADMIN)).json()
    assert [each["revoked_at"] for each in held if each["authorization_id"] == number] == [None]


def test_a_key_that_is_revoked_is_refused_at_once(running: Running) -> None:
    now = datetime.now(UTC)
    key, text = create_key(running.registry.database, role=PIPELINE, name="lost", now=now)
    headers = {"Authorization": f"Bearer {text}"}
    assert running.http.get("/metrics", headers=headers).status_code == 200
    revoke_key(running.registry.database, key.key_id, now)
    assert running.http.get("/metrics", headers=headers).status_code == 401


@pytest.mark.usefixtures("still_minute")
def test_a_key_has_a_rate_limit_and_learns_when_to_retry(running: Running) -> None:
    _, text = create_key(running.registry.database, role=PIPELINE, name="slow", calls_a_minute=2, now=datetime.now(UTC))
    headers = {"Authorization": f"Bearer {text}"}
    answers = [running.http.get("/metrics", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert running.http.get("/metrics", headers=running.as_role(PIPELINE)).status_code == 200


def zeros(count: int) -> Iterator[bytes]:
    """A form without a Content-Length."""
    yield b'--x\r\nContent-Disposition: form-data; name="images"; filename="a"\r\n\r\n'
    for _ in range(count // 2**16 + 1):
        yield bytes(2**16)


@pytest.mark.parametrize("path", ["/v1/scans", "/v1/brands/acme/references", "/v1/brands/acme/authorizations"])
@pytest.mark.parametrize("streamed", [False, True], ids=["declared", "streamed"])
def test_a_body_that_is_too_long_is_refused(running: Running, path: str, *, streamed: bool) -> None:
    headers = running.as_role(ADMIN) | {"Content-Type": "multipart/form-data; boundary=x"}
    body = zeros(MOST) if streamed else bytes(MOST + 1)
    answer = running.http.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=X"


@pytest.mark.parametrize(
    ("path", "kind", "unit"),
    [
        ("/console/login", URLENCODED, b"&"),
        ("/console/login", MULTIPART, b"\r\n"),
        ("/console/login", MULTIPART, b"--X\r\n\r\n\r\n"),
        ("/console/login/", URLENCODED, b"&"),
        ("/console/queue", URLENCODED, b"&"),
        ("/v1/scans", URLENCODED, b"&"),
        ("/v1/scans", URLENCODED.title() + " ; a=b", b"&"),
    ],
)
def test_a_form_without_files_has_few_bytes(running: Running, path: str, kind: str, unit: bytes) -> None:
    most = most_bytes(path, Headers({"content-type": kind}), MOST)
    assert most <= MOST / 8
    answer = running.http.post(
        path, content=unit * (most // len(unit) + 1), headers=running.as_role(ADMIN) | {"Content-Type": kind}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/console/login", "/v1/scans"])
def test_a_form_without_files_has_few_bytes_however_they_come(running: Running, path: str) -> None:
    headers = running.as_role(ADMIN) | {"Content-Type": URLENCODED}
    answer = running.http.post(path, content=iter([b"&" * 2**16] * 3), headers=headers)
    assert answer.status_code == 413


def test_what_a_key_does_is_in_the_history_as_its_doing(running: Running) -> None:
    scan_id = post(running, [("p.jpg", CLEAN)]).json()["scan_id"]
    event = next(each for each in reversed(running.registry.history()) if each.subject == scan_id)
    assert event.what == "scan done"
    assert re.fullmatch(r"key [0-9a-f]{12} \(pipeline\)", event.actor)
    assert running.registry.history_faults() == ()


def test_a_request_id_comes_from_the_caller_or_is_new(running: Running) -> None:
    given = running.http.get("/healthz", headers={"X-Request-Id": "order-4711-a"})
    made = running.http.get("/healthz", headers={"X-Request-Id": "no plain id"})
    assert given.headers["x-request-id"] == "order-4711-a"
    assert re.fullmatch(r"[0-9a-f]{32}", made.headers["x-request-id"])


@pytest.mark.usefixtures("still_minute")
def test_guesses_at_keys_and_sessions_do_not_hold_back_those_who_have_one(running: Running) -> None:
    attacked = {"X-Forwarded-For": "203.0.113.77"}
    _, text = create_key(running.registry.database, role=PIPELINE, name="new", now=datetime.now(UTC))
    valid, new = running.as_role(PIPELINE) | attacked, {"Authorization": f"Bearer {text}"}
    assert running.http.get("/v1/scans/none", headers=valid).status_code == 404
    guess = attacked | {"Authorization": f"Bearer mk_{'0' * 12}_{'x' * 43}"}
    came = [running.http.get("/v1/scans/none", headers=guess) for _ in range(UNKNOWN_SECRETS.amount + 1)]
    assert {answer.status_code for answer in came} == {401, 429}
    assert (came[-1].json()["code"], came[-1].headers["retry-after"]) == ("too_many_guesses", "60")
    assert running.http.get("/v1/scans/none", headers=new | attacked).status_code == 429, "its key was never seen"
    assert running.http.get("/v1/scans/none", headers=valid).status_code == 404
    assert running.http.get("/v1/scans/none", headers=new).status_code == 404, "elsewhere"

    cookie = attacked | {"Cookie": f"__Host-markscan={'x' * 43}"}
    pages = [running.http.get("/console/queue", headers=cookie) for _ in range(UNKNOWN_SECRETS.amount + 1)]
    assert {answer.status_code for answer in pages} == {303, 429}
    assert pages[-1].status_code == 429
    assert running.http.get("/console/queue", headers=attacked).status_code == 303
