"""The pages of appeals and of seller notices: what each says, and what the user can do about it now."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index import fields
from brand_index.errors import InvalidField, MarkscanError, UnknownRecord
from brand_index.registration.documents import DOCUMENT_SUFFIXES, document_kind
from scanner.moderation.seller_notices.deciders import deciders_of
from scanner.moderation.seller_notices.languages import ENGLISH, english_name, wording
from scanner.moderation.seller_notices.queries import (
    appeals_against,
    documents_of,
    ended_appeals,
    find_appeal,
    last_documents,
    pending_appeals,
    read_document,
)
from scanner.moderation.seller_notices.rules import AppealStep, due, steps
from scanner.moderation.seller_notices.types import Answer, Appeal, AppealDocument, AppealOutcome, SellerNotice
from scanner.moderation.seller_notices.wording import appeal_status
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import User, list_users
from scanner.service.api.access import RowId, ServiceOf
from scanner.service.console.cases.notified import NotifiedMatch, notified_match, seller_notice_image
from scanner.service.console.pages import HEADERS, page, subject_without_brand
from scanner.service.console.session import OWN_FORM, FormOf, ReviewerOf, UserOf, tenant_of
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.verdicts.case_states import Ground

router = APIRouter(route_class=FormRoute, prefix="/console", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal with what belongs to it."""

    appeal: Appeal
    seller_notice: SellerNotice
    documents: tuple[AppealDocument, ...]
    brand: str  # its name
    match: NotifiedMatch
    registered: datetime | None  # the reference, UTC; None: no reference was compared
    deciders: frozenset[str]  # who may not decide the appeal, since they decided before
    others: tuple[str, ...]  # the users who may, as far as they can log in


@router.get("/appeals")
async def appeals_page(request: Request, service: ServiceOf, user: UserOf) -> Response:
    """The waiting appeals, the most urgent first, and the decided ones."""
    database, now = service.registry.database, datetime.now(UTC)
    brands, holidays, english = _own(user), service.settings.service.holidays, wording(ENGLISH)

    def load() -> dict[str, object]:
        waiting = pending_appeals(database, brands=brands, holidays=holidays)
        with database.read() as connection:
            deciders = deciders_of(connection, [each.seller_notice for each in waiting])
            added = last_documents(connection, [each.appeal.appeal_id for each in waiting])
        mine = {key for key, names in deciders.items() if _needs_other(service) and user.user_id in names}
        return {
            "own": mine if _decides(user) else None,
            "added": added,
            "waiting": [(each, appeal_status(english, each.appeal, each.seller_notice, holidays)) for each in waiting],
            "ended": ended_appeals(database, brands=brands),
            "names": {brand.brand_id: brand.name for brand in service.registry.brands()},
        }

    return page(
        request, "appeals.html.j2", await asyncio.to_thread(load) | {"now": now, "moment": timedelta.resolution}
    )


@router.get("/appeals/{appeal_id}")
async def appeal_page(request: Request, appeal_id: str, service: ServiceOf, user: UserOf) -> Response:
    """The seller's statement, the rights holder's answer, and the decisions that are possible now."""
    return await _page(request, service, user, appeal_id, "")


