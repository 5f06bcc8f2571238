"""What users may import; a change here is a change for them."""

import brand_index.errors
import scanner
from brand_index.errors import MarkscanError


def test_the_package_offers_these_names() -> None:
    assert scanner.__all__ == ["Box", "Decision", "Evidence", "Listing", "Reason", "Scanner", "Verdict"]
    assert all(hasattr(scanner, name) for name in scanner.__all__)


def test_every_error_has_a_code_of_its_own() -> None:
    errors = [each for each in vars(brand_index.errors).values() if isinstance(each, type)]
    codes = [error.code for error in errors if issubclass(error, MarkscanError)]
    assert len(set(codes)) == len(codes)


def test_the_words_of_verdicts_are_these() -> None:
    assert [decision.value for decision in scanner.Decision] == ["clear", "review", "block"]
    assert [reason.value for reason in scanner.Reason] == [
        "no_match",
        "silenced",
        "incomplete",
        "unreadable",
        "authorized",
        "logo_unauthorized",
        "photo_suspected",
        "photo_copied",
    ]
