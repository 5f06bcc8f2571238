"""A scan before and after it is done; it is kept elsewhere."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scanner.engine.types import Evidence
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


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image of a recorded scan."""

    name: str
    sha256: str
    kept: bool  # its bytes lie under uploads/
    row: Row | None  # what came of it; None: it was not looked at yet
    pdq: str | None = None  # its PDQ hash, hexadecimal; None: too flat for one, or not looked at yet


@dataclass(frozen=True, slots=True)
class Scan:
    """One call, or one image of scan-images, and what came of it."""

    scan_id: str
    key_id: str | None  # of the API key; None: scan-images, or a person
    idempotency_key: str | None
    request_sha256: str  # of the listing and its images: a retry has the same
    listing: Listing
    state: ScanState
    decision: Decision | None  # None: not done yet
    reason: Reason | None
    accepted_at: datetime  # UTC
    finished_at: datetime | None
    images: tuple[ImageRecord, ...]


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """What came of a listing's images, in their order, and of the listing."""

    rows: tuple[Row, ...]
    hashes: tuple[str | None, ...]  # PDQ, hexadecimal; None: too flat, or not looked at
    reason: Reason
    decision: Decision
    fingerprint: str  # of program, models and settings that looked at them


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """What was seen in the same bytes."""

    evidence: tuple[Evidence, ...]
    pdq: str | None  # as ImageRecord's


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took away."""

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
) -> Scan:
    """A scan that is accepted now; it is nowhere recorded yet.

    `retry`: the caller's idempotency key; `besides`: what else the call says that a retry says, too.
    """
    told = [[getattr(listing, name) for name in LISTING_FIELDS], [image.sha256 for image in images]]
    told += [list(besides)] if besides else []
    request = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    waiting = tuple(ImageRecord(image.name, image.sha256, False, None) for image in images)
    identity = uuid.uuid4().hex
    return Scan(identity, key_id, retry, request, listing, ScanState.QUEUED, None, None, now, None, waiting)
