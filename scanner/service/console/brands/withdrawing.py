"""Withdraws references of a brand, one or several, after a page that shows them; and puts them in force again."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from brand_index.types import ReferenceImage
from scanner.moderation.cases.cases import Cases, Filters
from scanner.moderation.forms import reinstating, withdrawing
from scanner.moderation.forms.reinstating import FormTakenBack, NoOwnLogo
from scanner.service.api.access import ServiceOf
from scanner.service.console.brands.brands import show_brand
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, UserOf, check_changes
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(route_class=FormRoute, prefix="/console/brands", include_in_schema=False)


@router.get("/{brand}/withdraw")
async def preview(request: Request, brand: str, service: ServiceOf, user: UserOf) -> Response:
    """Show what is to be withdrawn, and ask."""
    check_changes(user, brand)
    wanted = await _own(service, brand, request.query_params.getlist("reference"))
    chosen = [each for each in wanted if each.withdrawn_at is None]
    if not chosen:
        said = "Select references that are in force, then choose Withdraw selected."
        return await show_brand(request, service, user, brand, (said,))

    def load() -> dict[str, object]:
        cases, now = Cases(service.registry.database), datetime.now(UTC)
        left = sum(each.brand_id == brand for each in service.registry.references()) - len(chosen)
        waiting = cases.number(Filters(brand_id=brand), now)
        return {"brand": service.registry.brand(brand), "left": left, "open_cases": waiting}

    loaded = await asyncio.to_thread(load)
    return page(request, "withdraw.html.j2", loaded | {"references": chosen})


@router.post("/{brand}/withdraw")
async def withdraw(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Withdraw references: all of those named, or none. The page that follows offers to undo it."""
    check_changes(user, brand)
    wanted = [each.reference_id for each in await _own(service, brand, str(form.get("references", "")).split())]
    database, now = service.registry.database.acting(user.actor), datetime.now(UTC)
    done = await asyncio.to_thread(withdrawing.withdraw, database, wanted, now)
    service.keeper.task.wake()
    every = (*done.references, *done.learnt)
    said = f"{_number(done.references)} withdrawn. Scans no longer find {'it' if len(every) == 1 else 'them'}."
    if done.learnt:
        said = f"{said} The learnt forms of a mark went with its last logo."
    gone = [each.reference_id for each in every]
    return await show_brand(request, service, user, brand, (said,), withdrawn=gone)


@router.post("/{brand}/reinstate")
async def reinstate(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Put withdrawn references in force again: all of those named, or none."""
    check_changes(user, brand)
    wanted = [each.reference_id for each in await _own(service, brand, str(form.get("references", "")).split())]
    database, now = service.registry.database.acting(user.actor), datetime.now(UTC)
    try:
        done = await asyncio.to_thread(reinstating.reinstate, database, wanted, now)
    except (FormTakenBack, NoOwnLogo) as error:
        return await show_brand(request, service, user, brand, (f"{error}.",), status=HTTPStatus.CONFLICT)
    service.keeper.task.wake()
    said = f"{_number(done)} in force again. Scans find {'it' if len(done) == 1 else 'them'} within a minute."
    return await show_brand(request, service, user, brand, (said,))


async def _own(service: Service, brand: str, wanted: list[str]) -> tuple[ReferenceImage, ...]:
    """The references with these ids, once each. Raises Problem when there is none, or one is not the brand's."""
    found = await asyncio.to_thread(lambda: service.registry.references(include_withdrawn=True))
    of_brand = {each.reference_id: each for each in found if each.brand_id == brand}
    ids = tuple(dict.fromkeys(wanted))
    if any(each not in of_brand for each in ids):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_record", "this brand has no such reference")
    return tuple(of_brand[each] for each in ids)


def _number(done: tuple[ReferenceImage, ...]) -> str:
    if len(done) == 1:
        return f"{done[0].source_name} is"
    return f"{len(done)} references are"
