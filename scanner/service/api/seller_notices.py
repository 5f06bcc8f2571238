"""The endpoints of seller notices, for a marketplace that shows them and takes appeals on its own pages."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from brand_index.errors import UnknownRecord
from scanner.moderation.seller_notices.documents import add_documents
from scanner.moderation.seller_notices.faults import AppealFault
from scanner.moderation.seller_notices.languages import LANGUAGES
from scanner.moderation.seller_notices.queries import appeals_against, documents_of, is_of_scans_by
from scanner.moderation.seller_notices.submission import submit_appeal
from scanner.moderation.seller_notices.types import Appeal, SellerNotice
from scanner.moderation.seller_notices.wording import appeal_status
from scanner.service.accounts.keys import ApiKey, namesakes
from scanner.service.accounts.roles import Role
from scanner.service.api.access import Pipeline, PipelineOrReviewer, ServiceOf, problems
from scanner.service.api.appeal_form import (
    BODY,
    FIELDS,
    LONGEST_PART,
    MORE_DOCUMENTS,
    MOST_FILES,
    check_before_reading,
    check_documents_before_reading,
    documents_in,
    submission_of,
)
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem, problem_of
from scanner.service.seller_notice_answers import AppealAnswer, SellerNoticeAnswer
from scanner.service.service import Service

Language = Annotated[
    str | None,
    Query(
        pattern=f"^({'|'.join(LANGUAGES)})$",
        description="Of texts for the seller; without it the notice's own, and English errors.",
    ),
]
router = APIRouter(route_class=FormRoute, prefix="/v1/seller-notices", tags=["seller-notices"])


@router.get("/{seller_notice_id}", response_model=SellerNoticeAnswer, responses=problems(404))
async def read_seller_notice(
    seller_notice_id: str, service: ServiceOf, key: PipelineOrReviewer, lang: Language = None
) -> dict[str, Any]:
    """A notice with its full text, and the appeals against it.

    A key with the role pipeline sees the notices that its own scans led to, and those of keys with its name. Where a
    rights holder's notice led to one, a scan of the listing counts.
    """
    seller_notice = await _seller_notice(service, key, seller_notice_id)
    appeals = await asyncio.to_thread(appeals_against, service.registry.database, seller_notice_id)
    text = (await asyncio.to_thread(service.seller_notices.text_of, seller_notice, lang)).plain()
    link = service.seller_notices.links.address(seller_notice_id)
    answers = [await asyncio.to_thread(_answer, service, each, seller_notice, lang) for each in appeals]
    plain = {
        name: getattr(seller_notice, name) for name in SellerNoticeAnswer.model_fields if hasattr(seller_notice, name)
    }
    forms = service.seller_notices.texts.forms(seller_notice)
    return plain | {"link": link, "text": text, "appeals": answers, "forms": forms}


@router.post(
    "/{seller_notice_id}/appeals",
    status_code=HTTPStatus.CREATED,
    response_model=AppealAnswer,
    responses=problems(404, 409),
    openapi_extra=BODY,
)
async def create_appeal(
    request: Request, seller_notice_id: str, service: ServiceOf, key: Pipeline, lang: Language = None
) -> dict[str, Any]:
    """Submit an appeal that the marketplace received from the seller."""
    seller_notice = await _seller_notice(service, key, seller_notice_id)
    with _faults_in(service, seller_notice, lang):
        await check_before_reading(request, service, seller_notice_id)
        async with request.form(max_fields=len(FIELDS), max_files=MOST_FILES, max_part_size=LONGEST_PART) as form:
            submission = await submission_of(form)
        seller_notices = service.seller_notices.acting(key.actor)
        made = await asyncio.to_thread(submit_appeal, seller_notices, seller_notice_id, submission, datetime.now(UTC))
    return await asyncio.to_thread(_answer, service, made, seller_notice, lang)


@router.post(
    "/{seller_notice_id}/appeals/{appeal_id}/documents",
    status_code=HTTPStatus.CREATED,
    response_model=AppealAnswer,
    responses=problems(404, 409),
    openapi_extra=MORE_DOCUMENTS,
)
async def create_appeal_documents(
    request: Request, seller_notice_id: str, appeal_id: str, service: ServiceOf, key: Pipeline, lang: Language = None
) -> dict[str, Any]:
    """Add documents to an appeal that is not decided."""
    seller_notice = await _seller_notice(service, key, seller_notice_id)
    appeal = await asyncio.to_thread(_appeal_against, service, seller_notice, appeal_id)
    with _faults_in(service, seller_notice, lang):
        await check_documents_before_reading(request, service, appeal_id)
        async with request.form(max_fields=0, max_files=MOST_FILES, max_part_size=LONGEST_PART) as form:
            documents = await documents_in(form)
        seller_notices = service.seller_notices.acting(key.actor)
        await asyncio.to_thread(add_documents, seller_notices, appeal_id, documents, datetime.now(UTC))
    return await asyncio.to_thread(_answer, service, appeal, seller_notice, lang)


@contextmanager
def _faults_in(service: Service, seller_notice: SellerNotice, language: str | None) -> Iterator[None]:
    """Say what is wrong with an appeal in the language that the call asks for; None: in English."""
    try:
        yield
    except AppealFault as fault:
        if language is None:
            raise
        said = fault.said(service.seller_notices.texts.words(seller_notice, language))
        raise Problem(problem_of(fault).status, fault.code, said) from fault


def _appeal_against(service: Service, seller_notice: SellerNotice, appeal_id: str) -> Appeal:
    """The appeal. Raises UnknownRecord."""
    found = appeals_against(service.registry.database, seller_notice.seller_notice_id)
    appeal = next((each for each in found if each.appeal_id == appeal_id), None)
    if appeal is None:
        raise UnknownRecord(f"no appeal {appeal_id[:64]!r} against this seller notice")
    return appeal


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


def _answer(
    service: Service, appeal: Appeal, seller_notice: SellerNotice, language: str | None = None
) -> dict[str, Any]:
    plain = {name: getattr(appeal, name) for name in AppealAnswer.model_fields if hasattr(appeal, name)}
    words = service.seller_notices.texts.words(seller_notice, language)
    status = appeal_status(words, appeal, seller_notice, service.settings.service.holidays)
    return plain | {"status": status, "documents": documents_of(service.registry.database, appeal.appeal_id)}
