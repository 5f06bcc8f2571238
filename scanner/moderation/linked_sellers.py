"""Sellers whose listings share photos that nobody registered: a figure for a person, and never a decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Row, and_, exists, func, select

from brand_index.index.past import near_pairs
from brand_index.registry.database import Database
from scanner.moderation.cases.tables import cases
from scanner.moderation.records.tables import scanned_images, scans
from scanner.verdicts.feedback import ALIKE

OWN: Final = 200  # newest images of the seller that are compared
READ: Final = 2_000  # newest images of the seller's scans among which they are: a listing is scanned again and again
COMPARED: Final = 50_000  # newest images of other sellers
MOST_SELLERS: Final = 8  # who share an image: with more it is a maker's photo or a template, and says nothing
SHOWN: Final = 6  # images of each pair of sellers
MATCHED: Final = '"counted": ["'  # stands in the row of an image that shows what is registered


@dataclass(frozen=True, slots=True)
class SharedImage:
    """An image of one seller and one of another that are alike."""

    listing_id: str | None  # of this seller
    other_listing_id: str | None
    at: datetime  # UTC: when a listing of this seller with this file was first scanned
    other_at: datetime  # UTC: likewise, of the other
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
    own, compared = _images(database, mine, READ)[:OWN], _images(database, others, COMPARED)
    pairs = near_pairs(_hashes(own), _hashes(compared), ALIKE)
    sellers_of: dict[int, set[str]] = {}
    for one, other, _ in pairs:
        sellers_of.setdefault(one, set()).add(compared[other].seller_id)
    few = [(own[one], compared[other], bits, one) for one, other, bits in pairs if len(sellers_of[one]) <= MOST_SELLERS]
    first = _first_shown(database, [image for pair in few for image in pair[:2]])
    shared: dict[str, dict[int, SharedImage]] = {}
    for image, their, bits, one in few:
        days = (first[image.seller_id, image.image_sha256], first[their.seller_id, their.image_sha256])
        of_pair = shared.setdefault(their.seller_id, {})
        known = of_pair.get(one)
        if known is None or days[1] < known.other_at:
            case_id = image.scan_id if image.kept and image.has_case else None
            of_pair[one] = SharedImage(image.listing_id, their.listing_id, *days, bits, case_id, image.position + 1)
    found = (_linked(other, images.values()) for other, images in shared.items())
    return tuple(sorted(found, key=lambda each: (-each.number, each.seller_id)))


def _linked(seller_id: str, images: Iterable[SharedImage]) -> LinkedSeller:
    ordered = sorted(images, key=lambda each: (each.at, each.place))
    was_first = sum(each.other_at < each.at for each in ordered)
    return LinkedSeller(seller_id, tuple(ordered[:SHOWN]), len(ordered), was_first)


def _images(database: Database, which: ColumnElement[bool], count: int) -> list[Row[tuple[object, ...]]]:
    """The newest images of some sellers that have a hash and show nothing registered, each of a listing once."""
    unregistered = ~scanned_images.c.outcome.contains(MATCHED, autoescape=True)
    case = exists().where(cases.c.case_id == scans.c.scan_id)
    columns = (scans.c.seller_id, scans.c.listing_id, scans.c.accepted_at, scans.c.scan_id)
    of_image = tuple(scanned_images.c[name] for name in ("position", "image_sha256", "pdq", "kept"))
    query = (
        select(*columns, *of_image, case.label("has_case"))
        .select_from(scans.join(scanned_images, scanned_images.c.scan_id == scans.c.scan_id))
        .where(which, scans.c.rejudges.is_(None), scanned_images.c.pdq.is_not(None), unregistered)
    )
    known = dict[tuple[object, ...], Row[tuple[object, ...]]]()
    with database.read() as connection:
        rows: Iterable[Any] = connection.execute(query.order_by(scans.c.accepted_at.desc()).limit(count))
        for row in rows:  # an image that was scanned again is there once, as in its newest scan
            known.setdefault((row.seller_id, row.listing_id, row.image_sha256), row)
    return list(known.values())


def _first_shown(database: Database, images: Iterable[Row[tuple[object, ...]]]) -> dict[tuple[str, str], datetime]:
    """When a listing of a seller with a file was first scanned, UTC, by the seller and the file's SHA-256."""
    found = dict[tuple[str, str], datetime]()
    with database.read() as connection:
        for seller_id, sha256 in sorted({(each.seller_id, each.image_sha256) for each in images}):
            joined = scanned_images.join(scans, scanned_images.c.scan_id == scans.c.scan_id)
            same = and_(scanned_images.c.image_sha256 == sha256, scans.c.seller_id == seller_id)
            query = select(func.min(scans.c.accepted_at)).select_from(joined).where(same)
            found[seller_id, sha256] = connection.execute(query).scalar_one()
    return found


def _hashes(images: list[Row[tuple[object, ...]]]) -> NDArray[np.uint8]:
    packed = b"".join(bytes.fromhex(str(each.pdq)) for each in images)
    return np.frombuffer(packed, np.uint8).reshape(-1, 32)
