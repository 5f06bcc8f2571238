"""The queue: which cases wait, and whose turn it is."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from brand_index.errors import MarkscanError
from scanner.moderation.cases.cases import Case, Cases, Filters, Order
from scanner.moderation.cases.covered import read_covered
from scanner.moderation.cases.decisions import batch_with, last_of
from scanner.moderation.cases.selection import MOST_CASES
from scanner.moderation.cases.suppressions import list_quarantines
from scanner.service.api.access import ServiceOf
from scanner.service.console.cases.decision_form import NOTHING_TYPED, Typed, read_decision, typed_in
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, ReviewerOf
from scanner.service.limits.forms import FormRoute
from scanner.service.service import Service
from scanner.verdicts.case_states import UNDECIDED, CaseState
from scanner.verdicts.listing_link import listing_address
from scanner.verdicts.types import Reason

router = APIRouter(route_class=FormRoute, prefix="/console", include_in_schema=False)
PAGE: Final = 25  # cases
SUGGESTED: Final = 100  # sellers with the most cases, while somebody types
LIKE: Final = 20  # sellers whose names are like what somebody typed
LONGEST_SEARCH: Final = 200  # characters
FILTERS: Final = ("state", "q", "mine", "brand", "reason", "market", "seller", "age", "order")
"""The fields of a query that select cases, and their order."""
AGES: Final = {"1": "over a day", "3": "over 3 days", "7": "over a week"}


def filters_of(query: QueryParams | FormData | Mapping[str, str], user: str = "") -> tuple[Filters, Order]:
    """The filters and the order that a query of `user` names; values that are not valid are ignored.

    A search is among cases of all states, unless it names one; `mine` means cases assigned to `user`, of all states.
    """

    def text(name: str) -> str | None:
        value = query.get(name)
        return value.strip() or None if isinstance(value, str) else None

    state, reason, order, days, searched = text("state"), text("reason"), text("order"), text("age"), text("q")
    mine = user if text("mine") and user else None
    usual = None if state == "all" or searched or mine else CaseState.OPEN
    filters = Filters(
        state=CaseState(state) if state in set(CaseState) else usual,
        brand_id=text("brand"),
        reason=Reason(reason) if reason in set(Reason) else None,
        market=text("market"),
        seller_id=text("seller"),
        older_than=timedelta(days=int(days)) if days in AGES and days is not None else None,
        text=None if searched is None else searched[:LONGEST_SEARCH],
        assignee=mine,
    )
    return filters, Order(order) if order in set(Order) else Order.SUREST


def queue_fields(query: QueryParams | FormData) -> dict[str, str]:
    """The fields of a query or a form that say which cases of the queue are reviewed, and in which order."""
    return {name: value for name in FILTERS if isinstance(value := query.get(name), str) and value}


@router.get("/queue")
async def queue(request: Request, service: ServiceOf, user: ReviewerOf) -> Response:
    """One page of the cases that match the filters."""
    filters, order = filters_of(request.query_params, user.user_id)
    number, undone = request.query_params.get("page", "1"), request.query_params.get("undone", "")
    at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    now, cases = datetime.now(UTC), Cases(service.registry.database)

    def load() -> dict[str, object]:
        count = cases.number(filters, now)
        shown = cases.found(filters, order, now, first=(at - 1) * PAGE, count=PAGE)
        everything = Filters(state=filters.state)
        choices = {column: cases.counted(column, everything, now) for column in ("brand_id", "reason", "market")}
        by_state = cases.counted("state", Filters(None, text=filters.text, assignee=filters.assignee), now)
        undoable = last_of(service.registry.database, user.user_id)
        return {
            "count": count,
            "cases": shown,
            "titles": cases.titles(case.case_id for case in shown),
            "kept": cases.kept_images(case.case_id for case in shown),
            "links": {case.case_id: listing_address(service.settings.service.listing_url, case) for case in shown},
            "similar": {case.cluster: len(cases.of_cluster(case.cluster)) for case in shown},
            "names": {brand.brand_id: brand.name for brand in service.registry.brands()},
            "choices": choices | {"seller_id": cases.counted("seller_id", everything, now, count=SUGGESTED)},
            "like": _sellers_like(cases, filters, now),
            "waiting": dict.fromkeys(CaseState, 0) | {CaseState(state): number for state, number in by_state},
            "mine": cases.number(Filters(state=None, assignee=user.user_id), now),
            "searched": 0 if filters.text is None else cases.number(replace(filters, text=None), now),
            "quarantines": list_quarantines(service.registry.database),
            "undoable": undoable,
            "undoable_kind": None if undoable is None else cases.kind_of(undoable.case_id),
            "undone": int(undone) if undone.isascii() and undone.isdigit() and len(undone) < 4 else 0,
            "batch": () if undoable is None else batch_with(service.registry.database, undoable),
        }

    loaded = await asyncio.to_thread(load)
    query = queue_fields(request.query_params)
    kept = {name: value for name, value in query.items() if name in ("q", "mine")}
    pages = -(-int(str(loaded["count"])) // PAGE)
    more = {
        "filters": filters,
        "order": order,
        "ages": AGES,
        "query_fields": query,
        "query": urlencode(query),
        "tab_query": urlencode(kept),
        "without_seller": urlencode({name: value for name, value in query.items() if name != "seller"}),
        "at": at,
        "pages": pages,
        "now": now,
        "undecided": UNDECIDED,
        "most": MOST_CASES,
    }
    return page(request, "queue.html.j2", loaded | more)


def _sellers_like(cases: Cases, filters: Filters, now: datetime) -> tuple[tuple[str, int], ...] | None:
    """Sellers whose names contain the seller of a filter, with their cases; None: there is such a seller, or none."""
    every = Filters(state=None)
    if filters.seller_id is None or cases.number(replace(every, seller_id=filters.seller_id), now):
        return None
    return cases.counted("seller_id", every, now, like=filters.seller_id, count=LIKE)


@router.post("/queue/next")
async def take_next(service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Lease the first case that matches the filters and is nobody else's to the user, and show it."""
    filters, order = filters_of(form, user.user_id)
    cases, now = Cases(service.registry.database), datetime.now(UTC)
    case = await asyncio.to_thread(cases.take_next, filters, order, user.user_id, now)
    query = urlencode(queue_fields(form))
    onward = f"/console/queue?{query}" if case is None else f"/console/cases/{case.case_id}?{query}"
    return RedirectResponse(onward, HTTPStatus.SEE_OTHER)


