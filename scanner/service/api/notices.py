"""The endpoint at which rights holders point out listings: images are scanned, and a person looks in any case."""

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
from scanner.moderation.cases.notices import LONGEST_STATEMENT, Claim, Notification, notification_of
from scanner.moderation.records.scans import ImageRecord, Scan, UploadedImage, begin
from scanner.service.answers import ImageFailure
from scanner.service.api.access import BrandOwner, ServiceOf, check_brand_of, problems
from scanner.service.api.listing_form import (
    LISTING_FIELDS,
    LONGEST_PART,
    files_of,
    form_body,
    images_of,
    listing_of,
    queue_full,
    word_of,
    wrong_field,
)
from scanner.service.api.retries import IdempotencyKey, asked_before, done_once
from scanner.service.service import Service
from scanner.service.workers.pool import QueueFull
from scanner.verdicts.rows import FailedImage, ScannedImage

CLAIM_FIELDS: Final = ("kind", "statement")
router = APIRouter(prefix="/v1/brands", tags=["notifications"])
_MORE: Final[dict[str, Any]] = {
    "kind": {"type": "string", "enum": list(ReferenceKind), "description": "What of the brand's the listing shows."},
    "statement": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_STATEMENT,
        "description": "Why it must not be shown, for the person who decides.",
    },
}
_EXAMPLE: Final = {"listing_id": "L-1", "seller_id": "S123", "kind": "photo", "statement": "Our photo, not our goods."}


class NotifiedImage(BaseModel):
    """An image of a listing that was pointed out."""

    image: str = Field(examples=["front.jpg"])
    image_sha256: str
    found: list[str] = Field(description="Ids of the brand's own images that were seen in it, the surest first.")
    error: ImageFailure | None = Field(description="Why nobody knows what it shows; null: it was looked at.")


class NotificationAnswer(BaseModel):
    """A listing that a rights holder pointed out; a person decides on its case."""

    case_id: str
    brand_id: str
    kind: ReferenceKind
    statement: str
    notified_at: datetime
    listing_id: str | None
    seller_id: str | None
    market: str | None
    category: str | None
    title: str | None
    condition: str | None
    images: list[NotifiedImage]


@router.post(
    "/{brand}/notifications",
    status_code=HTTPStatus.CREATED,
    response_model=NotificationAnswer,
    responses=problems(404, 409),
    openapi_extra=form_body(_MORE, _EXAMPLE),
)
async def point_out_listing(
    request: Request, brand: str, service: ServiceOf, key: BrandOwner, idempotency_key: IdempotencyKey = None
) -> JSONResponse:
    """Point out a listing that shows the brand's logo or photo: its images are scanned, and a case is opened."""
    check_brand_of(key, brand)
    await asyncio.to_thread(service.registry.brand, brand)
    most, fields = service.settings.service.max_images, len(LISTING_FIELDS) + len(CLAIM_FIELDS)
    async with request.form(max_files=most, max_fields=fields, max_part_size=LONGEST_PART) as form:
        listing, claim = listing_of(form, CLAIM_FIELDS), claim_of(form, brand)
        files = [(file.filename, await file.read()) for file in files_of(form)]
    images = await images_of(files)
    besides, now = (claim.brand_id, claim.kind.value, claim.statement), datetime.now(UTC)
    scan = begin(listing, images, now, key_id=key.key_id, retry=idempotency_key, besides=besides)
    done = await asked_before(service, scan)
    if done is None:
        done = await done_once(service, scan, point_out(service, scan, images, claim, key.actor))
    made = await asyncio.to_thread(notification_of, service.registry.database, done.scan_id)
    assert made is not None  # it is recorded with the scan
    return JSONResponse(_answer(made, done, service.scanner.shown_from), HTTPStatus.CREATED)


async def point_out(service: Service, scan: Scan, images: Sequence[UploadedImage], claim: Claim, actor: str) -> Scan:
    """Scan what `actor` points out, and open its case. Raises Problem: as many images wait as may."""
    try:
        service.pool.admit(len(images))
    except QueueFull as error:
        raise queue_full(f"{service.pool.waiting} images wait already") from error
    return await service.scanner.scan(scan, images, actor=actor, claim=claim)


def claim_of(form: FormData, brand: str) -> Claim:
    """What a form says of a listing that it points out. Raises Problem, InvalidField."""
    kind = word_of(form, "kind")
    if kind not in set(ReferenceKind):
        raise wrong_field(f"kind {kind[:64]!r}: say logo or photo")
    # A browser sends each end of a line as two characters, and counts it as one.
    return Claim(brand, ReferenceKind(kind), word_of(form, "statement").replace("\r\n", "\n").strip())


def _answer(made: Notification, scan: Scan, shown_from: float) -> dict[str, Any]:
    """A notification as JSON. Of what was seen it says what is the brand's: what others registered is theirs."""
    return {
        "case_id": made.case_id,
        "brand_id": made.brand_id,
        "kind": made.kind.value,
        "statement": made.statement,
        "notified_at": made.at.isoformat(),
        **asdict(scan.listing),
        "images": [_notified(image, made.brand_id, shown_from) for image in scan.images],
    }


def _notified(image: ImageRecord, brand: str, shown_from: float) -> dict[str, Any]:
    row = image.row
    evidence = row.verdict.evidence if isinstance(row, ScannedImage) else ()
    seen = (each.reference_id for each in evidence if each.brand_id == brand and each.confidence >= shown_from)
    return {
        "image": image.name,
        "image_sha256": image.sha256,
        "found": list(dict.fromkeys(seen)),
        "error": {"code": row.code, "message": row.message} if isinstance(row, FailedImage) else None,
    }
