"""Rectified pixels agree for a copy, and do not for another photo in the same quadrilateral."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from scanner.engine.boxes import Quad
from scanner.engine.photometry import PhotoAgreement, logo_ncc, photo_agreement, rectify_padded
from tests.conftest import draw_logo


def thumbnail(image: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(np.asarray(image, np.uint8), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (96, 96), interpolation=cv2.INTER_AREA), np.uint8)


def ncc(image: np.ndarray, quad: Quad, small: np.ndarray) -> float | None:
    found = photo_agreement(image, quad, small)
    return None if found is None else found.ncc


PHOTO = np.asarray(photographs.astronaut(), np.uint8)
THUMBNAIL = thumbnail(PHOTO)


def whole(image: np.ndarray) -> Quad:
    height, width = image.shape[:2]
    return ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: (image * 0.4 + 20).astype(np.uint8),
        lambda image: cv2.GaussianBlur(image, (0, 0), 2),
        lambda image: cv2.resize(image, (1500, 1100)),
        lambda image: cv2.resize(image, (120, 90), interpolation=cv2.INTER_AREA),
    ],
    ids=["same", "dark", "blurred", "larger", "small"],
)
def test_a_copy_agrees_whatever_its_light_size_and_sharpness(change: Callable[[np.ndarray], np.ndarray]) -> None:
    copy = np.asarray(change(PHOTO), np.uint8)
    found = ncc(copy, whole(copy), THUMBNAIL)
    assert found is not None
    assert found > 0.85


def test_the_goods_alone_agree_where_another_ground_outvotes_them() -> None:
    goods = np.zeros((96, 96), np.uint8)
    cv2.ellipse(goods, (48, 48), (26, 38), 0, 0, 360, 255, -1)
    on_goods = cv2.resize(goods, PHOTO.shape[1::-1])[..., None] > 0
    ground = np.asarray(cv2.resize(np.asarray(photographs.coffee(), np.uint8), PHOTO.shape[1::-1]), np.uint8)
    scene = np.asarray(np.where(on_goods, PHOTO, ground), np.uint8)
    every, alone = (photo_agreement(scene, whole(scene), THUMBNAIL, where=where) for where in (None, goods > 0))
    assert every is not None
    assert alone is not None
    assert (every.blurred_ncc < 0.6, alone.blurred_ncc > 0.8) == (True, True)


def test_what_lies_at_an_angle_is_rectified_with_its_surroundings() -> None:
    corners = np.array([[140, 60], [420, 120], [380, 430], [90, 330]], np.float32)
    square = np.array([[0, 0], [511, 0], [511, 511], [0, 511]], np.float32)
    scene = cv2.warpPerspective(PHOTO, cv2.getPerspectiveTransform(square, corners), (512, 512))
    quad = tuple((float(x), float(y)) for x, y in corners)
    rectified = rectify_padded(np.asarray(scene, np.uint8), quad, 112, 0.0625)  # type: ignore[arg-type]
    inner = cv2.resize(PHOTO, (100, 100), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(rectified[6:106, 6:106].ravel(), inner.ravel())[0, 1] > 0.97
    assert rectified[:3].max() < 60  # beyond the photo's edge the scene is black


@pytest.mark.parametrize("photo", [photographs.coffee, photographs.chelsea, photographs.rocket])
def test_another_photo_in_the_same_place_does_not_agree(photo: Callable[[], np.ndarray]) -> None:
    other = photo()
    found = ncc(other, whole(other), THUMBNAIL)
    assert found is not None
    assert found < 0.35


def test_a_shared_ground_under_another_object_agrees_less_than_a_copy() -> None:
    shared = PHOTO.copy()
    shared[60:460, 100:420] = cv2.resize(photographs.coffee(), (320, 400))
    found = ncc(shared, whole(shared), THUMBNAIL)
    assert found is not None
    assert found < 0.6


def striped(image: np.ndarray, colour: tuple[int, int, int] = (40, 200, 60)) -> np.ndarray:
    covered = np.asarray(image, np.uint8).copy()
    for top in range(30, covered.shape[0], 170):
        covered[top : top + 80] = colour
    return covered


def with_another_middle(image: np.ndarray) -> np.ndarray:
    shared = np.asarray(image, np.uint8).copy()
    shared[100:420, 90:430] = cv2.resize(photographs.coffee(), (340, 320))
    return shared


def halftone(image: np.ndarray) -> np.ndarray:
    grey = cv2.blur(cv2.cvtColor(np.asarray(image, np.uint8), cv2.COLOR_RGB2GRAY), (6, 6))
    rows, columns = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]]
    dots = np.hypot(rows % 6 - 2.5, columns % 6 - 2.5) <= np.sqrt((1 - grey / 255) / np.pi) * 6
    return np.repeat(np.where(dots, 20, 250).astype(np.uint8)[..., None], 3, axis=2)


def agreement_of(image: np.ndarray) -> PhotoAgreement:
    found = photo_agreement(image, whole(image), THUMBNAIL)
    assert found is not None
    return found


@pytest.mark.parametrize("colour", [(40, 200, 60), (255, 255, 255)], ids=["green", "white"])
def test_a_copy_agrees_between_stripes_that_are_drawn_over_it(colour: tuple[int, int, int]) -> None:
    assert agreement_of(striped(PHOTO, colour)).window_agreement > 0.85


def test_a_shared_ground_under_another_object_agrees_less_than_a_copy_under_stripes() -> None:
    assert agreement_of(with_another_middle(PHOTO)).window_agreement < 0.6


def test_another_photo_agrees_in_few_windows() -> None:
    assert agreement_of(np.asarray(photographs.coffee(), np.uint8)).window_agreement < 0.1


def test_the_dots_of_a_halftone_hide_a_copy_only_from_near() -> None:
    printed = agreement_of(halftone(PHOTO))
    assert printed.blurred_ncc > 0.85
    assert printed.blurred_ncc > printed.ncc


def test_another_photo_does_not_agree_from_afar_either() -> None:
    assert agreement_of(np.asarray(photographs.coffee(), np.uint8)).blurred_ncc < 0.4


def test_flat_ground_is_no_evidence() -> None:
    flat = np.full((200, 200, 3), 200, np.uint8)
    assert ncc(flat, whole(flat), np.full((96, 96), 90, np.uint8)) is None


@pytest.mark.parametrize(("x", "y"), [(900, 900), (-900, -900), (900, 0), (-900, 0), (0, 900), (0, -900)])
def test_a_quadrilateral_outside_the_image_has_no_agreement(x: float, y: float) -> None:
    outside = tuple((corner_x + x, corner_y + y) for corner_x, corner_y in whole(PHOTO))
    assert ncc(PHOTO, outside, THUMBNAIL) is None  # type: ignore[arg-type]


def patched(image: np.ndarray, level: int) -> np.ndarray:
    """The image under a grid of even squares, with no more than a small window between them."""
    grid = np.asarray(image, np.uint8).copy()
    for top in range(20, grid.shape[0], 72):
        for left in range(20, grid.shape[1], 72):
            grid[top : top + 50, left : left + 50] = level
    return grid


def test_deep_shade_is_not_taken_for_a_drawing_over_the_photo() -> None:
    shaded, painted = patched(PHOTO, 8), patched(PHOTO, 200)
    in_shade = photo_agreement(shaded, whole(shaded), thumbnail(shaded))
    under_paint = photo_agreement(painted, whole(painted), thumbnail(painted))
    assert in_shade is not None
    assert under_paint is not None
    assert in_shade.window_agreement > 0.85
    assert under_paint.window_agreement == 0.0  # nothing is left to compare


@pytest.mark.parametrize(("left", "top"), [(340, 20), (20, 330), (330, 340)])
def test_a_part_anywhere_in_a_larger_image_is_rectified_from_its_own_pixels(left: int, top: int) -> None:
    scene = np.asarray(cv2.resize(photographs.coffee(), (800, 800)), np.uint8).copy()
    scene[top : top + 400, left : left + 400] = cv2.resize(PHOTO, (400, 400), interpolation=cv2.INTER_AREA)
    right, bottom = left + 400.0, top + 400.0
    quad = ((float(left), float(top)), (right, float(top)), (right, bottom), (float(left), bottom))
    found = photo_agreement(scene, quad, THUMBNAIL)
    assert found is not None
    assert found.ncc > 0.9


def test_only_the_part_that_the_image_shows_is_compared() -> None:
    cut = PHOTO[100:400, 100:400]
    quad = ((-100.0, -100.0), (412.0, -100.0), (412.0, 412.0), (-100.0, 412.0))
    found = ncc(np.ascontiguousarray(cut), quad, THUMBNAIL)
    assert found is not None
    assert found > 0.85


@pytest.mark.parametrize(("ink", "ground"), [((255, 255, 255), (0, 0, 0)), ((200, 30, 40), (40, 60, 110))])
def test_a_logo_agrees_in_whatever_colours_it_is_printed(
    ink: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    registered = np.asarray(draw_logo("ACME", (20, 20, 20), ground=(255, 255, 255, 255)).convert("RGB"))
    printed = np.asarray(draw_logo("ACME", ink, ground=(*ground, 255)).convert("RGB"))
    found = logo_ncc(printed, whole(printed), thumbnail(registered))
    assert found is not None
    assert found > 0.8
