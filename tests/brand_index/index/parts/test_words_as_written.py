"""Registered words as people write them: without apostrophes, with vowel signs, and disguised."""

import pytest

from brand_index.index.parts import IndexedWord, WordPart
from brand_index.types import Spelling


def registered(*words: str) -> WordPart:
    return WordPart.build(IndexedWord(f"r{n}", f"b{n}", word, False, 0.0, True) for n, word in enumerate(words))


@pytest.mark.parametrize("written", ["Levis 501", "LEVIS", "Carters baby", "ONeill"])
def test_an_apostrophe_may_be_left_out(written: str) -> None:
    found = registered("Levi's", "Carter's", "O'Neill").search([written])
    assert [hit.similarity for hit in found] == [0.97]


@pytest.mark.parametrize(
    ("word", "line"), [("नाइके", "नाइके जूते"), ("தங்கம்", "புதிய தங்கம்"), ("రామరాజ్", "రామరాజ్ చొక్కా"), ("ไนกี้", "เสื้อ ไนกี้")]
)
def test_a_word_with_vowel_signs_is_found_whole(word: str, line: str) -> None:
    (hit,) = registered(word).search([line])
    assert (hit.text, hit.spelled, hit.similarity) == (word, Spelling.EXACT, 1.0)


def test_a_lookalike_is_found_though_a_rare_word_has_its_plural() -> None:
    """Adidos is the plural of "adido", an attaché in Portuguese."""
    (hit,) = registered("adidas").search(["ADIDOS"])
    assert hit.spelled is Spelling.EDITED


@pytest.mark.parametrize("written", ["GUCC1", "Guccl", "6ucci"])
def test_a_disguised_letter_beside_a_c_is_no_part_of_a_d(written: str) -> None:
    (hit,) = registered("Gucci").search([written])
    assert hit.spelled is Spelling.LOOKALIKE_LETTERS


@pytest.mark.parametrize("written", ["LouisVuiton", "louisvuiton.com bag", "#tommyhilfigar", "CalvinKlien jeans"])
def test_two_words_written_as_one_are_found_with_a_letter_wrong(written: str) -> None:
    (hit,) = registered("Louis Vuitton", "Tommy Hilfiger", "Calvin Klein").search([written])
    assert hit.spelled is Spelling.EDITED
    assert hit.similarity > 0.85
