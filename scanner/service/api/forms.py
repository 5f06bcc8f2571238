"""The endpoints of forms of marks that confirmed cases proposed: a brand's owner accepts or refuses them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from scanner.moderation.cases.labels import found
from scanner.moderation.forms.overview import withdrawals
from scanner.moderation.forms.proposing import LONGEST_REASON, check_open, find_form, list_forms, refuse
from scanner.moderation.forms.tables import FormState, ProposedForm
from scanner.service.accounts.keys import ApiKey
from scanner.service.accounts.roles import Role
from scanner.service.api.access import BrandOwner, BrandOwnerOrReviewer, RowId, ServiceOf, check_brand_of, problems
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.accepting import Accepted

router = APIRouter(route_class=FormRoute, prefix="/v1/brands", tags=["forms of marks"])


class FormAnswer(BaseModel):
    """A region of a confirmed case's listing that was proposed as a form of a mark."""

    form_id: int
    brand_id: str
    reference_id: str = Field(description="That was matched; the form is one of this reference's mark.")
    case_id: str
    region: tuple[int, int, int, int] = Field(description="Left, top, right, bottom in pixels of the listing image.")
    proposed_at: datetime
    state: FormState
    reason: str = Field(description="Why it was refused or taken back; empty: none was given.")
    decided_by: str | None = Field(
        description="Who accepted it, refused it or took it back; null: it waits, or a reviewer took it back, whom a "
        "brand's owner does not see."
    )
    decided_at: datetime | None = Field(description="When that was; null: it waits.")
    form_reference_id: str | None = Field(description="The reference that it became; null: it was never accepted.")
    withdrawn_at: datetime | None = Field(
        description="When its owner withdrew that reference, though the form is accepted; null: nobody did."
    )
    cases: int | None = Field(description="Opened by what that reference found; null: as form_reference_id.")


class Refusal(BaseModel):
    """Why a form is refused."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=LONGEST_REASON, examples=["It is cut off."])


@router.get("/{brand}/forms", response_model=list[FormAnswer], responses=problems(404))
async def list_proposed_forms(
    brand: str,
    service: ServiceOf,
    key: BrandOwnerOrReviewer,
    state: Annotated[FormState | None, Query(description="Only those in this state.")] = None,
) -> list[dict[str, Any]]:
    """The forms that confirmed cases proposed for the brand's marks, the newest first."""
    check_brand_of(key, brand)

    def read() -> list[dict[str, Any]]:
        service.registry.brand(brand)
        ended = withdrawals(service.registry, brand)
        return [_answer(service, key, each, ended) for each in list_forms(service.registry.database, brand, state)]

    return await asyncio.to_thread(read)


@router.post("/{brand}/forms/{form_id}/accept", response_model=FormAnswer, responses=problems(404, 409))
async def accept_form(brand: str, form_id: RowId, service: ServiceOf, key: BrandOwner) -> Mapping[str, Any]:
    """Accept a proposed form: it becomes a reference of its mark, unless its test refuses it; `state` says which."""
    check_brand_of(key, brand)
    form = await asyncio.to_thread(check_own, service, brand, form_id)
    check_open(form, names_reviewers=key.role is not Role.BRAND_OWNER)
    done = await service.acceptor.accept(brand, Accepted(form_id, key.actor), key.actor)
    service.keeper.task.wake()
    return await asyncio.to_thread(_answer, service, key, done)


@router.post("/{brand}/forms/{form_id}/refuse", response_model=FormAnswer, responses=problems(404, 409))
async def refuse_form(
    brand: str, form_id: RowId, service: ServiceOf, key: BrandOwner, refusal: Refusal
) -> Mapping[str, Any]:
    """Refuse a proposed form."""
    check_brand_of(key, brand)
    form = await asyncio.to_thread(check_own, service, brand, form_id)
    check_open(form, names_reviewers=key.role is not Role.BRAND_OWNER)
    database, now = service.registry.database.acting(key.actor), datetime.now(UTC)
    done = await asyncio.to_thread(refuse, database, form_id, key.actor, refusal.reason, now)
    return await asyncio.to_thread(_answer, service, key, done)


def check_own(service: Service, brand: str, form_id: int) -> ProposedForm:
    """A form of this brand. Raises Problem for another's, as for none, and UnknownRecord for none."""
    with service.registry.database.read() as connection:
        form = find_form(connection, form_id)
    if form.brand_id != brand:
        detail = f"no proposed form {form_id}: `markscan marks proposed` shows their numbers"
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_record", detail)
    return form


def _answer(
    service: Service, key: ApiKey, form: ProposedForm, ended: Mapping[str, datetime] = MappingProxyType({})
) -> dict[str, Any]:
    """`ended`: when references of accepted forms were withdrawn; one that was decided now is in none."""
    reference = form.form_reference_id
    unnamed = key.role is Role.BRAND_OWNER and form.state is FormState.TAKEN_BACK
    names = FormAnswer.model_fields.keys() - {"cases", "withdrawn_at"}
    number = None if reference is None else found(service.registry.database, reference).cases
    withdrawn_at = ended.get(reference or "") if form.state is FormState.ACCEPTED else None
    more = {"cases": number, "withdrawn_at": withdrawn_at}
    return {name: getattr(form, name) for name in names} | more | ({"decided_by": None} if unnamed else {})
