"""The edits of the copies benchmark: repeatable, and doing what their names say; not whether Markscan sees through."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from benchmarks.augly_edits import augly_edits
from benchmarks.copy_task import balanced
from benchmarks.edits import EDITS, Edit
from benchmarks.materials import cover
from skimage.data import astronaut, chelsea, coffee

from brand_index.images import RGBImage

EDIT_NAMES = {edit.name: edit for edit in EDITS}


@pytest.fixture(scope="module")
def photo() -> RGBImage:
    return np.asarray(cv2.resize(chelsea(), (300, 200), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def others() -> list[RGBImage]:
    return [
        np.asarray(cv2.resize(image, (240, 240), interpolation=cv2.INTER_AREA), np.uint8)
        for image in (astronaut(), coffee())
    ]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_the_same_seed_gives_the_same_pixels(edit: Edit, photo: RGBImage, others: Sequence[RGBImage]) -> None:
    assert np.array_equal(edit(photo, seed=7, others=others), edit(photo, seed=7, others=others))


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_returns_a_different_image_of_the_same_type(
    edit: Edit, photo: RGBImage, others: Sequence[RGBImage]
) -> None:
    edited = edit(photo, seed=7, others=others)
    assert (str(edited.dtype), edited.ndim, edited.shape[2]) == ("uint8", 3, 3)
    assert edited.shape != photo.shape or not np.array_equal(edited, photo)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_does_not_change_its_input(edit: Edit, photo: RGBImage, others: Sequence[RGBImage]) -> None:
    before = photo.copy()
    edit(photo, seed=3, others=others)
    assert np.array_equal(photo, before)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_a_narrow_thumbnail_can_be_edited_too(edit: Edit, others: Sequence[RGBImage]) -> None:
    assert edit(np.full((40, 17, 3), 128, np.uint8), seed=1, others=others).size


@pytest.mark.parametrize("percent", [10, 30, 50, 70])
def test_a_crop_removes_the_share_of_the_area_in_its_name(
    percent: int, photo: RGBImage, others: Sequence[RGBImage]
) -> None:
    cropped = EDIT_NAMES[f"crop {percent} %"](photo, seed=1, others=others)
    assert cropped.shape[0] * cropped.shape[1] / (300 * 200) == pytest.approx(1 - percent / 100, abs=0.01)


@pytest.mark.parametrize("percent", [20, 35, 50])
def test_a_pasted_image_takes_up_the_share_in_the_edit_s_name(
    percent: int, photo: RGBImage, others: Sequence[RGBImage]
) -> None:
    collage = EDIT_NAMES[f"paste at {percent} %"](photo, seed=1, others=others)
    assert photo.shape[0] * photo.shape[1] / (collage.shape[0] * collage.shape[1]) == pytest.approx(
        percent / 100, abs=0.01
    )


def test_a_collage_shows_the_complete_image_in_exactly_one_of_four_cells(
    photo: RGBImage, others: Sequence[RGBImage]
) -> None:
    collage = EDIT_NAMES["collage of 4"](photo, seed=1, others=others)
    cells = [collage[top : top + 200, left : left + 300] for top in (0, 200) for left in (0, 300)]
    assert sum(np.array_equal(cell, photo) for cell in cells) == 1


def test_a_mirrored_image_mirrored_again_is_the_image(photo: RGBImage, others: Sequence[RGBImage]) -> None:
    edit = EDIT_NAMES["mirror"]
    assert np.array_equal(edit(edit(photo, seed=1, others=others), seed=1, others=others), photo)


def test_a_dark_image_has_about_a_quarter_of_the_light(photo: RGBImage, others: Sequence[RGBImage]) -> None:
    assert 0.18 < EDIT_NAMES["dark"](photo, seed=1, others=others).mean() / photo.mean() < 0.4


def test_a_halftone_keeps_the_light_of_the_image_in_two_levels(photo: RGBImage, others: Sequence[RGBImage]) -> None:
    dots = EDIT_NAMES["halftone"](photo, seed=1, others=others)
    assert set(np.unique(dots)) == {20, 250}
    assert dots.mean() == pytest.approx(photo.mean(), abs=30)


def test_a_thumbnail_has_a_long_side_of_96_to_128_pixels(photo: RGBImage, others: Sequence[RGBImage]) -> None:
    assert 96 <= max(EDIT_NAMES["small"](photo, seed=1, others=others).shape) <= 128


def test_names_are_unique_so_that_each_edit_has_its_own_row() -> None:
    names = [edit.name for edit in (*EDITS, *augly_edits())]
    assert len(names) == len(set(names))


def test_a_covering_image_has_exactly_the_size_asked_for(photo: RGBImage) -> None:
    assert cover(photo, 123, 457).shape == (457, 123, 3)


def test_no_photo_is_edited_twice_in_one_way_and_no_edit_is_used_much_more(tmp_path: Path) -> None:
    originals = [tmp_path / str(number) for number in range(20)]
    pairs = balanced(originals, EDITS, 7, np.random.default_rng(0))
    uses = [sum(edit.name == name for _, edit in pairs) for name in EDIT_NAMES]
    assert len({(path, edit.name) for path, edit in pairs}) == 140
    assert max(uses) - min(uses) <= 1


def test_more_edits_of_each_photo_than_exist_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 edits of each"):
        balanced([tmp_path], [Edit("only", lambda image, given: image)], 2, np.random.default_rng(0))


@pytest.mark.filterwarnings("ignore")  # AugLy leaves files open
@pytest.mark.skipif(not augly_edits(), reason="augly is not installed (extra benchmark)")
def test_augly_s_edits_are_repeatable_and_change_the_image(photo: RGBImage, others: Sequence[RGBImage]) -> None:
    for edit in augly_edits():
        edited = edit(photo, seed=7, others=others)
        assert np.array_equal(edited, edit(photo, seed=7, others=others)), edit.name
        assert edited.shape != photo.shape or not np.array_equal(edited, photo), edit.name
