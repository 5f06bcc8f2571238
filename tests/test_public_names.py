"""What users may import; a change here is a change for them."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import brand_index.errors
import scanner
from brand_index.errors import MarkscanError
from tests.sources import parsed

ROOT = Path(__file__).parent.parent


def test_the_package_offers_these_names() -> None:
    assert scanner.__all__ == ["Box", "Decision", "Evidence", "Listing", "Reason", "Scanner", "Verdict"]
    assert all(hasattr(scanner, name) for name in scanner.__all__)


def test_every_error_has_a_code_of_its_own() -> None:
    errors = [each for each in vars(brand_index.errors).values() if isinstance(each, type)]
    codes = [error.code for error in errors if issubclass(error, MarkscanError)]
    assert len(set(codes)) == len(codes)


def classes_and_codes() -> Iterator[tuple[ast.ClassDef, str | None]]:
    """The errors of both packages, found in their text so that no module need be imported, and the code of each."""
    named = {"MarkscanError"}
    classes = [
        node
        for path in sorted([*ROOT.glob("brand_index/**/*.py"), *ROOT.glob("scanner/**/*.py")])
        for node in parsed(path).body
        if isinstance(node, ast.ClassDef)
    ]
    for _ in range(4):  # as deep as the tree may be
        named |= {each.name for each in classes if any(isinstance(b, ast.Name) and b.id in named for b in each.bases)}
    for each in classes:
        if each.name in named:
            given = (node.value for node in each.body if isinstance(node, ast.Assign | ast.AnnAssign))
            yield each, next((str(value.value) for value in given if isinstance(value, ast.Constant)), None)


def test_every_error_is_in_the_tree_or_below_it_and_has_a_code_of_its_own() -> None:
    found = list(classes_and_codes())
    assert len(found) > 25
    assert [each.name for each, _ in found if each.name not in (brand_index.errors.__doc__ or "")] == []
    codes = Counter(code for _, code in found)
    assert [code for code, number in codes.items() if code is None or number > 1] == []


def test_the_words_of_verdicts_are_these() -> None:
    assert [decision.value for decision in scanner.Decision] == ["clear", "review", "block"]
    assert [reason.value for reason in scanner.Reason] == [
        "no_match",
        "nothing_searched",
        "suppressed",
        "incomplete",
        "unreadable",
        "authorized",
        "nominative_use",
        "word_in_text",
        "word_unauthorized",
        "lookalike",
        "imitation_named",
        "replica_offered",
        "logo_unauthorized",
        "mark_concealed",
        "photo_suspected",
        "photo_copied",
    ]
