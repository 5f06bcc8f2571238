"""Undoes decisions, one or those that were made together; asks first where that withdraws a seller notice."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from scanner.moderation.cases.decisions import CaseDecision, batch_of, decision_with, stands
from scanner.moderation.seller_notices.undoing import StandingNotice, standing_notices, undo_batch
from scanner.service.accounts.roles import Role
from scanner.service.api.access import RowId, ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, ReviewerOf
from scanner.service.limits.forms import FormRoute
from scanner.service.service import Service
from scanner.verdicts.case_states import CaseState

router = APIRouter(route_class=FormRoute, prefix="/console", include_in_schema=False)
SURE: Final = "sure"  # field of the form that was asked


@router.post("/decisions/{decision_id}/undo")
async def undo_decision(
    request: Request, decision_id: RowId, service: ServiceOf, user: ReviewerOf, form: FormOf
) -> Response:
    """Undo a decision, and show its case. Reviewers undo their own decisions, admins any."""
    now, admin = datetime.now(UTC), user.role is Role.ADMIN
    if SURE not in form:
        decision = await asyncio.to_thread(decision_with, service.registry.database, decision_id)
        if withdrawn := await asyncio.to_thread(_withdrawn, service, () if decision is None else (decision,)):
            return _ask(request, withdrawn)
    seller_notices = service.seller_notices.acting(user.actor)
    case = await asyncio.to_thread(seller_notices.undo, decision_id, user.user_id, now, anybodys=admin)
    return RedirectResponse(f"/console/cases/{case.case_id}?undone=1", HTTPStatus.SEE_OTHER)


@router.post("/batches/{batch_id}/undo")
async def undo_decisions(
    request: Request, batch_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf
) -> Response:
    """Undo decisions that were made together. Reviewers undo their own, admins any."""
    now, admin = datetime.now(UTC), user.role is Role.ADMIN
    if SURE not in form:
        decisions = await asyncio.to_thread(_standing, service, batch_id)
        if withdrawn := await asyncio.to_thread(_withdrawn, service, decisions):
            return _ask(request, withdrawn)
    notices = service.seller_notices.acting(user.actor)
    undone = await asyncio.to_thread(undo_batch, notices, batch_id, user.user_id, now, anybodys=admin)
    return RedirectResponse(f"/console/queue?undone={len(undone)}", HTTPStatus.SEE_OTHER)


def _standing(service: Service, batch_id: str) -> tuple[CaseDecision, ...]:
    with service.registry.database.read() as connection:
        return tuple(each for each in batch_of(connection, batch_id) if stands(connection, each))


def _withdrawn(service: Service, decisions: Iterable[CaseDecision]) -> tuple[StandingNotice, ...]:
    """The seller notices that undoing these decisions withdraws."""
    confirmed = [each.case_id for each in decisions if each.state is CaseState.CONFIRMED and each.undone_at is None]
    return standing_notices(service.seller_notices, confirmed)


def _ask(request: Request, withdrawn: tuple[StandingNotice, ...]) -> Response:
    return page(request, "undo.html.j2", {"withdrawn": withdrawn, "action": request.url.path})
