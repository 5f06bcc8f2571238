"""The endpoints by which a rights holder reads the cases about its brands, and what became of its notices."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from brand_index import fields
from brand_index.registry.database import Database
from brand_index.registry.kept_files import registered_file
from brand_index.types import ReferenceKind
from scanner.moderation.records.scans import Scan
from scanner.moderation.rights_holder_view import (
    PAGE,
    HolderCase,
    HolderFilters,
    HolderState,
    count_cases,
    count_notices,
    find_case,
    list_cases,
    list_notices,
)
from scanner.moderation.seller_notices.types import AppealOutcome, Form
from scanner.service.api.access import BrandOwnerOrReviewer, RowId, ServiceOf, check_brand_of, problems
from scanner.service.api.own_images import own_images
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.drawing import DrawingRequest
from scanner.service.workers.fair_queue import Tenant
from scanner.verdicts import words
from scanner.verdicts.case_states import Ground

router = APIRouter(route_class=FormRoute, prefix="/v1/brands", tags=["cases of a brand"])
_LONG: Final = 500  # characters
_DEEPEST: Final = 100_000  # pages
StateOf = Annotated[HolderState | None, Query(description="Only those in this state.")]
TextOf = Annotated[
    str | None, Query(max_length=_LONG, description="Part of the listing's id, the seller's id or the title.")
]
SinceOf = Annotated[AwareDatetime | None, Query(description="Opened at this moment or later.")]
UntilOf = Annotated[AwareDatetime | None, Query(description="Opened before this moment.")]
PageOf = Annotated[int, Query(ge=1, le=_DEEPEST, description=f"Number of the page, of {PAGE} each.")]


def filters_of(
    brand: str, state: StateOf = None, text: TextOf = None, since: SinceOf = None, until: UntilOf = None
) -> HolderFilters:
    """Which cases or notices of a brand a call asks for. Raises InvalidField for a text with control characters."""
    return HolderFilters(frozenset({brand}), state, fields.passage("text", text or "", _LONG) or None, since, until)


FiltersOf = Annotated[HolderFilters, Depends(filters_of)]


class CaseImage(StrEnum):
    """What is drawn of an image of a case."""

    SMALL = "small"
    LISTING = "listing"
    REFERENCE = "reference"
    ALIGNED_LISTING = "aligned_listing"
    ALIGNED_REFERENCE = "aligned_reference"


class BrandCaseAppeal(BaseModel):
    """A seller's appeal."""

    appeal_id: str
    form: Form
    received_at: datetime
    answer_by: datetime | None = Field(description="Until when the rights holder may answer; null: it is not asked.")
    outcome: AppealOutcome | None = Field(description="null: undecided.")
    decided_at: datetime | None


class BrandCaseAnswer(BaseModel):
    """A case about a brand, or a notice of its rights holder, without who decided and why in a reviewer's words."""

    case_id: str
    brand_id: str
    reference_id: str | None
    kind: ReferenceKind | None = Field(description="Of the match.")
    state: HolderState = Field(description="closed: a notice whose case was decided about another match.")
    ground: Ground | None = Field(description="Of a dismissal.")
    outcome: list[str] = Field(description="What became of it and what was done with the listing, in sentences.")
    listing_id: str | None
    seller_id: str | None
    market: str | None
    title: str | None
    opened_at: datetime
    decided_at: datetime | None
    statement: str | None = Field(description="Of the rights holder's notice; null: a scan opened the case.")
    notice_kind: ReferenceKind | None = Field(description="That the notice named; null likewise.")
    appeals: list[BrandCaseAppeal]


class BrandCases(BaseModel):
    """A page of cases or notices, the newest first."""

    total: int
    page: int
    cases: list[BrandCaseAnswer]


class BrandMatch(BaseModel):
    """A match of one of the brand's references."""

    reference_id: str
    kind: ReferenceKind
    confidence: float
    facts: list[str] = Field(description="The measurements, a sentence each.")


class BrandCaseImage(BaseModel):
    """An image of the listing that shows something of the brand, or that could not be scanned."""

    place: int = Field(description="Its number, from 1, by which its thumbnail is read.")
    image: str
    image_sha256: str
    matches: list[BrandMatch]
    remark: str | None = Field(description="What of it was not scanned, and why; null: it was scanned whole.")


class BrandCaseDetails(BrandCaseAnswer):
    """A case about a brand, with the evidence of its matches."""

    images: list[BrandCaseImage]


@router.get("/{brand}/cases", response_model=BrandCases, responses=problems(404))
async def list_brand_cases(
    brand: str,
    service: ServiceOf,
    key: BrandOwnerOrReviewer,
    filters: FiltersOf,
    page: PageOf = 1,
) -> dict[str, Any]:
    """The cases about a brand: listings that showed it, whether a scan or a notice found them."""
    check_brand_of(key, brand)
    return await _page(service, brand, filters, page, list_cases, count_cases)


