"""docs/asvs.md answers each requirement of levels 1 and 2 once, counts its rows, and names what exists."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.service.accounts import passwords, users
from scanner.service.accounts.guesses import UNKNOWN_SECRETS
from scanner.service.accounts.logins import BY_ADDRESS, BY_DEVICE, BY_NAME, BY_NAME_AND_ADDRESS
from scanner.service.limits import connections

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "asvs.md").read_text("utf-8")
STATUSES = ("met", "not met", "not applicable")
REQUIRED: dict[int, dict[int, Sequence[int]]] = {  # of levels 1 and 2 in ASVS 5.0.0: chapter: section: numbers
    1: {1: (1, 2), 2: range(1, 10), 3: range(1, 12), 4: (1, 2, 3), 5: (1, 2)},
    2: {1: (1, 2, 3), 2: (1, 2, 3), 3: (1, 2, 3, 4), 4: (1,)},
    3: {2: (1, 2), 3: (1, 2, 3, 4), 4: range(1, 7), 5: range(1, 6), 7: (1, 2)},
    4: {1: (1, 2, 3), 2: (1,), 3: (1, 2), 4: (1, 2, 3, 4)},
    5: {1: (1,), 2: (1, 2, 3), 3: (1, 2), 4: (1, 2, 3)},
    6: {1: (1, 2, 3), 2: range(1, 13), 3: range(1, 5), 4: range(1, 5), 5: range(1, 6), 6: (1, 2, 3), 8: range(1, 5)},
    7: {1: (1, 2, 3), 2: range(1, 5), 3: (1, 2), 4: range(1, 6), 5: (1, 2), 6: (1, 2)},
    8: {1: (1, 2), 2: (1, 2, 3), 3: (1,), 4: (1,)},
    9: {1: (1, 2, 3), 2: range(1, 5)},
    10: {1: (1, 2), 2: (1, 2), 3: range(1, 5), 4: range(1, 12), 5: range(1, 6), 6: (1, 2), 7: (1, 2, 3)},
    11: {1: (1, 2), 2: (1, 2, 3), 3: (1, 2, 3), 4: range(1, 5), 5: (1,), 6: (1,)},
    12: {1: (1, 2, 3), 2: (1, 2), 3: range(1, 5)},
    13: {1: (1,), 2: range(1, 6), 3: (1, 2), 4: range(1, 6)},
    14: {1: (1, 2), 2: range(1, 5), 3: (1, 2, 3)},
    15: {1: (1, 2, 3), 2: (1, 2, 3), 3: range(1, 8)},
    16: {1: (1,), 2: range(1, 6), 3: range(1, 5), 4: (1, 2, 3), 5: (1, 2, 3)},
    17: {1: (1,), 2: range(1, 5), 3: (1, 2)},
}
Number = tuple[int, int, int]
ALL: tuple[Number, ...] = tuple(
    (chapter, section, number)
    for chapter, sections in REQUIRED.items()
    for section in sections
    for number in sections[section]
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page: a requirement, or a range of them that are alike."""

    numbers: tuple[Number, ...]
    status: str
    shown_by: str


def rows() -> Iterator[Row]:
    line = re.compile(r"^\| (\d+\.\d+\.\d+)(?: to (\d+\.\d+\.\d+))? \|[^|]+\| ([a-z ]+) \|([^|]+)\|$", re.MULTILINE)
    for match in line.finditer(PAGE):
        first, last = (
            (int(a), int(b), int(c)) for a, b, c in (each.split(".") for each in (match[1], match[2] or match[1]))
        )
        numbers = tuple(each for each in ALL if first <= each <= last)
        assert {first, last} <= set(numbers), match[0]
        yield Row(numbers, match[3], match[4])


def summary() -> str:
    """The table that the page begins with."""
    titles = dict(re.findall(r"^## V(\d+) (.+)$", PAGE, re.MULTILINE))
    counts: Counter[tuple[int, str]] = Counter()
    for row in rows():
        counts.update((chapter, row.status) for chapter, _, _ in row.numbers)
    lines = ["| chapter | met | not met | not applicable |", "| --- | ---: | ---: | ---: |"]
    for chapter in REQUIRED:
        cells = " | ".join(str(counts[chapter, status]) for status in STATUSES)
        lines.append(f"| V{chapter} {titles[str(chapter)]} | {cells} |")
    sums = " | ".join(str(sum(counts[chapter, status] for chapter in REQUIRED)) for status in STATUSES)
    return "\n".join([*lines, f"| all {len(ALL)} | {sums} |"])


def test_every_requirement_of_levels_1_and_2_has_one_row() -> None:
    assert len(ALL) == 253
    assert Counter(number for row in rows() for number in row.numbers) == Counter(ALL)


def test_every_row_has_one_of_three_statuses_and_says_what_shows_it() -> None:
    for row in rows():
        assert row.status in STATUSES, row
        assert row.shown_by.strip(), row
        if row.status == "met":
            assert re.search(r"`[\w./-]+\.\w+`|\]\([\w./#-]+\)", row.shown_by), f"{row.numbers[0]} names no file"


def test_the_summary_counts_the_rows() -> None:
    assert f"\n\n{summary()}\n\n" in PAGE, f"the page should begin with\n{summary()}"


def test_every_test_that_is_named_is_in_a_file_of_its_row() -> None:
    for row in rows():
        files = re.findall(r"`(tests/[\w./-]+\.py)`", row.shown_by)
        texts = "".join((ROOT / file).read_text("utf-8") for file in files)
        for test in re.findall(r"`(test_\w+)`", row.shown_by):
            assert f"def {test}(" in texts, f"{row.numbers[0]}: {test}"


@pytest.mark.parametrize(
    "words",
    [
        f"{passwords.LEAST_PASSWORD} to {passwords.LONGEST_PASSWORD} characters",
        f"in {passwords.LEAST_GUESSES:,} guesses",
        f"on {', '.join(passwords.OF_THE_SERVICE[:-1])} or {passwords.OF_THE_SERVICE[-1]}",
        f"after {users.IDLE.total_seconds() / 3600:g} hours without use",
        f"after {users.LONGEST.total_seconds() / 3600:g} hours in any case",
        f"{BY_NAME_AND_ADDRESS.amount} a minute for one name from one address",
        f"{BY_NAME.amount} in ten minutes for one name from anywhere",
        f"{BY_ADDRESS.amount} in ten minutes from one address",
        f"apart, {BY_DEVICE.amount} a minute",
        f"keys that are not valid, {UNKNOWN_SECRETS.amount} a minute from one address",
        f"may wait for a call, for {connections.SECONDS:g} seconds",
        f"{connections.HEAD_BYTES // 1024} KiB and {connections.HEADERS} headers",
    ],
)
def test_the_controls_are_those_of_the_program(words: str) -> None:
    text = (ROOT / "docs" / "security-controls.md").read_text("utf-8")
    assert words in re.sub(r"\s+", " ", text)
