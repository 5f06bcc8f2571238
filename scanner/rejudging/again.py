"""Judges one past scan again: by its stored evidence, by what is likely besides, and by its images if they are kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from brand_index.errors import ImageError
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examination, Examiner
from scanner.engine.types import Evidence, FailedImage
from scanner.moderation.judging import Judge
from scanner.moderation.records.scans import ImageRecord, Scan
from scanner.moderation.store import Records
from scanner.rejudging.likely import FOUND, merged
from scanner.rejudging.other_forms import OtherForms
from scanner.verdicts.judgement import judge_listing
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import Decision, Reason, Verdict

MarkOf = Callable[[str], int | None]
"""The recorded mark of a reference, in force or withdrawn; None: it has none."""


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """A past scan and what is judged of it now."""

    before: Scan
    rows: tuple[Row, ...]
    decision: Decision
    reason: Reason
    verified: tuple[int, ...]  # places of the images that were opened and examined again
    is_news: bool  # it is decided otherwise, for another reason, or for other marks and photos, than before
    has_lost: bool  # it was decided for a reference that is no longer in force

    @property
    def is_likely(self) -> bool:
        """Whether it rests on what is only likely, in an image that is no longer kept."""
        return any(item.unverified for item in self.counted)

    @property
    def is_changed(self) -> bool:
        """Whether it is to be recorded; what is no news needs no person."""
        return self.is_news or self.has_lost

    @property
    def counted(self) -> tuple[Evidence, ...]:
        """What it rests on."""
        verdicts = [row.verdict for row in self.rows if isinstance(row, ScannedImage)]
        return tuple(item for verdict in verdicts for item in verdict.counted_evidence)


@dataclass(frozen=True, slots=True)
class Rejudge:
    """What past scans are judged by."""

    records: Records
    judge: Judge
    milder: Judge  # the same, which blocks nothing: a person decides whatever looking back finds
    examiner: Examiner
    other_forms: OtherForms  # in images that are no longer kept
    in_force: frozenset[str]  # reference ids
    mark_of: MarkOf

    def judged(self, scan: Scan, likely: Mapping[int, Sequence[Evidence]], now: datetime) -> JudgedAgain:
        """The scan judged again; `likely` by the place of the image, which is opened to verify it if it is kept.

        So is an image in which a form of a mark was found that is no longer in force: of several forms at one place a
        scan names the surest, and another may be found there as well.
        """
        examined: dict[int, Examination] = {}
        verified: list[int] = []
        for place, image in enumerate(scan.images):
            if not isinstance(image.row, ScannedImage):
                continue
            stored = self._stored(image.row.verdict, image.pdq)
            found = [item for item in likely.get(place, ()) if item.reference_id in self.in_force]
            marks = self._marks_lost(image.row.verdict)
            is_likely = any(item.unverified for item in (*stored.evidence, *found))
            fresh = self._examined(scan, place) if is_likely or marks else None
            if fresh is not None:
                verified.append(place)
            elif marks:
                found += self.other_forms.likely(scan.scan_id, place, marks)
            if fresh is None and found:
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
        pairs = list(zip(rows, (image.row for image in scan.images), strict=True))
        is_news = (decision, reason) != (scan.decision, scan.reason) or any(self._differ(*pair) for pair in pairs)
        rested_on = {each.reference_id for _, row in pairs for each in _counted(row)}
        has_lost = not rested_on <= self.in_force
        return JudgedAgain(scan, rows, decision, reason, tuple(verified), is_news, has_lost)

    def _marks_lost(self, verdict: Verdict) -> frozenset[int]:
        """The marks with forms in force of which a form that is no longer in force was found in an image."""
        counted = set(verdict.counted)
        gone = (
            item
            for item in verdict.evidence
            if item.reference_id not in self.in_force and (item.confidence >= FOUND or item.reference_id in counted)
        )
        marks = {self.mark_of(item.reference_id) for item in gone if item.kind is ReferenceKind.LOGO}
        return frozenset(mark for mark in marks if mark is not None and self.other_forms.has(mark))

    def _differ(self, now: Row, then: Row | None) -> bool:
        """Whether a row is decided otherwise; verdicts of earlier versions do not say on which references they rest."""
        if not (isinstance(now, ScannedImage) and isinstance(then, ScannedImage)):
            return False
        one, other = now.verdict, then.verdict
        if (one.decision, one.reason) != (other.decision, other.reason):
            return True
        return bool(other.counted) and self._claims(now) != self._claims(then)

    def _claims(self, row: Row) -> set[tuple[str | int, bool]]:
        """The marks, and the references without a mark, that a row rests on, each with whether it is only likely."""
        found = set[tuple[str | int, bool]]()
        for item in _counted(row):
            mark = self.mark_of(item.reference_id) if item.kind is ReferenceKind.LOGO else None
            found.add((item.reference_id if mark is None else mark, item.unverified))
        return found

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


def _counted(row: Row | None) -> tuple[Evidence, ...]:
    """What a row rests on."""
    return row.verdict.counted_evidence if isinstance(row, ScannedImage) else ()
