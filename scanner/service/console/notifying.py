"""Pointing out a listing from a brand's page; what comes of it is the API's."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.errors import MarkscanError
from scanner.moderation.records.scans import begin
from scanner.service.api.access import ServiceOf
from scanner.service.api.listing_form import files_of, images_of, listing_of, wrong_field
from scanner.service.api.notices import CLAIM_FIELDS, claim_of, point_out
from scanner.service.console.brands import show_brand
from scanner.service.console.session import FormOf, PersonOf, check_changes
from scanner.service.problems import Problem

router = APIRouter(prefix="/console/brands", include_in_schema=False)


@router.post("/{brand}/notifications")
async def notify(request: Request, brand: str, service: ServiceOf, user: PersonOf, form: FormOf) -> Response:
    """Scan what is pointed out, open its case, and say so on the brand's page."""
    check_changes(user, brand)
    await asyncio.to_thread(service.registry.brand, brand)
    most = service.settings.service.max_images
    try:
        listing, claim = listing_of(form, (*CLAIM_FIELDS, "csrf")), claim_of(form, brand)
        files = files_of(form)
        if len(files) > most:
            raise wrong_field(f"{len(files)} images: {most} at most")
    except (Problem, MarkscanError) as error:
        return await show_brand(request, service, user, brand, (f"Not pointed out. {error}",))
    images = await images_of([(each.filename, await each.read()) for each in files])
    scan = begin(listing, images, datetime.now(UTC))
    done = await point_out(service, scan, images, claim, user.actor)
    return RedirectResponse(f"/console/brands/{brand}?notified={done.scan_id}", HTTPStatus.SEE_OTHER)
