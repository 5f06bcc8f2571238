"""Whoever authorizes a seller of whom no listing was scanned hears so over HTTP, since the id may be misspelt."""

from scanner.service.accounts.roles import Role
from tests.scanner.service.api.test_scans import CLEAN
from tests.scanner.service.conftest import Running

UNSEEN = "no listing of seller {} has been scanned yet; check the spelling"


def scan_of(running: Running, seller: str) -> None:
    files = {"images": ("a.jpg", CLEAN)}
    running.http.post("/v1/scans", files=files, data={"seller_id": seller}, headers=running.as_role(Role.PIPELINE))


def test_a_seller_without_a_scanned_listing_is_remarked_on(running: Running) -> None:
    scan_of(running, "S1")
    place, key = "/v1/brands/acme/authorizations", running.as_role(Role.ADMIN)
    said = [running.http.post(place, data={"seller_id": each}, headers=key).json() for each in ("S1", "NOSUCH")]
    assert [each["remarks"] for each in said] == [[], [UNSEEN.format("NOSUCH")]]


def test_a_row_of_a_table_with_such_a_seller_is_remarked_on(running: Running) -> None:
    scan_of(running, "S1")
    files = {"file": ("in.csv", b"brand,seller\nacme,S1\nacme,NOBODY\n")}
    place, key = "/v1/brands/acme/authorizations/import", running.as_role(Role.ADMIN)
    answer = running.http.post(place, headers=key, files=files, data={"dry_run": "true"}).json()
    assert [row["remarks"] for row in answer["rows"]] == [[], [UNSEEN.format("NOBODY")]]
