"""Two identifiers that people cannot tell apart are found to look the same."""

import pytest

from brand_index.fields import look


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACME-1", "acme-1"),
        ("acme 1", "acme\u00a01"),
        ("acme-1", "acme\u20111"),
        ("acme-1", "ACME\u2010\u200b1"),
        ("acme\u22121", "acme-1"),
        ("ACME 1", "\uff21cme1"),
    ],
)
def test_ids_that_differ_in_case_blanks_hyphens_or_width_alone_look_the_same(one: str, other: str) -> None:
    assert look(one) == look(other)


@pytest.mark.parametrize(("one", "other"), [("acme-1", "acme1"), ("acme", "acmé"), ("1l", "11")])
def test_ids_that_differ_in_what_is_seen_look_otherwise(one: str, other: str) -> None:
    assert look(one) != look(other)
