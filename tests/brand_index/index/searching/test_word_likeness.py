"""How alike two words look and sound, by the table of the module."""

import time
from itertools import product

import pytest

from brand_index.index.searching.word_likeness import LEAST, Likeness, WordLikeness, WordList


def likeness(text: str, registered: str) -> tuple[float, Likeness] | None:
    found = WordList([registered]).similar(text)
    return (round(found[0].similarity, 3), found[0].likeness) if found else None


@pytest.mark.parametrize("text", ["TARNVIK", "T A R N V I K", "tárnvik", "Tarn-vik", "Ｔarnvik"])
def test_the_same_letters_are_the_same_word(text: str) -> None:
    assert likeness(text, "Tarnvik") == (1.0, Likeness.SAME)


@pytest.mark.parametrize("text", ["T4RNVIK", "Tаrnvik", "TΛRNVIK", "Tarnv1k"])
def test_letters_that_look_alike_come_next(text: str) -> None:
    assert likeness(text, "Tarnvik") == (0.98, Likeness.LOOKALIKE_LETTERS)


@pytest.mark.parametrize(
    ("text", "registered", "similarity"),
    [("Zesta", "Zetta", 0.8), ("Vetlro", "Veltro", 0.833), ("Orland", "Orlanda", 0.857), ("Zetxy", "Zetta", 0.6)],
)
def test_edits_count_by_the_letters_of_the_longer_word(text: str, registered: str, similarity: float) -> None:
    assert likeness(text, registered) == (similarity, Likeness.SPELLING)


def test_a_word_beside_others_is_more_alike_than_one_inside_another() -> None:
    apart, joined, inside = (likeness(each, "Veltro") for each in ("Veltro Milano", "Veltromilano", "miveltrolano"))
    assert (apart, joined, inside) == (
        (0.825, Likeness.CONTAINED),
        (0.75, Likeness.CONTAINED),
        (0.65, Likeness.CONTAINED),
    )
    assert likeness("Veltro", "Veltro Milano") == apart


def test_a_short_word_inside_another_is_chance() -> None:
    assert likeness("Zantorelli", "tor") is None


def test_the_same_consonants_sound_alike() -> None:
    assert likeness("Odemos", "Adimas") == (0.75, Likeness.CONSONANTS)
    assert likeness("Odemol", "Adimas") is None
    assert likeness("Nuko", "Nike") is None


def test_words_of_other_scripts_are_compared_by_their_letters() -> None:
    assert likeness("東京堂", "東京") == (0.667, Likeness.SPELLING)
    assert likeness("東京堂", "大阪") is None


@pytest.mark.parametrize("text", ["", "!!", "   "])
def test_a_text_without_letters_resembles_nothing(text: str) -> None:
    assert WordList(["Tarnvik", "™"]).similar(text) == []


def test_each_word_is_found_at_its_position_with_the_text() -> None:
    found = WordList(["Orlanda", "Tarnvik", "Veltro", "Tarnvek"]).similar("Tarnvik")
    assert [each.position for each in found] == [1, 3]
    assert found[0] == WordLikeness(1, 1.0, Likeness.SAME, "Tarnvik")
    assert all(each.similarity >= LEAST for each in found)


def test_a_hundred_thousand_words_are_compared_in_a_second() -> None:
    syllables = ["".join(each) for each in product("bdfglmnprstvz", "aeiou")]
    words = WordList(f"{one}{two}{syllables[n % 65]}" for n in range(24) for one, two in product(syllables, syllables))
    begun = time.process_time()
    found = words.similar("badagu")
    assert time.process_time() - begun < 1.0  # about 0.1 s
    assert found
