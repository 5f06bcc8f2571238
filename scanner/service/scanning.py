"""Scans a listing: examines its images or reuses earlier evidence, judges them, and records the outcome."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from brand_index.index.published import PublishedIndex
from brand_index.registry import Registry
from brand_index.registry.database import Write
from scanner.engine.examiner import Examination, program_fingerprint
from scanner.engine.stages import Stage
from scanner.engine.types import FailedImage
from scanner.engine.worker import examination_failed
from scanner.moderation.cases.notices import NoticeSubmission
from scanner.moderation.deliveries import send
from scanner.moderation.judging import Judge
from scanner.moderation.listing_words import ListingWords
from scanner.moderation.records.scans import Scan, ScanOutcome, SeenBefore, UploadedImage
from scanner.moderation.seller_notices.statuses import CaseStatus, statuses_of
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.store import Records
from scanner.service.answers import scan_answer
from scanner.service.metrics import Metrics
from scanner.service.problems import Problem
from scanner.service.traces import trace_stages
from scanner.service.workers.pool import WorkerPool
from scanner.settings import Settings
from scanner.verdicts.judgement import judge_listing
from scanner.verdicts.policy import Policy
from scanner.verdicts.rows import Row, ScannedImage, json_text, moment_text
from scanner.verdicts.types import Listing
from scanner.verdicts.words import code_in_words


class ListingScanner:
    """Scans listings and records the outcomes."""

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
        words: ListingWords,
    ) -> None:
        self._pool, self._published, self._records = pool, published, records
        self._seller_notices = seller_notices
        self._policy, self._settings, self._metrics = policy, settings, metrics
        self._judge = Judge(registry, policy, words)
        # Its notifier chooses the images of a notice and names the seller, so a person decides whatever they show.
        self._judge_of_notices = Judge(registry, policy.without_blocks(), words)
        self.automatic, self.forms = policy.automatic, policy.forms
        self.shown_from = min(policy.thresholds.logo, policy.thresholds.photo_suspected)

    async def scan(
        self,
        scan: Scan,
        images: Sequence[UploadedImage],
        *,
        actor: str,
        until: float | None = None,
        patient: bool = False,
        notify: bool = False,
        notice: NoticeSubmission | None = None,
    ) -> Scan:
        """Run a scan and record its outcome, as `actor`.

        `until` (time.monotonic): no stage starts after it. `patient`: images of other calls go first. `notify`: send a
        webhook message. `notice`: a rights holder's notice about the listing, which always opens a case, and of which
        nothing follows until a person decides it. Raises Problem for a notice of which no image can be read.
        """
        published = self._published()
        fingerprint = program_fingerprint(published.fingerprint, self._settings)
        hashes = [image.sha256 for image in images]
        earlier = await asyncio.to_thread(self._records.seen_before, hashes, published.revision, fingerprint)
        examining = (self._examine(each, earlier.get(each.sha256), published, until, patient) for each in images)
        results = await asyncio.gather(*examining)
        if notice is not None:
            _check_readable(results)
        return await asyncio.to_thread(self._finish, scan, images, results, fingerprint, actor, notify, notice)

    async def give_up(self, scan: Scan, images: Sequence[UploadedImage], *, actor: str) -> Scan:
        """Record that none of the images of a queued scan could be examined, so that a person sees the listing."""
        failed = [examination_failed(image.name, image.sha256) for image in images]
        fingerprint = program_fingerprint(self._published().fingerprint, self._settings)
        return await asyncio.to_thread(self._finish, scan, images, failed, fingerprint, actor, True, None)

    async def _examine(
        self,
        image: UploadedImage,
        earlier: SeenBefore | None,
        published: PublishedIndex,
        until: float | None,
        patient: bool,
    ) -> Examination | FailedImage:
        revision, searched = published.revision, bool(published.references)
        if earlier is not None:
            self._metrics.repeated.inc()
            return Examination(
                image.sha256,
                earlier.evidence,
                revision,
                earlier.pdq,
                coverage=earlier.coverage,
                searched=searched,
                concealed=earlier.concealed,
                left=earlier.left,
            )
        result = await self._pool.examine(image, until=until, patient=patient)
        if result is None:
            return Examination(image.sha256, (), revision, None, skipped=tuple(Stage), searched=searched)
        if isinstance(result, Examination):
            self._metrics.examined(result)
            trace_stages(result)
        return result

    def _finish(
        self,
        scan: Scan,
        images: Sequence[UploadedImage],
        results: Sequence[Examination | FailedImage],
        fingerprint: str,
        actor: str,
        notify: bool,
        notice: NoticeSubmission | None,
    ) -> Scan:
        now, judge = datetime.now(UTC), self._judge if notice is None else self._judge_of_notices
        rows = self._rows(judge, scan.listing, images, results, now)
        verdicts = [row.verdict for row in rows if isinstance(row, ScannedImage)]
        reason, decision = judge_listing(verdicts, judge.policy, unread=len(rows) - len(verdicts))
        hashes = tuple(each.pdq if isinstance(each, Examination) else None for each in results)
        left = tuple(each.left if isinstance(each, Examination) else None for each in results)
        outcome = ScanOutcome(tuple(rows), hashes, reason, decision, fingerprint, left)
        budget = self._policy.automatic.reviews_a_day

        def send_messages(write: Write, done: Scan) -> None:
            if notice is not None:
                return
            # Without an address the message would be queued until somebody sets one.
            if notify and self._settings.service.webhook_url is not None:
                case = statuses_of(write.connection, [done.scan_id]).get(done.scan_id)
                send(write, done.scan_id, self._message(done, case))
            self._seller_notices.send_for_block(write, done.scan_id, self._policy.name)

        done = self._records.acting(actor).finish(
            scan, outcome, now, images=images, also=send_messages, reviews_a_day=budget, notice=notice
        )
        self._metrics.judged(rows, self.shown_from)
        return done

    def _message(self, done: Scan, case: CaseStatus | None) -> str:
        assert done.finished_at is not None
        at = moment_text(done.finished_at)
        return json_text({"type": "scan.done", "at": at, **scan_answer(done, self.shown_from, case)})

    def _rows(
        self,
        judge: Judge,
        listing: Listing,
        images: Sequence[UploadedImage],
        results: Sequence[Examination | FailedImage],
        now: datetime,
    ) -> list[Row]:
        verdicts = iter(judge.verdicts(listing, [each for each in results if isinstance(each, Examination)], now))
        return [
            each if isinstance(each, FailedImage) else ScannedImage(image.name, next(verdicts))
            for image, each in zip(images, results, strict=True)
        ]


def _check_readable(results: Sequence[Examination | FailedImage]) -> None:
    """Raises Problem where there is nothing of a notice's listing that a reviewer could look at."""
    failed = [each for each in results if isinstance(each, FailedImage)]
    if len(failed) == len(results):
        why = "; ".join(f"{each.image}: {code_in_words(each.code).lower()}" for each in failed)
        detail = f"none of the images can be read ({why[:1_500]}): send the image files of the listing"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "no_readable_image", detail)
