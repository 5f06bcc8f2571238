"""A letter of a word that somebody wrote is no logo; a logo beside a word, or with its own word, is one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
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
from scanner.engine.words.letters import A_LETTER, is_letter_of
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings
from tests.conftest import ACME, BOLT, NOW, filled, png

HIGH = 40  # pixels of a line, whose letters are as wide


def line(text: str, confidence: float = 0.95) -> TextLine:
    """A level line that begins at (100, 100)."""
    right, bottom = 100.0 + HIGH * len(text), 100.0 + HIGH
    places = tuple((at + 0.5) / len(text) for at in range(len(text)))
    return TextLine(text, confidence, ((100.0, 100.0), (right, 100.0), (right, bottom), (100.0, bottom)), places)


def around(begin: int, end: int, room: int = 4) -> Box:
    """The box of the characters from `begin` up to `end`, with some room."""
    return Box(100 + HIGH * begin - room, 100 - room, 100 + HIGH * end + room, 100 + HIGH + room)


@pytest.mark.parametrize(
    ("read", "box", "is_letter"),
    [
        (line("RICHTUNG"), around(0, 1), True),
        (line("RICHTUNG"), around(3, 5), True),
        (line("NEW RICHTUNG"), around(4, 5), True),
        (line("RICHTUNG"), around(0, 3), False),
        (line("RICHTUNG"), around(0, 8), False),
        (line("R ICHTUNG"), around(0, 1), False),
        (line("TV R"), around(3, 4), False),
        (line("TVR"), around(2, 3), True),
        (line("RTV"[:2]), around(0, 1), False),
        (line("R2025"), around(0, 1), False),
        (line("RICHTUNG", confidence=0.7), around(0, 1), False),
        (line("RICHTUNG"), around(0, 1, room=30), False),
        (line("RICHTUNG"), Box(100, 300, 140, 340), False),
    ],
)
def test_a_letter_or_two_of_a_longer_word_surely_read_are_letters(read: TextLine, box: Box, is_letter: bool) -> None:
    assert is_letter_of(read, box) is is_letter


def test_a_letter_of_a_line_that_is_turned_is_one_too() -> None:
    down = TextLine("RICHTUNG", 0.95, ((140, 100), (140, 420), (100, 420), (100, 100)), line("RICHTUNG").places)
    assert is_letter_of(down, Box(96, 96, 144, 144))
    assert not is_letter_of(down, Box(96, 96, 144, 260))


def letter_logo(letter: str) -> Image.Image:
    """A letter, as a mark that somebody registers."""
    logo = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    ImageDraw.Draw(logo).text((200, 200), letter, fill=(190, 0, 20, 255), font=ImageFont.load_default(380), anchor="mm")
    return logo


def poster(text: str) -> RGBImage:
    """A photo with large words over it."""
    image = Image.fromarray(data.coffee())
    ImageDraw.Draw(image).text((40, 60), text, fill=(250, 250, 250), font=ImageFont.load_default(100))
    return np.asarray(image)


def store_with(place: Path, settings: Settings, *words: str) -> Store:
    """A store with the letter R as Acme's logo, and Bolt's words."""
    store = Store(place)
    with open_registry(store) as registry:
        list(register_words(registry, store, [NewWord(BOLT, word, MarkFields()) for word in words], NOW))
    return filled(store, settings, (ACME, ReferenceKind.LOGO, png(letter_logo("R")), "r.png"))


def logo_in(examiner: Examiner, image: RGBImage) -> Evidence:
    """The evidence of the logo."""
    examination = examiner.examine(png(Image.fromarray(image)))
    return next(item for item in examination.evidence if item.kind is ReferenceKind.LOGO)


@pytest.mark.parametrize("words", [(), ("Tarnvik",)])
def test_a_letter_of_a_word_is_no_logo_whether_words_are_registered_or_not(
    tmp_path: Path, settings: Settings, words: tuple[str, ...]
) -> None:
    store = store_with(tmp_path / "store", settings, *words)
    assert logo_in(Examiner.open(store, settings), poster("RICHT")).confidence == A_LETTER
    unread = Examiner.open(store, settings.model_copy(update={"words": False}))
    assert logo_in(unread, poster("RICHT")).confidence > 2 * A_LETTER  # else this shows nothing


def test_the_same_letter_alone_is_the_logo(tmp_path: Path, settings: Settings) -> None:
    examiner = Examiner.open(store_with(tmp_path / "store", settings, "Tarnvik"), settings)
    assert logo_in(examiner, poster("R")).confidence > 2 * A_LETTER
