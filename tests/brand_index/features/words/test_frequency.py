"""How common words are: known ones of each language, compared folded; unknown ones at zero."""

import pytest

from brand_index.features.words import is_dictionary_word, zipf


@pytest.mark.parametrize("word", ["summer", "kleidung", "chaussures", "лето", "夏", "летом"])
def test_a_word_of_any_of_the_languages_is_known(word: str) -> None:
    assert zipf(word) > 3


def test_a_made_up_name_is_unknown() -> None:
    assert zipf("Tarnvik") == 0.0


def test_words_compare_folded() -> None:
    assert zipf("CAFÉ") == zipf("cafe") > 0


def test_of_several_words_the_rarest_decides() -> None:
    assert zipf("summer shoes") == min(zipf("summer"), zipf("shoes")) < zipf("summer")
    assert zipf("summer Tarnvik") == 0.0


@pytest.mark.parametrize("word", ["Orange", "Summer", "Sommer", "garden", "red shoes"])
def test_common_words_are_dictionary_words(word: str) -> None:
    assert is_dictionary_word(word)


@pytest.mark.parametrize("word", ["Tarnvik", "zipper", "Tarnvik shoes", ""])
def test_rare_and_unknown_words_are_none(word: str) -> None:
    assert not is_dictionary_word(word)
