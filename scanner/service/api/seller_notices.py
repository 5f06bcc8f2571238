"""The endpoints of notices, for a marketplace whose own pages show them and take appeals."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request

from scanner.moderation.seller_notices.queries import appeals_against
from scanner.moderation.seller_notices.submission import MAX_DOCUMENTS, bring_appeal
from scanner.moderation.seller_notices.types import Appeal, Notice
from scanner.moderation.seller_notices.wording import standing_words
from scanner.service.api.access import Pipeline, PipelineOrReviewer, ServiceOf, problems
from scanner.service.api.appeal_form import BODY, FIELDS, LONGEST_PART, brought_of
from scanner.service.problems import Problem
from scanner.service.seller_notice_answers import AppealAnswer, NoticeAnswer
from scanner.service.service import Service

router = APIRouter(prefix="/v1/notices", tags=["notices"])


@router.get("/{notice_id}", response_model=NoticeAnswer, responses=problems(404))
async def read_notice(notice_id: str, service: ServiceOf, key: PipelineOrReviewer) -> dict[str, Any]:
    """What a seller was told, word for word, and the appeals against it."""
    notice = await _notice(service, notice_id)
    known = await asyncio.to_thread(appeals_against, service.registry.database, notice_id)
    text = await asyncio.to_thread(service.notices.words, notice)
    link = service.notices.links.address(notice_id)
    plain = {name: getattr(notice, name) for name in NoticeAnswer.model_fields if hasattr(notice, name)}
    return plain | {"link": link, "text": text, "appeals": [_answer(service, each, notice) for each in known]}


@router.post(
    "/{notice_id}/appeals",
    status_code=HTTPStatus.CREATED,
    response_model=AppealAnswer,
    responses=problems(404, 409),
    openapi_extra=BODY,
)
async def create_appeal(request: Request, notice_id: str, service: ServiceOf, key: Pipeline) -> dict[str, Any]:
    """A seller appeals through the marketplace."""
    notice = await _notice(service, notice_id)
    async with request.form(max_fields=len(FIELDS), max_files=MAX_DOCUMENTS, max_part_size=LONGEST_PART) as form:
        brought = await brought_of(form)
    notices = service.notices.acting(key.actor)
    made = await asyncio.to_thread(bring_appeal, notices, notice_id, brought, datetime.now(UTC))
    return _answer(service, made, notice)


async def _notice(service: Service, notice_id: str) -> Notice:
    notice = await asyncio.to_thread(service.notices.notice, notice_id)
    if notice is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_notice", f"there is no notice {notice_id[:64]!r}")
    return notice


def _answer(service: Service, appeal: Appeal, notice: Notice) -> dict[str, Any]:
    plain = {name: getattr(appeal, name) for name in AppealAnswer.model_fields if hasattr(appeal, name)}
    return plain | {"standing": standing_words(appeal, notice, service.settings.service.holidays)}
