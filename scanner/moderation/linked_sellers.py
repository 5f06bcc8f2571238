"""Sellers whose listings share photos that nobody registered: a figure for a person, and never a decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Row, and_, exists, select

from brand_index.index.past import near_pairs
from brand_index.registry.database import Database
from scanner.moderation.cases.tables import cases
from scanner.moderation.records.tables import scanned_images, scans
from scanner.verdicts.feedback import ALIKE

OWN: Final = 200  # newest images of the seller that are compared
COMPARED: Final = 50_000  # newest images of other sellers
MOST_SELLERS: Final = 8  # who share an image: with more it is a maker's photo or a template, and says nothing
SHOWN: Final = 6  # images of each pair of sellers
MATCHED: Final = '"counted": ["'  # stands in the row of an image that shows what is registered


@dataclass(frozen=True, slots=True)
class SharedImage:
    """An image of one seller and one of another that are alike."""

    listing_id: str | None  # of this seller
    other_listing_id: str | None
    at: datetime  # UTC: when this seller's was scanned
    other_at: datetime
    bits: int  # of 256 in which their hashes differ
    case_id: str | None  # of this seller's listing, whose image is kept; None: it has none
    place: int  # of the image in it, from 1


@dataclass(frozen=True, slots=True)
class LinkedSeller:
    """Another seller whose listings share photos with this one's."""

    seller_id: str
    images: tuple[SharedImage, ...]  # the oldest first, SHOWN at most
    number: int  # of this seller's images that are alike to any of the other's
    was_first: int  # of these, how many the other seller showed before


def linked_sellers(database: Database, seller_id: str) -> tuple[LinkedSeller, ...]:
    """The sellers who share unregistered photos with this one, those who share most first."""
    mine = scans.c.seller_id == seller_id
    others = and_(scans.c.seller_id.is_not(None), scans.c.seller_id != seller_id)
    own, compared = _images(database, mine, OWN), _images(database, others, COMPARED)
    pairs = near_pairs(_hashes(own), _hashes(compared), ALIKE)
    sellers_of: dict[int, set[str]] = {}
    for one, other, _ in pairs:
        sellers_of.setdefault(one, set()).add(compared[other].seller_id)
    shared: dict[str, dict[int, SharedImage]] = {}
    for one, other, bits in pairs:
        if len(sellers_of[one]) > MOST_SELLERS:
            continue
        image, their = own[one], compared[other]
        of_pair = shared.setdefault(their.seller_id, {})
        known = of_pair.get(one)
        if known is None or their.accepted_at < known.other_at:
            case_id = image.scan_id if image.kept and image.has_case else None
            days = (image.accepted_at, their.accepted_at)
            of_pair[one] = SharedImage(image.listing_id, their.listing_id, *days, bits, case_id, image.position + 1)
    found = (_linked(other, images.values()) for other, images in shared.items())
    return tuple(sorted(found, key=lambda each: (-each.number, each.seller_id)))


def _linked(seller_id: str, images: Iterable[SharedImage]) -> LinkedSeller:
    ordered = sorted(images, key=lambda each: (each.at, each.place))
    was_first = sum(each.other_at < each.at for each in ordered)
    return LinkedSeller(seller_id, tuple(ordered[:SHOWN]), len(ordered), was_first)


def _images(database: Database, which: ColumnElement[bool], count: int) -> list[Row[tuple[object, ...]]]:
    """The newest images of some sellers that have a hash and show nothing registered."""
    unregistered = ~scanned_images.c.outcome.contains(MATCHED, autoescape=True)
    case = exists().where(cases.c.case_id == scans.c.scan_id)
    columns = (scans.c.seller_id, scans.c.listing_id, scans.c.accepted_at, scans.c.scan_id)
    of_image = (scanned_images.c.position, scanned_images.c.pdq, scanned_images.c.kept)
    query = (
        select(*columns, *of_image, case.label("has_case"))
        .select_from(scans.join(scanned_images, scanned_images.c.scan_id == scans.c.scan_id))
        .where(which, scans.c.rejudges.is_(None), scanned_images.c.pdq.is_not(None), unregistered)
    )
    with database.read() as connection:
        return list(connection.execute(query.order_by(scans.c.accepted_at.desc()).limit(count)))


def _hashes(images: list[Row[tuple[object, ...]]]) -> NDArray[np.uint8]:
    packed = b"".join(bytes.fromhex(str(each.pdq)) for each in images)
    return np.frombuffer(packed, np.uint8).reshape(-1, 32)
