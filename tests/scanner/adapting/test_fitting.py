"""Confidence is refitted from the shipped weights on, and only where that predicts images that it was not fitted on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from brand_index.types import ReferenceKind
from scanner.adapting.fitting import AGAINST, LEAST_RIGHT, Sample, fitted
from scanner.engine.confidence import Lead, features, shipped_calibrations
from tests.scanner.verdicts.test_judgement import an_item

SHIPPED = shipped_calibrations()[ReferenceKind.LOGO]
NAMES = tuple(features(an_item(ReferenceKind.LOGO, 0.5), Lead(0.0, 0.0)))


def samples(number: int, seed: int, *, informative: str, shift: float = 0.0) -> list[Sample]:
    """Candidates of which `informative` alone says which are right."""
    chance = np.random.default_rng(seed)
    made = []
    for image in range(number):
        values = {name: float(chance.uniform(0, 0.6)) for name in NAMES} | dict.fromkeys(AGAINST, 0.0)
        odds = 12 * (values[informative] - 0.3) + shift
        made.append(Sample(image, values, bool(chance.random() < 1 / (1 + np.exp(-odds)))))
    return made


def test_a_measurement_that_says_more_than_with_the_shipped_embedder_gains_weight() -> None:
    found = fitted(samples(600, 1, informative="hue_intersection"), SHIPPED)
    assert found.is_refitted
    assert found.left_out_loss is not None
    assert found.left_out_loss < found.shipped_loss
    assert found.calibration.weights["hue_intersection"] > SHIPPED.weights.get("hue_intersection", 0.0) + 1


def test_with_few_right_candidates_the_shipped_weights_stay() -> None:
    few = [each for each in samples(400, 2, informative="cosine") if not each.is_right]
    right = [each for each in samples(400, 3, informative="cosine") if each.is_right][: LEAST_RIGHT - 1]
    found = fitted([*few, *right], SHIPPED)
    assert (found.calibration, found.is_refitted, found.left_out_loss) == (SHIPPED, False, None)


def test_without_candidates_the_shipped_weights_stay() -> None:
    assert fitted([], SHIPPED).calibration is SHIPPED


def test_where_the_shipped_weights_are_right_little_changes() -> None:
    chance, made = np.random.default_rng(4), []
    for image in range(800):
        values = {name: float(chance.uniform(0, 0.8)) for name in NAMES} | dict.fromkeys(AGAINST, 0.0)
        made.append(Sample(image, values, bool(chance.random() < SHIPPED.confidence(values))))
    found = fitted(made, SHIPPED)
    rated = [(SHIPPED.confidence(each.values), found.calibration.confidence(each.values)) for each in made]
    assert np.mean([abs(one - other) for one, other in rated]) < 0.06


@hypothesis_settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 500), informative=st.sampled_from(sorted(set(NAMES) - AGAINST)))
def test_no_measurement_of_a_match_counts_against_it_and_text_around_keeps_its_weight(
    seed: int, informative: str
) -> None:
    found = fitted(samples(150, seed, informative=informative), SHIPPED).calibration
    for name, weight in found.weights.items():
        assert weight <= 0 if name in AGAINST else weight >= 0
    assert found.weights["in_text"] == pytest.approx(SHIPPED.weights["in_text"], abs=1e-4)
