"""The parts of artwork: what its gaps part and what they do not, and where it seems to be cut off."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from brand_index.features.forms.parts import Part, cut_part, edges_cut, parts_of
from brand_index.images import DecodedImage, decode
from brand_index.types import SourceRegion

WHITE, CLEAR, INK = (255, 255, 255, 255), (0, 0, 0, 0), (20, 40, 120, 255)


def canvas(width: int, height: int, ground: tuple[int, ...] = WHITE) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGBA", (width, height), ground)
    return image, ImageDraw.Draw(image)


def sign(pen: ImageDraw.ImageDraw, x: int, y: int, side: int = 160) -> None:
    pen.ellipse((x, y, x + side, y + side), outline=INK, width=side // 10)
    pen.regular_polygon((x + side / 2, y + side / 2, side / 3), 5, fill=INK)


def word(pen: ImageDraw.ImageDraw, x: int, y: int, text: str = "TARNVIK", size: int = 90) -> None:
    pen.text((x, y), text, fill=INK, font=ImageFont.load_default(size))


def decoded(image: Image.Image, format: str = "PNG") -> DecodedImage:
    buffer = io.BytesIO()
    (image if format == "PNG" else image.convert("RGB")).save(buffer, format)
    return decode(buffer.getvalue())


def regions(image: Image.Image) -> list[SourceRegion]:
    return [part.region for part in parts_of(decoded(image))]


@pytest.mark.parametrize("ground", [WHITE, CLEAR])
def test_a_sign_beside_its_word_is_two_parts(ground: tuple[int, ...]) -> None:
    image, pen = canvas(700, 200, ground)
    sign(pen, 20, 20)
    word(pen, 230, 45)
    first, second = regions(image)
    assert first == pytest.approx((20, 20, 181, 181), abs=4)
    assert second[0] > 225
    assert second[2] <= 700


def test_a_sign_above_its_word_is_two_parts() -> None:
    image, pen = canvas(440, 330)
    sign(pen, 140, 20)
    word(pen, 20, 215)
    assert len(regions(image)) == 2


def test_two_signs_are_two_parts() -> None:
    image, pen = canvas(440, 200)
    sign(pen, 20, 20)
    sign(pen, 250, 20)
    assert len(regions(image)) == 2


def test_a_word_alone_is_no_parts() -> None:
    image, pen = canvas(480, 130)
    word(pen, 20, 15)
    assert regions(image) == []


def test_words_in_a_row_are_no_parts() -> None:
    image, pen = canvas(900, 130)
    word(pen, 20, 15, "TARN VIK NORD SUND")
    assert regions(image) == []


def test_a_word_within_a_ring_is_no_part() -> None:
    image, pen = canvas(500, 500)
    pen.ellipse((20, 20, 480, 480), outline=INK, width=20)
    word(pen, 90, 200, size=70)
    assert regions(image) == []


def test_small_print_under_a_word_is_refused() -> None:
    image, pen = canvas(700, 300)
    word(pen, 20, 15, size=150)
    word(pen, 60, 240, "since nineteen hundred and four", size=28)
    assert [part.refused for part in parts_of(decoded(image))] == [None, "it is small print"]


def test_a_dot_beside_a_sign_is_a_detail() -> None:
    image, pen = canvas(260, 240)
    sign(pen, 10, 60)
    pen.ellipse((200, 20, 222, 42), fill=INK)
    assert [part.refused for part in parts_of(decoded(image))] == [None, "it is a small detail"]


def test_what_stands_on_a_photograph_is_no_parts() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 700, 3), np.uint8)
    image = Image.fromarray(noise).convert("RGBA")
    sign(ImageDraw.Draw(image), 20, 20)
    assert regions(image) == []


def test_a_part_is_cut_without_what_reaches_into_its_corner() -> None:
    image, pen = canvas(400, 300)
    sign(pen, 20, 20, 200)
    pen.rectangle((215, 225, 395, 290), fill=(200, 0, 0, 255))
    whole = decoded(image)
    first, other = Part((20, 20, 221, 221), None), Part((215, 224, 396, 291), None)
    cut = decode(cut_part(whole, first, (first, other))).frames[0]
    assert not (cut[..., 0].astype(int) - cut[..., 2] > 100).any()


def test_artwork_that_meets_one_edge_seems_cut_off() -> None:
    image, pen = canvas(300, 300)
    pen.ellipse((150, 60, 380, 240), fill=INK)
    assert edges_cut(decoded(image)) == ("right",)


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_artwork_that_fits_its_image_is_not_cut_off(format: str) -> None:
    image, pen = canvas(300, 200)
    pen.ellipse((0, 30, 299, 170), fill=INK)
    assert edges_cut(decoded(image, format)) == ()
