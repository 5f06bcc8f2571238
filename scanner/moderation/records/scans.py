"""The record of a scan, before and after it is done."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scanner.engine.types import WHOLE, ConcealedPatch, Coverage, Evidence, LeftDescription
from scanner.moderation.records.tables import ScanState
from scanner.verdicts.rows import Row
from scanner.verdicts.types import Decision, Listing, Reason

LISTING_FIELDS: Final = tuple(Listing.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class UploadedImage:
    """One image of a listing, before it is scanned."""

    name: str
    sha256: str
    data: bytes
    is_gone: bool = False  # its bytes are no longer kept: an earlier scan is judged again without them


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image of a recorded scan."""

    name: str
    sha256: str
    kept: bool  # its bytes are in uploads/
    row: Row | None  # its verdict or error; None: not scanned yet
    pdq: str | None = None  # its PDQ hash, hexadecimal; None: too flat for one, or not scanned yet


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: of the images of a listing, or of one image of scan-images."""

    scan_id: str
    key_id: str | None  # of the API key; None: scan-images, or a user
    idempotency_key: str | None
    request_sha256: str  # of the listing and its images; a retry has the same
    listing: Listing
    state: ScanState
    decision: Decision | None  # None: not done yet
    reason: Reason | None
    accepted_at: datetime  # UTC
    finished_at: datetime | None
    images: tuple[ImageRecord, ...]
    rejudges: str | None = None  # scan_id of the scan of the same listing that this one judges again; None: none


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """What came of a listing's images, in their order, and of the listing."""

    rows: tuple[Row, ...]
    hashes: tuple[str | None, ...]  # PDQ, hexadecimal; None: too flat, or not looked at
    reason: Reason
    decision: Decision
    fingerprint: str  # of program, models and settings that looked at them
    left: tuple[LeftDescription | None, ...] = ()  # compact descriptions, in the order of `rows`; None, or empty: none


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """The evidence of an earlier scan of the same bytes."""

    evidence: tuple[Evidence, ...]
    pdq: str | None  # as ImageRecord's
    coverage: Coverage = WHOLE
    concealed: tuple[ConcealedPatch, ...] = ()
    left: LeftDescription | None = None  # None: that scan left none


@dataclass(frozen=True, slots=True)
class Purged:
    """The numbers of what a purge deleted."""

    images: int
    scans: int


def begin(
    listing: Listing,
    images: Sequence[UploadedImage],
    now: datetime,
    *,
    key_id: str | None = None,
    retry: str | None = None,
    besides: tuple[str, ...] = (),
    rejudges: str | None = None,
) -> Scan:
    """A new scan, not recorded yet.

    `retry`: the caller's idempotency key. `besides`: further fields of the call that a retry must repeat. `rejudges`:
    as Scan's.
    """
    said = [
        getattr(listing, name) for name in LISTING_FIELDS if name != "description" or listing.description is not None
    ]
    request = [said, [image.sha256 for image in images]]  # without one, as versions that knew no descriptions wrote it
    request += [list(besides)] if besides else []
    digest = hashlib.sha256(json.dumps(request).encode()).hexdigest()
    waiting = tuple(ImageRecord(image.name, image.sha256, False, None) for image in images)
    identity = uuid.uuid4().hex
    return Scan(identity, key_id, retry, digest, listing, ScanState.QUEUED, None, None, now, None, waiting, rejudges)
