"""Several cases decided at once: ticked in the queue or named by pasted ids, looked at, decided, undone together."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from brand_index.errors import InvalidField, MarkscanError
from scanner.moderation.cases.assignment import assign
from scanner.moderation.cases.cases import Cases
from scanner.moderation.cases.covered import read_covered
from scanner.moderation.cases.selection import MOST_CASES, Selection, pasted_ids, select_cases
from scanner.service.accounts.users import User
from scanner.service.api.access import ServiceOf
from scanner.service.console.cases.decision_form import (
    NOTHING_TYPED,
    Typed,
    read_decision,
    refuse_with_assignment,
    typed_in,
)
from scanner.service.console.cases.queue import filters_of
from scanner.service.console.cases.teamwork import assignee_of, reviewers
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, ReviewerOf
from scanner.service.limits.forms import FormRoute
from scanner.service.service import Service

router = APIRouter(route_class=FormRoute, prefix="/console", include_in_schema=False)


@router.post("/selection")
async def preview(request: Request, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """What the cases are that a form names: it decides nothing."""
    try:
        names = await asyncio.to_thread(_names, service, user, form)
        if not names:
            raise InvalidField("no case is named: tick cases in the queue, or paste ids of cases or listings")
        return await _page(request, service, user, names, "")
    except InvalidField as error:
        return await _page(request, service, user, (), str(error))


@router.post("/selection/decide")
async def decide_selection(request: Request, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Make one decision on all ticked cases, or assign them: all of them or none."""
    names, now = _ticked(form), datetime.now(UTC)
    database = service.registry.database.acting(user.actor)

    def act() -> None:
        if len(names) > MOST_CASES or not names:
            raise InvalidField(f"{len(names)} cases are selected: select 1 to {MOST_CASES}")
        if form.get("decision") == "assign":
            refuse_with_assignment(form)
            assign(database, names, assignee_of(database, form), user.user_id, now)
            return
        made = read_decision(form)
        service.seller_notices.acting(user.actor).decide(
            names,
            user.user_id,
            made.state,
            ground=made.ground,
            note=made.note,
            measures=made.measures,
            propose=made.propose,
            now=now,
        )

    try:
        await asyncio.to_thread(act)
    except MarkscanError as error:
        shown = tuple(dict.fromkeys([*names, *pasted_ids(str(form.get("shown", "")))]))[:MOST_CASES]
        return await _page(request, service, user, shown, str(error), frozenset(names), typed_in(form))
    return RedirectResponse("/console/queue", HTTPStatus.SEE_OTHER)


def _names(service: Service, user: User, form: FormData) -> tuple[str, ...]:
    """The ids in a form: ticked, pasted, or of all cases that its filters select."""
    if "all" in form:
        filters, order = filters_of(form, user.user_id)
        found = Cases(service.registry.database).found(filters, order, datetime.now(UTC), count=MOST_CASES)
        return tuple(case.case_id for case in found)
    return tuple(dict.fromkeys([*_ticked(form), *pasted_ids(str(form.get("ids", "")))]))


def _ticked(form: FormData) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for value in form.getlist("case")))


async def _page(
    request: Request,
    service: Service,
    user: User,
    names: tuple[str, ...],
    wrong: str,
    ticked: frozenset[str] | None = None,
    typed: Typed = NOTHING_TYPED,
) -> Response:
    """The page of a selection. `ticked`: the cases that are; None: all that are not assigned to somebody else."""
    database, now = service.registry.database, datetime.now(UTC)
    nothing = Selection((), (), ())

    def load() -> dict[str, object]:
        found = nothing if not names else select_cases(database, names, user.user_id, now)
        mine = {case.case_id for case in found.cases if case.assignee in (None, user.user_id)}
        with database.read() as connection:
            covered = read_covered(connection, found.cases)
        brands = Counter(brand for each in covered.values() for brand in each.brands or (None,))
        return {
            "selection": found,
            "covered": covered,
            "brands": brands.most_common(),
            "ticked": mine if ticked is None else ticked,
            "names": {brand.brand_id: brand.name for brand in service.registry.brands()},
            "kept": Cases(database).kept_images(case.case_id for case in found.cases),
            "titles": Cases(database).titles(case.case_id for case in found.cases),
            "reviewers": reviewers(database),
            "most": MOST_CASES,
            "wrong": wrong,
            "typed": typed,
        }

    return page(
        request, "selection.html.j2", await asyncio.to_thread(load), HTTPStatus.CONFLICT if wrong else HTTPStatus.OK
    )
