"""The endpoints of scans: what the upload pipeline calls."""

import asyncio
import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile
from starlette.types import Scope

from brand_index.errors import RegistryError
from scanner.keys import ApiKey
from scanner.records import Picture, Scan, begin
from scanner.service.access import Pipeline, PipelineOrReviewer, ServiceOf, problems
from scanner.service.answers import ScanAnswer, scan_answer
from scanner.service.pool import QueueFull
from scanner.service.problems import RETRY_AFTER, Problem
from scanner.service.service import Service
from scanner.tables import Role, ScanState
from scanner.types import Listing

SCANS: Final = "/v1/scans"
LISTING_FIELDS: Final = ("listing_id", "seller_id", "market", "category", "title", "condition")
LONGEST_FIELD: Final = 2_000  # characters
LONGEST_NAME: Final = 255
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
router = APIRouter(prefix="/v1", tags=["scans"])
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["images"],
                    "properties": {
                        "images": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "format": "binary"},
                            "description": "The pictures of one listing: bytes, never an address.",
                        },
                        **{name: {"type": "string", "maxLength": LONGEST_FIELD} for name in LISTING_FIELDS},
                    },
                },
                "example": {"listing_id": "L-1", "seller_id": "S123", "market": "DE", "category": "clothing"},
            }
        },
    }
}


class Door:
    """How many scans are asked for at once; each may hold a body in memory."""

    def __init__(self, most: int) -> None:
        self._most, self._inside = most, 0

    @contextmanager
    def admit(self, scope: Scope) -> Iterator[None]:
        """A place for a call, before its body is read. Raises Problem when there is none."""
        if scope["method"] != "POST" or scope["path"] != SCANS:
            yield
            return
        if self._inside >= self._most:
            raise _full(f"{self._inside} calls are being answered already")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1


@router.post(
    "/scans",
    response_model=ScanAnswer,
    responses={202: {"model": ScanAnswer, "description": "Accepted, to be done later."}, **problems(409)},
    openapi_extra=_BODY,
)
async def create_scan(
    request: Request,
    service: ServiceOf,
    key: Pipeline,
    later: Annotated[
        bool, Query(alias="async", description="Answer 202 at once; a webhook tells when it is done.")
    ] = False,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=200, description="The same call sent again is answered as before.")
    ] = None,
    x_deadline_ms: Annotated[
        int | None, Header(ge=1, le=600_000, description="After so many milliseconds no stage is begun.")
    ] = None,
) -> JSONResponse:
    """Scan the pictures of one listing."""
    until = None if x_deadline_ms is None else time.monotonic() + x_deadline_ms / 1000
    bounds = service.settings.service
    async with request.form(max_files=bounds.max_images, max_fields=len(LISTING_FIELDS), max_part_size=65_536) as form:
        listing, files = _listing(form), [(file.filename, await file.read()) for file in _files(form)]
    pictures = await asyncio.to_thread(_pictures, files)
    scan = begin(listing, pictures, datetime.now(UTC), key_id=key.key_id, retry=idempotency_key)
    known = await _retried(service, key, scan)
    if known is not None:
        return _answer(service, known)
    if later:
        if await asyncio.to_thread(service.records.queued) >= bounds.backlog:
            raise _full(f"{bounds.backlog} scans are accepted and not done")
        accepted = await _once(
            service, key, scan, asyncio.to_thread(service.records.acting(key.actor).accept, scan, pictures)
        )
        service.backlog.tell()
        return _answer(service, accepted)
    try:
        service.pool.admit(len(pictures))
    except QueueFull as error:
        raise _full(f"{service.pool.waiting} pictures wait already") from error
    done = await _once(service, key, scan, service.scanner.scan(scan, pictures, actor=key.actor, until=until))
    return _answer(service, done)


@router.get("/scans/{scan_id}", response_model=ScanAnswer, responses=problems(404))
async def read_scan(scan_id: str, service: ServiceOf, key: PipelineOrReviewer) -> JSONResponse:
    """A scan and, once it is done, what came of it. A pipeline's key sees what it asked for."""
    scan = await asyncio.to_thread(service.records.scan, scan_id)
    if scan is None or (key.role is Role.PIPELINE and scan.key_id != key.key_id):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_scan", f"there is no scan {scan_id[:64]!r} of this key's")
    return _answer(service, scan, read=True)


async def _once(service: Service, key: ApiKey, scan: Scan, work: Any) -> Scan:
    """What `work` gives, or, where the same call was quicker at it, what that gave."""
    try:
        done: Scan = await work
        return done
    except RegistryError:
        known = await _retried(service, key, scan)
        if known is None:
            raise
        return known


async def _retried(service: Service, key: ApiKey, scan: Scan) -> Scan | None:
    """The scan that this call asked for before; None: it is new. Raises Problem when it asked for another."""
    if scan.idempotency_key is None:
        return None
    known = await asyncio.to_thread(service.records.retried, key.key_id, scan.idempotency_key)
    if known is not None and known.request_sha256 != scan.request_sha256:
        detail = f"Idempotency-Key {scan.idempotency_key!r} came with another listing or other pictures: use a new one"
        raise Problem(HTTPStatus.CONFLICT, "idempotency_key_reused", detail)
    return known


def _answer(service: Service, scan: Scan, *, read: bool = False) -> JSONResponse:
    """200 of what is done or only read, else 202."""
    content = scan_answer(scan, service.scanner.shown_from)
    if read or scan.state is ScanState.DONE:
        return JSONResponse(content)
    return JSONResponse(content, HTTPStatus.ACCEPTED, {"Location": f"{SCANS}/{scan.scan_id}"})


def _full(why: str) -> Problem:
    detail = f"{why}: send the call again after {RETRY_AFTER} s"
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "queue_full", detail, {"Retry-After": str(RETRY_AFTER)})


def _listing(form: FormData) -> Listing:
    values: dict[str, str] = {}
    for name, value in form.multi_items():
        if name == "images":
            continue
        if name not in LISTING_FIELDS or not isinstance(value, str) or name in values:
            raise _wrong(f"field {name[:64]!r}: send images, and each of {', '.join(LISTING_FIELDS)} once at most")
        if len(value) > LONGEST_FIELD or _CONTROLS.search(value):
            raise _wrong(f"{name}: {LONGEST_FIELD} characters at most, none of them a control character")
        values[name] = value.strip()
    return Listing(**{name: values.get(name) or None for name in LISTING_FIELDS})


def _files(form: FormData) -> Sequence[UploadFile]:
    files = [each for each in form.getlist("images") if isinstance(each, UploadFile)]
    if not files or len(files) < len(form.getlist("images")):
        raise _wrong("images: send one or several files under this name, as multipart/form-data")
    return files


def _pictures(files: Iterable[tuple[str | None, bytes]]) -> Sequence[Picture]:
    return [
        Picture(
            _CONTROLS.sub("\ufffd", name or "")[:LONGEST_NAME] or f"image-{place}",
            hashlib.sha256(data).hexdigest(),
            data,
        )
        for place, (name, data) in enumerate(files, start=1)
    ]


def _wrong(detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_field", detail)
