"""What somebody else wrote reorders nothing around it where it is shown."""

import pytest

from brand_index.fields import isolated


@pytest.mark.parametrize("text", ["S9", "Müller & Söhne", "店铺-17", ""])
def test_a_text_from_left_to_right_is_shown_as_it_is(text: str) -> None:
    assert isolated(text) == text


def test_a_character_that_only_turns_the_direction_is_shown_as_one() -> None:
    assert isolated("\u202eS9\u2066") == "\ufffdS9\ufffd"


def test_a_text_from_right_to_left_is_kept_apart_from_what_is_around_it() -> None:
    assert isolated("مرحبا") == "\u2068مرحبا\u2069"
