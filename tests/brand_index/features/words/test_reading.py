"""The reader of images: drawn words, whichever way up they are."""

from functools import cache
from unicodedata import normalize

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from brand_index.features.weights import read_manifest
from brand_index.features.words.lines import Line, LineFinder
from brand_index.features.words.reading import OnnxTextReader
from brand_index.features.words.recognition import Recognized, Recognizer
from brand_index.features.words.text_line import TextLine
from brand_index.images import RGBImage


@cache
def reader() -> OnnxTextReader:
    manifest = read_manifest()
    assert manifest.lines is not None
    assert manifest.characters is not None
    return OnnxTextReader(manifest.lines, manifest.characters)


def written(
    *lines: str,
    size: int = 40,
    ink: tuple[int, int, int] = (20, 30, 90),
    ground: tuple[int, int, int] = (235, 232, 225),
) -> RGBImage:
    """Lines below each other on a plain sheet of 480 x 360 pixels."""
    sheet = Image.new("RGB", (480, 360), ground)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size)
    for row, line in enumerate(lines):
        pen.text((50, 60 + row * 2 * size), line, font=font, fill=ink)
    return np.asarray(sheet)


def texts(image: RGBImage) -> list[str]:
    return [line.text for line in reader().read(np.ascontiguousarray(image))]


def centre(line: TextLine) -> tuple[float, float]:
    x, y = np.mean(line.corners, axis=0)
    return float(x), float(y)


def test_lines_are_read_from_top_to_bottom() -> None:
    assert texts(written("TARNVIK", "Orlanda sport")) == ["TARNVIK", "Orlanda sport"]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_word_is_read_in_each_way_up(quarters: int) -> None:
    assert "TARNVIK" in texts(np.rot90(written("TARNVIK"), quarters))


def test_the_words_of_a_mirrored_image_are_read_and_begin_on_their_right() -> None:
    line, below = reader().read(np.ascontiguousarray(written("TARNVIK", "Orlanda sport")[:, ::-1]))
    assert [line.text, below.text] == ["TARNVIK", "Orlanda sport"]
    assert line.corners[0][0] > line.corners[1][0]


def test_beside_a_word_that_is_surely_read_nothing_is_read_in_a_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    recognize = Recognizer.recognize

    def counted(recognizer: Recognizer, line: RGBImage) -> Recognized:
        nonlocal asked
        asked += 1
        return recognize(recognizer, line)

    sheet = np.concatenate([written("TARNVIK", size=60)[:180], written("Orlanda sport")[:180, ::-1]])
    seen = reader().see(sheet)
    monkeypatch.setattr(Recognizer, "recognize", counted)
    reader().read_lines(sheet, seen)
    assert asked == 3  # the second line upside down, too


def test_low_words_are_read_upside_down_where_nothing_higher_is_written() -> None:
    said = texts(written("TARNVIK sport", "Orlanda shoes", size=9)[::-1, ::-1])
    assert said == ["Orlanda shoes", "TARNVIK sport"]


