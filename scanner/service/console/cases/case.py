"""The page of a case: the images side by side, the evidence, and the decision."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.errors import FileAltered, InvalidField, MarkscanError
from brand_index.registry.kept_files import read_reference
from brand_index.types import Authorization, Brand, ReferenceImage
from scanner.engine.types import Evidence
from scanner.moderation.cases.cases import Case, Cases
from scanner.moderation.cases.decisions import CaseDecision, decisions_on
from scanner.moderation.cases.notices import notice_on
from scanner.moderation.records.scans import Scan
from scanner.moderation.seller_notices.queries import appeals_against
from scanner.moderation.seller_notices.types import SellerNotice
from scanner.moderation.store import Records
from scanner.service.accounts.users import User
from scanner.service.api.access import ServiceOf
from scanner.service.console.cases.images import ListingImage, images_of
from scanner.service.console.cases.queue import decision_of, filters_of, measures_of
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.session import OWN_FORM, FormOf, ReviewerOf, tenant_of
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.drawing import DrawingRequest, Drawings
from scanner.service.workers.fair_queue import Tenant
from scanner.verdicts import words
from scanner.verdicts.case_states import UNDECIDED, Scope

router = APIRouter(prefix="/console/cases", include_in_schema=False)
IMAGES: Final = frozenset({"listing", "small", "reference", "aligned_listing", "aligned_reference"})
LONGEST_PLACE: Final = 4  # digits


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with everything that its page shows."""

    case: Case
    scan: Scan
    images: tuple[ListingImage, ...]  # of the listing
    shown: ListingImage  # the one of these that is selected
    reference: ReferenceImage | None  # that the selected image matched; None: none
    brand: Brand | None
    brand_names: dict[str, str]  # of all brands, by id
    held: tuple[Authorization, ...]  # of this seller, from the brand of the case and of any matched image
    decisions: tuple[CaseDecision, ...]
    of_seller: tuple[Case, ...]
    of_brand: tuple[Case, ...]
    similar: int  # number of cases in its cluster


def load_case(service: Service, case_id: str, place: int | None = None) -> CaseView:
    """A case with everything that its page shows. Raises Problem when there is no such case or image.

    `place`: the selected image, from 1; None: the image that opened the case.
    """
    database, registry = service.registry.database, service.registry
    cases = Cases(database)
    case, scan = cases.case(case_id), Records(database, service.store).scan(case_id)
    if case is None or scan is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_case", f"there is no case {case_id[:64]!r}")
    images = images_of(scan, case)
    if place is not None and not 1 <= place <= len(images):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", f"the images of this listing are 1 to {len(images)}")
    shown = images[case.position if place is None else place - 1]
    evidence = shown.evidence
    registered = {each.brand_id: each for each in registry.brands()}
    held: tuple[Authorization, ...] = ()
    if case.seller_id is not None:
        matched = {item.brand_id for image in images for item in image.counted}
        brands = matched if case.brand_id is None else matched | {case.brand_id}  # as a notice may name another
        held = registry.authorizations(seller_id=case.seller_id, brands=brands)
    return CaseView(
        case=case,
        scan=scan,
        images=images,
        shown=shown,
        reference=None if evidence is None else registry.reference(evidence.reference_id),
        brand=None if case.brand_id is None else registered.get(case.brand_id),
        brand_names={brand_id: each.name for brand_id, each in registered.items()},
        held=held,
        decisions=decisions_on(database, case_id),
        of_seller=_others(() if case.seller_id is None else cases.of_seller(case.seller_id), case),
        of_brand=_others(() if case.brand_id is None else cases.of_brand(case.brand_id), case),
        similar=len(cases.of_cluster(case.cluster)),
    )


