"""Hues agree for one thing in two lights, disagree for two colours, and say nothing where there is no colour."""

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.colours import hue_intersection, hues
from brand_index.images import RGBImage

RED, BLUE, WHITE = (210, 20, 30), (20, 60, 200), (255, 255, 255)


def disc(ink: tuple[int, int, int], ground: tuple[int, int, int] = WHITE) -> RGBImage:
    image = np.full((120, 200, 3), ground, np.uint8)
    cv2.circle(image, (100, 60), 50, ink, cv2.FILLED)
    return image


def agreement(ours: RGBImage, theirs: RGBImage) -> float | None:
    return hue_intersection(hues(ours), hues(theirs))


def test_an_image_agrees_with_itself() -> None:
    photo = np.asarray(photographs.coffee(), np.uint8)
    assert agreement(photo, photo) == pytest.approx(1.0)


def test_one_colour_in_shade_and_in_small_is_still_that_colour() -> None:
    shaded = (disc(RED).astype(float) * 0.6).astype(np.uint8)
    found = agreement(disc(RED), np.asarray(cv2.resize(shaded, None, fx=0.3, fy=0.4), np.uint8))
    assert found is not None
    assert found > 0.9


def test_two_colours_have_nothing_in_common() -> None:
    assert agreement(disc(RED), disc(BLUE)) == pytest.approx(0.0, abs=0.02)


def test_a_ground_of_another_colour_takes_its_share() -> None:
    found = agreement(disc(RED), disc(RED, BLUE))
    assert found is not None
    assert 0.15 < found < 0.6


@pytest.mark.parametrize("ink", [(0, 0, 0), (120, 120, 120), (128, 124, 126)])
def test_of_black_and_grey_nothing_is_said(ink: tuple[int, int, int]) -> None:
    assert agreement(disc(ink), disc(RED)) is None
