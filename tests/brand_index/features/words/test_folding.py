"""Folding: one word written in many ways compares equal, and different words do not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.features.words import folded, letters, skeleton
from brand_index.features.words.folding import MAX_CHARACTERS, aligned


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(max_size=40), st.text(max_size=40))
def test_folded_text_has_single_spaces_and_none_at_its_ends(left: str, right: str) -> None:
    text = folded(f"{left} \t\n {right}")
    assert text == " ".join(text.split())


@given(st.text())
def test_letters_are_letters_and_digits_alone(text: str) -> None:
    assert letters(text) == "" or letters(text).isalnum()


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_case_changes_nothing(text: str) -> None:
    assert folded(text.upper()) == folded(text.lower())


@given(st.text())
def test_each_character_of_a_folded_line_comes_from_that_line_in_order(text: str) -> None:
    line = aligned(text)
    assert len(line.folded) == len(line.alike) == len(line.origins)
    assert all(0 <= origin < len(text) for origin in line.origins)
    assert sorted(line.origins) == list(line.origins)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ＴＡＲＮＶＩＫ", "tarnvik"),
        ("Ｔàrnvîk", "tarnvik"),
        ("Ta\u0301rn\u0336vik", "tarnvik"),
        ("Tarn\u200bvi\u00adk\u202e", "tarnvik"),
        ("Tarn\x00vik", "tarnvik"),
        ("  Tarnvik \n Sport ", "tarnvik sport"),
        ("Łódź Ørsæt Straße Œil", "lodz orsaet strasse oeil"),
        ("🅃🄰🅁🄽🅅🄸🄺", "tarnvik"),
        ("🆃🅰🆁🅽🆅🅸🅺", "tarnvik"),
        ("𝕿𝖆𝖗𝖓𝖛𝖎𝖐", "tarnvik"),
        ("Tarnvik™", "tarnvik"),
        ("ıstanbul İSTANBUL", "istanbul istanbul"),
    ],
)
def test_case_accents_widths_and_invisible_characters_are_folded(written: str, expected: str) -> None:
    assert folded(written) == expected


def test_the_marks_of_kana_make_another_letter_and_stay() -> None:
    assert folded("タルンヴィク") == "タルンヴィク"
    assert folded("が") != folded("か")


@pytest.mark.parametrize(
    "written", ["T A R N V I K", "T.A.R.N.V.I.K", "Tarn-\nvik", "TARN VIK", "Tarnvik's", "TARNVIK’S", "*tarnvik*"]
)
def test_spaces_punctuation_line_breaks_and_a_possessive_s_are_no_letters(written: str) -> None:
    assert letters(written) == "tarnvik"


def test_a_possessive_s_can_stay() -> None:
    assert letters("Lovi's", possessive=False) == "lovis"


@pytest.mark.parametrize(
    "written",
    ["Τаrnvіk", "TARNVΙK", "T4RNV1K", "TARNVlK", "TARNV|K", "TARNV!K", "T@RNVIK", "tamvik", "TΛRNVIK", "ᴛᴀʀɴᴠɪᴋ"],
)
def test_what_looks_like_a_word_has_its_skeleton(written: str) -> None:
    assert skeleton(written) == skeleton("Tarnvik")


@pytest.mark.parametrize("written", ["Карhu", "КАРHU", "ΚΑΡΗU"])
def test_a_letter_is_looked_up_in_the_case_in_which_it_stands_and_in_the_other(written: str) -> None:
    assert skeleton(written) == "kaphu"


@pytest.mark.parametrize(("one", "other"), [("Tarnvik", "Tarnvok"), ("Orlanda", "Orlando"), ("Velt", "Veit1")])
def test_other_words_have_other_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize("written", ["塔恩维克", "タルンヴィク", "타른빅", "תרנביק", "ترنفيك"])
def test_scripts_that_look_like_no_latin_one_are_their_own_skeleton(written: str) -> None:
    assert skeleton(written) == letters(written) == written


@pytest.mark.parametrize("character", ["a", "é", "\u0301", "ﷺ", "\u1161", "漢", "\u200b", "$a"])
def test_the_longest_text_takes_a_bounded_time(character: str) -> None:
    text = (character * MAX_CHARACTERS)[:MAX_CHARACTERS]
    begun = time.process_time()
    skeleton(text)
    letters(text)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("half", "full"), [("ﾀﾙﾝﾋﾞｸ", "タルンビク"), ("ﾊﾟﾋﾟｴ", "パピエ"), ("ﾀﾙﾝ", "タルン"), ("ｳﾞｧﾝ", "ヴァン")]
)
def test_half_width_kana_are_kana(half: str, full: str) -> None:
    assert letters(half) == letters(full)


def test_a_digit_in_a_pair_that_is_read_as_one_letter_is_that_letter() -> None:
    assert skeleton("C1arion") == skeleton("Clarion")