@router.get("/clusters/{cluster}")
async def cluster_page(request: Request, cluster: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """Cases whose images look alike and match the same reference."""
    cases = await asyncio.to_thread(Cases(service.registry.database).of_cluster, cluster)
    return await _cluster(request, service, cluster, cases)


@router.post("/clusters/{cluster}")
async def decide_cluster(
    request: Request, cluster: str, service: ServiceOf, user: ReviewerOf, form: FormOf
) -> Response:
    """Make one decision on the selected cases of a cluster: on all, or on none if it fails."""
    cases = await asyncio.to_thread(Cases(service.registry.database).of_cluster, cluster)
    chosen = chosen_cases(form, cases)
    try:
        made = read_decision(form)
        await asyncio.to_thread(
            service.seller_notices.acting(user.actor).decide,
            chosen,
            user.user_id,
            made.state,
            ground=made.ground,
            note=made.note,
            measures=made.measures,
            now=datetime.now(UTC),
        )
    except MarkscanError as error:
        shown = await asyncio.to_thread(Cases(service.registry.database).of_cluster, cluster)  # as they are now
        return await _cluster(request, service, cluster, shown, str(error), typed_in(form), frozenset(chosen))
    return RedirectResponse(f"/console/clusters/{cluster}", HTTPStatus.SEE_OTHER)


async def _cluster(
    request: Request,
    service: Service,
    cluster: str,
    cases: tuple[Case, ...],
    wrong: str = "",
    typed: Typed = NOTHING_TYPED,
    ticked: frozenset[str] | None = None,
) -> Response:
    """The page, with as many cases as are decided together at most: those that wait come first.

    `ticked`: the cases that are; None: all that wait.
    """
    shown = sorted(cases, key=lambda case: case.state is not CaseState.OPEN)[:MOST_CASES]
    waiting = frozenset(case.case_id for case in shown if case.state is CaseState.OPEN)

    def load() -> dict[str, object]:
        with service.registry.database.read() as connection:
            covered = read_covered(connection, shown)
        names = {brand.brand_id: brand.name for brand in service.registry.brands()}
        kept = Cases(service.registry.database).kept_images(case.case_id for case in shown)
        return {"cases": shown, "covered": covered, "names": names, "kept": kept}

    more = {"total": len(cases), "cluster": cluster, "wrong": wrong, "typed": typed}
    more["ticked"] = waiting if ticked is None else ticked
    return page(
        request,
        "cluster.html.j2",
        await asyncio.to_thread(load) | more,
        HTTPStatus.CONFLICT if wrong else HTTPStatus.OK,
    )


def chosen_cases(form: FormData, cases: tuple[Case, ...]) -> list[str]:
    """The ids of those of `cases` that a form selects."""
    selected = {str(value) for value in form.getlist("case")}
    return [case.case_id for case in cases if case.case_id in selected]
