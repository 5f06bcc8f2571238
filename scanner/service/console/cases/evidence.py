"""The evidence bundle of a case: one zip, made anew for each download; the history records its digest."""

import asyncio
import hashlib
import platform
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

import pydantic_core
from fastapi import APIRouter, Request
from starlette.responses import Response

from brand_index.errors import FileAltered
from brand_index.registry.kept_files import read_reference
from scanner.bulk.report.outlines import is_in_image
from scanner.moderation.cases.comments import comments_on
from scanner.moderation.evidence import (
    MADE,
    Altered,
    Overlay,
    Versions,
    altered_records,
    bundle_digest,
    case_parts,
    write_bundle,
)
from scanner.moderation.seller_notices.queries import appeals_against, documents_of, read_document
from scanner.moderation.store import Records
from scanner.service.api.access import ServiceOf
from scanner.service.console.cases.case import drawing_request
from scanner.service.console.cases.case_view import CaseView, load_case
from scanner.service.console.session import ReviewerOf, tenant_of
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.drawing import DrawingRequest, draw
from scanner.service.workers.fair_queue import Tenant

router = APIRouter(route_class=FormRoute, prefix="/console/cases", include_in_schema=False)
PROGRAM: Final = f"markscan {version('markscan')}"
DRAWN: Final = ("listing", "reference", "aligned_listing", "aligned_reference")
CONCEALED: Final = "concealed-mark"  # stands in the name of a part where a reference's id would
OVERLAYS: Final = 5  # of one image, for its matches of highest confidence; the rows hold all matches


@router.get("/{case_id}/evidence.zip")
async def download(request: Request, case_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """All records of a case with a manifest of hashes; `markscan evidence verify` finds any changed byte."""
    view = await asyncio.to_thread(load_case, service, case_id)
    overlays = await overlays_of(service, view, tenant_of(user))
    now = datetime.now(UTC)
    data = await asyncio.to_thread(bundle_of, service, view, overlays, now)

    sha256, of_manifest = hashlib.sha256(data).hexdigest(), bundle_digest(data)

    def keep_digest() -> None:
        with service.registry.database.acting(user.actor).write(now) as write:
            write.note(MADE, case_id, {"manifest_sha256": of_manifest, "sha256": sha256, "bytes": len(data)})

    if not request.state.only_head:  # then nobody gets the bundle
        await asyncio.to_thread(keep_digest)
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{case_id[:8]}-{sha256[:8]}.zip"',
        "X-SHA256": sha256,
        "X-Manifest-SHA256": of_manifest,
    }
    return Response(data, media_type="application/zip", headers=headers)


async def overlays_of(service: Service, view: CaseView, tenant: Tenant) -> tuple[Overlay, ...]:
    """Overlays of the matches in the case's main image and in each flagged image, drawn in the side process.

    A word in the listing's texts alone has none.
    """
    overlays = []
    for image in view.images:
        if not (image.flagged or image == view.shown):
            continue
        if image.patches and not image.counted:
            request = partial(drawing_request, service, view.scan, image, None)
            overlays += await _drawn(service, tenant, request, image.place, CONCEALED)
        for item in image.counted[:OVERLAYS]:
            if not is_in_image(item):
                continue
            request = partial(drawing_request, service, view.scan, image, item)
            overlays += await _drawn(service, tenant, request, image.place, item.reference_id)
    return tuple(overlays)


async def _drawn(
    service: Service, tenant: Tenant, request: Callable[[], DrawingRequest], place: int, subject: str
) -> list[Overlay]:
    """The overlays of one match or patch; none: a file was altered, as the bundle says."""
    try:
        drawings = await service.drawing.run(tenant, partial(draw, settings=service.settings), request)
    except FileAltered:
        return []
    found = ((name, getattr(drawings, name)) for name in DRAWN)
    return [Overlay(place, subject, name.replace("_", "-"), data) for name, data in found if data is not None]


