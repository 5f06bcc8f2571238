"""Scans to rows of the tables and back; it opens no transaction."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, and_, select

from scanner.engine.types import FailedImage
from scanner.moderation.records.scans import LISTING_FIELDS, ImageRecord, Scan
from scanner.moderation.records.tables import ScanState, scanned_images, scans
from scanner.verdicts.rows import ScannedImage, from_json, to_json
from scanner.verdicts.types import Decision, Listing, Reason


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


def insert_scan(connection: Connection, scan: Scan, fingerprint: str | None = None) -> None:
    """A new scan; `fingerprint`: of the program and index that examined its images; None: they were not examined."""
    values = {name: getattr(scan, name) for name in Scan.__dataclass_fields__ if name not in ("listing", "images")}
    connection.execute(scans.insert(), values | asdict(scan.listing))
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
    connection.execute(scanned_images.insert(), rows)


def finish_scan(connection: Connection, scan: Scan, fingerprint: str) -> bool:
    """What came of a scan that was queued; False: it no longer is."""
    queued = and_(scans.c.scan_id == scan.scan_id, scans.c.state == ScanState.QUEUED)
    names = ("state", "decision", "reason", "finished_at")
    values = {name: getattr(scan, name) for name in names}
    if connection.execute(scans.update().where(queued).values(**values)).rowcount == 0:
        return False
    table = scanned_images
    for position, image in enumerate(scan.images):
        place = and_(table.c.scan_id == scan.scan_id, table.c.position == position)
        connection.execute(table.update().where(place).values(**_told(image, fingerprint)))
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


def sealed(scan: Scan) -> dict[str, Any]:
    """What the history keeps of a scan that is done: enough to find out whether it was changed."""
    texts = [None if image.row is None else to_json(image.row) for image in scan.images]
    return _seal(scan.listing.listing_id, scan.decision, scan.reason, [image.sha256 for image in scan.images], texts)


def seal_of(connection: Connection, scan_id: str) -> dict[str, Any] | None:
    """The seal of a scan as its tables hold it; None: there is none.

    It seals the rows' texts as they are stored, so a row of an earlier format keeps its seal.
    """
    scan = connection.execute(select(scans).where(scans.c.scan_id == scan_id)).one_or_none()
    if scan is None:
        return None
    table = scanned_images
    query = select(table.c.image_sha256, table.c.outcome).where(table.c.scan_id == scan_id).order_by(table.c.position)
    stored = connection.execute(query).all()
    hashes, texts = [each.image_sha256 for each in stored], [each.outcome for each in stored]
    return _seal(scan.listing_id, scan.decision, scan.reason, hashes, texts)


def _seal(
    listing_id: str | None,
    decision: Decision | None,
    reason: Reason | None,
    hashes: Sequence[str],
    texts: Sequence[str | None],
) -> dict[str, Any]:
    return {
        "listing_id": listing_id,
        "decision": decision,
        "reason": reason,
        "images": list(hashes),
        "rows_sha256": hashlib.sha256(json.dumps(texts).encode()).hexdigest(),
    }
