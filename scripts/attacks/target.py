"""The service under attack: its address on this machine, its keys, and its process and store where it is ours."""

import ipaddress
import itertools
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from attacks.findings import NotTried
from attacks.own_service import BRAND, RIVAL, OwnService

PATIENCE: Final = 60.0  # seconds that one call may take
_numbers: Final = itertools.count()
LookUp = Callable[[str, int], Iterable[tuple[Any, ...]]]  # as socket.getaddrinfo


class ForeignAddress(ValueError):
    """An address that is not on this machine."""


def check_loopback(url: str, look_up: LookUp = socket.getaddrinfo) -> str:
    """The origin of a URL. Raises ForeignAddress unless every address that its host has is a loopback address."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or parts.username is not None:
        raise ForeignAddress(f"{url!r}: give an address such as http://127.0.0.1:8000")
    try:
        port = parts.port or 80
        found = {str(each[4][0]) for each in look_up(parts.hostname, port)}
    except (OSError, ValueError) as error:
        raise ForeignAddress(f"{url!r}: {error}") from error
    if not found or not all(ipaddress.ip_address(each.partition("%")[0]).is_loopback for each in found):
        raise ForeignAddress(f"{url!r} is not on this machine: attack only a service that listens on 127.0.0.1 or ::1")
    host = min(found)  # the address itself, so that a second look-up of the name cannot lead elsewhere
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(frozen=True, slots=True)
class Keys:
    """API keys. Of a service that is not our own, all are the admin's."""

    admin: str
    pipeline: str
    other_pipeline: str
    owner: str  # of BRAND
    rival: str  # of RIVAL


@dataclass(slots=True)
class Target:
    """A service under attack."""

    address: str  # http://127.0.0.1:8000, checked
    keys: Keys
    short: bool
    photo: bytes  # the JPEG of a listing that shows nothing registered
    own: OwnService | None = None  # None: it was running already
    quiet_scan: float = 0.0  # seconds, the median with nothing else going on
    registered: list[tuple[str, str]] = field(default_factory=list)  # brand and reference, to be withdrawn

    def needs_own(self) -> OwnService:
        """The service that this program started. Raises NotTried if it did not."""
        if self.own is None:
            raise NotTried("needs a service and store of its own: run without --url")
        return self.own

    def of(self, service: OwnService) -> "Target":
        """The same for another service of ours, on a copy of the same store."""
        return replace(self, address=service.address, own=service, registered=[])

    @property
    def host_and_port(self) -> tuple[str, int]:
        """For sockets."""
        parts = urlsplit(self.address)
        return str(parts.hostname), parts.port or 80

    def new_photo(self) -> bytes:
        """The photo as a file that the service has not seen: bytes after the end of the image differ."""
        return self.photo + next(_numbers).to_bytes(8, "big")

    @contextmanager
    def calling(self, key: str | None, seconds: float = PATIENCE) -> Iterator[httpx.Client]:
        """A client that calls with this key, or with none, follows no redirect and waits so long at most."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        limits = httpx.Limits(max_connections=64)
        with httpx.Client(
            base_url=self.address, headers=headers, timeout=seconds, limits=limits, trust_env=False
        ) as http:
            yield http

    def scan(self, http: httpx.Client, image: bytes | None = None, **fields: Any) -> httpx.Response:
        """Have one image scanned; None: a new photo."""
        images = {"images": ("photo.jpg", self.new_photo() if image is None else image)}
        return http.post("/v1/scans", files=images, data=fields)

    def register(self, key: str, image: bytes, name: str, *, kind: str = "logo", brand: str = BRAND) -> httpx.Response:
        """Register an image of a brand."""
        with self.calling(key, 120) as http:
            if self.own is None:
                names = {"name": brand, "owner": brand, "contact": "attack@example.org"}
                http.put(f"/v1/brands/{brand}", json=names)
            answer = http.post(
                f"/v1/brands/{brand}/references", files={"image": (name, image)}, data={"kind": kind, "audit": "false"}
            )
        if answer.status_code == 201:
            self.registered.append((brand, str(answer.json()["reference"]["reference_id"])))
        return answer

    def clean_up(self) -> None:
        """Withdraw what was registered."""
        with self.calling(self.keys.admin) as http:
            while self.registered:
                brand, reference = self.registered.pop()
                http.delete(f"/v1/brands/{brand}/references/{reference}")


__all__ = ["BRAND", "RIVAL", "ForeignAddress", "Keys", "Target", "check_loopback"]
