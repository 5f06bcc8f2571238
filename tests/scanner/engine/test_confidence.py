"""More evidence gives more confidence, the best of rivals keeps its own, and confidence stays a probability."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.errors import ModelUnusable
from brand_index.types import IMAGE_KINDS, ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.confidence import Calibration, Lead, calibrated, features, leads, shipped_calibrations
from scanner.engine.types import NO_CONTENT, NO_LOGO, NO_PHOTO, Content, Evidence, Shared

PLACE = Box(0, 0, 100, 100)
COPY = Content(
    agreement=0.99,
    replaced=0.005,
    rest_agreement=0.99,
    rest_windows=40.0,
    goods_agreement=0.99,
    ground_agreement=0.99,
    covered_content=0.0,
    covered_area=0.0,
    covered_goods=0.0,
    outline_followed=0.0,
    added_area=0.0,
    colour=1.0,
    rest_colour=1.0,
    ground_colour=1.0,
    turned=0.0,
    visible=1.0,
    occupied=1.0,
    texture=0.3,
    known=0.98,
    detail=1.0,
)
OTHER_VALUES = replace(COPY, agreement=0.85, replaced=0.14, rest_agreement=0.86, goods_agreement=0.84)
OTHER_COLOUR = replace(COPY, colour=0.1, rest_colour=None, covered_goods=0.9, texture=0.05, rest_windows=3.0)
OTHER_PRINT = replace(
    COPY, agreement=0.35, replaced=0.5, rest_agreement=0.5, rest_windows=0.3, goods_agreement=0.2, covered_content=0.3
)
OTHER_GOODS = replace(
    COPY,
    agreement=0.5,
    replaced=0.4,
    rest_agreement=0.88,
    goods_agreement=0.1,
    ground_agreement=0.9,
    covered_goods=0.8,
    colour=0.2,
)
NEW_GROUND = replace(
    COPY, agreement=0.6, replaced=0.2, rest_agreement=0.7, goods_agreement=0.93, ground_agreement=0.05, colour=0.9
)
STICKER = replace(
    COPY, agreement=0.85, replaced=0.1, covered_area=0.15, covered_content=0.12, covered_goods=0.2, colour=0.8
)
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


@given(st.lists(st.tuples(st.sampled_from(IMAGE_KINDS), measurements), max_size=4))
def test_confidence_lies_between_nought_and_one(drawn: list[tuple[ReferenceKind, dict[str, object]]]) -> None:
    found = calibrated([evidence(kind, **measured) for kind, measured in drawn])
    assert all(0 <= item.confidence <= 1 for item in found)


def photo(content: Content, **measured: object) -> Evidence:
    """As keypoints place one."""
    placed = {"inliers": 60, "ncc": 0.8, "blurred_ncc": 0.9, **measured}
    return evidence(ReferenceKind.PHOTO, content=content, refined=True, **placed)


def test_many_pairs_and_pixels_of_a_logo_that_agree_are_near_certain() -> None:
    aligned = evidence(ReferenceKind.LOGO, inliers=80, ncc=0.95, inlier_coverage=0.6)
    looked_at = measured_as(
        aligned, cosine=0.8, neg_log10_far=3.0, margin=0.3, mean_cosine=0.7, match_logit=8.0
    )  # all or none
    assert confidence(looked_at) > 0.95


@pytest.mark.parametrize(
    ("content", "least"), [(COPY, 0.95), (NEW_GROUND, 0.5), (STICKER, 0.5)], ids=["copy", "new ground", "sticker"]
)
def test_a_photo_whose_own_content_agrees_is_a_copy(content: Content, least: float) -> None:
    found = calibrated([photo(content)])[0]
    assert found.confidence > least
    assert found.shared is None


@pytest.mark.parametrize(
    ("content", "shared"),
    [
        (OTHER_VALUES, Shared.TEMPLATE),
        (OTHER_COLOUR, Shared.TEMPLATE),
        (OTHER_PRINT, Shared.TEMPLATE),
        (OTHER_GOODS, Shared.BACKGROUND),
    ],
    ids=["values", "colour", "print", "goods"],
)
def test_what_is_shared_proves_nothing(content: Content, shared: Shared) -> None:
    few = {"inliers": 5} if content is OTHER_COLOUR else {}  # plain goods have no more
    found = calibrated([replace(photo(content, **few), review_only=content is OTHER_VALUES)])[0]
    assert found.confidence < 0.5
    assert found.shared is shared


def test_other_colours_are_an_edit_of_a_photo_that_is_there_with_its_ground() -> None:
    recoloured = replace(COPY, colour=0.1, rest_colour=0.1, ground_colour=0.2, turned=0.9)
    assert confidence(photo(recoloured, inliers=150)) > 0.95
    another_light = replace(recoloured, turned=0.0)  # or another colour of the article
    assert 0.5 < confidence(photo(another_light, inliers=150)) <= 0.9
    goods_alone = replace(recoloured, ground_colour=1.0)
    assert confidence(photo(goods_alone, inliers=150)) <= 0.9
    assert (
        confidence(photo(replace(another_light, added_area=0.25), inliers=150)) < 0.5
    )  # somebody else's photo of a pack
    assert confidence(photo(recoloured, inliers=4)) < confidence(photo(recoloured, inliers=150))


def test_hues_that_were_turned_with_the_ground_are_an_edit_and_other_light_or_goods_alone_are_not() -> None:
    lit = replace(COPY, agreement=0.96, colour=0.1, rest_colour=0.1, ground_colour=0.1)
    lit = replace(lit, rest_windows=9.0, added_area=0.05)
    turned, on_its_own_ground = replace(lit, turned=0.5), replace(lit, turned=0.5, ground_colour=1.0)
    in_light, edited, goods_alone = (confidence(photo(each, inliers=60)) for each in (lit, turned, on_its_own_ground))
    assert in_light < 0.5 < edited
    assert goods_alone == in_light


def test_plain_goods_of_another_colour_on_a_ground_that_kept_its_own_are_other_goods() -> None:
    other = replace(COPY, texture=0.05, colour=0.3, rest_colour=0.3, ground_colour=1.0)
    assert confidence(photo(other, inliers=60)) < 0.4
    for changed in ({"texture": 0.3}, {"rest_colour": 0.9}, {"ground_colour": None}, {"ground_colour": 0.2}):
        assert confidence(photo(replace(other, **changed), inliers=60)) > 0.5, changed


def test_a_weave_of_another_colour_on_a_ground_that_kept_its_own_is_another_swatch_where_it_is_all_there_is() -> None:
    other = replace(COPY, texture=0.3, colour=0.0, rest_colour=0.0, ground_colour=1.0)
    assert confidence(replace(photo(other, inliers=120), review_only=True)) < 0.4
    assert confidence(photo(other, inliers=120)) > 0.5  # a photo that has more to be known by


def test_a_chart_seen_sharply_that_differs_in_a_digit_is_another_and_one_under_words_may_be_a_copy() -> None:
    digit = replace(COPY, agreement=0.96, replaced=0.04, rest_agreement=0.96, goods_agreement=0.96, rest_windows=200.0)
    chart = replace(photo(digit, inliers=150), review_only=True)
    assert confidence(chart) < 0.4
    assert confidence(measured_as(chart, content=replace(digit, added_area=0.03))) > 0.5
    assert confidence(measured_as(chart, content=replace(digit, detail=0.5))) > 0.5  # compression may do as much


def test_what_no_hash_and_few_keypoints_place_is_not_near_certain() -> None:
    assert confidence(photo(COPY, inliers=40)) > 0.95
    assert confidence(photo(COPY, inliers=4, hash_distance=2)) > 0.9
    assert confidence(photo(COPY, inliers=4)) <= 0.9
    tones = replace(COPY, agreement=0.0, rest_agreement=0.0, rest_windows=0.0, goods_agreement=0.0, detail=0.25)
    assert confidence(photo(tones, inliers=4)) < 0.4


def test_the_same_print_in_other_light_on_another_ground_is_not_near_certain() -> None:
    taken_again = replace(COPY, agreement=0.9, ground_agreement=0.2, colour=0.7)
    assert confidence(photo(taken_again)) <= 0.9
    assert confidence(photo(replace(taken_again, colour=0.95))) > 0.9  # cut out and put on another ground


def test_a_hash_and_keypoints_alone_make_no_copy() -> None:
    assert confidence(evidence(ReferenceKind.PHOTO, inliers=200, ncc=0.99, hash_distance=0)) < 0.2


def test_a_photo_of_which_a_strip_lies_in_a_corner_of_the_image_is_hardly_a_copy() -> None:
    strip = replace(COPY, visible=0.2, occupied=0.2)
    assert confidence(photo(strip)) < 0.5
    assert confidence(photo(replace(strip, occupied=1.0))) > 0.9
    assert confidence(photo(replace(strip, visible=1.0))) > 0.9


def test_what_few_windows_have_in_common_has_no_name() -> None:
    nothing = replace(OTHER_PRINT, agreement=0.1)
    assert calibrated([photo(nothing)])[0].shared is None
    assert calibrated([replace(photo(OTHER_PRINT), refined=False)])[0].shared is None


def test_a_cosine_that_is_usual_for_the_mark_is_far_from_certain() -> None:
    plain = evidence(ReferenceKind.LOGO, cosine=0.5, neg_log10_far=0.5, margin=0.01)
    assert confidence(plain) < 0.3


def test_a_rare_cosine_ahead_of_every_other_mark_is_more_than_a_usual_one() -> None:
    usual = evidence(ReferenceKind.LOGO, cosine=0.6, neg_log10_far=1.0, margin=0.0)
    rare = measured_as(usual, neg_log10_far=4.0, margin=0.25)
    assert confidence(rare) > confidence(usual)


def test_pairs_without_pixels_that_agree_are_less_than_with() -> None:
    poor = evidence(ReferenceKind.LOGO, inliers=25, ncc=0.2, inlier_coverage=0.5)
    assert confidence(poor) < confidence(measured_as(poor, ncc=0.9))


def test_of_two_photos_in_one_place_the_one_that_fits_worse_loses_confidence() -> None:
    best = photo(COPY)
    worse = replace(photo(replace(COPY, agreement=0.92, rest_agreement=0.95)), reference_id="s")
    alone, beside = confidence(worse), calibrated([best, worse])
    assert beside[1].confidence < alone
    assert beside[0].confidence == confidence(best)


def test_rivals_are_of_one_kind_and_in_one_place() -> None:
    own = photo(replace(COPY, agreement=0.6))
    logo = evidence(ReferenceKind.LOGO, inliers=80, ncc=0.9)
    better = photo(replace(COPY, agreement=0.9))
    elsewhere, same = replace(better, box=Box(80, 80, 200, 200)), replace(better, box=Box(0, 0, 100, 90))
    assert [lead.agreement for lead in leads([own, logo, elsewhere])] == [0, 0, 0]
    assert [lead.agreement for lead in leads([own, same])] == pytest.approx([0.3, 0])


def test_a_photo_of_which_few_windows_agree_leads_nobody() -> None:
    own, chance = photo(replace(COPY, agreement=0.6)), photo(replace(COPY, agreement=1.0, rest_windows=0.6))
    assert leads([own, chance])[0].agreement == 0.0


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


WORD = {"cosine": 0.9, "neg_log10_far": 3.0, "margin": 0.3, "mean_cosine": 0.8, "match_logit": 4.0}
SURER = {"cosine": 0.99, "margin": 0.3, "mean_cosine": 0.95, "match_logit": 6.0}
LETTER = {"brand_id": "bolt", "box": Box(10, 10, 30, 90), "cosine": 0.6, "margin": 0.2}


def test_a_likelier_mark_of_another_brand_counts_wherever_it_is_in_the_image() -> None:
    own = evidence(ReferenceKind.LOGO, match_logit=-1.0)
    far = measured_as(own, brand_id="bolt", box=Box(90, 10, 130, 90), match_logit=2.0)
    twin = measured_as(far, brand_id="acme", match_logit=3.0)
    assert [lead.elsewhere for lead in leads([own, far, twin])] == [3.0, 1.0, 0.0]
    assert calibrated([own, far])[0].confidence < confidence(own)


def test_of_two_logos_alike_the_one_of_more_pixels_is_surer() -> None:
    small = measured_as(evidence(ReferenceKind.LOGO, **WORD), box=Box(0, 0, 24, 24))
    assert confidence(small) < confidence(replace(small, box=Box(0, 0, 200, 200)))


def test_what_lies_within_a_likelier_mark_is_a_part_of_it_and_not_the_other_way_round() -> None:
    word = evidence(ReferenceKind.LOGO, match_logit=4.0)
    letter = measured_as(word, brand_id="bolt", box=Box(10, 10, 30, 90), match_logit=1.0)
    beside = measured_as(letter, box=Box(90, 10, 130, 90))
    assert [lead.match_logit for lead in leads([word, letter, beside])] == [0.0, 3.0, 0.0]


def test_a_logo_within_a_surer_mark_of_another_brand_is_as_likely_as_that_mark_is_not_there() -> None:
    word = evidence(ReferenceKind.LOGO, **WORD)
    letter = measured_as(word, **LETTER)
    whole, part = calibrated([word, letter])
    assert whole.confidence == confidence(word)
    assert part.confidence == pytest.approx(confidence(letter) * (1 - whole.confidence))


@pytest.mark.parametrize(
    "differs",
    [{"box": Box(90, 10, 130, 90)}, {"box": Box(0, 0, 100, 95)}, {"brand_id": "acme"}, SURER],
    ids=["beside it", "as large", "of the same brand", "surer than it"],
)
def test_a_logo_keeps_its_confidence_where_it_is_no_part_of_a_surer_mark(differs: dict[str, object]) -> None:
    word = evidence(ReferenceKind.LOGO, **WORD)
    other = measured_as(word, **{**LETTER, **differs})
    assert calibrated([word, other])[1].confidence == confidence(other)


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
    assert features(item, Lead(0.05, 2.0, 4.0)) == pytest.approx(
        {
            "ncc": 0.8,
            "ncc_squared": 0.64,
            "inliers_and_ncc": 0.8 * ten,
            "no_ncc": 0.0,
            "all_three": 0.4 * ten,
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
            "behind": 0.5,
            "pixels": math.log(100 / 16) / math.log(16),
        }
    )


def test_the_terms_of_a_photo_weigh_what_agrees_by_its_windows() -> None:
    content = replace(
        COPY,
        agreement=0.95,
        replaced=0.03,
        rest_agreement=0.97,
        rest_windows=3.0,
        goods_agreement=0.94,
        colour=0.9,
        rest_colour=0.95,
        ground_colour=0.5,
        turned=0.15,
        covered_area=0.02,
        added_area=0.015,
        texture=0.15,
        known=0.8,
    )
    many, pairs, surely = math.log(4) / math.log(61), math.log(21) / math.log(101), math.log10(2)
    assert features(photo(content, inliers=20, ncc=0.7), Lead(0.05, 0.0)) == pytest.approx(
        {
            "tones_alone": 0.0,
            "all_and_many": 0.5 * many,
            "all_and_pairs": 0.5 * surely,
            "all_in_colour": 0.0,
            "new_ground_and_pairs": 0.85 * 0.01 * surely,
            "pairs_in_colour": pairs * 0.2 / 3,
            "turned_and_pairs": 0.1 * 0.5 * 0.5 * (0.95 - 0.6) / 0.4 * surely,
            "small_part": 0.0,
            "unknown": 0.2,
            "only_ground": 0.05,
            "off_colour": 0.1 * (1 - surely * 0.9 * 0.5 * 0.9),
            "off_colour_with_few": 0.1 * 0.85,
            "off_colour_and_added": 0.1 * 0.075,
            "off_colour_and_unknown": 0.02,
            "replaced": 0.1,
            "rest_differs": 0.25 * (1 - 0.85 * 0.01),
            "shared_and_off_colour": 0.0,
            "shared_and_replaced": 0.0,
            "shared_and_rest_differs_cleanly": 0.0,
            "lead": 0.5,
        }
    )


def test_plain_goods_in_all_their_colours_are_themselves_and_on_a_ground_of_another_colour_they_are_not() -> None:
    content = replace(COPY, agreement=0.95, colour=0.9, ground_colour=0.95, visible=0.8, known=0.5)
    terms = [
        features(photo(each), Lead(0.0, 0.0))["all_in_colour"]
        for each in (content, replace(content, ground_colour=None), replace(content, ground_colour=0.0))
    ]
    assert terms == pytest.approx([0.5 * 0.5 * 0.75 * 0.4, 0.5 * 0.5 * 0.4, 0.0])


def test_tones_count_where_a_print_has_lost_the_detail_and_not_of_what_is_shared() -> None:
    coarse = photo(replace(COPY, detail=0.25), blurred_ncc=0.8)
    assert features(coarse, NO_LEAD)["tones_alone"] == pytest.approx(0.6)
    assert features(replace(coarse, review_only=True), NO_LEAD)["tones_alone"] == 0.0


def test_what_an_overlay_with_an_outline_of_its_own_hides_counts_neither_as_replaced_nor_as_recoloured() -> None:
    covered = replace(COPY, replaced=0.3, covered_area=0.3, colour=0.5, rest_colour=0.96)
    over, part = (features(photo(replace(covered, outline_followed=followed)), NO_LEAD) for followed in (0.0, 1.0))
    assert (over["off_colour_and_unknown"], over["replaced"]) == pytest.approx((0.04 * 0.02, 0.01 / 0.3))
    assert (part["off_colour_and_unknown"], part["replaced"]) == pytest.approx((0.5 * 0.02, 1.0))


def test_of_a_logo_what_was_not_measured_adds_nothing() -> None:
    terms = features(evidence(ReferenceKind.LOGO), NO_LEAD)
    assert {name for name, value in terms.items() if value} == {"pixels"}  # its region has a size, whatever is in it


def test_measurements_beyond_their_bounds_add_no_more() -> None:
    logo = evidence(
        ReferenceKind.LOGO, inliers=10**6, neg_log10_far=9.0, margin=0.9, match_logit=50.0, hash_distance=90
    )
    terms = features(logo, Lead(0.9, 90.0, 90.0))
    bounds = {"neg_log10_far": 3.0, "margin": 0.3, "match_logit": 1.0}
    expected = {**bounds, "lead": 1.0, "outmatched": 1.0, "behind": 1.0}
    assert {name: terms[name] for name in expected} == pytest.approx(expected)
    below = features(
        evidence(ReferenceKind.LOGO, ncc=-0.5, cosine=-0.2, mean_cosine=-0.1, margin=-0.9, match_logit=-50.0),
        NO_LEAD,
    )
    assert {name: value for name, value in below.items() if value and name != "pixels"} == {"margin": -0.3}
    sides = (Box(0, 0, 8, 8), Box(0, 0, 4, 1024), Box(0, 0, 2000, 2000))
    assert [features(replace(logo, box=box), NO_LEAD)["pixels"] for box in sides] == pytest.approx([0.0, 0.5, 1.0])


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


@pytest.mark.parametrize("kind", IMAGE_KINDS)
def test_the_kind_of_a_rival_is_its_own(kind: ReferenceKind) -> None:
    other = next(each for each in ReferenceKind if each is not kind)
    both = [evidence(kind, ncc=0.2, content=NO_CONTENT), evidence(other, ncc=0.9, content=COPY)]
    assert [lead.agreement for lead in leads(both)] == [0.0, 0.0]
