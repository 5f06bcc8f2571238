"""A logo that is registered is read: which words are suggested for it, and that no registration fails for it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.errors import UndescribableReference
from brand_index.features.describing import Describer, DirectDescriber, Result
from brand_index.features.weights import MANIFEST
from brand_index.features.words.text_line import TextLine
from brand_index.images import decode
from brand_index.registration import Reading, Registered, register_reference, register_word, suggest, withdraw
from brand_index.registration.suggesting import SMALL, artwork, artwork_of, words_of
from brand_index.registry import RegistrationOutcome, Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from tests.conftest import describer, jpeg, png

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TARNVIK = Brand("tarnvik", "Tarnvik", "Tarnvik Ltd", "ip@tarnvik.example")
ORLANDA = Brand("orlanda", "Orlanda", "Orlanda GmbH", "ip@orlanda.example")
READING = Reading(MANIFEST)
CLEAR = (0, 0, 0, 0)
BLACK, WHITE = (0, 0, 0, 255), (255, 255, 255, 255)


def lettering(
    *lines: str,
    size: tuple[int, int] = (640, 320),
    letter: int = 110,
    ink: tuple[int, int, int, int] = BLACK,
    ground: tuple[int, int, int, int] = WHITE,
) -> bytes:
    """A logo of lines below each other, in one size."""
    image = Image.new("RGBA", size, ground)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        y = size[1] / 2 + (number - (len(lines) - 1) / 2) * letter * 1.1
        pen.text((size[0] / 2, y), line, fill=ink, font=ImageFont.load_default(letter), anchor="mm")
    return png(image)


def line(
    text: str, top: float = 0.0, height: float = 100.0, *, left: float = 0.0, confidence: float = 0.99
) -> TextLine:
    """A level line, 300 px long."""
    right, bottom = left + 300.0, top + height
    places = tuple((number + 0.5) / len(text) for number in range(len(text)))
    return TextLine(text, confidence, ((left, top), (right, top), (right, bottom), (left, bottom)), places)


def register(
    registry: Registry,
    store: Store,
    data: bytes,
    *,
    brand: Brand = TARNVIK,
    kind: ReferenceKind = ReferenceKind.LOGO,
    by: Describer | None = None,
    reading: Reading | None = READING,
) -> Registered:
    used, for_words = by or describer(), reading is not None and reading.known_too
    done = register_reference(
        registry, store, brand=brand, kind=kind, image=data, describer=used, for_words=for_words, now=NOW
    )
    return suggest(registry, store, done, used, reading)


class FailsToRead(DirectDescriber):
    """Describes, and ends where artwork is asked for, as a process that takes too much memory."""

    def __init__(self) -> None:
        self._inner = describer()

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    def run(self, name: str, work: Callable[..., Result], *arguments: object) -> Result:
        if work is artwork_of:
            raise UndescribableReference(f"{name}: takes too long")
        return self._inner.run(name, work, *arguments)


@pytest.mark.parametrize(
    "logo",
    [
        lettering("VELTRAN"),
        lettering("VELTRAN", ink=(250, 230, 90, 255), ground=(20, 20, 50, 255)),
        lettering("VELTRAN", ink=WHITE, ground=CLEAR),
        lettering("VELTRAN", ink=BLACK, ground=CLEAR),
        lettering("VELTRAN", size=(96, 48), letter=18),
        lettering("VELTRAN", size=(2000, 2000), letter=40),
        lettering("VELTRAN", size=(480, 84), letter=110),
    ],
    ids=[
        "plain",
        "light on dark",
        "white, transparent",
        "black, transparent",
        "small",
        "far from the edge",
        "cut close",
    ],
)
def test_a_new_logo_is_read(registry: Registry, store: Store, logo: bytes) -> None:
    assert register(registry, store, logo).reads == ("VELTRAN",)


def test_a_word_that_the_brand_has_in_any_spelling_is_not_suggested(registry: Registry, store: Store) -> None:
    reference = register_word(registry, store=store, brand=TARNVIK, word="Veltrån", now=NOW).reference
    assert register(registry, store, lettering("VELTRAN")).reads == ()
    withdraw(registry, reference.reference_id, NOW)
    assert register(registry, store, lettering("VELTRAN", letter=100)).reads == ("VELTRAN",)


def test_a_word_of_another_brand_is_suggested(registry: Registry, store: Store) -> None:
    register_word(registry, store=store, brand=ORLANDA, word="Veltran", now=NOW)
    assert register(registry, store, lettering("VELTRAN")).reads == ("VELTRAN",)


def test_a_logo_that_is_registered_already_is_read_only_if_asked(registry: Registry, store: Store) -> None:
    logo = lettering("VELTRAN")
    register(registry, store, logo)
    assert register(registry, store, logo).reads == ()
    assert register(registry, store, logo, reading=Reading(MANIFEST, known_too=True)).reads == ("VELTRAN",)


def test_what_is_no_logo_is_not_read(registry: Registry, store: Store) -> None:
    photo = Image.fromarray(np.asarray(photographs.cat(), np.uint8))
    ImageDraw.Draw(photo).text((40, 40), "VELTRAN", fill="white", font=ImageFont.load_default(70))
    assert register(registry, store, jpeg(photo), kind=ReferenceKind.PHOTO).reads == ()
    mistaken = register(registry, store, jpeg(photo))
    assert (mistaken.other_kind, mistaken.reads) == (ReferenceKind.PHOTO, ())


def test_a_logo_is_not_read_unless_asked(registry: Registry, store: Store) -> None:
    assert register(registry, store, lettering("VELTRAN"), reading=None).reads == ()


def test_without_networks_that_read_nothing_is_suggested(registry: Registry, store: Store, tmp_path: Path) -> None:
    listed = json.loads(MANIFEST.read_text("utf-8"))
    del listed["lines"]
    without = tmp_path / "manifest.json"
    without.write_text(json.dumps(listed), "utf-8")
    for manifest in (without, tmp_path / "nothing.json"):
        done = register(registry, store, lettering(manifest.stem[:7]), reading=Reading(manifest))
        assert (done.outcome, done.reads) == (RegistrationOutcome.ADDED, ())


def test_a_logo_that_cannot_be_read_is_registered(registry: Registry, store: Store) -> None:
    done = register(registry, store, lettering("VELTRAN"), by=FailsToRead())
    assert (done.outcome, done.reads) == (RegistrationOutcome.ADDED, ())
    assert registry.references() == (done.reference,)


@pytest.mark.parametrize(
    "text",
    [
        *("OK", "1974", "EST. 1974", "Since 1974", "SEIT 1899", "SINCE", "Summer", "TM ®", "力"),
        *("www.veltran.example", "veltran.com", "ip@veltran.example", "Veltran makes it all for you"),
    ],
)
def test_what_is_no_name_is_not_suggested(text: str) -> None:
    assert words_of([line(text)], TARNVIK) == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("VELTRAN", "VELTRAN"),
        ("Veltrån®", "Veltrån"),
        ("· VELTRAN ·", "VELTRAN"),
        ("VELTRAN SINCE 1974", "VELTRAN"),
        ("Est. 1974 Veltran", "Veltran"),
        ("North River", "North River"),
        ("力士", "力士"),
        ("Qzx", "Qzx"),
    ],
)
def test_a_name_is_suggested_as_it_is_written(text: str, word: str) -> None:
    assert words_of([line(text)], TARNVIK) == (word,)


def test_the_brands_own_name_is_suggested_though_it_is_a_dictionary_word() -> None:
    assert words_of([line("SUMMER")], Brand("summer-co", "Summer Co", "S", "s@summer.example")) == ("SUMMER",)


def test_a_line_that_is_read_badly_is_not_suggested() -> None:
    assert words_of([line("VELTRAN", confidence=0.89)], TARNVIK) == ()


def test_a_slogan_beside_a_name_is_not_suggested_and_another_name_is() -> None:
    lines = [line("VELTRAN", 0, 100), line("premium coffee", 300, 50), line("Orlanda", 600, 50), line("Quorv", 900, 20)]
    assert words_of(lines, TARNVIK) == ("VELTRAN", "Orlanda")


def test_the_largest_come_first_and_three_at_most() -> None:
    lines = [line("Quorv", 0, 40), line("Zorbel", 300, 60), line("Veltran", 600, 100), line("Orlanda", 900, 50)]
    assert words_of(lines, TARNVIK) == ("Veltran", "Zorbel", "Orlanda")


def test_lines_of_one_size_below_each_other_are_one_name() -> None:
    assert words_of([line("NORTH"), line("RIVER", 110)], TARNVIK) == ("NORTH RIVER",)
    assert words_of([line("VELTRAN"), line("ORLANDA", 110)], TARNVIK) == ("VELTRAN ORLANDA", "VELTRAN", "ORLANDA")


@pytest.mark.parametrize(
    "below",
    [line("RIVER", 110, 60), line("RIVER", 250), line("RIVER", 110, left=260), line("RIVER", 0, left=320)],
    ids=["another size", "far below", "not below", "beside"],
)
def test_other_lines_are_not_one_name(below: TextLine) -> None:
    assert words_of([line("NORTH"), below], TARNVIK) == ()


def test_a_name_over_two_lines_is_read_in_a_logo(registry: Registry, store: Store) -> None:
    assert register(registry, store, lettering("NORTH", "RIVER")).reads == ("NORTH RIVER",)


def test_small_artwork_is_enlarged_and_large_artwork_reduced() -> None:
    small = artwork(decode(lettering("VELTRAN", size=(96, 48), letter=18), name="small.png"))
    large = artwork(decode(lettering("VELTRAN", size=(4000, 1000), letter=800), name="large.png"))
    assert SMALL < max(small.shape[:2]) < 1.3 * SMALL
    assert 1200 < max(large.shape[:2]) < 1.3 * 1200
