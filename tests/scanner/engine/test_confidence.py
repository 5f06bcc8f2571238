"""More proof is more confidence, the best of rivals keeps its own, and confidence stays a probability."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.errors import ModelUnusable
from brand_index.types import ReferenceKind
from scanner.engine.confidence import calibrated, leads, shipped_calibrations
from scanner.engine.types import NO_LOGO, NO_PHOTO, Box, Evidence

PLACE = Box(0, 0, 100, 100)
HEAD = set(Evidence.__dataclass_fields__) - {"logo", "photo"}


def weighed(kind: ReferenceKind, **measured: object) -> Evidence:
    item = Evidence(
        reference_id="r",
        brand_id="acme",
        kind=kind,
        box=PLACE,
        quad=None,
        reference_box=None,
        hash_distance=None,
        inliers=None,
        inlier_coverage=None,
        ncc=None,
        review_only=False,
        mirrored=False,
        frame=0,
        confidence=0.0,
        logo=NO_LOGO if kind is ReferenceKind.LOGO else None,
        photo=NO_PHOTO if kind is ReferenceKind.PHOTO else None,
    )
    return measured_as(item, **measured)


def measured_as(item: Evidence, **measured: object) -> Evidence:
    """With other measurements; those that the head has not are its kind's, and what its kind has not is left out."""
    own = item.logo if item.logo is not None else item.photo
    assert own is not None
    head = {name: value for name, value in measured.items() if name in HEAD}
    more = {name: value for name, value in measured.items() if name in own.__dataclass_fields__}
    return replace(item, **head, **{item.kind.value: replace(own, **more)})  # type: ignore[arg-type]


def confidence(item: Evidence) -> float:
    return calibrated([item])[0].confidence


measurements = st.fixed_dictionaries(
    {
        "inliers": st.none() | st.integers(3, 400),
        "ncc": st.none() | st.floats(-1, 1),
        "inlier_coverage": st.none() | st.floats(0, 1),
        "hash_distance": st.none() | st.integers(0, 60),
        "cosine": st.none() | st.floats(-1, 1),
    }
)


@given(st.lists(st.tuples(st.sampled_from(ReferenceKind), measurements), max_size=4))
def test_confidence_lies_between_nought_and_one(drawn: list[tuple[ReferenceKind, dict[str, object]]]) -> None:
    found = calibrated([weighed(kind, **measured) for kind, measured in drawn])
    assert all(0 <= item.confidence <= 1 for item in found)


@pytest.mark.parametrize("kind", ReferenceKind)
def test_many_pairs_and_pixels_that_agree_are_near_certain(kind: ReferenceKind) -> None:
    tied = weighed(kind, inliers=80, ncc=0.95, window_agreement=0.95, blurred_ncc=0.95, inlier_coverage=0.6)
    looked_at = measured_as(
        tied, cosine=0.8, neg_log10_far=3.0, margin=0.3, mean_cosine=0.7, match_logit=8.0
    )  # all or none
    assert confidence(looked_at) > 0.95


def test_a_likeness_that_is_usual_for_the_mark_is_far_from_certain() -> None:
    plain = weighed(ReferenceKind.LOGO, cosine=0.5, neg_log10_far=0.5, margin=0.01)
    assert confidence(plain) < 0.3


def test_a_rare_likeness_ahead_of_every_other_mark_is_more_than_a_usual_one() -> None:
    usual = weighed(ReferenceKind.LOGO, cosine=0.6, neg_log10_far=1.0, margin=0.0)
    rare = measured_as(usual, neg_log10_far=4.0, margin=0.25)
    assert confidence(rare) > confidence(usual)


@pytest.mark.parametrize("kind", ReferenceKind)
def test_pairs_without_pixels_that_agree_are_less_than_with(kind: ReferenceKind) -> None:
    poor = weighed(kind, inliers=25, ncc=0.2, inlier_coverage=0.5)
    assert confidence(poor) < confidence(measured_as(poor, ncc=0.9))


def test_of_two_photos_in_one_place_the_one_that_fits_worse_loses_confidence() -> None:
    best = weighed(ReferenceKind.PHOTO, inliers=80, ncc=0.95, inlier_coverage=0.6)
    worse = measured_as(best, reference_id="s", ncc=0.8)
    alone, beside = confidence(worse), calibrated([best, worse])
    assert beside[1].confidence < alone
    assert beside[0].confidence == confidence(best)


def test_rivals_are_of_one_kind_and_in_one_place() -> None:
    own = weighed(ReferenceKind.PHOTO, inliers=80, ncc=0.6)
    logo = weighed(ReferenceKind.LOGO, inliers=80, ncc=0.9)
    elsewhere = measured_as(own, box=Box(80, 80, 200, 200), ncc=0.9)
    same = measured_as(own, box=Box(0, 0, 100, 90), ncc=0.9)
    assert [lead.ncc for lead in leads([own, logo, elsewhere])] == [0, 0, 0]
    assert [lead.ncc for lead in leads([own, same])] == pytest.approx([0.3, 0])


def test_hues_in_common_make_a_logo_surer_and_no_colour_counts_for_nothing() -> None:
    alike = weighed(ReferenceKind.LOGO, cosine=0.6, neg_log10_far=2.0, margin=0.1, mean_cosine=0.5, match_logit=1.0)
    assert (
        confidence(measured_as(alike, hue_intersection=0.9))
        > confidence(measured_as(alike, hue_intersection=0.2))
        > confidence(alike)
    )
    assert confidence(measured_as(alike, hue_intersection=0.0)) == confidence(alike)


def test_a_likelier_mark_in_the_same_place_is_ahead_unless_it_is_of_the_same_brand() -> None:
    own = weighed(ReferenceKind.LOGO, match_logit=-1.0)
    other, twin = measured_as(own, brand_id="bolt", match_logit=2.0), measured_as(own, match_logit=3.0)
    assert [lead.match_logit for lead in leads([own, other, twin])] == [3.0, 1.0, 0.0]


def test_what_lies_within_a_likelier_mark_is_a_part_of_it_and_not_the_other_way_round() -> None:
    word = weighed(ReferenceKind.LOGO, match_logit=4.0)
    letter = measured_as(word, brand_id="bolt", box=Box(10, 10, 30, 90), match_logit=1.0)
    beside = measured_as(letter, box=Box(90, 10, 130, 90))
    assert [lead.match_logit for lead in leads([word, letter, beside])] == [0.0, 3.0, 0.0]


def test_a_damaged_calibration_is_named(tmp_path: Path) -> None:
    file = tmp_path / "confidence.json"
    file.write_text(json.dumps({"logo": {"intercept": 1}}))
    with pytest.raises(ModelUnusable, match=r"confidence\.json"):
        shipped_calibrations(file)
