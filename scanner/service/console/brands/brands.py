"""A brand's page: its references, authorizations and precision, and the form to submit a notice; others register."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.errors import MarkscanError
from brand_index.registration.parts import ProposedPart
from brand_index.registry.conflicts import list_conflicts
from brand_index.registry.kept_files import lost_files
from brand_index.types import Form, Mark, ReferenceImage, ReferenceKind
from scanner.moderation.cases.cases import Cases, Filters
from scanner.moderation.cases.notices import NoticeOpen, list_notifiers, notice_on
from scanner.moderation.cases.suppressions import (
    end_quarantine,
    end_suppression,
    list_quarantines,
    list_suppressions,
    precisions,
)
from scanner.moderation.forms.proposing import list_forms
from scanner.moderation.forms.tables import FormState
from scanner.moderation.records.scans import begin
from scanner.moderation.seller_notices.statuses import queue_suppression_ended
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import User
from scanner.service.api.access import RowId, ServiceOf
from scanner.service.api.listing_form import files_of, images_of, listing_of, too_many_images, wrong_field
from scanner.service.api.notices import NOTICE_FIELDS, notice_of, submit_notice
from scanner.service.api.own_images import remarks_on
from scanner.service.console.pages import page
from scanner.service.console.session import OWN_FORM, FormOf, UserOf, check_changes, check_sees, may_see
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem, problem_of
from scanner.service.service import Service
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.precision import Method, Precision

router = APIRouter(route_class=FormRoute, prefix="/console/brands", include_in_schema=False)
COUNTED: Final = {  # that a case is escalated is the reviewers' own affair
    "open": (CaseState.OPEN, CaseState.ESCALATED),
    "confirmed": (CaseState.CONFIRMED,),
    "dismissed": (CaseState.DISMISSED,),
}


@router.get("")
async def brands_page(request: Request, service: ServiceOf, user: UserOf) -> Response:
    """All brands, or a brand owner's own."""

    def load() -> dict[str, object]:
        brands = [each for each in service.registry.brands() if may_see(user, each.brand_id)]
        kinds = Counter((each.brand_id, each.kind) for each in service.registry.references())
        found = dict(Cases(service.registry.database).counted("brand_id", Filters(state=None), datetime.now(UTC)))
        new = sorted(user.brands - {each.brand_id for each in brands}) if user.role is Role.BRAND_OWNER else []
        return {"brands": brands, "kinds": kinds, "found": found, "new": new}

    return page(request, "brands.html.j2", await asyncio.to_thread(load) | {"ReferenceKind": ReferenceKind})


@router.get("/{brand}")
async def brand_page(request: Request, brand: str, service: ServiceOf, user: UserOf) -> Response:
    """One brand; after a notice was submitted, with a message about it."""
    case_id = request.query_params.get("notice", "")
    notice = await asyncio.to_thread(notice_on, service.registry.database, case_id) if case_id else None
    sent = notice is not None and notice.brand_id == brand
    messages: tuple[str, ...] = ()
    if sent:
        scan = await asyncio.to_thread(service.records.scan, case_id)
        remarks = () if scan is None else remarks_on(scan.images)
        messages = (f"Case {case_id[:8]} was opened. A reviewer will decide it.", *remarks)
    return await show_brand(request, service, user, brand, messages)


@router.post("/{brand}/quarantine/{reference_id}/end", dependencies=[OWN_FORM])
async def release(brand: str, reference_id: str, service: ServiceOf, user: UserOf) -> Response:
    """End the quarantine of a reference: its matches are flagged again."""
    _check_reviewer(user)
    await asyncio.to_thread(
        end_quarantine,
        service.registry.database.acting(user.actor),
        reference_id,
        user.user_id,
        datetime.now(UTC),
    )
    return RedirectResponse(f"/console/brands/{brand}", HTTPStatus.SEE_OTHER)


@router.post("/{brand}/suppressions/{suppression_id}/end", dependencies=[OWN_FORM])
async def ask_again(request: Request, brand: str, suppression_id: RowId, service: ServiceOf, user: UserOf) -> Response:
    """End a suppression: its matches are flagged again."""
    _check_reviewer(user)
    await asyncio.to_thread(
        end_suppression,
        service.registry.database.acting(user.actor),
        suppression_id,
        user.user_id,
        datetime.now(UTC),
        also=lambda write, ended: queue_suppression_ended(write, service.settings.service, ended),
    )
    return RedirectResponse(f"/console/brands/{brand}", HTTPStatus.SEE_OTHER)


