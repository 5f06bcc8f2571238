"""What every answer says of itself to browsers, and messages that are refused before any route sees them."""

import socket

import pytest

from scanner.service.accounts.roles import Role
from scanner.settings import ServiceSettings
from tests.scanner.service.conftest import Running

PLACES = (
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/metrics",
    "/v1/brands",
    "/v1/brands/none",
    "/v1/scans",
    "/console/login",
    "/console/queue",
    "/console/static/console.css",
    "/console/static/console.js",
    "/console/static/none",
    "/appeal/none",
    "/none",
)


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Cookies over plain HTTP."""
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.mark.parametrize("key", [True, False], ids=["with a key", "without a key"])
@pytest.mark.parametrize("place", PLACES)
def test_every_answer_tells_browsers_to_take_it_as_it_is_and_nowhere_else(
    running: Running, place: str, key: bool
) -> None:
    answer = running.http.get(place, headers=running.as_role(Role.ADMIN) if key else {})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "base-uri 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert "access-control-allow-origin" not in answer.headers
    if "static" not in place:
        assert answer.headers["cache-control"] == "no-store"
    if answer.content:
        kind, _, parameters = answer.headers["content-type"].partition(";")
        assert kind.endswith("json") or "charset=utf-8" in parameters


@pytest.mark.parametrize("place", ["/console/login", "/console/none", "/appeal/none"])
def test_a_page_shares_no_window_and_no_content_with_other_sites(running: Running, place: str) -> None:
    headers = running.http.get(place, follow_redirects=True).headers
    assert headers["content-type"].startswith("text/html")
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "OPTIONS"])
def test_no_route_sends_a_call_back(running: Running, method: str, place: str) -> None:
    answer = running.http.request(method, place, headers={**running.as_role(Role.ADMIN), "X-Secret": "4711"})
    assert answer.status_code in {303, 400, 404, 405}
    assert "4711" not in answer.text


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: +5",
        "Content-Length: 5, 6",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
    ],
)
def test_a_message_whose_end_is_in_doubt_is_refused(running: Running, lengths: str) -> None:
    hidden = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: b\r\n\r\n"
    came = sent(running, f"POST /console/login HTTP/1.1\r\nHost: a\r\n{lengths}\r\n\r\n{hidden}")
    assert came.startswith(b"HTTP/1.1 400")
    assert came.count(b"HTTP/1.1 ") == 1, "what may be a second message is answered"


def sent(running: Running, text: str) -> bytes:
    """What comes back over a connection of its own until the service closes it."""
    url = running.http.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=30) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))
