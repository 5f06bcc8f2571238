"""One case: the pictures beside each other, what is known of it, and the decision."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from brand_index.errors import MarkscanError
from brand_index.types import Authorization, Brand, ReferenceImage
from scanner.records import Records, Scan
from scanner.report import words
from scanner.report.rows import ScannedImage
from scanner.reviews.cases import Case, Cases
from scanner.reviews.decisions import CaseDecision, decide, decisions_on
from scanner.reviews.suppressions import suppress
from scanner.reviews.types import UNDECIDED, Scope
from scanner.service.access import ServiceOf
from scanner.service.console.drawing import Drawn, Shown, draw
from scanner.service.console.pages import HEADERS, page
from scanner.service.console.queue import decision_of, filters_of
from scanner.service.console.session import OWN_FORM, FormOf, ReviewerOf
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.types import Evidence, Verdict

router = APIRouter(prefix="/console/cases", include_in_schema=False)
PICTURES: Final = frozenset({"listing", "small", "reference", "laid", "registered"})


@dataclass(frozen=True, slots=True)
class Opened:
    """All that is known of a case."""

    case: Case
    scan: Scan
    verdict: Verdict | None  # None: its picture had none
    evidence: Evidence | None  # that flagged it; None: none did
    reference: ReferenceImage | None
    brand: Brand | None
    held: tuple[Authorization, ...]  # of this seller, by this brand
    decisions: tuple[CaseDecision, ...]
    of_seller: tuple[Case, ...]
    of_brand: tuple[Case, ...]
    alike: int  # cases of its cluster


def open_case(service: Service, case_id: str) -> Opened:
    """A case with what belongs to it. Raises Problem: there is none."""
    database, registry = service.registry.database, service.registry
    cases = Cases(database)
    case, scan = cases.case(case_id), Records(database, service.store).scan(case_id)
    if case is None or scan is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_case", f"there is no case {case_id[:64]!r}")
    row = scan.pictures[case.position].row
    verdict = row.verdict if isinstance(row, ScannedImage) else None
    items = () if verdict is None else verdict.evidence
    evidence = next((item for item in items if item.reference_id == case.reference_id), None)
    brand = next((each for each in registry.brands() if each.slug == case.brand), None)
    held: tuple[Authorization, ...] = ()
    if case.seller_id is not None and case.brand is not None:
        held = registry.authorizations(seller=case.seller_id, brands=[case.brand])
    return Opened(
        case=case,
        scan=scan,
        verdict=verdict,
        evidence=evidence,
        reference=None if case.reference_id is None else registry.reference(case.reference_id),
        brand=brand,
        held=held,
        decisions=decisions_on(database, case_id),
        of_seller=_others(() if case.seller_id is None else cases.of_seller(case.seller_id), case),
        of_brand=_others(() if case.brand is None else cases.of_brand(case.brand), case),
        alike=len(cases.of_cluster(case.cluster)),
    )


@router.get("/{case_id}")
async def case_page(request: Request, case_id: str, service: ServiceOf, person: ReviewerOf) -> Response:
    """The page; who opens an undecided case that nobody else has in hand has it from now on."""
    return await _page(request, service, person.person_id, case_id, "")


@router.get("/{case_id}/{picture}.webp")
async def case_picture(case_id: str, picture: str, service: ServiceOf, person: ReviewerOf) -> Response:
    """One of its pictures, drawn anew from what was uploaded: nothing is handed on as it came."""
    if picture not in PICTURES:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such picture")
    known = service.drawn.get(case_id)
    if known is None:
        known = await drawn_of(service, await asyncio.to_thread(open_case, service, case_id))
    data: bytes | None = getattr(known, picture)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "the picture is no longer kept")
    return Response(data, media_type="image/webp", headers={**HEADERS, "Cache-Control": "private, max-age=600"})


@router.post("/{case_id}/decide")
async def decide_case(request: Request, case_id: str, service: ServiceOf, person: ReviewerOf, form: FormOf) -> Response:
    """Decide, be silent about it from now on if that is asked, and take the next."""
    database, now = service.registry.database, datetime.now(UTC)
    note, scope = str(form.get("note", "")), str(form.get("silence", ""))

    def act() -> Case | None:
        state, ground = decision_of(form)
        decide(database, [case_id], person.person_id, state, ground=ground, note=note, now=now)
        case = Cases(database).case(case_id)
        if case is not None and ground is not None and scope in set(Scope):
            suppress(database, case, Scope(scope), person.person_id, now)
        filters, order = filters_of(form)
        return Cases(database).take_next(filters, order, person.person_id, now)

    try:
        following = await asyncio.to_thread(act)
    except MarkscanError as error:
        return await _page(request, service, person.person_id, case_id, str(error))
    return RedirectResponse("/console/queue" if following is None else f"/console/cases/{following.case_id}", 303)


@router.post("/{case_id}/release", dependencies=[OWN_FORM])
async def release_case(request: Request, case_id: str, service: ServiceOf, person: ReviewerOf) -> Response:
    """Give it back, undecided."""
    await asyncio.to_thread(Cases(service.registry.database).release, case_id, person.person_id, datetime.now(UTC))
    return RedirectResponse("/console/queue", HTTPStatus.SEE_OTHER)


async def _page(request: Request, service: Service, person: str, case_id: str, wrong: str) -> Response:
    cases, now = Cases(service.registry.database), datetime.now(UTC)
    opened = await asyncio.to_thread(open_case, service, case_id)
    mine = opened.case.state in UNDECIDED and await asyncio.to_thread(cases.lease, case_id, person, now)
    standing = next((each for each in reversed(opened.decisions) if each.undone_at is None), None)
    shown = {
        "opened": opened,
        "case": opened.case,
        "facts": () if opened.evidence is None else words.facts(opened.evidence),
        "leave": () if opened.verdict is None else words.authorization_sentences(opened.verdict),
        "mine": mine,
        "standing": standing,
        "wrong": wrong,
        "undecided": UNDECIDED,
    }
    return page(request, "case.html.j2", shown, HTTPStatus.CONFLICT if wrong else HTTPStatus.OK)


async def drawn_of(service: Service, opened: Opened) -> Drawn:
    """A case's pictures, drawn in a process beside the service; the newest are kept."""
    shown = await asyncio.to_thread(_shown, service, opened)
    return service.drawn.keep(opened.case.case_id, await service.beside.run(draw, shown, service.settings))


def _shown(service: Service, opened: Opened) -> Shown:
    reference = opened.reference
    file = None if reference is None else service.store.media_path(reference.sha256, reference.suffix)
    return Shown(service.records.picture(opened.scan, opened.case.position), reference, file, opened.evidence)


def _others(cases: tuple[Case, ...], case: Case) -> tuple[Case, ...]:
    return tuple(each for each in cases if each.case_id != case.case_id)[:8]
