"""What is nearer to a crop that reviewers dismissed than to the mark is held down, and nothing else is."""

from dataclasses import replace

import numpy as np
import pytest

from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.crops.crop_embedding import cosine_of, pack
from scanner.engine.types import NO_LOGO, Evidence
from scanner.verdicts.case_states import Scope
from scanner.verdicts.feedback import ReviewFeedback, Suppression
from scanner.verdicts.judgement import judge
from scanner.verdicts.types import Decision, Reason, Verdict
from scanner.verdicts.weighing.joining import strengthened
from scanner.verdicts.weighing.negatives import Negative, Negatives
from scanner.verdicts.words import facts
from tests.scanner.verdicts.test_judgement import NOW, POLICY, SELLER, an_item
from tests.scanner.verdicts.test_judging_words import a_word

PLACE, THERE, WEIGHTS = Box(0, 0, 10, 10), Box(50, 50, 60, 60), "weights-1"
RNG = np.random.default_rng(24)
CROP, OTHER = (RNG.standard_normal(64).astype(np.float32) for _ in range(2))


def near(cosine: float) -> np.ndarray:
    """A vector with this cosine to CROP."""
    along = CROP / np.linalg.norm(CROP)
    aside = OTHER - (OTHER @ along) * along
    return np.asarray(cosine * along + np.sqrt(1 - cosine**2) * aside / np.linalg.norm(aside), np.float32)


def a_logo(cosine: float, name: str = "r", box: Box = PLACE, confidence: float = 0.9) -> Evidence:
    """Evidence whose crop is CROP, with this cosine to its form."""
    measured = replace(NO_LOGO, cosine=cosine, embedding=pack(CROP, WEIGHTS))
    return replace(an_item(ReferenceKind.LOGO, confidence, name=name), logo=measured, box=box)


def a_negative(cosine: float, weights: str = WEIGHTS, name: str = "r") -> Negative:
    return Negative(1, "acme", f"acme-logo-{name}", "case", pack(near(cosine), weights), "ann", NOW, None)


def verdict(evidence: list[Evidence], negatives: Negatives) -> Verdict:
    feedback = ReviewFeedback(negatives=negatives)
    return judge(evidence, SELLER, (), POLICY, NOW, image_sha256="00", index_revision=3, feedback=feedback)


@pytest.mark.parametrize("cosine", [-0.5, 0.0, 0.61, 0.95, 1.0])
def test_a_packed_embedding_keeps_its_cosine_to_a_hundredth(cosine: float) -> None:
    found = cosine_of(pack(CROP, WEIGHTS), pack(near(cosine), WEIGHTS))
    assert found == pytest.approx(cosine, abs=0.01)


@pytest.mark.parametrize(
    "other", ["", "00000000:", "no base64 at all", pack(CROP[:32], WEIGHTS), pack(CROP, "weights-2")]
)
def test_what_another_embedder_packed_or_nobody_did_has_no_cosine(other: str) -> None:
    assert cosine_of(pack(CROP, WEIGHTS), other) is None


def test_a_crop_nearer_to_a_negative_than_to_the_mark_is_cleared_and_says_why() -> None:
    found = verdict([a_logo(0.62)], Negatives((a_negative(0.86),)))
    assert (found.decision, found.reason) == (Decision.CLEAR, Reason.SUPPRESSED)
    assert any("Held down: nearer to what reviewers dismissed" in each for each in facts(found.evidence[0]))


@pytest.mark.parametrize(
    ("form", "negative"),
    [
        pytest.param(0.9, 0.86, id="the mark is nearer"),
        pytest.param(0.3, 0.78, id="neither is near"),
    ],
)
def test_a_crop_that_is_not_nearer_to_a_negative_is_reviewed_as_before(form: float, negative: float) -> None:
    assert verdict([a_logo(form)], Negatives((a_negative(negative),))).decision is Decision.REVIEW


def test_another_form_of_the_mark_that_is_nearer_in_that_place_clears_the_doubt() -> None:
    marks = {"acme-logo-r": 1, "acme-logo-flat": 1}
    both = [a_logo(0.62), a_logo(0.9, "flat", Box(0, 0, 10, 9))]
    assert verdict(both, Negatives((a_negative(0.86),), marks)).decision is Decision.REVIEW


def test_a_form_seen_elsewhere_in_the_image_says_nothing_of_this_place() -> None:
    marks = {"acme-logo-r": 1, "acme-logo-flat": 1}
    there = a_logo(0.9, "flat", Box(50, 50, 60, 60), confidence=0.1)
    found = verdict([a_logo(0.62), there], Negatives((a_negative(0.86),), marks))
    assert found.decision is Decision.CLEAR


def test_a_negative_counts_for_every_form_of_its_mark_and_for_no_other_mark() -> None:
    negative = Negatives((a_negative(0.86, name="artwork"),), {"acme-logo-artwork": 1, "acme-logo-r": 1})
    assert verdict([a_logo(0.62)], negative).decision is Decision.CLEAR
    apart = Negatives((a_negative(0.86, name="artwork"),), {"acme-logo-artwork": 1, "acme-logo-r": 2})
    assert verdict([a_logo(0.62)], apart).decision is Decision.REVIEW


