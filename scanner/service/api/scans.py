"""The endpoints of scans, for the upload pipeline."""

import asyncio
import re
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.types import Scope

from brand_index.errors import RegistryError
from scanner.moderation.cases.notices import NoticeOpen
from scanner.moderation.records.scans import Scan, begin
from scanner.moderation.records.tables import ScanState
from scanner.moderation.searching import MOST, ScanFilters, find_scans
from scanner.moderation.seller_notices.statuses import CaseStatus, statuses_of
from scanner.service.accounts.keys import ApiKey
from scanner.service.accounts.roles import Role
from scanner.service.answers import ScanAnswer, ScanPageAnswer, scan_answer, summary_answer
from scanner.service.api.access import Pipeline, PipelineOrReviewer, ServiceOf, problems
from scanner.service.api.listing_form import (
    files_of,
    form_body,
    images_of,
    listing_form,
    listing_of,
    queue_full,
)
from scanner.service.limits.forms import FormRoute
from scanner.service.limits.shares import FairShares
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.pool import QueueFull
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.rows import json_text
from scanner.verdicts.types import Decision

SCANS: Final = "/v1/scans"
_SCANNING: Final = re.compile(rf"{SCANS}|/v1/brands/[^/]+/notices")  # paths whose POST calls scan images
router = APIRouter(route_class=FormRoute, prefix="/v1", tags=["scans"])
_EXAMPLE: Final = {"listing_id": "L-1", "seller_id": "S123", "market": "DE", "category": "clothing"}
_IDEMPOTENCY: Final = "A call sent again with the same key gets the same answer and does nothing."
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200, description=_IDEMPOTENCY)]


def scans_images(scope: Scope) -> bool:
    """Whether a call scans images."""
    return scope["method"] == "POST" and _SCANNING.fullmatch(scope["path"]) is not None


class ScanQuery(BaseModel):
    """Which scans to list. Each time names its zone; `from` is inclusive, `to` is not."""

    model_config = ConfigDict(extra="forbid")

    listing_id: str | None = None
    seller_id: str | None = None
    state: ScanState | None = None
    decision: Decision | None = Field(default=None, description="Of the scan. What to do now is in its case.")
    case_state: CaseState | None = None
    accepted_from: AwareDatetime | None = None
    accepted_to: AwareDatetime | None = None
    finished_from: AwareDatetime | None = None
    finished_to: AwareDatetime | None = None
    cursor: str | None = Field(default=None, max_length=200, description="From the page before.")
    limit: int = Field(default=50, ge=1, le=MOST)


class AdmissionLimit:
    """Limits how many scan calls run at once, since each may hold a body in memory."""

    def __init__(self, most: int) -> None:
        self._shares = FairShares(most)

    @contextmanager
    def admit(self, scope: Scope) -> Iterator[None]:
        """Admit a call before its body is read. Raises Problem when too many run, or too many of its key."""
        if not scans_images(scope):
            yield
            return
        key: ApiKey = scope["state"]["key"]
        with self._shares.hold(key.key_id):
            yield


