"""A listing's images to an outcome: what is known by its bytes, the workers, judgement; then it is recorded."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from brand_index.index.published import PublishedIndex
from brand_index.registry import Registry
from brand_index.registry.database import Write
from scanner.engine.examiner import Examination, program_fingerprint
from scanner.engine.stages import Stage
from scanner.engine.types import FailedImage
from scanner.moderation.cases.notices import NoticeSubmission
from scanner.moderation.deliveries import send
from scanner.moderation.judging import Judge
from scanner.moderation.records.scans import Scan, ScanOutcome, SeenBefore, UploadedImage
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.store import Records
from scanner.service.answers import scan_answer
from scanner.service.metrics import Metrics
from scanner.service.traces import trace_stages
from scanner.service.workers.pool import WorkerPool
from scanner.settings import Settings
from scanner.verdicts.judgement import judge_listing
from scanner.verdicts.policy import Policy
from scanner.verdicts.rows import Row, ScannedImage, json_text
from scanner.verdicts.types import Listing


class ListingScanner:
    """Scans listings and records what came of them."""

    def __init__(
        self,
        pool: WorkerPool,
        published: Callable[[], PublishedIndex],
        registry: Registry,
        records: Records,
        seller_notices: SellerNotices,
        policy: Policy,
        settings: Settings,
        metrics: Metrics,
    ) -> None:
        self._pool, self._published, self._records = pool, published, records
        self._seller_notices = seller_notices
        self._policy, self._settings, self._metrics = policy, settings, metrics
        self._judge = Judge(registry, policy)
        self.automatic = policy.automatic
        self.shown_from = min(policy.thresholds.logo, policy.thresholds.photo_suspected)

    async def scan(
        self,
        scan: Scan,
        images: Sequence[UploadedImage],
        *,
        actor: str,
        until: float | None = None,
        patient: bool = False,
        told: bool = False,
        notice: NoticeSubmission | None = None,
    ) -> Scan:
        """The scan with its outcome, recorded as `actor`'s.

        `until` (time.monotonic): no stage is begun after it; `patient`: others go first; `told`: a message goes out;
        `notice`: what a rights holder says of the listing, of which a person is to make something in any case.
        """
        published = self._published()
        revision, fingerprint = published.revision, program_fingerprint(published.fingerprint, self._settings)
        hashes = [image.sha256 for image in images]
        known = await asyncio.to_thread(self._records.seen_before, hashes, revision, fingerprint)
        looks = (self._look(each, known.get(each.sha256), revision, until, patient) for each in images)
        seen = await asyncio.gather(*looks)
        return await asyncio.to_thread(self._finish, scan, images, seen, fingerprint, actor, told, notice)

    async def _look(
        self, image: UploadedImage, known: SeenBefore | None, revision: int, until: float | None, patient: bool
    ) -> Examination | FailedImage:
        if known is not None:
            self._metrics.repeated.inc()
            return Examination(image.sha256, known.evidence, revision, known.pdq)
        seen = await self._pool.examine(image, until=until, patient=patient)
        if seen is None:
            return Examination(image.sha256, (), revision, None, skipped=tuple(Stage))
        if isinstance(seen, Examination):
            self._metrics.examined(seen)
            trace_stages(seen)
        return seen

    def _finish(
        self,
        scan: Scan,
        images: Sequence[UploadedImage],
        seen: Sequence[Examination | FailedImage],
        fingerprint: str,
        actor: str,
        told: bool,
        notice: NoticeSubmission | None,
    ) -> Scan:
        now = datetime.now(UTC)
        rows = self._rows(scan.listing, images, seen, now)
        verdicts = [row.verdict for row in rows if isinstance(row, ScannedImage)]
        reason, decision = judge_listing(verdicts, self._policy, unread=len(rows) - len(verdicts))
        hashes = tuple(each.pdq if isinstance(each, Examination) else None for each in seen)
        outcome = ScanOutcome(tuple(rows), hashes, reason, decision, fingerprint)
        budget = self._policy.automatic.reviews_a_day

        def also(write: Write, done: Scan) -> None:
            # Where nobody is to be told, a message would only wait for an address that somebody sets one day.
            if told and self._settings.service.webhook_url is not None:
                send(write, done.scan_id, self._message(done))
            self._seller_notices.send_for_block(write, done.scan_id, self._policy.name)

        done = self._records.acting(actor).finish(
            scan, outcome, now, images=images, also=also, reviews_a_day=budget, notice=notice
        )
        self._metrics.judged(rows, self.shown_from)
        return done

    def _message(self, done: Scan) -> str:
        return json_text({"type": "scan.done", **scan_answer(done, self.shown_from)})

    def _rows(
        self,
        listing: Listing,
        images: Sequence[UploadedImage],
        seen: Sequence[Examination | FailedImage],
        now: datetime,
    ) -> list[Row]:
        verdicts = iter(self._judge.verdicts(listing, [each for each in seen if isinstance(each, Examination)], now))
        return [
            each if isinstance(each, FailedImage) else ScannedImage(image.name, next(verdicts))
            for image, each in zip(images, seen, strict=True)
        ]
