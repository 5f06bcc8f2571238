"""Scans with their verdicts, kept in the store so that a case can be opened later; it scans and judges nothing.

A scan and the event that seals it are written in one transaction. Pictures lie under uploads/, for as long as they are
kept: until a queued scan is done, and afterwards those of listings that were not cleared.
"""

import contextlib
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from brand_index.database import Database, Write
from brand_index.files import keep
from brand_index.schema import history
from brand_index.store import Store
from scanner.report.rows import FailedImage, Row, ScannedImage, from_json, to_json
from scanner.tables import DeliveryState, ScanState, deliveries, scanned_images, scans
from scanner.types import Decision, Evidence, Listing, Reason

UNRECORDED: Final = timedelta(hours=1)  # after it a file without its record is nobody's
_LISTING: Final = tuple(Listing.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a listing, before it is scanned."""

    name: str
    sha256: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """One picture of a recorded scan."""

    name: str
    sha256: str
    kept: bool  # its bytes lie under uploads/
    row: Row | None  # what came of it; None: it was not looked at yet


@dataclass(frozen=True, slots=True)
class Scan:
    """One call, or one picture of scan-images, and what came of it."""

    scan_id: str
    key_id: str | None  # of the API key; None: scan-images
    idempotency_key: str | None
    request_sha256: str  # of the listing and its pictures: a retry has the same
    listing: Listing
    state: ScanState
    decision: Decision | None  # None: not done yet
    reason: Reason | None
    accepted_at: datetime  # UTC
    finished_at: datetime | None
    pictures: tuple[PictureRecord, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a listing's pictures, in their order, and of the listing."""

    rows: tuple[Row, ...]
    reason: Reason
    decision: Decision
    fingerprint: str  # of program, models and settings that looked at them


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took away."""

    pictures: int
    scans: int


def begin(
    listing: Listing, pictures: Sequence[Picture], now: datetime, *, key_id: str | None = None, retry: str | None = None
) -> Scan:
    """A scan that is accepted now; it is nowhere recorded yet. `retry`: the caller's idempotency key."""
    told = [getattr(listing, name) for name in _LISTING], [picture.sha256 for picture in pictures]
    request = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    waiting = tuple(PictureRecord(picture.name, picture.sha256, False, None) for picture in pictures)
    identity = uuid.uuid4().hex
    return Scan(identity, key_id, retry, request, listing, ScanState.QUEUED, None, None, now, None, waiting)


class Records:
    """All scans of a store."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database, self._store = database, store

    def acting(self, actor: str) -> "Records":
        """The same records, for another actor's writes."""
        return Records(self._database.acting(actor), self._store)

    def accept(self, scan: Scan, pictures: Sequence[Picture]) -> Scan:
        """Keep the pictures and the scan until it is done, come what may. Raises RegistryError."""
        kept = self._kept(scan, pictures)
        with self._database.write(scan.accepted_at) as write:
            _insert(write.connection, kept)
            write.note("scan accepted", scan.scan_id, {"listing_id": scan.listing.listing_id})
        return kept

    def finish(
        self,
        scan: Scan,
        outcome: Outcome,
        now: datetime,
        *,
        pictures: Sequence[Picture] = (),
        message: Callable[[Scan], str] | None = None,
    ) -> Scan:
        """Record what came of a scan, accepted before or not, and the `message` about it that is to be delivered.

        `pictures` are those of a scan that was not accepted before; they are kept if it is flagged.
        """
        new = not any(picture.kept for picture in scan.pictures)
        if new and outcome.decision is not Decision.CLEAR:
            scan = self._kept(scan, pictures)
        rows = zip(scan.pictures, outcome.rows, strict=True)
        cleared = outcome.decision is Decision.CLEAR
        done = replace(
            scan,
            state=ScanState.DONE,
            decision=outcome.decision,
            reason=outcome.reason,
            finished_at=now,
            pictures=tuple(replace(picture, row=row, kept=picture.kept and not cleared) for picture, row in rows),
        )
        with self._database.write(now) as write:
            if new:
                _insert(write.connection, done, outcome.fingerprint)
            elif not _update(write.connection, done, outcome.fingerprint):
                return scan  # another process was quicker
            write.note("scan done", scan.scan_id, _sealed(done))
            if message is not None:
                _send(write, scan.scan_id, message(done))
        if cleared and not new:
            for position in range(len(scan.pictures)):
                self._store.upload_path(scan.scan_id, position).unlink(missing_ok=True)
        return done

    def picture(self, scan: Scan, position: int) -> bytes | None:
        """The bytes of a picture of a scan; None: they are no longer kept."""
        try:
            return self._store.upload_path(scan.scan_id, position).read_bytes()
        except FileNotFoundError:
            return None

    def scan(self, scan_id: str) -> Scan | None:
        """The scan with this id; None: there is none."""
        return self._one(scans.c.scan_id == scan_id)

    def retried(self, key_id: str, retry: str) -> Scan | None:
        """The scan that this key asked for under this idempotency key; None: there is none."""
        return self._one(and_(scans.c.key_id == key_id, scans.c.idempotency_key == retry))

    def queued(self) -> int:
        """How many scans are accepted and not done."""
        with self._database.read() as connection:
            query = select(func.count()).select_from(scans).where(scans.c.state == ScanState.QUEUED)
            return int(connection.execute(query).scalar_one())

    def lease(self, count: int, now: datetime, length: timedelta) -> tuple[Scan, ...]:
        """At most `count` queued scans, the oldest first, which nobody else is given until `length` from now."""
        free = or_(scans.c.leased_until.is_(None), scans.c.leased_until < now)
        query = select(scans).where(scans.c.state == ScanState.QUEUED, free).order_by(scans.c.accepted_at).limit(count)
        with self._database.write(now) as write:
            found = tuple(_scan(write.connection, row) for row in write.connection.execute(query).all())
            taken = scans.c.scan_id.in_([scan.scan_id for scan in found])
            write.connection.execute(scans.update().where(taken).values(leased_until=now + length))
        return found

    def renew(self, scan_ids: Iterable[str], until: datetime) -> None:
        """Hold leased scans for longer."""
        with self._database.write(until) as write:
            write.connection.execute(
                scans.update().where(scans.c.scan_id.in_(list(scan_ids))).values(leased_until=until)
            )

    def seen_before(self, image_sha256: str, index_revision: int, fingerprint: str) -> tuple[Evidence, ...] | None:
        """All that was seen in the same bytes by the same program in the same index; None: nobody looked."""
        table = scanned_images
        same = and_(table.c.image_sha256 == image_sha256, table.c.index_revision == index_revision)
        query = select(table.c.outcome).where(same, table.c.fingerprint == fingerprint).limit(1)
        with self._database.read() as connection:
            found = connection.execute(query).scalar_one_or_none()
        row = None if found is None else from_json(found)
        return row.verdict.evidence if isinstance(row, ScannedImage) and not row.verdict.skipped else None

    def purge(self, now: datetime, *, pictures: timedelta, verdicts: timedelta) -> Purged:
        """Take away what has been kept for longer than this since its scan was done. Each purge is an event."""
        done = scans.c.state == ScanState.DONE
        with self._database.write(now) as write:
            connection = write.connection
            overdue = select(scans.c.scan_id).where(done, scans.c.finished_at < now - pictures)
            of_overdue = and_(scanned_images.c.scan_id.in_(overdue), scanned_images.c.kept)
            files = connection.execute(scanned_images.update().where(of_overdue).values(kept=False)).rowcount
            gone = select(scans.c.scan_id).where(done, scans.c.finished_at < now - verdicts)
            for table in (scanned_images, deliveries):
                connection.execute(table.delete().where(table.c.scan_id.in_(gone)))
            count = connection.execute(scans.delete().where(done, scans.c.finished_at < now - verdicts)).rowcount
            if files or count:
                write.note("purged", "scans", {"pictures": files, "scans": count})
        self._sweep(now)
        return Purged(files, count)

    def _sweep(self, now: datetime) -> None:
        """Remove files that no scan keeps; one that was written just now may be of a scan that is not recorded yet."""
        with self._database.read() as connection:
            query = select(scanned_images.c.scan_id, scanned_images.c.position).where(scanned_images.c.kept)
            kept = {
                self._store.upload_path(*row) for row in connection.execute(query.execution_options(yield_per=1000))
            }
        latest = (now - UNRECORDED).timestamp()
        for path in self._store.uploads.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):  # another process purges, too
                if path not in kept and path.stat().st_mtime < latest:
                    path.unlink()

    def faults(self) -> Iterable[str]:
        """Which recorded scans are not as the history says that they were recorded, in words."""
        with self._database.read() as connection:
            query = select(history.c.subject, history.c.details).where(history.c.what == "scan done")
            for subject, details in connection.execute(query.execution_options(yield_per=1000)):
                found = connection.execute(select(scans).where(scans.c.scan_id == subject)).one_or_none()
                if found is not None and _sealed(_scan(connection, found)) != json.loads(details):
                    yield f"scan {subject} is not as it was recorded"

    def _kept(self, scan: Scan, pictures: Sequence[Picture]) -> Scan:
        for position, picture in enumerate(pictures):
            keep(self._store.upload_path(scan.scan_id, position), picture.data)
        held = range(len(pictures))
        return replace(
            scan, pictures=tuple(replace(each, kept=place in held) for place, each in enumerate(scan.pictures))
        )

    def _one(self, which: ColumnElement[bool]) -> Scan | None:
        with self._database.read() as connection:
            found = connection.execute(select(scans).where(which)).one_or_none()
            return None if found is None else _scan(connection, found)


