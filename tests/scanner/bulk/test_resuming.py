"""What --resume keeps, judges anew and scans again, on rows that no image was scanned for."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

import pytest

from brand_index.images.listed import FoundImage
from brand_index.registration import authorize, withdraw
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.bulk.kept_rows import RowNotes, drop_superseded, read_kept, row_line
from scanner.bulk.listings import ImageListings
from scanner.bulk.results import VERDICTS, OutputUnusable
from scanner.bulk.resuming import Again, Resumption, absent_images, resume_rows
from scanner.bulk.run_records import RUNS, MadeWith, add_run, read_runs
from scanner.bulk.tally import Tally
from scanner.engine.boxes import Box
from scanner.engine.stages import Stage
from scanner.engine.types import Coverage, Evidence, FailedImage
from scanner.moderation.judging import Judge
from scanner.moderation.listing_words import ListingWords
from scanner.service.accounts.registry import open_registry
from scanner.verdicts.policy import Policy, read_policy
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import Decision, Listing, Reason, Verdict
from tests.conftest import NOW

POLICY = read_policy()
FLOOR = min(POLICY.thresholds.logo, POLICY.thresholds.photo_suspected)
COPIED = Evidence(
    reference_id="",
    brand_id="",
    kind=ReferenceKind.PHOTO,
    box=Box(0, 0, 9, 9),
    quad=None,
    reference_box=None,
    hash_distance=0,
    inliers=None,
    inlier_coverage=None,
    ncc=None,
    review_only=False,
    mirrored=False,
    frame=0,
    confidence=0.99,
)
MADE = MadeWith(
    run=0,
    begun_at=NOW,
    markscan="1.0",
    policy=POLICY.name,
    policy_digest="p1",
    min_confidence=FLOOR,
    listings="",
    listings_digest="",
    registry_revision=2,
    index_revision=2,
    references_digest="r1",
    program="x1",
    limits={"max_pixels": 100, "max_frames": 4},
)


class Desk:
    """A folder of results, and a registry that tests may write."""

    def __init__(self, root: Path, store: Store, registry: Registry) -> None:
        self.out, self.photos, self.store, self.registry = root / "out", root / "photos", store, registry
        self.out.mkdir()
        self.photos.mkdir()
        photo = next(each for each in registry.references() if each.kind is ReferenceKind.PHOTO)
        self.evidence = replace(COPIED, reference_id=photo.reference_id, brand_id=photo.brand_id)

    def image(self, name: str) -> FoundImage:
        """A file that claims to be an image."""
        path = self.photos / name
        path.write_text(name)
        return FoundImage(path, PurePath(name))

    def row(self, image: FoundImage, *found: Evidence, seller_id: str | None = "S1") -> ScannedImage:
        """What a scan wrote of it."""
        verdict = Verdict(
            listing=Listing(seller_id=seller_id),
            image_sha256=image.sha256() or "",
            decision=Decision.BLOCK if found else Decision.CLEAR,
            reason=Reason.PHOTO_COPIED if found else Reason.NO_MATCH,
            evidence=found,
            authorization_ids=(),
            unmet_authorizations=(),
            index_revision=MADE.index_revision,
            policy=POLICY.name,
            scanned_at=NOW,
            counted=tuple(each.reference_id for each in found),
        )
        return ScannedImage(str(image.path), verdict)

    def earlier(self, *rows: Row, made: MadeWith = MADE, known: bool = True) -> None:
        """Add rows as a run does."""
        run = add_run(self.out, made).run if known else None
        with (self.out / VERDICTS).open("ab") as file:
            for row in rows:
                path = Path(row.image)
                notes = RowNotes(run=run, inside=path.name, file=FoundImage(path, PurePath(path.name)).stamp())
                file.write(row_line(row, notes, made.min_confidence))

    def resume(
        self,
        *images: FoundImage,
        listings: ImageListings = ImageListings("", {}),  # noqa: B008 - frozen
        policy: Policy = POLICY,
        made: MadeWith = MADE,
    ) -> tuple[Resumption, list[Verdict]]:
        """The plan, and the verdicts in the file after it."""
        judge, tally = Judge(self.registry, policy, ListingWords(self.store)), Tally()
        floor = min(policy.thresholds.logo, policy.thresholds.photo_suspected)
        plan, _ = resume_rows(self.out, images, listings, judge, self.registry, made, floor, tally)
        assert tally.images == tally.resumed == plan.kept
        rows = [kept.row for kept in read_kept(self.out / VERDICTS)]
        return plan, [row.verdict for row in rows if isinstance(row, ScannedImage)]


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    copy = Store(tmp_path / "store")
    copy.root.mkdir()
    shutil.copy(store.root / "registry.db", copy.root)
    with open_registry(copy) as registry:
        yield Desk(tmp_path, copy, registry)


def test_rows_that_hold_are_kept_byte_by_byte_and_images_without_one_are_scanned(desk: Desk) -> None:
    one, two = desk.image("1.jpg"), desk.image("2.jpg")
    desk.earlier(desk.row(one, desk.evidence))
    before = (desk.out / VERDICTS).read_bytes()
    plan, _ = desk.resume(one, two)
    assert (plan.images, plan.kept, plan.judged_anew) == ((two,), 1, 0)
    assert (desk.out / VERDICTS).read_bytes() == before
    assert "nothing" in next(iter(plan.sentences))


def test_kept_evidence_is_judged_anew_without_its_image(desk: Desk) -> None:
    image = desk.image("1.jpg")
    desk.earlier(desk.row(image, desk.evidence))
    image.path.unlink()
    mild = replace(POLICY, name="mild", decisions={**POLICY.decisions, Reason.PHOTO_COPIED: Decision.REVIEW})
    plan, (verdict,) = desk.resume(policy=mild, made=replace(MADE, policy="mild", policy_digest="p2"))
    assert (verdict.decision, verdict.policy, verdict.scanned_at) == (Decision.REVIEW, "mild", NOW)
    assert (plan.kept, plan.judged_anew, plan.absent, plan.outdated) == (1, 1, 1, 0)
    assert "policy mild (was markscan-default-4)" in " ".join(plan.sentences)

    listings = ImageListings("l.csv", {absent_images(desk.out, [])[0]: Listing(seller_id="S2")})
    assert desk.resume(listings=listings)[1][0].listing == Listing(seller_id="S2")

    place = Store(desk.out.parent / "store")
    kinds = frozenset({ReferenceKind.PHOTO})
    authorize(desk.registry, place, brand="acme", seller_id="S2", kinds=kinds, first_day=NOW.date(), now=NOW)
    assert desk.resume()[1][0].reason is Reason.AUTHORIZED, "without listings, a row keeps its own"

    withdraw(desk.registry, desk.evidence.reference_id, NOW)
    plan, (verdict,) = desk.resume(made=replace(MADE, references_digest="r2"))
    assert (verdict.reason, verdict.evidence, plan.outdated) == (Reason.NO_MATCH, (), 1)
    kept = next(read_kept(desk.out / VERDICTS))
    assert (kept.notes.run, [each.run for each in read_runs(desk.out)][-1]) == (1, kept.notes.judged_in)


def test_what_was_examined_in_part_stays_so_and_is_scanned_again_under_other_limits(desk: Desk) -> None:
    image = desk.image("1.gif")
    row = desk.row(image)
    desk.earlier(replace(row, verdict=replace(row.verdict, coverage=Coverage(24, 60))))
    mild = replace(POLICY, name="mild")
    plan, (verdict,) = desk.resume(image, policy=mild, made=replace(MADE, policy_digest="p2"))
    assert (plan.images, verdict.reason, verdict.coverage) == ((), Reason.INCOMPLETE, Coverage(24, 60))
    plan, _ = desk.resume(image, made=replace(MADE, limits={"max_pixels": 200}))
    assert plan.again == {Again.INCOMPLETE: 1}


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"program": "x2"}, Again.PROGRAM),
        ({"references_digest": "r2"}, Again.REFERENCES),
        ({"min_confidence": 0.0}, Again.UNWRITTEN),
        ({"limits": {"max_pixels": 200, "max_frames": 9}, "policy_digest": "p2", "registry_revision": 9}, None),
    ],
)
def test_what_evidence_depends_on_is_scanned_again_and_the_row_stays_until_then(
    desk: Desk, made: dict[str, Any], why: Again | None
) -> None:
    image, new = desk.image("1.jpg"), desk.image("2.jpg")
    desk.earlier(desk.row(image))
    plan, verdicts = desk.resume(image, new, made=replace(MADE, **made))
    assert plan.images == ((new,) if why is None else (new, image)), "what has no row comes first"
    assert plan.again == ({} if why is None else {why: 1})
    assert len(verdicts) == 1
    assert "changed since" in next(iter(plan.sentences))


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.UNREADABLE])
def test_why_nothing_was_found_is_kept_and_decided_by_the_policy_of_now(desk: Desk, reason: Reason) -> None:
    image = desk.image("1.jpg")
    verdict = replace(desk.row(image).verdict, reason=reason)
    desk.earlier(ScannedImage(str(image.path), verdict))
    strict = replace(POLICY, name="strict", decisions=dict.fromkeys(Reason, Decision.REVIEW))
    _, (judged,) = desk.resume(image, policy=strict, made=replace(MADE, policy_digest="p2"))
    assert judged == replace(verdict, decision=Decision.REVIEW, policy="strict")


def test_failures_and_what_was_not_examined_whole_are_scanned_again(desk: Desk) -> None:
    died, late, long, gone, done = (desk.image(f"{name}.jpg") for name in ("died", "late", "long", "gone", "done"))
    incomplete = replace(desk.row(late).verdict, reason=Reason.INCOMPLETE, decision=Decision.REVIEW)
    cut = Coverage(4, 9, truncated=True)
    seen = replace(incomplete, image_sha256=long.sha256() or "", coverage=cut)
    desk.earlier(
        FailedImage(str(died.path), "unreadable_file", "its disk was not there"),
        ScannedImage(str(late.path), replace(incomplete, skipped=(Stage.VERIFY,))),
        ScannedImage(str(long.path), seen),
        FailedImage(str(gone.path), "truncated_image", "it is"),
        desk.row(done),
    )
    plan, verdicts = desk.resume(died, late, long, done)
    assert (plan.images, plan.again) == ((died, late), {Again.FAILED: 1, Again.INCOMPLETE: 1})
    assert (plan.kept, plan.absent) == (3, 1)
    assert verdicts[1] == seen, "no time or limit cut it short, but the file itself"
    raised = replace(MADE, limits={"max_pixels": 100, "max_frames": 9})
    assert desk.resume(died, late, long, done, made=raised)[0].images == (died, late, long)
    desk.earlier(desk.row(late), desk.row(died), desk.row(long))
    drop_superseded(desk.out / VERDICTS)
    assert [Path(kept.row.image).stem for kept in read_kept(desk.out / VERDICTS)] == [
        *("gone", "done", "late", "died", "long")
    ]


def test_a_fault_in_the_rows_or_on_the_way_leaves_the_file_as_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = desk.image("1.jpg")
    desk.earlier(desk.row(image, desk.evidence))
    before = (desk.out / VERDICTS).read_bytes()
    listings = ImageListings("l.csv", {image: Listing(seller_id="S2")})

    def killed(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(OutputUnusable, match="No space left"):
        desk.resume(image, listings=listings)
    monkeypatch.undo()
    with (desk.out / VERDICTS).open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(OutputUnusable, match="line 2: "):
        desk.resume(image, listings=listings)
    assert (desk.out / VERDICTS).read_bytes() == before + b"{}\n"
    assert {path.name for path in desk.out.iterdir()} == {VERDICTS, RUNS}


def test_a_file_that_changed_is_scanned_again_once_and_its_earlier_row_stays(desk: Desk) -> None:
    image = desk.image("1.jpg")
    desk.earlier(desk.row(image))
    image.path.write_text("other")
    plan, _ = desk.resume(image)
    assert (plan.images, plan.again, plan.earlier) == ((image,), {Again.CHANGED: 1}, 1)
    desk.earlier(desk.row(image))
    os.utime(image.path)
    plan, verdicts = desk.resume(image)
    assert (plan.images, plan.kept, plan.earlier, len(verdicts)) == ((), 2, 1, 2)


def test_evidence_that_was_not_written_cannot_be_judged_anew(desk: Desk) -> None:
    clean, copied = desk.image("clean.jpg"), desk.image("copied.jpg")
    high = replace(MADE, min_confidence=0.995)
    desk.earlier(desk.row(clean), desk.row(copied, desk.evidence), made=high)
    assert desk.resume(clean, copied, made=high)[0].images == ()
    authorized = replace(high, registry_revision=3)
    plan, _ = desk.resume(clean, copied, made=authorized)
    assert (plan.images, plan.again) == ((copied,), {Again.UNWRITTEN: 1})
    plan, _ = desk.resume(clean, copied, made=replace(high, policy_digest="p2"))
    assert plan.images == (clean, copied)
    plan, _ = desk.resume(made=replace(high, policy_digest="p2"))
    assert (plan.kept, plan.outdated) == (2, 2), "the images are not there"


def test_rows_of_which_nothing_is_known_are_scanned_again_or_stay_as_they_are(desk: Desk) -> None:
    image, gone = desk.image("1.jpg"), desk.image("2.jpg")
    other = replace(desk.evidence, reference_id="of-another-store")
    desk.earlier(desk.row(image), desk.row(gone, desk.evidence), known=False)
    desk.earlier(desk.row(desk.image("3.jpg"), other))
    before = (desk.out / VERDICTS).read_bytes()
    plan, _ = desk.resume(image)
    assert (plan.images, plan.again) == ((image,), {Again.UNKNOWN: 1})
    assert (plan.kept, plan.outdated) == (2, 2)
    assert (desk.out / VERDICTS).read_bytes() == before


def test_a_folder_that_could_not_be_looked_into_loses_its_row_once_it_can_be(desk: Desk) -> None:
    image = desk.image("1.jpg")
    desk.earlier(FailedImage(str(desk.photos), "unreadable_folder", "no"))
    plan, _ = desk.resume(replace(image, fault="a named pipe"))
    assert (plan.kept, plan.images) == (1, ())
    assert desk.resume(image)[0].kept == 0


def test_a_run_that_is_the_same_but_for_its_time_has_one_record(desk: Desk) -> None:
    first = add_run(desk.out, MADE)
    assert add_run(desk.out, replace(MADE, begun_at=datetime.now(UTC))) == first == add_run(desk.out, first)
    assert add_run(desk.out, replace(MADE, policy="mild")).run == 2
    (desk.out / RUNS).write_text("{")
    with pytest.raises(OutputUnusable, match=r"runs\.json beside it is damaged"):
        desk.resume()
