"""The measures against cases computed by hand and against literal definitions; not what Markscan scores on them."""

import math
from pathlib import Path

import numpy as np
import pytest
from benchmarks.copies import evaluate_copies, worst_false_alarms, worst_misses
from benchmarks.datasets import MarkPhoto, evenly_spaced
from benchmarks.logos import Asked, evaluate_logos, first_at_true_boxes, size_name
from benchmarks.measures import (
    MarkOutcome,
    Share,
    allowance,
    found_at_flag_rate,
    mark_outcome,
    micro_average_precision,
    others_claimed,
    recall_at_false_pairs,
    strict_threshold,
)
from benchmarks.records import (
    Prediction,
    Truth,
    best_of_each,
    read_predictions,
    read_truth,
    write_predictions,
    write_truth,
)
from hypothesis import given
from hypothesis import strategies as st

from scanner.engine.boxes import Box, overlap

COPY_A = Truth("a", "crop", frozenset({"A"}))
COPY_B = Truth("b", "blur", frozenset({"B"}))
PLAIN = Truth("plain")


def outcome(own: float, other: float) -> MarkOutcome:
    return MarkOutcome("q", own, other, None, None, 0.1)


# micro average precision


def test_a_perfect_ranking_has_average_precision_one() -> None:
    predictions = [Prediction("a", "A", 0.9), Prediction("b", "B", 0.8), Prediction("plain", "A", 0.1)]
    assert micro_average_precision(predictions, [COPY_A, COPY_B, PLAIN]) == 1.0


def test_a_wrong_pair_between_two_true_ones_costs_what_the_hand_computes() -> None:
    predictions = [Prediction("a", "A", 0.9), Prediction("plain", "A", 0.5), Prediction("b", "B", 0.3)]
    assert micro_average_precision(predictions, [COPY_A, COPY_B, PLAIN]) == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_a_tie_is_sorted_against_the_system() -> None:
    tied = [Prediction("a", "A", 0.5), Prediction("plain", "A", 0.5)]
    assert micro_average_precision(tied, [COPY_A, PLAIN]) == 0.5


def test_a_true_pair_that_is_not_predicted_counts_as_missed() -> None:
    assert micro_average_precision([Prediction("a", "A", 0.9)], [COPY_A, COPY_B]) == 0.5


def test_no_predictions_at_all_have_average_precision_zero() -> None:
    assert micro_average_precision([], [COPY_A]) == 0.0


def test_average_precision_is_none_without_a_true_pair() -> None:
    assert micro_average_precision([Prediction("plain", "A", 0.9)], [PLAIN]) is None


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=25).filter(
        lambda rows: any(correct for _, correct in rows)
    )
)
def test_average_precision_agrees_with_walking_down_the_ranking(rows: list[tuple[int, bool]]) -> None:
    truths = [Truth(str(row), "", frozenset({"A"} if correct else ())) for row, (_, correct) in enumerate(rows)]
    predictions = [Prediction(str(row), "A", float(score)) for row, (score, _) in enumerate(rows)]
    ranked = sorted(rows, key=lambda row: (-row[0], row[1]))
    hits, total = 0, 0.0
    for rank, (_, correct) in enumerate(ranked, start=1):
        hits += correct
        total += hits / rank if correct else 0.0
    assert micro_average_precision(predictions, truths) == pytest.approx(total / hits)


# recall at false pairs


def test_with_no_false_pair_allowed_only_what_beats_all_wrong_ones_is_found() -> None:
    predictions = [Prediction("a", "A", 0.9), Prediction("plain", "A", 0.5), Prediction("b", "B", 0.3)]
    point = recall_at_false_pairs(predictions, [COPY_A, COPY_B, PLAIN], pairs=6, rate=1e-5)
    assert (point.found, point.wrong, point.threshold) == (Share(1, 2), Share(0, 6), 0.5)


def test_a_true_pair_that_draws_with_the_last_forbidden_wrong_one_is_not_found() -> None:
    predictions = [Prediction("a", "A", 0.5), Prediction("plain", "A", 0.5)]
    assert recall_at_false_pairs(predictions, [COPY_A, PLAIN], pairs=2, rate=0.0).found == Share(0, 1)


def test_one_allowed_false_pair_lowers_the_threshold_to_the_second_wrong_one() -> None:
    predictions = [
        Prediction("plain", "A", 0.9),
        Prediction("a", "A", 0.8),
        Prediction("plain", "B", 0.7),
        Prediction("b", "B", 0.6),
    ]
    point = recall_at_false_pairs(predictions, [COPY_A, COPY_B, PLAIN], pairs=10, rate=0.1)
    assert (point.threshold, point.found, point.wrong) == (0.7, Share(1, 2), Share(1, 10))


