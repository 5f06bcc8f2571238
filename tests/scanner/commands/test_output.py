"""Programs whose output nobody reads any more finish their work, and end as they would have."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.scanner.commands.test_brand_owner import ACME, Shell

MARKSCAN = [sys.executable, "-c", "from scanner.commands.main import markscan_main; markscan_main()"]


def ended_after_one_line(*arguments: str) -> tuple[int, str]:
    """The exit code of a command of which one line was read, and what it said on standard error."""
    with subprocess.Popen(
        [*MARKSCAN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        errors = program.stderr.read()
        return program.wait(), errors


def test_a_registration_goes_on_when_its_reader_has_gone(tmp_path: Path) -> None:
    words = [
        text
        for number in range(120)
        for text in ("--word", f"Tarnvik q{number}".translate(str.maketrans("0123456789", "bcdfghjkmp")))
    ]
    code, errors = ended_after_one_line("register", *ACME, *words, "--store", str(tmp_path / "store"))
    assert (code, "Traceback" in errors, "Broken pipe" in errors) == (0, False, False)
    shell = Shell(tmp_path)
    assert sum(len(brand["references"]) for brand in shell.shown()["brands"]) == 120


@pytest.mark.parametrize("arguments", [("brands",), ("brands", "--json"), ("conflicts", "list"), ("--help",)])
def test_a_list_of_which_the_rest_is_not_read_ends_well(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    shell = Shell(tmp_path)
    shell("register", *ACME, "--word", "Tarnvik")
    place = () if arguments == ("--help",) else ("--store", str(tmp_path / "store"))
    assert ended_after_one_line(*arguments, *place)[0] == 0
