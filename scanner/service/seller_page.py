"""The seller's page of a notice: the decision, its reasons and a form to appeal. It needs its address, and no log-in.

The address holds a token that nobody can guess, and the page never passes its address on to other sites.
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
from scanner.moderation.seller_notices.wording import SWORN, appeal_status
from scanner.service.addresses import caller_of
from scanner.service.api.access import ServiceOf
from scanner.service.api.appeal_form import FIELDS, LONGEST_PART, check_before_reading, submission_of
from scanner.service.console.cases.case import images_kept, seller_notice_image
from scanner.service.console.pages import HEADERS, page
from scanner.service.problems import Problem, problem_of
from scanner.service.service import Service
from scanner.service.workers.fair_queue import Tenant

router = APIRouter(prefix=PAGE, include_in_schema=False)
ATTEMPTS: Final = RateLimitItemPerMinute(10)  # appeals against one notice: each may upload many megabytes
CALLS_OF_NOTICE: Final = RateLimitItemPerMinute(120)  # of its page, its images and its form together
IMAGES_OF_ADDRESS: Final = RateLimitItemPerMinute(120)  # many sellers may share one
IMAGES_OF_NOTICE: Final = RateLimitItemPerMinute(30)  # its page has two
_PRIVATE: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/{token}")
async def seller_notice_page(request: Request, token: str, service: ServiceOf) -> Response:
    """The page."""
    return await _page(request, service, await _seller_notice(service, token), token)


@router.get("/{token}/{image}.webp")
async def image_of(request: Request, token: str, image: str, service: ServiceOf) -> Response:
    """The listing image or the reference, with the match outlined."""
    await _count(service, IMAGES_OF_ADDRESS, "seller image", caller_of(request))
    seller_notice = await _seller_notice(service, token)
    await _count(service, IMAGES_OF_NOTICE, "seller image", seller_notice.seller_notice_id)
    # A seller's notices are one tenant: many addresses bring no larger share.
    data = await seller_notice_image(service, seller_notice, image, Tenant("sellers", seller_notice.seller_id))
    headers = {**HEADERS, **_PRIVATE}
    return Response(data, media_type="image/webp", headers=headers)


@router.post("/{token}")
async def appeal(request: Request, token: str, service: ServiceOf) -> Response:
    """Submit an appeal of the seller."""
    seller_notice = await _seller_notice(service, token)
    if not await service.rate_limiter.hit(ATTEMPTS, "appeal", seller_notice.seller_notice_id):
        return await _page(
            request, service, seller_notice, token, "Too many attempts. Wait a minute.", HTTPStatus.TOO_MANY_REQUESTS
        )
    try:
        await check_before_reading(request, service, seller_notice.seller_notice_id)
        with service.seller_bodies.hold(seller_notice.seller_id, request.headers):
            async with request.form(
                max_fields=len(FIELDS), max_files=MAX_DOCUMENTS, max_part_size=LONGEST_PART
            ) as form:
                submission = await submission_of(form)
        now = datetime.now(UTC)
        seller_notices = service.seller_notices.acting(f"seller {seller_notice.seller_id}")
        await asyncio.to_thread(submit_appeal, seller_notices, seller_notice.seller_notice_id, submission, now)
    except MarkscanError as error:
        problem = problem_of(error)  # what is wrong with the store is not for sellers
        return await _page(request, service, seller_notice, token, problem.detail, HTTPStatus(problem.status))
    return RedirectResponse(f"{PAGE}/{token}", HTTPStatus.SEE_OTHER, headers=_PRIVATE)


async def _count(service: Service, rate: RateLimitItemPerMinute, *whose: str) -> None:
    """Raises Problem when there were too many."""
    if not await service.rate_limiter.hit(rate, *whose):
        detail = "this page was called too often: wait a minute"
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_calls", detail, {"Retry-After": "60"})


async def _seller_notice(service: Service, token: str) -> SellerNotice:
    """The notice that an address belongs to. Raises Problem when there is none; a made-up address costs no query."""
    seller_notice_id = service.seller_notices.links.seller_notice(token)
    if seller_notice_id is not None:
        await _count(service, CALLS_OF_NOTICE, "seller page", seller_notice_id)
    seller_notice = (
        None
        if seller_notice_id is None
        else await asyncio.to_thread(service.seller_notices.seller_notice, seller_notice_id)
    )
    if seller_notice is None:
        detail = "there is no notice at this address: copy the whole address; old notices are deleted"
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

    def load() -> dict[str, object]:
        appeals = appeals_against(service.registry.database, seller_notice.seller_notice_id)
        used = {each.form for each in appeals}
        undecided = any(each.outcome is None for each in appeals)
        open_now = seller_notice.ended_at is None and now < seller_notice.appeal_by and not undecided
        forms = [Form.COMPLAINT, *([Form.COUNTER_NOTICE] if seller_notice.track is Track.COPYRIGHT else [])]
        return {
            "text": service.seller_notices.text_of(seller_notice, on_its_page=True),
            "appeals": [(each, appeal_status(each, seller_notice, holidays)) for each in appeals],
            "open_forms": [form for form in forms if form not in used] if open_now else [],
            "kept": images_kept(service, seller_notice),
        }

    more = {"seller_notice": seller_notice, "link": f"{PAGE}/{token}", "sworn": SWORN, "wrong": wrong, "Form": Form}
    response = page(
        request,
        "seller_page.html.j2",
        await asyncio.to_thread(load) | more,
        status,
    )
    response.headers.update(_PRIVATE)
    return response
