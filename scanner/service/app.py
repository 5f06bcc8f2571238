"""The FastAPI application: its routers, its answers to errors, and its health endpoints."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.types import Scope

from brand_index.errors import MarkscanError
from brand_index.store import Store
from scanner.moderation.seller_notices.links import PAGE
from scanner.service import seller_page
from scanner.service.access_middleware import CONSOLE, AccessMiddleware
from scanner.service.accounts.call_counters import counters_of, is_server
from scanner.service.accounts.keys import ApiKey, bearer
from scanner.service.answers import Ready
from scanner.service.api import brand_cases, edits, forms, notices, registrations, scans, search, seller_notices
from scanner.service.api.access import AnyRole, problems, service_in
from scanner.service.console import account, login, overview
from scanner.service.console.brands import (
    authorizations,
    brands,
    conflicts,
    editing,
    references,
    registering,
    searching,
    withdrawing,
)
from scanner.service.console.brands import cases as holder_cases
from scanner.service.console.brands import forms as mark_forms
from scanner.service.console.cases import case, evidence, queue, selection, teamwork, undoing, zoom
from scanner.service.console.pages import page
from scanner.service.console.sellers import appeals, sellers, statements
from scanner.service.console.session import NotLoggedIn, ask_to_log_in, know_user
from scanner.service.lifecycle.opening import Opening
from scanner.service.lifecycle.readiness import readiness
from scanner.service.metrics import CONTENT_TYPE, Metrics
from scanner.service.problems import Problem, invalid_call, problem_of, response_of
from scanner.service.service import open_service
from scanner.service.tasks.periodic_task import utc_now
from scanner.service.traces import trace
from scanner.settings import Settings

_NO_PAGE: Final[dict[int, str]] = {  # by status: what a page says where no route answers
    HTTPStatus.NOT_FOUND: "there is no page under this address: check it, or find the case in the queue",
    HTTPStatus.METHOD_NOT_ALLOWED: "this address only takes what a page's form sends: go back to that page",
}
_DESCRIPTION = (
    "Finds registered logos and copied product photos in listing images, and decides what the upload pipeline should "
    "do. Every call except /healthz, /readyz and /openapi.json needs `Authorization: Bearer mk_…`."
)


def create_app(
    store: Store,
    settings: Settings,
    transport: httpx.AsyncBaseTransport | None = None,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The application over `store`; it answers at once, and opens its parts meanwhile.

    `transport` of messages; None: the network. `clock` by which it judges whether it is ready.
    """
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Opening(app.state, lambda say: open_service(store, settings, metrics, transport, say=say)):
            yield

    app = FastAPI(
        title="Markscan",
        version=version("markscan"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # the redirect would lead to whatever Host the call names
    )

    def key_of(text: str) -> ApiKey | None:
        return bearer(service_in(app.state).registry.database, text)

    storage = counters_of(lambda: service_in(app.state).registry.database, shared=is_server(settings.registry_url))
    admission = scans.AdmissionLimit(settings.service.queue + (settings.service.workers or os.cpu_count() or 1))

    @contextmanager
    def admit(scope: Scope) -> Iterator[None]:
        key: ApiKey | None = scope["state"].get("key")
        with ExitStack() as stack:
            stack.enter_context(admission.admit(scope))
            if key is not None and not scans.scans_images(scope):
                stack.enter_context(service_in(app.state).bodies.hold(f"key {key.key_id}", Headers(scope=scope)))
            yield

    app.add_middleware(
        AccessMiddleware, key_of=key_of, admit=admit, settings=settings.service, metrics=metrics, storage=storage
    )
    app.include_router(scans.router)
    app.include_router(registrations.router)
    app.include_router(search.router)
    app.include_router(edits.router)
    app.include_router(brand_cases.router)
    app.include_router(forms.router)
    app.include_router(notices.router)
    app.include_router(seller_notices.router)
    app.include_router(seller_page.router)
    for part in (account, appeals, login, queue, case, evidence, overview, conflicts):
        app.include_router(part.router)
    # The page of a reference comes last, for its address fits any name after the brand's.
    for part in (
        holder_cases,
        mark_forms,
        editing,
        registering,
        withdrawing,
        authorizations,
        searching,
        brands,
        references,
    ):
        app.include_router(part.router)
    for part in (sellers, statements, selection, teamwork, undoing, zoom):
        app.include_router(part.router)
    _answer_problems(app)
    _lead_to_console(app)
    _show_state(app, metrics, clock)
    trace(app)
    return app


def _lead_to_console(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        """Who types the address of the service into a browser wants the console."""
        return RedirectResponse(CONSOLE, HTTPStatus.SEE_OTHER)


def _show_state(app: FastAPI, metrics: Metrics, clock: Callable[[], datetime]) -> None:
    @app.get("/healthz", tags=["state"])
    async def alive() -> dict[str, str]:
        """Whether the process runs."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["state"], response_model=Ready, responses={503: {"model": Ready}})
    async def ready(response: Response) -> Ready:
        """Whether the service scans with an index that is new enough, and with which index and models."""
        if app.state.service is None:
            answer = Ready(ready=False, problems=[app.state.why_closed])
        else:
            answer = await asyncio.to_thread(readiness, app.state.service, clock())
        if not answer.ready:
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return answer

    @app.get("/metrics", tags=["state"], responses=problems(), response_class=Response)
    def counters(_: AnyRole) -> Response:
        """Metrics for Prometheus; any role may read them."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)


def _answer_problems(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def answer_problem(request: Request, problem: Problem) -> Response:
        return _answer_of(request, problem)

    @app.exception_handler(MarkscanError)
    async def answer_error(request: Request, error: MarkscanError) -> Response:
        return _answer_of(request, problem_of(error))

    @app.exception_handler(RequestValidationError)
    async def answer_invalid_call(request: Request, error: RequestValidationError) -> Response:
        return _answer_of(request, invalid_call(error.errors(), request.headers.get("content-type", "nothing")))

    @app.exception_handler(HTTPException)
    async def answer_http_error(request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        detail = str(error.detail)
        if request.url.path.startswith(f"{CONSOLE}/"):
            await know_user(request)  # no route has asked for one, and the page has a menu
            detail = _NO_PAGE.get(error.status_code, detail)
        return _answer_of(request, Problem(error.status_code, code, detail, error.headers))

    @app.exception_handler(NotLoggedIn)
    async def answer_logged_out(_: Request, error: NotLoggedIn) -> Response:
        return ask_to_log_in(error.asked, unsent=error.unsent)


def _answer_of(request: Request, problem: Problem) -> Response:
    """A page for browsers, problem details for programs; the line of the log about this call gets its code."""
    request.state.problem = problem.code
    if request.url.path.startswith((f"{CONSOLE}/", f"{PAGE}/")):
        return page(request, "problem.html.j2", {"problem": problem}, problem.status)
    return response_of(problem, request.state.request_id)
