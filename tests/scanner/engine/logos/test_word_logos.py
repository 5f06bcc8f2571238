"""A logo that looks like a word is found on goods and not in running text, where the word stands by chance."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.engine.examiner import Examiner
from scanner.settings import Settings
from tests.conftest import filled, png

LINES = (
    "Charging is fast and safe",
    "fast to dry, cold wash only",
    "Soft touch, fast colours",
    "a breakfast of one minute",
    "stays fast when it is wet",
)


def lettering(text: str, size: int, margin: int) -> Image.Image:
    font = ImageFont.load_default(size)
    width = round(font.getlength(text)) + 2 * margin
    card = Image.new("RGB", (width, size + 2 * margin), (255, 255, 255))
    ImageDraw.Draw(card).text((margin, margin - size // 8), text, font=font, fill=(15, 15, 15))
    return card


@pytest.fixture(scope="module")
def examiner(tmp_path_factory: pytest.TempPathFactory) -> Examiner:
    place, settings = Store(tmp_path_factory.mktemp("words")), Settings()
    brand = Brand("fast", "Fast", "Fast Ltd", "ip@fast.example")
    word = (brand, ReferenceKind.LOGO, png(lettering("fast", 160, 40)), "fast.png")
    return Examiner.open(filled(place, settings, word), settings)


def confidence(examiner: Examiner, image: RGBImage) -> float:
    found = examiner.examine(png(Image.fromarray(image))).evidence
    return max((each.confidence for each in found), default=0.0)


def panel(size: int) -> RGBImage:
    """LINES as a list, as description images have them."""
    sheet = Image.new("RGB", (22 * size, (3 + 2 * len(LINES)) * size), (255, 255, 255))
    for number, line in enumerate(LINES):
        sheet.paste(lettering(line, size, size // 3), (size, (1 + 2 * number) * size))
    return np.asarray(sheet, np.uint8)


def test_the_word_in_lines_of_its_own_letters_is_not_flagged_and_the_logo_on_goods_is(
    examiner: Examiner,
) -> None:
    assert all(confidence(examiner, panel(size)) < 0.3 for size in (24, 36))
    goods = np.asarray(photographs.rocket(), np.uint8).copy()
    label = np.asarray(lettering("fast", 60, 22), np.uint8)
    goods[200 : 200 + label.shape[0], 240 : 240 + label.shape[1]] = label
    assert confidence(examiner, goods) > 0.8
