"""What a seller notice is about, for others than reviewers: two images, or a word and where it stands; no page."""

from dataclasses import dataclass
from http import HTTPStatus

from brand_index.types import ReferenceKind
from scanner.bulk.report.marked_text import Piece, excerpts, marked_text
from scanner.bulk.report.outlines import is_in_image
from scanner.engine.types import Evidence, Where
from scanner.moderation.seller_notices.types import SellerNotice
from scanner.service.console.cases.case import drawings_of
from scanner.service.console.cases.case_view import load_images
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.fair_queue import Tenant
from scanner.verdicts.types import Listing


@dataclass(frozen=True, slots=True)
class NotifiedMatch:
    """What a page shows of the match that a notice is about."""

    listing_image: bool  # whether there is one to show
    reference_image: bool
    word: str | None  # that is registered; None: it is an image, or unknown
    texts: tuple[tuple[Piece, ...], ...]  # of the listing, those with the word, marked in them


def notified_match(service: Service, seller_notice: SellerNotice) -> NotifiedMatch:
    """What can still be shown. An image in which nothing was found is left out, where the word stands in texts."""
    scan = service.records.scan(seller_notice.case_id)
    kept = scan is not None and any(image.kept for image in scan.images)
    word = service.seller_notices.word_of(seller_notice)
    if scan is None or word is None:
        has_image = seller_notice.kind not in (None, ReferenceKind.WORD)
        return NotifiedMatch(kept, kept and has_image, word, ())
    shown = load_images(service, seller_notice.case_id).shown
    found = [each for each in shown.counted if each.reference_id == seller_notice.reference_id]
    texts = _texts(scan.listing, found)
    return NotifiedMatch(shown.kept and (not texts or any(map(is_in_image, found))), False, word, texts)


async def seller_notice_image(service: Service, seller_notice: SellerNotice, image: str, tenant: Tenant) -> bytes:
    """The listing's image of a notice or the registered one. Raises Problem: neither, or it is not kept."""
    data: bytes | None = None
    if image in ("listing", "reference"):
        data = getattr(await drawings_of(service, seller_notice.case_id, None, tenant), image)
    if data is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "the image is no longer kept")
    return data


def _texts(listing: Listing, found: list[Evidence]) -> tuple[tuple[Piece, ...], ...]:
    """The title, and of the description what is around each word, where they have one."""
    texts = (marked_text(listing.title, Where.TITLE, found), *excerpts(found, Where.DESCRIPTION))
    return tuple(text for text in texts if any(piece.is_marked for piece in text))
