"""Calls that stall or break off: one caller's take no room from the others, and none is an error of the service."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from scanner.service.accounts.roles import Role
from scanner.settings import ServiceSettings
from tests.scanner.service.api.test_scans import CLEAN
from tests.scanner.service.conftest import Running

SCANS = 9  # at once, with the settings below
LEFT = "markscan_calls_total"


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, queue=SCANS - 1, calls_a_minute=100_000, secure_cookies=False)


@contextmanager
def stalled(running: Running, path: str, headers: dict[str, str], media_type: str) -> Iterator[None]:
    """A call whose body stops after its first byte."""
    address = running.http.base_url
    lines = [f"POST {path} HTTP/1.1", "Host: a", "Content-Length: 99", f"Content-Type: {media_type}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((address.host, address.port)) as connection:
        connection.sendall("\r\n".join([*lines, "", "-"]).encode())
        yield


def scan(running: Running, role: Role) -> httpx.Response:
    return running.http.post("/v1/scans", files={"images": ("clean.jpg", CLEAN)}, headers=running.as_role(role))


def left(running: Running) -> float:
    """How many calls were counted as broken off."""
    text = running.http.get("/metrics", headers=running.as_role(Role.ADMIN)).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(LEFT) and '"499"' in line)


def wait_until_left(running: Running, count: float) -> None:
    deadline = time.monotonic() + 30
    while left(running) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_stalled_bodies_of_one_key_leave_room_for_the_scans_of_others(running: Running) -> None:
    before, form = left(running), "multipart/form-data; boundary=b"
    with ExitStack() as stack:
        for _ in range(5 * SCANS):  # until one of them has the place that this call had while the first were read
            for _ in range(SCANS):
                stack.enter_context(stalled(running, "/v1/scans", running.as_role(Role.PIPELINE), form))
            if (refused := scan(running, Role.PIPELINE)).status_code == 503:
                break
        assert refused.json()["code"] == "queue_full"
        assert scan(running, Role.ADMIN).status_code == 200
    wait_until_left(running, before + 1)
    deadline = time.monotonic() + 30
    while (answer := scan(running, Role.PIPELINE)).status_code != 200:
        assert time.monotonic() < deadline, answer.text


@pytest.mark.parametrize(
    ("method_path", "media_type"),
    [
        ("/v1/scans", "multipart/form-data; boundary=b"),
        ("/v1/brands/acme/references", "multipart/form-data; boundary=b"),
        ("/v1/brands/acme/authorizations", "application/x-www-form-urlencoded"),
        ("/console/login", "application/x-www-form-urlencoded"),
    ],
)
def test_a_caller_that_breaks_off_is_counted_and_logged_as_no_error(
    running: Running, method_path: str, media_type: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = left(running)
    with stalled(running, method_path, running.as_role(Role.ADMIN), media_type):
        time.sleep(0.1)  # most likely it reads its body by now; if not, it breaks off all the same
    wait_until_left(running, before + 1)
    assert [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
