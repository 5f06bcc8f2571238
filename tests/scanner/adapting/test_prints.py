"""Prints of logos on images: where they are, on which image, and the same again for the same seed."""

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.images import DecodedImage, decode
from scanner.adapting.prints import draw_prints
from tests.conftest import draw_logo, png

PHOTO = np.asarray(photographs.coffee(), np.uint8)
LOGOS = [
    decode(png(draw_logo("ACME", (200, 30, 40))), name="acme"),
    decode(png(draw_logo("BOLT", (20, 60, 160), ground=(250, 250, 250, 255))), name="bolt"),
]


@pytest.mark.parametrize("logo", LOGOS, ids=["transparent", "on white"])
def test_a_print_changes_its_box_far_more_than_the_rest(logo: DecodedImage) -> None:
    for each in draw_prints([logo], [PHOTO], 8, seed=1):
        changed = np.abs(each.image.astype(int) - PHOTO).mean(axis=2)
        inside = np.zeros(changed.shape, bool)
        inside[each.box.top : each.box.bottom, each.box.left : each.box.right] = True
        # Light and JPEG change all of it by a factor and a little.
        assert np.percentile(changed[inside], 90) > np.percentile(changed[~inside], 50)
        assert 0.001 < inside.mean() < 0.8


def test_logos_are_printed_by_turns() -> None:
    assert [each.logo for each in draw_prints(LOGOS, [PHOTO], 5, seed=2)] == [0, 1, 0, 1, 0]


def test_one_seed_gives_the_same_prints_and_another_others() -> None:
    one, same, other = (draw_prints(LOGOS, [PHOTO], 2, seed=seed)[1].image for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_images_that_are_printed_on_stay_as_they_are() -> None:
    kept = PHOTO.copy()
    draw_prints(LOGOS, [PHOTO], 3, seed=5)
    assert np.array_equal(PHOTO, kept)
