"""A registered image's page: what it is, what is to be expected of it, and how often it was found and upheld."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.types import ReferenceImage, ReferenceKind
from scanner.moderation.cases.labels import found
from scanner.moderation.cases.suppressions import list_quarantines, list_suppressions
from scanner.service.accounts.tables import Role
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.session import OWN_FORM, PersonOf, check_sees, may_see
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.drawing import Drawn, Shown, draw
from scanner.service.workers.registering import audit_registered

router = APIRouter(prefix="/console/brands", include_in_schema=False)


@router.get("/{brand}/{reference_id}.webp")
async def small_image(brand: str, reference_id: str, service: ServiceOf, user: PersonOf) -> Response:
    """A registered image, drawn small."""
    check_sees(user, brand)
    known = await _known(service, brand, reference_id)
    data = service.small.get(reference_id)
    if data is None:
        data = service.small[reference_id] = (await _drawn(service, known)).small or b""
    return _webp(data)


@router.get("/{brand}/{reference_id}/large.webp")
async def large_image(brand: str, reference_id: str, service: ServiceOf, user: PersonOf) -> Response:
    """A registered image, drawn large."""
    check_sees(user, brand)
    known = await _known(service, brand, reference_id)
    drawn = service.drawn.get(reference_id)
    if drawn is None:
        drawn = service.drawn[reference_id] = await _drawn(service, known)
    return _webp(drawn.listing or b"")


@router.get("/{brand}/{reference_id}")
async def reference_page(
    request: Request, brand: str, reference_id: str, service: ServiceOf, user: PersonOf
) -> Response:
    """The page. It shows the audit that somebody asked for lately, and makes none."""
    check_sees(user, brand)
    reference = await _known(service, brand, reference_id)

    def look() -> dict[str, object]:
        registry = service.registry
        marks = () if reference.mark_id is None else registry.marks()
        return {
            "brand": registry.brand(brand),
            "mark": next((each for each in marks if each.mark_id == reference.mark_id), None),
            "found": found(registry.database, reference_id),
            "quarantine": next(
                (each for each in list_quarantines(registry.database) if each.reference_id == reference_id), None
            ),
            "suppressions": sum(
                each.reference_id == reference_id for each in list_suppressions(registry.database, datetime.now(UTC))
            ),
            "revision": registry.references_revision(),
            "names": {each.brand_id: each.name for each in registry.brands()},
        }

    audited = service.audits.get(reference_id)
    seen = await asyncio.to_thread(look)
    more = {
        "reference": reference,
        "audited": audited,
        "is_logo": reference.kind is ReferenceKind.LOGO,
        "may_see": {each.brand_id for each in audited.audit.confusable if may_see(user, each.brand_id)}
        if audited
        else (),
        "may_review": user.role in (Role.REVIEWER, Role.ADMIN),
    }
    return page(request, "reference.html.j2", seen | more)


@router.post("/{brand}/{reference_id}/audit", dependencies=[OWN_FORM])
async def audit(brand: str, reference_id: str, service: ServiceOf, user: PersonOf) -> Response:
    """Find out what is to be expected of a logo, in the process beside the service: it takes seconds."""
    check_sees(user, brand)
    if (await _known(service, brand, reference_id)).kind is not ReferenceKind.LOGO:
        raise Problem(HTTPStatus.CONFLICT, "not_a_logo", "a photo is looked for as itself: only logos are audited")
    made = await service.side_process.run(audit_registered, service.store, service.settings, reference_id)
    if made is None:
        raise Problem(HTTPStatus.CONFLICT, "not_in_force", "this logo is not in force: nothing is to be expected of it")
    service.audits[reference_id] = made
    return RedirectResponse(f"/console/brands/{brand}/{reference_id}", HTTPStatus.SEE_OTHER)


async def _known(service: Service, brand: str, reference_id: str) -> ReferenceImage:
    known = await asyncio.to_thread(service.registry.reference, reference_id)
    if known is None or known.brand_id != brand:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_record", "this brand has no such reference")
    return known


async def _drawn(service: Service, reference: ReferenceImage) -> Drawn:
    path = service.store.media_path(reference.sha256, reference.suffix)
    content = await asyncio.to_thread(path.read_bytes)
    return await service.side_process.run(draw, Shown(content, None, None, None), service.settings, vector=True)


def _webp(data: bytes) -> Response:
    return Response(data, media_type="image/webp", headers={**HEADERS, "Cache-Control": "private, max-age=3600"})