def test_a_system_without_wrong_pairs_finds_all_that_it_names() -> None:
    point = recall_at_false_pairs([Prediction("a", "A", 0.1)], [COPY_A, COPY_B], pairs=4, rate=1e-4)
    assert (point.threshold, point.found) == (-math.inf, Share(1, 2))


def test_queries_without_any_copy_leave_nothing_to_recall() -> None:
    point = recall_at_false_pairs([Prediction("plain", "A", 0.4)], [PLAIN], pairs=100, rate=1e-4)
    assert (point.found.value, point.wrong) == (None, Share(0, 100))


@pytest.mark.parametrize(
    ("rate", "whole", "allowed"),
    [(0.001, 1413, 1), (0.001, 999, 0), (0.001, 1000, 1), (1e-4, 30000, 3), (0.29, 100, 29)],
)
def test_the_allowance_rounds_down_but_not_for_the_float_s_own_error(rate: float, whole: int, allowed: int) -> None:
    assert allowance(rate, whole) == allowed


@given(st.lists(st.integers(0, 5)), st.integers(0, 8))
def test_never_more_than_allowed_lie_above_a_strict_threshold(scores: list[int], allowed: int) -> None:
    threshold = strict_threshold([float(score) for score in scores], allowed)
    assert sum(score > threshold for score in scores) <= allowed


@given(st.lists(st.integers(0, 5), min_size=1), st.integers(0, 8))
def test_no_lower_threshold_would_do(scores: list[int], allowed: int) -> None:
    threshold = strict_threshold([float(score) for score in scores], allowed)
    assert threshold == -math.inf or sum(score >= threshold for score in scores) > allowed


# marks in photos


def test_a_mark_is_found_when_it_is_over_the_threshold_and_ahead_of_every_other() -> None:
    assert outcome(own=0.6, other=0.5).found_above(0.4)


def test_a_mark_that_only_draws_with_another_is_not_found() -> None:
    assert not outcome(own=0.6, other=0.6).found_above(0.4)


def test_a_mark_that_only_reaches_the_threshold_is_not_found() -> None:
    assert not outcome(own=0.4, other=-math.inf).found_above(0.4)


def test_a_mark_that_nothing_was_claimed_of_is_not_found_even_where_everything_counts() -> None:
    assert not outcome(own=-math.inf, other=-math.inf).found_above(-math.inf)


def test_one_in_a_thousand_of_a_thousand_clean_photos_may_be_flagged() -> None:
    clean = [0.9, 0.5, *([0.1] * 998)]
    point = found_at_flag_rate([outcome(0.6, 0.0), outcome(0.4, 0.0)], clean, 0.001)
    assert (point.threshold, point.wrong, point.found) == (0.5, Share(1, 1000), Share(1, 2))


def test_clean_photos_that_all_draw_are_all_or_none_flagged() -> None:
    assert found_at_flag_rate([], [0.5] * 100, 0.05).wrong == Share(0, 100)


def test_without_a_clean_photo_every_claim_counts() -> None:
    assert found_at_flag_rate([outcome(0.01, 0.0)], [], 0.01).found == Share(1, 1)


def test_another_mark_over_the_threshold_counts_even_when_the_own_one_is_found() -> None:
    assert others_claimed([outcome(0.9, 0.6), outcome(0.9, 0.5)], 0.5) == Share(1, 2)


def test_an_outcome_takes_the_best_of_the_own_brand_and_of_the_others() -> None:
    truth = Truth("q", "", frozenset({"acme"}), (Box(0, 0, 10, 10), Box(50, 50, 60, 70)))
    said = [
        Prediction("q", "acme", 0.7, Box(50, 50, 60, 60)),
        Prediction("q", "zest", 0.2),
        Prediction("q", "other", 0.8),
    ]
    result = mark_outcome(said, truth, width=100, height=100)
    assert result == MarkOutcome("q", 0.7, 0.8, "other", 0.5, 0.02)


def test_boxes_that_share_a_third_overlap_by_a_third() -> None:
    assert overlap(Box(0, 0, 20, 10), Box(10, 0, 30, 10)) == pytest.approx(1 / 3)


def test_boxes_apart_on_both_axes_do_not_overlap() -> None:
    assert overlap(Box(0, 0, 10, 10), Box(20, 20, 30, 30)) == 0.0


def test_boxes_without_area_do_not_overlap() -> None:
    assert overlap(Box(5, 5, 5, 5), Box(5, 5, 5, 5)) == 0.0


@given(st.lists(st.integers(-50, 50), min_size=8, max_size=8))
def test_overlap_is_symmetric_and_between_zero_and_one(numbers: list[int]) -> None:
    first, second = Box(*numbers[:4]), Box(*numbers[4:])
    assert overlap(first, second) == overlap(second, first)
    assert 0 <= overlap(first, second) <= 1


# systems


