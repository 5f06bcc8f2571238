"""What --resume keeps, judges anew and scans again of the rows of earlier runs; it examines no image."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from brand_index.images.listed import ListedImage
from brand_index.registry import Registry
from scanner.bulk.kept_rows import KeptRow, read_kept, read_lines, rewrite, row_line
from scanner.bulk.listings import ImageListings
from scanner.bulk.results import VERDICTS, plain_rows
from scanner.bulk.run_records import MadeWith, add_run, changes, read_runs
from scanner.bulk.tally import Tally
from scanner.engine.examiner import Examination
from scanner.engine.types import FailedImage
from scanner.moderation.judging import Judge
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import FOUND_NOTHING, Listing, Reason, Verdict


class Again(StrEnum):
    """Why an image that has a row is scanned again; the first of these are scanned first."""

    CHANGED = "the file changed"
    FAILED = "it failed"
    INCOMPLETE = "not all of it was examined"
    UNWRITTEN = "evidence that is needed now was left out (--min-confidence)"
    UNKNOWN = "nothing says what an earlier version scanned it with"
    PROGRAM = "the program, its models or its settings changed, or the index was damaged"
    REFERENCES = "the registered references changed"


@dataclass(slots=True)
class Resumption:
    """What becomes of the rows of earlier runs, and which images are scanned."""

    images: tuple[ListedImage, ...] = ()  # to scan: first those without a row, then those that are scanned again
    kept: int = 0  # rows
    judged_anew: int = 0  # kept rows that say something else now
    absent: int = 0  # kept rows of images that are not among those of this scan
    earlier: int = 0  # kept rows of what an image was before its file changed
    outdated: int = 0  # of these two, rows that would be scanned again if the image were there
    again: Counter[Again] = field(default_factory=Counter)  # images
    changes: tuple[str, ...] = ()  # since the last run
    last: MadeWith | None = None  # that run; None: nothing is known of it

    @property
    def sentences(self) -> Iterator[str]:
        """What changed since the last run, and what follows from it, for people. Nothing if there were no rows."""
        if not self.kept and not self.again:
            return
        if self.last is not None:
            changed = "; ".join(self.changes) or "nothing"
            yield f"changed since the run of {self.last.begun_at:%Y-%m-%d %H:%M} UTC: {changed}"
        yield f"rows kept: {self.kept:,}, of which {self.judged_anew:,} have another verdict or listing now"
        if self.again:
            why = ", ".join(f"{self.again[each]:,} because {each.value}" for each in Again if self.again[each])
            yield f"images scanned again: {self.again.total():,}: {why}"
        if self.absent:
            yield f"rows of images that are not among those of this scan stay: {self.absent:,}"
        if self.earlier:
            yield f"rows of files that have changed since stay beside the new ones: {self.earlier:,}"
        if self.outdated:
            yield (
                f"of the rows that stay, {self.outdated:,} are of other references, another program or less evidence "
                "than now: to know more, bring their images back and scan again"
            )


@dataclass(frozen=True, slots=True)
class Present:
    """What kept rows are judged by."""

    judge: Judge
    made: MadeWith
    runs: Mapping[int, MadeWith]  # by number
    floor: float  # confidence, 0..1, from which evidence counts
    withdrawn: frozenset[str]  # reference ids
    known: frozenset[str]  # likewise, with those in force
    now: datetime

    def why_again(self, kept: KeptRow) -> Again | None:
        """Why the image of a row must be examined again; None: its evidence holds."""
        if isinstance(kept.row, FailedImage):
            return Again.FAILED
        run = self.runs.get(kept.notes.run or 0)
        if run is None:
            return Again.UNKNOWN
        coverage = kept.row.verdict.coverage
        left_out = coverage.frames_examined < coverage.frame_count or coverage.parts_examined < coverage.part_count
        if kept.row.verdict.skipped or (left_out and run.limits != self.made.limits):
            return Again.INCOMPLETE
        if run.program != self.made.program:
            return Again.PROGRAM
        searched = (run.references_digest, kept.row.verdict.index_revision)  # the index may change while a run goes on
        if searched != (self.made.references_digest, run.index_revision):
            return Again.REFERENCES
        return Again.UNWRITTEN if self.made.min_confidence < run.min_confidence else None

    def judged(self, kept: KeptRow, verdict: Verdict, listing: Listing) -> Verdict | None:
        """The verdict on the evidence of a row; None: too little of it was written, or its references are unknown."""
        run = self.runs.get(kept.notes.run or 0)
        before = self.runs.get(kept.notes.judged_in or kept.notes.run or 0)
        if run is None or before is None or any(item.reference_id not in self.known for item in verdict.evidence):
            return None
        if run.min_confidence > self.floor:  # evidence that may count was not written
            is_same = before.policy_digest == self.made.policy_digest
            if is_same and verdict.reason not in FOUND_NOTHING:
                is_same = (listing, before.registry_revision) == (verdict.listing, self.made.registry_revision)
            return replace(verdict, listing=listing) if is_same else None
        policy = self.judge.policy
        if not (
            verdict.evidence or verdict.concealed or verdict.counted or verdict.reason is Reason.NO_MATCH
        ):  # why nothing was found stays
            decision = policy.decisions[verdict.reason]
            return replace(verdict, listing=listing, decision=decision, policy=policy.name)
        evidence = tuple(item for item in verdict.evidence if item.reference_id not in self.withdrawn)
        seen = Examination(
            image_sha256=verdict.image_sha256,
            evidence=evidence,
            index_revision=verdict.index_revision,
            pdq=kept.notes.pdq,
            skipped=verdict.skipped,
            coverage=verdict.coverage,
            concealed=verdict.concealed,
            searched=verdict.reason is not Reason.NOTHING_SEARCHED,
        )
        return replace(self.judge.verdict(listing, seen, self.now), scanned_at=verdict.scanned_at)


def resume_rows(
    out: Path,
    images: Sequence[ListedImage],
    listings: ImageListings,
    judge: Judge,
    registry: Registry,
    made: MadeWith,
    floor: float,
    tally: Tally,
) -> tuple[Resumption, MadeWith]:
    """What `resume` does with the rows in the folder of the results, and what this run makes rows with, numbered.

    `floor`: confidence, 0..1, from which evidence counts. Raises OutputUnusable.
    """
    with plain_rows(out):
        runs = read_runs(out)
        made = add_run(out, made)
        if not (out / VERDICTS).exists():  # the run that is resumed ended before its first row
            return Resumption(tuple(image for image in images if image.fault is None)), made
        in_force = {each.reference_id for each in registry.references()}
        known = {each.reference_id for each in registry.references(include_withdrawn=True)}
        by_number = {each.run: each for each in (*runs, made)}
        present = Present(judge, made, by_number, floor, frozenset(known - in_force), frozenset(known), made.begun_at)
        plan = resume(out / VERDICTS, images, listings, present, tally)
    if runs:
        plan.last, plan.changes = runs[-1], tuple(changes(runs[-1], made))
        if runs[-1].listings and not listings.source:
            plan.changes += (f"no listings are given: kept rows keep those of {runs[-1].listings}",)
    return plan, made


def absent_images(out: Path, images: Sequence[ListedImage]) -> tuple[ListedImage, ...]:
    """The images of earlier rows that are not among those given, so that their listings are known, too.

    Raises OutputUnusable.
    """
    path, given = out / VERDICTS, {image.name for image in images}
    with plain_rows(out):
        rows = read_kept(path) if path.exists() else ()
        return tuple(dict.fromkeys(kept.found for kept in rows if kept.row.image not in given))


def resume(
    path: Path, images: Sequence[ListedImage], listings: ImageListings, present: Present, tally: Tally
) -> Resumption:
    """Judge the rows of `path` anew, and choose which of `images` to scan; kept rows are added to `tally`.

    The file changes as a whole, or not at all. ValueError, which names the line: one is no row.
    """
    plan = Resumption()
    lines, given = read_lines(path), {image.name: image for image in images}
    folders = {folder for image in images if image.fault is None for folder in image.folders}
    again: dict[str, Again] = {}

    def changed(kept: KeptRow) -> bytes | None:
        name, row = kept.row.image, kept.row
        if kept.number in lines.superseded or (isinstance(row, FailedImage) and name in folders):
            return None  # a folder that could not be looked into, and can be now
        image, why = given.get(name), present.why_again(kept)
        is_current = image is not None and lines.last[name] == kept.number
        if (
            is_current
            and image is not None
            and why is not Again.FAILED
            and not (image.fault is None and image.is_still(kept.notes.file, kept.sha256))
        ):
            again[name], is_current = Again.CHANGED, False
        if is_current and why is not None:
            again[name] = why
            return kept.line  # until the scan has another
        new = None
        if isinstance(row, ScannedImage):
            listing = listings(image or kept.found) if listings.source else row.verdict.listing
            verdict = present.judged(kept, row.verdict, listing)
            new = None if verdict is None else ScannedImage(name, verdict)
            if new is None and is_current:
                again[name] = Again.UNWRITTEN
                return kept.line
            plan.outdated += new is None or why is not None
        plan.kept += 1
        plan.absent += image is None
        plan.earlier += image is not None and not is_current
        tally.add(new or row)
        if new is None or new == row:
            return kept.line
        plan.judged_anew += 1
        notes = kept.notes.model_copy(update={"judged_in": present.made.run})
        return row_line(new, notes, present.runs[kept.notes.run or 0].min_confidence)

    rewrite(path, changed)
    plan.again.update(again.values())
    ranks = {name: 1 + list(Again).index(why) for name, why in again.items()}
    ranks |= {name: 0 for name in given if name not in lines.last}  # without a row
    waiting = [image for image in images if image.fault is None and image.name in ranks]
    plan.images = tuple(sorted(waiting, key=lambda image: ranks[image.name]))
    tally.resumed = plan.kept
    return plan