@router.get("/appeals/{appeal_id}/documents/{position}")
async def download_document(appeal_id: str, position: RowId, service: ServiceOf, user: UserOf) -> Response:
    """A document of an appeal as a download: the seller uploaded it, so the browser must never render it."""
    view = await asyncio.to_thread(_load, service, user, appeal_id)
    document = next((each for each in view.documents if each.position == position), None)
    data = None if document is None else await asyncio.to_thread(read_document, service.store, document)
    if document is None or data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such document, or it is no longer kept")
    suffix = DOCUMENT_SUFFIXES.get(document_kind(data) or "", ".bin")
    headers = {"Content-Disposition": f'attachment; filename="document-{appeal_id[:8]}-{position + 1}{suffix}"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.get("/appeals/{appeal_id}/{image}.webp")
async def image_of(appeal_id: str, image: str, service: ServiceOf, user: UserOf) -> Response:
    """The listing image or the reference, with the match outlined."""
    view = await asyncio.to_thread(_load, service, user, appeal_id)
    data = await seller_notice_image(service, view.seller_notice, image, tenant_of(user))
    return Response(data, media_type="image/webp", headers=HEADERS)


@router.post("/appeals/{appeal_id}/answer")
async def answer(request: Request, appeal_id: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Record the rights holder's answer, which a reviewer may have received by other means."""
    await asyncio.to_thread(_load, service, user, appeal_id)
    word, note = str(form.get("answer", "")), str(form.get("note", ""))
    try:
        if word not in set(Answer):
            raise InvalidField(f"{word!r} is not an answer: agree, insist, or report a lawsuit")
        now = datetime.now(UTC)
        appeals = service.appeals.acting(user.actor)
        await asyncio.to_thread(appeals.answer, appeal_id, Answer(word), note, user.user_id, now)
    except MarkscanError as error:
        return await _page(request, service, user, appeal_id, str(error))
    return RedirectResponse(f"/console/appeals/{appeal_id}", HTTPStatus.SEE_OTHER)


@router.post("/appeals/{appeal_id}/decide")
async def decide(request: Request, appeal_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Uphold the decision that the appeal is against, or reverse it on a ground."""
    word, note, seen = str(form.get("outcome", "")), str(form.get("note", "")), str(form.get("documents_seen", ""))
    try:
        if word not in {AppealOutcome.UPHELD.value, *Ground}:
            raise InvalidField(f"{word!r} is not an outcome: uphold the decision, or choose a ground to reverse it")
        ground = Ground(word) if word in set(Ground) else None
        outcome, now = AppealOutcome.UPHELD if ground is None else AppealOutcome.REVERSED, datetime.now(UTC)
        appeals = service.appeals.acting(user.actor)
        await asyncio.to_thread(
            appeals.decide,
            appeal_id,
            outcome,
            user.user_id,
            now,
            ground=ground,
            note=note,
            listing_first_day=fields.day(str(form.get("listing_first_day", ""))),
            documents_seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= 4 else None,
        )
    except MarkscanError as error:
        return await _page(request, service, user, appeal_id, str(error), note)
    return RedirectResponse(f"/console/appeals/{appeal_id}", HTTPStatus.SEE_OTHER)


@router.get("/seller-notices/{seller_notice_id}")
async def seller_notice_page(request: Request, seller_notice_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """The text of a notice to a seller, and the address of the seller's page."""

    def load() -> dict[str, object]:
        seller_notice, seller_notices = service.seller_notices.seller_notice(seller_notice_id), service.seller_notices
        if seller_notice is None:
            raise UnknownRecord(f"there is no seller notice {seller_notice_id[:64]!r}")
        path, address = seller_notices.links.path(seller_notice_id), seller_notices.links.address(seller_notice_id)
        return {
            "seller_notice": seller_notice,
            "text": seller_notices.text_of(seller_notice),
            "language": seller_notices.texts.words(seller_notice).tag,
            "language_name": english_name(seller_notice.language or ENGLISH),
            "seller_path": path,
            "link": address or path,
            "appeals": appeals_against(service.registry.database, seller_notice_id),
        }

    return page(request, "seller_notice.html.j2", await asyncio.to_thread(load))


@router.post("/seller-notices/{seller_notice_id}/withdraw", dependencies=[OWN_FORM])
async def withdraw(seller_notice_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """Withdraw a seller notice and its points."""
    now = datetime.now(UTC)
    seller_notices = service.seller_notices.acting(user.actor)
    seller_notice = await asyncio.to_thread(seller_notices.withdraw, seller_notice_id, user.user_id, now)
    return RedirectResponse(f"/console/seller-notices/{seller_notice.seller_notice_id}", HTTPStatus.SEE_OTHER)


async def _page(request: Request, service: Service, user: User, appeal_id: str, wrong: str, note: str = "") -> Response:
    view, now = await asyncio.to_thread(_load, service, user, appeal_id), datetime.now(UTC)
    holidays, reviewer = service.settings.service.holidays, user.role is not Role.BRAND_OWNER
    shown = {
        "view": view,
        "appeal": view.appeal,
        "seller_notice": view.seller_notice,
        "standing": appeal_status(wording(ENGLISH), view.appeal, view.seller_notice, holidays),
        "steps": steps(view.appeal, view.seller_notice, now, holidays),
        "due": due(view.appeal, view.seller_notice, holidays),
        "Step": AppealStep,
        "reviewer": reviewer,
        "decided_before": reviewer and user.user_id in view.deciders,
        "note": note,
        "language": english_name(view.seller_notice.language or ENGLISH),
        "today": now.date(),
        "wrong": wrong,
        "now": now,
    }
    return page(request, "appeal.html.j2", shown, HTTPStatus.CONFLICT if wrong else HTTPStatus.OK)


def _load(service: Service, user: User, appeal_id: str) -> AppealView:
    """An appeal with what belongs to it. Raises UnknownRecord, also for an appeal about another brand."""
    database, brands = service.registry.database, _own(user)
    with database.read() as connection:
        appeal, seller_notice = find_appeal(connection, appeal_id)
    if brands is not None and seller_notice.brand_id not in brands:
        raise UnknownRecord(f"no appeal {appeal_id[:64]!r}")
    with database.read() as connection:
        deciders = deciders_of(connection, [seller_notice])[seller_notice.seller_notice_id]
    reference_id, slug = seller_notice.reference_id, seller_notice.brand_id
    reference = None if reference_id is None else service.registry.reference(reference_id)
    return AppealView(
        appeal,
        seller_notice,
        documents_of(database, appeal_id),
        subject_without_brand(seller_notice.reason) if slug is None else service.seller_notices.brand_name(slug),
        notified_match(service, seller_notice),
        None if reference is None else reference.registered_at,
        deciders if _needs_other(service) else frozenset(),
        tuple(
            each.user_id
            for each in list_users(database)
            if _decides(each) and each.disabled_at is None and each.user_id not in deciders
        ),
    )


def _needs_other(service: Service) -> bool:
    """Whether appeals need another reviewer than those who decided before."""
    return service.settings.service.second_reviewer


def _decides(user: User) -> bool:
    """Whether the user is of those who decide appeals."""
    return user.role is not Role.BRAND_OWNER


def _own(user: User) -> frozenset[str] | None:
    """The brands whose appeals the user may see; None: all."""
    return user.brands if user.role is Role.BRAND_OWNER else None
