"""The page of a brand's forms of marks: what is in force, from which case, what it found, and what waits."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from brand_index.errors import MarkscanError
from scanner.moderation.cases.cases import Cases
from scanner.moderation.cases.negatives import match_of
from scanner.moderation.forms.overview import forms_of_brand
from scanner.moderation.forms.proposing import LONGEST_REASON, check_open, refuse
from scanner.moderation.forms.tables import FormState
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import User
from scanner.service.api.access import RowId, ServiceOf
from scanner.service.api.forms import check_own
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.session import OWN_FORM, FormOf, UserOf, check_changes, check_sees, tenant_of
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.accepting import Accepted
from scanner.service.workers.drawing import DrawingRequest

router = APIRouter(route_class=FormRoute, prefix="/console/brands", include_in_schema=False)


@router.get("/{brand}/forms")
async def forms_page(request: Request, brand: str, service: ServiceOf, user: UserOf) -> Response:
    """The page."""
    return await _page(request, service, user, brand)


@router.get("/{brand}/forms/{form_id}.webp")
async def form_image(brand: str, form_id: RowId, service: ServiceOf, user: UserOf) -> Response:
    """The listing image that a form is cut from, with its region outlined."""
    check_sees(user, brand)
    form = await asyncio.to_thread(check_own, service, brand, form_id)

    def request() -> DrawingRequest:
        scan, case = service.records.scan(form.case_id), Cases(service.registry.database).case(form.case_id)
        if scan is None or case is None:
            return DrawingRequest(None, None, None, None)
        with service.registry.database.read() as connection:
            evidence = match_of(connection, case)
        return DrawingRequest(service.records.image(scan, form.position), None, None, evidence)

    data = await service.thumbnails.image(f"form/{form_id}", tenant_of(user), request)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "the image is no longer kept")
    return Response(data, media_type="image/webp", headers=HEADERS)


@router.post("/{brand}/forms/{form_id}/accept", dependencies=[OWN_FORM])
async def accept(request: Request, brand: str, form_id: RowId, service: ServiceOf, user: UserOf) -> Response:
    """Accept a form, in a side process, which takes seconds."""
    check_changes(user, brand)
    known = await asyncio.to_thread(check_own, service, brand, form_id)
    try:
        check_open(known, names_reviewers=user.role is not Role.BRAND_OWNER)
        done = await service.acceptor.accept(brand, Accepted(form_id, user.user_id), user.actor)
    except MarkscanError as error:
        return await _page(request, service, user, brand, wrong=str(error))
    service.keeper.task.wake()
    if done.state is FormState.ACCEPTED:
        said = f"Form {form_id} is accepted. Scans find it within a minute."
        return await _page(request, service, user, brand, said=said)
    return await _page(request, service, user, brand, wrong=f"Form {form_id} is not accepted. {done.reason}")


@router.post("/{brand}/forms/{form_id}/refuse")
async def refuse_form(
    request: Request, brand: str, form_id: RowId, service: ServiceOf, user: UserOf, form: FormOf
) -> Response:
    """Refuse a form."""
    check_changes(user, brand)
    known = await asyncio.to_thread(check_own, service, brand, form_id)
    database, reason = service.registry.database.acting(user.actor), str(form.get("reason", ""))
    try:
        check_open(known, names_reviewers=user.role is not Role.BRAND_OWNER)
        await asyncio.to_thread(refuse, database, form_id, user.user_id, reason, datetime.now(UTC))
    except MarkscanError as error:
        return await _page(request, service, user, brand, wrong=str(error))
    return await _page(request, service, user, brand, said=f"Form {form_id} is refused.")


async def _page(
    request: Request, service: Service, user: User, brand: str, *, said: str = "", wrong: str = ""
) -> Response:
    check_sees(user, brand)

    def load() -> dict[str, object]:
        return {"brand": service.registry.brand(brand), "marks": forms_of_brand(service.registry, brand)}

    more = {
        "said": said,
        "wrong": wrong,
        "may_change": user.role in (Role.BRAND_OWNER, Role.ADMIN),
        "may_review": user.role in (Role.REVIEWER, Role.ADMIN),
        "longest_reason": LONGEST_REASON,
        "confirmations": service.scanner.forms.confirmations,
    }
    status = HTTPStatus.CONFLICT if wrong else HTTPStatus.OK
    return page(request, "mark_forms.html.j2", await asyncio.to_thread(load) | more, status)
