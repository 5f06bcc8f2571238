"""The calls of the API: for each the request and the type of its answer."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

import httpx
from pydantic import TypeAdapter

from brand_index.errors import MarkscanError
from brand_index.files import read_regular
from brand_index.types import ReferenceKind
from scanner.moderation.seller_notices.types import Form, Signatory
from scanner.service.answers import (
    AuthorizationAnswer,
    BrandAnswer,
    ReferenceAnswer,
    RegisteredAnswer,
    ScanAnswer,
    ScanPageAnswer,
)
from scanner.service.search_answers import SearchAnswer
from scanner.service.seller_notice_answers import AppealAnswer, SellerNoticeAnswer
from scanner.verdicts.types import Listing

Answer = TypeVar("Answer")
Image = Path | tuple[str, bytes]
"""The path of a file, or a name and bytes."""


class ServiceError(MarkscanError):
    """The service refused a call or failed. `problem` is a stable word, `detail` a sentence."""

    code = "service_error"

    def __init__(self, status: int, problem: str, detail: str, request_id: str, retry_after: float | None) -> None:
        super().__init__(f"{status} {problem}: {detail} (request {request_id})")
        self.status, self.problem, self.detail = status, problem, detail
        self.request_id, self.retry_after = request_id, retry_after  # seconds; None: not given


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """A request and the type of its answer."""

    method: str
    path: str
    answer: TypeAdapter[Answer]
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[tuple[str, tuple[str, bytes]]] = ()
    query: Mapping[str, str] = field(default_factory=dict)

    def read(self, response: httpx.Response) -> Answer:
        """Parse a response. Raises ServiceError."""
        if response.is_success:
            return self.answer.validate_json(response.content)
        try:
            details = response.json()
            problem, detail = str(details["code"]), str(details["detail"])
        except (ValueError, KeyError, TypeError):
            problem, detail = "no_problem_details", response.text[:200]
        request_id = response.headers.get("x-request-id", "unknown")
        wait = response.headers.get("retry-after", "")
        raise ServiceError(response.status_code, problem, detail, request_id, float(wait) if wait.isdigit() else None)

    def options(self) -> dict[str, Any]:
        """Keyword arguments for httpx."""
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
    """Scan the images of one listing.

    `later`: the service only accepts the scan; read_scan or a message gives the result. `deadline`: after this time no
    further stage starts. `retry_key` None: a new key; the same Call sent again gets the same answer.
    """
    headers = {"Idempotency-Key": retry_key or uuid.uuid4().hex}
    if deadline is not None:
        headers["X-Deadline-Ms"] = str(max(1, round(deadline.total_seconds() * 1000)))
    fields = {name: getattr(listing, name) for name in Listing.__dataclass_fields__}
    return Call(
        "POST",
        "/v1/scans",
        TypeAdapter(ScanAnswer),
        headers,
        form={name: value for name, value in fields.items() if value is not None},
        files=[("images", _file(image)) for image in images],
        query={"async": "1"} if later else {},
    )


def read_scan(scan_id: str) -> Call[ScanAnswer]:
    """A scan, and its result once it is done."""
    return Call("GET", f"/v1/scans/{scan_id}", TypeAdapter(ScanAnswer))


def list_scans(*, cursor: str | None = None, limit: int = 50, **filters: str | datetime) -> Call[ScanPageAnswer]:
    """Recorded scans, the newest first; `cursor` of one page leads to the next.

    `filters` as in the API: listing_id, seller_id, state, decision, case_state, accepted_from, accepted_to and so on.
    """
    given = {name: each.isoformat() if isinstance(each, datetime) else each for name, each in filters.items()}
    paging = {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
    return Call("GET", "/v1/scans", TypeAdapter(ScanPageAnswer), query=given | paging)


def read_seller_notice(seller_notice_id: str) -> Call[SellerNoticeAnswer]:
    """A notice to a seller, and the appeals against it."""
    return Call("GET", f"/v1/seller-notices/{seller_notice_id}", TypeAdapter(SellerNoticeAnswer))


def appeal(
    seller_notice_id: str,
    statement: str,
    *,
    documents: Iterable[Image] = (),
    form: Form = Form.COMPLAINT,
    signatory: Signatory | None = None,
    listing_first_day: date | None = None,
) -> Call[AppealAnswer]:
    """Submit a seller's appeal.

    `signatory`: who swears to a counter-notice. `listing_first_day`: since when the listing has shown the photo.
    """
    signed = {} if signatory is None else {**asdict(signatory), "sworn": "yes"}
    signed |= {} if listing_first_day is None else {"listing_first_day": listing_first_day.isoformat()}
    return Call(
        "POST",
        f"/v1/seller-notices/{seller_notice_id}/appeals",
        TypeAdapter(AppealAnswer),
        form={"form": form.value, "statement": statement, **signed},
        files=[("documents", _file(document)) for document in documents],
    )


def add_appeal_documents(seller_notice_id: str, appeal_id: str, documents: Iterable[Image]) -> Call[AppealAnswer]:
    """Add documents to an appeal that is not decided."""
    return Call(
        "POST",
        f"/v1/seller-notices/{seller_notice_id}/appeals/{appeal_id}/documents",
        TypeAdapter(AppealAnswer),
        files=[("documents", _file(document)) for document in documents],
    )


def list_brands() -> Call[list[BrandAnswer]]:
    """The brands that the key may access."""
    return Call("GET", "/v1/brands", TypeAdapter(list[BrandAnswer]))


def save_brand(brand: str, *, name: str, owner: str, contact: str) -> Call[BrandAnswer]:
    """Register a brand, or change its fields."""
    fields = {"name": name, "owner": owner, "contact": contact}
    return Call("PUT", f"/v1/brands/{brand}", TypeAdapter(BrandAnswer), json=fields)


def edit_brand(brand: str, **fields: str) -> Call[BrandAnswer]:
    """Change the name, owner or contact of a brand; one that is left out stays as it is."""
    return Call("PATCH", f"/v1/brands/{brand}", TypeAdapter(BrandAnswer), json=fields)


def register_reference(
    brand: str, image: Image, kind: ReferenceKind, *, with_words: bool = False, with_parts: bool = False, **mark: str
) -> Call[RegisteredAnswer]:
    """Register a logo or a product photo. `mark`: its name as `mark`, form, region, office and so on, as in the API.

    `with_words`: also the words that can be read in a logo; otherwise the answer's `reads` has them. `with_parts`:
    also its parts that can stand alone; otherwise the answer's `parts` has them.
    """
    wanted = {name: "true" for name, is_so in (("with_words", with_words), ("with_parts", with_parts)) if is_so}
    return Call(
        "POST",
        f"/v1/brands/{brand}/references",
        TypeAdapter(RegisteredAnswer),
        form={"kind": kind.value, **wanted, **mark},
        files=[("image", _file(image))],
    )


def register_word(brand: str, word: str, **mark: str) -> Call[RegisteredAnswer]:
    """Register a word; `mark` as in register_reference."""
    path = f"/v1/brands/{brand}/references"
    return Call("POST", path, TypeAdapter(RegisteredAnswer), form={"word": word, **mark})


def search_marks(
    sought: Image | str, *, nice: Iterable[int] = (), vienna: Iterable[str] = (), limit: int | None = None
) -> Call[SearchAnswer]:
    """Search the registered marks of all brands for those most similar to a logo or, a str, to a word.

    `nice`: only marks of one of these classes, or of unknown ones. `vienna`: only marks with one of these codes or a
    code below it. `limit` None: as many as the service lists.
    """
    chosen = {"nice": ",".join(map(str, nice)), "vienna": ",".join(vienna)}
    chosen |= {} if limit is None else {"limit": str(limit)}
    if isinstance(sought, str):
        return Call("POST", "/v1/search", TypeAdapter(SearchAnswer), form=chosen | {"word": sought})
    files = [("image", _file(sought))]
    return Call("POST", "/v1/search", TypeAdapter(SearchAnswer), form=chosen, files=files)


def list_references(brand: str) -> Call[list[ReferenceAnswer]]:
    """The references of a brand, withdrawn ones included."""
    return Call("GET", f"/v1/brands/{brand}/references", TypeAdapter(list[ReferenceAnswer]))


def withdraw_reference(brand: str, reference_id: str) -> Call[ReferenceAnswer]:
    """Withdraw a reference."""
    return Call("DELETE", f"/v1/brands/{brand}/references/{reference_id}", TypeAdapter(ReferenceAnswer))


def reinstate_reference(brand: str, reference_id: str) -> Call[ReferenceAnswer]:
    """Put a withdrawn reference in force again."""
    path = f"/v1/brands/{brand}/references/{reference_id}/reinstate"
    return Call("POST", path, TypeAdapter(ReferenceAnswer))


def authorize(
    brand: str,
    seller_id: str,
    *,
    kinds: Iterable[ReferenceKind] = (ReferenceKind.LOGO,),
    markets: Iterable[str] = (),
    nice: Iterable[int] = (),
    first_day: date | None = None,
    last_day: date | None = None,
    grantors: Sequence[str] = (),
    document: Image | None = None,
) -> Call[AuthorizationAnswer]:
    """Authorize a seller. No markets or classes: all of them. No days: from today until revoked."""
    days = {"first_day": first_day, "last_day": last_day}
    return Call(
        "POST",
        f"/v1/brands/{brand}/authorizations",
        TypeAdapter(AuthorizationAnswer),
        form={
            "seller_id": seller_id,
            "kinds": ",".join(kind.value for kind in kinds),
            "markets": ",".join(markets),
            "nice": ",".join(str(number) for number in nice),
            "grantors": list(grantors),
            **{name: day.isoformat() for name, day in days.items() if day is not None},
        },
        files=[] if document is None else [("document", _file(document))],
    )


def list_authorizations(brand: str) -> Call[list[AuthorizationAnswer]]:
    """The authorizations of a brand, revoked and expired ones included."""
    return Call("GET", f"/v1/brands/{brand}/authorizations", TypeAdapter(list[AuthorizationAnswer]))


def revoke(brand: str, authorization_id: int) -> Call[AuthorizationAnswer]:
    """Revoke an authorization."""
    return Call("DELETE", f"/v1/brands/{brand}/authorizations/{authorization_id}", TypeAdapter(AuthorizationAnswer))


def _file(image: Image) -> tuple[str, bytes]:
    return (image.name, read_regular(image)) if isinstance(image, Path) else image
