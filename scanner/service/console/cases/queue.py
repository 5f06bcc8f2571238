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
from scanner.service.api.access import RowId, ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, ReviewerOf
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import Reason

router = APIRouter(prefix="/console", include_in_schema=False)
PAGE: Final = 25  # cases
FILTERS: Final = ("state", "brand", "reason", "market", "seller", "age", "order")  # fields of the queue's form
AGES: Final = {"1": "over a day", "3": "over 3 days", "7": "over a week"}


def filters_of(query: QueryParams | FormData | Mapping[str, str]) -> tuple[Filters, Order]:
    """The filters and the order that a query names; values that are not valid are ignored."""

    def text(name: str) -> str | None:
        value = query.get(name)
        return value.strip() or None if isinstance(value, str) else None

    state, reason, order, days = text("state"), text("reason"), text("order"), text("age")
    filters = Filters(
        state=CaseState(state) if state in set(CaseState) else CaseState.OPEN,
        brand_id=text("brand"),
        reason=Reason(reason) if reason in set(Reason) else None,
        market=text("market"),
        seller_id=text("seller"),
        older_than=timedelta(days=int(days)) if days in AGES and days is not None else None,
    )
    return filters, Order(order) if order in set(Order) else Order.SUREST


def queue_fields(query: QueryParams | FormData) -> dict[str, str]:
    """The fields of a query or a form that say which cases of the queue are reviewed, and in which order."""
    return {name: value for name in FILTERS if isinstance(value := query.get(name), str) and value}


@router.get("/queue")
async def queue(request: Request, service: ServiceOf, user: ReviewerOf) -> Response:
    """One page of the cases that match the filters."""
    filters, order = filters_of(request.query_params)
    number = request.query_params.get("page", "1")
    at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    now, cases = datetime.now(UTC), Cases(service.registry.database)

    def load() -> dict[str, object]:
        count = cases.number(filters, now)
        shown = cases.found(filters, order, now, first=(at - 1) * PAGE, count=PAGE)
        similar = {case.cluster: len(cases.of_cluster(case.cluster)) for case in shown}
        everything = Filters(state=filters.state)
        names = {brand.brand_id: brand.name for brand in service.registry.brands()}
        choices = {
            column: cases.counted(column, everything, now) for column in ("brand_id", "reason", "market", "seller_id")
        }
        waiting = {state: cases.number(Filters(state=state), now) for state in CaseState}
        return {
            "count": count,
            "cases": shown,
            "similar": similar,
            "names": names,
            "choices": choices,
            "waiting": waiting,
            "quarantines": list_quarantines(service.registry.database),
            "undoable": last_of(service.registry.database, user.user_id),
        }

    loaded = await asyncio.to_thread(load)
    query = queue_fields(request.query_params)
    pages = -(-int(str(loaded["count"])) // PAGE)
    more = {
        "filters": filters,
        "order": order,
        "ages": AGES,
        "query_fields": query,
        "query": urlencode(query),
        "at": at,
        "pages": pages,
        "now": now,
    }
    return page(request, "queue.html.j2", loaded | more)


@router.post("/queue/next")
async def take_next(service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Assign the first case that matches the filters and is not assigned to anybody else, and show it."""
    filters, order = filters_of(form)
    cases, now = Cases(service.registry.database), datetime.now(UTC)
    case = await asyncio.to_thread(cases.take_next, filters, order, user.user_id, now)
    query = urlencode(queue_fields(form))
    onward = f"/console/queue?{query}" if case is None else f"/console/cases/{case.case_id}?{query}"
    return RedirectResponse(onward, HTTPStatus.SEE_OTHER)


@router.get("/clusters/{cluster}")
async def cluster_page(request: Request, cluster: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """Cases whose images look alike and match the same reference."""
    cases = await asyncio.to_thread(Cases(service.registry.database).of_cluster, cluster)
    return page(request, "cluster.html.j2", {"cases": cases, "cluster": cluster, "wrong": ""})


@router.post("/clusters/{cluster}")
async def decide_cluster(
    request: Request, cluster: str, service: ServiceOf, user: ReviewerOf, form: FormOf
) -> Response:
    """Make one decision on the selected cases of a cluster: on all, or on none if it fails."""
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
async def undo_decision(decision_id: RowId, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Undo a decision, and show its case. Reviewers undo their own decisions, admins any."""
    now, admin = datetime.now(UTC), user.role is Role.ADMIN
    seller_notices = service.seller_notices.acting(user.actor)
    case = await asyncio.to_thread(seller_notices.undo, decision_id, user.user_id, now, anybodys=admin)
    return RedirectResponse(f"/console/cases/{case.case_id}", HTTPStatus.SEE_OTHER)


def chosen_cases(form: FormData, cases: tuple[Case, ...]) -> list[str]:
    """The ids of those of `cases` that a form selects."""
    selected = {str(value) for value in form.getlist("case")}
    return [case.case_id for case in cases if case.case_id in selected]


def decision_of(form: FormData) -> tuple[CaseState, Ground | None]:
    """The decision of a form: confirm, escalate, or dismiss on a ground. Raises UnknownDecision."""
    word = str(form.get("decision", ""))
    if word in set(Ground):
        return CaseState.DISMISSED, Ground(word)
    if word in (CaseState.CONFIRMED.value, CaseState.ESCALATED.value):
        return CaseState(word), None
    raise UnknownDecision(f"{word!r} is not a decision: confirm, escalate, or choose a ground to dismiss")


def measures_of(form: FormData) -> Measures | None:
    """The measures that a form takes against a listing; None: no notice to the seller. Raises InvalidField."""
    word, points = str(form.get("restriction", "")), str(form.get("points", "")).strip() or "0"
    if word not in set(Restriction):
        return None
    if not (points.isascii() and points.isdigit() and len(points) < 4):
        raise InvalidField(f"{points!r} is not a number of points: give 0 to 999")
    return Measures(Restriction(word), int(points), "serious" in form)


class UnknownDecision(MarkscanError):
    """A form without a valid decision."""

    code = "unknown_decision"
