"""A rights holder's pages: the cases about its own brands, one case with its evidence, and what became of its notices.

They only read. What a rights holder may see of a case is in scanner/moderation/rights_holder_view.py.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.registry.database import Database
from scanner.bulk.report.marked_text import marked_text
from scanner.engine.types import Where
from scanner.moderation.rights_holder_view import (
    PAGE,
    STATES,
    HolderCase,
    HolderFilters,
    HolderState,
    count_cases,
    count_notices,
    list_cases,
    list_notices,
)
from scanner.service.accounts.users import User
from scanner.service.api.access import RowId, ServiceOf
from scanner.service.api.brand_cases import drawn_image, load_own
from scanner.service.api.own_images import own_images
from scanner.service.console.cases.case import LONGEST_PLACE
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.session import UserOf, brands_of, check_sees, tenant_of
from scanner.service.limits.forms import FormRoute
from scanner.service.service import Service
from scanner.verdicts import words

router = APIRouter(route_class=FormRoute, prefix="/console/holder", include_in_schema=False)
LONGEST_TEXT: Final = 200  # characters that are searched for
NOTICES: Final = "notices"


@router.get("/cases")
async def cases_page(request: Request, service: ServiceOf, user: UserOf) -> Response:
    """The cases about the user's brands, with a search."""
    return await _list(request, service, user, "cases", list_cases, count_cases)


@router.get("/notices")
async def notices_page(request: Request, service: ServiceOf, user: UserOf) -> Response:
    """The notices that were submitted for the user's brands, and what became of each."""
    return await _list(request, service, user, NOTICES, list_notices, count_notices)


@router.get("/cases/{case_id}")
async def case_page(request: Request, case_id: str, service: ServiceOf, user: UserOf) -> Response:
    """One case: the images that match the brand, the evidence, the state, and what was done with the listing."""
    case, scan = await asyncio.to_thread(load_own, service, case_id, brands_of(user))
    images = own_images(scan, case)
    asked = request.query_params.get("image", "")
    place = int(asked) - 1 if asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_PLACE else None
    shown = next((each for each in images if each.place == place), None) or next(
        (each for each in images if each.matches), next(iter(images), None)
    )
    evidence = shown.matches[0] if shown is not None and shown.matches else None

    def load() -> dict[str, object]:
        registry = service.registry
        return {
            "brand": registry.brand(case.brand_id),
            "reference": None if evidence is None else registry.reference(evidence.reference_id),
        }

    more = {
        "case": case,
        "word": STATES[case.state],
        "images": images,
        "shown": shown,
        "evidence": evidence,
        "facts": () if evidence is None or shown is None else words.facts(evidence, shown.matches),
        "title_text": marked_text(case.title, Where.TITLE, () if shown is None else shown.matches),
    }
    return page(request, "holder_case.html.j2", await asyncio.to_thread(load) | more)


@router.get("/cases/{case_id}/{place}/{image}.webp")
async def case_image(case_id: str, place: RowId, image: str, service: ServiceOf, user: UserOf) -> Response:
    """An image of a case, with the match of the brand outlined, and no other; `place` from 1."""
    case, scan = await asyncio.to_thread(load_own, service, case_id, brands_of(user))
    data = await drawn_image(service, tenant_of(user), case, scan, place, image)
    return Response(data, media_type="image/webp", headers=HEADERS)


async def _list(
    request: Request,
    service: Service,
    user: User,
    kind: str,
    load: Callable[..., tuple[HolderCase, ...]],
    count: Callable[[Database, HolderFilters], int],
) -> Response:
    query, wrong = request.query_params, ""
    try:
        filters = _filters(user, query)
    except InvalidField as error:
        filters, wrong = HolderFilters(brands_of(user)), str(error)
    number = query.get("page", "1")
    at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1

    def read() -> dict[str, object]:
        database = service.registry.database
        found = load(database, filters, first=(at - 1) * PAGE, count=PAGE)
        own = brands_of(user)
        names = {each.brand_id: each.name for each in service.registry.brands() if own is None or each.brand_id in own}
        scans = {each.case_id: service.records.scan(each.case_id) for each in found if each.about_brand}
        thumbs = {
            case_id: next((image.place + 1 for image in own_images(scan, case) if image.kept and image.readable), None)
            for case in found
            if (scan := scans.get(case_id := case.case_id)) is not None
        }
        return {"cases": found, "count": count(database, filters), "names": names, "thumbs": thumbs}

    loaded = await asyncio.to_thread(read)
    kept = {name: value for name, value in query.items() if name != "page" and value}
    more = {
        "kind": kind,
        "wrong": wrong,
        "query_fields": kept,
        "query": urlencode(kept),
        "at": at,
        "pages": -(-int(str(loaded["count"])) // PAGE),
        "state_words": {state: word for state, word in STATES.items() if kind == NOTICES or state != "closed"},
    }
    return page(request, "holder_cases.html.j2", loaded | more)


def _filters(user: User, query: Mapping[str, str]) -> HolderFilters:
    """The filters of an address. Raises InvalidField for a day that is none, Problem for another owner's brand."""
    brands, brand = brands_of(user), query.get("brand", "")
    if brand:
        check_sees(user, brand)
        brands = frozenset({brand})
    state, first, last = query.get("state", ""), fields.day(query.get("since", "")), fields.day(query.get("until", ""))
    if first is not None:
        fields.days(first, last)
    after = None if last is None or last == date.max else _midnight(last + timedelta(days=1))
    return HolderFilters(
        brands,
        HolderState(state) if state in set(HolderState) else None,
        fields.passage("the search", query.get("text", ""), LONGEST_TEXT) or None,
        None if first is None else _midnight(first),
        after,
    )


def _midnight(of: date) -> datetime:
    return datetime(of.year, of.month, of.day, tzinfo=UTC)
