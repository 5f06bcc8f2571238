"""Appeals that wait, what each says, and what may be done about it now; and the notices that they are against."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.errors import InvalidField, MarkscanError, UnknownRecord
from scanner.moderation.seller_notices.queries import (
    appeals_against,
    documents_of,
    ended_appeals,
    find_appeal,
    pending_appeals,
    read_paper,
)
from scanner.moderation.seller_notices.rules import Step, due, steps
from scanner.moderation.seller_notices.types import Answer, Appeal, AppealDocument, Notice, Outcome
from scanner.moderation.seller_notices.wording import standing_words
from scanner.service.accounts.tables import Role
from scanner.service.accounts.users import User
from scanner.service.api.access import ServiceOf
from scanner.service.console.case import images_kept, notice_image
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.session import OWN_FORM, FormOf, PersonOf, ReviewerOf
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.verdicts.case_states import Ground

router = APIRouter(prefix="/console", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """An appeal with what belongs to it."""

    appeal: Appeal
    notice: Notice
    documents: tuple[AppealDocument, ...]
    brand: str  # its name
    kept: bool  # whether there are images to show


@router.get("/appeals")
async def appeals_page(request: Request, service: ServiceOf, user: PersonOf) -> Response:
    """Those that wait, the most urgent first, and those that are decided."""
    database, now = service.registry.database, datetime.now(UTC)
    brands, holidays = _own(user), service.settings.service.holidays

    def look() -> dict[str, object]:
        waiting = pending_appeals(database, brands=brands, holidays=holidays)
        return {
            "waiting": [(each, standing_words(each.appeal, each.notice, holidays)) for each in waiting],
            "ended": ended_appeals(database, brands=brands),
            "names": {brand.brand_id: brand.name for brand in service.registry.brands()},
        }

    return page(
        request, "appeals.html.j2", await asyncio.to_thread(look) | {"now": now, "moment": timedelta.resolution}
    )


@router.get("/appeals/{appeal_id}")
async def appeal_page(request: Request, appeal_id: str, service: ServiceOf, user: PersonOf) -> Response:
    """What the seller says, what the rights holder answers, and what may be done."""
    return await _page(request, service, user, appeal_id, "")


@router.get("/appeals/{appeal_id}/papers/{position}")
async def paper(appeal_id: str, position: int, service: ServiceOf, user: PersonOf) -> Response:
    """A paper that came with it, to be saved: it is a stranger's file, and never shown as a page."""
    opened = await asyncio.to_thread(_open, service, user, appeal_id)
    document = next((each for each in opened.documents if each.position == position), None)
    data = None if document is None else await asyncio.to_thread(read_paper, service.store, document)
    if document is None or data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such paper, or it is no longer kept")
    headers = {"Content-Disposition": f'attachment; filename="paper-{appeal_id[:8]}-{position + 1}.bin"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.get("/appeals/{appeal_id}/{image}.webp")
async def image_of(appeal_id: str, image: str, service: ServiceOf, user: PersonOf) -> Response:
    """The listing's image or the registered one, with the part that was found outlined."""
    opened = await asyncio.to_thread(_open, service, user, appeal_id)
    data = await notice_image(service, opened.notice, image)
    return Response(data, media_type="image/webp", headers=HEADERS)


@router.post("/appeals/{appeal_id}/answer")
async def answer(request: Request, appeal_id: str, service: ServiceOf, user: PersonOf, form: FormOf) -> Response:
    """The rights holder answers, or a reviewer writes down what it said elsewhere."""
    await asyncio.to_thread(_open, service, user, appeal_id)
    word, note = str(form.get("answer", "")), str(form.get("note", ""))
    try:
        if word not in set(Answer):
            raise InvalidField(f"{word!r} is no answer: agree, insist, or tell of an action at a court")
        now = datetime.now(UTC)
        appeals = service.appeals.acting(user.actor)
        await asyncio.to_thread(appeals.answer, appeal_id, Answer(word), note, user.user_id, now)
    except MarkscanError as error:
        return await _page(request, service, user, appeal_id, str(error))
    return RedirectResponse(f"/console/appeals/{appeal_id}", HTTPStatus.SEE_OTHER)


@router.post("/appeals/{appeal_id}/decide")
async def decide(request: Request, appeal_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """A person of the marketplace decides: the decision stands, or is reversed on a ground."""
    word, note = str(form.get("outcome", "")), str(form.get("note", ""))
    try:
        if word not in {Outcome.UPHELD.value, *Ground}:
            raise InvalidField(f"{word!r} is no outcome: uphold, or say why it was wrong")
        ground = Ground(word) if word in set(Ground) else None
        outcome, now = Outcome.UPHELD if ground is None else Outcome.REVERSED, datetime.now(UTC)
        appeals = service.appeals.acting(user.actor)
        await asyncio.to_thread(appeals.decide, appeal_id, outcome, user.user_id, now, ground=ground, note=note)
    except MarkscanError as error:
        return await _page(request, service, user, appeal_id, str(error))
    return RedirectResponse(f"/console/appeals/{appeal_id}", HTTPStatus.SEE_OTHER)


@router.get("/notices/{notice_id}")
async def notice_page(request: Request, notice_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """What a seller was told, word for word, and the address of its own page."""

    def look() -> dict[str, object]:
        notice, notices = service.notices.notice(notice_id), service.notices
        if notice is None:
            raise UnknownRecord(f"there is no notice {notice_id[:64]!r}")
        path, address = notices.links.path(notice_id), notices.links.address(notice_id)
        return {
            "notice": notice,
            "told": notices.told(notice),
            "notice_path": path,
            "link": address or path,
            "appeals": appeals_against(service.registry.database, notice_id),
        }

    return page(request, "notice.html.j2", await asyncio.to_thread(look))


@router.post("/notices/{notice_id}/withdraw", dependencies=[OWN_FORM])
async def withdraw(notice_id: str, service: ServiceOf, user: ReviewerOf) -> Response:
    """Take it back, and its points."""
    now = datetime.now(UTC)
    notices = service.notices.acting(user.actor)
    notice = await asyncio.to_thread(notices.withdraw, notice_id, user.user_id, now)
    return RedirectResponse(f"/console/notices/{notice.notice_id}", HTTPStatus.SEE_OTHER)


async def _page(request: Request, service: Service, user: User, appeal_id: str, wrong: str) -> Response:
    opened, now = await asyncio.to_thread(_open, service, user, appeal_id), datetime.now(UTC)
    holidays, reviewer = service.settings.service.holidays, user.role is not Role.BRAND_OWNER
    shown = {
        "opened": opened,
        "appeal": opened.appeal,
        "notice": opened.notice,
        "standing": standing_words(opened.appeal, opened.notice, holidays),
        "steps": steps(opened.appeal, opened.notice, now, holidays),
        "due": due(opened.appeal, opened.notice, holidays),
        "Step": Step,
        "reviewer": reviewer,
        "wrong": wrong,
        "now": now,
    }
    return page(request, "appeal.html.j2", shown, HTTPStatus.CONFLICT if wrong else HTTPStatus.OK)


def _open(service: Service, user: User, appeal_id: str) -> Opened:
    """Raises UnknownRecord, also of another brand's appeal."""
    database, brands = service.registry.database, _own(user)
    with database.read() as connection:
        appeal, notice = find_appeal(connection, appeal_id)
    if brands is not None and notice.brand_id not in brands:
        raise UnknownRecord(f"no appeal {appeal_id[:64]!r}")
    kept = images_kept(service, notice)
    return Opened(appeal, notice, documents_of(database, appeal_id), service.notices.brand_name(notice.brand_id), kept)


def _own(user: User) -> frozenset[str] | None:
    """The brands whose appeals somebody sees; None: all."""
    return user.brands if user.role is Role.BRAND_OWNER else None
