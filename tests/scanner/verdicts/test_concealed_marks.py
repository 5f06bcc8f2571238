"""A patch that conceals a mark is reviewed, whoever sells and whatever else is found; it never blocks."""

from dataclasses import replace
from pathlib import Path

import pytest

from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.types import ConcealedPatch, Evidence
from scanner.verdicts.case_states import Scope
from scanner.verdicts.feedback import NO_FEEDBACK, ReviewFeedback, Suppression
from scanner.verdicts.judgement import judge, judge_listing
from scanner.verdicts.policy import DEFAULT_POLICY, PolicyUnusable, read_policy
from scanner.verdicts.rows import ScannedImage, from_json, to_json
from scanner.verdicts.sentences import about_sellers
from scanner.verdicts.types import Decision, Listing, Reason, Verdict
from scanner.verdicts.weighing.calibration import Calibration
from scanner.verdicts.weighing.negatives import Negatives
from tests.scanner.verdicts.test_judgement import NOW, POLICY, SELLER, an_item, permit
from tests.scanner.verdicts.test_judging_words import a_word
from tests.scanner.verdicts.test_negatives import a_logo, a_negative

SURE = ConcealedPatch(Box(10, 20, 60, 70), 0, 0.9)
LIKELY = replace(SURE, box=Box(90, 20, 99, 70), confidence=0.6)
UNSURE = replace(SURE, confidence=0.2)
UNDER = Box(5, 30, 60, 70)  # the patch SURE lies on most of it
LOGO, PHOTO = an_item(ReferenceKind.LOGO, 0.9), an_item(ReferenceKind.PHOTO, 0.99)


def verdict(
    *patches: ConcealedPatch,
    evidence: tuple[object, ...] = (),
    held: tuple[object, ...] = (),
    feedback: ReviewFeedback = NO_FEEDBACK,
) -> Verdict:
    return judge(
        evidence,  # type: ignore[arg-type]
        SELLER,
        held,  # type: ignore[arg-type]
        POLICY,
        NOW,
        image_sha256="00",
        index_revision=3,
        concealed=patches,
        feedback=feedback,
    )


def test_a_sure_patch_is_reviewed() -> None:
    found = verdict(SURE)
    assert (found.decision, found.reason) == (Decision.REVIEW, Reason.MARK_CONCEALED)
    assert (found.counted, found.concealed) == ((), (SURE,))


def test_a_patch_that_is_not_sure_enough_is_kept_and_flags_nothing() -> None:
    found = verdict(UNSURE)
    assert (found.reason, found.concealed, found.concealing) == (Reason.NO_MATCH, (UNSURE,), ())


def test_no_authorization_covers_a_mark_that_is_not_known() -> None:
    found = verdict(SURE, evidence=(LOGO,), held=(permit(),))
    assert (found.decision, found.reason) == (Decision.REVIEW, Reason.MARK_CONCEALED)
    assert about_sellers.authorization_sentences(found) == ()


def test_a_known_mark_is_named_before_a_concealed_one() -> None:
    assert verdict(SURE, evidence=(LOGO,)).reason is Reason.LOGO_UNAUTHORIZED


def test_what_is_graver_stays_graver() -> None:
    assert verdict(SURE, evidence=(PHOTO,)).decision is Decision.BLOCK


def test_a_listing_with_one_concealed_mark_is_reviewed_for_it() -> None:
    assert judge_listing([verdict(), verdict(SURE)], POLICY, unread=0) == (Reason.MARK_CONCEALED, Decision.REVIEW)


def suppressed(item: Evidence) -> ReviewFeedback:
    return ReviewFeedback((Suppression(1, Scope.PAIR, item.reference_id, "00", "case", "ann", NOW, None, None),))


LEGIBLE = replace(LOGO, box=UNDER)
MISTAKEN = a_logo(0.62, box=UNDER)


@pytest.mark.parametrize(
    "legible", [LEGIBLE, replace(a_word(0.9, brand="acme"), box=UNDER)], ids=["a logo", "a word in the image"]
)
def test_a_patch_on_a_legible_mark_of_an_authorized_seller_conceals_nothing(legible: Evidence) -> None:
    found = verdict(SURE, evidence=(legible,), held=(permit(),))
    assert (found.decision, found.reason) == (Decision.CLEAR, Reason.AUTHORIZED)


