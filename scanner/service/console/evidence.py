"""The evidence of a case as one zip, put together anew each time; the history keeps its digest."""

import asyncio
import platform
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

import pydantic_core
from fastapi import APIRouter
from starlette.responses import Response

from scanner.bundles import Versions, bundle_digest, case_parts, write_bundle
from scanner.records import Records
from scanner.service.access import ServiceOf
from scanner.service.console.case import Opened, drawn_of, open_case
from scanner.service.console.drawing import Drawn
from scanner.service.console.session import ReviewerOf
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(prefix="/console/cases", include_in_schema=False)
PROGRAM: Final = f"markscan {version('markscan')}"


@router.get("/{case_id}/evidence.zip")
async def download(case_id: str, service: ServiceOf, person: ReviewerOf) -> Response:
    """All that is known of a case, with a manifest of hashes; `markscan evidence verify` finds any changed byte."""
    opened = await asyncio.to_thread(open_case, service, case_id)
    drawn = await drawn_of(service, opened)
    now = datetime.now(UTC)
    data = await asyncio.to_thread(bundle_of, service, opened, drawn, now)

    def keep_digest() -> None:
        with service.registry.database.acting(person.actor).write(now) as write:
            write.note("evidence made", case_id, {"manifest_sha256": bundle_digest(data), "bytes": len(data)})

    await asyncio.to_thread(keep_digest)
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{case_id}.zip"',
        "X-Manifest-SHA256": bundle_digest(data),
    }
    return Response(data, media_type="application/zip", headers=headers)


def bundle_of(service: Service, opened: Opened, drawn: Drawn, now: datetime) -> bytes:
    """A case's bundle. Raises Problem: it is too large for one."""
    records, registry, scan = Records(service.registry.database, service.store), service.registry, opened.scan
    references = []
    if opened.reference is not None:
        file = service.store.media_path(opened.reference.sha256, opened.reference.suffix)
        references = [file.read_bytes()] if file.is_file() else []
    verdict = opened.verdict
    revision = 0 if verdict is None else verdict.index_revision
    try:
        parts = case_parts(
            pictures=[records.picture(scan, place) for place in range(len(scan.pictures))],
            references=references,
            overlays=[each for each in (drawn.listing, drawn.laid, drawn.registered) if each is not None],
            rows=[picture.row for picture in scan.pictures if picture.row is not None],
            versions=Versions(PROGRAM, tuple(service.models.items()), revision, platform.python_version()),
            policy=service.settings.policy.read_text("utf-8"),
            held=opened.held,
            unmet=() if verdict is None else verdict.unmet_authorizations,
            decisions=[pydantic_core.to_json(each).decode() for each in opened.decisions],
            events=registry.history(subject=opened.case.case_id),
        )
        return write_bundle(parts, opened.case.case_id, now, PROGRAM)
    except ValueError as error:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "bundle_too_large", str(error)) from error
