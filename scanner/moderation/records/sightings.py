"""In which listings registered photos were seen, and who showed each first, as far as scans know."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, func, select

from brand_index.registry.database import Write
from brand_index.registry.schema import reference_images
from brand_index.types import ReferenceKind
from scanner.moderation.records.earlier_images import Sighting
from scanner.moderation.records.scans import Scan
from scanner.moderation.records.tables import photo_sightings, scans
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import FirstSeen

SURE: Final = 0.5  # confidence from which a photo is taken to be seen in an image
COMPARED: Final = 50  # images that showed a photo before it was registered, the oldest


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
    before: Mapping[str, Sequence[Sighting]] = MappingProxyType({}),
    own_photos: Collection[str] = (),
) -> dict[str, FirstSeen]:
    """Who showed each of these photos first, by its id, for a listing of this seller (None: unknown).

    `before`: images that showed a photo before it was registered, that nobody noted. A photo counts as registered since
    its brand had a photo of which such an image was found to be a copy, since a better file of it is no later photo;
    `own_photos`, by their ids, are those that a reviewer found to be the seller's own. Unknown references are left out.
    """
    found = {}
    for reference_id in references:
        known = select(reference_images.c.registered_at, reference_images.c.brand_id)
        photo = connection.execute(known.where(reference_images.c.reference_id == reference_id)).one_or_none()
        if photo is None:
            continue
        noted = _noted(connection, reference_id, seller_id)
        shown = sorted([*noted, *before.get(reference_id, ())], key=lambda each: each.seen_at)
        own = [each for each in shown if seller_id is not None and each.seller_id == seller_id]
        older = [each for each in shown if each.seen_at < photo.registered_at]
        registered = [_copied_since(connection, photo.brand_id, each, own_photos) for each in older[:COMPARED]]
        found[reference_id] = FirstSeen(
            reference_id,
            min([photo.registered_at, *(each for each in registered if each is not None)]),
            shown[0].seen_at if shown else None,
            shown[0].seller_id if shown else None,
            shown[0].listing_id if shown else None,
            own[0].seen_at if own else None,
        )
    return found


def _noted(connection: Connection, reference_id: str, seller_id: str | None) -> list[Sighting]:
    """The first image that scans noted to show a photo, and the first of this seller."""
    table, found = photo_sightings, list[Sighting]()
    columns = (table.c.seen_at, table.c.seller_id, table.c.listing_id, table.c.position)
    query = select(*columns).where(table.c.reference_id == reference_id).order_by(table.c.seen_at, table.c.scan_id)
    for each in (query, query.where(table.c.seller_id == seller_id)):
        found += [Sighting(*row) for row in connection.execute(each.limit(1))]
    return found


def _copied_since(
    connection: Connection, brand_id: str, image: Sighting, own_photos: Collection[str]
) -> datetime | None:
    """When the brand registered the photo of which a scan found this image to be a copy, first of all; None: none."""
    table = photo_sightings
    query = (
        select(func.min(reference_images.c.registered_at))
        .select_from(table.join(reference_images, reference_images.c.reference_id == table.c.reference_id))
        .where(
            reference_images.c.brand_id == brand_id,
            reference_images.c.registered_at <= table.c.seen_at,
            table.c.reference_id.not_in(sorted(own_photos)),
            table.c.seen_at == image.seen_at,
            table.c.position == image.position,
            table.c.seller_id.is_not_distinct_from(image.seller_id),
            table.c.listing_id.is_not_distinct_from(image.listing_id),
        )
    )
    since: datetime | None = connection.execute(query).scalar_one()
    return since


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
