"""Logging in and out, and the files that pages need."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from limits import RateLimitItemPerMinute
from starlette.responses import FileResponse, RedirectResponse, Response

from scanner.service.accounts.tables import Role
from scanner.service.accounts.users import log_in, log_out
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import FOLDER, page
from scanner.service.console.session import OWN_FORM, PersonOf, cookie_of, give_cookie, take_cookie
from scanner.service.problems import Problem

router = APIRouter(prefix="/console", include_in_schema=False)
TRIES: Final = RateLimitItemPerMinute(10)  # that fail, of a name from one address
_STATIC: Final = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """A file that pages need."""
    if name not in _STATIC:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such file")
    headers = {"Cache-Control": "private, max-age=300"}
    return FileResponse(FOLDER / "static" / name, media_type=_STATIC[name], headers=headers)


@router.get("/login")
async def login_page(request: Request) -> Response:
    """The form."""
    return page(request, "login.html.j2", {"next": _own(request.query_params.get("next")), "wrong": ""})


@router.post("/login")
async def login(request: Request, service: ServiceOf) -> Response:
    """Begin a session."""
    async with request.form(max_fields=5, max_files=0) as form:
        name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
        onward = _own(str(form.get("next", "")))
    who = f"{name} {request.client.host if request.client else ''}"
    if not await service.rate_limiter.test(TRIES, who):
        wrong = "Too many tries. Wait a minute."
        return page(request, "login.html.j2", {"next": onward, "wrong": wrong}, HTTPStatus.TOO_MANY_REQUESTS)
    token = await asyncio.to_thread(log_in, service.registry.database, name, password, datetime.now(UTC))
    if token is None:
        await service.rate_limiter.hit(TRIES, who)
        wrong = "Name or password is wrong."
        return page(request, "login.html.j2", {"next": onward, "wrong": wrong}, HTTPStatus.UNAUTHORIZED)
    answer = RedirectResponse(onward, HTTPStatus.SEE_OTHER)
    give_cookie(answer, service, token)
    return answer


@router.post("/logout", dependencies=[OWN_FORM])
async def logout(request: Request, service: ServiceOf, user: PersonOf) -> Response:
    """End the session."""
    token = request.cookies[cookie_of(service)]
    await asyncio.to_thread(log_out, service.registry.database, token, datetime.now(UTC))
    answer = RedirectResponse("/console/login", HTTPStatus.SEE_OTHER)
    take_cookie(answer, service)
    return answer


@router.get("")
@router.get("/")
async def home(user: PersonOf) -> Response:
    """Where somebody's work is."""
    own = next(iter(sorted(user.brands)), "")
    place = f"/console/brands/{own}" if user.role is Role.BRAND_OWNER else "/console/queue"
    return RedirectResponse(place, HTTPStatus.SEE_OTHER)


def _own(place: str | None) -> str:
    """A page of the console, and of no other site."""
    plain = place is not None and place.startswith("/console") and "//" not in place and "\\" not in place
    return place if place is not None and plain else "/console"
