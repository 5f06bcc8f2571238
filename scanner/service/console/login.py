"""Log-in and log-out, and the static files of the pages."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import log_out
from scanner.service.addresses import caller_of
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import FOLDER, page
from scanner.service.console.session import (
    OWN_FORM,
    UserOf,
    check_own_site,
    check_texts,
    cookie_of,
    device_cookie_of,
    give_cookie,
    give_device_cookie,
    take_cookie,
)
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem

router = APIRouter(route_class=FormRoute, prefix="/console", include_in_schema=False)
LONGEST_FIELD: Final = 8_192  # bytes: whoever sends it is not known yet
UNSENT: Final = "Your session had ended: nothing was recorded. Log in again, and send the form on the next page."
_SCRIPTS: Final = ("box.js", "console.js", "covers.js", "drafts.js", "select.js", "seller.js", "zoom.js")
_STATIC: Final = {"console.css": "text/css", "icon.svg": "image/svg+xml"} | dict.fromkeys(_SCRIPTS, "text/javascript")


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """A stylesheet, script or icon."""
    if name not in _STATIC:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such file")
    headers = {"Cache-Control": "private, max-age=300"}
    return FileResponse(FOLDER / "static" / name, media_type=_STATIC[name], headers=headers)


@router.get("/login")
async def login_page(request: Request, service: ServiceOf) -> Response:
    """The log-in form."""
    service.drawing.start()  # whoever logs in wants to see images
    wrong = UNSENT if "unsent" in request.query_params else ""
    return page(request, "login.html.j2", {"next": _own(request.query_params.get("next")), "wrong": wrong})


@router.post("/login", dependencies=[Depends(check_own_site)])
async def login(request: Request, service: ServiceOf) -> Response:
    """Start a session."""
    async with request.form(max_fields=5, max_files=0, max_part_size=LONGEST_FIELD) as form:
        check_texts(form)
        name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
        onward = _own(str(form.get("next", "")))
    device, now = request.cookies.get(device_cookie_of(service), ""), datetime.now(UTC)
    try:
        token = await service.logins.log_in(name, password, caller=caller_of(request), device=device, now=now)
    except Problem as problem:
        answer = page(request, "login.html.j2", {"next": onward, "wrong": problem.detail}, problem.status)
        answer.headers.update(problem.headers)
        return answer
    if token is None:
        wrong = "The name or the password is wrong."
        return page(request, "login.html.j2", {"next": onward, "wrong": wrong}, HTTPStatus.UNAUTHORIZED)
    earlier = request.cookies.get(cookie_of(service), "")
    if earlier:
        await asyncio.to_thread(log_out, service.registry.database, earlier, now)
    redirect = RedirectResponse(onward, HTTPStatus.SEE_OTHER)
    give_cookie(redirect, service, token)
    give_device_cookie(redirect, service, service.logins.device_cookie(name))
    return redirect


@router.post("/logout", dependencies=[OWN_FORM])
async def logout(request: Request, service: ServiceOf, user: UserOf) -> Response:
    """End the session."""
    token = request.cookies[cookie_of(service)]
    await asyncio.to_thread(log_out, service.registry.database, token, datetime.now(UTC))
    answer = RedirectResponse("/console/login", HTTPStatus.SEE_OTHER)
    take_cookie(answer, service)
    return answer


@router.get("")
@router.get("/")
async def home(user: UserOf) -> Response:
    """Redirect to the page that the user works on."""
    own = next(iter(sorted(user.brands)), "")
    place = f"/console/brands/{own}" if user.role is Role.BRAND_OWNER else "/console/queue"
    return RedirectResponse(place, HTTPStatus.SEE_OTHER)


def _own(place: str | None) -> str:
    """The address, if it is a page of this console, else the console's first page."""
    plain = place is not None and place.startswith("/console") and "//" not in place and "\\" not in place
    return place if place is not None and plain else "/console"
