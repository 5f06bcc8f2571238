"""Registered words in the report and the table: boxed in the image, marked in the texts, never markup."""

import csv
import re
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from brand_index.store import Store
from brand_index.types import Brand, ReferenceImage, ReferenceKind, Spelling
from scanner.bulk.report import write_csv
from scanner.bulk.report.html import write_html
from scanner.bulk.report.marked_text import AROUND, excerpt, excerpts, marked_text
from scanner.bulk.report.outlines import NO_MARKS, marks_in_listing, marks_in_reference
from scanner.engine.types import NO_LOGO, Evidence, Where, WordPlace
from scanner.verdicts.context import ContextWord, Use
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Listing, Reason
from tests.scanner.bulk.test_report import NOW, VERDICT, Parsed
from tests.scanner.found_words import QUAD, a_place, a_word

HOSTILE = "</text><script>alert(1)</script>"
TITLE = "Strap for Tarnvik watch"
SEEN = a_word(a_place(Where.IMAGE, "TARNVIK sport", "TARNVIK"))
NAMED = a_word(a_place(Where.TITLE, TITLE, "Tarnvik"))
BRAND = Brand("acme", "Acme & Söhne", "Acme Ltd", "ip@acme.example")


def reference(word: str = "Tarnvik") -> ReferenceImage:
    digest = sha256(word.encode()).hexdigest()
    return ReferenceImage("acme-word-r", "acme", ReferenceKind.WORD, digest, ".txt", None, word, 0, 0, (), NOW, None)


