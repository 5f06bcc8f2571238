"""Lines of text are regions in which logos are looked for, where images are read."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from brand_index.features.words.lines import Line
from brand_index.images import RGBImage
from brand_index.registration.checking import MarkFields
from brand_index.registration.words import NewWord, register_words
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box, overlap
from scanner.engine.examiner import Examiner, with_lines
from scanner.engine.regions import Region
from scanner.engine.words.reading import FoundWords, SeenText
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings
from tests.conftest import ACME, NOW, draw_logo, filled, png

WRITTEN = (60, 40)  # pixels: where
SIZE = 56
WHOLE = Region(Box(0, 0, 300, 200), 0.0)


def a_line(x: float, y: float, length: float, height: float, angle: float = 0.0) -> Line:
    return Line((x, y), length, height, angle, 0.9)


def seen(*lines: Line) -> SeenText:
    return SeenText(np.zeros((100, 200, 3), np.uint8), (50, 30), lines)


def written() -> tuple[RGBImage, Box]:
    """A photo with a word on it, and the word's box."""
    image, font = Image.fromarray(data.chelsea()), ImageFont.load_default(SIZE)
    ImageDraw.Draw(image).text(WRITTEN, "TARNVIK", font=font, fill=(250, 250, 250))
    left, top, right, bottom = font.getbbox("TARNVIK")
    x, y = WRITTEN
    return np.asarray(image), Box(int(x + left), int(y + top), int(x + right), int(y + bottom))


def store_with(place: Path, settings: Settings, word: str | None) -> Store:
    """A store with a logo, and a word if any."""
    store = Store(place)
    if word is not None:
        with open_registry(store) as registry:
            list(register_words(registry, store, [NewWord(ACME, word, MarkFields())], NOW))
    return filled(store, settings, (ACME, ReferenceKind.LOGO, png(draw_logo("ACME", (20, 90, 200))), "acme.png"))


def test_the_box_of_a_line_lies_in_the_image_and_around_the_line() -> None:
    (box, probability), *_ = seen(a_line(100, 50, 80, 20)).boxes(5)
    assert box == (110, 70, 190, 90)
    assert probability == 0.9


def test_the_box_of_a_turned_line_is_around_its_corners() -> None:
    ((box, _),) = seen(a_line(100, 50, 80, 20, angle=90)).boxes(5)
    assert box == (140, 40, 160, 120)


def test_the_box_of_a_line_at_the_edge_stays_within_what_was_read() -> None:
    ((box, _),) = seen(a_line(195, 95, 80, 20)).boxes(5)
    assert box == (205, 115, 250, 130)


def test_a_letter_alone_is_no_region() -> None:
    assert seen(a_line(100, 50, 25, 20)).boxes(5) == []


def test_only_the_largest_lines_are_regions_and_the_last_region_stays_the_whole_image() -> None:
    one = Region(Box(1, 2, 30, 40), 0.5)
    text = seen(a_line(100, 50, 80, 20), a_line(100, 20, 60, 10))
    regions = with_lines((one, WHOLE), text, 1)
    assert regions[0] == one
    assert regions[1].box == (110, 70, 190, 90)
    assert regions[2:] == (WHOLE,)


def test_regions_stay_as_they_are_where_nothing_is_read() -> None:
    assert with_lines((WHOLE,), None, 40) == (WHOLE,)


def of_lines_alone(settings: Settings, most: int = 40) -> Settings:
    """Settings with which no region of the finder counts."""
    return settings.model_copy(update={"regions": 1, "least_objectness": 1.0, "text_regions": most})


@pytest.mark.parametrize(("word", "is_region"), [("Tarnvik", True), (None, False)])
def test_a_line_of_text_is_a_region_once_words_are_registered(
    tmp_path: Path, settings: Settings, word: str | None, is_region: bool
) -> None:
    image, box = written()
    examiner = Examiner.open(store_with(tmp_path / "store", settings, word), of_lines_alone(settings))
    description = examiner.describe(image)
    assert any(overlap(region.box, box) >= 0.5 for region in description.regions) is is_region
    assert len(description.regions) == len(description.region_embeddings.vectors)


def test_no_line_is_a_region_where_the_settings_allow_none(tmp_path: Path, settings: Settings) -> None:
    examiner = Examiner.open(store_with(tmp_path / "store", settings, "Tarnvik"), of_lines_alone(settings, 0))
    assert len(examiner.describe(written()[0]).regions) == 1


@pytest.mark.parametrize(("shape", "unread"), [((1000, 800), 1), ((1000, 1100), 0), ((9000, 500), 1), ((300, 300), 2)])
def test_a_line_that_was_left_out_counts_where_people_read_it_in_the_image(shape: tuple[int, int], unread: int) -> None:
    left_out = (Line((50.0, 20.0), 60.0, 20.0, 0.0, 0.9), Line((50.0, 60.0), 60.0, 10.0, 0.0, 0.9))
    assert FoundWords((), left_out=left_out).unread(np.zeros((*shape, 3), np.uint8)) == unread
