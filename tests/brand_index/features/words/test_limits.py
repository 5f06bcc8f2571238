"""Which words are for review only, and how common a word is said to be."""

import pytest

from brand_index.features.words.limits import commonness, letter_count, limits_of_word, script_of_texts_alone


@pytest.mark.parametrize(
    "word", ["Tarnvik", "Veltro Sport", "Orlanda™", "Zorb7", "Тарнвик", "茶籽堂", "한솔", "The North Face"]
)
def test_a_word_that_is_long_and_rare_has_no_limits(word: str) -> None:
    assert limits_of_word(word) == ()


@pytest.mark.parametrize("word", ["XZ", "Qzx", "Q.Z.X", "X-Z 42", "ЖЩ", "ゾヲ", "ﬁ", "茶籽"])
def test_a_word_of_two_or_three_letters_is_for_review_only(word: str) -> None:
    assert f"short ({letter_count(word)} letters)" in limits_of_word(word)[0]


@pytest.mark.parametrize("word", ["Summer", "SOMMER", "été", "S U M M E R", "sum-mer", "Лето", "夏天", "Blue Summer"])
def test_a_word_that_ordinary_text_has_is_for_review_only(word: str) -> None:
    assert [each for each in limits_of_word(word) if "dictionary word" in each]


def test_a_limit_says_what_follows_from_it() -> None:
    assert all(each.endswith("its matches in images go to review at most") for each in limits_of_word("the"))
    assert len(limits_of_word("the")) == 2


def test_how_common_a_word_is_said_in_uses_in_a_million() -> None:
    assert commonness("Tarnvik") == "under 1 in a million words of ordinary text"
    often, seldom = (float(commonness(word).split()[1].replace(",", "")) for word in ("the", "umbrella"))
    assert often > 10_000
    assert 1 < seldom < 50


@pytest.mark.parametrize("word", ["Тарнвик", "나이키", "نايكي", "नाइके"])
def test_a_word_in_a_script_that_is_not_read_is_for_titles_alone(word: str) -> None:
    (said,) = script_of_texts_alone(word)
    assert said.startswith("its script is not read in images")


@pytest.mark.parametrize("word", ["Tarnvik", "塔恩维克", "タルンヴィク", "PUMΛ", "Müller 24"])
def test_a_word_with_letters_that_are_read_is_for_images_too(word: str) -> None:
    assert script_of_texts_alone(word) == ()
