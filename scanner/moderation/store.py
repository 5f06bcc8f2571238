"""Records scans with their verdicts, and opens their cases; it neither scans nor judges.

A scan and its event are written in one transaction. Images are in uploads/. They stay there until a
queued scan is done; after that only those of listings that were not cleared or that a notice is about.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select

from brand_index.errors import FileAltered
from brand_index.registry.database import Database, Write
from brand_index.store import Store
from scanner.engine.types import LeftDescription
from scanner.moderation.cases.labels import keep_counts
from scanner.moderation.cases.notices import NoticeSubmission
from scanner.moderation.cases.opening import open_case
from scanner.moderation.cases.tables import case_comments, case_decisions, cases, notices
from scanner.moderation.deliveries import deliveries
from scanner.moderation.leases import over
from scanner.moderation.records.rows import finish_scan, insert_descriptions, insert_scan, scan_of
from scanner.moderation.records.scans import Purged, Scan, ScanOutcome, SeenBefore, UploadedImage
from scanner.moderation.records.sightings import first_accepted, insert_sightings
from scanner.moderation.records.tables import ScanState, image_descriptions, photo_sightings, scanned_images, scans
from scanner.verdicts.case_states import UNDECIDED
from scanner.verdicts.feedback import Quarantine
from scanner.verdicts.rows import ScannedImage, from_json
from scanner.verdicts.types import Decision

_log = logging.getLogger(__name__)
AT_ONCE: Final = 500  # ids in one SQL statement
UNRECORDED: Final = timedelta(hours=1)  # a file without a record is deleted after this time


class Records:
    """All scans of a store."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database, self._store = database, store

    def acting(self, actor: str) -> "Records":
        """The same records, for another actor's writes."""
        return Records(self._database.acting(actor), self._store)

    def accept(self, scan: Scan, images: Sequence[UploadedImage]) -> Scan:
        """Record a scan to be done later, and keep its images. Raises RegistryError."""
        kept = self._kept(scan, images)
        with self._database.write(scan.accepted_at) as write:
            insert_scan(write, kept)
            write.note("scan accepted", scan.scan_id, {"listing_id": scan.listing.listing_id})
        return kept

    def finish(
        self,
        scan: Scan,
        outcome: ScanOutcome,
        now: datetime,
        *,
        images: Sequence[UploadedImage] = (),
        also: Callable[[Write, Scan], None] | None = None,
        reviews_a_day: int | None = None,
        notice: NoticeSubmission | None = None,
        seen_at: datetime | None = None,
        has_case: bool = False,
    ) -> Scan:
        """Record the outcome of a scan, which was accepted before or not; `also` writes more in the same transaction.

        `images` are those of a scan that was not accepted before; they are kept if it is flagged. A scan for a `notice`
        gets a case, and its images are kept, even if it is cleared. A reference with more than `reviews_a_day` (None:
        no limit) is quarantined. `seen_at`: when the listing was first scanned; None: with this scan. `has_case`: it
        gets none and keeps no image, since that of the scan that it judges again says all that there is to decide.
        """
        new = not any(image.kept for image in scan.images)
        needs_person = (outcome.decision is not Decision.CLEAR or notice is not None) and not has_case
        if new and needs_person:
            scan = self._kept(scan, images)
        outcomes = zip(scan.images, outcome.rows, outcome.hashes, strict=True)
        done = replace(
            scan,
            state=ScanState.DONE,
            decision=outcome.decision,
            reason=outcome.reason,
            finished_at=now,
            images=tuple(
                replace(image, row=row, pdq=pdq, kept=image.kept and needs_person) for image, row, pdq in outcomes
            ),
        )
        begun: Quarantine | None = None
        with self._database.write(now) as write:
            if new:
                insert_scan(write, done, outcome.fingerprint)
            elif not finish_scan(write, done, outcome.fingerprint):
                return scan  # another process finished it first
            insert_descriptions(write, done.scan_id, outcome.left)
            insert_sightings(write, done, seen_at or scan.accepted_at)
            details = {"listing_id": scan.listing.listing_id, "decision": done.decision, "reason": done.reason}
            write.note("scan done", scan.scan_id, details)
            if needs_person:
                begun = open_case(write, done, reviews_a_day, notice)
            if also is not None:
                also(write, done)
        if begun is not None:  # matches that nobody sees from now on
            _log.warning(
                "reference %s caused %d reviews in a day and is quarantined: its matches are not flagged until "
                "somebody ends that on its brand's page",
                begun.reference_id,
                begun.items,
            )
        if not (needs_person or new):
            for position in range(len(scan.images)):
                self._store.remove(self._store.upload_path(scan.scan_id, position))
        return done

    def image(self, scan: Scan, position: int) -> bytes | None:
        """The bytes of an image of a scan; None: they are no longer kept. Raises FileAltered."""
        return self._store.read_recorded(self._store.upload_path(scan.scan_id, position), scan.images[position].sha256)

    def image_once_kept(self, scan: Scan, position: int) -> bytes | None:
        """As `image`, or as a scan kept it that this one judges again; None: none of them has it as it was recorded."""
        earlier: Scan | None = scan
        while earlier is not None:
            try:
                if earlier.images[position].sha256 == scan.images[position].sha256:
                    data = self.image(earlier, position)
                    if data is not None:
                        return data
            except FileAltered:
                pass  # an earlier scan may have kept a copy that is whole
            earlier = None if earlier.rejudges is None else self.scan(earlier.rejudges)
        return None

    def scan(self, scan_id: str) -> Scan | None:
        """The scan with this id; None: there is none."""
        return self._one(scans.c.scan_id == scan_id)

    def first_accepted(self, scan_id: str) -> datetime:
        """When the listing of this scan was first scanned, UTC: with it, or with the first scan that it rejudges."""
        with self._database.read() as connection:
            return first_accepted(connection, scan_id)

    def retried(self, key_id: str, retry: str) -> Scan | None:
        """The scan that this API key requested with this idempotency key; None: there is none."""
        return self._one(and_(scans.c.key_id == key_id, scans.c.idempotency_key == retry))

    def queued(self) -> int:
        """The number of scans that are accepted and not done."""
        with self._database.read() as connection:
            query = select(func.count()).select_from(scans).where(scans.c.state == ScanState.QUEUED)
            return int(connection.execute(query).scalar_one())

    def lease(self, count: int, now: datetime, length: timedelta) -> tuple[Scan, ...]:
        """Lease at most `count` queued scans, the oldest first, to the caller for `length`, the same for all."""
        free = over(scans.c.leased_until, now, length)
        query = select(scans).where(scans.c.state == ScanState.QUEUED, free).order_by(scans.c.accepted_at).limit(count)
        with self._database.write(now) as write:
            found = tuple(scan_of(write.connection, row) for row in write.connection.execute(query).all())
            taken = scans.c.scan_id.in_([scan.scan_id for scan in found])
            write.update(scans, taken, {"leased_until": now + length})
        return found

    def renew(self, scan_ids: Iterable[str], until: datetime) -> None:
        """Extend the leases of scans."""
        with self._database.write(until) as write:
            write.update(scans, scans.c.scan_id.in_(list(scan_ids)), {"leased_until": until})

    def seen_before(self, hashes: Iterable[str], index_revision: int, fingerprint: str) -> dict[str, SeenBefore]:
        """Earlier evidence for images, by SHA-256, from the same program and index."""
        table = scanned_images
        same = and_(table.c.index_revision == index_revision, table.c.fingerprint == fingerprint)
        described = and_(
            image_descriptions.c.scan_id == table.c.scan_id, image_descriptions.c.position == table.c.position
        )
        columns = (table.c.outcome, table.c.pdq, image_descriptions.c.recipe, image_descriptions.c.data)
        query = select(*columns).select_from(table.outerjoin(image_descriptions, described)).where(same).limit(1)
        known: dict[str, SeenBefore] = {}
        with self._database.read() as connection:
            for sha256 in set(hashes):
                found = connection.execute(query.where(table.c.image_sha256 == sha256)).one_or_none()
                row = None if found is None else from_json(found.outcome)
                if found is not None and isinstance(row, ScannedImage) and not row.verdict.skipped:
                    left = None if found.data is None else LeftDescription(found.recipe, found.data)
                    known[sha256] = SeenBefore(
                        row.verdict.evidence, found.pdq, row.verdict.coverage, row.verdict.concealed, left
                    )
        return known

    def purge(self, now: datetime, *, images: timedelta, verdicts: timedelta) -> Purged:
        """Delete images and verdicts of scans that were done longer ago than this; the purge is an event.

        Undecided cases stay, with all that belongs to them. The decisions on the others are counted first.
        """
        undecided = select(cases.c.case_id).where(cases.c.state.in_(UNDECIDED))
        done = and_(scans.c.state == ScanState.DONE, scans.c.scan_id.not_in(undecided))
        purged = Purged(0, 0)
        while some := self._purge_some(done, now, now - images, now - verdicts):
            purged = Purged(purged.images + some.images, purged.scans + some.scans)
        self._sweep(now)
        return purged

    def _purge_some(
        self, done: ColumnElement[bool], now: datetime, images: datetime, verdicts: datetime
    ) -> Purged | None:
        """Purge at most AT_ONCE scans, so that the write lock is held for moments; None: nothing is left to purge."""
        with self._database.write(now) as write:
            kept = select(scanned_images.c.scan_id).where(scanned_images.c.kept)
            overdue = select(scans.c.scan_id).where(done, scans.c.finished_at < images, scans.c.scan_id.in_(kept))
            old = select(scans.c.scan_id).where(done, scans.c.finished_at < verdicts)
            overdue_ids, gone = (
                write.connection.execute(query.order_by(scans.c.finished_at).limit(AT_ONCE)).scalars().all()
                for query in (overdue, old)
            )
            if not (overdue_ids or gone):
                return None
            of_overdue = and_(scanned_images.c.scan_id.in_(overdue_ids), scanned_images.c.kept)
            files = write.update(scanned_images, of_overdue, {"kept": False})
            keep_counts(write, gone)
            for table, scan_id in (
                (notices, notices.c.case_id),
                (case_decisions, case_decisions.c.case_id),
                (case_comments, case_comments.c.case_id),
                (cases, cases.c.case_id),
                (image_descriptions, image_descriptions.c.scan_id),
                (photo_sightings, photo_sightings.c.scan_id),
                (scanned_images, scanned_images.c.scan_id),
                (deliveries, deliveries.c.scan_id),
                (scans, scans.c.scan_id),
            ):
                write.delete(table, scan_id.in_(gone))
            write.note("purged", "scans", {"images": files, "scans": len(gone)})
        return Purged(files, len(gone))

    def _sweep(self, now: datetime) -> None:
        """Delete files of no recorded scan, unless they are so new that the scan may be recorded in a moment."""
        with self._database.read() as connection:
            query = select(scanned_images.c.scan_id, scanned_images.c.position).where(scanned_images.c.kept)
            kept = {
                self._store.upload_path(*row) for row in connection.execute(query.execution_options(yield_per=1000))
            }
        self._store.sweep(self._store.uploads, kept, now - UNRECORDED)

    def _kept(self, scan: Scan, images: Sequence[UploadedImage]) -> Scan:
        held = {position: image for position, image in enumerate(images) if not image.is_gone}
        for position, image in held.items():
            self._store.keep(self._store.upload_path(scan.scan_id, position), image.data)
        return replace(scan, images=tuple(replace(each, kept=place in held) for place, each in enumerate(scan.images)))

    def _one(self, which: ColumnElement[bool]) -> Scan | None:
        with self._database.read() as connection:
            found = connection.execute(select(scans).where(which)).one_or_none()
            return None if found is None else scan_of(connection, found)
