"""Who looks at a page: the cookie, the form's token, and pages that want somebody to log in first."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from scanner.service.accounts.tables import Role
from scanner.service.accounts.users import LONGEST, User, who
from scanner.service.api.access import service_of
from scanner.service.problems import Problem
from scanner.service.service import Service

LOGIN: Final = "/console/login"
_FIELDS: Final = 60  # of a form
_FILES: Final = 50


class NotLoggedIn(Exception):
    """Nobody is; the page that was asked for comes after the login."""

    def __init__(self, asked: str) -> None:
        super().__init__(asked)
        self.asked = asked


def cookie_of(service: Service) -> str:
    """The cookie's name: browsers take a __Host- cookie only over HTTPS, or from this machine."""
    return "__Host-markscan" if service.settings.service.secure_cookies else "markscan"


def give_cookie(response: Response, service: Service, token: str) -> None:
    """Let the browser keep a session's token, for this site and no script."""
    secure = service.settings.service.secure_cookies
    age = round(LONGEST.total_seconds())
    response.set_cookie(cookie_of(service), token, age, path="/", secure=secure, httponly=True, samesite="strict")


def take_cookie(response: Response, service: Service) -> None:
    """Let the browser forget it."""
    secure = service.settings.service.secure_cookies
    response.delete_cookie(cookie_of(service), path="/", secure=secure, httponly=True, samesite="strict")


async def person_of(request: Request) -> User:
    """Who looks at a page. Raises NotLoggedIn."""
    service = await service_of(request)
    token = request.cookies.get(cookie_of(service), "")
    user = await asyncio.to_thread(who, service.registry.database, token, datetime.now(UTC)) if token else None
    if user is None:
        raise NotLoggedIn(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    request.state.user, request.state.token = user, token
    return user


async def reviewer_of(request: Request) -> User:
    """Who decides cases. Raises NotLoggedIn, or Problem for a brand owner."""
    user = await person_of(request)
    if user.role not in (Role.REVIEWER, Role.ADMIN):
        raise Problem(HTTPStatus.FORBIDDEN, "wrong_role", "cases are decided by reviewers")
    return user


def may_see(user: User, brand: str) -> bool:
    """Whether a brand is somebody's to look at."""
    return user.role is not Role.BRAND_OWNER or brand in user.brands


def check_sees(user: User, brand: str) -> None:
    """Raises Problem when a brand is another owner's, whether there is one or not."""
    if not may_see(user, brand):
        raise Problem(HTTPStatus.FORBIDDEN, "other_brand", "this is another owner's brand")


def check_changes(user: User, brand: str) -> None:
    """Raises Problem when a brand is not somebody's to change."""
    check_sees(user, brand)
    if user.role not in (Role.BRAND_OWNER, Role.ADMIN):
        raise Problem(HTTPStatus.FORBIDDEN, "wrong_role", "a brand is changed by its owner")


def csrf_of(request: Request) -> str:
    """What a form of this session carries."""
    return _csrf(request.state.token)


async def form_of(request: Request, _: Annotated[User, Depends(person_of)]) -> AsyncIterator[FormData]:
    """The fields of a form that this session's own page sent. Raises Problem for any other."""
    async with request.form(max_fields=_FIELDS, max_files=_FILES) as form:
        given = form.get("csrf")
        right = isinstance(given, str) and hmac.compare_digest(given.encode(), _csrf(request.state.token).encode())
        if not right:
            raise Problem(HTTPStatus.FORBIDDEN, "foreign_form", "this form is not of your session: load the page again")
        yield form


def ask_to_log_in(asked: str) -> RedirectResponse:
    """To the login, and then to what was asked for."""
    return RedirectResponse(f"{LOGIN}?next={quote(asked, safe='/')}", HTTPStatus.SEE_OTHER)


def _csrf(token: str) -> str:
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


PersonOf = Annotated[User, Depends(person_of)]
ReviewerOf = Annotated[User, Depends(reviewer_of)]
FormOf = Annotated[FormData, Depends(form_of)]
OWN_FORM: Final = Depends(form_of)
"""Of a route that only wants to know that its form is of this session."""
