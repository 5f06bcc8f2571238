"""One case: the images beside each other, what is known of it, and the decision."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.errors import InvalidField, MarkscanError
from brand_index.types import Authorization, Brand, ReferenceImage
from scanner.engine.types import Evidence
from scanner.moderation.cases.cases import Case, Cases
from scanner.moderation.cases.decisions import CaseDecision, decisions_on
from scanner.moderation.cases.notices import notice_on
from scanner.moderation.records.scans import Scan
from scanner.moderation.seller_notices.queries import appeals_against
from scanner.moderation.seller_notices.types import SellerNotice
from scanner.moderation.store import Records
from scanner.service.api.access import ServiceOf
from scanner.service.console.images import ListingImage, images_of
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.queue import decision_of, filters_of, measures_of
from scanner.service.console.session import OWN_FORM, FormOf, ReviewerOf
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.drawing import Drawn, Shown, draw
from scanner.verdicts import words
from scanner.verdicts.case_states import UNDECIDED, Scope

router = APIRouter(prefix="/console/cases", include_in_schema=False)
IMAGES: Final = frozenset({"listing", "small", "reference", "laid", "registered"})
LONGEST_PLACE: Final = 4  # digits


@dataclass(frozen=True, slots=True)
class Opened:
    """All that is known of a case."""

    case: Case
    scan: Scan
    images: tuple[ListingImage, ...]  # of the listing
    shown: ListingImage  # the one of these that is looked at
    reference: ReferenceImage | None  # that it was matched with; None: none
    brand: Brand | None
    held: tuple[Authorization, ...]  # of this seller, by the case's brand and those of what counted in any image
    decisions: tuple[CaseDecision, ...]
    of_seller: tuple[Case, ...]
    of_brand: tuple[Case, ...]
    alike: int  # cases of its cluster


def open_case(service: Service, case_id: str, place: int | None = None) -> Opened:
    """A case with what belongs to it, for a look at one image of its listing. Raises Problem: there is none.

    `place` counts from 1; None: the image that tells the case.
    """
    database, registry = service.registry.database, service.registry
    cases = Cases(database)
    case, scan = cases.case(case_id), Records(database, service.store).scan(case_id)
    if case is None or scan is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_case", f"there is no case {case_id[:64]!r}")
    images = images_of(scan, case)
    if place is not None and not 1 <= place <= len(images):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", f"this listing's images are 1 to {len(images)}")
    shown = images[case.position if place is None else place - 1]
    evidence = shown.evidence
    brand = next((each for each in registry.brands() if each.brand_id == case.brand_id), None)
    held: tuple[Authorization, ...] = ()
    if case.seller_id is not None:
        seen = {item.brand_id for image in images for item in image.counted}
        brands = seen if case.brand_id is None else seen | {case.brand_id}  # which a rights holder may have named
        held = registry.authorizations(seller_id=case.seller_id, brands=brands)
    return Opened(
        case=case,
        scan=scan,
        images=images,
        shown=shown,
        reference=None if evidence is None else registry.reference(evidence.reference_id),
        brand=brand,
        held=held,
        decisions=decisions_on(database, case_id),
        of_seller=_others(() if case.seller_id is None else cases.of_seller(case.seller_id), case),
        of_brand=_others(() if case.brand_id is None else cases.of_brand(case.brand_id), case),
        alike=len(cases.of_cluster(case.cluster)),
    )


@router.get("/{case_id}")
async def case_page(request: Request, case_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The page, for a look at the `image` asked for; who opens an undecided case that nobody has in hand has it."""
    asked = request.query_params.get("image")
    return await _page(request, service, user.user_id, case_id, "", None if asked is None else _place(asked))


