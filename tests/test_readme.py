"""What README and CONTRIBUTING say can be done as they say it."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from scanner.commands.main import markscan, scan_images_app
from scanner.engine.types import Alteration, Evidence

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


def offered() -> set[str]:
    group = get_command(markscan)
    assert isinstance(group, TyperGroup)
    commands = [get_command(scan_images_app), *group.commands.values()]
    commands += [each for command in commands if isinstance(command, TyperGroup) for each in command.commands.values()]
    return {name for command in commands for parameter in command.params for name in parameter.opts}


def test_every_option_that_the_readme_shows_exists() -> None:
    of_other_programs = {
        "--data",
        "--markdown",
        "--json",
        "--clean",
        "--sift-queries",
        "--photos",
        "--against",
        "--edits-each",
        "--records",
        "--no-peers",
        "--figure",
        "--references",
        "--minutes",
    }
    assert options(README) - offered() <= of_other_programs


def test_every_option_of_scan_images_is_in_the_readme() -> None:
    names = {name for parameter in get_command(scan_images_app).params for name in parameter.opts}
    shown = {name for name in names if name.startswith("--")}
    assert shown - options(README) <= {"--version", "--help"}


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_file_that_the_readme_links_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_two_commands_are_the_ones_that_ci_runs_and_people_copy() -> None:
    commands = re.findall(r"^    (pip install .*)$", README, re.MULTILINE)
    assert commands[:2] == ["pip install . && scan-images --demo demo", "pip install '.[test]' && pytest"]


def test_the_keys_of_a_row_are_named() -> None:
    for key in ("image_sha256", "unmet_authorizations", "reference_box", "correlation", "scanned_at"):
        assert f"`{key}`" in README


def test_at_most_ten_choices_are_explained() -> None:
    section = README.partition("## Why it is built this way")[2].partition("\n## ")[0]
    assert 1 <= len(re.findall(r"^\| (?!choice|---)", section, re.MULTILINE)) <= 10


def test_every_field_of_an_evidence_is_in_the_readme() -> None:
    assert [field.name for field in fields(Evidence) if f"`{field.name}`" not in README] == []


def test_every_field_of_an_alteration_is_in_the_readme() -> None:
    assert [field.name for field in fields(Alteration) if f"`{field.name}`" not in README] == []