def test_a_negative_of_another_embedder_holds_nothing_down() -> None:
    assert verdict([a_logo(0.62)], Negatives((a_negative(0.86, "weights-2"),))).decision is Decision.REVIEW


def test_what_is_held_down_is_not_strengthened_by_a_word_and_strengthens_none() -> None:
    (held,) = Negatives((a_negative(0.86),)).held_down([a_logo(0.62, confidence=0.4)])
    word = a_word(0.4, brand="acme")
    assert {each.alone for each in strengthened([held, word])} == {None}
    assert None not in {each.alone for each in strengthened([a_logo(0.62, confidence=0.4), word])}


def test_judged_again_once_the_negative_is_gone_it_counts_again() -> None:
    held = verdict([a_logo(0.62)], Negatives((a_negative(0.86),))).evidence
    assert verdict(list(held), Negatives()).decision is Decision.REVIEW


def at_two_places(first: float, second: float, second_crop: float = 0.3) -> Evidence:
    """A logo at PLACE, with these cosines to its form at both places; `second_crop`: cosine of the crops."""
    other = replace(NO_LOGO, cosine=second, embedding=pack(near(second_crop), WEIGHTS))
    there = replace(a_logo(second, box=THERE, confidence=0.8), logo=other)
    return replace(a_logo(first), elsewhere=(there,))


def test_where_the_surest_place_is_nearer_to_a_negative_the_next_place_of_the_mark_is_judged() -> None:
    found = verdict([at_two_places(0.62, 0.6)], Negatives((a_negative(0.86),)))
    assert (found.decision, found.counted) == (Decision.REVIEW, ("acme-logo-r",))
    (item,) = found.evidence  # one entry for the mark
    assert (item.box, item.confidence, item.is_held_down) == (THERE, 0.8, False)
    assert [each.box for each in item.elsewhere] == [PLACE]


def test_where_each_place_is_nearer_to_a_negative_the_surest_one_is_held_down() -> None:
    found = verdict([at_two_places(0.62, 0.6, second_crop=0.99)], Negatives((a_negative(0.86),)))
    assert found.decision is Decision.CLEAR
    assert (found.evidence[0].box, found.evidence[0].is_held_down) == (PLACE, True)


def test_without_a_negative_the_surest_place_is_judged_also_once_the_negative_is_gone() -> None:
    fresh = verdict([at_two_places(0.62, 0.6)], Negatives()).evidence
    held = verdict([at_two_places(0.62, 0.6)], Negatives((a_negative(0.86),))).evidence
    assert verdict(list(held), Negatives()).evidence == fresh
    assert fresh[0].box == PLACE


def test_a_place_at_which_another_form_of_the_mark_was_found_is_not_named_twice() -> None:
    marks = {"acme-logo-r": 1, "acme-logo-flat": 1}
    flat = replace(a_logo(0.9, "flat", THERE, confidence=0.7), logo=at_two_places(0.62, 0.6).elsewhere[0].logo)
    found = verdict([at_two_places(0.62, 0.6), flat], Negatives((a_negative(0.86),), marks))
    assert [(each.reference_id, each.box, each.is_held_down) for each in found.evidence] == [
        ("acme-logo-r", PLACE, True),
        ("acme-logo-flat", THERE, False),
    ]
    assert found.counted == ("acme-logo-flat",)


def test_the_next_place_is_strengthened_by_a_word_as_the_surest_was_and_only_once() -> None:
    negatives, word = Negatives((a_negative(0.86),)), a_word(0.4, brand="acme")
    once = strengthened(negatives.held_down([at_two_places(0.62, 0.6), word]))
    assert strengthened(negatives.held_down(once)) == once
    logo = next(each for each in once if each.kind is ReferenceKind.LOGO)
    assert (logo.box, logo.alone) == (THERE, 0.8)
    assert logo.confidence > 0.8


def test_a_suppression_with_a_dismissal_as_another_mark_leaves_other_places_in_that_image_to_be_judged() -> None:
    negatives = Negatives((a_negative(0.86),))
    suppression = Suppression(1, Scope.PAIR, "acme-logo-r", "00", "case", "ann", NOW, None, None)

    def decided(suppression: Suppression, negatives: Negatives) -> Decision:
        feedback = ReviewFeedback((suppression,), negatives=negatives)
        found = [at_two_places(0.62, 0.6)]
        return judge(found, SELLER, (), POLICY, NOW, image_sha256="00", index_revision=3, feedback=feedback).decision

    assert decided(suppression, negatives) is Decision.REVIEW
    assert decided(suppression, Negatives()) is Decision.CLEAR  # dismissed for another reason, which is of the image
    assert decided(replace(suppression, case_id="another"), negatives) is Decision.CLEAR
    of_seller = replace(suppression, scope=Scope.SELLER, subject=str(SELLER.seller_id))
    assert decided(of_seller, negatives) is Decision.CLEAR