class Desk:
    """An image with something written in it, and rows on which to report."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.image = folder, folder / "a.png"
        drawing = Image.new("RGB", (160, 100), "white")
        ImageDraw.Draw(drawing).text((30, 40), "TARNVIK", fill="black")
        drawing.save(self.image)

    def row(self, *evidence: Evidence, title: str | None = TITLE, description: str | None = None) -> ScannedImage:
        verdict = replace(
            VERDICT,
            image_sha256=sha256(self.image.read_bytes()).hexdigest(),
            decision=Decision.REVIEW,
            reason=Reason.WORD_UNAUTHORIZED,
            listing=Listing("L", "S", "DE", None, title, None, description),
            evidence=evidence,
            counted=tuple(each.reference_id for each in evidence),
        )
        return ScannedImage(str(self.image), verdict)

    def report(self, row: ScannedImage, word: str = "Tarnvik") -> str:
        """The page on one row; the store holds no file of the word, which the page does not read."""
        out = self.folder / "report.html"
        found = (reference(word), BRAND)
        write_html(out, [row], reference_of=lambda _: found, store=Store(self.folder / "store"), made_at=NOW)
        return out.read_text("utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def lines_in(page: str) -> int:
    return sum(attributes.get("class") == "line" for tag, attributes in Parsed(page).tags if tag == "polygon")


def marked_in(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r"<mark>(.*?)</mark>", page, re.S)]


def test_a_word_in_the_image_is_boxed_beside_the_registered_word(desk: Desk) -> None:
    page = desk.report(desk.row(SEEN))
    assert lines_in(page) == 1
    assert '<p class="word" dir="auto">Tarnvik</p>' in page
    assert "“TARNVIK” in the image, as it is registered" in Parsed(page).said
    assert "is gone" not in page, "a word has no image that could be missing"
    assert "not in this image" not in page


def test_a_word_in_the_title_alone_outlines_nothing_and_is_marked_in_the_title(desk: Desk) -> None:
    page = desk.report(desk.row(NAMED))
    assert (lines_in(page), marked_in(page)) == (0, ["Tarnvik"])
    assert "The word is in the text of the listing, not in this image." in page
    assert "Strap for <mark>Tarnvik</mark> watch" in page


def test_what_the_description_has_around_a_word_is_shown_and_no_more(desk: Desk) -> None:
    line = f"{'long ' * 40}like Tarnvik{' and longer' * 40}"
    page = desk.report(desk.row(a_word(a_place(Where.DESCRIPTION, line, "Tarnvik")), description=line))
    (shown,) = re.findall(r'<div class="described">(.*?)</div>', page, re.S)
    assert marked_in(shown) == ["Tarnvik"]
    assert len(re.sub(r"<[^>]+>", "", shown)) < 200 < len(line)


def test_neither_word_nor_title_nor_description_becomes_markup(desk: Desk) -> None:
    title = f"{HOSTILE} for {HOSTILE}"
    hostile = a_word(
        a_place(Where.TITLE, title, HOSTILE), a_place(Where.DESCRIPTION, f"x {HOSTILE}", HOSTILE), word=HOSTILE
    )
    page = desk.report(desk.row(hostile, title=title, description=f"x {HOSTILE}"), word=HOSTILE)
    assert "alert(1)</script>" not in page
    assert page.count("<script") == 1, "the page's own"
    assert marked_in(page) == [HOSTILE, HOSTILE]


def test_what_the_words_around_a_mark_say_is_on_the_card(desk: Desk) -> None:
    row = desk.row(NAMED)
    around = (ContextWord(Use.COMPATIBLE, "en", "strap for", "Strap for", 0, 9),)
    page = desk.report(replace(row, verdict=replace(row.verdict, context=around)))
    assert "“Strap for”: the listing says what the goods fit." in Parsed(page).said


def test_of_a_lookalike_it_is_said_how_far_the_logo_beside_it_agrees(desk: Desk) -> None:
    spelled = a_word(a_place(Where.IMAGE, "TARNV1K", "TARNV1K", Spelling.LOOKALIKE_LETTERS, 0.83))
    measured = replace(NO_LOGO, cosine=0.71, hue_intersection=0.64)
    logo = replace(SEEN, reference_id="acme-logo-r", kind=ReferenceKind.LOGO, word=None, logo=measured, confidence=0.3)
    said = Parsed(desk.report(desk.row(spelled, logo))).said
    assert "It resembles the registered mark: word 0.83, shape 0.71, colour 0.64" in said


def test_words_can_be_filtered(desk: Desk) -> None:
    page = Parsed(desk.report(desk.row(SEEN)))
    assert page.cards()[0]["data-kinds"] == "word"
    assert "word" in [attributes.get("value") for tag, attributes in page.tags if tag == "option"]


@pytest.mark.parametrize(("evidence", "box"), [(SEEN, ["20", "30", "120", "60"]), (NAMED, ["", "", "", ""])])
def test_the_table_has_the_box_of_a_word_where_it_has_one(desk: Desk, evidence: Evidence, box: list[str]) -> None:
    write_csv(desk.folder / "v.csv", [desk.row(evidence)])
    with (desk.folder / "v.csv").open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert [line[side] for side in ("left", "top", "right", "bottom")] == box
    assert (line["kind"], line["reference_id"]) == ("word", "acme-word-r")


def test_a_registered_word_has_no_outline_in_itself() -> None:
    assert marks_in_reference(SEEN, reference()) == NO_MARKS
    assert marks_in_listing(NAMED, reference(), 160, 100) == NO_MARKS
    assert marks_in_listing(SEEN, reference(), 160, 100).match == (QUAD,)


texts = st.text(st.sampled_from("ab \n\u05d0<&"), max_size=30)


@given(texts, st.data())
def test_the_pieces_are_the_whole_text_and_the_word_is_marked_where_its_line_is(text: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    place = WordPlace(Where.TITLE, text, begin, end, Spelling.EXACT, 1.0, 1.0)
    pieces = marked_text(text, Where.TITLE, [a_word(place)])
    assert "".join(piece.text for piece in pieces) == text
    marked = [piece.text for piece in pieces if piece.is_marked]
    assert marked == ([place.spelled.strip()] if place.spelled.strip() else [])


@pytest.mark.parametrize("text", ["Strap for\nTarnvik   watch", "x Strap for Tarnvik watch y"])
def test_a_line_is_found_though_it_was_joined_or_cut(text: str) -> None:
    assert [piece.text for piece in marked_text(text, Where.TITLE, [NAMED]) if piece.is_marked] == ["Tarnvik"]


def test_in_another_text_or_another_place_nothing_is_marked() -> None:
    assert not any(piece.is_marked for piece in marked_text("Other strap for Tarnvik", Where.TITLE, [NAMED]))
    assert not any(piece.is_marked for piece in marked_text(TITLE, Where.DESCRIPTION, [NAMED]))
    assert (marked_text(None, Where.TITLE, [NAMED]), excerpts([SEEN], Where.TITLE)) == ((), ())


def test_words_that_overlap_are_marked_once() -> None:
    longer = a_word(a_place(Where.TITLE, TITLE, "Tarnvik watch"))
    pieces = marked_text(TITLE, Where.TITLE, [longer, NAMED, NAMED])
    assert [piece.text for piece in pieces if piece.is_marked] == ["Tarnvik watch"]


def test_an_excerpt_shows_as_much_on_both_sides() -> None:
    line = "a" * 100 + "Tarnvik" + "b" * 100
    assert [piece.text for piece in excerpt(a_place(Where.DESCRIPTION, line, "Tarnvik"))] == [
        "…" + "a" * AROUND,
        "Tarnvik",
        "b" * AROUND + "…",
    ]
