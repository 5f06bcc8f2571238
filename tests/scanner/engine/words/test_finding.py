"""Registered words in the lines of an image and in a listing's texts, as evidence."""

from dataclasses import replace
from functools import cache

import pytest

from brand_index.features.words.text_line import TextLine
from brand_index.index.parts import IndexedWord, WordPart
from brand_index.types import ReferenceKind, Spelling
from scanner.engine.types import Evidence, Where
from scanner.engine.words import with_texts, words_in_image, words_in_texts


def a_part(*words: str, zipf: float = 0.0) -> WordPart:
    return WordPart.build(
        IndexedWord(f"{word.lower()}-word-0", word.lower(), word, False, zipf, True) for word in words
    )


@cache
def two_words() -> WordPart:
    return a_part("Tarnvik", "Orlanda")


def a_line(text: str, top: float = 20.0, confidence: float = 0.98) -> TextLine:
    """A level line that begins at x = 100, each character 10 pixels wide and 20 high."""
    right = 100 + 10.0 * len(text)
    corners = ((100.0, top), (right, top), (right, top + 20), (100.0, top + 20))
    return TextLine(text, confidence, corners, tuple((at + 0.5) / len(text) for at in range(len(text))))


def the_only(found: tuple[Evidence, ...]) -> Evidence:
    (item,) = found
    return item


def test_a_word_is_evidence_of_its_reference() -> None:
    item = the_only(words_in_image([a_line("TARNVIK")], two_words()))
    assert (item.reference_id, item.brand_id, item.kind) == ("tarnvik-word-0", "tarnvik", ReferenceKind.WORD)
    assert item.word is not None
    assert (item.word.word, item.word.best.where, item.word.best.spelling) == ("Tarnvik", Where.IMAGE, Spelling.EXACT)
    assert item.confidence > 0.9


def test_a_word_that_is_read_in_a_mirror_says_so_and_its_box_is_around_it() -> None:
    line = a_line("Tarnvik sport")
    first, second, third, last = line.corners
    found = the_only(words_in_image([replace(line, corners=(second, first, last, third))], two_words()))
    plain = the_only(words_in_image([line], two_words()))
    assert (found.mirrored, plain.mirrored) == (True, False)
    assert found.box.right == first[0] + second[0] - plain.box.left


def test_the_box_is_around_the_word_and_not_its_line() -> None:
    item = the_only(words_in_image([a_line("new Tarnvik jacket")], two_words()))
    assert item.box.left == pytest.approx(140, abs=6)
    assert item.box.right == pytest.approx(210, abs=6)
    assert item.word is not None
    assert item.word.best.spelled == "Tarnvik"


def test_a_word_over_two_lines_has_a_box_around_both() -> None:
    item = the_only(words_in_image([a_line("TARN-", 20), a_line("VIK", 45)], two_words()))
    assert (item.box.top, item.box.bottom) == (20, 65)


@pytest.mark.parametrize(("top", "like"), [(45, True), (120, False)])
def test_ordinary_words_right_below_each_other_are_likely_one_word(top: float, like: bool) -> None:
    item = the_only(words_in_image([a_line("VAN", 20), a_line("TROP", top)], a_part("Vantrop")))
    assert (item.confidence >= 0.5) is like


def test_three_words_below_each_other_are_one_mark_with_a_box_around_all() -> None:
    lines = [a_line("THE", 20), a_line("VELTRO", 45), a_line("PEAK", 70)]
    item = the_only(words_in_image(lines, a_part("The Veltro Peak")))
    assert (item.box.top, item.box.bottom, item.box.right) == (20, 90, 160)
    assert item.confidence > 0.9


def test_three_words_far_below_each_other_are_no_mark() -> None:
    lines = [a_line("THE", 20), a_line("VELTRO", 45), a_line("PEAK", 170)]
    assert words_in_image(lines, a_part("The Veltro Peak")) == ()


