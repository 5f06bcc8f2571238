"""The session of a user: its cookie, its form token, its rights, and the redirect to the log-in page."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote, unquote, urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from brand_index import fields
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import LONGEST, User, user_of_session
from scanner.service.addresses import caller_of
from scanner.service.api.access import service_of
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.fair_queue import Tenant

CONSOLE: Final = "/console"
LOGIN: Final = f"{CONSOLE}/login"
_FORMS: Final = re.compile(  # whose addresses look like a page's: a seller's id may hold slashes
    r"^(/console/sellers/.+?)/(?:points|confirm|remove/[^/]+)$"
    r"|^(/console/brands/[^/]+)/(?:authorizations|edit|notices|quarantine|references|reinstate|suppressions)(?:/.*)?$"
)
DEVICE: Final = timedelta(days=180)  # how long a browser keeps the device cookie
_FIELDS: Final = 260  # of a form: 200 cases that are decided together, and what is decided
_FILES: Final = 50
LONGEST_FIELD: Final = 65_536  # characters


class NotLoggedIn(Exception):
    """There is no session. After the log-in the user gets the page that was `asked` for.

    `unsent`: it was a form that was sent, and nothing of it was recorded; then `asked` is the form's page.
    """

    def __init__(self, asked: str, *, unsent: bool = False) -> None:
        super().__init__(asked)
        self.asked, self.unsent = asked, unsent


def cookie_of(service: Service) -> str:
    """The cookie's name: browsers take a __Host- cookie only over HTTPS, or from this machine."""
    return "__Host-markscan" if service.settings.service.secure_cookies else "markscan"


def give_cookie(response: Response, service: Service, token: str) -> None:
    """Set the session cookie, for this site only and hidden from scripts."""
    secure = service.settings.service.secure_cookies
    age = round(LONGEST.total_seconds())
    response.set_cookie(cookie_of(service), token, age, path="/", secure=secure, httponly=True, samesite="strict")


def take_cookie(response: Response, service: Service) -> None:
    """Delete the session cookie, and what the browser kept of the console's pages and images."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'  # not "cookies": the device cookie stays
    secure = service.settings.service.secure_cookies
    response.delete_cookie(cookie_of(service), path="/", secure=secure, httponly=True, samesite="strict")


def device_cookie_of(service: Service) -> str:
    """The name of the cookie by which a browser that a user logged in with before is known to the log-in."""
    return f"{cookie_of(service)}-device"


def give_device_cookie(response: Response, service: Service, value: str) -> None:
    """Set the device cookie. It opens nothing, so it outlives the session."""
    secure = service.settings.service.secure_cookies
    name, age = device_cookie_of(service), round(DEVICE.total_seconds())
    response.set_cookie(name, value, age, path="/", secure=secure, httponly=True, samesite="strict")


def check_own_site(request: Request) -> None:
    """Raises Problem for a form of another site, as the browser says; for forms that no session protects."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:  # browsers send it over HTTPS, and no script can
        foreign = site not in {"same-origin", "none"}
    else:
        foreign = origin is not None and urlsplit(origin).hostname != _host(request)
    if foreign:
        detail = "this form came from another site: open the log-in page itself"
        raise Problem(HTTPStatus.FORBIDDEN, "foreign_form", detail)


def _host(request: Request) -> str | None:
    return urlsplit(f"//{request.headers.get('host', '')}").hostname


