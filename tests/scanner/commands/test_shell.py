"""What all commands share: where the registry, the models and other settings come from, and how errors are printed."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner, Result

from brand_index.store import Store
from scanner.commands.main import PLACES, markscan, scan_images_app
from scanner.commands.shell import ExitCode, chosen_settings, say
from tests.conftest import draw_logo, png

SOURCES = ("flag", "variable", "file")  # each beats those after it
NO_REGISTRY = {"evidence verify", "store copy"}  # commands that touch none, or two by options of their own
NEEDS_A_BACKUP = {"store restore"}  # before it looks at a registry
ARGUMENTS: dict[str, list[str]] = {  # beyond those that the command's signature requires
    "scan-images": ["image.png"],
    "register": [
        "image.png",
        "--brand",
        "acme",
        "--name",
        "Acme",
        "--owner",
        "Acme Ltd",
        "--contact",
        "ip@acme.example",
    ],
    "authorize": ["--revoke", "1"],
    "conflicts resolve": ["--keep-both"],
    "marks edit": ["--nice", "25"],
    "keys create": ["--role", "pipeline"],
    "users add": ["--role", "reviewer", "--password", "correct horse battery"],
    "users password": ["--password", "correct horse battery"],
    "models adapt": ["--embedder", "image.png", "--size", "64"],
    "rejudge": ["--since", "2026-01-01"],
    "statements export": ["--first-day", "2026-01-01", "--last-day", "2026-12-31"],
    "statements counts": ["--first-day", "2026-01-01", "--last-day", "2026-12-31"],
}


def all_commands() -> dict[str, Any]:
    """Every command by what one types after `markscan`, and scan-images."""

    def below(group: TyperGroup, prefix: str) -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            if isinstance(command, TyperGroup):
                yield from below(command, f"{prefix}{name} ")
            else:
                yield f"{prefix}{name}", command

    group = get_command(markscan)
    assert isinstance(group, TyperGroup)
    return {"scan-images": get_command(scan_images_app)} | dict(below(group, ""))


COMMANDS = all_commands()


def having(parameter: str) -> list[str]:
    return [name for name, command in COMMANDS.items() if parameter in {each.name for each in command.params}]


def run(name: str, *options: str) -> Result:
    """Run a command with what it requires; `options` come last."""
    given = list(ARGUMENTS.get(name, ()))
    for parameter in COMMANDS[name].params:
        if parameter.required and parameter.param_type_name == "argument":
            given.append("1")
        elif parameter.required and parameter.opts[0] not in given:
            given += [parameter.opts[0], "1"]
    app = scan_images_app if name == "scan-images" else markscan
    return CliRunner().invoke(app, [*(name.split() if app is markscan else ()), *given, *options])


def say_in(source: str, key: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if source == "file":
        with Path("scanner.toml").open("w") as file:
            file.write(f"{key} = '{value}'\n")
    else:
        monkeypatch.setenv(f"SCANNER_{key.upper()}", value)


@pytest.fixture
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the test's own with an image, and no settings from elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARKSCAN_STORE", raising=False)
    Path("image.png").write_bytes(png(draw_logo("NEW", (10, 90, 40))))


def test_every_command_that_touches_a_registry_says_which() -> None:
    assert COMMANDS.keys() - set(having("registry_url")) == NO_REGISTRY
    assert COMMANDS.keys() - set(having("store")) == NO_REGISTRY


@pytest.mark.usefixtures("_in_folder")
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", sorted(set(having("registry_url")) - NEEDS_A_BACKUP))
def test_the_registry_is_the_one_of_the_flag_else_the_variable_else_the_file(
    name: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("no-folder").write_text("so that no registry can be made in it")
    options = []
    for each in SOURCES[SOURCES.index(source) :]:
        url = f"sqlite:///no-folder/of-the-{each}/registry.db"
        if each == "flag":
            options = ["--registry-url", url]
        else:
            say_in(each, "registry_url", url, monkeypatch)
    done = run(name, *options)
    assert done.exit_code == ExitCode.USAGE, done.output
    assert f"no-folder/of-the-{source}" in done.stderr
    assert not Path("markscan-store").exists()


@pytest.mark.usefixtures("_in_folder")
def test_a_key_is_made_in_the_registry_that_the_service_uses(tmp_path: Path) -> None:
    Path("scanner.toml").write_text(f"registry_url = 'sqlite:///{tmp_path}/shared.db'\n")
    assert run("keys create").exit_code == ExitCode.DONE
    assert Path("shared.db").exists()
    assert not Path("markscan-store").exists()


@pytest.mark.usefixtures("_in_folder")
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", [name for name in having("model") if name != "serve"])
def test_the_models_are_those_of_the_flag_else_the_variable_else_the_file(
    name: str, source: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(store.root, "markscan-store")
    options = []
    for each in SOURCES[SOURCES.index(source) :]:
        if each == "flag":
            options = ["--model", "gone-flag.json"]
        else:
            say_in(each, "model_manifest", f"gone-{each}.json", monkeypatch)
    done = run(name, *options)
    assert done.exit_code == ExitCode.USAGE
    assert f"gone-{source}.json" in done.stderr


@pytest.mark.usefixtures("_in_folder")
def test_a_flag_beats_a_setting_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("scanner.toml").write_text("[service]\nkeep_image_days = 7\nkeep_verdict_days = 8\nworkers = 9\n")
    monkeypatch.setenv("SCANNER_SERVICE__KEEP_VERDICT_DAYS", "70")
    bounds = chosen_settings(service={"workers": 3, "keep_image_days": None}).service
    assert (bounds.workers, bounds.keep_image_days, bounds.keep_verdict_days) == (3, 7, 70)


@pytest.mark.usefixtures("_in_folder")
def test_the_demo_takes_no_other_store_or_registry() -> None:
    refused = CliRunner().invoke(scan_images_app, ["--demo", "d", "--store", "s", "--registry-url", "sqlite:///x.db"])
    assert refused.exit_code == ExitCode.USAGE
    assert refused.stderr.endswith("leave out --store, --registry-url\n")


@pytest.mark.usefixtures("_in_folder")
@pytest.mark.parametrize(
    ("url", "advice"),
    [("nonsense", "postgresql+psycopg://"), ("oracle://x:secret@y/z", "markscan[postgresql]"), ("x://y", "SQLAlchemy")],
)
def test_a_url_that_no_driver_opens_is_a_usage_error_without_its_password(url: str, advice: str) -> None:
    done = run("brands", "--registry-url", url)
    assert done.exit_code == ExitCode.USAGE
    assert advice in done.stderr
    assert "secret" not in done.output
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("_in_folder")
@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("scan-images", ["--format", "pdf,csv"], ("--format pdf", "jsonl, csv, html")),
        ("scan-images", ["--listings", "a.csv", "--path-pattern", "{x}"], ("--listings", "--path-pattern")),
        ("scan-images", ["--demo", "d"], ("--demo", "leave out PATH")),
        ("scan-images", ["--policy", "gone.toml"], ("gone.toml",)),
        ("register", ["--csv", "gone.csv"], ("--csv gone.csv", "leave out PATH, --brand")),
        ("authorize", ["--brand", "acme"], ("--revoke 1", "leave out --brand")),
        ("audit verify", ["--since", "five"], ("--since 'five'", "NUMBER:DIGEST")),
        ("evidence verify", [], ("1: ", "check that it exists")),
        ("statements counts", ["--first-day", ""], ("--first-day", "2026-01-01")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_use_names_the_option_its_value_and_what_to_do(
    name: str, options: list[str], words: tuple[str, ...]
) -> None:
    if name in {"audit verify", "statements counts"}:
        assert run("keys create").exit_code == ExitCode.DONE  # makes a registry
    done = run(name, *options)
    assert done.exit_code == ExitCode.USAGE
    assert done.stderr.startswith("error: ")
    assert [word for word in words if word not in done.stderr] == []


@pytest.mark.usefixtures("_in_folder")
@pytest.mark.parametrize("arguments", [["register", "--csv", "gone.csv"], ["authorize", "--document", "gone.pdf"]])
def test_a_file_that_is_no_image_is_not_called_one(arguments: list[str]) -> None:
    more = ["--brand", "acme", "--seller", "S1"] if arguments[0] == "authorize" else []
    assert run("register", "--no-audit").exit_code == ExitCode.DONE
    done = CliRunner().invoke(markscan, [*arguments, *more])
    assert done.exit_code == ExitCode.USAGE
    assert arguments[-1] in done.stderr


@pytest.mark.usefixtures("_in_folder")
def test_settings_that_are_wrong_are_a_usage_error_of_every_command() -> None:
    Path("scanner.toml").write_text("colour = 'blue'\n")
    for name in ("brands", "scan-images"):
        done = run(name)
        assert done.exit_code == ExitCode.USAGE
        assert "colour" in done.stderr


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_importing_the_scanner_loads_neither_a_database_nor_opencv() -> None:
    loaded = loaded_by("import scanner")
    assert len(loaded) <= 330
    assert not loaded & {"sqlalchemy", "cv2", "numpy", "onnxruntime"}


def test_reading_the_settings_loads_nothing_that_runs_networks_or_opens_images() -> None:
    assert not loaded_by("import scanner.settings") & {"cv2", "numpy", "onnxruntime", "PIL", "faiss", "sqlalchemy"}


def test_help_of_the_commands_needs_no_models_and_no_database_and_draws_nothing() -> None:
    loaded = loaded_by("from scanner.commands.main import markscan; markscan(['--help'], standalone_mode=False)")
    heavy = {"cv2", "numpy", "onnxruntime", "faiss", "fastapi", "sqlalchemy", "pydantic", "scanner.demo"}
    assert "scanner.commands.keys" in loaded
    assert not loaded & heavy


def test_a_program_loads_no_command_that_it_does_not_run() -> None:
    run_keys = "markscan(['keys', '--help'], standalone_mode=False)"
    loaded = loaded_by(f"from scanner.commands.main import markscan; {run_keys}")
    others = {f"scanner.commands.{name}" for name in ("search", "serve", "brands.register", "brands.marks", "users")}
    assert "scanner.commands.keys" in loaded
    assert not loaded & others


@pytest.mark.parametrize("name", PLACES)
def test_every_command_that_is_named_shows_its_help(name: str) -> None:
    shown = CliRunner().invoke(markscan, [name, "--help"])
    assert shown.exit_code == ExitCode.DONE, shown.output
    assert f"markscan {name}" in shown.stdout


def test_both_programs_print_their_version() -> None:
    printed = [CliRunner().invoke(app, ["--version"]).stdout for app in (markscan, scan_images_app)]
    assert printed[0] == printed[1]
    assert printed[0].startswith("markscan ")


def test_what_a_terminal_would_obey_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    say("no \x1b[31mfile\x9b2J here\nand\tthere", label="error", error=True)
    assert capsys.readouterr().err == "error: no \ufffd[31mfile\ufffd2J here\nand\tthere\n"