def _scan(connection: Connection, row: Any) -> Scan:
    table = scanned_images
    query = select(table).where(table.c.scan_id == row.scan_id).order_by(table.c.position)
    pictures = tuple(
        PictureRecord(
            each.name, each.image_sha256, each.kept, None if each.outcome is None else from_json(each.outcome)
        )
        for each in connection.execute(query)
    )
    listing = Listing(**{name: getattr(row, name) for name in _LISTING})
    known = {name: getattr(row, name) for name in Scan.__dataclass_fields__ if name not in ("listing", "pictures")}
    return Scan(**known, listing=listing, pictures=pictures)


def _insert(connection: Connection, scan: Scan, fingerprint: str | None = None) -> None:
    values = {name: getattr(scan, name) for name in Scan.__dataclass_fields__ if name not in ("listing", "pictures")}
    connection.execute(scans.insert().values(**values, **asdict(scan.listing)))
    rows = [
        {
            "scan_id": scan.scan_id,
            "position": position,
            "name": picture.name,
            "image_sha256": picture.sha256,
            **_told(picture, fingerprint),
        }
        for position, picture in enumerate(scan.pictures)
    ]
    connection.execute(scanned_images.insert(), rows)


def _update(connection: Connection, scan: Scan, fingerprint: str) -> bool:
    """Whether the scan was still queued."""
    queued = and_(scans.c.scan_id == scan.scan_id, scans.c.state == ScanState.QUEUED)
    names = ("state", "decision", "reason", "finished_at")
    values = {name: getattr(scan, name) for name in names}
    if connection.execute(scans.update().where(queued).values(**values)).rowcount == 0:
        return False
    table = scanned_images
    for position, picture in enumerate(scan.pictures):
        place = and_(table.c.scan_id == scan.scan_id, table.c.position == position)
        connection.execute(table.update().where(place).values(**_told(picture, fingerprint)))
    return True


def _told(picture: PictureRecord, fingerprint: str | None) -> dict[str, Any]:
    row = picture.row
    revision = row.verdict.index_revision if isinstance(row, ScannedImage) else None
    return {
        "kept": picture.kept,
        "outcome": None if row is None else to_json(row),
        "fingerprint": None if isinstance(row, FailedImage) else fingerprint,
        "index_revision": revision,
    }


def _sealed(scan: Scan) -> dict[str, Any]:
    """What the history keeps of a scan that is done: enough to find out whether it was changed."""
    rows = [None if picture.row is None else to_json(picture.row) for picture in scan.pictures]
    return {
        "listing_id": scan.listing.listing_id,
        "decision": scan.decision,
        "reason": scan.reason,
        "images": [picture.sha256 for picture in scan.pictures],
        "rows_sha256": hashlib.sha256(json.dumps(rows).encode()).hexdigest(),
    }


def _send(write: Write, scan_id: str, message: str) -> None:
    values = {"delivery_id": uuid.uuid4().hex, "scan_id": scan_id, "body": message, "state": DeliveryState.PENDING}
    write.connection.execute(
        deliveries.insert().values(**values, attempts=0, due_at=write.now, last_error=None, created_at=write.now)
    )
