"""Letters that stand apart are joined to the line that they spell."""

import pytest

from brand_index.features.words.apart import joined
from brand_index.features.words.text_line import TextLine


def below_each_other(text: str) -> list[TextLine]:
    """A line for each letter, 20 pixels high, in a column."""
    return [
        TextLine(letter, 0.9, ((0.0, top), (16.0, top), (16.0, top + 20), (0.0, top + 20)), (0.5,))
        for letter, top in zip(text, range(0, 24 * len(text), 24), strict=True)
    ]


@pytest.mark.parametrize(
    ("read", "meant"),
    [("VELTR0", "VELTRO"), ("T1LDA", "TILDA"), ("VELTRO", "VELTRO"), ("4711", "4711"), ("A10", "A10")],
)
def test_a_digit_that_a_letter_alone_may_be_is_that_letter_among_letters(read: str, meant: str) -> None:
    assert [line.text for line in joined(below_each_other(read))] == [meant]
