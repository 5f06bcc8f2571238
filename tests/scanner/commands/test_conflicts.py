"""Conflicts in a shell: they are listed, and resolved in one way at a time."""

from pathlib import Path

import pytest

from scanner.commands.shell import ExitCode
from tests.scanner.commands.test_brand_owner import ACME, Shell, draw_logo

BOLT = ("--brand", "bolt", "--name", "Bolt", "--owner", "Bolt GmbH", "--contact", "ip@bolt.example")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A store in which two brands hold one file."""
    made, logo = Shell(tmp_path), draw_logo(tmp_path / "logo.png")
    made("register", *ACME, logo)
    made("register", *BOLT, logo)
    assert "conflict 1: acme registered the same file" in made.output
    return made


def test_open_conflicts_are_listed_and_resolved_ones_on_request(shell: Shell) -> None:
    assert shell("conflicts", "list") == ExitCode.DONE
    assert all(word in shell.output for word in ("logo", "acme", "bolt"))
    shell("conflicts", "resolve", "1", "--keep-both", "--note", "joint venture")
    shell("conflicts", "list")
    assert shell.output == "no open conflicts\n"
    shell("conflicts", "list", "--all")
    assert all(word in shell.output for word in ("acme", "both", "kept", "local", "joint"))


def test_a_brands_reference_is_withdrawn(shell: Shell) -> None:
    assert shell("conflicts", "resolve", "1", "--withdraw", "bolt") == ExitCode.DONE
    assert shell.output == "conflict 1 of acme and bolt is resolved: the reference of bolt is withdrawn\n"
    withdrawn = {brand["brand_id"]: brand["references"][0]["withdrawn_at"] for brand in shell.shown()["brands"]}
    assert withdrawn["acme"] is None
    assert withdrawn["bolt"] is not None


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("1",), "either --keep-both or --withdraw BRAND"),
        (("1", "--keep-both", "--withdraw", "acme"), "either --keep-both or --withdraw BRAND"),
        (("1", "--withdraw", "cobalt"), "acme or bolt"),
        (("2", "--keep-both"), "no conflict 2"),
    ],
    ids=["neither", "both", "another brand", "unknown"],
)
def test_what_does_not_resolve_a_conflict_is_a_usage_error(
    shell: Shell, arguments: tuple[str, ...], reason: str
) -> None:
    assert shell("conflicts", "resolve", *arguments) == ExitCode.USAGE
    assert reason in shell.errors
    shell("conflicts", "list")
    assert "bolt" in shell.output