@router.post("/{brand}/notices")
async def send_notice(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Submit a notice about a listing: scan its images and open a case, as the API does."""
    check_changes(user, brand)
    await asyncio.to_thread(service.registry.brand, brand)
    most = service.settings.service.max_images
    try:
        listing, notice = listing_of(form, (*NOTICE_FIELDS, "csrf")), notice_of(form, brand)
        files = files_of(form)
        if len(files) > most:
            raise wrong_field(too_many_images(most))
    except (Problem, MarkscanError) as error:
        return await _not_submitted(request, service, user, brand, error)
    images = await images_of([(each.filename, await each.read()) for each in files])
    scan = begin(listing, images, datetime.now(UTC))
    try:
        done = await submit_notice(service, scan, images, notice, user.actor)
    except NoticeOpen as error:
        return await _not_submitted(request, service, user, brand, error)
    except Problem as error:
        if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        return await _not_submitted(request, service, user, brand, error)
    return RedirectResponse(f"/console/brands/{brand}?notice={done.scan_id}", HTTPStatus.SEE_OTHER)


async def _not_submitted(
    request: Request, service: Service, user: User, brand: str, error: Problem | MarkscanError
) -> Response:
    status = error.status if isinstance(error, Problem) else problem_of(error).status
    return await show_brand(request, service, user, brand, (f"The notice was not submitted: {error}",), status=status)


async def show_brand(
    request: Request,
    service: Service,
    user: User,
    brand: str,
    messages: tuple[str, ...],
    *,
    withdrawn: Sequence[str] = (),
    read: Sequence[str] = (),
    proposed: Sequence[tuple[ReferenceImage, Sequence[ProposedPart]]] = (),
    status: int = HTTPStatus.OK,
) -> Response:
    """A brand's page, with messages about what was done; `withdrawn`: references to offer an undo for.

    `read`: words that logos show, to offer to register; `proposed`: likewise the parts of artwork.
    """
    check_sees(user, brand)
    now = datetime.now(UTC)

    def load() -> dict[str, object]:
        database, registry = service.registry.database, service.registry
        cases, table = Cases(database), precisions(database)
        own = registry.brand(brand)
        references = [each for each in registry.references(include_withdrawn=True) if each.brand_id == brand]
        ids = {each.reference_id for each in references}
        return {
            "brand": own,
            "mark_names": sorted(each.name for each in registry.marks() if each.brand_id == brand and each.name),
            "in_force": any(each.withdrawn_at is None for each in references),
            "groups": groups_of(references, [each for each in registry.marks() if each.brand_id == brand]),
            "given": registry.authorizations(brands=[brand]),
            "counts": [(word, _number(cases, states, brand, now)) for word, states in COUNTED.items()],
            "precision": {kind: table.of.get(Method(brand, kind), Precision(0, 0)) for kind in ReferenceKind},
            "quarantines": {each.reference_id: each for each in list_quarantines(database) if each.reference_id in ids},
            "notifiers": list_notifiers(database, brand),
            "conflicts": list_conflicts(database, resolved=False, brands=[brand]),
            "set_aside": {each.reference_id: each for each in service.keeper.published.set_aside},
            "lost": {each.reference_id for each in lost_files(service.store, references)},
            "proposed_forms": len(list_forms(database, brand, FormState.PROPOSED)),
            "suppressions": [each for each in list_suppressions(database, now) if each.reference_id in ids],
        }

    loaded = await asyncio.to_thread(load)
    more = {
        "messages": messages,
        "withdrawn": " ".join(withdrawn),
        "read": read,
        "proposed": proposed,
        "may_change": user.role in (Role.BRAND_OWNER, Role.ADMIN),
        "may_review": user.role in (Role.REVIEWER, Role.ADMIN),
        "today": now.date(),
    }
    return page(request, "brand.html.j2", loaded | more, status)


def groups_of(references: Iterable[ReferenceImage], marks: Iterable[Mark]) -> list[tuple[str, list[ReferenceImage]]]:
    """The references of a brand by their marks, each group with its heading: artwork first, what is withdrawn last."""
    order: list[Form | None] = [*Form, None]
    held = sorted(
        references, key=lambda each: (each.withdrawn_at is not None, order.index(each.form), each.source_name)
    )
    groups = [
        (_heading(mark), [each for each in held if each.mark_id == mark.mark_id])
        for mark in sorted(marks, key=lambda each: (each.name is None, each.name or "", each.mark_id))
    ]
    groups.append(("Logos and words of no recorded mark", [each for each in held if _is_loose(each)]))
    groups.append(("Product photos", [each for each in held if each.kind is ReferenceKind.PHOTO]))
    return [(heading, found) for heading, found in groups if found]


def _heading(mark: Mark) -> str:
    number = "" if mark.office is None else f"{mark.office} {mark.registration_number}"
    return f"Mark {mark.name or number or mark.mark_id}{f' ({number})' if mark.name and number else ''}"


def _is_loose(reference: ReferenceImage) -> bool:
    return reference.mark_id is None and reference.kind is not ReferenceKind.PHOTO


def _number(cases: Cases, states: Iterable[CaseState], brand: str, now: datetime) -> int:
    return sum(cases.number(Filters(state=state, brand_id=brand), now) for state in states)


def _check_reviewer(user: User) -> None:
    if user.role not in (Role.REVIEWER, Role.ADMIN):
        raise Problem(HTTPStatus.FORBIDDEN, "wrong_role", "only reviewers and admins may do this")
