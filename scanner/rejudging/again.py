"""Judges one past scan again: by its stored evidence, by what is likely besides, and by its images if they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from brand_index.errors import ImageError
from scanner.engine.examiner import Examination, Examiner
from scanner.engine.types import Evidence, FailedImage
from scanner.moderation.judging import Judge
from scanner.moderation.records.scans import ImageRecord, Scan
from scanner.moderation.store import Records
from scanner.rejudging.likely import merged
from scanner.verdicts.judgement import judge_listing
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import Decision, Reason, Verdict


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """A past scan and what is judged of it now."""

    before: Scan
    rows: tuple[Row, ...]
    decision: Decision
    reason: Reason
    verified: tuple[int, ...]  # places of the images that were opened and examined again

    @property
    def is_likely(self) -> bool:
        """Whether it rests on what is only likely, in an image that is no longer kept."""
        verdicts = [row.verdict for row in self.rows if isinstance(row, ScannedImage)]
        return any(item.unverified for verdict in verdicts for item in verdict.counted_evidence)

    @property
    def is_changed(self) -> bool:
        """Whether decision, reason or what they rest on is another than before; what was likely may be verified now."""
        if (self.decision, self.reason) != (self.before.decision, self.before.reason):
            return True
        pairs = zip(self.rows, (image.row for image in self.before.images), strict=True)
        return any(_differ(now, then) for now, then in pairs)


@dataclass(frozen=True, slots=True)
class Rejudge:
    """What past scans are judged by."""

    records: Records
    judge: Judge
    milder: Judge  # the same, which blocks nothing: a person decides whatever looking back finds
    examiner: Examiner
    in_force: frozenset[str]  # reference ids

    def judged(self, scan: Scan, likely: Mapping[int, Sequence[Evidence]], now: datetime) -> JudgedAgain:
        """The scan judged again; `likely` by the place of the image, which is opened to verify it if it is kept."""
        examined: dict[int, Examination] = {}
        verified: list[int] = []
        for place, image in enumerate(scan.images):
            if not isinstance(image.row, ScannedImage):
                continue
            stored = self._stored(image.row.verdict, image.pdq)
            found = likely.get(place, ())
            is_likely = any(item.unverified for item in (*stored.evidence, *found))
            fresh = self._examined(scan, place) if is_likely else None
            if fresh is not None:
                verified.append(place)
            elif found:
                revision = self.examiner.index.revision
                stored = replace(stored, evidence=merged(stored.evidence, found), index_revision=revision)
            examined[place] = fresh or stored
        judge = self.judge if scan.decision is Decision.BLOCK else self.milder
        before = self.records.first_accepted(scan.scan_id)
        verdicts = iter(judge.verdicts(scan.listing, list(examined.values()), now, scanned_before=before))
        rows = tuple(
            ScannedImage(image.name, next(verdicts)) if isinstance(image.row, ScannedImage) else _failed(image)
            for image in scan.images
        )
        judged = [row.verdict for row in rows if isinstance(row, ScannedImage)]
        reason, decision = judge_listing(judged, judge.policy, unread=len(rows) - len(judged))
        return JudgedAgain(scan, rows, decision, reason, tuple(verified))

    def _stored(self, verdict: Verdict, pdq: str | None) -> Examination:
        """What the scan found, without what is no longer in force."""
        return Examination(
            verdict.image_sha256,
            tuple(item for item in verdict.evidence if item.reference_id in self.in_force),
            verdict.index_revision,
            pdq,
            skipped=verdict.skipped,
            coverage=verdict.coverage,
            searched=verdict.reason is not Reason.NOTHING_SEARCHED,
            concealed=tuple(replace(patch, reference_id=None) for patch in verdict.concealed),
        )

    def _examined(self, scan: Scan, place: int) -> Examination | None:
        """The image at this place examined against the present index; None: it is no longer kept as it was."""
        data = self.records.image_once_kept(scan, place)
        try:
            return None if data is None else self.examiner.examine(data, name=scan.images[place].name)
        except ImageError:
            return None


def _failed(image: ImageRecord) -> FailedImage:
    assert isinstance(image.row, FailedImage), "a scan that is done has a row for each image"
    return image.row


def _differ(now: Row, then: Row | None) -> bool:
    """Whether a row has another basis now; verdicts of earlier versions do not say on which references they rest."""
    if not (isinstance(now, ScannedImage) and isinstance(then, ScannedImage)):
        return False
    one, other = now.verdict, then.verdict
    if (one.decision, one.reason) != (other.decision, other.reason):
        return True
    return bool(other.counted) and _basis(one) != _basis(other)


def _basis(verdict: Verdict) -> set[tuple[str, bool]]:
    """The references that a verdict rests on, each with whether it is only likely."""
    return {(item.reference_id, item.unverified) for item in verdict.counted_evidence}
