"""Whatever path, address or URL a command is given: one line says what is wrong with it, at once."""

import os
import socket
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from brand_index.store import Store
from scanner.commands.main import markscan, scan_images_app
from scanner.commands.shell import ExitCode, plain_errors
from tests.conftest import draw_logo, png

AT = "{path}"  # in a command line: the path that is tried
ONE_FILE = {
    "listings": ["scan-images", "image.png", "--listings", AT],
    "policy": ["scan-images", "image.png", "--policy", AT],
    "models": ["scan-images", "image.png", "--model", AT],
    "references": ["register", "--csv", AT],
    "document": ["authorize", "--brand", "acme", "--seller", "S1", "--document", AT],
    "authorizations": ["authorize", "--csv", AT],
    "checkpoints": ["audit", "verify", "--checkpoints", AT],
    "bundle": ["evidence", "verify", AT],
}
FOLDERS = {
    "results": ["scan-images", "image.png", "--out", AT],
    "demo": ["scan-images", "--demo", AT],
    "statements": ["statements", "export", "--first-day", "2026-01-01", "--last-day", "2026-01-02", "--out", AT],
    "a new store": ["keys", "create", "--role", "pipeline", "--name", "x", "--store", AT],
}


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the test's own with an image; the store that the variable names is only read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MARKSCAN_STORE", str(store.root))
    (tmp_path / "image.png").write_bytes(png(draw_logo("NEW", (10, 90, 40))))


def run(arguments: list[str], path: str) -> Result:
    given = [path if each == AT else each for each in arguments]
    app = scan_images_app if given[0] == "scan-images" else markscan
    return CliRunner().invoke(app, given[1:] if app is scan_images_app else given)


def says_in_one_line(done: Result, path: str) -> bool:
    line = done.stderr.strip()
    return (
        done.exit_code == ExitCode.USAGE and line.startswith("error: ") and path in line and len(line.splitlines()) == 1
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("command", ONE_FILE.values(), ids=ONE_FILE)
def test_a_file_that_is_none_is_refused_at_once(command: list[str], tmp_path: Path) -> None:
    os.mkfifo("pipe")
    Path("zero").symlink_to("/dev/zero")
    for path in ("gone", str(tmp_path), "pipe", "zero"):
        done = run(command, path)
        assert says_in_one_line(done, path), done.output


@pytest.mark.parametrize("command", FOLDERS.values(), ids=FOLDERS)
def test_a_folder_that_cannot_be_one_is_refused_before_any_work(command: list[str]) -> None:
    for path in ("image.png", "image.png/below", "n" * 300):
        done = run(command, path)
        assert says_in_one_line(done, path), done.output
    assert sorted(path.name for path in Path().iterdir()) == ["image.png"]


@pytest.mark.parametrize(
    "command",
    [
        ["scan-images", AT],
        ["register", "--brand", "acme", AT],
        *(FOLDERS[name] for name in ("results", "demo", "statements", "a new store")),
    ],
    ids=lambda command: command[0] + command[-2],
)
def test_an_empty_path_as_of_an_unset_variable_is_not_the_present_folder(command: list[str]) -> None:
    done = run(command, "")
    assert done.exit_code == ExitCode.USAGE
    assert "it is empty" in done.stderr
    assert sorted(path.name for path in Path().iterdir()) == ["image.png"]


@pytest.mark.parametrize("url", ["mysql://x:secret@y/z", "mssql+pyodbc://y"])
def test_a_database_of_another_kind_is_refused_with_those_there_are(url: str) -> None:
    done = run(["brands", "--registry-url", AT], url)
    assert done.exit_code == ExitCode.USAGE
    assert "registries are in SQLite or PostgreSQL: write sqlite:///path or postgresql+psycopg://" in done.stderr
    assert "secret" not in done.output
    assert len(done.stderr.splitlines()) == 1


def test_a_port_that_is_taken_and_an_address_of_nobody_are_refused_before_the_service_opens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        done = run(["serve", "--port", AT], port)
    assert says_in_one_line(done, f"--port {port}"), done.output
    assert says_in_one_line(run(["serve", "--host", AT], "192.0.2.1"), "--host 192.0.2.1")


def test_what_the_disk_refuses_is_one_line_and_a_fault_of_the_program_is_not_hidden(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for error in (OSError(28, "No space left on device"), PermissionError(13, "Permission denied", "media/a.png")):
        with pytest.raises(typer.Exit) as ended, plain_errors():
            raise error
        assert ended.value.exit_code == ExitCode.USAGE
        assert str(error.strerror) in capsys.readouterr().err
    with pytest.raises(BrokenPipeError), plain_errors():
        raise BrokenPipeError(32, "Broken pipe")
