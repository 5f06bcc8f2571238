"""What reviewers tell each other about a case: comments, and whose case it is; neither decides anything."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from brand_index.errors import InvalidField
from brand_index.registry.database import Database
from scanner.moderation.cases.assignment import assign
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.comments import LONGEST_COMMENT, add_comment, comments_on
from scanner.moderation.cases.decisions import CaseDecision, batch_with
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import list_users
from scanner.service.api.access import ServiceOf
from scanner.service.console.session import FormOf, ReviewerOf
from scanner.service.limits.forms import FormRoute
from scanner.verdicts.case_states import UNDECIDED

router = APIRouter(route_class=FormRoute, prefix="/console/cases", include_in_schema=False)


def teamwork_on(database: Database, case: Case, decisions: tuple[CaseDecision, ...]) -> dict[str, object]:
    """The comments on a case, who can get it, and what was decided together with it, for its page."""
    standing = next((each for each in reversed(decisions) if each.undone_at is None), None)
    return {
        "comments": comments_on(database, case.case_id),
        "longest_comment": LONGEST_COMMENT,
        "reviewers": reviewers(database) if case.state in UNDECIDED else (),
        "batch": () if standing is None else batch_with(database, standing),
    }


def reviewers(database: Database) -> tuple[str, ...]:
    """The names of all who can decide cases, in their order."""
    able = (Role.REVIEWER, Role.ADMIN)
    return tuple(each.user_id for each in list_users(database) if each.role in able and each.disabled_at is None)


def assignee_of(database: Database, form: FormData) -> str | None:
    """Whom a form assigns cases to; None: nobody. Raises InvalidField for somebody who decides no cases."""
    name = "" if "nobody" in form else str(form.get("assignee", ""))
    if name and name not in reviewers(database):
        raise InvalidField(f"{name[:64]!r} is no reviewer who can log in: choose another")
    return name or None


@router.post("/{case_id}/comments")
async def comment(case_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Comment on a case."""
    database, text = service.registry.database.acting(user.actor), str(form.get("comment", ""))
    await asyncio.to_thread(add_comment, database, case_id, user.user_id, text, datetime.now(UTC))
    return RedirectResponse(f"/console/cases/{case_id}#comments", HTTPStatus.SEE_OTHER)


@router.post("/{case_id}/assign")
async def assign_case(case_id: str, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Assign a case to a reviewer, or to nobody."""
    database, now = service.registry.database.acting(user.actor), datetime.now(UTC)

    def act() -> None:
        assign(database, [case_id], assignee_of(database, form), user.user_id, now)

    await asyncio.to_thread(act)
    return RedirectResponse(f"/console/cases/{case_id}#assignment", HTTPStatus.SEE_OTHER)
