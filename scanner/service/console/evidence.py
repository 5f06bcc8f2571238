"""The evidence of a case as one zip, put together anew each time; the history keeps its digest."""

import asyncio
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

import pydantic_core
from fastapi import APIRouter
from starlette.responses import Response

from scanner.moderation.evidence import Overlay, Versions, bundle_digest, case_parts, write_bundle
from scanner.moderation.seller_notices.queries import appeals_against, documents_of, read_document
from scanner.moderation.store import Records
from scanner.service.api.access import ServiceOf
from scanner.service.console.case import Opened, open_case, to_draw
from scanner.service.console.session import ReviewerOf
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.drawing import draw

router = APIRouter(prefix="/console/cases", include_in_schema=False)
PROGRAM: Final = f"markscan {version('markscan')}"
OVERLAID: Final = 5  # surest matches of one image that are drawn; all are in the rows, and their references beside


@router.get("/{case_id}/evidence.zip")
async def download(case_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """All that is known of a case, with a manifest of hashes; `markscan evidence verify` finds any changed byte."""
    opened = await asyncio.to_thread(open_case, service, case_id)
    overlays = await overlays_of(service, opened)
    now = datetime.now(UTC)
    data = await asyncio.to_thread(bundle_of, service, opened, overlays, now)

    def keep_digest() -> None:
        with service.registry.database.acting(user.actor).write(now) as write:
            write.note("evidence made", case_id, {"manifest_sha256": bundle_digest(data), "bytes": len(data)})

    await asyncio.to_thread(keep_digest)
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{case_id}.zip"',
        "X-Manifest-SHA256": bundle_digest(data),
    }
    return Response(data, media_type="application/zip", headers=headers)


async def overlays_of(service: Service, opened: Opened) -> tuple[Overlay, ...]:
    """What counted in the image that tells a case and in each that was flagged, drawn in the process beside."""
    overlays = []
    for image in opened.images:
        wanted = image.flagged or image == opened.shown
        for item in image.counted[:OVERLAID] if wanted else ():
            shown = await asyncio.to_thread(to_draw, service, opened.scan, image, item)
            drawn = await service.side_process.run(draw, shown, service.settings)
            made = (("listing", drawn.listing), ("laid", drawn.laid), ("registered", drawn.registered))
            overlays += [Overlay(image.place, item.reference_id, word, data) for word, data in made if data is not None]
    return tuple(overlays)


def bundle_of(service: Service, opened: Opened, overlays: tuple[Overlay, ...], now: datetime) -> bytes:
    """A case's bundle. Raises Problem: it is too large for one."""
    records, registry, scan = Records(service.registry.database, service.store), service.registry, opened.scan
    counted = dict.fromkeys(item.reference_id for image in opened.images for item in image.counted)
    known = [reference for reference in map(registry.reference, counted) if reference is not None]
    files = [service.store.media_path(reference.sha256, reference.suffix) for reference in known]
    verdicts = [image.verdict for image in opened.images if image.verdict is not None]
    unmet = dict.fromkeys(each for verdict in verdicts for each in verdict.unmet_authorizations)
    revision = 0 if opened.shown.verdict is None else opened.shown.verdict.index_revision
    seller_notices, database = service.seller_notices.of_case(opened.case.case_id), service.registry.database
    appeals = [
        each for seller_notice in seller_notices for each in appeals_against(database, seller_notice.seller_notice_id)
    ]
    try:
        parts = case_parts(
            images=[records.image(scan, place) for place in range(len(scan.images))],
            references=[file.read_bytes() for file in dict.fromkeys(files) if file.is_file()],
            overlays=overlays,
            rows=[image.row for image in scan.images if image.row is not None],
            versions=Versions(PROGRAM, tuple(service.models.items()), revision, platform.python_version()),
            policy=service.settings.policy.read_text("utf-8"),
            held=opened.held,
            unmet=unmet,
            decisions=[pydantic_core.to_json(each).decode() for each in opened.decisions],
            seller_notices=[pydantic_core.to_json(each).decode() for each in seller_notices],
            appeals=[
                pydantic_core.to_json(asdict(each) | {"documents": documents_of(database, each.appeal_id)}).decode()
                for each in appeals
            ],
            documents=[
                read_document(service.store, document)
                for each in appeals
                for document in documents_of(database, each.appeal_id)
            ],
            events=registry.history(subject=opened.case.case_id),
        )
        return write_bundle(parts, opened.case.case_id, now, PROGRAM)
    except ValueError as error:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "bundle_too_large", str(error)) from error
