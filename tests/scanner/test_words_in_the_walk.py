"""Registered words in the whole walk: what is written on photos and in titles is read, and decided."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.registration import register_word, withdraw
from brand_index.store import Store
from brand_index.types import Brand
from scanner import Listing, Scanner
from scanner.engine.examiner import Examiner
from scanner.engine.stages import Stage
from scanner.engine.types import Where
from scanner.moderation.registry import open_registry
from scanner.settings import Settings
from scanner.verdicts.rows import ScannedImage, from_json, to_json
from scanner.verdicts.types import Decision, Reason, Verdict
from scanner.verdicts.words import why
from scanner.walk import ensure_index
from tests.conftest import NOW, jpeg

TARNVIK = Brand("tarnvik", "Tarnvik", "Tarnvik AS", "marks@tarnvik.example")


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Store:
    """A store that holds two words and no image."""
    place = Store(tmp_path_factory.mktemp("words"))
    with open_registry(place) as registry:
        for word in ("Tarnvik", "Orlanda Sport"):
            register_word(registry, store=place, brand=TARNVIK, word=word, now=NOW)
        ensure_index(place, registry, settings)
    return place


@pytest.fixture(scope="module")
def reading(words: Store, settings: Settings) -> Scanner:
    return Scanner.open(words, settings)


def photo_with(text: str, size: int = 48, turn: int = 0) -> bytes:
    image = Image.fromarray(photographs.coffee())
    ImageDraw.Draw(image).text((60, 300), text, font=ImageFont.load_default(size), fill=(255, 255, 255))
    return jpeg(np.ascontiguousarray(np.rot90(np.asarray(image), turn)), 88)


def decided(verdict: Verdict) -> tuple[Decision, Reason]:
    return verdict.decision, verdict.reason


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_word_on_a_photo_is_found_whichever_way_up(reading: Scanner, turn: int) -> None:
    verdict = reading.scan(photo_with("TARNVIK", turn=turn))
    assert decided(verdict) == (Decision.REVIEW, Reason.WORD_UNAUTHORIZED)


def test_a_word_lies_where_it_is_written(reading: Scanner) -> None:
    (item,) = reading.scan(photo_with("TARNVIK")).evidence
    width = ImageFont.load_default(48).getlength("TARNVIK")
    assert item.box.left == pytest.approx(60, abs=15)
    assert item.box.right == pytest.approx(60 + width, abs=15)
    assert 295 < item.box.top < item.box.bottom < 365


def test_a_photo_without_words_is_clear(reading: Scanner) -> None:
    assert decided(reading.scan(jpeg(photographs.coffee(), 88))) == (Decision.CLEAR, Reason.NO_MATCH)


def test_a_word_with_one_letter_changed_is_a_lookalike(reading: Scanner) -> None:
    assert decided(reading.scan(photo_with("TARNVIC"))) == (Decision.REVIEW, Reason.LOOKALIKE)


def test_a_title_is_searched_and_the_image_clear(reading: Scanner) -> None:
    listing = Listing(listing_id="L1", seller_id="S1", title="Tarnvik jacket, blue")
    verdict = reading.scan(jpeg(photographs.coffee(), 88), listing)
    assert decided(verdict) == (Decision.CLEAR, Reason.WORD_IN_TEXT)
    assert verdict.evidence[0].word is not None
    assert verdict.evidence[0].word.best.where is Where.TITLE


def test_a_description_is_searched_too(reading: Scanner) -> None:
    listing = Listing(seller_id="S1", description="A jacket.\nNot an original Orlanda Sport product.")
    verdict = reading.scan(jpeg(photographs.coffee(), 88), listing)
    assert decided(verdict) == (Decision.REVIEW, Reason.IMITATION_NAMED)
    assert verdict.context


def test_cyrillic_letters_hide_no_word_in_a_title(reading: Scanner) -> None:
    listing = Listing(seller_id="S1", title="Tаrnvіk jacket")  # its a and i are Cyrillic
    assert decided(reading.scan(jpeg(photographs.coffee(), 88), listing)) == (Decision.REVIEW, Reason.LOOKALIKE)


def test_without_the_setting_nothing_is_read(words: Store, settings: Settings) -> None:
    with Scanner.open(words, settings.model_copy(update={"words": False})) as scanner:
        listing = Listing(seller_id="S1", title="Tarnvik jacket")
        assert decided(scanner.scan(photo_with("TARNVIK"), listing)) == (Decision.CLEAR, Reason.NOTHING_SEARCHED)


def test_reading_is_a_stage_that_a_deadline_skips(words: Store, settings: Settings) -> None:
    found = Examiner.open(words, settings).examine(photo_with("TARNVIK"), seconds=0.0)
    assert Stage.READ in found.skipped
    assert found.evidence == ()


def test_reading_has_a_time_of_its_own(words: Store, settings: Settings) -> None:
    spent = dict(Examiner.open(words, settings).examine(photo_with("TARNVIK")).seconds)
    assert spent[Stage.READ] > 0


def test_where_no_word_is_registered_nothing_is_read(store: Store, settings: Settings) -> None:
    found = Examiner.open(store, settings).examine(photo_with("TARNVIK"))
    assert Stage.READ not in dict(found.seconds)
    assert Stage.READ not in found.skipped


def chart(side: int, rows: int, columns: int, size: int, heading: str = "") -> bytes:
    """A size chart whose cells are small numbers, and a heading of 60 pixels."""
    image = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(image)
    draw.text((40, 10), heading, font=ImageFont.load_default(60), fill="black")
    for row in range(rows):
        for column in range(columns):
            at = (10 + column * (side - 20) // columns, 90 + row * (side - 100) // rows)
            draw.text(at, str(100 + 7 * row + column), font=ImageFont.load_default(size), fill="black")
    return jpeg(np.asarray(image), 92)


def test_a_chart_of_hundreds_of_cells_is_read_whole_and_clear(reading: Scanner) -> None:
    verdict = reading.scan(chart(1000, 26, 12, 20))
    assert decided(verdict) == (Decision.CLEAR, Reason.NO_MATCH)
    assert verdict.coverage.lines_unread == 0


def test_a_mark_among_more_small_words_than_are_read_is_found(words: Store, settings: Settings) -> None:
    with Scanner.open(words, settings.model_copy(update={"reading_width": 1_000})) as scanner:
        verdict = scanner.scan(chart(1000, 26, 12, 20, "TARNVIK"))
    assert decided(verdict) == (Decision.REVIEW, Reason.WORD_UNAUTHORIZED)


def test_legible_lines_beyond_those_that_are_read_are_reviewed_and_counted(words: Store, settings: Settings) -> None:
    with Scanner.open(words, settings.model_copy(update={"reading_width": 1_000})) as scanner:
        verdict = scanner.scan(chart(1000, 26, 12, 20))
    assert decided(verdict) == (Decision.REVIEW, Reason.INCOMPLETE)
    assert verdict.coverage.lines_unread > 100
    assert verdict.skipped == ()
    assert "more text than is read" in why(verdict)


def test_lines_that_nobody_reads_at_the_size_of_the_image_are_no_review(words: Store, settings: Settings) -> None:
    with Scanner.open(words, settings.model_copy(update={"reading_width": 1_000})) as scanner:
        verdict = scanner.scan(chart(1000, 40, 12, 9))
    assert decided(verdict) == (Decision.CLEAR, Reason.NO_MATCH)


def test_a_withdrawn_word_is_found_no_more(tmp_path: Path, settings: Settings) -> None:
    place = Store(tmp_path)
    with open_registry(place) as registry:
        done = register_word(registry, store=place, brand=TARNVIK, word="Tarnvik", now=NOW)
        register_word(registry, store=place, brand=TARNVIK, word="Orlanda", now=NOW)
        ensure_index(place, registry, settings)
        withdraw(registry, done.reference.reference_id, NOW)
        ensure_index(place, registry, settings)
    with Scanner.open(place, settings) as scanner:
        assert decided(scanner.scan(photo_with("TARNVIK"))) == (Decision.CLEAR, Reason.NO_MATCH)


def test_each_frame_of_an_animation_is_read(reading: Scanner, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("animated") / "two.gif"
    plain = Image.fromarray(photographs.coffee())
    written = plain.copy()
    ImageDraw.Draw(written).text((60, 300), "TARNVIK", font=ImageFont.load_default(48), fill=(255, 255, 255))
    plain.save(path, save_all=True, append_images=[written])
    verdict = reading.scan(path)
    assert verdict.reason is Reason.WORD_UNAUTHORIZED
    assert verdict.evidence[0].frame == 1


def test_the_evidence_survives_being_written_and_read(reading: Scanner) -> None:
    row = ScannedImage("a.jpg", reading.scan(photo_with("TARNVIK"), Listing(title="compatible with Tarnvik")))
    assert from_json(to_json(row)) == row


def test_a_description_longer_than_is_searched_is_incomplete(reading: Scanner) -> None:
    listing = Listing(listing_id="L1", seller_id="S1", description="plain words " * 5_000)
    verdict = reading.scan(jpeg(photographs.coffee(), 88), listing)
    assert decided(verdict) == (Decision.REVIEW, Reason.INCOMPLETE)
    assert why(verdict) == "Only the first 50,000 characters of the listing's text were searched for words."