async def user_of(request: Request) -> User:
    """The user of the session. Raises NotLoggedIn."""
    service = await service_of(request)
    token = request.cookies.get(cookie_of(service), "")
    user = await _user(request, service, token) if token else None
    if user is None:
        if request.method not in ("GET", "HEAD"):
            raise NotLoggedIn(_page_of_form(request), unsent=True)
        raise NotLoggedIn(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    request.state.user, request.state.token = user, token
    return user


async def know_user(request: Request) -> None:
    """Remember who is logged in, if anybody is, for a page that needs nobody."""
    with suppress(NotLoggedIn, Problem):
        await user_of(request)


async def _user(request: Request, service: Service, token: str) -> User | None:
    await service.session_guesses.count(token, caller_of(request))
    user = await asyncio.to_thread(user_of_session, service.registry.database, token, datetime.now(UTC))
    service.session_guesses.learn(token, valid=user is not None)
    return user


async def reviewer_of(request: Request) -> User:
    """The user of the session, a reviewer or admin. Raises NotLoggedIn, or Problem for a brand owner."""
    user = await user_of(request)
    if user.role not in (Role.REVIEWER, Role.ADMIN):
        raise Problem(HTTPStatus.FORBIDDEN, "wrong_role", "only reviewers and admins may see this page")
    return user


def tenant_of(user: User) -> Tenant:
    """For whom the images that the user looks at are drawn."""
    return Tenant("users", user.user_id)


def may_see(user: User, brand: str) -> bool:
    """Whether the user may see a brand."""
    return user.role is not Role.BRAND_OWNER or brand in user.brands


def brands_of(user: User) -> frozenset[str] | None:
    """The brands that the user may see; None: all."""
    return user.brands if user.role is Role.BRAND_OWNER else None


def check_sees(user: User, brand: str) -> None:
    """Raises Problem when the user may not see a brand, whether it exists or not."""
    if not may_see(user, brand):
        raise Problem(HTTPStatus.FORBIDDEN, "other_brand", "this brand belongs to another owner")


def check_changes(user: User, brand: str) -> None:
    """Raises Problem when the user may not change a brand."""
    check_sees(user, brand)
    if user.role not in (Role.BRAND_OWNER, Role.ADMIN):
        raise Problem(HTTPStatus.FORBIDDEN, "wrong_role", "only its owner or an admin may change a brand")


def csrf_of(request: Request) -> str:
    """The token that forms of this session carry."""
    return _csrf(request.state.token)


async def form_of(request: Request, user: Annotated[User, Depends(user_of)]) -> AsyncIterator[FormData]:
    """The fields of a form that a page of this session sent.

    Raises Problem for any other form, and before the form is read when the user uploads too much at once.
    """
    bodies = (await service_of(request)).bodies
    with bodies.hold(f"user {user.user_id}", request.headers):
        async with request.form(max_fields=_FIELDS, max_files=_FILES, max_part_size=4 * LONGEST_FIELD) as form:
            _check_form(request, form)
            check_texts(form)
            yield form


def _check_form(request: Request, form: FormData) -> None:
    """Raises Problem unless a page of this session sent the form."""
    token = form.get("csrf")
    if not isinstance(token, str) or not hmac.compare_digest(token.encode(), _csrf(request.state.token).encode()):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "foreign_form",
            "this form belongs to another session: load the page again and send it once more",
        )


def check_texts(form: FormData) -> None:
    """Raises InvalidField when a field, its name or a file's name has control characters."""
    for name, value in form.multi_items():
        fields.words("the name of a field", name)
        if isinstance(value, str):
            fields.passage(name, value, LONGEST_FIELD)  # of several lines; who needs a line asks for fields.words
        elif value.filename:
            fields.words("file name", value.filename)


def ask_to_log_in(asked: str, *, unsent: bool = False) -> RedirectResponse:
    """A redirect to the log-in page, which leads on to the page that was asked for; arguments as of NotLoggedIn."""
    why = "&unsent=1" if unsent else ""
    return RedirectResponse(f"{LOGIN}?next={quote(asked, safe='/')}{why}", HTTPStatus.SEE_OTHER)


def _page_of_form(request: Request) -> str:
    """The page that holds a form that was sent: the one the browser names, else the nearest above the form's address.

    A page that answered a form cannot be got by its address, so the browser's word holds for pages only.
    """
    named = urlsplit(request.headers.get("referer", ""))
    if named.hostname == _host(request) and _is_page(request, named.path):
        return named.path + (f"?{named.query}" if named.query else "")
    path = _FORMS.sub(lambda found: found[1] or found[2], request.url.path)
    while path != CONSOLE and not _is_page(request, path):
        path = path.rpartition("/")[0] or CONSOLE
    return path


def _is_page(request: Request, path: str) -> bool:
    """Whether a browser gets a page of the console under this address."""
    if not path.startswith(f"{CONSOLE}/") or path == LOGIN or _FORMS.search(path):
        return False
    scope = {**request.scope, "method": "GET", "path": unquote(path), "raw_path": path.encode()}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def _csrf(token: str) -> str:
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


UserOf = Annotated[User, Depends(user_of)]
ReviewerOf = Annotated[User, Depends(reviewer_of)]
FormOf = Annotated[FormData, Depends(form_of)]
OWN_FORM: Final = Depends(form_of)
"""For a route that needs no field of its form, only the check of its token."""
