"""Who calls, as limits by address count it: which proxies are believed, and which addresses count together."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from scanner.service.addresses import UNKNOWN, address_group, caller_of
from scanner.service.serving import config_of
from scanner.settings import ServiceSettings, Settings


@pytest.mark.parametrize(
    ("host", "group"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unix:", UNKNOWN),
        ("any word that a caller makes up", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_limit_by_address_counts_an_ipv6_subnet_as_one_caller(host: str, group: str) -> None:
    assert address_group(host) == group


def caller(service: ServiceSettings, client: tuple[str, int] | None, *forwarded: str) -> str:
    """Whom the application sees behind uvicorn's layers, with these headers X-Forwarded-For."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(caller_of(HTTPConnection(scope)))

    config = config_of(app, Settings(service=service), "127.0.0.1", 0)
    config.load()
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    scope: Any = {"type": "http", "client": client, "headers": headers, "scheme": "http"}
    asyncio.run(config.loaded_app(scope, None, None))
    return seen[0]


def test_only_the_proxy_on_this_machine_says_who_calls() -> None:
    shipped = ServiceSettings()
    assert caller(shipped, ("127.0.0.1", 5), "203.0.113.7") == "203.0.113.7"
    assert caller(shipped, ("::1", 5), "203.0.113.7") == "203.0.113.7"
    assert caller(shipped, ("198.51.100.1", 5), "203.0.113.7") == "198.51.100.1"
    assert caller(shipped, ("127.0.0.1", 5)) == "127.0.0.1"


def test_what_a_caller_writes_before_the_address_that_the_proxy_appends_counts_for_nothing() -> None:
    shipped = ServiceSettings()
    assert caller(shipped, ("127.0.0.1", 5), "192.0.2.9, 203.0.113.7") == "203.0.113.7"
    assert caller(shipped, ("127.0.0.1", 5), "192.0.2.9", "203.0.113.7") == "203.0.113.7"
    assert caller(shipped, ("127.0.0.1", 5), "203.0.113.7, 127.0.0.1") == "203.0.113.7"


def test_networks_of_proxies_are_settings() -> None:
    behind = ServiceSettings(trusted_proxies=("10.0.0.0/8", "2001:db8::1"))  # type: ignore[arg-type]
    assert caller(behind, ("10.1.2.3", 5), "203.0.113.7") == "203.0.113.7"
    assert caller(behind, ("2001:db8::1", 5), "203.0.113.7") == "203.0.113.7"
    assert caller(behind, ("127.0.0.1", 5), "203.0.113.7") == "127.0.0.1"
    assert caller(ServiceSettings(trusted_proxies=()), ("127.0.0.1", 5), "203.0.113.7") == "127.0.0.1"


def test_a_proxy_that_is_no_address_is_refused() -> None:
    for wrong in ("*", "proxy.example", "10.0.0.1/8"):
        with pytest.raises(ValidationError):
            ServiceSettings(trusted_proxies=(wrong,))  # type: ignore[arg-type]