@router.get("/{case_id}")
async def case_page(request: Request, case_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The page, with the selected `image`. Opening an undecided case that nobody is assigned to assigns it."""
    image = request.query_params.get("image")
    return await _page(request, service, user.user_id, case_id, "", None if image is None else _place(image))


@router.get("/{case_id}/{image}.webp")
async def case_image(case_id: str, image: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The image that opened the case, or its reference."""
    return await _case_image(service, user, case_id, None, image)


@router.get("/{case_id}/{place}/{image}.webp")
async def listing_image(case_id: str, place: str, image: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """An image of the listing, or its reference, decoded and drawn anew: no uploaded bytes reach the browser."""
    return await _case_image(service, user, case_id, _place(place), image)


@router.post("/{case_id}/decide")
async def decide_case(request: Request, case_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Decide a case, suppress its match if the form says so, and go on to the next case."""
    database, now = service.registry.database, datetime.now(UTC)
    note, scope = str(form.get("note", "")), str(form.get("suppress", ""))

    def act() -> Case | None:
        state, ground = decision_of(form)
        service.seller_notices.acting(user.actor).decide(
            [case_id],
            user.user_id,
            state,
            ground=ground,
            note=note,
            measures=measures_of(form),
            suppress=Scope(scope) if ground is not None and scope in set(Scope) else None,
            now=now,
        )
        filters, order = filters_of(form)
        return Cases(database).take_next(filters, order, user.user_id, now)

    try:
        following = await asyncio.to_thread(act)
    except MarkscanError as error:
        return await _page(request, service, user.user_id, case_id, str(error))
    return RedirectResponse("/console/queue" if following is None else f"/console/cases/{following.case_id}", 303)


@router.post("/{case_id}/seller-notice")
async def send_seller_notice(
    request: Request, case_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf
) -> Response:
    """Send a notice to the seller of a confirmed case."""
    try:
        measures = measures_of(form)
        if measures is None:
            raise InvalidField("choose what happened to the listing")
        seller_notices = service.seller_notices.acting(user.actor)
        await asyncio.to_thread(seller_notices.send, case_id, measures, user.user_id, datetime.now(UTC))
    except MarkscanError as error:
        return await _page(request, service, user.user_id, case_id, str(error))
    return RedirectResponse(f"/console/cases/{case_id}", HTTPStatus.SEE_OTHER)


@router.post("/{case_id}/release", dependencies=[OWN_FORM])
async def release_case(request: Request, case_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """Release the case without a decision."""
    await asyncio.to_thread(Cases(service.registry.database).release, case_id, user.user_id, datetime.now(UTC))
    return RedirectResponse("/console/queue", HTTPStatus.SEE_OTHER)


async def _case_image(service: Service, user: User, case_id: str, place: int | None, image: str) -> Response:
    if image not in IMAGES:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such image")
    data: bytes | None = getattr(await drawings_of(service, case_id, place, tenant_of(user)), image)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "the image is no longer kept")
    return Response(data, media_type="image/webp", headers=HEADERS)


async def _page(
    request: Request, service: Service, user: str, case_id: str, wrong: str, place: int | None = None
) -> Response:
    cases, now = Cases(service.registry.database), datetime.now(UTC)
    view = await asyncio.to_thread(load_case, service, case_id, place)
    image = view.shown
    mine = view.case.state in UNDECIDED and await asyncio.to_thread(cases.lease, case_id, user, now)
    standing = next((each for each in reversed(view.decisions) if each.undone_at is None), None)
    context = {
        "view": view,
        "case": view.case,
        "query": urlencode({name: value for name, value in request.query_params.items() if name != "image"}),
        "facts": () if image.evidence is None else words.facts(image.evidence),
        "authorization": () if image.verdict is None else words.authorization_sentences(image.verdict),
        "mine": mine,
        **await asyncio.to_thread(_notices, service, case_id),
        "standing": standing,
        "wrong": wrong,
        "altered": await asyncio.to_thread(_is_altered, service, view),
        "undecided": UNDECIDED,
        "names": view.brand_names,
    }
    return page(request, "case.html.j2", context, HTTPStatus.CONFLICT if wrong else HTTPStatus.OK)


def _is_altered(service: Service, view: CaseView) -> bool:
    """Whether the shown image, or the reference that it matched, is not the file that was recorded."""
    evidence = view.shown.evidence
    reference = None if evidence is None else service.registry.reference(evidence.reference_id)
    try:
        service.records.image(view.scan, view.shown.place - 1)
        if reference is not None:
            read_reference(service.store, reference)
    except FileAltered:
        return True
    return False


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
    if place is None:
        case = await asyncio.to_thread(Cases(service.registry.database).case, case_id)
        place = 1 if case is None else case.position + 1

    def request() -> DrawingRequest:
        view = load_case(service, case_id, place)
        return drawing_request(service, view.scan, view.shown, view.shown.evidence)

    return await service.drawings.image(f"{case_id}/{place}", tenant, request)


def images_kept(service: Service, seller_notice: SellerNotice) -> bool:
    """Whether the images of a notice can still be shown."""
    scan = service.records.scan(seller_notice.case_id)
    return scan is not None and any(image.kept for image in scan.images)


async def seller_notice_image(service: Service, seller_notice: SellerNotice, image: str, tenant: Tenant) -> bytes:
    """The listing's image of a notice or the registered one, for others than reviewers. Raises Problem: neither."""
    data: bytes | None = None
    if image in ("listing", "reference"):
        data = getattr(await drawings_of(service, seller_notice.case_id, None, tenant), image)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "the image is no longer kept")
    return data


def drawing_request(service: Service, scan: Scan, image: ListingImage, evidence: Evidence | None) -> DrawingRequest:
    """The request to draw one image of a listing and one match in it."""
    reference = None if evidence is None else service.registry.reference(evidence.reference_id)
    file = None if reference is None else service.store.media_path(reference.sha256, reference.suffix)
    return DrawingRequest(service.records.image(scan, image.place - 1), reference, file, evidence)


def _place(text: str) -> int:
    """The number of an image in an address, from 1; 0, which no image has, if it is not a number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_PLACE else 0


def _others(cases: tuple[Case, ...], case: Case) -> tuple[Case, ...]:
    return tuple(each for each in cases if each.case_id != case.case_id)[:8]
