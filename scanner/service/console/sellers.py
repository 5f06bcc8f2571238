"""A seller's page: what counts against it, what the ladder asks for, and its cases."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.errors import MarkscanError
from scanner.moderation.cases.cases import Cases
from scanner.moderation.enforcement import DueMeasure, Measure, PointsGiven, PointsTakenBack, Standing, standing_of
from scanner.moderation.enforcement.ledger import Ledger, named_ladder
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import OWN_FORM, FormOf, ReviewerOf
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(prefix="/console/sellers", include_in_schema=False)
MEASURES = {
    Measure.WARNING: "a warning",
    Measure.RESTRICTION: "restriction",
    Measure.SHOP_FROZEN: "the shop frozen",
    Measure.PRODUCTS_REMOVED: "the products removed",
    Measure.MEMBERSHIP_ENDED: "the membership ended",
    Measure.SHOP_CLOSED: "the shop closed",
}


@router.get("/{seller_id:path}")
async def seller_page(request: Request, seller_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The page."""
    return await _page(request, service, seller_id, "")


@router.post("/{seller_id:path}/points")
async def give_points(request: Request, seller_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Give points for a violation."""
    points, cause = str(form.get("points", "")), str(form.get("cause", "")).strip()
    try:
        if not (points.isascii() and points.isdigit() and len(points) < 4):
            return await _page(request, service, seller_id, f"{points!r} is no number of points")
        await asyncio.to_thread(
            Ledger(service.registry.database.acting(user.actor)).give,
            seller_id,
            int(points),
            serious="serious" in form,
            cause=cause[:500] or "not said",
            author=user.user_id,
            now=datetime.now(UTC),
        )
    except MarkscanError as error:
        return await _page(request, service, seller_id, str(error))
    return RedirectResponse(request.url.path.removesuffix("/points"), HTTPStatus.SEE_OTHER)


@router.post("/{seller_id:path}/take-back/{event_id}", dependencies=[OWN_FORM])
async def take_back(request: Request, seller_id: str, event_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """An appeal succeeded."""
    ledger = Ledger(service.registry.database.acting(user.actor))
    try:
        await asyncio.to_thread(ledger.take_back, event_id, user.user_id, datetime.now(UTC))
    except MarkscanError as error:
        return await _page(request, service, seller_id, str(error))
    return RedirectResponse(request.url.path.rpartition("/take-back")[0], HTTPStatus.SEE_OTHER)


@router.post("/{seller_id:path}/confirm")
async def confirm(request: Request, seller_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Confirm what the ladder asks for, as it stands now."""
    now = datetime.now(UTC)
    standing = await asyncio.to_thread(_standing, service, seller_id, now)
    named = str(form.get("measure", ""))
    due = next((each for each in standing.measures if _name(each) == named and not each.in_effect), None)
    if due is None:
        raise Problem(
            HTTPStatus.CONFLICT, "not_asked_for", "the ladder no longer asks for this: look at the page again"
        )
    ledger = Ledger(service.registry.database.acting(user.actor))
    await asyncio.to_thread(ledger.confirm, seller_id, due.measure, due.until, user.user_id, now)
    return RedirectResponse(request.url.path.removesuffix("/confirm"), HTTPStatus.SEE_OTHER)


async def _page(request: Request, service: Service, seller_id: str, wrong: str) -> Response:
    now = datetime.now(UTC)

    def look() -> dict[str, object]:
        events = Ledger(service.registry.database).of(seller_id)
        taken = {event.of for event in events if isinstance(event, PointsTakenBack)}
        return {
            "standing": _standing(service, seller_id, now),
            "given": [event for event in events if isinstance(event, PointsGiven)][::-1],
            "taken": taken,
            "seller_notices": service.seller_notices.of_seller(seller_id)[::-1],
            "cases": Cases(service.registry.database).of_seller(seller_id),
            "ladder": named_ladder(service.settings.service.ladder),
        }

    shown = await asyncio.to_thread(look) | {
        "seller_id": seller_id,
        "wrong": wrong,
        "measures": MEASURES,
        "name": _name,
    }
    return page(request, "seller.html.j2", shown, HTTPStatus.CONFLICT if wrong else HTTPStatus.OK)


def _standing(service: Service, seller_id: str, now: datetime) -> Standing:
    events = Ledger(service.registry.database).of(seller_id)
    return standing_of(seller_id, events, named_ladder(service.settings.service.ladder), now)


def _name(due: DueMeasure) -> str:
    """What a form calls a measure that is asked for."""
    return f"{due.measure.value} {due.until.isoformat() if due.until else 'for good'}"
