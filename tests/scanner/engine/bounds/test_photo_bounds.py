"""How sure a photo can be at most where what lies on its goods may be another print."""

from dataclasses import replace
from typing import Any

import pytest

from scanner.engine.bounds.photos import bounded, named
from scanner.engine.types import NO_CONTENT, Alteration, Content, Evidence, Shared
from tests.scanner.engine.test_confidence import photo

SURE = 0.99
STICKER = replace(
    NO_CONTENT,
    agreement=0.98,
    rest_agreement=1.0,
    goods_agreement=0.98,
    ground_agreement=1.0,
    covered_area=0.01,
    covered_goods=0.02,
    colour=0.93,
    rest_colour=1.0,
    ground_colour=1.0,
    texture=0.3,
    known=1.0,
)
OTHER_PRINT = replace(STICKER, rest_agreement=0.97, laid_bare=0.3, outline_followed=0.8)


def confidence(content: Content) -> float:
    return bounded(found(content), SURE)


def found(content: Content) -> Evidence:
    return photo(content, inliers=100, hash_distance=2)


def test_a_small_sticker_on_a_copied_photo_leaves_it_certain() -> None:
    assert confidence(STICKER) == SURE


def test_another_print_in_the_place_of_the_goods_own_is_no_copy_of_a_stock_photo() -> None:
    assert confidence(OTHER_PRINT) < 0.4
    assert named(replace(found(OTHER_PRINT), confidence=confidence(OTHER_PRINT))).shared is Shared.TEMPLATE


def test_a_photo_all_of_which_agrees_bears_no_other_print_however_bare_a_strong_light_leaves_it() -> None:
    assert 0.5 < confidence(replace(OTHER_PRINT, agreement=0.998, goods_agreement=0.998)) <= 0.9


@pytest.mark.parametrize(
    "changed",
    [{"rest_colour": 0.8}, {"ground_agreement": 0.5}, {"rest_agreement": 0.8}, {"laid_bare": 0.0}],
    ids=["in other colours", "on another ground", "other goods", "nothing bare"],
)
def test_what_else_differs_than_a_print_is_left_to_a_person(changed: dict[str, float]) -> None:
    assert 0.5 < confidence(replace(OTHER_PRINT, **changed)) <= 0.9


def test_a_large_sticker_strokes_beside_one_or_an_outline_that_the_goods_have_leave_it_to_a_person() -> None:
    assert confidence(replace(STICKER, covered_goods=0.05)) <= 0.9
    assert confidence(replace(STICKER, rest_agreement=0.97)) <= 0.9
    assert confidence(replace(STICKER, outline_followed=0.8)) <= 0.9


def test_another_ground_beside_goods_that_were_cut_out_is_no_print_on_them() -> None:
    goods_alone = replace(
        OTHER_PRINT, rest_agreement=0.999, goods_agreement=1.0, ground_agreement=None, ground_colour=None
    )
    assert confidence(replace(goods_alone, covered_goods=0.08, covered_area=0.31)) == SURE
    assert confidence(replace(goods_alone, covered_goods=0.08, covered_area=0.04)) < 0.4


def test_a_photo_all_of_which_is_there_but_the_grain_of_a_surface_shows_it_in_another_wood() -> None:
    whole = replace(STICKER, agreement=1.0, goods_agreement=1.0, covered_goods=0.0, covered_area=0.0)
    assert confidence(replace(whole, other_surface=0.005)) == SURE
    assert confidence(replace(whole, other_surface=0.015)) == 0.9, "so little may be words"
    assert confidence(replace(whole, other_surface=0.015, colour=0.5, rest_colour=0.5)) < 0.4
    other = replace(found(whole), confidence=confidence(replace(whole, other_surface=0.05)), refined=True)
    assert other.confidence < 0.4
    assert named(other).shared is Shared.TEMPLATE


