"""The page of one notice, for the seller alone: what was decided and why, and where to appeal; no login, an address.

Who has the address may read it: it holds a proof that nobody can make up, and nothing here names it to other sites.
"""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from limits import RateLimitItemPerMinute
from starlette.responses import RedirectResponse, Response

from brand_index.errors import MarkscanError
from scanner.moderation.seller_notices.links import PAGE
from scanner.moderation.seller_notices.queries import appeals_against
from scanner.moderation.seller_notices.submission import MAX_DOCUMENTS, submit_appeal
from scanner.moderation.seller_notices.types import Form, SellerNotice, Track
from scanner.moderation.seller_notices.wording import SWORN, standing_words
from scanner.service.api.access import ServiceOf
from scanner.service.api.appeal_form import FIELDS, LONGEST_PART, submission_of
from scanner.service.console.case import images_kept, seller_notice_image
from scanner.service.console.pages import HEADERS, page
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(prefix=PAGE, include_in_schema=False)
TRIES: Final = RateLimitItemPerMinute(10)  # appeals against one notice: each may bring many megabytes
_PRIVATE: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/{token}")
async def seller_notice_page(request: Request, token: str, service: ServiceOf) -> Response:
    """The page."""
    return await _page(request, service, await _seller_notice(service, token), token)


@router.get("/{token}/{image}.webp")
async def image_of(token: str, image: str, service: ServiceOf) -> Response:
    """The listing's image or the registered one, with the part that was found outlined."""
    data = await seller_notice_image(service, await _seller_notice(service, token), image)
    return Response(data, media_type="image/webp", headers={**HEADERS, **_PRIVATE})


@router.post("/{token}")
async def appeal(request: Request, token: str, service: ServiceOf) -> Response:
    """The seller appeals."""
    seller_notice = await _seller_notice(service, token)
    if not await service.rate_limiter.hit(TRIES, "appeal", seller_notice.seller_notice_id):
        return await _page(
            request, service, seller_notice, token, "Too many tries. Wait a minute.", HTTPStatus.TOO_MANY_REQUESTS
        )
    try:
        async with request.form(max_fields=len(FIELDS), max_files=MAX_DOCUMENTS, max_part_size=LONGEST_PART) as form:
            submission = await submission_of(form)
        now = datetime.now(UTC)
        seller_notices = service.seller_notices.acting(f"seller {seller_notice.seller_id}")
        await asyncio.to_thread(submit_appeal, seller_notices, seller_notice.seller_notice_id, submission, now)
    except MarkscanError as error:
        return await _page(request, service, seller_notice, token, str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return RedirectResponse(f"{PAGE}/{token}", HTTPStatus.SEE_OTHER, headers=_PRIVATE)


async def _seller_notice(service: Service, token: str) -> SellerNotice:
    """The notice of an address. Raises Problem: of none."""
    seller_notice_id = service.seller_notices.links.seller_notice(token)
    seller_notice = (
        None
        if seller_notice_id is None
        else await asyncio.to_thread(service.seller_notices.seller_notice, seller_notice_id)
    )
    if seller_notice is None:
        detail = "this address is of no notice: copy it whole, as it was sent; or what it was about is no longer kept"
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_seller_notice", detail)
    return seller_notice


async def _page(
    request: Request,
    service: Service,
    seller_notice: SellerNotice,
    token: str,
    wrong: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    now, holidays = datetime.now(UTC), service.settings.service.holidays

    def look() -> dict[str, object]:
        known = appeals_against(service.registry.database, seller_notice.seller_notice_id)
        used = {each.form for each in known}
        undecided = any(each.outcome is None for each in known)
        may = seller_notice.ended_at is None and now < seller_notice.appeal_by and not undecided
        forms = [Form.COMPLAINT, *([Form.COUNTER_NOTICE] if seller_notice.track is Track.COPYRIGHT else [])]
        return {
            "told": service.seller_notices.told(seller_notice, here=True),
            "appeals": [(each, standing_words(each, seller_notice, holidays)) for each in known],
            "open_forms": [form for form in forms if form not in used] if may else [],
            "kept": images_kept(service, seller_notice),
        }

    more = {"seller_notice": seller_notice, "link": f"{PAGE}/{token}", "sworn": SWORN, "wrong": wrong, "Form": Form}
    shown = page(
        request,
        "seller_page.html.j2",
        await asyncio.to_thread(look) | more,
        status,
    )
    shown.headers.update(_PRIVATE)
    return shown
