"""The page of a case: the images side by side, the evidence, and the decision."""

import asyncio
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from brand_index.errors import InvalidField, MarkscanError
from brand_index.registry.kept_files import registered_file
from scanner.bulk.report.marked_text import excerpts, marked_text
from scanner.engine.types import Evidence, Where
from scanner.moderation.cases.cases import Case, Cases
from scanner.moderation.cases.covered import covered_by
from scanner.moderation.cases.decisions import CaseDecision, batch_with, last_of
from scanner.moderation.cases.labels import spread_of
from scanner.moderation.cases.notices import notice_on
from scanner.moderation.evidence import bundles_made
from scanner.moderation.forms.proposing import forms_of_case, why_not_proposable
from scanner.moderation.records.scans import Scan
from scanner.moderation.seller_notices.queries import appeals_against
from scanner.service.accounts.users import User
from scanner.service.api.access import ServiceOf
from scanner.service.console.cases.case_view import CaseView, files_of, load_case, load_images
from scanner.service.console.cases.decision_form import (
    NOTHING_TYPED,
    Typed,
    read_decision,
    read_measures,
    typed_in,
)
from scanner.service.console.cases.images import ListingImage
from scanner.service.console.cases.queue import filters_of, queue_fields
from scanner.service.console.cases.teamwork import teamwork_on
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.session import FormOf, ReviewerOf, tenant_of
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.drawing import DrawingRequest, Drawings
from scanner.service.workers.drawn_images import Drawing, DrawnImages
from scanner.service.workers.fair_queue import Tenant
from scanner.verdicts import words
from scanner.verdicts.case_states import UNDECIDED
from scanner.verdicts.listing_link import listing_address
from scanner.verdicts.reasons import form_facts
from scanner.verdicts.sentences import about_sellers
from scanner.verdicts.sentences.about_sellers import first_seen_sentences
from scanner.verdicts.sentences.about_words import context_sentences

router = APIRouter(route_class=FormRoute, prefix="/console/cases", include_in_schema=False)
SMALL: Final = "small"  # the listing image, for lists
IMAGES: Final = frozenset({SMALL, "listing", "reference", "aligned_listing", "aligned_reference"})
LONGEST_PLACE: Final = 4  # digits
JUST_DECIDED: Final = timedelta(minutes=15)