@router.post(
    "/scans",
    response_model=ScanAnswer,
    responses={202: {"model": ScanAnswer, "description": "Accepted. The scan runs later."}, **problems(409)},
    openapi_extra=form_body({}, _EXAMPLE),
)
async def create_scan(
    request: Request,
    service: ServiceOf,
    key: Pipeline,
    later: Annotated[
        bool, Query(alias="async", description="Answer 202 at once. A webhook message follows when the scan is done.")
    ] = False,
    idempotency_key: IdempotencyKey = None,
    x_deadline_ms: Annotated[
        int | None, Header(ge=1, le=600_000, description="After this many milliseconds no further stage starts.")
    ] = None,
) -> Response:
    """Scan the images of one listing."""
    until = None if x_deadline_ms is None else time.monotonic() + x_deadline_ms / 1000
    bounds = service.settings.service
    async with listing_form(request, bounds.max_images) as form:
        listing, files = listing_of(form), [(file.filename, await file.read()) for file in files_of(form)]
    images = await images_of(files)
    scan = begin(listing, images, datetime.now(UTC), key_id=key.key_id, retry=idempotency_key)
    earlier = await earlier_scan(service, scan)
    if earlier is not None:
        return await _answer(service, earlier)
    if later:
        if await asyncio.to_thread(service.records.queued) >= bounds.backlog:
            raise queue_full(f"{bounds.backlog} accepted scans are waiting")
        accepting = asyncio.to_thread(service.records.acting(key.actor).accept, scan, images)
        accepted = await run_once(service, scan, accepting)
        service.backlog.wake()
        return await _answer(service, accepted)
    try:
        service.pool.admit(len(images))
    except QueueFull as error:
        raise queue_full(f"{service.pool.waiting} images are waiting") from error
    scanning = service.scanner.scan(scan, images, actor=key.actor, until=until)
    return await _answer(service, await run_once(service, scan, scanning))


@router.get("/scans", response_model=ScanPageAnswer, responses=problems())
async def list_scans(
    query: Annotated[ScanQuery, Query()], service: ServiceOf, key: PipelineOrReviewer
) -> dict[str, Any]:
    """Recorded scans, the newest first, without their images. A key with the role pipeline sees its own scans."""
    fields = query.model_dump(exclude={"cursor", "limit"})
    filters = ScanFilters(key_id=key.key_id if key.role is Role.PIPELINE else None, **fields)
    found = await asyncio.to_thread(
        find_scans, service.registry.database, filters, cursor=query.cursor, limit=query.limit
    )
    return {"scans": [summary_answer(each, each.case) for each in found.scans], "cursor": found.cursor}


@router.get("/scans/{scan_id}", response_model=ScanAnswer, responses=problems(404))
async def read_scan(scan_id: str, service: ServiceOf, key: PipelineOrReviewer) -> Response:
    """A scan, its result once it is done, and what became of its case. A key with the role pipeline sees its own."""
    scan = await asyncio.to_thread(service.records.scan, scan_id)
    if scan is None or (key.role is Role.PIPELINE and scan.key_id != key.key_id):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_scan", f"this key has no scan {scan_id[:64]!r}")
    return await _answer(service, scan, read=True)


async def _answer(service: Service, scan: Scan, *, read: bool = False) -> Response:
    """200 if the scan is done or the call only reads it, else 202."""
    case = await asyncio.to_thread(_case_of, service, scan)
    content = json_text(scan_answer(scan, service.scanner.shown_from, case)).encode()
    if read or scan.state is ScanState.DONE:
        return Response(content, media_type="application/json")
    headers = {"Location": f"{SCANS}/{scan.scan_id}"}
    return Response(content, HTTPStatus.ACCEPTED, headers, media_type="application/json")


def _case_of(service: Service, scan: Scan) -> CaseStatus | None:
    with service.registry.database.read() as connection:
        return statuses_of(connection, [scan.scan_id]).get(scan.scan_id)


async def earlier_scan(service: Service, scan: Scan) -> Scan | None:
    """The scan that an earlier call with this key made; None: the key is new. Raises Problem for a different call."""
    if scan.idempotency_key is None or scan.key_id is None:
        return None
    earlier = await asyncio.to_thread(service.records.retried, scan.key_id, scan.idempotency_key)
    if earlier is not None and earlier.request_sha256 != scan.request_sha256:
        detail = f"Idempotency-Key {scan.idempotency_key!r} belongs to another listing or other images: use a new one"
        raise Problem(HTTPStatus.CONFLICT, "idempotency_key_reused", detail)
    return earlier


async def run_once(service: Service, scan: Scan, work: Awaitable[Scan]) -> Scan:
    """The result of `work`; if the same call finished first on another connection, the result of that."""
    try:
        return await work
    except (RegistryError, NoticeOpen):
        earlier = await earlier_scan(service, scan)
        if earlier is None:
            raise
        return earlier
