"""A typed client of the service, plain and asynchronous; what it sends is described once and tried again by both.

    client = Client("https://markscan.example", key)
    answer = client.send(scan_listing([Path("front.jpg")], Listing(listing_id="L-1", seller_id="S123", market="DE")))

Needs `pip install "markscan[client]"`.
"""

import base64
import binascii
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

import httpx
import stamina
from pydantic import TypeAdapter

from brand_index.errors import MarkscanError
from brand_index.types import ReferenceKind
from scanner.service.answers import (
    AuthorizationAnswer,
    BrandAnswer,
    ReferenceAnswer,
    RegisteredAnswer,
    ScanAnswer,
)
from scanner.types import Listing

ATTEMPTS: Final = 5
LONGEST_WAIT: Final = timedelta(seconds=30)
TIMEOUT: Final = 60.0  # seconds
TOLERANCE: Final = timedelta(minutes=5)  # by which the clock of whoever signed a message may differ
_FOR_NOW: Final = frozenset({429, 502, 503, 504})
Answer = TypeVar("Answer")
Image = Path | tuple[str, bytes]
"""A file, or a name and bytes."""


class ServiceError(MarkscanError):
    """The service refused a call, or could not answer it."""

    code = "service_error"

    def __init__(self, status: int, problem: str, detail: str, request_id: str, retry_after: float | None) -> None:
        super().__init__(f"{status} {problem}: {detail} (request {request_id})")
        self.status, self.problem, self.detail = status, problem, detail  # `problem` is the stable word
        self.request_id, self.retry_after = request_id, retry_after  # seconds; None: it did not say


class MessageUnsigned(MarkscanError):
    """A message that the service did not sign, or too long ago."""

    code = "message_unsigned"


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """What is asked of the service, and the type of its answer."""

    method: str
    path: str
    answer: TypeAdapter[Answer]
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[tuple[str, tuple[str, bytes]]] = ()
    query: Mapping[str, str] = field(default_factory=dict)

    def read(self, response: httpx.Response) -> Answer:
        """The answer in a response. Raises ServiceError."""
        if response.is_success:
            return self.answer.validate_json(response.content)
        try:
            told = response.json()
            problem, detail = str(told["code"]), str(told["detail"])
        except (ValueError, KeyError, TypeError):
            problem, detail = "no_problem_details", response.text[:200]
        request_id = response.headers.get("x-request-id", "unknown")
        wait = response.headers.get("retry-after", "")
        raise ServiceError(response.status_code, problem, detail, request_id, float(wait) if wait.isdigit() else None)

    def options(self) -> dict[str, Any]:
        """As httpx wants it."""
        return {
            "headers": dict(self.headers),
            "params": dict(self.query) or None,
            "json": self.json,
            "data": dict(self.form) or None,
            "files": list(self.files) or None,
        }


def scan_listing(
    images: Iterable[Image],
    listing: Listing = Listing(),  # noqa: B008 - frozen
    *,
    later: bool = False,
    deadline: timedelta | None = None,
    retry_key: str | None = None,
) -> Call[ScanAnswer]:
    """Scan the pictures of one listing.

    `later`: it is only accepted now, and read_scan or a message tells what came of it; `deadline`: after so long no
    stage is begun; `retry_key` None: a new one, so that the same Call sent again is answered as before.
    """
    headers = {"Idempotency-Key": retry_key or uuid.uuid4().hex}
    if deadline is not None:
        headers["X-Deadline-Ms"] = str(max(1, round(deadline.total_seconds() * 1000)))
    told = {name: getattr(listing, name) for name in Listing.__dataclass_fields__}
    return Call(
        "POST",
        "/v1/scans",
        TypeAdapter(ScanAnswer),
        headers,
        form={name: value for name, value in told.items() if value is not None},
        files=[("images", _file(image)) for image in images],
        query={"async": "1"} if later else {},
    )


def read_scan(scan_id: str) -> Call[ScanAnswer]:
    """A scan and, once it is done, what came of it."""
    return Call("GET", f"/v1/scans/{scan_id}", TypeAdapter(ScanAnswer))


def list_brands() -> Call[list[BrandAnswer]]:
    """The brands that the key may see."""
    return Call("GET", "/v1/brands", TypeAdapter(list[BrandAnswer]))


def save_brand(brand: str, *, name: str, owner: str, contact: str) -> Call[BrandAnswer]:
    """Register a brand, or change what is said of it."""
    told = {"name": name, "owner": owner, "contact": contact}
    return Call("PUT", f"/v1/brands/{brand}", TypeAdapter(BrandAnswer), json=told)


def register_reference(brand: str, image: Image, kind: ReferenceKind, **mark: str) -> Call[RegisteredAnswer]:
    """Register a logo or a product photo; `mark`: office, registration_number, nice and so on, as the endpoint says."""
    return Call(
        "POST",
        f"/v1/brands/{brand}/references",
        TypeAdapter(RegisteredAnswer),
        form={"kind": kind.value, **mark},
        files=[("image", _file(image))],
    )