def test_an_edit_is_ranked_among_all_uncopied_photos_at_the_threshold_of_the_whole_task() -> None:
    predictions = [Prediction("a", "A", 0.9), Prediction("plain", "A", 0.5), Prediction("b", "B", 0.3)]
    result = evaluate_copies("us", predictions, [COPY_A, COPY_B, PLAIN], references=2, edits=("crop", "blur"))
    assert [(row.average_precision, row.recalls[0]) for row in result.by_edit] == [
        (1.0, Share(1, 1)),
        (0.5, Share(0, 1)),
    ]


def test_at_its_own_threshold_a_score_that_reaches_it_is_a_match() -> None:
    predictions = [Prediction("a", "A", -10.0), Prediction("plain", "A", -10.0), Prediction("b", "A", -11.0)]
    result = evaluate_copies("hash", predictions, [COPY_A, COPY_B, PLAIN], references=2, default=-10.0)
    assert result.at_default is not None
    assert (result.at_default.found, result.at_default.false, result.at_default.flagged) == (
        Share(1, 2),
        Share(1, 6),
        Share(1, 1),
    )


def test_the_worst_miss_is_the_copy_without_any_prediction() -> None:
    assert [truth.query for truth, _ in worst_misses([Prediction("a", "A", 0.1)], [COPY_A, COPY_B, PLAIN], 9)] == [
        "b",
        "a",
    ]


def test_the_worst_false_alarm_is_the_wrong_pair_with_the_highest_score() -> None:
    predictions = [Prediction("a", "A", 0.9), Prediction("plain", "A", 0.2), Prediction("a", "B", 0.4)]
    assert [found.score for found in worst_false_alarms(predictions, [COPY_A, PLAIN], 9)] == [0.4, 0.2]


def test_logos_are_measured_by_brand_and_by_size_of_the_box(tmp_path: Path) -> None:
    photos = [
        Asked(
            MarkPhoto(tmp_path / name, brand, boxes, is_photo=True),
            Truth(name, "", frozenset({brand}), boxes),
            100,
            100,
        )
        for name, brand, boxes in (("1", "acme", (Box(0, 0, 10, 10),)), ("2", "zest", (Box(0, 0, 60, 60),)))
    ]
    said = [Prediction("1", "acme", 0.9, Box(0, 0, 10, 10)), Prediction("clean", "zest", 0.5)]
    result = evaluate_logos("us", said, photos, ["clean"], marks=2)
    assert [(group.name, group.found[0]) for group in (*result.brands, *result.sizes)] == [
        ("acme", Share(1, 1)),
        ("zest", Share(0, 1)),
        ("under 2 %", Share(1, 1)),
        ("25 % and more", Share(0, 1)),
    ]


@pytest.mark.parametrize(
    ("share", "name"), [(0.0, "under 2 %"), (0.02, "2 to 5 %"), (0.25, "25 % and more"), (1.0, "25 % and more")]
)
def test_a_box_on_the_border_belongs_to_the_larger_size(share: float, name: str) -> None:
    assert size_name(share) == name


def test_a_true_box_whose_nearest_reference_is_another_brand_s_is_no_hit() -> None:
    references = np.eye(3, dtype=np.float32)
    crops = np.array([[0.9, 0.1, 0.0], [0.6, 0.0, 0.8], [0.7, 0.7, 0.0]], np.float32)
    assert first_at_true_boxes(crops, ["a", "a", "a"], references, ["a", "b", "b"]) == Share(1, 3)


# records


def test_predictions_come_back_from_their_file_to_the_last_bit(tmp_path: Path) -> None:
    predictions = [Prediction("ä, b.jpg", "A", 0.1 + 0.2, Box(1, 2, 3, 4)), Prediction("b", "B", -31.0)]
    write_predictions(tmp_path / "p.csv", predictions)
    assert read_predictions(tmp_path / "p.csv") == predictions


def test_truth_comes_back_from_its_file(tmp_path: Path) -> None:
    truths = [Truth("a", "crop", frozenset({"A", "B"}), (Box(1, 2, 3, 4), Box(0, 0, 9, 9))), PLAIN]
    write_truth(tmp_path / "t.csv", truths)
    assert read_truth(tmp_path / "t.csv") == truths


def test_the_best_of_several_predictions_of_one_pair_is_kept() -> None:
    low, high = Prediction("a", "A", 0.2), Prediction("a", "A", 0.7)
    assert best_of_each([low, high, PREDICTION_ELSEWHERE]) == [high, PREDICTION_ELSEWHERE]


PREDICTION_ELSEWHERE = Prediction("b", "A", 0.1)


def test_an_even_sample_keeps_the_order_and_spans_the_list() -> None:
    assert evenly_spaced(range(10), 3) == [0, 3, 6]


def test_asking_for_more_than_there_is_gives_all() -> None:
    assert evenly_spaced(range(3), 9) == [0, 1, 2]
