"""The bytes that are being uploaded are bounded, by caller and in total, and counted before any of them is read."""

import selectors
import socket
from contextlib import ExitStack, closing
from datetime import UTC, datetime

import pytest
from starlette.datastructures import Headers

from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.service.limits.bodies import OF_ALL, OF_ONE, BodyLimit
from scanner.service.problems import Problem
from scanner.settings import ServiceSettings
from scanner.verdicts.policy import Restriction
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_appeals import blocked, page_of
from tests.scanner.service.people import PASSWORD, Browsers

LONGEST = 100
MOST = 2**20  # bytes of a body in the running service


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(
        workers=1,
        calls_a_minute=100_000,
        max_body_bytes=MOST,
        secure_cookies=False,
        notify_on_block=Restriction.DISABLED,
    )


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


def begun(running: Running, path: str, header: str = "X: x") -> socket.socket:
    """A connection on which a call has begun whose body, of the longest kind, does not come."""
    address = running.http.base_url
    connection = socket.create_connection((address.host, address.port or 80), timeout=30)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"{header}\r\nContent-Length: {MOST}\r\n\r\n--b\r\n"
    )
    connection.sendall(head.encode())
    return connection


def refused_of_too_many(running: Running, stack: ExitStack, path: str, header: str = "X: x") -> bytes:
    """The first answer to one call more than a caller may have under way; the others stay so."""
    calls = [stack.enter_context(closing(begun(running, path, header))) for _ in range(OF_ONE + 1)]
    with selectors.DefaultSelector() as waiting:  # select itself knows no file from number 1,024 on
        for each in calls:
            waiting.register(each, selectors.EVENT_READ)
        ready = {key.fd for key, _ in waiting.select(30)}
    answered = [each for each in calls if each.fileno() in ready]
    assert len(answered) == 1
    return answered[0].recv(100)


def test_uploads_of_one_key_leave_room_for_other_keys(running: Running) -> None:
    path, owner = "/v1/brands/acme/references", running.as_role(Role.BRAND_OWNER)
    with ExitStack() as stack:
        header = f"Authorization: {owner['Authorization']}"
        assert refused_of_too_many(running, stack, path, header).startswith(b"HTTP/1.1 503 ")
        fields = {"name": "Acme", "owner": "Acme Ltd", "contact": "ip@acme.example"}
        assert running.http.put("/v1/brands/acme", headers=owner, json=fields).status_code == 503
        answer = running.http.post(path, headers=running.as_role(Role.ADMIN), data={"kind": "logo"})
        assert answer.status_code == 422, "it was read"


def test_uploads_of_one_user_of_the_console_are_bounded(running: Running) -> None:
    add_user(
        running.registry.database, "owner", PASSWORD, Role.BRAND_OWNER, datetime.now(UTC), brands=frozenset({"acme"})
    )
    browsers = Browsers(running)
    with closing(browsers("owner")) as owner, ExitStack() as stack:
        header = "Cookie: " + "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
        path = "/console/brands/acme/references"
        assert refused_of_too_many(running, stack, path, header).startswith(b"HTTP/1.1 503 ")


def test_uploads_of_one_seller_are_bounded_and_take_no_room_from_keys(running: Running) -> None:
    with ExitStack() as stack:
        for number in range(OF_ALL // OF_ONE):
            path = page_of(running, blocked(running, f"uploads-{number}"))
            assert refused_of_too_many(running, stack, path).startswith(b"HTTP/1.1 503 ")
        headers = running.as_role(Role.BRAND_OWNER)
        answer = running.http.post("/v1/brands/acme/references", headers=headers, data={"kind": "logo"})
        assert answer.status_code == 422, "it was read"
