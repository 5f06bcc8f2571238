"""A word of running text has text around it; a mark that stands alone, or is printed again and again, has not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.images import RGBImage
from scanner.engine.boxes import Box
from scanner.engine.logos.text_around import text_around

FONT = ImageFont.load_default(34)
LINES = ("Soft cotton, warm and light", "made to last for a long time", "wash cold and iron low heat")


def page(*lines: str) -> RGBImage:
    """Lines of text on a card, black on white."""
    card = Image.new("RGB", (640, 60 + 60 * len(lines)), (255, 255, 255))
    pen = ImageDraw.Draw(card)
    for number, line in enumerate(lines):
        pen.text((40, 30 + 60 * number), line, font=FONT, fill=(20, 20, 20))
    return np.asarray(card, np.uint8)


def place_of(word: str, line: str, number: int = 0) -> Box:
    """The box of `word` in a line of a page."""
    left, right = (round(40 + FONT.getlength(line[:end])) for end in (line.index(word), line.index(word) + len(word)))
    return Box(left - 3, 28 + 60 * number, right + 2, 66 + 60 * number)


@pytest.mark.parametrize(("line", "word"), [(0, "warm"), (1, "last"), (2, "cold")])
def test_a_word_of_a_text_has_text_around_it(line: int, word: str) -> None:
    measured = text_around(page(*LINES), place_of(word, LINES[line], line))
    assert measured is not None
    assert measured > 0.8


def test_a_part_of_a_longer_word_has_text_around_it() -> None:
    measured = text_around(page("Pharmacy"), place_of("arm", "Pharmacy"))
    assert measured is not None
    assert measured > 0.7


def test_a_word_that_stands_alone_has_none_on_a_card_or_on_a_photo() -> None:
    assert text_around(page("", "warm", ""), place_of("warm", "warm", 1)) == 0
    photo = np.asarray(photographs.coffee(), np.uint8).copy()
    photo[100:160, 200:360] = page("warm")[25:85, 30:190]
    measured = text_around(photo, Box(205, 102, 300, 146))
    assert measured is not None
    assert measured < 0.2


def test_a_word_in_light_on_dark_is_measured_too() -> None:
    measured = text_around(255 - page(*LINES), place_of("last", LINES[1], 1))
    assert measured is not None
    assert measured > 0.8


def test_a_mark_that_is_printed_again_and_again_is_no_text() -> None:
    line = "warm warm warm warm warm"
    measured = text_around(page(line, line, line), place_of("warm", line, 1))
    assert measured is not None
    assert measured < 0.2


def test_where_nothing_is_drawn_or_all_is_too_small_it_cannot_be_told() -> None:
    blank = np.full((200, 300, 3), 200, np.uint8)
    assert text_around(blank, Box(40, 40, 140, 90)) is None
    assert text_around(page(*LINES), Box(40, 40, 140, 44)) is None
