"""The page of one reference: its image or word, its audit, how often it matched and how often that was confirmed."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.features.audit import Audit, Confusable
from brand_index.registration.photo_audit import AlikePhoto, PhotoAudit
from brand_index.registry.kept_files import lost_files, read_reference
from brand_index.types import MarkFeature, ReferenceImage, ReferenceKind
from scanner.moderation.cases.labels import found
from scanner.moderation.cases.suppressions import list_quarantines, list_suppressions
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import User
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.session import OWN_FORM, UserOf, check_sees, may_see, tenant_of
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.drawing import DrawingRequest

router = APIRouter(route_class=FormRoute, prefix="/console/brands", include_in_schema=False)


@router.get("/{brand}/{reference_id}.webp")
async def small_image(brand: str, reference_id: str, service: ServiceOf, user: UserOf) -> Response:
    """The reference as a thumbnail. A word has none."""
    check_sees(user, brand)
    reference = await _image(service, brand, reference_id)
    data = await service.thumbnails.image(reference_id, tenant_of(user), partial(_request, service, reference))
    return _webp(data or b"")


@router.get("/{brand}/{reference_id}/large.webp")
async def large_image(brand: str, reference_id: str, service: ServiceOf, user: UserOf) -> Response:
    """The reference at display size. A word has no image."""
    check_sees(user, brand)
    reference = await _image(service, brand, reference_id)
    drawings = await service.drawings.image(reference_id, tenant_of(user), partial(_request, service, reference))
    return _webp(drawings.listing or b"")


@router.get("/{brand}/{reference_id}")
async def reference_page(request: Request, brand: str, reference_id: str, service: ServiceOf, user: UserOf) -> Response:
    """The page. It shows the latest audit that somebody ran, and runs none."""
    return await show_reference(request, service, user, brand, reference_id, "")


async def show_reference(
    request: Request, service: Service, user: User, brand: str, reference_id: str, message: str
) -> Response:
    """The page of a reference, with a message about what was done."""
    check_sees(user, brand)
    reference = await _reference(service, brand, reference_id)

    def load() -> dict[str, object]:
        registry = service.registry
        marks = () if reference.mark_id is None else registry.marks()
        return {
            "brand": registry.brand(brand),
            "mark": next((each for each in marks if each.mark_id == reference.mark_id), None),
            "sharing": sum(each.mark_id == reference.mark_id for each in registry.references()) if marks else 0,
            "found": found(registry.database, reference_id),
            "quarantine": next(
                (each for each in list_quarantines(registry.database) if each.reference_id == reference_id), None
            ),
            "suppressions": sum(
                each.reference_id == reference_id for each in list_suppressions(registry.database, datetime.now(UTC))
            ),
            "is_lost": reference.withdrawn_at is None and bool(lost_files(service.store, [reference])),
            "revision": registry.references_revision(),
            "names": {each.brand_id: each.name for each in registry.brands()},
        }

    audited = service.audits.get(reference_id)
    similar = () if audited is None else resembled(audited.audit)
    loaded = await asyncio.to_thread(load)
    more = {
        "reference": reference,
        "audited": audited,
        "similar": similar,
        "set_aside": next(
            (each for each in service.keeper.published.set_aside if each.reference_id == reference_id), None
        ),
        "is_logo": reference.kind is ReferenceKind.LOGO,
        "shows_mark": reference.kind is not ReferenceKind.PHOTO,
        "may_see": {each.brand_id for each in similar if may_see(user, each.brand_id)},
        "may_review": user.role in (Role.REVIEWER, Role.ADMIN),
        "may_change": user.role in (Role.BRAND_OWNER, Role.ADMIN),
        "features": tuple(MarkFeature),
        "message": message,
    }
    return page(request, "reference.html.j2", loaded | more)


@router.post("/{brand}/{reference_id}/audit", dependencies=[OWN_FORM])
async def audit(brand: str, reference_id: str, service: ServiceOf, user: UserOf) -> Response:
    """Audit a reference in a side process, which takes seconds."""
    check_sees(user, brand)
    if (await _reference(service, brand, reference_id)).word is not None:
        raise Problem(HTTPStatus.CONFLICT, "not_audited", "a word is not audited: its warnings say how common it is")
    audited = await service.registrar.audit(brand, reference_id)
    if audited is None:
        raise Problem(HTTPStatus.CONFLICT, "not_in_force", "this reference is withdrawn, so it cannot be audited")
    service.audits[reference_id] = audited
    return RedirectResponse(f"/console/brands/{brand}/{reference_id}", HTTPStatus.SEE_OTHER)


def resembled(audit: Audit | PhotoAudit) -> tuple[Confusable | AlikePhoto, ...]:
    """The references that an audit names."""
    return audit.confusable if isinstance(audit, Audit) else audit.alike


async def _reference(service: Service, brand: str, reference_id: str) -> ReferenceImage:
    reference = await asyncio.to_thread(service.registry.reference, reference_id)
    if reference is None or reference.brand_id != brand:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_record", "this brand has no such reference")
    return reference


async def _image(service: Service, brand: str, reference_id: str) -> ReferenceImage:
    """A reference that has an image. Raises Problem."""
    reference = await _reference(service, brand, reference_id)
    if reference.word is not None:
        raise Problem(
            HTTPStatus.NOT_FOUND, "no_image", f"this reference is the word {reference.word!r}: it has no image"
        )
    return reference


def _request(service: Service, reference: ReferenceImage) -> DrawingRequest:
    return DrawingRequest(read_reference(service.store, reference), None, None, None, vector=True)


def _webp(data: bytes) -> Response:
    return Response(data, media_type="image/webp", headers=HEADERS)
