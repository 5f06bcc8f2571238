"""The endpoints of scans: what the upload pipeline calls."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.types import Scope

from scanner.moderation.records.scans import Scan, begin
from scanner.moderation.records.tables import ScanState
from scanner.service.accounts.tables import Role
from scanner.service.answers import ScanAnswer, scan_answer
from scanner.service.api.access import Pipeline, PipelineOrReviewer, ServiceOf, problems
from scanner.service.api.listing_form import (
    LISTING_FIELDS,
    LONGEST_PART,
    files_of,
    form_body,
    images_of,
    listing_of,
    queue_full,
)
from scanner.service.api.retries import IdempotencyKey, asked_before, done_once
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.pool import QueueFull
from scanner.verdicts.rows import json_text

SCANS: Final = "/v1/scans"
_SCANNING: Final = re.compile(rf"{SCANS}|/v1/brands/[^/]+/notices")  # of what is posted there images are scanned
router = APIRouter(prefix="/v1", tags=["scans"])
_EXAMPLE: Final = {"listing_id": "L-1", "seller_id": "S123", "market": "DE", "category": "clothing"}


class AdmissionLimit:
    """How many scans are asked for at once; each may hold a body in memory."""

    def __init__(self, most: int) -> None:
        self._most, self._inside = most, 0

    @contextmanager
    def admit(self, scope: Scope) -> Iterator[None]:
        """A place for a call, before its body is read. Raises Problem when there is none."""
        if scope["method"] != "POST" or _SCANNING.fullmatch(scope["path"]) is None:
            yield
            return
        if self._inside >= self._most:
            raise queue_full(f"{self._inside} calls are being answered already")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1


@router.post(
    "/scans",
    response_model=ScanAnswer,
    responses={202: {"model": ScanAnswer, "description": "Accepted, to be done later."}, **problems(409)},
    openapi_extra=form_body({}, _EXAMPLE),
)
async def create_scan(
    request: Request,
    service: ServiceOf,
    key: Pipeline,
    later: Annotated[
        bool, Query(alias="async", description="Answer 202 at once; a webhook tells when it is done.")
    ] = False,
    idempotency_key: IdempotencyKey = None,
    x_deadline_ms: Annotated[
        int | None, Header(ge=1, le=600_000, description="After so many milliseconds no stage is begun.")
    ] = None,
) -> Response:
    """Scan the images of one listing."""
    until = None if x_deadline_ms is None else time.monotonic() + x_deadline_ms / 1000
    bounds = service.settings.service
    most = len(LISTING_FIELDS)
    async with request.form(max_files=bounds.max_images, max_fields=most, max_part_size=LONGEST_PART) as form:
        listing, files = listing_of(form), [(file.filename, await file.read()) for file in files_of(form)]
    images = await images_of(files)
    scan = begin(listing, images, datetime.now(UTC), key_id=key.key_id, retry=idempotency_key)
    known = await asked_before(service, scan)
    if known is not None:
        return _answer(service, known)
    if later:
        if await asyncio.to_thread(service.records.queued) >= bounds.backlog:
            raise queue_full(f"{bounds.backlog} scans are accepted and not done")
        accepting = asyncio.to_thread(service.records.acting(key.actor).accept, scan, images)
        accepted = await done_once(service, scan, accepting)
        service.backlog.wake()
        return _answer(service, accepted)
    try:
        service.pool.admit(len(images))
    except QueueFull as error:
        raise queue_full(f"{service.pool.waiting} images wait already") from error
    scanning = service.scanner.scan(scan, images, actor=key.actor, until=until)
    return _answer(service, await done_once(service, scan, scanning))


@router.get("/scans/{scan_id}", response_model=ScanAnswer, responses=problems(404))
async def read_scan(scan_id: str, service: ServiceOf, key: PipelineOrReviewer) -> Response:
    """A scan and, once it is done, what came of it. A pipeline's key sees what it asked for."""
    scan = await asyncio.to_thread(service.records.scan, scan_id)
    if scan is None or (key.role is Role.PIPELINE and scan.key_id != key.key_id):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_scan", f"there is no scan {scan_id[:64]!r} of this key's")
    return _answer(service, scan, read=True)


def _answer(service: Service, scan: Scan, *, read: bool = False) -> Response:
    """200 of what is done or only read, else 202."""
    content = json_text(scan_answer(scan, service.scanner.shown_from)).encode()
    if read or scan.state is ScanState.DONE:
        return Response(content, media_type="application/json")
    headers = {"Location": f"{SCANS}/{scan.scan_id}"}
    return Response(content, HTTPStatus.ACCEPTED, headers, media_type="application/json")
