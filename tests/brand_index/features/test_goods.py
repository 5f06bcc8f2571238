"""The goods of a registered photo are separated from the ground, exactly where it is transparent."""

import io

import cv2
import numpy as np
import skimage.data as photographs
from PIL import Image

from brand_index.features.goods import GROUND, goods_of, is_cut_out, on_goods, surely_goods
from brand_index.features.plates import PLATE_SIDE, plate_of, read_plate
from brand_index.images import RGBImage, decode


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def disc_of(photo: RGBImage) -> Image.Image:
    """The photo, transparent outside a disc in the left half."""
    alpha = np.zeros(photo.shape[:2], np.uint8)
    cv2.circle(alpha, (photo.shape[1] // 4, photo.shape[0] // 2), photo.shape[1] // 5, 255, -1)
    return Image.fromarray(np.dstack([photo, alpha]))


def test_goods_of_a_transparent_image_are_what_is_opaque() -> None:
    image = decode(png(disc_of(np.asarray(photographs.coffee(), np.uint8))))
    goods = goods_of(image, (0, 0, *image.size))
    assert goods[24, 12] == 255
    assert goods[:, 24:].max() == 0


def test_transparent_goods_are_cut_out_and_those_on_a_ground_are_not() -> None:
    coffee = np.asarray(photographs.coffee(), np.uint8)
    canvas = np.full_like(coffee, 255)
    canvas[100:300, 200:400] = coffee[100:300, 200:400]
    cut, on_white = (
        goods_of(decode(png(each)), (0, 0, 600, 400)) for each in (disc_of(coffee), Image.fromarray(canvas))
    )
    assert is_cut_out(cut)
    assert not is_cut_out(on_white)
    assert surely_goods(on_white)[:6].max() == 0
    assert surely_goods(on_white)[18:30, 20:28].mean() > 225


def test_goods_on_white_are_separated_from_it() -> None:
    coffee = np.asarray(photographs.coffee(), np.uint8)
    canvas = np.full_like(coffee, 255)
    canvas[100:300, 200:400] = coffee[100:300, 200:400]
    goods = goods_of(decode(png(Image.fromarray(canvas))), (0, 0, 600, 400))
    assert goods[18:30, 20:28].mean() > 230
    assert goods[:6].max() <= GROUND


def test_points_are_on_the_goods_or_beside_them_wherever_the_content_begins() -> None:
    goods = np.full((48, 48), GROUND, np.uint8)
    goods[:24, 24:] = 255
    points = np.array([[110, 60], [290, 60], [290, 140], [310, 40]], np.float32)
    assert on_goods(goods, points, (100, 50, 300, 150)).tolist() == [False, True, False, True]


def test_one_colour_is_goods_throughout() -> None:
    flat = Image.new("RGB", (100, 60), (200, 30, 30))
    assert goods_of(decode(png(flat)), (0, 0, 100, 60)).min() == 255


def test_a_plate_is_the_content_within_its_side() -> None:
    photo = np.asarray(photographs.astronaut(), np.uint8)
    large = cv2.resize(photo, (2000, 1600))
    plate = read_plate(plate_of(np.asarray(large, np.uint8), (0, 0, 2000, 1000)))
    assert plate.shape == (PLATE_SIDE // 2, PLATE_SIDE, 3)
    expected = cv2.resize(large[:1000], (PLATE_SIDE, PLATE_SIDE // 2), interpolation=cv2.INTER_AREA)
    assert float(cv2.absdiff(plate, np.asarray(expected, np.uint8)).mean()) < 4