@pytest.mark.parametrize(
    ("legible", "feedback"),
    [
        pytest.param(LEGIBLE, suppressed(LEGIBLE), id="suppressed"),
        pytest.param(LEGIBLE, ReviewFeedback(quarantined=frozenset({LEGIBLE.reference_id})), id="quarantined"),
        pytest.param(MISTAKEN, ReviewFeedback(negatives=Negatives((a_negative(0.86),))), id="held down"),
    ],
)
def test_a_patch_on_a_match_that_reviewers_dismissed_conceals_nothing(
    legible: Evidence, feedback: ReviewFeedback
) -> None:
    found = verdict(SURE, evidence=(legible,), feedback=feedback)
    assert (found.decision, found.reason) == (Decision.CLEAR, Reason.SUPPRESSED)


def test_a_patch_on_a_match_that_its_marks_decided_cases_made_less_sure_conceals_nothing() -> None:
    lowered = ReviewFeedback(calibrations={LEGIBLE.reference_id: Calibration(-9.0, 1.0, 0.0, 4.0, 40)})
    assert verdict(SURE, evidence=(LEGIBLE,), feedback=lowered).reason is Reason.NO_MATCH


@pytest.mark.parametrize(
    "box",
    [
        pytest.param(Box(0, 0, 300, 300), id="the patch in the match"),
        pytest.param(Box(20, 30, 45, 55), id="the match fills a quarter of the patch"),
        pytest.param(Box(35, 20, 300, 70), id="half the patch in the match"),
    ],
)
def test_a_patch_lies_on_a_match_that_is_a_real_part_of_it(box: Box) -> None:
    found = verdict(SURE, evidence=(replace(LOGO, box=box),), held=(permit(),))
    assert found.concealed == (replace(SURE, reference_id=LOGO.reference_id),)


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param(replace(LOGO, box=Box(36, 20, 300, 70)), id="less than half on it"),
        pytest.param(replace(LOGO, box=Box(20, 30, 44, 55)), id="a small mark in a large patch"),
        pytest.param(replace(LEGIBLE, frame=1), id="in another frame"),
        pytest.param(replace(LEGIBLE, confidence=0.49), id="too unsure to be a match"),
    ],
)
def test_a_patch_on_no_match_still_conceals_a_mark(elsewhere: Evidence) -> None:
    found = verdict(SURE, evidence=(elsewhere,), held=(permit(),))
    assert (found.reason, found.concealing) == (Reason.MARK_CONCEALED, (SURE,))


def test_a_patch_on_a_copied_photo_still_conceals_a_mark() -> None:
    photo = replace(PHOTO, box=Box(0, 0, 300, 300))
    assert verdict(SURE, evidence=(photo,), held=(permit(),)).reason is Reason.MARK_CONCEALED


def test_of_two_patches_the_reason_rests_on_the_one_that_lies_on_no_match() -> None:
    found = verdict(SURE, LIKELY, evidence=(LEGIBLE,), held=(permit(),))
    assert (found.reason, found.concealing) == (Reason.MARK_CONCEALED, (LIKELY,))


def test_a_patch_counts_again_once_what_it_lies_on_is_no_match() -> None:
    before = verdict(SURE, evidence=(LEGIBLE,), held=(permit(),)).concealed
    assert verdict(*before).concealing == (SURE,)


def test_a_row_names_the_match_that_a_patch_lies_on_and_older_rows_name_none() -> None:
    line = to_json(ScannedImage("a.jpg", verdict(SURE, evidence=(LEGIBLE,), held=(permit(),))))
    rest = '"seconds": null, "size": null, "suppressed": false'
    named = f', "reference_id": "{LEGIBLE.reference_id}", {rest}}}], "context"'
    assert named in line
    rows = [from_json(line), from_json(line.replace(named, '}], "context"'))]
    patches = [row.verdict.concealed[0].reference_id for row in rows if isinstance(row, ScannedImage)]
    assert patches == [LEGIBLE.reference_id, None]


SIZED = replace(SURE, size=(200, 100))
ALIKE = "0f" * 32


def dismissed(scope: Scope, subject: str, **changed: object) -> ReviewFeedback:
    """Feedback of a reviewer who dismissed the patch SIZED within this scope."""
    assert SIZED.place is not None
    made = Suppression(1, scope, None, subject, "case", "ann", NOW, None, None, (SIZED.place,))
    return ReviewFeedback((replace(made, **changed),))  # type: ignore[arg-type]


def judged(patch: ConcealedPatch, feedback: ReviewFeedback, sha256: str = "00", pdq: str | None = ALIKE) -> Verdict:
    return judge(
        *((), SELLER, (), POLICY, NOW),
        image_sha256=sha256,
        index_revision=3,
        concealed=(patch,),
        feedback=feedback,
        pdq=pdq,
    )