@pytest.mark.parametrize(
    "changed",
    [
        {"simple_outline": 0.95},
        {"drawn": 0.4},
        {"outline_followed": 0.2},
        {"covered_surface": 0.9},
        {"covered_surface": None},
        {"covered_goods": 0.1},
        {"covered_area": 0.3},
        {"ground_colour": 0.5},
    ],
    ids=[
        "round as a sticker",
        "drawn",
        "with an outline of its own",
        "in other colours",
        "bare",
        "small",
        "on the ground, too",
        "recoloured",
    ],
)
def test_another_garment_on_one_model_is_no_copy_and_what_may_be_a_sticker_or_an_edit_is_left_to_a_person(
    changed: dict[str, Any],
) -> None:
    worn = replace(STICKER, covered_goods=0.4, covered_area=0.05, outline_followed=0.9, simple_outline=0.85, drawn=0.05)
    worn = replace(worn, covered_surface=0.3)
    assert confidence(worn) < 0.4
    assert 0.5 < confidence(replace(worn, **changed)) <= 0.9


def test_a_chart_under_a_band_of_words_is_likely_a_copy_where_all_beside_it_agrees() -> None:
    banded = replace(STICKER, agreement=0.8, goods_agreement=0.75, beside_band=1.0, rest_windows=60.0)

    def of(content: Content, inliers: int = 60) -> float:
        return bounded(photo(content, inliers=inliers, hash_distance=None), 0.05)

    assert 0.5 < of(banded) < 0.95
    assert of(replace(banded, beside_band=0.95)) == 0.05, "other values"
    assert of(replace(banded, beside_band=None)) == 0.05, "no band"
    assert of(replace(banded, rest_windows=2.0)) == 0.05, "little is left"
    assert of(replace(banded, rest_colour=0.5)) == 0.05, "other colours"
    assert of(banded, inliers=15) == 0.05


LARGE_STICKER = replace(
    STICKER,
    agreement=0.4,
    goods_agreement=0.2,
    covered_area=0.35,
    covered_goods=0.5,
    outline_followed=0.8,
    rest_windows=20.0,
    simple_outline=0.97,
    drawn=0.5,
)


@pytest.mark.parametrize(
    "changed",
    [
        {"simple_outline": 0.92},
        {"drawn": 0.1},
        {"rest_agreement": 0.95},
        {"rest_colour": 0.8},
        {"ground_colour": 0.8},
        {"rest_colour": None},
        {"covered_goods": 0.9},
        {"covered_area": 0.05},
        {"outline_followed": 0.95},
    ],
    ids=[
        "no outline of a sticker",
        "a photo",
        "more differs",
        "recoloured",
        "another ground",
        "nothing left",
        "all",
        "small",
        "a label of the goods",
    ],
)
def test_a_photo_under_one_large_sticker_is_likely_a_copy_where_all_beside_it_agrees(changed: dict[str, Any]) -> None:
    def of(content: Content, inliers: int = 60, *, review_only: bool = False) -> float:
        item = photo(content, inliers=inliers, hash_distance=None)
        return bounded(replace(item, review_only=review_only), 0.05)

    assert 0.5 < of(LARGE_STICKER) < 0.95
    assert of(replace(LARGE_STICKER, **changed)) == 0.05
    assert of(LARGE_STICKER, inliers=15) == 0.05
    assert 0.5 < of(replace(LARGE_STICKER, rest_windows=2.0)) < 0.95, "plain goods"
    assert of(replace(LARGE_STICKER, rest_windows=2.0), inliers=30) == 0.05
    assert of(LARGE_STICKER, review_only=True) == 0.05, "of a chart what is beside it is the layout"


def test_another_garment_in_a_photo_full_of_edges_is_no_copy_where_all_else_is_as_it_was() -> None:
    worn = replace(STICKER, covered_goods=0.3, covered_area=0.3, outline_followed=0.0, simple_outline=0.8, drawn=0.05)
    worn = replace(worn, covered_surface=0.2, ground_agreement=None, ground_colour=None)
    assert confidence(worn) < 0.4
    assert 0.5 < confidence(replace(worn, simple_outline=0.97)) <= 0.9, "a sticker"
    assert 0.5 < confidence(replace(worn, rest_agreement=0.95)) <= 0.9, "more differs"
    assert 0.5 < confidence(replace(worn, rest_colour=0.8)) <= 0.9, "an edit"
    assert 0.5 < confidence(replace(worn, ground_agreement=1.0)) <= 0.9, "it lies on the ground as much"


def test_colours_that_an_edit_turned_are_no_print() -> None:
    assert confidence(replace(STICKER, covered_goods=0.4, turned=0.9, ground_colour=0.1)) == SURE