def test_ordinary_words_of_two_sizes_are_not_taken_for_one() -> None:
    below = a_line("TROP", 50)
    (left, top), (right, _), _, _ = below.corners
    high = replace(below, corners=((left, top), (right, top), (right, top + 40), (left, top + 40)))
    item = the_only(words_in_image([a_line("VAN", 20), high], a_part("Vantrop")))
    assert item.confidence < 0.5


def test_a_line_that_was_hardly_read_is_less_sure() -> None:
    sure, unsure = (
        the_only(words_in_image([a_line("TARNVIK", confidence=each)], two_words())) for each in (0.99, 0.55)
    )
    assert unsure.confidence < sure.confidence


def test_a_common_word_is_less_sure_than_a_rare_one() -> None:
    rare, common = (the_only(words_in_image([a_line("ORBIT")], a_part("Orbit", zipf=each))) for each in (0.0, 5.0))
    assert common.confidence < rare.confidence


def test_a_word_in_a_title_has_no_box() -> None:
    item = the_only(words_in_texts({Where.TITLE: "Jacket by Tarnvik, new"}, two_words()))
    assert item.quad is None
    assert item.box == (0, 0, 0, 0)
    assert item.word is not None
    assert (item.word.best.where, item.word.best.spelled) == (Where.TITLE, "Tarnvik")


def test_a_word_is_found_deep_in_a_long_description() -> None:
    text = "plain ordinary sentence about nothing. " * 150 + "Made by TARNVIK. " + "more of it. " * 50
    item = the_only(words_in_texts({Where.DESCRIPTION: text}, two_words()))
    assert item.word is not None
    assert item.word.best.spelled == "TARNVIK"


def test_a_word_in_title_and_description_is_one_piece_of_evidence_with_both() -> None:
    item = the_only(words_in_texts({Where.TITLE: "Tarnvik cap", Where.DESCRIPTION: "A cap by Tarnvik"}, two_words()))
    assert item.word is not None
    assert {place.where for place in item.word.places} == {Where.TITLE, Where.DESCRIPTION}


def test_image_and_title_are_one_piece_of_evidence_that_lies_in_the_image() -> None:
    in_image = words_in_image([a_line("TARNVIK")], two_words())
    item = the_only(with_texts(in_image, words_in_texts({Where.TITLE: "Tarnvik cap"}, two_words())))
    assert item.word is not None
    assert [place.where for place in item.word.places] == [Where.IMAGE, Where.TITLE]
    assert item.box == in_image[0].box


@pytest.mark.parametrize("word", ["鑫云", "佐維拉", "锦绣云裳", "カミノス"])
@pytest.mark.parametrize("title", ["2024新款{}女包", "新品{}ジャケット"])
def test_a_word_in_running_text_of_its_script_is_likely(word: str, title: str) -> None:
    item = the_only(words_in_texts({Where.TITLE: title.format(word)}, a_part(word)))
    assert item.confidence >= 0.5


def test_three_ideographs_say_as_much_as_six_letters() -> None:
    both = a_part("佐維拉", "Kelmis")
    three, six = (the_only(words_in_texts({Where.TITLE: f"new {word} bag"}, both)) for word in ("佐維拉", "Kelmis"))
    assert three.confidence == six.confidence


def test_a_weak_find_in_the_image_does_not_hide_the_sure_one_in_the_title() -> None:
    in_image = words_in_image([a_line("VAN", 20), a_line("TROP", 45)], a_part("Vantrop"))
    in_title = words_in_texts({Where.TITLE: "Vantrop replica"}, a_part("Vantrop"))
    item = the_only(with_texts(in_image, in_title))
    assert item.confidence >= max(the_only(in_image).confidence, the_only(in_title).confidence)


def test_image_and_title_are_surer_together_than_the_image_alone() -> None:
    in_image = words_in_image([a_line("TARNVIK", confidence=0.7)], two_words())
    in_title = words_in_texts({Where.TITLE: "super-tarnvik-style"}, two_words())
    assert the_only(with_texts(in_image, in_title)).confidence > the_only(in_image).confidence


