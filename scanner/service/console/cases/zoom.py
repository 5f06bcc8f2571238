"""The page on which both images of a case are looked at closely, at full size; a script moves them in step."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from scanner.service.api.access import ServiceOf
from scanner.service.console.cases.case import drawing_request, place_of
from scanner.service.console.cases.case_view import load_case
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.session import ReviewerOf, tenant_of
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.workers.drawing import DrawingRequest

router = APIRouter(route_class=FormRoute, prefix="/console/cases", include_in_schema=False)


@router.get("/{case_id}/{place}/zoom")
async def zoom_page(request: Request, case_id: str, place: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The page. It leases no case."""
    view = await asyncio.to_thread(load_case, service, case_id, place_of(place))
    return page(request, "zoom.html.j2", {"view": view, "case": view.case, "shown": view.shown})


@router.get("/{case_id}/{place}/full/{image}.webp")
async def full_image(case_id: str, place: str, image: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The `listing` image or its `reference`, decoded and drawn anew; `_outlined`: with what agrees and differs."""
    number = place_of(place)

    def request() -> DrawingRequest:
        view = load_case(service, case_id, number)
        return drawing_request(service, view.scan, view.shown, view.shown.evidence)

    data: bytes | None = None
    name, is_outlined = image.removesuffix("_outlined"), image.endswith("_outlined")
    if name in ("listing", "reference"):
        images = service.outlined_images if is_outlined else service.full_images
        drawn = await images.image(f"{case_id}/{number}", tenant_of(user), request)
        data = getattr(drawn, name)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "the image is no longer kept")
    return Response(data, media_type="image/webp", headers=HEADERS)
