"""No table of the command line cuts an identifier, on a narrow terminal or elsewhere."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from brand_index.store import Store
from brand_index.types import Brand
from scanner.commands.main import markscan
from scanner.commands.shell import show_table
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user

LONG = "a" * 57 + "-1z"  # 60 characters, the longest that a brand may have but four
NOTE = f"[red]{LONG}[/red]"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose identifiers are as long as they may be."""
    folder, now = tmp_path_factory.mktemp("tables") / "store", datetime.now(UTC)
    with open_registry(Store(folder), create=True) as registry:
        registry.save_brand(Brand(LONG, NOTE, "Acme Ltd", "ip@acme.example"), now)
        create_key(registry.database, role=Role.BRAND_OWNER, name=NOTE, brands=frozenset({LONG}), now=now)
        add_user(
            registry.database, LONG, "correct horse battery", Role.BRAND_OWNER, now, brands=frozenset({LONG, "acme"})
        )
    return folder


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "file"])
@pytest.mark.parametrize("command", ["brands", "keys list", "users list"])
def test_an_identifier_is_on_one_line_at_80_columns(
    filled: Path, command: str, terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TTY_COMPATIBLE", "1" if terminal else "0")
    said = CliRunner().invoke(markscan, [*command.split(), "--store", str(filled)])
    assert said.exit_code == 0, said.output
    assert LONG in said.output, "on one line, so that it can be copied"
    assert "…" not in said.output
    if command != "users list":
        assert NOTE in said.output, "no markup"


def test_a_table_that_fits_is_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    show_table(("key", "calls"), [("mk_1", "20"), ("mk_2", "3")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all("mk_" in line for line in lines[3:5])
    show_table(("key", "note"), [("mk_1", LONG + LONG), ("mk_2", "")])
    assert capsys.readouterr().out.splitlines() == ["key: mk_1", f"note: {LONG + LONG}", "", "key: mk_2", ""]
