"""Scans to rows of the tables and back; it opens no transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, and_, select

from brand_index.registry.database import Write
from scanner.engine.types import FailedImage, LeftDescription
from scanner.moderation.records.scans import LISTING_FIELDS, ImageRecord, Scan
from scanner.moderation.records.tables import ScanState, image_descriptions, scanned_images, scans
from scanner.verdicts.rows import ScannedImage, from_json, to_json
from scanner.verdicts.types import Listing


def scan_of(connection: Connection, row: Any) -> Scan:
    """The scan that a row of the table scans begins."""
    table = scanned_images
    query = select(table).where(table.c.scan_id == row.scan_id).order_by(table.c.position)
    images = tuple(
        ImageRecord(
            name=each.name,
            sha256=each.image_sha256,
            kept=each.kept,
            row=None if each.outcome is None else from_json(each.outcome),
            pdq=each.pdq,
        )
        for each in connection.execute(query)
    )
    listing = Listing(**{name: getattr(row, name) for name in LISTING_FIELDS})
    known = {name: getattr(row, name) for name in Scan.__dataclass_fields__ if name not in ("listing", "images")}
    return Scan(**known, listing=listing, images=images)


def insert_scan(write: Write, scan: Scan, fingerprint: str | None = None) -> None:
    """A new scan; `fingerprint`: of the program and index that examined its images; None: they were not examined."""
    values = {name: getattr(scan, name) for name in Scan.__dataclass_fields__ if name not in ("listing", "images")}
    write.add(scans, values | asdict(scan.listing))
    rows = [
        {
            "scan_id": scan.scan_id,
            "position": position,
            "name": image.name,
            "image_sha256": image.sha256,
            **_told(image, fingerprint),
        }
        for position, image in enumerate(scan.images)
    ]
    write.add(scanned_images, *rows)


def insert_descriptions(write: Write, scan_id: str, left: Sequence[LeftDescription | None]) -> None:
    """The compact descriptions of the images of a scan, in their order."""
    write.add(
        image_descriptions,
        *(
            {"scan_id": scan_id, "position": position, "recipe": each.recipe, "data": each.data}
            for position, each in enumerate(left)
            if each is not None
        ),
    )


def finish_scan(write: Write, scan: Scan, fingerprint: str) -> bool:
    """What came of a scan that was queued; False: it no longer is."""
    queued = and_(scans.c.scan_id == scan.scan_id, scans.c.state == ScanState.QUEUED)
    names = ("state", "decision", "reason", "finished_at")
    values = {name: getattr(scan, name) for name in names}
    if not write.update(scans, queued, values):
        return False
    table = scanned_images
    for position, image in enumerate(scan.images):
        place = and_(table.c.scan_id == scan.scan_id, table.c.position == position)
        write.update(table, place, _told(image, fingerprint))
    return True


def _told(image: ImageRecord, fingerprint: str | None) -> dict[str, Any]:
    row = image.row
    revision = row.verdict.index_revision if isinstance(row, ScannedImage) else None
    return {
        "kept": image.kept,
        "pdq": image.pdq,
        "outcome": None if row is None else to_json(row),
        "fingerprint": None if isinstance(row, FailedImage) else fingerprint,
        "index_revision": revision,
    }
