"""The endpoints of seller notices, for a marketplace that shows them and takes appeals on its own pages."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request

from scanner.moderation.seller_notices.queries import appeals_against, is_of_scans_by
from scanner.moderation.seller_notices.submission import MAX_DOCUMENTS, submit_appeal
from scanner.moderation.seller_notices.types import Appeal, SellerNotice
from scanner.moderation.seller_notices.wording import appeal_status
from scanner.service.accounts.keys import ApiKey, namesakes
from scanner.service.accounts.tables import Role
from scanner.service.api.access import Pipeline, PipelineOrReviewer, ServiceOf, problems
from scanner.service.api.appeal_form import BODY, FIELDS, LONGEST_PART, check_before_reading, submission_of
from scanner.service.problems import Problem
from scanner.service.seller_notice_answers import AppealAnswer, SellerNoticeAnswer
from scanner.service.service import Service

router = APIRouter(prefix="/v1/seller-notices", tags=["seller-notices"])


@router.get("/{seller_notice_id}", response_model=SellerNoticeAnswer, responses=problems(404))
async def read_seller_notice(seller_notice_id: str, service: ServiceOf, key: PipelineOrReviewer) -> dict[str, Any]:
    """A notice with its full text, and the appeals against it.

    A key with the role pipeline sees the notices that its own scans led to, and those of keys with its name. Where a
    rights holder's notice led to one, a scan of the listing counts.
    """
    seller_notice = await _seller_notice(service, key, seller_notice_id)
    appeals = await asyncio.to_thread(appeals_against, service.registry.database, seller_notice_id)
    text = (await asyncio.to_thread(service.seller_notices.text_of, seller_notice)).plain()
    link = service.seller_notices.links.address(seller_notice_id)
    plain = {
        name: getattr(seller_notice, name) for name in SellerNoticeAnswer.model_fields if hasattr(seller_notice, name)
    }
    return plain | {"link": link, "text": text, "appeals": [_answer(service, each, seller_notice) for each in appeals]}


@router.post(
    "/{seller_notice_id}/appeals",
    status_code=HTTPStatus.CREATED,
    response_model=AppealAnswer,
    responses=problems(404, 409),
    openapi_extra=BODY,
)
async def create_appeal(request: Request, seller_notice_id: str, service: ServiceOf, key: Pipeline) -> dict[str, Any]:
    """Submit an appeal that the marketplace received from the seller."""
    seller_notice = await _seller_notice(service, key, seller_notice_id)
    await check_before_reading(request, service, seller_notice_id)
    async with request.form(max_fields=len(FIELDS), max_files=MAX_DOCUMENTS, max_part_size=LONGEST_PART) as form:
        submission = await submission_of(form)
    seller_notices = service.seller_notices.acting(key.actor)
    made = await asyncio.to_thread(submit_appeal, seller_notices, seller_notice_id, submission, datetime.now(UTC))
    return _answer(service, made, seller_notice)


async def _seller_notice(service: Service, key: ApiKey, seller_notice_id: str) -> SellerNotice:
    """The notice. Raises Problem when there is none, or none of a scan by this key's pipeline."""
    database = service.registry.database

    def load() -> SellerNotice | None:
        found = service.seller_notices.seller_notice(seller_notice_id)
        if found is None or key.role is not Role.PIPELINE:
            return found
        return found if is_of_scans_by(database, found, namesakes(database, key)) else None

    seller_notice = await asyncio.to_thread(load)
    if seller_notice is None:
        raise Problem(
            HTTPStatus.NOT_FOUND, "unknown_seller_notice", f"this key has no seller notice {seller_notice_id[:64]!r}"
        )
    return seller_notice


def _answer(service: Service, appeal: Appeal, seller_notice: SellerNotice) -> dict[str, Any]:
    plain = {name: getattr(appeal, name) for name in AppealAnswer.model_fields if hasattr(appeal, name)}
    return plain | {"status": appeal_status(appeal, seller_notice, service.settings.service.holidays)}