def test_a_banner_that_lies_on_the_ground_as_much_is_no_print() -> None:
    assert confidence(replace(STICKER, covered_goods=0.08, covered_area=0.2)) == SURE


def test_what_lies_beside_the_goods_is_no_print_on_them() -> None:
    assert confidence(replace(STICKER, covered_goods=0.0, rest_agreement=0.97)) == SURE


def test_plain_goods_that_few_keypoints_place_are_never_certain_since_a_hash_says_their_shape() -> None:
    plain = replace(STICKER, texture=0.04)
    assert bounded(photo(plain, inliers=100, hash_distance=20), SURE) == SURE
    assert bounded(photo(plain, inliers=8, hash_distance=20), SURE) == 0.9
    assert bounded(photo(plain, inliers=None, hash_distance=20), SURE) == 0.9, "keypoints say nothing"
    assert bounded(photo(STICKER, inliers=8, hash_distance=20), SURE) == SURE


def test_goods_of_one_shape_are_left_to_a_person_where_half_is_undecided_and_only_some_keypoints_say_more() -> None:
    half = replace(STICKER, known=0.5)
    assert bounded(photo(half, inliers=12, hash_distance=None), SURE) == 0.9
    assert bounded(photo(half, inliers=12, hash_distance=20), SURE) == SURE
    assert bounded(photo(half, inliers=25, hash_distance=None), SURE) == SURE
    assert bounded(photo(STICKER, inliers=12, hash_distance=None), SURE) == SURE


def test_goods_of_another_colour_are_others_where_neither_a_hash_nor_keypoints_say_more() -> None:
    other = replace(STICKER, colour=0.3, rest_colour=0.3)
    assert bounded(photo(other, inliers=8, hash_distance=None), SURE) < 0.4
    assert bounded(photo(other, inliers=100, hash_distance=None), SURE) == 0.9


def test_a_photo_in_which_many_places_differ_is_left_to_a_person_as_another_chart_that_was_photographed() -> None:
    cell = ((0.0, 0.0), (9.0, 0.0), (9.0, 5.0))
    item = found(STICKER)
    assert item.photo is not None
    assert bounded(replace(item, photo=replace(item.photo, differing=(cell,) * 4)), SURE) == SURE
    assert bounded(replace(item, photo=replace(item.photo, differing=(cell,) * 5)), SURE) == 0.9


def test_a_chart_that_differs_in_many_places_is_another_where_no_more_keypoints_agree_than_of_a_layout() -> None:
    cell = ((0.0, 0.0), (9.0, 0.0), (9.0, 5.0))
    chart = replace(STICKER, rest_windows=60.0)

    def of(content: Content, inliers: int, differing: int) -> float:
        item = photo(content, inliers=inliers, hash_distance=None)
        assert item.photo is not None
        return bounded(replace(item, photo=replace(item.photo, differing=(cell,) * differing)), SURE)

    assert of(chart, 25, 5) < 0.4
    assert of(chart, 50, 5) == 0.9
    assert of(chart, 25, 4) == SURE
    assert of(replace(chart, goods_agreement=0.995), 25, 5) == 0.9
    assert of(replace(chart, rest_windows=10.0), 25, 5) == 0.9


def test_a_photo_of_which_sides_were_cut_off_is_left_to_a_person_since_a_layout_may_have_other_goods_there() -> None:
    whole = replace(STICKER, occupied=0.5)

    def of(content: Content) -> float:
        item = found(content)
        assert item.photo is not None
        alteration = Alteration((), 1.0, 0.5, 0.0, None, None, None)
        return bounded(replace(item, photo=replace(item.photo, alteration=alteration)), SURE)

    assert of(whole) == SURE
    assert of(replace(whole, occupied=0.3)) == 0.9


def test_a_swatch_of_another_colour_is_another_unless_an_edit_turned_all_hues() -> None:
    other = replace(STICKER, colour=0.0, rest_colour=0.0, ground_agreement=None, ground_colour=None)

    def swatch(content: Content) -> float:
        return bounded(replace(found(content), review_only=True), SURE)

    assert swatch(other) < 0.4
    assert swatch(replace(other, turned=0.9)) == SURE
    assert swatch(replace(other, colour=0.8, rest_colour=0.8)) == 0.9
    assert confidence(other) == 0.9  # no swatch
