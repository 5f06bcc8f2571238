"""Words on the command line and in a CSV file: what the commands say, record and refuse."""

import time
from pathlib import Path

import pytest

from scanner.commands.shell import ExitCode
from tests.scanner.commands.test_brand_owner import ACME, Shell, draw_logo, write_csv

HEADER = "brand,name,owner,contact,kind,word,path,nice"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def lettered(number: int) -> str:
    """A word of its own for each number, in letters that resemble no others."""
    return f"Tarnvik q{number}".translate(str.maketrans("0123456789", "bcdfghjkmp"))


def words_of(shell: Shell) -> list[str]:
    return sorted(each["word"] for brand in shell.shown()["brands"] for each in brand["references"] if each["word"])


def test_words_are_registered_with_their_mark_and_said_to_be(shell: Shell) -> None:
    assert shell("register", *ACME, "--word", "ACME", "--word", "Акме Спорт", "--nice", "25") == ExitCode.DONE
    assert "ACME: registered: acme-word-" in shell.output
    assert "2 registered" in shell.output
    assert words_of(shell) == ["ACME", "Акме Спорт"]
    assert [mark["nice"] for mark in shell.shown()["brands"][0]["marks"]] == [[25], [25]]


def test_how_common_a_word_is_and_what_follows_is_said(shell: Shell) -> None:
    shell("register", *ACME, "--word", "Tarnvik", "--word", "Summer")
    assert "Tarnvik: under 1 in a million words of ordinary text" in shell.output
    assert shell.output.count("its matches in images go to review at most") == 1
    shell("register", "--brand", "acme", "--word", "Qzx", "--quiet")
    assert "short (3 letters)" in shell.output


def test_words_and_logos_are_registered_in_one_call(shell: Shell, tmp_path: Path) -> None:
    logo = draw_logo(tmp_path / "logo.png")
    assert shell("register", *ACME, "--word", "Tarnvik", "--no-audit", logo) == ExitCode.DONE
    assert [each["kind"] for each in shell.shown()["brands"][0]["references"]] == ["logo", "word"]


def test_a_word_that_is_refused_leaves_the_others(shell: Shell) -> None:
    assert shell("register", *ACME, "--word", "501", "--word", "Tarnvik") == ExitCode.SOME_FAILED
    assert "501: refused: word '501' is digits alone" in shell.errors
    assert words_of(shell) == ["Tarnvik"]


def test_a_word_that_reads_as_a_registered_one_names_it(shell: Shell) -> None:
    shell("register", *ACME, "--word", "Tarnvik")
    assert shell("register", "--brand", "acme", "--word", "TARNVIK") == ExitCode.DONE
    assert "TARNVIK (reads as Tarnvik): already registered" in shell.output


def test_the_word_of_another_brand_makes_a_conflict_that_is_listed(shell: Shell) -> None:
    shell("register", *ACME, "--word", "Tarnvik")
    shell("register", "--brand", "orlanda", "--name", "O", "--owner", "O", "--contact", "o", "--word", "Tarnvik")
    assert "conflict 1: acme registered the same word" in shell.output
    shell("conflicts", "list")
    assert "word" in shell.output
    ids = [each["reference_id"] for brand in shell.shown()["brands"] for each in brand["references"]]
    shell("conflicts", "resolve", "1", "--withdraw", "orlanda")
    shell("reinstate", ids[1])
    assert "registered the same word" in shell.output


def test_a_word_is_withdrawn_and_its_mark_edited_by_its_id(shell: Shell) -> None:
    shell("register", *ACME, "--word", "Tarnvik")
    (reference,) = shell.shown()["brands"][0]["references"]
    assert shell("marks", "edit", reference["reference_id"], "--nice", "25") == ExitCode.DONE
    assert "shown by Tarnvik" in shell.output
    assert shell("withdraw", reference["reference_id"]) == ExitCode.DONE
    assert "(Tarnvik) is withdrawn" in shell.output
    shell("brands")
    assert "words" in shell.output


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--kind", "word", "logo.png"), "give it with --word instead of a PATH"),
        (("--kind", "word"), "give it with --word instead of a PATH"),
        (("--word", " "), "--word is empty"),
        ((), "a word with --word"),
    ],
)
def test_what_names_no_word_is_a_usage_error(shell: Shell, arguments: tuple[str, ...], reason: str) -> None:
    assert shell("register", *ACME, *arguments) == ExitCode.USAGE
    assert reason in shell.errors


def test_a_table_has_words_and_images(shell: Shell, tmp_path: Path) -> None:
    draw_logo(tmp_path / "logo.png")
    table = write_csv(
        tmp_path,
        "acme,Acme,A,a@a.example,word,Tarnvik,,25",
        "acme,,,,logo,,logo.png,",
        "acme,,,,word,Veltro,,",
        header=HEADER,
    )
    assert shell("register", "--no-audit", "--csv", table) == ExitCode.DONE
    assert [line.split(":")[0] for line in shell.output.splitlines()[:3]] == ["line 2", "line 3", "line 4"]
    assert words_of(shell) == ["Tarnvik", "Veltro"]


