"""In which listings registered photos were seen, and who showed each first, as far as scans know."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, and_, func, select

from brand_index.registry.database import Write
from brand_index.registry.schema import reference_images
from brand_index.types import ReferenceKind
from scanner.moderation.records.earlier_images import Sighting
from scanner.moderation.records.scans import Scan
from scanner.moderation.records.tables import photo_sightings, scanned_images, scans
from scanner.verdicts.feedback import ALIKE, distance
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import FirstSeen

SURE: Final = 0.5  # confidence from which a photo is taken to be seen in an image
COMPARED: Final = 2_000  # images of a seller that are older than a reference, the oldest, whose hashes are compared


def insert_sightings(write: Write, scan: Scan, seen_at: datetime) -> None:
    """Note the registered photos in the images of a scan; `seen_at`: when its listing was first scanned, UTC."""
    rows = [
        {
            "reference_id": item.reference_id,
            "scan_id": scan.scan_id,
            "position": position,
            "seller_id": scan.listing.seller_id,
            "listing_id": scan.listing.listing_id,
            "seen_at": seen_at,
        }
        for position, image in enumerate(scan.images)
        if isinstance(image.row, ScannedImage)
        for item in image.row.verdict.evidence
        if item.kind is ReferenceKind.PHOTO and item.shared is None and item.confidence >= SURE
    ]
    write.add(photo_sightings, *rows)


def first_seen(
    connection: Connection,
    references: Iterable[str],
    seller_id: str | None,
    pdqs: Mapping[str, Sequence[str]],
    before: Mapping[str, Sequence[Sighting]] = MappingProxyType({}),
) -> dict[str, FirstSeen]:
    """Who showed each of these photos first, by its id, for a listing of this seller (None: unknown).

    `pdqs`: hashes, hexadecimal, of the listing's images that show a photo, by the photo's id. An earlier image of the
    seller that is alike counts, though the photo was not registered then. `before`: listings that showed a photo before
    it was registered, the earliest first, likewise. References that are unknown are left out.
    """
    found = {}
    for reference_id in references:
        registered = connection.execute(
            select(reference_images.c.registered_at).where(reference_images.c.reference_id == reference_id)
        ).scalar_one_or_none()
        if registered is None:
            continue
        table = photo_sightings
        of_it = select(table).where(table.c.reference_id == reference_id)
        noted = connection.execute(of_it.order_by(table.c.seen_at, table.c.scan_id).limit(1)).one_or_none()
        shown = before.get(reference_id, ())
        sightings = [] if noted is None else [Sighting(noted.seen_at, noted.seller_id, noted.listing_id)]
        earliest = min([*sightings, *shown[:1]], key=lambda each: each.seen_at, default=None)
        own = [each.seen_at for each in shown if seller_id is not None and each.seller_id == seller_id]
        if seller_id is not None:
            of_seller = and_(table.c.reference_id == reference_id, table.c.seller_id == seller_id)
            seen = connection.execute(select(func.min(table.c.seen_at)).where(of_seller)).scalar_one()
            own += [seen] if seen is not None else []
            own += _alike(connection, seller_id, registered, pdqs.get(reference_id, ()))
        found[reference_id] = FirstSeen(
            reference_id,
            registered,
            None if earliest is None else earliest.seen_at,
            None if earliest is None else earliest.seller_id,
            None if earliest is None else earliest.listing_id,
            min(own, default=None),
        ).with_own(seller_id)
    return found


def _alike(connection: Connection, seller_id: str, registered: datetime, pdqs: Sequence[str]) -> list[datetime]:
    """When the seller's listings from before a registration that show one of these images were scanned; the first."""
    if not pdqs:
        return []
    of_seller = and_(
        scans.c.seller_id == seller_id, scans.c.accepted_at < registered, scanned_images.c.pdq.is_not(None)
    )
    joined = scans.join(scanned_images, scanned_images.c.scan_id == scans.c.scan_id)
    query = select(scans.c.accepted_at, scanned_images.c.pdq).select_from(joined).where(of_seller)
    for row in connection.execute(query.order_by(scans.c.accepted_at).limit(COMPARED)):
        if any(distance(row.pdq, pdq) <= ALIKE for pdq in pdqs):
            return [row.accepted_at]
    return []


def first_accepted(connection: Connection, scan_id: str) -> datetime:
    """When the listing of a scan was first scanned, UTC: the scans that it judges again came before it."""
    while True:
        query = select(scans.c.accepted_at, scans.c.rejudges).where(scans.c.scan_id == scan_id)
        row = connection.execute(query).one()
        known = select(scans.c.scan_id).where(scans.c.scan_id == row.rejudges)
        if row.rejudges is None or connection.execute(known).first() is None:  # it may be purged
            accepted: datetime = row.accepted_at
            return accepted
        scan_id = row.rejudges
