"""The endpoint for rights holders' notices: scans the listing and always opens a case for a reviewer."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.datastructures import FormData

from brand_index.types import ReferenceKind
from scanner.engine.types import FailedImage
from scanner.moderation.cases.notices import (
    LONGEST_STATEMENT,
    Notice,
    NoticeSubmission,
    check_no_open_notice,
    notice_on,
)
from scanner.moderation.records.scans import ImageRecord, Scan, UploadedImage, begin
from scanner.service.api.access import BrandOwner, ServiceOf, check_brand_of, problems
from scanner.service.api.listing_form import (
    files_of,
    form_body,
    images_of,
    listing_form,
    listing_of,
    queue_full,
    text_of,
    wrong_field,
)
from scanner.service.api.own_images import remark_on
from scanner.service.api.scans import IdempotencyKey, earlier_scan, run_once
from scanner.service.limits.forms import FormRoute
from scanner.service.service import Service
from scanner.service.workers.pool import QueueFull
from scanner.verdicts.rows import RowError, ScannedImage, moment_text

NOTICE_FIELDS: Final = ("kind", "statement")
router = APIRouter(route_class=FormRoute, prefix="/v1/brands", tags=["notices"])
_MORE: Final[dict[str, Any]] = {
    "kind": {
        "type": "string",
        "enum": list(ReferenceKind),
        "description": "What the listing shows of the brand.",
    },
    "statement": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_STATEMENT,
        "description": "Why the listing must not show it, for the reviewer.",
    },
}
_EXAMPLE: Final = {"listing_id": "L-1", "seller_id": "S123", "kind": "photo", "statement": "Our photo, not our goods."}


class NoticeImage(BaseModel):
    """An image of a listing that a notice is about."""

    image: str = Field(examples=["front.jpg"])
    image_sha256: str
    found: list[str] = Field(description="IDs of the brand's references that it matches, the highest confidence first.")
    error: RowError | None = Field(description="Why it could not be scanned; null if it was.")
    remark: str | None = Field(description="What of it was not scanned, and why; null: it was scanned whole.")


class NoticeAnswer(BaseModel):
    """A rights holder's notice. A reviewer decides its case."""

    case_id: str
    brand_id: str
    kind: ReferenceKind
    statement: str
    submitted_at: datetime
    listing_id: str | None
    seller_id: str | None
    market: str | None
    category: str | None
    title: str | None
    condition: str | None
    description: str | None
    images: list[NoticeImage]


@router.post(
    "/{brand}/notices",
    status_code=HTTPStatus.CREATED,
    response_model=NoticeAnswer,
    responses=problems(404, 409),
    openapi_extra=form_body(_MORE, _EXAMPLE),
)
async def create_notice(
    request: Request, brand: str, service: ServiceOf, key: BrandOwner, idempotency_key: IdempotencyKey = None
) -> JSONResponse:
    """Submit a notice about a listing. Its images are scanned, and a case is opened for a reviewer."""
    check_brand_of(key, brand)
    await asyncio.to_thread(service.registry.brand, brand)
    async with listing_form(request, service.settings.service.max_images, NOTICE_FIELDS) as form:
        listing, notice = listing_of(form, NOTICE_FIELDS), notice_of(form, brand)
        files = [(file.filename, await file.read()) for file in files_of(form)]
    images = await images_of(files)
    extra, now = (notice.brand_id, notice.kind.value, notice.statement), datetime.now(UTC)
    scan = begin(listing, images, now, key_id=key.key_id, retry=idempotency_key, besides=extra)
    done = await earlier_scan(service, scan)
    if done is None:
        done = await run_once(service, scan, submit_notice(service, scan, images, notice, key.actor))
    made = await asyncio.to_thread(notice_on, service.registry.database, done.scan_id)
    assert made is not None  # it is recorded with the scan
    return JSONResponse(_answer(made, done, service.scanner.shown_from), HTTPStatus.CREATED)


async def submit_notice(
    service: Service, scan: Scan, images: Sequence[UploadedImage], notice: NoticeSubmission, actor: str
) -> Scan:
    """Scan the listing of a notice and open its case, as `actor`.

    Raises NoticeOpen, and Problem when the queue is full or no image can be read.
    """
    await asyncio.to_thread(_check_new, service, actor, notice, scan)
    try:
        service.pool.admit(len(images))
    except QueueFull as error:
        raise queue_full(f"{service.pool.waiting} images are waiting") from error
    return await service.scanner.scan(scan, images, actor=actor, notice=notice)


def _check_new(service: Service, actor: str, notice: NoticeSubmission, scan: Scan) -> None:
    """Look before anything is scanned; the write that opens the case looks again."""
    with service.registry.database.read() as connection:
        check_no_open_notice(connection, actor, notice, scan.listing)


def notice_of(form: FormData, brand: str) -> NoticeSubmission:
    """The notice in a form. Raises Problem, InvalidField."""
    kind = text_of(form, "kind")
    if kind not in set(ReferenceKind):
        raise wrong_field(f"kind {kind[:64]!r}: send logo, photo or word")
    # A browser sends each end of a line as two characters, and counts it as one.
    return NoticeSubmission(brand, ReferenceKind(kind), text_of(form, "statement").replace("\r\n", "\n").strip())


def _answer(made: Notice, scan: Scan, shown_from: float) -> dict[str, Any]:
    """A notice as JSON, with the matches of the brand's own references only."""
    return {
        "case_id": made.case_id,
        "brand_id": made.brand_id,
        "kind": made.kind.value,
        "statement": made.statement,
        "submitted_at": moment_text(made.at),
        **asdict(scan.listing),
        "images": [_image_answer(image, made.brand_id, shown_from) for image in scan.images],
    }


def _image_answer(image: ImageRecord, brand: str, shown_from: float) -> dict[str, Any]:
    row = image.row
    evidence = row.verdict.evidence if isinstance(row, ScannedImage) else ()
    own = (each for each in evidence if each.brand_id == brand and each.shared is None)
    seen = (each.reference_id for each in own if each.confidence >= shown_from)
    return {
        "image": image.name,
        "image_sha256": image.sha256,
        "found": list(dict.fromkeys(seen)),
        "error": {"code": row.code, "message": row.message} if isinstance(row, FailedImage) else None,
        "remark": remark_on(image) or None,
    }
