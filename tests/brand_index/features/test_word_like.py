"""A line of letters looks like a word; a photo, a letter alone and a device with a name do not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.features.word_like import is_word_like
from brand_index.images import RGBImage


def written(
    text: str, ink: tuple[int, int, int] = (20, 20, 20), ground: tuple[int, int, int] = (255, 255, 255)
) -> RGBImage:
    font = ImageFont.load_default(90)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    card = Image.new("RGB", (right - left + 6, bottom - top + 6), ground)
    ImageDraw.Draw(card).text((3 - left, 3 - top), text, font=font, fill=ink)
    return np.asarray(card, np.uint8)


@pytest.mark.parametrize("text", ["fast", "ARM", "Charm", "pure home"])
def test_a_line_of_letters_looks_like_a_word_in_any_colours(text: str) -> None:
    assert is_word_like(written(text))
    assert is_word_like(written(text, (255, 255, 255), (180, 20, 30)))


def test_a_letter_a_sign_and_a_photo_do_not() -> None:
    sign = Image.new("RGB", (300, 200), (255, 255, 255))
    ImageDraw.Draw(sign).regular_polygon((150, 100, 90), 5, fill=(0, 90, 30))
    assert not is_word_like(np.asarray(sign, np.uint8))
    assert not is_word_like(written("W"))
    assert not is_word_like(np.asarray(photographs.coffee(), np.uint8))


def test_a_line_under_the_word_or_a_band_behind_it_makes_no_difference() -> None:
    word = written("Guess")
    height, width = word.shape[:2]
    underlined = np.vstack([word, np.full((height // 4, width, 3), 255, np.uint8)])
    underlined[-height // 8 :] = (90, 200, 190)
    assert is_word_like(underlined)
    band = Image.new("RGB", (width + 120, height + 80), (255, 255, 255))
    ImageDraw.Draw(band).rounded_rectangle((0, 0, width + 119, height + 79), 40, fill=(200, 20, 120))
    band.paste(Image.fromarray(written("Guess", (255, 255, 255), (200, 20, 120))), (60, 40))
    assert is_word_like(np.asarray(band, np.uint8))
