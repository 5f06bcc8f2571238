"""What was pasted level into a photo is found by its edges, to half a pixel; photos and patterns hold no such thing."""

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.images import RGBImage
from scanner.engine.parts.rectangles import pasted_rectangle

PHOTOS = {
    "a cat": photographs.chelsea(),
    "a cup of coffee": photographs.coffee(),
    "a rocket": photographs.rocket(),
    "an astronaut": photographs.astronaut(),
}


def reduced(image: RGBImage) -> RGBImage:
    scale = 256 / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def shaded(width: int, height: int) -> RGBImage:
    """Goods, an ellipse, on a ground that gets darker downward, so that no tone of it is the ground's."""
    ground = np.linspace(235, 150, height)[:, None, None]
    image = np.broadcast_to(ground, (height, width, 3)).astype(np.uint8).copy()
    return np.asarray(
        cv2.ellipse(image, (width // 2, height // 2), (width // 3, height // 4), 20, 0, 360, (150, 40, 60), -1)
    )


def pasted(onto: RGBImage, left: int, top: int, width: int, height: int) -> RGBImage:
    image = np.asarray(cv2.resize(onto, (1024, 768)), np.uint8).copy()
    image[top : top + height, left : left + width] = shaded(width, height)
    return image


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("place", [(100, 80, 420, 330), (391, 203, 260, 400), (500, 300, 470, 410)])
def test_goods_on_a_shaded_ground_are_found_where_they_were_pasted(name: str, place: tuple[int, int, int, int]) -> None:
    found = pasted_rectangle(reduced(pasted(np.asarray(PHOTOS[name]), *place)))
    assert found is not None
    left, top, width, height = place
    corners = (found + 0.5) * 4
    assert np.abs(corners[0] - (left, top)).max() < 4
    assert np.abs(corners[2] - (left + width, top + height)).max() < 4


def test_that_which_was_pasted_is_found_and_not_goods_in_it_that_are_a_rectangle_too() -> None:
    image = pasted(np.asarray(PHOTOS["a cat"]), 391, 203, 360, 450)
    cv2.rectangle(image, (481, 250), (661, 600), (40, 40, 60), -1)
    found = pasted_rectangle(reduced(image))
    assert found is not None
    assert np.abs((found[0] + 0.5) * 4 - (391, 203)).max() < 4


def test_its_corners_are_clockwise_from_the_top_left() -> None:
    found = pasted_rectangle(reduced(pasted(np.asarray(PHOTOS["a cat"]), 391, 203, 260, 400)))
    assert found is not None
    assert cv2.contourArea(found, oriented=True) > 0
    assert found.sum(axis=1).argmin() == 0


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_alone_holds_none(name: str) -> None:
    assert pasted_rectangle(reduced(np.asarray(PHOTOS[name]))) is None


def test_stripes_hold_none() -> None:
    columns = np.arange(256) // 8 % 2 * 160 + 40
    assert pasted_rectangle(np.repeat(np.tile(columns, (200, 1))[:, :, None], 3, axis=2).astype(np.uint8)) is None


def test_what_is_turned_holds_none() -> None:
    image = pasted(np.asarray(PHOTOS["a cat"]), 300, 200, 400, 300)
    turned = cv2.warpAffine(
        image, cv2.getRotationMatrix2D((512, 384), 12, 1.0), (1024, 768), borderMode=cv2.BORDER_REFLECT
    )
    assert pasted_rectangle(reduced(np.asarray(turned, np.uint8))) is None


@pytest.mark.parametrize("shape", [(1, 256), (256, 1), (3, 3), (17, 256)])
def test_an_image_of_a_few_pixels_holds_none(shape: tuple[int, int]) -> None:
    assert pasted_rectangle(np.full((*shape, 3), 90, np.uint8)) is None
