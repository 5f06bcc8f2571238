"""Conflicts: the same file or word, registered by two brands; a reviewer keeps both or withdraws one."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.errors import InvalidField, MarkscanError
from brand_index.registry.conflicts import list_conflicts, reference_of
from brand_index.types import ReferenceKind
from scanner.moderation.forms import withdrawing
from scanner.service.api.access import RowId, ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, ReviewerOf
from scanner.service.limits.forms import FormRoute
from scanner.service.service import Service

router = APIRouter(route_class=FormRoute, prefix="/console/conflicts", include_in_schema=False)
KEEP_BOTH: Final = ""  # what the form's button sends; the others send the brand whose reference is withdrawn
RESOLVED: Final = 50  # resolved conflicts that are shown, the newest


@router.get("")
async def conflicts_page(request: Request, service: ServiceOf, user: ReviewerOf) -> Response:
    """The open conflicts, and the newest resolved ones."""
    return await _page(request, service, "")


@router.post("/{conflict_id}/resolve")
async def resolve(request: Request, conflict_id: RowId, service: ServiceOf, user: ReviewerOf, form: FormOf) -> Response:
    """Resolve a conflict as the button says."""
    try:
        chosen = form.get("withdraw")
        if not isinstance(chosen, str):
            raise InvalidField("choose to keep both references, or to withdraw one of them")
        await asyncio.to_thread(
            withdrawing.resolve,
            service.registry.database.acting(user.actor),
            conflict_id,
            withdraw=None if chosen == KEEP_BOTH else chosen,
            note=str(form.get("note", "")),
            now=datetime.now(UTC),
        )
    except MarkscanError as error:
        return await _page(request, service, str(error))
    service.keeper.task.wake()
    return RedirectResponse("/console/conflicts", HTTPStatus.SEE_OTHER)


async def _page(request: Request, service: Service, wrong: str) -> Response:
    def read() -> dict[str, object]:
        database = service.registry.database
        opened = list_conflicts(database, resolved=False)
        with database.read() as connection:
            earlier = {each.conflict_id: reference_of(connection, each, each.earlier_brand_id) for each in opened}
        held = [
            service.registry.reference(earlier[each.conflict_id]) for each in opened if each.kind is ReferenceKind.WORD
        ]
        return {
            "open": opened,
            "earlier": earlier,
            "words": {each.reference_id: each.word for each in held if each is not None and each.word is not None},
            "resolved": list_conflicts(database, resolved=True)[: -RESOLVED - 1 : -1],
            "names": {brand.brand_id: brand.name for brand in service.registry.brands()},
        }

    shown = await asyncio.to_thread(read) | {"wrong": wrong, "keep_both": KEEP_BOTH}
    return page(request, "conflicts.html.j2", shown, HTTPStatus.CONFLICT if wrong else HTTPStatus.OK)
