"""Addresses with numbers that no database has, and with characters that no identifier has, are refused plainly."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi.routing import APIRoute

from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import ServiceSettings
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import token_of
from tests.scanner.service.people import PASSWORD, Browsers

NUMBERS = (str(2**31), str(2**63 - 1), str(2**63), str(10**30), "9" * 5_000, "-1")
DAYS = ("0001-01-01", "9999-12-31")


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Cookies over plain HTTP."""
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module")
def admin(running: Running) -> Iterator[httpx.Client]:
    """A browser of an admin."""
    add_user(running.registry.database, "root", PASSWORD, Role.ADMIN, datetime.now(UTC))
    browsers = Browsers(running)
    yield browsers("root")
    for browser in browsers.opened:
        browser.close()


def calls(running: Running, value: str) -> Iterator[tuple[str, str]]:
    """Each route with an identifier, with a value in its place."""
    for route in routes(running.app.router):
        path = route.path.replace("{brand}", "acme")
        if "{" in path and not path.startswith("/console/static"):
            for method in route.methods or ():
                yield method, re.sub(r"\{\w+(:path)?\}", value, path)


def routes(router: object) -> Iterator[APIRoute]:
    """All routes, those of included routers too."""
    for route in getattr(router, "routes", ()):
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from routes(getattr(route, "original_router", None))


def statuses(running: Running, admin: httpx.Client, value: str) -> dict[tuple[str, str], int]:
    """What each call is answered."""
    form, answers = {"csrf": token_of(admin), "form": "complaint", "statement": "x"}, {}
    for method, path in calls(running, value):
        client = running.http if path.startswith("/v1/") else admin
        headers = running.as_role(Role.ADMIN) if path.startswith("/v1/") else {}
        answers[method, path] = client.request(
            method, path, data=form if method == "POST" else None, headers=headers
        ).status_code
    return answers


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:20])
def test_a_number_that_no_record_has_is_no_error_of_the_service(
    running: Running, admin: httpx.Client, number: str
) -> None:
    answers = statuses(running, admin, number)
    assert len(answers) > 25, "all routes are tried"
    assert {call: status for call, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("character", ["%00", "%0A", "%1F", "%7F", "%C2%85"])
def test_control_characters_in_an_address_are_refused(running: Running, admin: httpx.Client, character: str) -> None:
    answers = statuses(running, admin, f"a{character}b")
    assert set(answers.values()) == {400}
    for address in (f"/console/queue?seller={character}", f"/console/login?next={character}"):
        assert admin.get(address).status_code == 400


def test_an_address_that_is_no_utf_8_is_refused(admin: httpx.Client) -> None:
    assert admin.get("/console/queue?seller=%FF").status_code == 400


@pytest.mark.parametrize("day", DAYS)
def test_days_at_the_end_of_the_calendar_are_no_error_of_the_service(
    running: Running, admin: httpx.Client, day: str
) -> None:
    for address in ("/console/statements", "/console/statements/file"):
        for query in (f"first_day={day}&last_day={day}", f"first_day={day}&last_day=", f"first_day=&last_day={day}"):
            assert admin.get(f"{address}?{query}").status_code < 500, (address, query)
    said = {"seller_id": "S1", "first_day": day, "last_day": day}
    answer = running.http.post("/v1/brands/acme/authorizations", data=said, headers=running.as_role(Role.ADMIN))
    assert answer.status_code < 500


@pytest.mark.parametrize("number", [str(2**63), "9" * 5_000, "-1", "1e5", "٣"])
def test_numbers_in_queries_and_forms_are_no_error_of_the_service(
    running: Running, admin: httpx.Client, number: str
) -> None:
    for name in ("page", "age", "state", "order"):
        assert admin.get("/console/queue", params={name: number}).status_code < 500
    assert admin.get("/console/cases/none", params={"image": number}).status_code < 500
    form = {"csrf": token_of(admin), "points": number, "cause": "x", "restriction": "disabled", "decision": "confirmed"}
    for path in ("/console/sellers/S1/points", "/console/cases/none/decide", "/console/clusters/none"):
        assert admin.post(path, data=form).status_code < 500, path
    key = running.as_role(Role.ADMIN)
    said = {"seller_id": "S1", "nice": number}
    assert running.http.post("/v1/brands/acme/authorizations", data=said, headers=key).status_code == 422
    for name in ("X-Deadline-Ms", "Idempotency-Key"):
        headers = {**key, name: number.encode("ascii", "replace").decode()}
        assert running.http.post("/v1/scans", data={"title": "x"}, headers=headers).status_code == 422


def test_no_redirect_follows_the_host_that_a_call_names(running: Running, admin: httpx.Client) -> None:
    for path in ("/console/queue/", "/v1/scans/", "/console/login/", "/console/brands/acme/", "/console"):
        answer = admin.get(path, headers={"Host": "evil.example"})
        assert "evil" not in answer.headers.get("location", ""), path


@pytest.mark.parametrize("field", ["cause", "note", "seller", "title", "name", "\x07"])
def test_forms_of_the_console_take_no_control_characters(running: Running, admin: httpx.Client, field: str) -> None:
    for value in ("a\x00b", "a\x1bb", "\x07", "a\x85b", "a\x9bb"):
        form = {"csrf": token_of(admin), "points": "1", field: value}
        for path in ("/console/sellers/S1/points", "/console/brands/acme/authorizations", "/console/queue/next"):
            assert admin.post(path, data=form).status_code == 422, path
    refused = running.http.post("/console/login", data={"name": "a\x00b", "password": PASSWORD})
    assert refused.status_code == 422


def test_a_reason_for_points_is_one_line(admin: httpx.Client) -> None:
    form = {"csrf": token_of(admin), "points": "1", "cause": "two\nlines"}
    answer = admin.post("/console/sellers/S1/points", data=form)
    assert answer.status_code == 409
    assert "control characters" in answer.text


def test_a_file_name_with_control_characters_is_refused(admin: httpx.Client) -> None:
    body = (
        f'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token_of(admin)}\r\n'
        '--b\r\nContent-Disposition: form-data; name="images"; filename="a\x07b.jpg"\r\n\r\nx\r\n--b--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert admin.post("/console/brands/acme/references", content=body, headers=headers).status_code in {400, 422}
