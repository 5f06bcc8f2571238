"""A case with everything that its page shows, as the database has it; no page."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, NamedTuple

from brand_index.errors import FileAltered
from brand_index.registry.kept_files import read_reference
from brand_index.types import Authorization, Brand, ReferenceImage
from scanner.moderation.cases.cases import Case, Cases, Filters, Order
from scanner.moderation.cases.decisions import CaseDecision, decisions_on
from scanner.moderation.records.past import Rejudged, rejudged_by
from scanner.moderation.records.scans import Scan
from scanner.moderation.store import Records
from scanner.service.console.cases.images import ListingImage, images_of
from scanner.service.problems import Problem
from scanner.service.service import Service

OTHERS: Final = 8
EVERY_STATE: Final = Filters(state=None)


class OtherCases(NamedTuple):
    """Cases of the same seller or brand."""

    newest: tuple[Case, ...]  # OTHERS at most
    number: int  # of all


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with everything that its page shows."""

    case: Case
    scan: Scan
    images: tuple[ListingImage, ...]  # of the listing
    shown: ListingImage  # the one of these that is selected
    reference: ReferenceImage | None  # that the selected image matched; None: none
    brand: Brand | None
    brand_names: dict[str, str]  # of all brands, by id
    held: tuple[Authorization, ...]  # of this seller, from the brand of the case and of any matched image
    decisions: tuple[CaseDecision, ...]
    of_seller: OtherCases
    of_brand: OtherCases
    similar: int  # number of cases in its cluster
    rejudged: Rejudged | None  # the scan that says what holds now; None: none judges this one again
    has_later_case: bool  # that scan has a case of its own


class Files(NamedTuple):
    """Which files behind the two images of a case there are."""

    listing: bool
    reference: bool
    altered: bool  # one of the two is not the file that was recorded


class CaseImages(NamedTuple):
    """A case with the images of its listing."""

    case: Case
    scan: Scan
    images: tuple[ListingImage, ...]
    shown: ListingImage  # the one of these that is selected


def load_images(service: Service, case_id: str, place: int | None = None) -> CaseImages:
    """A case with the images of its listing. `place` and errors as in load_case."""
    database = service.registry.database
    case, scan = Cases(database).case(case_id), Records(database, service.store).scan(case_id)
    if case is None or scan is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_case", f"there is no case {case_id[:64]!r}")
    images = images_of(scan, case)
    if place is not None and not 1 <= place <= len(images):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", f"the images of this listing are 1 to {len(images)}")
    return CaseImages(case, scan, images, images[case.position if place is None else place - 1])


def load_case(service: Service, case_id: str, place: int | None = None) -> CaseView:
    """A case with everything that its page shows. Raises Problem when there is no such case or image.

    `place`: the selected image, from 1; None: the image that opened the case.
    """
    database, registry = service.registry.database, service.registry
    cases = Cases(database)
    case, scan, images, shown = load_images(service, case_id, place)
    evidence = shown.evidence
    registered = {each.brand_id: each for each in registry.brands()}
    held: tuple[Authorization, ...] = ()
    if case.seller_id is not None:
        matched = {item.brand_id for image in images for item in image.counted}
        brands = matched if case.brand_id is None else matched | {case.brand_id}  # as a notice may name another
        held = registry.authorizations(seller_id=case.seller_id, brands=brands)
    rejudged = rejudged_by(database, case_id)
    return CaseView(
        case=case,
        scan=scan,
        images=images,
        shown=shown,
        reference=None if evidence is None else registry.reference(evidence.reference_id),
        brand=None if case.brand_id is None else registered.get(case.brand_id),
        brand_names={brand_id: each.name for brand_id, each in registered.items()},
        held=held,
        decisions=decisions_on(database, case_id),
        of_seller=_others(cases, case, "seller_id"),
        of_brand=_others(cases, case, "brand_id"),
        similar=len(cases.of_cluster(case.cluster)),
        rejudged=rejudged,
        has_later_case=rejudged is not None and cases.case(rejudged.scan_id) is not None,
    )


def _others(cases: Cases, case: Case, column: str) -> OtherCases:
    """Other cases of the same seller or brand; none where the case has no such value."""
    value = getattr(case, column)
    if value is None:
        return OtherCases((), 0)
    same, now = replace(EVERY_STATE, **{column: value}), datetime.now(UTC)
    newest = cases.found(same, Order.NEWEST, now, count=OTHERS + 1)
    shown = tuple(each for each in newest if each.case_id != case.case_id)[:OTHERS]
    return OtherCases(shown, cases.number(same, now) - 1)


def files_of(service: Service, view: CaseView) -> Files:
    """Which files of the shown image and its reference the service still has, as they were recorded."""
    evidence = view.shown.evidence
    known = None if evidence is None else service.registry.reference(evidence.reference_id)
    listing = reference = altered = False
    try:
        listing = service.records.image(view.scan, view.shown.place - 1) is not None
    except FileAltered:
        altered = True
    try:
        reference = known is not None and read_reference(service.store, known) is not None
    except FileAltered:
        altered = True
    return Files(listing, reference, altered)
