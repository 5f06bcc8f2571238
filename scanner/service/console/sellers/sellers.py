"""A seller's page: its points, the measures that the ladder requires, its notices and cases."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index import fields
from brand_index.errors import MarkscanError
from scanner.moderation.cases.cases import Cases, Filters, Order
from scanner.moderation.enforcement import DueMeasure, Measure, Standing, contributions_of, standing_of
from scanner.moderation.enforcement.ledger import Ledger, named_ladder
from scanner.moderation.linked_sellers import linked_sellers
from scanner.moderation.searching import ScanFilters, find_scans
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.sellers.points import rules_of, why_of
from scanner.service.console.session import OWN_FORM, FormOf, ReviewerOf
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(route_class=FormRoute, prefix="/console/sellers", include_in_schema=False)
MEASURES = {
    Measure.WARNING: "warning",
    Measure.RESTRICTION: "restriction",
    Measure.SHOP_FROZEN: "shop frozen",
    Measure.PRODUCTS_REMOVED: "products removed",
    Measure.MEMBERSHIP_ENDED: "membership ended",
    Measure.SHOP_CLOSED: "shop closed",
}


@router.get("/{seller_id:path}")
async def seller_page(request: Request, seller_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The page."""
    return await _page(request, service, seller_id, "")


@router.post("/{seller_id:path}/points")
async def add_points(request: Request, seller_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Add points for a violation."""
    points, cause = str(form.get("points", "")), str(form.get("cause", "")).strip()
    try:
        if not (points.isascii() and points.isdigit() and len(points) < 4):
            return await _page(request, service, seller_id, f"{points!r} is not a number of points: give 0 to 999")
        await asyncio.to_thread(
            Ledger(service.registry.database.acting(user.actor)).give,
            seller_id,
            int(points),
            serious="serious" in form,
            cause=fields.words("reason", cause[:500] or "no reason given"),
            author=user.user_id,
            now=datetime.now(UTC),
        )
    except MarkscanError as error:
        return await _page(request, service, seller_id, str(error))
    return RedirectResponse(request.url.path.removesuffix("/points"), HTTPStatus.SEE_OTHER)


@router.post("/{seller_id:path}/remove/{event_id}", dependencies=[OWN_FORM])
async def remove_points(
    request: Request, seller_id: str, event_id: str, service: ServiceOf, user: ReviewerOf
) -> Response:
    """Remove the points of one event, as after an appeal that succeeded."""
    ledger = Ledger(service.registry.database.acting(user.actor))
    try:
        await asyncio.to_thread(ledger.take_back, event_id, user.user_id, datetime.now(UTC))
    except MarkscanError as error:
        return await _page(request, service, seller_id, str(error))
    return RedirectResponse(request.url.path.rpartition("/remove")[0], HTTPStatus.SEE_OTHER)


@router.post("/{seller_id:path}/confirm")
async def confirm(request: Request, seller_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Confirm a measure that the ladder requires now."""
    now = datetime.now(UTC)
    standing = await asyncio.to_thread(_standing, service, seller_id, now)
    name = str(form.get("measure", ""))
    due = next((each for each in standing.measures if _name(each) == name and not each.in_effect), None)
    if due is None:
        raise Problem(HTTPStatus.CONFLICT, "not_due", "the ladder no longer requires this measure: load the page again")
    ledger = Ledger(service.registry.database.acting(user.actor))
    await asyncio.to_thread(ledger.confirm, seller_id, due.measure, due.until, user.user_id, now)
    return RedirectResponse(request.url.path.removesuffix("/confirm"), HTTPStatus.SEE_OTHER)


async def _page(request: Request, service: Service, seller_id: str, wrong: str) -> Response:
    now = datetime.now(UTC)

    def load() -> dict[str, object]:
        events, ladder = Ledger(service.registry.database).of(seller_id), named_ladder(service.settings.service.ladder)
        of_seller = Filters(state=None, seller_id=seller_id)
        given = contributions_of(seller_id, events, ladder, now)[::-1]
        scanned = find_scans(service.registry.database, ScanFilters(seller_id=seller_id), limit=1).scans
        notices = service.seller_notices.of_seller(seller_id)
        return {
            "known": bool(events or notices or scanned),
            "standing": standing_of(seller_id, events, ladder, now),
            "given": [(each, why_of(each, ladder)) for each in given],
            "all_points": sum(each.event.points for each in given),
            "rules": rules_of(ladder),
            "seller_notices": notices[::-1],
            "cases": Cases(service.registry.database).found(of_seller, Order.NEWEST, now, count=20),
            "names": {brand.brand_id: brand.name for brand in service.registry.brands()},
            "ladder": ladder,
            "linked": linked_sellers(service.registry.database, seller_id),
        }

    shown = await asyncio.to_thread(load) | {
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
    """The value that a form sends for a measure."""
    return f"{due.measure.value} {due.until.isoformat() if due.until else 'permanently'}"