def test_a_low_unclear_line_below_a_higher_one_is_not_tried_upside_down(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[RGBImage] = []

    def unclear(recognizer: Recognizer, line: RGBImage) -> Recognized:
        tried.append(line)
        return Recognized("word", 0.6, (0.1, 0.4, 0.6, 0.9))

    monkeypatch.setattr(Recognizer, "recognize", unclear)
    high, low = (Line((200, middle), 200, height, 0.0, 0.9) for middle, height in ((100, 40), (200, 10)))
    reader().read_lines(written("word"), [high, low])
    assert len(tried) == 4  # the high line upside down and in a mirror, too


def test_light_words_on_a_dark_ground_are_read() -> None:
    assert texts(written("Korvelo", ink=(240, 240, 230), ground=(25, 30, 60))) == ["Korvelo"]


def test_letters_below_each_other_are_one_word() -> None:
    sheet = Image.new("RGB", (300, 560), (250, 240, 225))
    for row, letter in enumerate("VELTRA"):
        ImageDraw.Draw(sheet).text((120, 20 + row * 85), letter, font=ImageFont.load_default(64), fill=(0, 0, 0))
    (line,) = reader().read(np.asarray(sheet))
    assert line.text == "VELTRA"
    assert line.corners[0][1] < 60, "it begins on top"
    assert line.corners[1][1] > 450, "and goes down"


def test_letters_far_apart_are_one_word() -> None:
    sheet = Image.new("RGB", (640, 200), (250, 240, 225))
    for column, letter in enumerate("VELTRA"):
        ImageDraw.Draw(sheet).text((30 + column * 95, 60), letter, font=ImageFont.load_default(56), fill=(0, 0, 0))
    assert normalize("NFKC", "".join(texts(np.asarray(sheet)))).replace(" ", "") == "VELTRA"


def test_the_corners_of_a_turned_line_begin_at_its_first_letter() -> None:
    (level,) = reader().read(written("TARNVIK"))
    (upside_down,) = reader().read(np.ascontiguousarray(written("TARNVIK")[::-1, ::-1]))
    for one, other in zip(level.corners, upside_down.corners, strict=True):
        assert one == pytest.approx((480 - other[0], 360 - other[1]), abs=12)


def test_a_part_of_a_line_lies_where_its_letters_are() -> None:
    (line,) = reader().read(written("Orlanda TARNVIK"))
    begin = line.text.index("TARNVIK")
    part = line.part(begin, begin + 7)
    font = ImageFont.load_default(40)
    assert part[0][0] == pytest.approx(50 + font.getlength("Orlanda "), abs=15)
    assert part[1][0] == pytest.approx(50 + font.getlength("Orlanda TARNVIK"), abs=15)


def test_small_words_in_a_large_image_are_read_at_its_own_size() -> None:
    large = np.full((900, 1200, 3), 230, np.uint8)
    large[400:760, 300:780] = written("TARNVIK", size=34)
    (line,) = reader().read(large)
    assert line.text == "TARNVIK"
    assert centre(line)[0] == pytest.approx(300 + 50 + ImageFont.load_default(34).getlength("TARNVIK") / 2, abs=15)


def test_a_photo_without_words_has_none() -> None:
    assert reader().read(np.asarray(data.chelsea())) == ()


def page_of(lines: int, title: str) -> Image.Image:
    page = Image.new("RGB", (1000, 60 + 20 * lines), "white")
    ImageDraw.Draw(page).text((10, 4), title, font=ImageFont.load_default(40), fill="black")
    for row in range(lines):
        ImageDraw.Draw(page).text(
            (10, 60 + row * 20), "abc def ghi " * 3, font=ImageFont.load_default(14), fill="black"
        )
    return page


@pytest.mark.parametrize("width", [500, 1500])
def test_of_a_page_as_much_is_read_as_is_wanted_the_highest_lines_first(width: int) -> None:
    page = np.asarray(page_of(12, "TARNVIK"))
    seen = reader().see(page)
    read = reader().read_lines(page, seen, width)
    assert read.lines[0].text == "TARNVIK"
    assert sum(min(1200, line.length * 48 / line.height) for line in seen if line not in read.left_out) <= width + 1
    assert 0 < len(read.left_out) < len(seen)


def test_all_of_a_page_is_read_where_it_is_no_more_than_is_wanted() -> None:
    page = np.asarray(page_of(12, "TARNVIK"))
    assert reader().read_all(page).left_out == ()


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 3)])
def test_an_image_of_any_shape_is_taken(shape: tuple[int, int]) -> None:
    assert reader().read(np.zeros((*shape, 3), np.uint8)) == ()


def test_lines_are_found_the_largest_first() -> None:
    manifest = read_manifest()
    assert manifest.lines is not None
    found = LineFinder(manifest.lines).find(written("TARNVIK", "Orlanda sport", "x" * 12))
    areas = [line.length * line.height for line in found]
    assert len(areas) == 3
    assert areas == sorted(areas, reverse=True)


def test_a_line_that_is_much_longer_than_high_is_read_to_its_end() -> None:
    words = "parents stands obtained romantic curious photo baby angel picked proof mike savings released happy methods"
    sheet = Image.new("RGB", (1400, 120), (250, 250, 250))
    ImageDraw.Draw(sheet).text(
        (20, 40), f"{words} tarnvik looks regret", font=ImageFont.load_default(18), fill=(10, 10, 10)
    )
    said = " ".join(texts(np.asarray(sheet)))
    assert "tarnvik" in said, said
    assert sum(word in said for word in words.split()) >= 12, said


def test_the_places_of_the_letters_of_a_long_line_are_in_order() -> None:
    sheet = Image.new("RGB", (1400, 120), (250, 250, 250))
    ImageDraw.Draw(sheet).text((20, 40), "tarnvik korvelo " * 9, font=ImageFont.load_default(18), fill=(10, 10, 10))
    (line, *_) = sorted(reader().read(np.asarray(sheet)), key=lambda each: -len(each.text))
    assert len(line.places) == len(line.text)
    assert list(line.places) == sorted(line.places)
    assert 0 <= line.places[0] < line.places[-1] <= 1