def test_a_title_does_not_make_a_weak_lookalike_of_the_image_the_one_that_counts() -> None:
    in_image = words_in_image([a_line("TARNWIK", confidence=0.62)], two_words())
    assert the_only(in_image).confidence < 0.5
    word = the_only(with_texts(in_image, words_in_texts({Where.TITLE: "Tarnvik cap"}, two_words()))).word
    assert word is not None
    assert [place.where for place in word.places] == [Where.TITLE, Where.IMAGE]


def test_a_title_that_changed_takes_its_words_with_it() -> None:
    earlier = with_texts((), words_in_texts({Where.TITLE: "Tarnvik cap"}, two_words()))
    assert with_texts(earlier, ()) == ()


@pytest.mark.parametrize("read", ["TARNVIK", "TARNWIK", "TAR NVIK"])
def test_a_title_that_changed_leaves_what_is_in_the_image(read: str) -> None:
    in_image = words_in_image([a_line(read, confidence=0.7)], two_words())
    both = with_texts(in_image, words_in_texts({Where.TITLE: "Tarnvik cap"}, two_words()))
    assert with_texts(both, ()) == in_image


@pytest.mark.parametrize("text", ["", "   ", "\u202eטקסט מימין לשמאל", "\x00\x07 control", "a" * 200_000, "💡" * 400])
def test_any_text_is_taken(text: str) -> None:
    assert words_in_texts({Where.TITLE: text}, two_words()) == ()


@pytest.mark.parametrize(
    "text", ["<p><b>Tar</b>nvik</p>", "Tar&shy;nvik", "Tar<wbr>nvik", "TARN&#86;IK", '<span style="x">Tarnvik</span>']
)
def test_markup_parts_no_word(text: str) -> None:
    item = the_only(words_in_texts({Where.DESCRIPTION: f"new {text} jacket"}, two_words()))
    assert item.confidence > 0.9


def test_a_tag_that_ends_a_line_parts_words() -> None:
    assert words_in_texts({Where.DESCRIPTION: "Superior<br>Landau"}, a_part("Orland")) == ()


@pytest.mark.parametrize("written", ["NorthQuello bag", "#northquello", "northquello.com"])
def test_two_ordinary_words_written_as_one_are_found(written: str) -> None:
    part = WordPart.build([IndexedWord("r", "b", "North Quello", True, 4.5, False)])
    assert [hit.similarity >= 0.9 for hit in part.search([written])] == [True]


@pytest.mark.parametrize("written", ["N1KO", "Anido5", "Anidoss", "anidos123"])
def test_a_mark_that_texts_write_about_is_found_however_it_is_spelled(written: str) -> None:
    part = WordPart.build(IndexedWord(word, word, word, False, 3.8, True) for word in ("Niko", "Anidos", "Rolax"))
    found = words_in_texts({Where.TITLE: f"{written} shoes"}, part)
    assert [item.confidence > 0.5 for item in found] == [True]


def test_a_lookalike_beside_the_word_itself_is_what_a_text_shows() -> None:
    word = the_only(words_in_texts({Where.TITLE: "Tarnvik T\u0430rnvik bag"}, two_words())).word
    assert word is not None
    assert word.best.is_lookalike
    assert {place.spelling for place in word.places} == {Spelling.EXACT, Spelling.LOOKALIKE_LETTERS}


def test_a_typing_error_beside_the_word_itself_is_no_lookalike() -> None:
    word = the_only(words_in_texts({Where.TITLE: "Tarnvik bag, Tarnvk"}, two_words())).word
    assert word is not None
    assert word.best.spelling is Spelling.EXACT


def test_a_word_from_right_to_left_by_a_sign_is_found() -> None:
    word = the_only(words_in_texts({Where.TITLE: "new \u202eKIVNRAT\u202c bag"}, two_words())).word
    assert word is not None
    assert word.best.spelling is Spelling.EXACT
