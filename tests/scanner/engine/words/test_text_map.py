"""Where an image is read: all of it, a small part of it, or nothing."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage
from scanner.engine.regions import OnnxRegionFinder
from scanner.engine.words.text_map import TextMap

SIZE = (640, 480)


def a_map(*cells: tuple[int, int]) -> TextMap:
    """A map of 60 rows and 80 columns of 8 pixels, in which something can be read in these cells."""
    logits = np.full((60, 80), -4.0, np.float32)
    for row, column in cells:
        logits[row, column] = 2.0
    return TextMap(logits, (8.0, 8.0))


def with_words(photo: RGBImage) -> RGBImage:
    image = Image.fromarray(photo)
    ImageDraw.Draw(image).text((40, 40), "TARNVIK", font=ImageFont.load_default(48), fill=(250, 250, 250))
    return np.asarray(image)


def test_where_nothing_can_be_read_there_is_no_area() -> None:
    assert a_map().area(SIZE, 0.0) is None


def test_a_small_part_is_read_alone_with_room_around_it() -> None:
    area = a_map((10, 10), (10, 20)).area(SIZE, 0.0)
    assert area is not None
    assert area.left < 80
    assert area.right > 168
    assert area.top < 80
    assert area.bottom > 88
    assert (area.right - area.left) * (area.bottom - area.top) < 640 * 480 / 4


def test_an_image_with_words_all_over_is_read_whole() -> None:
    assert a_map((2, 2), (57, 77)).area(SIZE, 0.0) == (0, 0, *SIZE)


def test_an_area_stays_within_the_image() -> None:
    area = a_map((0, 0)).area(SIZE, 0.0)
    assert area is not None
    assert (area.left, area.top) == (0, 0)


def test_a_cell_that_is_too_unlikely_is_not_read() -> None:
    assert a_map((10, 10)).area(SIZE, 2.5) is None


def test_the_finder_that_ships_sees_words_in_a_photo_and_none_without() -> None:
    finder = OnnxRegionFinder(read_manifest().finder)
    photo = np.asarray(data.chelsea())
    found, clean = (finder.find(image, 30).text for image in (with_words(photo), photo))
    assert found is not None
    assert clean is not None
    assert found.logits.max() > 0 > clean.logits.max()
    area = found.area((photo.shape[1], photo.shape[0]), 0.0)
    assert area is not None
    assert area.left <= 40
    assert area.top <= 50
    assert area.right >= 40 + ImageFont.load_default(48).getlength("TARNVIK") - 10


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3)])
def test_an_image_of_any_shape_has_a_map(shape: tuple[int, int]) -> None:
    text = OnnxRegionFinder(read_manifest().finder).find(np.zeros((*shape, 3), np.uint8), 30).text
    assert text is not None
    assert text.area((shape[1], shape[0]), 99.0) is None
