"""A user's own page: its sessions, and forms to change the password and to end the other sessions.

Both forms ask for the current password, because whoever sits at an unlocked screen has a session but not the password.
"""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from brand_index.errors import InvalidField
from scanner.service.accounts.passwords import LEAST_PASSWORD, LONGEST_PASSWORD, check_password
from scanner.service.accounts.users import User, digest, end_sessions, log_out, sessions_of
from scanner.service.addresses import caller_of
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, UserOf, cookie_of, device_cookie_of, give_cookie
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service

ACCOUNT = "/console/account"
router = APIRouter(route_class=FormRoute, prefix=ACCOUNT, include_in_schema=False)


@router.get("")
async def account_page(request: Request, service: ServiceOf, user: UserOf) -> Response:
    """The page."""
    return await _page(request, service, user)


@router.post("/password")
async def change_password(request: Request, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Set a new password and end all other sessions."""
    new = _text(form, "new")
    try:
        if new != _text(form, "again"):
            raise InvalidField("the two new passwords differ: type the same twice")
        check_password(new, (user.user_id, *user.brands))
        token = await _proven(request, service, user, _text(form, "current"))
        await service.logins.set_password(user.user_id, new, keep=token, now=datetime.now(UTC))
    except InvalidField as error:
        return await _page(request, service, user, str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    except Problem as problem:
        return await _page(request, service, user, problem.detail, problem.status)
    return _with_new_session(service, token)


@router.post("/sessions/end")
async def end_other_sessions(request: Request, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """End all sessions of the user except that of this browser, which gets a new token."""
    try:
        token = await _proven(request, service, user, _text(form, "current"))
    except Problem as problem:
        return await _page(request, service, user, problem.detail, problem.status)
    database, now = service.registry.database.acting(user.actor), datetime.now(UTC)
    await asyncio.to_thread(lambda: end_sessions(database, user.user_id, now, keep=token))
    return _with_new_session(service, token)


async def _proven(request: Request, service: Service, user: User, password: str) -> str:
    """The token of a new session, which takes the place of this one. Raises Problem unless the password is right."""
    device, now = request.cookies.get(device_cookie_of(service), ""), datetime.now(UTC)
    token = await service.logins.log_in(user.user_id, password, caller=caller_of(request), device=device, now=now)
    if token is None:
        raise Problem(HTTPStatus.FORBIDDEN, "wrong_password", "the current password is wrong")
    await asyncio.to_thread(log_out, service.registry.database, request.cookies[cookie_of(service)], now)
    return token


def _with_new_session(service: Service, token: str) -> Response:
    answer = RedirectResponse(f"{ACCOUNT}?done=1", HTTPStatus.SEE_OTHER)
    give_cookie(answer, service, token)
    return answer


async def _page(
    request: Request, service: Service, user: User, wrong: str = "", status: int = HTTPStatus.OK
) -> Response:
    found = await asyncio.to_thread(sessions_of, service.registry.database, user.user_id, datetime.now(UTC))
    shown = {
        "sessions": found,
        "own": digest(request.state.token),
        "wrong": wrong,
        "done": "done" in request.query_params and not wrong,
        "least": LEAST_PASSWORD,
        "longest": LONGEST_PASSWORD,
    }
    return page(request, "account.html.j2", shown, status)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
