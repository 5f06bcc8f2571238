"""The views of a registered logo: all of it, its sign alone and its word alone."""

import cv2
import numpy as np
import pytest

from brand_index.features.views.drawing import logo_views
from brand_index.features.views.parts import ALL_OF_IT, cut_part, separate_parts, shows_a_word
from brand_index.images import RGBImage

WHITE = np.array([255, 255, 255], np.uint8)


def blank(height: int, width: int) -> RGBImage:
    return np.full((height, width, 3), 255, np.uint8)


def word(image: RGBImage, left: int, top: int, height: int, letters: int, gap: int) -> RGBImage:
    """Bars as letters, `gap` pixels apart."""
    for number in range(letters):
        start = left + number * (height // 2 + gap)
        image[top : top + height, start : start + height // 2] = 20
    return image


def sign_and_word() -> RGBImage:
    image = word(blank(100, 300), 140, 25, 50, 5, 6)
    cv2.circle(image, (50, 50), 49, (20, 20, 160), -1)
    return image


def test_a_sign_beside_its_word_is_separated_from_it() -> None:
    sign, letters = separate_parts(sign_and_word(), WHITE)
    assert np.round(sign, 2).tolist() == pytest.approx([0.0, 0.01, 0.33, 1.0], abs=0.02)
    assert np.round(letters, 2).tolist() == pytest.approx([0.47, 0.25, 0.97, 0.75], abs=0.03)


def test_a_sign_over_its_word_is_separated_from_it() -> None:
    image = word(blank(170, 120), 5, 130, 30, 5, 5)
    cv2.circle(image, (60, 52), 50, (20, 20, 160), -1)
    sign, letters = separate_parts(image, WHITE)
    assert sign[3] < letters[1]


def test_a_word_in_a_band_beside_a_sign_looks_like_a_word() -> None:
    image = np.full((396, 790, 3), 255, np.uint8)
    cv2.circle(image, (172, 198), 172, (20, 60, 120), -1, cv2.LINE_AA)
    cv2.rectangle(image, (423, 100), (788, 296), (20, 150, 30), -1)
    cv2.putText(image, "SUN", (470, 236), cv2.FONT_HERSHEY_SIMPLEX, 3.6, (255, 255, 255), 12, cv2.LINE_AA)
    assert [shows_a_word(image, part) for part in separate_parts(image, WHITE)] == [False, True]


def test_bare_letters_beside_a_sign_look_like_a_word() -> None:
    image = np.full((300, 900, 3), 255, np.uint8)
    cv2.circle(image, (150, 150), 149, (20, 60, 120), -1, cv2.LINE_AA)
    cv2.putText(image, "FAST", (400, 210), cv2.FONT_HERSHEY_SIMPLEX, 4.6, (0, 0, 0), 24, cv2.LINE_AA)
    assert [shows_a_word(image, part) for part in separate_parts(image, WHITE)] == [False, True]


def test_the_letters_of_a_word_are_no_parts() -> None:
    assert separate_parts(word(blank(60, 260), 5, 5, 50, 7, 10), WHITE) == ()


def test_two_words_of_one_height_are_no_parts() -> None:
    image = word(word(blank(60, 300), 2, 5, 50, 3, 5), 170, 5, 50, 4, 5)
    assert separate_parts(image, WHITE) == ()


def test_a_dot_beside_a_sign_is_no_part() -> None:
    image = blank(100, 140)
    cv2.circle(image, (50, 50), 49, (0, 0, 0), -1)
    cv2.circle(image, (130, 50), 5, (0, 0, 0), -1)
    assert separate_parts(image, WHITE) == ()


def test_a_logo_without_ink_has_no_parts() -> None:
    assert separate_parts(blank(40, 40), WHITE) == ()


def test_views_say_which_part_of_the_logo_they_show() -> None:
    image = sign_and_word()
    views, shown = logo_views(image, WHITE)
    assert len(views) == len(shown)
    sign = separate_parts(image, WHITE)[0]
    first = views[shown.index(sign)]
    assert np.array_equal(first[first.shape[0] // 2, first.shape[1] // 2], (20, 20, 160))
    assert first.shape[1] < views[0].shape[1] / 2


def test_views_of_a_logo_of_one_part_show_all_of_it() -> None:
    _, shown = logo_views(word(blank(60, 260), 5, 5, 50, 7, 10), WHITE)
    assert set(shown) == {ALL_OF_IT}


def test_a_part_is_cut_out_by_its_box() -> None:
    image = sign_and_word()
    cut = cut_part(image, (0.5, 0.0, 1.0, 1.0))
    assert np.array_equal(cut, image[:, 150:])
