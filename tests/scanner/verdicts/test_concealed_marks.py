"""A patch that conceals a mark is reviewed, whoever sells and whatever else is found; it never blocks."""

from dataclasses import replace
from pathlib import Path

import pytest

from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.types import ConcealedPatch
from scanner.verdicts import seller_sentences
from scanner.verdicts.judgement import judge, judge_listing
from scanner.verdicts.policy import DEFAULT_POLICY, PolicyUnusable, read_policy
from scanner.verdicts.types import Decision, Listing, Reason, Verdict
from tests.scanner.verdicts.test_judgement import NOW, POLICY, SELLER, an_item, permit

SURE = ConcealedPatch(Box(10, 20, 60, 70), 0, 0.9)
LIKELY = replace(SURE, box=Box(90, 20, 99, 70), confidence=0.6)
UNSURE = replace(SURE, confidence=0.2)
LOGO, PHOTO = an_item(ReferenceKind.LOGO, 0.9), an_item(ReferenceKind.PHOTO, 0.99)


def verdict(*patches: ConcealedPatch, evidence: tuple[object, ...] = (), held: tuple[object, ...] = ()) -> Verdict:
    return judge(
        evidence,  # type: ignore[arg-type]
        SELLER,
        held,  # type: ignore[arg-type]
        POLICY,
        NOW,
        image_sha256="00",
        index_revision=3,
        concealed=patches,
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
    assert seller_sentences.authorization_sentences(found) == ()


def test_a_known_mark_is_named_before_a_concealed_one() -> None:
    assert verdict(SURE, evidence=(LOGO,)).reason is Reason.LOGO_UNAUTHORIZED


def test_what_is_graver_stays_graver() -> None:
    assert verdict(SURE, evidence=(PHOTO,)).decision is Decision.BLOCK


def test_a_listing_with_one_concealed_mark_is_reviewed_for_it() -> None:
    assert judge_listing([verdict(), verdict(SURE)], POLICY, unread=0) == (Reason.MARK_CONCEALED, Decision.REVIEW)


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
