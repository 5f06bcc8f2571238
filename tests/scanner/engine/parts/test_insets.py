"""The inset in a flat surround is found, however it is turned or seen; photos and goods on a ground are none."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.images import RGBImage
from scanner.engine.parts.insets import inset_of, is_on_flat_ground

COFFEE = np.asarray(photographs.coffee(), np.uint8)  # 400 x 600
SURROUND = (33, 110, 190)
Corners = NDArray[np.float32]


def before_surround(corners: Corners, size: tuple[int, int] = (900, 800)) -> RGBImage:
    """The photo with these (4, 2) corners in a surround of a width and height."""
    height, width = COFFEE.shape[:2]
    own = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(own, corners)
    return np.asarray(cv2.warpPerspective(COFFEE, matrix, size, borderValue=SURROUND), np.uint8)


def turned(degrees: float) -> Corners:
    matrix = cv2.getRotationMatrix2D((300, 200), degrees, 1)
    own = np.array([[0, 0], [600, 0], [600, 400], [0, 400]], np.float32)
    return np.asarray(cv2.transform(own[None], matrix)[0] + np.array([150, 200]), np.float32)


ASKEW: Corners = np.array([[120, 90], [780, 160], [700, 640], [200, 700]], np.float32)


@pytest.mark.parametrize("corners", [turned(0), turned(5), turned(-20), turned(45), ASKEW])
def test_a_picture_in_a_flat_surround_is_found_to_a_hundredth(corners: Corners) -> None:
    found = inset_of(before_surround(corners))
    assert found is not None
    farthest = max(np.linalg.norm(corners - np.array(each), axis=1).min() for each in found)
    assert farthest < 0.01 * 720


def test_its_corners_are_clockwise_so_that_a_hash_tells_what_is_mirrored() -> None:
    found = inset_of(before_surround(turned(20)))
    assert found is not None
    assert cv2.contourArea(np.array(found, np.float32), oriented=True) > 0


def test_a_picture_that_is_turned_within_its_own_bounds_touches_all_sides_and_is_found() -> None:
    corners = turned(10)
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert inset_of(before_surround(corners - low, (round(high[0] - low[0]), round(high[1] - low[1])))) is not None


def test_words_beside_a_picture_do_not_hide_it() -> None:
    image = before_surround(turned(0))
    cv2.putText(image, "only today", (200, 720), cv2.FONT_HERSHEY_SIMPLEX, 3, (255, 255, 255), 4)
    found = inset_of(image)
    assert found is not None
    assert np.abs(np.array(found).max(axis=0) - (750, 600)).max() < 9


def test_goods_on_their_own_ground_are_found_on_a_photo_they_were_pasted_on() -> None:
    image = np.asarray(cv2.resize(np.asarray(photographs.chelsea(), np.uint8), (900, 600)), np.uint8)
    image[150:450, 300:640] = (238, 236, 231)
    cv2.circle(image, (470, 300), 110, (90, 30, 120), -1)
    found = inset_of(image)
    assert found is not None
    assert np.abs(np.sort(np.array(found), axis=0)[[0, -1]] - [(300, 150), (640, 450)]).max() < 6


def test_goods_alone_on_a_ground_of_one_tone_lie_on_a_flat_ground_and_a_photo_does_not() -> None:
    assert is_on_flat_ground(disc())
    assert not is_on_flat_ground(COFFEE)


def disc() -> RGBImage:
    image = np.full((600, 600, 3), 255, np.uint8)
    return np.asarray(cv2.circle(image, (300, 300), 200, (200, 30, 40), -1), np.uint8)


NONE: dict[str, Callable[[], RGBImage]] = {
    "a photo": lambda: COFFEE,
    "round goods on white": disc,
    "one colour": lambda: np.full((300, 200, 3), 90, np.uint8),
    "an inset with a hairline around it": lambda: np.pad(COFFEE, ((2, 2), (2, 2), (0, 0))),
    "a stamp on a large sheet": lambda: np.pad(COFFEE[:50, :50], ((200, 200), (200, 200), (0, 0))),
    "one pixel": lambda: np.zeros((1, 1, 3), np.uint8),
    "a line": lambda: np.zeros((1, 900, 3), np.uint8),
}


@pytest.mark.parametrize("image", NONE.values(), ids=NONE.keys())
def test_nothing_else_is_a_picture_in_a_surround(image: Callable[[], RGBImage]) -> None:
    assert inset_of(image()) is None
