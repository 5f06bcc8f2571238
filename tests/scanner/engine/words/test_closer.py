"""Where an image is read closely: unread text, and logos that a word may decide; and that it finds what is there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from brand_index.features.words.text_line import TextLine
from brand_index.images import RGBImage
from brand_index.registration.checking import MarkFields
from brand_index.registration.words import NewWord, register_words
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.examiner import Examiner
from scanner.engine.types import Evidence
from scanner.engine.words.closer import FEWEST_CELLS, places_to_read, unread_text, written_logos
from scanner.engine.words.text_map import TextMap
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings
from tests.brand_index.features.words.test_rings import badge
from tests.conftest import ACME, NOW, filled, png
from tests.scanner.engine.logos.test_one_of_a_mark import seen

SIZE = (640, 480)


def a_map(*blocks: tuple[int, int, int, int]) -> TextMap:
    """A map of cells of 8 pixels, with text in blocks of (row, column, rows, columns)."""
    logits = np.full((60, 80), -4.0, np.float32)
    for row, column, rows, columns in blocks:
        logits[row : row + rows, column : column + columns] = 3.0
    return TextMap(logits, (8.0, 8.0))


def a_line(left: float, top: float, right: float, bottom: float, text: str = "words") -> TextLine:
    places = tuple((at + 0.5) / len(text) for at in range(len(text)))
    return TextLine(text, 0.95, ((left, top), (right, top), (right, bottom), (left, bottom)), places)


def a_logo(brand_id: str, confidence: float, box: Box) -> Evidence:
    return replace(seen(f"{brand_id}-logo", confidence, box), brand_id=brand_id)


def test_text_that_no_line_covers_is_unread() -> None:
    (left, top, right, bottom) = unread_text(a_map((10, 20, 4, 10)), (), ())[0]
    assert (left, top, right, bottom) == (160, 80, 240, 112)


def test_text_that_was_read_is_not_read_again() -> None:
    assert unread_text(a_map((10, 20, 4, 10)), [a_line(155, 78, 245, 114)], ()) == []


def test_a_place_that_was_taken_for_a_letter_is_read_again() -> None:
    assert len(unread_text(a_map((10, 20, 4, 10)), [a_line(155, 78, 245, 114, "O")], ())) == 1


def test_a_few_cells_of_text_are_not_worth_it() -> None:
    assert unread_text(a_map((10, 20, 1, FEWEST_CELLS - 1)), (), ()) == []


def test_the_place_with_most_text_comes_first() -> None:
    boxes = unread_text(a_map((5, 5, 2, 2), (30, 10, 4, 8), (30, 60, 4, 12)), (), ())
    assert [box.left for box in boxes] == [480, 80, 40]


def test_the_badge_with_the_text_is_read_rather_than_the_text_alone() -> None:
    badge_box = Box(140, 60, 280, 200)
    regions = [(badge_box, 0.6), (Box(150, 70, 250, 120), 0.2), (Box(100, 70, 600, 120), 0.9)]
    assert unread_text(a_map((10, 20, 4, 10)), (), regions) == [badge_box]


def test_two_places_are_read_closely_at_most_each_once_with_room_around() -> None:
    boxes = [Box(100, 100, 200, 200), Box(110, 100, 205, 200), Box(400, 300, 500, 400), Box(0, 0, 50, 50)]
    assert places_to_read(boxes, SIZE) == [(80, 80, 220, 220), (380, 280, 520, 420)]


def test_a_place_lies_within_the_image() -> None:
    assert places_to_read([Box(0, 0, *SIZE)], SIZE) == [(0, 0, *SIZE)]


def test_a_logo_that_a_word_may_decide_is_read_where_text_is_seen() -> None:
    here, elsewhere = a_logo("acme", 0.4, Box(150, 70, 250, 120)), a_logo("acme", 0.5, Box(300, 300, 400, 380))
    assert written_logos(a_map((10, 20, 4, 10)), [here, elsewhere], {"acme"}) == [here.box]


@pytest.mark.parametrize(("confidence", "is_undecided"), [(0.01, False), (0.02, True), (0.5, True), (0.95, False)])
def test_a_logo_is_undecided_between_two_bounds(confidence: float, *, is_undecided: bool) -> None:
    logo = a_logo("acme", confidence, Box(160, 80, 240, 112))
    assert bool(written_logos(a_map((10, 20, 4, 10)), [logo], {"acme"})) is is_undecided


def test_logos_without_a_word_and_other_kinds_are_decided_otherwise() -> None:
    logo, text = a_logo("acme", 0.5, Box(160, 80, 240, 112)), a_map((10, 20, 4, 10))
    assert written_logos(text, [logo], {"bolt"}) == []
    assert written_logos(text, [replace(logo, kind=ReferenceKind.WORD)], {"acme"}) == []


def photo_with_a_badge() -> RGBImage:
    """A photo with a drawn badge of 160 pixels in it."""
    photo = np.ascontiguousarray(data.chelsea()).copy()
    photo[100:260, 200:360] = badge("TARNVIK", "KORVELO")[::2, ::2]
    return photo


def test_a_word_along_a_badge_in_a_photo_is_found(tmp_path: Path, settings: Settings) -> None:
    store = Store(tmp_path / "store")
    with open_registry(store) as registry:
        list(register_words(registry, store, [NewWord(ACME, "Tarnvik", MarkFields())], NOW))
    filled(store, settings)
    found = Examiner.open(store, settings).examine(png(Image.fromarray(photo_with_a_badge()))).evidence
    (word,) = [item for item in found if item.kind is ReferenceKind.WORD]
    assert word.confidence > 0.5
    assert 190 <= word.box.left < word.box.right <= 370
