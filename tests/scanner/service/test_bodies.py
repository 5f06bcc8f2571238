"""The bytes that are being uploaded are bounded, by caller and in total, and counted before any of them is read."""

import select
import socket
from contextlib import ExitStack, closing

import pytest
from starlette.datastructures import Headers

from scanner.service.accounts.tables import Role
from scanner.service.bodies import OF_ALL, OF_ONE, BodyLimit
from scanner.service.problems import Problem
from scanner.settings import ServiceSettings
from tests.scanner.service.conftest import Running

LONGEST = 100
MOST = 2**20  # bytes of a body in the running service


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, max_body_bytes=MOST)


def declared(size: int) -> Headers:
    return Headers({"content-length": str(size)})


@pytest.mark.parametrize(
    ("headers", "most"),
    [
        (declared(LONGEST), OF_ONE),
        (declared(LONGEST // 2), 2 * OF_ONE),
        (declared(10**30), OF_ONE),
        (Headers({"transfer-encoding": "chunked"}), OF_ONE),
        (Headers({"content-length": "many", "transfer-encoding": "chunked"}), OF_ONE),
    ],
)
def test_a_caller_holds_no_more_than_its_share_and_leaves_the_others_theirs(headers: Headers, most: int) -> None:
    limit = BodyLimit(LONGEST)
    with ExitStack() as stack:
        for _ in range(most):
            stack.enter_context(limit.hold("acme", headers))
        with pytest.raises(Problem) as refused, limit.hold("acme", headers):
            pass
        assert (refused.value.status, refused.value.code) == (503, "queue_full")
        assert int(refused.value.headers["Retry-After"]) >= 1
        with limit.hold("bolt", headers), limit.hold("acme", Headers()):
            pass
    with limit.hold("acme", headers):
        pass


def test_all_callers_hold_no_more_than_there_is_room_for() -> None:
    limit = BodyLimit(LONGEST)
    with ExitStack() as stack:
        for number in range(OF_ALL):
            stack.enter_context(limit.hold(f"caller {number}", declared(LONGEST)))
        with pytest.raises(Problem), limit.hold("one more", declared(1)):
            pass
    with limit.hold("one more", declared(LONGEST)):
        pass


def begun(running: Running, role: Role, path: str, size: int) -> socket.socket:
    """A connection on which a call has begun whose body does not come."""
    address = running.http.base_url
    connection = socket.create_connection((address.host, address.port or 80), timeout=30)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Authorization: Bearer {running.keys[role]}\r\nContent-Length: {size}\r\n\r\n--b\r\n"
    )
    connection.sendall(head.encode())
    return connection


def test_uploads_of_one_key_that_are_under_way_leave_room_for_other_keys(running: Running) -> None:
    path = "/v1/brands/acme/references"
    with ExitStack() as stack:
        calls = [stack.enter_context(closing(begun(running, Role.BRAND_OWNER, path, MOST))) for _ in range(OF_ONE + 1)]
        (refused,), _, _ = select.select(calls, [], [], 30)
        assert refused.recv(100).startswith(b"HTTP/1.1 503 ")
        headers = running.as_role(Role.ADMIN)
        assert running.http.post(path, headers=headers, data={"kind": "logo"}).status_code == 422
        fields = {"name": "Acme", "owner": "Acme Ltd", "contact": "ip@acme.example"}
        refused_too = running.http.put("/v1/brands/acme", headers=running.as_role(Role.BRAND_OWNER), json=fields)
        assert refused_too.status_code == 503
