"""Words that can be read in logos, on the command line: suggested in a line, registered with --with-words."""

from pathlib import Path

import pytest

from scanner.commands.shell import ExitCode
from tests.conftest import draw_logo
from tests.scanner.commands.test_brand_owner import ACME, Shell, write_csv
from tests.scanner.commands.test_words import words_of

QUICKLY = (*ACME, "--no-audit")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    return drawn(tmp_path / "logo.png", "TARNVIK", 90)


def drawn(path: Path, word: str, red: int) -> Path:
    draw_logo(word, (red, 30, 40)).save(path)
    return path


def test_the_word_of_a_new_logo_is_suggested_and_not_registered(shell: Shell, logo: Path) -> None:
    assert shell("register", *QUICKLY, logo) == ExitCode.DONE
    assert f"{logo}: reads TARNVIK: register the word too? --with-words does it" in shell.output
    assert words_of(shell) == []


def test_the_command_again_with_words_registers_the_word_with_the_mark(shell: Shell, logo: Path) -> None:
    shell("register", *QUICKLY, "--nice", "25", logo)
    assert shell("register", *QUICKLY, "--nice", "25", "--with-words", logo) == ExitCode.DONE
    assert f"{logo}: reads TARNVIK: registered: acme-word-" in shell.output
    assert "1 registered, 1 already registered" in shell.output
    assert words_of(shell) == ["TARNVIK"]
    (brand,) = shell.shown()["brands"]
    assert [mark["nice"] for mark in brand["marks"]] == [[25], [25]]


def test_a_registered_word_is_neither_suggested_nor_registered_again(shell: Shell, logo: Path) -> None:
    shell("register", *QUICKLY, "--word", "Tarnvik", logo)
    assert "reads" not in shell.output
    shell("register", *QUICKLY, "--with-words", logo)
    assert "reads" not in shell.output
    assert words_of(shell) == ["Tarnvik"]


def test_a_word_on_several_logos_is_suggested_once(shell: Shell, logo: Path, tmp_path: Path) -> None:
    shell("register", *QUICKLY, logo, drawn(tmp_path / "red.png", "TARNVIK", 200))
    assert shell.output.count("reads TARNVIK") == 1


def test_quiet_suggests_nothing_and_registers_all_the_same(shell: Shell, logo: Path) -> None:
    shell("register", *QUICKLY, "--quiet", logo)
    assert "reads" not in shell.output
    assert shell("register", *QUICKLY, "--quiet", "--with-words", logo) == ExitCode.DONE
    assert "reads" not in shell.output
    assert words_of(shell) == ["TARNVIK"]


def test_a_table_suggests_the_words_that_it_does_not_name_itself(shell: Shell, logo: Path, tmp_path: Path) -> None:
    drawn(tmp_path / "other.png", "ORLANDA", 200)
    rows = ("acme,Acme,A,a@a.example,logo,,logo.png", "acme,,,,logo,,other.png", "acme,,,,word,Orlanda,")
    table = write_csv(tmp_path, *rows, header="brand,name,owner,contact,kind,word,path")
    assert shell("register", "--no-audit", "--csv", table) == ExitCode.DONE
    assert f"line 2: {logo}: reads TARNVIK: register the word too?" in shell.output
    assert "reads ORLANDA" not in shell.output
    assert shell("register", "--no-audit", "--with-words", "--csv", table) == ExitCode.DONE
    assert f"line 2: {logo}: reads TARNVIK: registered" in shell.output
    assert words_of(shell) == ["Orlanda", "TARNVIK"]


@pytest.mark.parametrize("more", [("--kind", "photo", "photos"), ("--word", "Tarnvik")], ids=["photos", "no image"])
def test_with_words_where_no_logo_is_named_is_a_usage_error(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    assert shell("register", *ACME, "--with-words", *more) == ExitCode.USAGE
    assert "only logos are read" in shell.errors


def test_words_of_logos_registered_without_a_class_are_registered_with_one(shell: Shell, logo: Path) -> None:
    shell("register", *QUICKLY, logo)
    assert shell("register", *QUICKLY, "--nice", "25", "--with-words", logo) == ExitCode.DONE
    assert "1 logo registered before: nothing of their marks is changed" in shell.output
    assert words_of(shell) == ["TARNVIK"]
    assert [mark["nice"] for mark in shell.shown()["brands"][0]["marks"]] == [[25]]


def test_words_of_logos_of_another_class_are_refused(shell: Shell, logo: Path) -> None:
    shell("register", *QUICKLY, "--nice", "9", logo)
    assert shell("register", *QUICKLY, "--nice", "25", "--with-words", logo) == ExitCode.SOME_FAILED
    assert "Nice 9 is recorded, 25 is given" in shell.errors
    assert words_of(shell) == []