def list_references(brand: str) -> Call[list[ReferenceAnswer]]:
    """A brand's pictures, withdrawn ones too."""
    return Call("GET", f"/v1/brands/{brand}/references", TypeAdapter(list[ReferenceAnswer]))


def withdraw_reference(brand: str, reference_id: str) -> Call[ReferenceAnswer]:
    """Take a picture out of force."""
    return Call("DELETE", f"/v1/brands/{brand}/references/{reference_id}", TypeAdapter(ReferenceAnswer))


def authorize(
    brand: str,
    seller: str,
    *,
    kinds: Iterable[ReferenceKind] = (ReferenceKind.LOGO,),
    markets: Iterable[str] = (),
    nice: Iterable[int] = (),
    first_day: date | None = None,
    last_day: date | None = None,
    grantors: Sequence[str] = (),
    document: Image | None = None,
) -> Call[AuthorizationAnswer]:
    """Record a brand's leave for a seller; no markets or classes: all of them, no days: from today until revoked."""
    days = {"first_day": first_day, "last_day": last_day}
    return Call(
        "POST",
        f"/v1/brands/{brand}/authorizations",
        TypeAdapter(AuthorizationAnswer),
        form={
            "seller": seller,
            "kinds": ",".join(kind.value for kind in kinds),
            "markets": ",".join(markets),
            "nice": ",".join(str(number) for number in nice),
            "grantors": list(grantors),
            **{name: day.isoformat() for name, day in days.items() if day is not None},
        },
        files=[] if document is None else [("document", _file(document))],
    )


def list_authorizations(brand: str) -> Call[list[AuthorizationAnswer]]:
    """The leave that a brand gave, revoked and past too."""
    return Call("GET", f"/v1/brands/{brand}/authorizations", TypeAdapter(list[AuthorizationAnswer]))


def revoke(brand: str, authorization_id: int) -> Call[AuthorizationAnswer]:
    """End a brand's leave."""
    return Call("DELETE", f"/v1/brands/{brand}/authorizations/{authorization_id}", TypeAdapter(AuthorizationAnswer))


class Client:
    """Sends calls one at a time. What fails for now (busy, away) is tried again, as the service asks."""

    def __init__(
        self, address: str, key: str, *, timeout: float = TIMEOUT, transport: httpx.BaseTransport | None = None
    ) -> None:
        """`timeout` in seconds, of each attempt; `transport` None: the network."""
        self._http = httpx.Client(base_url=address, headers=_bearer(key), timeout=timeout, transport=transport)

    def send(self, call: Call[Answer]) -> Answer:
        """The service's answer. Raises ServiceError, and httpx.HTTPError when there is none."""
        for attempt in stamina.retry_context(on=_again, attempts=ATTEMPTS, timeout=None):
            with attempt:
                return call.read(self._http.request(call.method, call.path, **call.options()))
        raise AssertionError("the last attempt raises or returns")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let connections go."""
        self._http.close()


class AsyncClient:
    """As Client, for an event loop."""

    def __init__(
        self, address: str, key: str, *, timeout: float = TIMEOUT, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """As Client's."""
        self._http = httpx.AsyncClient(base_url=address, headers=_bearer(key), timeout=timeout, transport=transport)

    async def send(self, call: Call[Answer]) -> Answer:
        """As Client's."""
        async for attempt in stamina.retry_context(on=_again, attempts=ATTEMPTS, timeout=None):
            with attempt:
                return call.read(await self._http.request(call.method, call.path, **call.options()))
        raise AssertionError("the last attempt raises or returns")

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let connections go."""
        await self._http.aclose()


def read_message(secret: str, headers: Mapping[str, str], body: bytes, now: datetime | None = None) -> ScanAnswer:
    """The scan that a message of the service's tells of; `now` None: the present. Raises MessageUnsigned.

    `headers` by lower-case name. A message may come twice: `webhook-id` says which it is.
    """
    identity, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = f"{identity}.{moment}.".encode() + body
    digest = hmac.digest(secret.encode(), signed, hashlib.sha256)
    given = [_decoded(each) for each in headers.get("webhook-signature", "").split()]
    if not any(hmac.compare_digest(digest, each) for each in given):
        raise MessageUnsigned(f"message {identity!r} is not signed with this secret: do not believe it")
    sent = datetime.fromtimestamp(int(moment), UTC)
    if abs((now or datetime.now(UTC)) - sent) > TOLERANCE:
        raise MessageUnsigned(f"message {identity!r} was signed at {sent}: somebody may be sending it again")
    return ScanAnswer.model_validate_json(body)


def _decoded(signature: str) -> bytes:
    version, _, text = signature.partition(",")
    try:
        return base64.b64decode(text, validate=True) if version == "v1" else b""
    except binascii.Error:
        return b""


def _file(image: Image) -> tuple[str, bytes]:
    return (image.name, image.read_bytes()) if isinstance(image, Path) else image


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _again(error: Exception) -> bool | timedelta:
    """Whether a call that ended so is sent again, or after how long."""
    if isinstance(error, ServiceError) and error.status in _FOR_NOW:
        if error.retry_after is None:
            return True
        return min(timedelta(seconds=error.retry_after), LONGEST_WAIT)
    return isinstance(error, httpx.TransportError)
