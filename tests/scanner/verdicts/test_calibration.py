"""A mark's confidence is refitted on what reviewers decided, where that predicts better, and moves within bounds."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from brand_index.types import ReferenceKind
from scanner.verdicts.feedback import ReviewFeedback
from scanner.verdicts.judgement import judge
from scanner.verdicts.policy import Automatic
from scanner.verdicts.types import Decision, Reason, Verdict
from scanner.verdicts.weighing.calibration import (
    FURTHEST,
    INTERCEPT_WIDTH,
    LEAST_SLOPE,
    SLOPE_WIDTH,
    Calibration,
    DecidedMatch,
    as_shipped,
    assess,
    calibrated,
)
from scanner.verdicts.weighing.joining import strengthened
from scanner.verdicts.words import facts
from tests.scanner.verdicts.test_judgement import NOW, POLICY, SELLER, an_item

LEAST = 30
decided_matches = st.lists(
    st.builds(DecidedMatch, st.floats(0.5, 1.0), st.booleans()), min_size=LEAST, max_size=LEAST + 15
)
calibrations = st.builds(
    Calibration, st.floats(-3, 3), st.floats(LEAST_SLOPE, 3), st.floats(-5, 0), st.floats(0, 5), st.just(40)
)
of_fits = hypothesis_settings(max_examples=40, deadline=None)


def decisions(number: int, *, shipped: float, upheld: float, seed: int = 1) -> list[DecidedMatch]:
    """Matches of a mark about as sure as `shipped`, of which a share is right whatever the confidence says."""
    random = Random(seed)
    return [
        DecidedMatch(min(0.999, max(0.5, random.gauss(shipped, 0.05))), place < round(upheld * number))
        for place in range(number)
    ]


def judged(confidence: float, calibration: Calibration | None, kind: ReferenceKind = ReferenceKind.LOGO) -> Verdict:
    item = an_item(kind, confidence)
    known = {} if calibration is None else {item.reference_id: calibration}
    feedback = ReviewFeedback(calibrations=known)
    return judge([item], SELLER, [], POLICY, NOW, image_sha256="0", index_revision=1, feedback=feedback)


# The fit


def test_the_confidence_of_a_mark_that_was_overconfident_comes_near_what_was_upheld() -> None:
    found = assess(decisions(200, shipped=0.9, upheld=0.6), LEAST)
    assert found.expected == pytest.approx(0.9, abs=0.02)
    assert found.calibrated == pytest.approx(0.6, abs=0.03)
    assert found.left_out_loss is not None
    assert found.left_out_loss < found.loss


def test_the_confidence_of_a_mark_that_was_underconfident_comes_near_what_was_upheld() -> None:
    assert assess(decisions(200, shipped=0.65, upheld=0.97), LEAST).calibrated == pytest.approx(0.97, abs=0.03)


def test_with_29_decisions_nothing_is_refitted() -> None:
    found = assess(decisions(29, shipped=0.9, upheld=0.5), LEAST)
    assert (found.calibration, found.left_out_loss) == (None, None)
    assert found.precision.decided == 29


def test_with_30_decisions_an_overconfident_mark_is_refitted() -> None:
    assert assess(decisions(30, shipped=0.9, upheld=0.5), LEAST).calibration is not None


def test_a_policy_of_0_cases_refits_nothing() -> None:
    assert assess(decisions(100, shipped=0.9, upheld=0.5), 0).calibration is None


def test_what_is_calibrated_as_it_ships_stays_near_where_it_is() -> None:
    random, kept = Random(3), list[float]()
    for _ in range(20):
        sure = [random.uniform(0.5, 1.0) for _ in range(60)]
        found = assess([DecidedMatch(each, random.random() < each) for each in sure], LEAST)
        kept += [] if found.calibrated is None else [abs(found.calibrated - found.expected)]
    assert len(kept) < 15, "by chance some sets are predicted better"
    assert max(kept) < 0.12


@of_fits
@given(decided=decided_matches)
def test_a_refit_is_kept_only_where_the_left_out_log_loss_falls(decided: list[DecidedMatch]) -> None:
    found = assess(decided, LEAST)
    assert found.left_out_loss is not None
    assert (found.calibration is not None) is (found.left_out_loss < found.loss)


@of_fits
@given(decided=decided_matches)
def test_a_kept_fit_is_the_least_of_loss_and_prior(decided: list[DecidedMatch]) -> None:
    kept = assess(decided, LEAST).calibration
    if kept is None:
        return
    odds = np.clip([np.log(each.confidence / max(1e-9, 1 - each.confidence)) for each in decided], -7, 7)
    right = np.array([each.is_right for each in decided])

    def cost(intercept: float, slope: float) -> float:
        loss = np.logaddexp(0, np.where(right, -1, 1) * (intercept + slope * odds)).sum()
        return float(loss + intercept**2 / (2 * INTERCEPT_WIDTH**2) + (slope - 1) ** 2 / (2 * SLOPE_WIDTH**2))

    best = cost(kept.intercept, kept.slope)
    for aside, steeper in ((0.01, 0), (-0.01, 0), (0, 0.01), (0.01, 0.01), (-0.01, 0.01)):
        assert cost(kept.intercept + aside, kept.slope + steeper) > best
    assert kept.slope == LEAST_SLOPE or cost(kept.intercept, kept.slope - 0.01) > best


@of_fits
@given(decided=decided_matches, seed=st.integers(0, 9))
def test_the_order_of_decisions_changes_nothing_that_can_be_seen(decided: list[DecidedMatch], seed: int) -> None:
    other = list(decided)
    Random(seed).shuffle(other)
    one, two = assess(decided, LEAST), assess(other, LEAST)
    if one.left_out_loss is not None and abs(one.left_out_loss - one.loss) > 1e-9:
        assert one.calibrated == pytest.approx(two.calibrated, abs=1e-6)


# The bounds


@given(calibration=calibrations, one=st.floats(0, 1), other=st.floats(0, 1))
def test_the_surer_of_two_matches_stays_the_surer(calibration: Calibration, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert calibration.confidence(low) <= calibration.confidence(high)


@given(calibration=calibrations, shipped=st.floats(0.01, 0.99))
def test_odds_move_20_times_at_most(calibration: Calibration, shipped: float) -> None:
    made = calibration.confidence(shipped)
    moved = np.log(made / (1 - made)) - np.log(shipped / (1 - shipped))
    assert abs(moved) <= FURTHEST + 1e-6


@given(calibration=calibrations, confidence=st.floats(0, 1), kind=st.sampled_from(ReferenceKind))
def test_no_calibration_makes_a_verdict_graver(
    calibration: Calibration, confidence: float, kind: ReferenceKind
) -> None:
    with_it, without = judged(confidence, calibration, kind), judged(confidence, None, kind)
    assert with_it.decision.severity <= without.decision.severity


def test_a_match_under_the_threshold_stays_as_it_ships() -> None:
    (item,) = judged(0.45, Calibration(2.0, 1.0, 0.0, 4.0, 40)).evidence
    assert (item.confidence, item.calibration) == (0.45, None)


def test_a_match_beyond_all_that_was_decided_moves_as_far_as_the_last_of_these() -> None:
    steep = Calibration(-3.0, 2.0, 0.5, 2.0, 40)
    at_the_end, beyond = (float(np.log(p / (1 - p))) for p in map(steep.confidence, (1 / (1 + np.exp(-2)), 0.99)))
    assert at_the_end == pytest.approx(1.0, abs=1e-6)
    assert beyond == pytest.approx(np.log(99) - 1.0, abs=1e-6)


# The verdict


def test_thresholds_take_the_calibrated_confidence() -> None:
    found = judged(0.7, Calibration(-2.0, 1.0, 0.0, 4.0, 41))
    assert (found.reason, found.decision) == (Reason.NO_MATCH, Decision.CLEAR)
    (item,) = found.evidence
    assert item.confidence < POLICY.thresholds.logo
    assert item.calibration is not None
    assert (item.calibration.shipped_confidence, item.calibration.decided_cases) == (0.7, 41)


def test_the_evidence_says_what_the_decided_cases_changed() -> None:
    (item,) = judged(0.9, Calibration(-1.0, 1.0, 0.0, 4.0, 41)).evidence
    assert "From 41 decided cases of this mark, 77 % sure; without them 90 %" in facts(item)


def test_evidence_is_sorted_by_the_calibrated_confidence() -> None:
    first, second = an_item(ReferenceKind.LOGO, 0.9), an_item(ReferenceKind.LOGO, 0.8, "bolt")
    found = calibrated([first, second], {first.reference_id: Calibration(-2.0, 1.0, 0, 3, 40)}, POLICY)
    assert [each.brand_id for each in found] == ["bolt", "acme"]


@given(calibration=calibrations, confidence=st.floats(0, 1))
def test_judging_again_starts_from_the_shipped_confidence(calibration: Calibration, confidence: float) -> None:
    first = judged(confidence, calibration)
    feedback = ReviewFeedback(calibrations={first.evidence[0].reference_id: calibration})
    again = judge(first.evidence, SELLER, [], POLICY, NOW, image_sha256="0", index_revision=1, feedback=feedback)
    assert again == first
    assert as_shipped(first.evidence) == strengthened([an_item(ReferenceKind.LOGO, confidence)])


def test_a_policy_says_from_how_many_cases_on() -> None:
    assert POLICY.automatic.calibration_cases == LEAST
    assert replace(POLICY, automatic=Automatic(calibration_cases=0)).automatic.calibration_cases == 0