@router.get("/{brand}/cases/{case_id}", response_model=BrandCaseDetails, responses=problems(404))
async def read_brand_case(brand: str, case_id: str, service: ServiceOf, key: BrandOwnerOrReviewer) -> dict[str, Any]:
    """A case about a brand, with the evidence."""
    check_brand_of(key, brand)
    found, scan = await asyncio.to_thread(load_own, service, case_id, frozenset({brand}))
    return _answer(found) | {
        "images": [
            {
                "place": image.place + 1,
                "image": image.name,
                "image_sha256": image.sha256,
                "matches": [
                    {
                        "reference_id": each.reference_id,
                        "kind": each.kind,
                        "confidence": each.confidence,
                        "facts": list(words.facts(each, image.matches)),
                    }
                    for each in image.matches
                ],
                "remark": image.remark or None,
            }
            for image in own_images(scan, found)
            if image.matches or image.remark
        ]
    }


@router.get("/{brand}/cases/{case_id}/images/{place}", response_class=Response, responses=problems(404))
async def read_brand_case_image(
    brand: str,
    case_id: str,
    place: RowId,
    service: ServiceOf,
    key: BrandOwnerOrReviewer,
    view: Annotated[CaseImage, Query(description="small: the thumbnail of the listing image.")] = CaseImage.SMALL,
) -> Response:
    """An image of a case as WebP, with the match of the brand outlined; `place` as in the case."""
    check_brand_of(key, brand)
    case, scan = await asyncio.to_thread(load_own, service, case_id, frozenset({brand}))
    data = await drawn_image(service, Tenant("keys", key.key_id), case, scan, place, view)
    return Response(data, media_type="image/webp")


@router.get("/{brand}/notices", response_model=BrandCases, responses=problems(404))
async def list_brand_notices(
    brand: str,
    service: ServiceOf,
    key: BrandOwnerOrReviewer,
    filters: FiltersOf,
    page: PageOf = 1,
) -> dict[str, Any]:
    """The notices that were submitted for a brand, and what became of each."""
    check_brand_of(key, brand)
    return await _page(service, brand, filters, page, list_notices, count_notices)


async def drawn_image(service: Service, tenant: Tenant, case: HolderCase, scan: Scan, place: int, view: str) -> bytes:
    """An image of a case, with the match of its brand outlined and no other, at the turn of `tenant`.

    `place` from 1; `view`: a value of CaseImage. Raises Problem when there is none, or it is no longer kept.
    """
    own = next((each for each in own_images(scan, case) if each.place == place - 1), None)
    data: bytes | None = None
    if own is not None and view in set(CaseImage):
        evidence = own.matches[0] if own.matches else None

        def request() -> DrawingRequest:
            reference = None if evidence is None else service.registry.reference(evidence.reference_id)
            file = None if reference is None else registered_file(service.store, reference)
            return DrawingRequest(service.records.image(scan, own.place), reference, file, evidence)

        key = f"own/{case.brand_id}/{case.case_id}/{own.place}"
        if view == CaseImage.SMALL:
            data = await service.thumbnails.image(key, tenant, request)
        else:
            data = getattr(await service.drawings.image(key, tenant, request), view)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such image, or it is no longer kept")
    return data


def load_own(service: Service, case_id: str, brands: frozenset[str] | None) -> tuple[HolderCase, Scan]:
    """A case about one of the brands (None: any) with its scan.

    Raises Problem when there is none, and just so when it is about another brand.
    """
    found = find_case(service.registry.database, case_id, brands)
    scan = None if found is None else service.records.scan(case_id)
    if found is None or scan is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_case", f"there is no case {case_id[:64]!r} about this brand")
    return found, scan


async def _page(
    service: Service,
    brand: str,
    filters: HolderFilters,
    page: int,
    load: Callable[..., tuple[HolderCase, ...]],
    count: Callable[[Database, HolderFilters], int],
) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        service.registry.brand(brand)
        database = service.registry.database
        found = load(database, filters, first=(page - 1) * PAGE, count=PAGE)
        return {"total": count(database, filters), "page": page, "cases": [_answer(each) for each in found]}

    return await asyncio.to_thread(read)


def _answer(found: HolderCase) -> dict[str, Any]:
    names = BrandCaseAnswer.model_fields.keys() - {"outcome", "appeals"}
    return {
        **{name: getattr(found, name) for name in names},
        "outcome": list(found.outcome),
        "appeals": [{name: getattr(each, name) for name in BrandCaseAppeal.model_fields} for each in found.appeals],
    }
