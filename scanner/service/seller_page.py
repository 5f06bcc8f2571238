"""The seller's page of a notice: the decision, its reasons and a form to appeal. It needs its address, and no log-in.

The address holds a token that nobody can guess, and the page never passes its address on to other sites.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from limits import RateLimitItemPerMinute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from brand_index.errors import MarkscanError
from scanner.moderation.seller_notices.documents import ACCEPTED, MAX_DOCUMENTS, add_documents
from scanner.moderation.seller_notices.faults import AppealFault, AppealRefused
from scanner.moderation.seller_notices.languages import (
    ENGLISH,
    LANGUAGES,
    Wording,
    choose_language,
    preferred,
    wording,
)
from scanner.moderation.seller_notices.links import PAGE
from scanner.moderation.seller_notices.queries import appeals_against, documents_of
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.submission import submit_appeal
from scanner.moderation.seller_notices.types import (
    Appeal,
    AppealDocument,
    AppealOutcome,
    Form,
    SellerNotice,
    Track,
)
from scanner.moderation.seller_notices.wording import appeal_status, listing_of, outcome_reason, redress_after
from scanner.service.addresses import caller_of
from scanner.service.api.access import ServiceOf
from scanner.service.api.appeal_form import (
    FIELDS,
    LONGEST_PART,
    MOST_FILES,
    check_before_reading,
    check_documents_before_reading,
    documents_in,
    submission_of,
    typed_in,
)
from scanner.service.console.cases.notified import notified_match, seller_notice_image
from scanner.service.console.pages import HEADERS, page
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem, problem_of
from scanner.service.service import Service
from scanner.service.workers.fair_queue import Tenant


@dataclass(frozen=True, slots=True)
class AppealShown:
    """An appeal as its seller sees it."""

    appeal: Appeal
    state: str
    reason: str | None  # of its outcome
    documents: tuple[AppealDocument, ...]


router = APIRouter(route_class=FormRoute, prefix=PAGE, include_in_schema=False)
ATTEMPTS: Final = RateLimitItemPerMinute(10)  # appeals against one notice: each may upload many megabytes
CALLS_OF_NOTICE: Final = RateLimitItemPerMinute(120)  # of its page, its images and its form together
IMAGES_OF_ADDRESS: Final = RateLimitItemPerMinute(120)  # many sellers may share one
IMAGES_OF_NOTICE: Final = RateLimitItemPerMinute(30)  # its page has two
_PRIVATE: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/{token}")
async def seller_notice_page(request: Request, token: str, service: ServiceOf) -> Response:
    """The page."""
    try:
        seller_notice = await _seller_notice(service, token)
    except Problem as problem:
        return _no_page(request, service, problem)
    return await _page(request, service, seller_notice, token)


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
    return await _receive(request, service, token, _submit)


@router.post("/{token}/documents")
async def more_documents(request: Request, token: str, service: ServiceOf) -> Response:
    """Add documents to the appeal that waits for a decision."""
    return await _receive(request, service, token, _add)


_Act = Callable[[Request, Service, SellerNotice, dict[str, str]], Awaitable[None]]


async def _submit(request: Request, service: Service, seller_notice: SellerNotice, typed: dict[str, str]) -> None:
    await check_before_reading(request, service, seller_notice.seller_notice_id)
    with service.seller_bodies.hold(seller_notice.seller_id, request.headers):
        async with request.form(max_fields=len(FIELDS), max_files=MOST_FILES, max_part_size=LONGEST_PART) as form:
            typed |= typed_in(form)
            if any(getattr(each, "filename", "") for each in form.getlist("documents")):
                typed["documents"] = "sent"  # a browser does not put files back into a form
            submission = await submission_of(form)
    await asyncio.to_thread(
        submit_appeal, _acting(service, seller_notice), seller_notice.seller_notice_id, submission, datetime.now(UTC)
    )


async def _add(request: Request, service: Service, seller_notice: SellerNotice, _: dict[str, str]) -> None:
    found = await asyncio.to_thread(appeals_against, service.registry.database, seller_notice.seller_notice_id)
    waiting = next((each for each in found if each.outcome is None), None)
    if waiting is None:
        raise AppealRefused("decided")
    await check_documents_before_reading(request, service, waiting.appeal_id)
    with service.seller_bodies.hold(seller_notice.seller_id, request.headers):
        async with request.form(max_fields=0, max_files=MOST_FILES, max_part_size=LONGEST_PART) as form:
            documents = await documents_in(form)
    await asyncio.to_thread(
        add_documents, _acting(service, seller_notice), waiting.appeal_id, documents, datetime.now(UTC)
    )


def _acting(service: Service, seller_notice: SellerNotice) -> SellerNotices:
    return service.seller_notices.acting(f"seller {seller_notice.seller_id}")


async def _receive(request: Request, service: Service, token: str, act: _Act) -> Response:
    """What a form leads to: the page anew, or the page with what is wrong and all that was typed."""
    try:
        seller_notice = await _seller_notice(service, token)
    except Problem as problem:
        return _no_page(request, service, problem)
    typed: dict[str, str] = {}
    words = _words(request, service, seller_notice)
    try:
        if not await service.rate_limiter.hit(ATTEMPTS, "appeal", seller_notice.seller_notice_id):
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_calls", words.say("errors.attempts"))
        await act(request, service, seller_notice, typed)
    except (MarkscanError, HTTPException) as error:
        wrong, status = _said(error, words)
        request.state.problem = getattr(error, "code", None)
        return await _page(request, service, seller_notice, token, wrong, status, typed)
    address = f"{PAGE}/{token}{_query(request)}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers=_PRIVATE)


def _said(error: MarkscanError | HTTPException, words: Wording) -> tuple[str, HTTPStatus]:
    """What a seller reads about an error; what is wrong with the store is not for sellers."""
    if isinstance(error, AppealFault):
        return error.said(words), HTTPStatus(problem_of(error).status)
    problem = error if isinstance(error, HTTPException) else problem_of(error)
    status = HTTPStatus(problem.status_code)
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        return words.say("errors.attempts"), status
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return words.say("errors.too_large"), status
    return words.say("errors.busy" if status is HTTPStatus.SERVICE_UNAVAILABLE else "errors.failed"), status


def _words(request: Request, service: Service, seller_notice: SellerNotice) -> Wording:
    """The texts in the language of the page."""
    language = choose_language(
        request.query_params.get("lang"),
        request.headers.get("accept-language", ""),
        seller_notice.market or service.settings.service.home_market,
        seller_notice.language,
    )
    return service.seller_notices.texts.words(seller_notice, language)


def _query(request: Request) -> str:
    """The language that was asked for, for the next address."""
    asked = request.query_params.get("lang")
    return f"?lang={asked}" if asked in LANGUAGES else ""


def _no_page(request: Request, service: Service, problem: Problem) -> Response:
    """The page of an address without a notice, in the language that the browser prefers."""
    accepted = request.headers.get("accept-language", "")
    asked, folder = request.query_params.get("lang"), service.settings.service.wordings
    language = asked if asked in LANGUAGES else preferred(accepted, tuple(LANGUAGES))
    words = wording(language or ENGLISH, folder=folder)
    request.state.problem = problem.code
    text = words.say("errors.unknown" if problem.status == HTTPStatus.NOT_FOUND else "errors.attempts")
    shown = {"words": words, "lang": words.tag, "skip": words.say("page.skip"), "text": text}
    response = page(request, "seller_no_page.html.j2", shown, problem.status)
    response.headers.update({"X-Robots-Tag": "noindex"} | problem.headers)
    return response


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
    typed: Mapping[str, str] | None = None,
) -> Response:
    now, holidays, database = datetime.now(UTC), service.settings.service.holidays, service.registry.database
    texts, words = service.seller_notices.texts, _words(request, service, seller_notice)

    def load() -> dict[str, object]:
        appeals = appeals_against(database, seller_notice.seller_notice_id)
        used = {each.form for each in appeals}
        undecided = next((each for each in appeals if each.outcome is None), None)
        in_time = seller_notice.ended_at is None and now < seller_notice.appeal_by
        open_now = in_time and undecided is None
        text = service.seller_notices.text_of(seller_notice, words.language, on_its_page=True)
        return {
            "text": text,
            "redress": redress_after(words, texts.law(seller_notice)),
            "appeals": [
                AppealShown(
                    each,
                    appeal_status(words, each, seller_notice, holidays),
                    outcome_reason(words, each),
                    documents_of(database, each.appeal_id),
                )
                for each in appeals
            ],
            "waiting": undecided is not None and seller_notice.ended_at is None,
            "open_forms": [form for form in texts.forms(seller_notice) if form not in used] if open_now else [],
            "late": not in_time and seller_notice.ended_at is None and undecided is None,
            "match": notified_match(service, seller_notice),
        }

    more = {
        "seller_notice": seller_notice,
        "listing": listing_of(words, seller_notice).rstrip(),
        "link": f"{PAGE}/{token}",
        "query": _query(request),
        "words": words,
        "lang": words.tag,
        "skip": words.say("page.skip"),
        "languages": LANGUAGES,
        "oath": None if words.language == ENGLISH else wording(ENGLISH).say("form.sworn"),
        "accepted": ACCEPTED,
        "most": MAX_DOCUMENTS,
        "today": now.date(),
        "photo": seller_notice.track is Track.COPYRIGHT,
        "wrong": wrong,
        "typed": typed or {},
        "Form": Form,
        "AppealOutcome": AppealOutcome,
    }
    response = page(request, "seller_page.html.j2", await asyncio.to_thread(load) | more, status)
    response.headers.update(_PRIVATE)
    return response