@router.get("/{case_id}")
async def case_page(request: Request, case_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The page, with the selected `image`. Opening an undecided case that nobody else is reviewing leases it."""
    image = request.query_params.get("image")
    return await _page(request, service, user.user_id, case_id, "", None if image is None else place_of(image))


@router.get("/{case_id}/{image}.webp")
async def case_image(case_id: str, image: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The image that opened the case, or its reference."""
    return await _case_image(service, user, case_id, None, image)


@router.get("/{case_id}/{place}/{image}.webp")
async def listing_image(case_id: str, place: str, image: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """An image of the listing, or its reference, decoded and drawn anew: no uploaded bytes reach the browser."""
    return await _case_image(service, user, case_id, place_of(place), image)


@router.post("/{case_id}/decide")
async def decide_case(request: Request, case_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Decide a case, suppress its match if the form says so, and go on to the next case."""
    database, now, loop = service.registry.database, datetime.now(UTC), asyncio.get_running_loop()

    def act() -> Case | None:
        made = read_decision(form)
        service.seller_notices.acting(user.actor).decide(
            [case_id],
            user.user_id,
            made.state,
            ground=made.ground,
            note=made.note,
            measures=made.measures,
            suppress=made.suppress,
            propose=made.propose,
            now=now,
        )
        if made.propose:
            loop.call_soon_threadsafe(service.forms.task.wake)
        filters, order = filters_of(form, user.user_id)
        return Cases(database).take_next(filters, order, user.user_id, now)

    try:
        following = await asyncio.to_thread(act)
    except MarkscanError as error:
        return await _page(request, service, user.user_id, case_id, str(error), _place_in(form), form, typed_in(form))
    onward = "/console/queue" if following is None else f"/console/cases/{following.case_id}"
    return RedirectResponse(f"{onward}?{query}" if (query := urlencode(queue_fields(form))) else onward, 303)


@router.post("/{case_id}/seller-notice")
async def send_seller_notice(
    request: Request, case_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf
) -> Response:
    """Send a notice to the seller of a confirmed case."""
    try:
        measures = read_measures(form)
        if measures is None:
            raise InvalidField("choose what happened to the listing")
        seller_notices = service.seller_notices.acting(user.actor)
        await asyncio.to_thread(seller_notices.send, case_id, measures, user.user_id, datetime.now(UTC))
    except MarkscanError as error:
        return await _page(request, service, user.user_id, case_id, str(error), typed=typed_in(form))
    return RedirectResponse(f"/console/cases/{case_id}", HTTPStatus.SEE_OTHER)


@router.post("/{case_id}/release")
async def release_case(case_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Release the case without a decision."""
    query = urlencode(queue_fields(form))
    await asyncio.to_thread(Cases(service.registry.database).release, case_id, user.user_id, datetime.now(UTC))
    return RedirectResponse(f"/console/queue?{query}" if query else "/console/queue", HTTPStatus.SEE_OTHER)


async def _case_image(service: Service, user: User, case_id: str, place: int | None, image: str) -> Response:
    if image not in IMAGES:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such image")
    data: bytes | None
    if image == SMALL:
        data = await _drawn(service.thumbnails, service, case_id, place, tenant_of(user))
    else:
        data = getattr(await drawings_of(service, case_id, place, tenant_of(user)), image)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "the image is no longer kept")
    return Response(data, media_type="image/webp", headers=HEADERS)


async def _page(
    request: Request,
    service: Service,
    user: str,
    case_id: str,
    wrong: str,
    place: int | None = None,
    fields: QueryParams | FormData | None = None,
    typed: Typed = NOTHING_TYPED,
) -> Response:
    """`fields` that say which cases are reviewed; None: those of the address."""
    reviewed = queue_fields(request.query_params if fields is None else fields)
    cases, now = Cases(service.registry.database), datetime.now(UTC)
    view = await asyncio.to_thread(load_case, service, case_id, place)
    image = view.shown
    mine = view.case.state in UNDECIDED and await asyncio.to_thread(cases.lease, case_id, user, now)
    standing = next((each for each in reversed(view.decisions) if each.undone_at is None), None)
    context = {
        "view": view,
        "case": view.case,
        "covered": covered_by(view.case, [each.row for each in view.scan.images]),
        "query": urlencode(reviewed),
        "query_fields": reviewed,
        "undoable": (undoable := await asyncio.to_thread(_undoable, service, user, view, now)),
        "undoable_kind": await asyncio.to_thread(cases.kind_of, undoable.case_id) if undoable else None,
        "together": await asyncio.to_thread(batch_with, service.registry.database, undoable) if undoable else (),
        "link": listing_address(service.settings.service.listing_url, view.case),
        "basis": _basis(image),
        "kept": await asyncio.to_thread(
            cases.kept_images, [each.case_id for others in (view.of_seller, view.of_brand) for each in others.newest]
        ),
        **await asyncio.to_thread(teamwork_on, service.registry.database, view.case, view.decisions),
        "facts": (*form_facts(view.reference, image.evidence), *image.facts),
        "context": () if image.verdict is None else context_sentences(image.verdict.context),
        "title_text": marked_text(view.scan.listing.title, Where.TITLE, image.words),
        "description_text": marked_text(view.scan.listing.description, Where.DESCRIPTION, image.words),
        "excerpts": excerpts(image.words, Where.DESCRIPTION),
        "first_seen": _first_seen(image),
        "template": await asyncio.to_thread(_template_note, service, image, now),
        "alike": tuple((each, words.basis(each)) for each in image.alike),
        "authorization": () if image.verdict is None else about_sellers.authorization_sentences(image.verdict),
        "mine": mine,
        "proposable": why_not_proposable(view.case) is None,
        "proposed": await asyncio.to_thread(forms_of_case, service.registry.database, case_id),
        **await asyncio.to_thread(_notices, service, case_id),
        "standing": standing,
        "bundles": await asyncio.to_thread(bundles_made, service.registry, case_id),
        "wrong": wrong,
        "undone": "undone" in request.query_params,
        "typed": typed,
        "files": await asyncio.to_thread(files_of, service, view),
        "undecided": UNDECIDED,
        "names": view.brand_names,
    }
    return page(request, "case.html.j2", context, HTTPStatus.CONFLICT if wrong else HTTPStatus.OK)


def _basis(image: ListingImage) -> str:
    """What the evidence rests on; empty: there is none, or the first of its facts says so."""
    return "" if image.evidence is None or image.evidence.unverified else words.basis(image.evidence)


def _undoable(service: Service, user: str, view: CaseView, now: datetime) -> CaseDecision | None:
    """The decision that the user has just made, on another case; None: there is none."""
    last = last_of(service.registry.database, user)
    is_new = last is not None and last.case_id != view.case.case_id and now - last.at < JUST_DECIDED
    return last if is_new and view.case.state in UNDECIDED else None


def _template_note(service: Service, image: ListingImage, now: datetime) -> str:
    """What speaks for the reference being a template, as sentences; empty: nothing does."""
    if image.evidence is None:
        return ""
    spread = spread_of(service.registry.database, image.evidence.reference_id, now)
    is_common = spread is not None and spread.may_be_template(service.scanner.automatic.template_sellers)
    return about_sellers.spread_sentence(spread) if spread is not None and is_common else ""


def _notices(service: Service, case_id: str) -> dict[str, object]:
    """The notices about the case, to its seller and from the rights holder, and the appeals."""
    seller_notices, database = service.seller_notices.of_case(case_id), service.registry.database
    return {
        "seller_notices": seller_notices,
        "notice": notice_on(database, case_id),
        "appeals": {each.seller_notice_id: appeals_against(database, each.seller_notice_id) for each in seller_notices},
    }


async def drawings_of(service: Service, case_id: str, place: int | None, tenant: Tenant) -> Drawings:
    """An image of a case and its reference, drawn at the turn of `tenant`; the newest are kept.

    `place` as in load_case. Raises Problem when there is no such case or image.
    """
    return await _drawn(service.drawings, service, case_id, place, tenant)


def _first_seen(image: ListingImage) -> tuple[str, ...]:
    """Who showed the photo that matched first, as sentences; empty: no photo did, or the scan did not say."""
    known = () if image.verdict is None or image.evidence is None else image.verdict.first_seen
    return tuple(
        sentence
        for each in known
        if image.evidence is not None and each.reference_id == image.evidence.reference_id
        for sentence in first_seen_sentences(each)
    )


async def _drawn(
    images: DrawnImages[Drawing], service: Service, case_id: str, place: int | None, tenant: Tenant
) -> Drawing:
    if place is None:
        case = await asyncio.to_thread(Cases(service.registry.database).case, case_id)
        place = 1 if case is None else case.position + 1

    def request() -> DrawingRequest:
        loaded = load_images(service, case_id, place)
        return drawing_request(service, loaded.scan, loaded.shown, loaded.shown.evidence)

    return await images.image(f"{case_id}/{place}", tenant, request)


def drawing_request(service: Service, scan: Scan, image: ListingImage, evidence: Evidence | None) -> DrawingRequest:
    """The request to draw one image of a listing and one match in it."""
    if evidence is None and image.patches:
        data = service.records.image(scan, image.place - 1)
        return DrawingRequest(data, None, None, None, concealed=image.patches)
    reference = None if evidence is None else service.registry.reference(evidence.reference_id)
    file = None if reference is None else registered_file(service.store, reference)
    return DrawingRequest(service.records.image(scan, image.place - 1), reference, file, evidence)


def place_of(text: str) -> int:
    """The number of an image in an address, from 1; 0, which no image has, if it is not a number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_PLACE else 0


def _place_in(form: FormData) -> int | None:
    """The number of the image that a form was sent beside; None: it does not say."""
    return place_of(str(form["image"])) if "image" in form else None