def test_a_word_that_reads_as_another_is_said_to_be_registered_already(shell: Shell) -> None:
    shell("register", *ACME, "--word", "Tarnvik", "--word", "Tarn-v1k")
    assert "1 registered" in shell.output
    assert "already registered" in shell.output
    assert words_of(shell) == ["Tarnvik"]


def test_another_brands_word_in_letters_that_look_alike_is_a_conflict(shell: Shell, tmp_path: Path) -> None:
    shell("register", *ACME, "--word", "Tarnvik")
    table = write_csv(tmp_path, "bolt,Bolt,B,b,word,Tаrnvіk,,", header=HEADER)  # Cyrillic а and і
    assert shell("register", "--csv", table) == ExitCode.DONE
    assert "conflict" in shell.output + shell.errors
    assert words_of(shell) == ["Tarnvik", "Tаrnvіk"]


def test_a_table_of_words_needs_no_column_of_paths(shell: Shell, tmp_path: Path) -> None:
    table = write_csv(tmp_path, "acme,Acme,A,a,word,Tarnvik", header="brand,name,owner,contact,kind,word")
    assert shell("register", "--csv", table) == ExitCode.DONE


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("acme,,,,word,,,", "word is empty"),
        ("acme,,,,word,Tarnvik,logo.png,", "path 'logo.png' is given for a word"),
        ("acme,,,,logo,Tarnvik,logo.png,", "word 'Tarnvik' is given for a logo"),
        ("acme,,,,slogan,Tarnvik,,", "give logo, photo or word"),
        ("acme,,,,word,42,,", "digits alone"),
        ("acme,,,,word,Tarn\x07vik,,", "control character"),
        ("acme,,,,word,Tarnvik,,99", "Nice class '99'"),
    ],
)
def test_a_row_that_names_no_word_is_refused_by_its_line(shell: Shell, tmp_path: Path, row: str, reason: str) -> None:
    table = write_csv(tmp_path, "acme,Acme,A,a,word,Veltro,,", row, header=HEADER)
    assert shell("register", "--csv", table) == ExitCode.SOME_FAILED
    (refused,) = [line for line in shell.errors.splitlines() if ": refused: " in line]
    assert refused.startswith("line 3: ")
    assert reason in refused
    assert words_of(shell) == ["Veltro"]


def test_of_two_thousand_rows_ten_bad_ones_are_named_and_the_others_registered(shell: Shell, tmp_path: Path) -> None:
    rows = [
        f"b{number % 40},B{number % 40},o,c,word,{'12' if number % 200 == 7 else lettered(number)},"
        for number in range(2_000)
    ]
    table = write_csv(tmp_path, *rows, header="brand,name,owner,contact,kind,word,path")
    begun = time.monotonic()
    assert shell("register", "--quiet", "--csv", table) == ExitCode.SOME_FAILED
    assert time.monotonic() - begun < 60  # 6 s
    assert shell.errors.count("digits alone") == 10
    assert "line 9: refused" in shell.errors
    assert "1990 registered, 10 refused" in shell.output


def test_of_many_rows_the_first_are_named_and_the_rest_counted(shell: Shell, tmp_path: Path) -> None:
    rows = [f"b,B,o,c,word,{'12' if number >= 300 else lettered(number)},{number % 45 + 1}" for number in range(450)]
    table = write_csv(tmp_path, *rows, header="brand,name,owner,contact,kind,word,nice")
    assert shell("register", "--csv", table) == ExitCode.SOME_FAILED
    assert shell.output.count(": registered: ") == 20
    assert "and 280 more, not listed here: `markscan brands --json` lists every reference" in shell.output
    assert "and 280 more words, all of them rarer" in shell.output
    assert shell.errors.count(": refused: ") == 100
    assert "and 50 more were refused" in shell.errors


def test_a_bad_first_row_of_a_new_brand_hides_nothing_of_its_others(shell: Shell, tmp_path: Path) -> None:
    rows = ("acme,Acme,A,a,slogan,Tarnvik,,", "acme,,,,word,42,,", "acme,,,,word,Veltro,,")
    assert shell("register", "--csv", write_csv(tmp_path, *rows, header=HEADER)) == ExitCode.SOME_FAILED
    assert "line 2: refused: kind 'slogan'" in shell.errors
    assert "line 3: refused: word '42' is digits alone" in shell.errors
    assert words_of(shell) == ["Veltro"]


def test_a_row_with_two_faults_names_both(shell: Shell, tmp_path: Path) -> None:
    table = write_csv(tmp_path, "acme,,,,word,42,,", "acme,Acme,A,a,word,Veltro,,", header=HEADER)
    assert shell("register", "--csv", table) == ExitCode.SOME_FAILED
    (refused,) = [line for line in shell.errors.splitlines() if ": refused: " in line]
    assert "give its name, owner, contact too" in refused
    assert "digits alone" in refused