def test_a_patch_that_a_reviewer_dismissed_is_not_asked_about_again() -> None:
    found = judged(SIZED, dismissed(Scope.PAIR, "00"))
    assert (found.decision, found.reason, found.concealing) == (Decision.CLEAR, Reason.SUPPRESSED, ())


def test_a_patch_too_unsure_to_be_asked_about_is_no_suppressed_one() -> None:
    assert judged(replace(SIZED, confidence=0.2), dismissed(Scope.PAIR, "00")).reason is Reason.NO_MATCH


def test_a_dismissal_of_similar_images_covers_the_patch_in_a_copy_of_another_size() -> None:
    smaller, near = SIZED.scaled(0.5, 0.5), ALIKE[:-1] + "0"
    assert judged(smaller, dismissed(Scope.CLUSTER, ALIKE), sha256="11", pdq=near).reason is Reason.SUPPRESSED


@pytest.mark.parametrize(
    ("patch", "feedback", "pdq"),
    [
        pytest.param(SIZED, dismissed(Scope.PAIR, "11"), ALIKE, id="of another image"),
        pytest.param(SIZED, dismissed(Scope.CLUSTER, ALIKE), "f0" * 32, id="of an image that is not alike"),
        pytest.param(SIZED, dismissed(Scope.CLUSTER, ALIKE), None, id="of an image too flat to compare"),
        pytest.param(replace(SIZED, box=Box(110, 20, 160, 70)), dismissed(Scope.PAIR, "00"), ALIKE, id="elsewhere"),
        pytest.param(SIZED, dismissed(Scope.PAIR, "00", ended_at=NOW), ALIKE, id="ended"),
        pytest.param(SIZED, dismissed(Scope.PAIR, "00", expires_at=NOW), ALIKE, id="expired"),
        pytest.param(SURE, dismissed(Scope.PAIR, "00"), ALIKE, id="of a size that is not known"),
    ],
)
def test_a_dismissal_covers_no_other_patch(patch: ConcealedPatch, feedback: ReviewFeedback, pdq: str | None) -> None:
    assert judged(patch, feedback, pdq=pdq).reason is Reason.MARK_CONCEALED


def test_of_two_patches_the_one_that_nobody_dismissed_is_asked_about() -> None:
    other = replace(SIZED, box=Box(110, 20, 160, 70), confidence=0.6)
    found = verdict(SIZED, other, feedback=dismissed(Scope.PAIR, "00"))
    assert (found.reason, found.concealing) == (Reason.MARK_CONCEALED, (other,))


def test_a_dismissed_patch_suppresses_no_match() -> None:
    assert verdict(SIZED, evidence=(LOGO,), feedback=dismissed(Scope.PAIR, "00")).reason is Reason.LOGO_UNAUTHORIZED


def test_the_reason_rests_on_the_surest_patch_and_all_that_are_likely() -> None:
    assert verdict(SURE, LIKELY, UNSURE).concealing == (SURE, LIKELY)


def test_a_policy_may_ask_for_surer_patches(tmp_path: Path) -> None:
    changed = tmp_path / "policy.toml"
    changed.write_text(DEFAULT_POLICY.read_text("utf-8").replace("concealed = 0.3", "concealed = 0.95"), "utf-8")
    strict = read_policy(changed)
    found = judge((), Listing(), (), strict, NOW, image_sha256="00", index_revision=3, concealed=(SURE,))
    assert found.reason is Reason.NO_MATCH


def test_a_policy_that_would_block_a_concealed_mark_is_refused(tmp_path: Path) -> None:
    changed = tmp_path / "policy.toml"
    text = DEFAULT_POLICY.read_text("utf-8").replace('mark_concealed = "review"', 'mark_concealed = "block"')
    changed.write_text(text, "utf-8")
    with pytest.raises(PolicyUnusable, match="mark_concealed: which mark is not known"):
        read_policy(changed)


def test_a_policy_from_before_this_reason_reviews_concealed_marks(tmp_path: Path) -> None:
    earlier = tmp_path / "policy.toml"
    lines = DEFAULT_POLICY.read_text("utf-8").splitlines()
    earlier.write_text("\n".join(line for line in lines if "conceal" not in line), "utf-8")
    policy = read_policy(earlier)
    assert policy.decisions[Reason.MARK_CONCEALED] is Decision.REVIEW
    assert policy.thresholds.concealed == POLICY.thresholds.concealed