def bundle_of(service: Service, view: CaseView, overlays: tuple[Overlay, ...], now: datetime) -> bytes:
    """The bundle of a case. Raises Problem when it would be too large."""
    records, registry, scan = Records(service.registry.database, service.store), service.registry, view.scan
    counted = dict.fromkeys(item.reference_id for image in view.images for item in image.counted)
    references = {each.sha256: each for each in map(registry.reference, counted) if each is not None}
    verdicts = [image.verdict for image in view.images if image.verdict is not None]
    unmet = dict.fromkeys(each for verdict in verdicts for each in verdict.unmet_authorizations)
    revision = 0 if view.shown.verdict is None else view.shown.verdict.index_revision
    seller_notices, database = service.seller_notices.of_case(view.case.case_id), service.registry.database
    appeals = [
        each for seller_notice in seller_notices for each in appeals_against(database, seller_notice.seller_notice_id)
    ]
    documents = [each for appeal in appeals for each in documents_of(database, appeal.appeal_id)]
    kept, store, case_id = _KeptFiles(), service.store, view.case.case_id
    events, comments = registry.history(subject=case_id), comments_on(database, case_id)
    records_of_case = [
        *((table, case_id) for table in ("scans", "cases", "notices")),
        *(("scanned_images", f"{case_id}/{place}") for place in range(len(scan.images))),
        *(("case_decisions", str(each.decision_id)) for each in view.decisions),
        *(("case_comments", str(each.comment_id)) for each in comments),
        *(("seller_notices", each.seller_notice_id) for each in seller_notices),
        *(("ledger", each.ledger_event) for each in seller_notices if each.ledger_event is not None),
        *(("appeals", each.appeal_id) for each in appeals),
        *(("appeal_documents", f"{each.appeal_id}/{each.position}") for each in documents),
        *(("reference_images", each.reference_id) for each in references.values()),
        *(("authorizations", str(each.authorization_id)) for each in view.held),
        *(("brands", each.brand_id) for each in references.values()),
    ]
    kept_references = [
        (each, data)
        for each in references.values()
        if (data := kept.read(f"reference {each.reference_id}", partial(read_reference, store, each)))
    ]
    try:
        parts = case_parts(
            images=[
                kept.read(f"listing {place + 1}", partial(records.image, scan, place))
                for place in range(len(scan.images))
            ],
            references=[data for each, data in kept_references if each.word is None],
            words=[data for each, data in kept_references if each.word is not None],
            overlays=overlays,
            rows=[image.row for image in scan.images if image.row is not None],
            versions=Versions(PROGRAM, tuple(service.models.items()), revision, platform.python_version()),
            policy=service.settings.policy.read_text("utf-8"),
            held=view.held,
            unmet=unmet,
            decisions=[pydantic_core.to_json(each).decode() for each in view.decisions],
            comments=[pydantic_core.to_json(each).decode() for each in comments],
            seller_notices=[pydantic_core.to_json(each).decode() for each in seller_notices],
            appeals=[
                pydantic_core.to_json(asdict(each) | {"documents": documents_of(database, each.appeal_id)}).decode()
                for each in appeals
            ],
            documents=[
                kept.read(f"document {place}", partial(read_document, store, document))
                for place, document in enumerate(documents, start=1)
            ],
            altered=[*kept.altered, *altered_records(registry, events, records_of_case)],
            events=events,
        )
        return write_bundle(parts, view.case.case_id, now, PROGRAM)
    except ValueError as error:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "bundle_too_large", str(error)) from error


class _KeptFiles:
    """Reads the files of a case, and notes those that were altered."""

    def __init__(self) -> None:
        self.altered: list[Altered] = []

    def read(self, name: str, read: Callable[[], bytes | None]) -> bytes | None:
        """What `read` returns; None, too, for an altered file."""
        try:
            return read()
        except FileAltered as error:
            self.altered.append(Altered(name, f"{error.how}; it is not in the bundle"))
            return None