@router.get("/{case_id}/{image}.webp")
async def case_image(case_id: str, image: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The image of the listing that tells the case, or what it was matched with."""
    case = await asyncio.to_thread(Cases(service.registry.database).case, case_id)
    place = 1 if case is None else case.position + 1
    return await listing_image(case_id, str(place), image, service, user)


@router.get("/{case_id}/{place}/{image}.webp")
async def listing_image(case_id: str, place: str, image: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """An image of the listing, or what it was matched with, drawn anew: nothing is handed on as it came."""
    if image not in IMAGES:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such image")
    known = service.drawn.get(_drawn_as(case_id, _place(place)))
    if known is None:
        known = await drawn_of(service, await asyncio.to_thread(open_case, service, case_id, _place(place)))
    data: bytes | None = getattr(known, image)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "the image is no longer kept")
    return Response(data, media_type="image/webp", headers={**HEADERS, "Cache-Control": "private, max-age=600"})


@router.post("/{case_id}/decide")
async def decide_case(request: Request, case_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Decide the case, suppress the match if that is asked, and open the next case."""
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
    """Tell the seller of a confirmed case what is done about its listing."""
    try:
        measures = measures_of(form)
        if measures is None:
            raise InvalidField("choose what is done about the listing")
        seller_notices = service.seller_notices.acting(user.actor)
        await asyncio.to_thread(seller_notices.send, case_id, measures, user.user_id, datetime.now(UTC))
    except MarkscanError as error:
        return await _page(request, service, user.user_id, case_id, str(error))
    return RedirectResponse(f"/console/cases/{case_id}", HTTPStatus.SEE_OTHER)


@router.post("/{case_id}/release", dependencies=[OWN_FORM])
async def release_case(request: Request, case_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """Give it back, undecided."""
    await asyncio.to_thread(Cases(service.registry.database).release, case_id, user.user_id, datetime.now(UTC))
    return RedirectResponse("/console/queue", HTTPStatus.SEE_OTHER)


async def _page(
    request: Request, service: Service, user: str, case_id: str, wrong: str, place: int | None = None
) -> Response:
    cases, now = Cases(service.registry.database), datetime.now(UTC)
    opened = await asyncio.to_thread(open_case, service, case_id, place)
    image = opened.shown
    mine = opened.case.state in UNDECIDED and await asyncio.to_thread(cases.lease, case_id, user, now)
    standing = next((each for each in reversed(opened.decisions) if each.undone_at is None), None)
    shown = {
        "opened": opened,
        "case": opened.case,
        "asked": urlencode({name: value for name, value in request.query_params.items() if name != "image"}),
        "facts": () if image.evidence is None else words.facts(image.evidence),
        "leave": () if image.verdict is None else words.authorization_sentences(image.verdict),
        "mine": mine,
        **await asyncio.to_thread(_told, service, case_id),
        "standing": standing,
        "wrong": wrong,
        "undecided": UNDECIDED,
    }
    return page(request, "case.html.j2", shown, HTTPStatus.CONFLICT if wrong else HTTPStatus.OK)


def _told(service: Service, case_id: str) -> dict[str, object]:
    """What its seller was told, and said to it."""
    seller_notices, database = service.seller_notices.of_case(case_id), service.registry.database
    return {
        "seller_notices": seller_notices,
        "notice": notice_on(database, case_id),
        "appeals": {each.seller_notice_id: appeals_against(database, each.seller_notice_id) for each in seller_notices},
    }


async def drawn_of(service: Service, opened: Opened) -> Drawn:
    """The image that is looked at, drawn in a process beside the service; the newest are kept."""
    shown = await asyncio.to_thread(to_draw, service, opened.scan, opened.shown, opened.shown.evidence)
    name = _drawn_as(opened.case.case_id, opened.shown.place)
    drawn = service.drawn[name] = await service.side_process.run(draw, shown, service.settings)
    return drawn


def images_kept(service: Service, seller_notice: SellerNotice) -> bool:
    """Whether the images of a notice can still be shown."""
    scan = service.records.scan(seller_notice.case_id)
    return scan is not None and any(image.kept for image in scan.images)


async def seller_notice_image(service: Service, seller_notice: SellerNotice, image: str) -> bytes:
    """The listing's image of a notice or the registered one, for others than reviewers. Raises Problem: neither."""
    data: bytes | None = None
    if image in ("listing", "reference"):
        opened = await asyncio.to_thread(open_case, service, seller_notice.case_id)
        data = getattr(await drawn_of(service, opened), image)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "the image is no longer kept")
    return data


def to_draw(service: Service, scan: Scan, image: ListingImage, evidence: Evidence | None) -> Shown:
    """What is to be drawn for a look at one image of a listing and at one thing that was seen in it."""
    reference = None if evidence is None else service.registry.reference(evidence.reference_id)
    file = None if reference is None else service.store.media_path(reference.sha256, reference.suffix)
    return Shown(service.records.image(scan, image.place - 1), reference, file, evidence)


def _place(asked: str) -> int:
    """The image that an address asks for, from 1; 0, which is none: it says no number."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_PLACE else 0


def _drawn_as(case_id: str, place: int) -> str:
    return f"{case_id}/{place}"


def _others(cases: tuple[Case, ...], case: Case) -> tuple[Case, ...]:
    return tuple(each for each in cases if each.case_id != case.case_id)[:8]
