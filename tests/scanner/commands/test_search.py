"""The command search: what it takes for an image and for a word, what it prints, and what it refuses."""

import json
from pathlib import Path

import pytest

from scanner.commands.shell import ExitCode
from tests.conftest import draw_logo
from tests.scanner.commands.test_brand_owner import ACME, Shell


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A store with Acme's logo and word, of one mark."""
    folder = tmp_path_factory.mktemp("search")
    draw_logo("TARNVIK", (200, 30, 40)).save(folder / "tarnvik.png")
    shell = Shell(folder)
    mark = ("--office", "EM", "--registration-number", "018000001", "--nice", "25", "--vienna", "26.4.5")
    words = ("--word", "Tarnvik", "--no-audit")
    assert shell("register", *ACME, *mark, *words, folder / "tarnvik.png") == ExitCode.DONE
    return shell


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    draw_logo("TARNVEK", (200, 30, 40)).save(tmp_path / "new.png")
    return tmp_path / "new.png"


def test_a_word_is_listed_with_its_similarity_brand_mark_and_why(shell: Shell) -> None:
    assert shell("search", "Tarnwik") == ExitCode.DONE
    for shown in ("0.86", "acme", "EM 018000001", "25", "26.4.5", "spelled alike"):
        assert shown in shell.output


def test_an_image_is_listed_in_one_row_with_word_shape_and_colour(shell: Shell, logo: Path) -> None:
    assert shell("search", logo, "--json") == ExitCode.DONE
    (found,) = json.loads(shell.output)["results"]
    assert (found["read"], found["registered_word"], found["word"]) == ("TARNVEK", "Tarnvik", 0.857)
    assert found["similarity"] == found["shape"] > 0.9
    assert found["colour"] > 0.98
    assert found["mark"]["registration_number"] == "018000001"


def test_marks_of_other_classes_are_left_out_and_that_is_said(shell: Shell) -> None:
    assert shell("search", "Tarnvik", "--nice", "9") == ExitCode.DONE
    assert shell.output == "no registered mark is similar to Tarnvik among those asked for\n"
    shell("search", "Tarnvik", "--nice", "9,25", "--vienna", "26.4", "--json")
    assert len(json.loads(shell.output)["results"]) == 1


@pytest.mark.parametrize("path", ["x.png", "no/such/logo.svg", "./logo", "/no/such"])
def test_a_path_that_is_not_there_is_no_word(shell: Shell, path: str) -> None:
    assert shell("search", path) == ExitCode.USAGE
    assert f"{path} is not there: check the path" in shell.errors


def test_a_folder_is_no_image(shell: Shell, tmp_path: Path) -> None:
    assert shell("search", tmp_path) == ExitCode.USAGE
    assert "is a folder: name one image" in shell.errors


@pytest.mark.parametrize("word", ["24/7 Tarnvik", "Tarnvik.com", ".NET", "x" * 99])
def test_a_word_may_have_the_signs_of_a_path(shell: Shell, word: str) -> None:
    assert shell("search", word) == ExitCode.DONE


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("!!",), "no letter or digit"),
        (("",), "word is empty"),
        (("x" * 400,), "100 at most"),
        (("Tarnvik", "--nice", "99"), "Nice class '99'"),
        (("Tarnvik", "--vienna", "40"), "Vienna code '40'"),
        (("Tarnvik", "--limit", "0"), "1 to 100"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(shell: Shell, arguments: tuple[str, ...], why: str) -> None:
    assert shell("search", *arguments) == ExitCode.USAGE
    assert why in shell.errors


def test_a_file_that_is_no_image_is_refused(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    assert shell("search", tmp_path / "broken.png") == ExitCode.USAGE
    assert "broken.png" in shell.errors


def test_a_store_without_a_word_says_what_to_do(tmp_path: Path) -> None:
    draw_logo("TARNVIK", (200, 30, 40)).save(tmp_path / "tarnvik.png")
    shell = Shell(tmp_path)
    shell("register", *ACME, "--no-audit", tmp_path / "tarnvik.png")
    assert shell("search", "Tarnvik") == ExitCode.USAGE
    assert "no word is registered" in shell.errors
