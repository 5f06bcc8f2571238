"""The queue: which cases wait, and whose turn it is."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from brand_index.errors import InvalidField, MarkscanError
from scanner.moderation.cases.cases import Case, Cases, Filters, Order
from scanner.moderation.cases.decisions import last_of
from scanner.moderation.cases.suppressions import list_quarantines
from scanner.moderation.seller_notices.store import Measures
from scanner.service.accounts.tables import Role
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, ReviewerOf
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import Reason

router = APIRouter(prefix="/console", include_in_schema=False)
PAGE: Final = 25  # cases
AGES: Final = {"1": "over a day", "3": "over 3 days", "7": "over a week"}


def filters_of(asked: QueryParams | FormData | Mapping[str, str]) -> tuple[Filters, Order]:
    """What a query asks for; what it says wrong is left out."""

    def word(name: str) -> str | None:
        value = asked.get(name)
        return value.strip() or None if isinstance(value, str) else None

    state, reason, order, days = word("state"), word("reason"), word("order"), word("age")
    filters = Filters(
        state=CaseState(state) if state in set(CaseState) else CaseState.OPEN,
        brand_id=word("brand"),
        reason=Reason(reason) if reason in set(Reason) else None,
        market=word("market"),
        seller_id=word("seller"),
        older_than=timedelta(days=int(days)) if days in AGES and days is not None else None,
    )
    return filters, Order(order) if order in set(Order) else Order.SUREST


@router.get("/queue")
async def queue(request: Request, service: ServiceOf, user: ReviewerOf) -> Response:
    """The cases that are asked for."""
    filters, order = filters_of(request.query_params)
    number = request.query_params.get("page", "1")
    at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    now, cases = datetime.now(UTC), Cases(service.registry.database)

    def look() -> dict[str, object]:
        count = cases.number(filters, now)
        found = cases.found(filters, order, now, first=(at - 1) * PAGE, count=PAGE)
        alike = {case.cluster: len(cases.of_cluster(case.cluster)) for case in found}
        everything = Filters(state=filters.state)
        names = {brand.brand_id: brand.name for brand in service.registry.brands()}
        choices = {
            column: cases.counted(column, everything, now) for column in ("brand_id", "reason", "market", "seller_id")
        }
        waiting = {state: cases.number(Filters(state=state), now) for state in CaseState}
        return {
            "count": count,
            "cases": found,
            "alike": alike,
            "names": names,
            "choices": choices,
            "waiting": waiting,
            "quarantines": list_quarantines(service.registry.database),
            "undoable": last_of(service.registry.database, user.user_id),
        }

    seen = await asyncio.to_thread(look)
    asked = {name: value for name, value in request.query_params.items() if name != "page" and value}
    pages = -(-int(str(seen["count"])) // PAGE)
    more = {
        "filters": filters,
        "order": order,
        "orders": list(Order),
        "ages": AGES,
        "asked": asked,
        "query": urlencode(asked),
        "at": at,
        "pages": pages,
        "now": now,
    }
    return page(request, "queue.html.j2", seen | more)


@router.post("/queue/next")
async def take_next(service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """To the first case asked for that nobody else has in hand."""
    filters, order = filters_of(form)
    cases, now = Cases(service.registry.database), datetime.now(UTC)
    case = await asyncio.to_thread(cases.take_next, filters, order, user.user_id, now)
    asked = urlencode({name: str(value) for name, value in form.items() if name != "csrf" and value})
    onward = f"/console/queue?{asked}" if case is None else f"/console/cases/{case.case_id}?{asked}"
    return RedirectResponse(onward, HTTPStatus.SEE_OTHER)


@router.get("/clusters/{cluster}")
async def cluster_page(request: Request, cluster: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """Cases whose images look alike and show the same reference."""
    found = await asyncio.to_thread(Cases(service.registry.database).of_cluster, cluster)
    return page(request, "cluster.html.j2", {"cases": found, "cluster": cluster, "wrong": ""})


@router.post("/clusters/{cluster}")
async def decide_cluster(
    request: Request, cluster: str, service: ServiceOf, user: ReviewerOf, form: FormOf
) -> Response:
    """Decide the chosen cases of a cluster alike, all or none."""
    cases = await asyncio.to_thread(Cases(service.registry.database).of_cluster, cluster)
    chosen = chosen_cases(form, cases)
    try:
        state, ground = decision_of(form)
        await asyncio.to_thread(
            service.seller_notices.acting(user.actor).decide,
            chosen,
            user.user_id,
            state,
            ground=ground,
            note=str(form.get("note", "")),
            measures=measures_of(form),
            now=datetime.now(UTC),
        )
    except MarkscanError as error:
        shown = {"cases": cases, "cluster": cluster, "wrong": str(error)}
        return page(request, "cluster.html.j2", shown, HTTPStatus.CONFLICT)
    return RedirectResponse(f"/console/clusters/{cluster}", HTTPStatus.SEE_OTHER)


@router.post("/decisions/{decision_id}/undo")
async def undo_decision(decision_id: int, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Take a decision back, one's own unless one is an admin, and show its case."""
    now, admin = datetime.now(UTC), user.role is Role.ADMIN
    seller_notices = service.seller_notices.acting(user.actor)
    case = await asyncio.to_thread(seller_notices.undo, decision_id, user.user_id, now, anybodys=admin)
    return RedirectResponse(f"/console/cases/{case.case_id}", HTTPStatus.SEE_OTHER)


def chosen_cases(form: FormData, cases: tuple[Case, ...]) -> list[str]:
    """Which of `cases` a form names."""
    named = {str(value) for value in form.getlist("case")}
    return [case.case_id for case in cases if case.case_id in named]


def decision_of(form: FormData) -> tuple[CaseState, Ground | None]:
    """What a form's button says: confirm, escalate, or a ground to dismiss. Raises UnknownDecision."""
    word = str(form.get("decision", ""))
    if word in set(Ground):
        return CaseState.DISMISSED, Ground(word)
    if word in (CaseState.CONFIRMED.value, CaseState.ESCALATED.value):
        return CaseState(word), None
    raise UnknownDecision(f"{word!r} is no decision: confirm, escalate, or say why you dismiss")


def measures_of(form: FormData) -> Measures | None:
    """What a form says is done about a listing; None: nothing. Raises InvalidField."""
    word, points = str(form.get("restriction", "")), str(form.get("points", "")).strip() or "0"
    if word not in set(Restriction):
        return None
    if not (points.isascii() and points.isdigit() and len(points) < 4):
        raise InvalidField(f"{points!r} is no number of points")
    return Measures(Restriction(word), int(points), "serious" in form)


class UnknownDecision(MarkscanError):
    """A form that says nothing that can be decided."""

    code = "unknown_decision"
