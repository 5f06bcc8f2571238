"""More evidence gives more confidence, the best of rivals keeps its own, and confidence stays a probability."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.errors import ModelUnusable
from brand_index.types import ReferenceKind
from scanner.engine.confidence import Calibration, Lead, calibrated, features, leads, shipped_calibrations
from scanner.engine.types import NO_LOGO, NO_PHOTO, Alteration, Box, Evidence

PLACE = Box(0, 0, 100, 100)
HEAD = set(Evidence.__dataclass_fields__) - {"logo", "photo"}


def evidence(kind: ReferenceKind, **measured: object) -> Evidence:
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
    found = calibrated([evidence(kind, **measured) for kind, measured in drawn])
    assert all(0 <= item.confidence <= 1 for item in found)


@pytest.mark.parametrize("kind", ReferenceKind)
def test_many_pairs_and_pixels_that_agree_are_near_certain(kind: ReferenceKind) -> None:
    aligned = evidence(kind, inliers=80, ncc=0.95, window_agreement=0.95, blurred_ncc=0.95, inlier_coverage=0.6)
    looked_at = measured_as(
        aligned, cosine=0.8, neg_log10_far=3.0, margin=0.3, mean_cosine=0.7, match_logit=8.0
    )  # all or none
    assert confidence(looked_at) > 0.95


def test_a_cosine_that_is_usual_for_the_mark_is_far_from_certain() -> None:
    plain = evidence(ReferenceKind.LOGO, cosine=0.5, neg_log10_far=0.5, margin=0.01)
    assert confidence(plain) < 0.3


def test_a_rare_cosine_ahead_of_every_other_mark_is_more_than_a_usual_one() -> None:
    usual = evidence(ReferenceKind.LOGO, cosine=0.6, neg_log10_far=1.0, margin=0.0)
    rare = measured_as(usual, neg_log10_far=4.0, margin=0.25)
    assert confidence(rare) > confidence(usual)


@pytest.mark.parametrize("kind", ReferenceKind)
def test_pairs_without_pixels_that_agree_are_less_than_with(kind: ReferenceKind) -> None:
    poor = evidence(kind, inliers=25, ncc=0.2, inlier_coverage=0.5)
    assert confidence(poor) < confidence(measured_as(poor, ncc=0.9))


def test_of_two_photos_in_one_place_the_one_that_fits_worse_loses_confidence() -> None:
    best = evidence(ReferenceKind.PHOTO, inliers=80, ncc=0.95, inlier_coverage=0.6)
    worse = measured_as(best, reference_id="s", ncc=0.8)
    alone, beside = confidence(worse), calibrated([best, worse])
    assert beside[1].confidence < alone
    assert beside[0].confidence == confidence(best)


def test_rivals_are_of_one_kind_and_in_one_place() -> None:
    own = evidence(ReferenceKind.PHOTO, inliers=80, ncc=0.6)
    logo = evidence(ReferenceKind.LOGO, inliers=80, ncc=0.9)
    elsewhere = measured_as(own, box=Box(80, 80, 200, 200), ncc=0.9)
    same = measured_as(own, box=Box(0, 0, 100, 90), ncc=0.9)
    assert [lead.ncc for lead in leads([own, logo, elsewhere])] == [0, 0, 0]
    assert [lead.ncc for lead in leads([own, same])] == pytest.approx([0.3, 0])


def test_hues_in_common_make_a_logo_surer_and_no_colour_counts_for_nothing() -> None:
    similar = evidence(ReferenceKind.LOGO, cosine=0.6, neg_log10_far=2.0, margin=0.1, mean_cosine=0.5, match_logit=1.0)
    assert (
        confidence(measured_as(similar, hue_intersection=0.9))
        > confidence(measured_as(similar, hue_intersection=0.2))
        > confidence(similar)
    )
    assert confidence(measured_as(similar, hue_intersection=0.0)) == confidence(similar)


def test_a_logo_among_text_is_less_sure_unless_it_has_its_own_colours() -> None:
    similar = evidence(ReferenceKind.LOGO, cosine=0.8, neg_log10_far=3.0, margin=0.2, mean_cosine=0.7, match_logit=4.0)
    among, coloured = measured_as(similar, text_around=0.9), measured_as(similar, hue_intersection=0.9)
    assert confidence(among) < 0.05 < confidence(similar)
    assert confidence(among) < confidence(measured_as(coloured, text_around=0.9)) < confidence(coloured)
    assert confidence(measured_as(similar, text_around=0.0)) == confidence(similar)


def test_a_likelier_mark_in_the_same_place_is_ahead_unless_it_is_of_the_same_brand() -> None:
    own = evidence(ReferenceKind.LOGO, match_logit=-1.0)
    other, twin = measured_as(own, brand_id="bolt", match_logit=2.0), measured_as(own, match_logit=3.0)
    assert [lead.match_logit for lead in leads([own, other, twin])] == [3.0, 1.0, 0.0]


def test_what_lies_within_a_likelier_mark_is_a_part_of_it_and_not_the_other_way_round() -> None:
    word = evidence(ReferenceKind.LOGO, match_logit=4.0)
    letter = measured_as(word, brand_id="bolt", box=Box(10, 10, 30, 90), match_logit=1.0)
    beside = measured_as(letter, box=Box(90, 10, 130, 90))
    assert [lead.match_logit for lead in leads([word, letter, beside])] == [0.0, 3.0, 0.0]


def test_a_damaged_calibration_is_named(tmp_path: Path) -> None:
    file = tmp_path / "confidence.json"
    file.write_text(json.dumps({"logo": {"intercept": 1}}))
    with pytest.raises(ModelUnusable, match=r"confidence\.json"):
        shipped_calibrations(file)


NO_LEAD = Lead(0.0, 0.0)


def test_the_terms_of_a_logo_are_its_measurements_and_their_products() -> None:
    item = evidence(
        ReferenceKind.LOGO,
        inliers=9,
        ncc=0.8,
        inlier_coverage=0.25,
        hash_distance=48,
        cosine=0.6,
        neg_log10_far=2.5,
        margin=0.12,
        mean_cosine=0.45,
        match_logit=4.0,
        hue_intersection=0.7,
    )
    ten = math.log(10)  # of 9 inliers and 1
    assert features(item, Lead(0.05, 2.0)) == pytest.approx(
        {
            "inliers": ten,
            "ncc": 0.8,
            "ncc_squared": 0.64,
            "inliers_and_ncc": 0.8 * ten,
            "no_ncc": 0.0,
            "window_agreement": 0.0,
            "agreeing_inliers": 0.0,
            "partial": 0.0,
            "hash_and_blurred_ncc": 0.0,
            "inlier_coverage": 0.5,
            "all_three": 0.4 * ten,
            "hash": 0.25,
            "cosine": 0.6,
            "cosine_squared": 0.36,
            "neg_log10_far": 2.5,
            "margin": 0.12,
            "mean_cosine": 0.45,
            "match_logit": 0.75,
            "hue_intersection": 0.7,
            "in_text": 0.0,
            "cosine_and_inliers": 0.6 * ten,
            "cosine_and_ncc": 0.48,
            "lead": 0.5,
            "outmatched": 0.25,
        }
    )


def test_the_terms_of_a_photo_weigh_windows_by_inliers_and_blurred_pixels_by_the_hash() -> None:
    altered = Alteration(part=(), visible=0.3, occupied=0.6, turned=0.0, overlaid=None, colour=None, light=None)
    item = evidence(
        ReferenceKind.PHOTO,
        inliers=9,
        inlier_coverage=0.25,
        hash_distance=32,
        cosine=0.5,
        window_agreement=0.6,
        blurred_ncc=0.9,
        alteration=altered,
    )
    terms = features(item, NO_LEAD)
    expected = {
        "no_ncc": 1.0,
        "window_agreement": 0.6,
        "agreeing_inliers": 0.3 * math.log(10),
        "partial": 0.4,
        "hash_and_blurred_ncc": 0.45,
        "cosine": 0.5,
        "match_logit": 0.0,
        "lead": 0.0,
        "outmatched": 0.0,
    }
    assert {name: terms[name] for name in expected} == pytest.approx(expected)


def test_what_was_not_measured_adds_nothing() -> None:
    for kind in ReferenceKind:
        assert set(features(evidence(kind), NO_LEAD).values()) == {0.0}


def test_measurements_beyond_their_bounds_add_no_more() -> None:
    logo = evidence(
        ReferenceKind.LOGO, inliers=10**6, neg_log10_far=9.0, margin=0.9, match_logit=50.0, hash_distance=90
    )
    terms = features(logo, Lead(0.9, 90.0))
    bounds = {"inliers": math.log(101), "neg_log10_far": 3.0, "margin": 0.3, "match_logit": 1.0, "hash": 0.0}
    expected = {**bounds, "lead": 1.0, "outmatched": 1.0}
    assert {name: terms[name] for name in expected} == pytest.approx(expected)
    below = features(
        evidence(ReferenceKind.LOGO, ncc=-0.5, cosine=-0.2, mean_cosine=-0.1, margin=-0.9, match_logit=-50.0),
        NO_LEAD,
    )
    assert {name: value for name, value in below.items() if value} == {"margin": -0.3}


def test_a_confidence_is_the_logistic_function_of_the_weighted_terms_and_never_overflows() -> None:
    calibration = Calibration(1.0, {"a": 2.0, "b": -1.0})
    assert calibration.confidence({"a": 0.5, "b": 2.0}) == 0.5
    assert calibration.confidence({"a": 0.0, "b": 0.0, "unknown": 9.0}) == pytest.approx(1 / (1 + math.exp(-1)))
    assert calibration.confidence({"a": 1e9}) == round(1 / (1 + math.exp(-30)), 12)
    assert calibration.confidence({"b": 1e9}) == round(1 / (1 + math.exp(30)), 12)


def test_a_logo_whose_crops_were_not_compared_leads_nobody_and_is_led_by_nobody() -> None:
    compared = evidence(ReferenceKind.LOGO, match_logit=5.0)
    uncompared = evidence(ReferenceKind.LOGO, brand_id="bolt")
    assert [lead.match_logit for lead in leads([compared, uncompared])] == [0.0, 0.0]


def test_rivals_differ_by_the_value_of_their_brand() -> None:
    own, twin = (
        evidence(ReferenceKind.LOGO, brand_id="".join(["ac", "me"]), match_logit=logit) for logit in (-1.0, 3.0)
    )
    assert [lead.match_logit for lead in leads([own, twin])] == [0.0, 0.0]


@pytest.mark.parametrize("kind", ReferenceKind)
def test_the_kind_of_a_rival_is_its_own(kind: ReferenceKind) -> None:
    other = next(each for each in ReferenceKind if each is not kind)
    assert [lead.ncc for lead in leads([evidence(kind, ncc=0.2), evidence(other, ncc=0.9)])] == [0.0, 0.0]
