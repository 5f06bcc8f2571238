"""More proof is never less confidence, and confidence stays a probability."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.errors import ModelUnusable
from brand_index.types import ReferenceKind
from scanner.confidence import Measurements, shipped_calibrations

measurements = st.builds(
    Measurements,
    inliers=st.none() | st.integers(3, 400),
    correlation=st.none() | st.floats(-1, 1),
    covered=st.none() | st.floats(0, 1),
    hash_distance=st.none() | st.integers(0, 60),
    cosine=st.none() | st.floats(-1, 1),
)


@given(st.sampled_from(ReferenceKind), measurements)
def test_confidence_lies_between_nought_and_one(kind: ReferenceKind, measured: Measurements) -> None:
    assert 0 <= shipped_calibrations()[kind].confidence(measured) <= 1


@pytest.mark.parametrize("kind", ReferenceKind)
def test_many_pairs_and_pixels_that_agree_are_near_certain(kind: ReferenceKind) -> None:
    sure = Measurements(inliers=80, correlation=0.95, covered=0.6, hash_distance=None, cosine=0.8)
    assert shipped_calibrations()[kind].confidence(sure) > 0.95


@pytest.mark.parametrize("kind", ReferenceKind)
def test_a_likeness_alone_is_far_from_certain(kind: ReferenceKind) -> None:
    likeness = Measurements(inliers=None, correlation=None, covered=None, hash_distance=None, cosine=0.8)
    assert shipped_calibrations()[kind].confidence(likeness) < 0.3


@pytest.mark.parametrize("kind", ReferenceKind)
def test_pairs_without_pixels_that_agree_are_less_than_with(kind: ReferenceKind) -> None:
    poor = Measurements(inliers=25, correlation=0.2, covered=0.5, hash_distance=None, cosine=None)
    good = Measurements(inliers=25, correlation=0.9, covered=0.5, hash_distance=None, cosine=None)
    calibration = shipped_calibrations()[kind]
    assert calibration.confidence(poor) < 0.3 < calibration.confidence(good)


def test_a_damaged_calibration_is_named(tmp_path: Path) -> None:
    file = tmp_path / "confidence.json"
    file.write_text(json.dumps({"logo": {"intercept": 1}}))
    with pytest.raises(ModelUnusable, match=r"confidence\.json"):
        shipped_calibrations(file)
