"""The address that a call comes from, as limits count it; uvicorn has believed `X-Forwarded-For` of trusted proxies."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.requests import HTTPConnection

UNKNOWN: Final = "unknown"  # the group of callers without an address, as on a Unix socket
_SUBNET: Final = 64  # bits of an IPv6 address that a household or a server has for itself (RFC 6177, RFC 7421)


def address_group(host: str) -> str:
    """Whom a limit by address counts together: an IPv4 address, or an IPv6 /64, since whoever has one has all of it.

    An IPv4 address written as IPv6 counts as IPv4. Text that is no address is one group, so no text evades a limit.
    """
    try:
        address = ip_address(host.partition("%")[0])  # without a zone
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(IPv6Network((int(address), _SUBNET), strict=False))
        address = address.ipv4_mapped
    return str(address)


def caller_of(connection: HTTPConnection) -> str:
    """The group of the address that a call comes from."""
    return UNKNOWN if connection.client is None else address_group(connection.client.host)
