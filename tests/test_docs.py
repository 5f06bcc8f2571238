"""What README, CONTRIBUTING and docs/ say is so: commands, options, settings, fields, paths and links exist."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import benchmark
import generate_reference
import pytest
from attacks.catalogue import ATTACKS
from typer.core import TyperGroup
from typer.main import get_command

from scanner.commands.main import markscan, scan_images_app
from scanner.engine.types import (
    Alteration,
    Content,
    Evidence,
    LogoMeasurements,
    PhotoMeasurements,
    WordMeasurements,
    WordPlace,
)
from scanner.settings import ServiceSettings, Settings
from scanner.verdicts.context import ContextWord
from scanner.verdicts.rows import RowFields
from tests.sources import parsed

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "brand_index/models/README.md",
    *DOCS.glob("**/*.md"),
]
WRITTEN = [path for path in PAGES if path.name not in {"cli.md", "http.md"}]
ABOVE_NOTHING = {"brand_index.store", "brand_index.types", "brand_index.errors"}  # modules that all may import
OTHER_PROGRAMS = {"--exclude", "--upgrade", "--check", "--head", "--disable-usage-stats"}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text))


def commands() -> dict[str, Any]:
    """Every command of the product, by what one types."""
    group = get_command(markscan)
    assert isinstance(group, TyperGroup)
    found: dict[str, Any] = {"scan-images": get_command(scan_images_app)}
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            found |= {f"markscan {name} {inner}": each for inner, each in command.commands.items()}
        found[f"markscan {name}"] = command
    return found


def offered(command: Any) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def of_the_scripts() -> Iterator[str]:
    """Options of benchmark.py, and of scripts that import torch: of these the names as their main() has them."""
    group = get_command(benchmark.app)
    assert isinstance(group, TyperGroup)
    for command in group.commands.values():
        yield from offered(command)
    for script in ROOT.glob("scripts/*.py"):
        for node in ast.walk(parsed(script)):
            if isinstance(node, ast.FunctionDef) and node.name == "main":
                yield from (f"--{each.arg.replace('_', '-')}" for each in (*node.args.args, *node.args.kwonlyargs))


def test_the_readme_is_at_most_8_kb() -> None:
    assert len(README.encode()) <= 8 * 1024


def test_the_two_commands_are_the_ones_that_ci_runs_and_people_copy() -> None:
    shown = re.findall(r"^    (pip install .*)$", README, re.MULTILINE)
    assert shown[:2] == ["pip install . && scan-images --demo demo", "pip install '.[test]' && pytest"]


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_option_that_a_page_shows_exists(page: Path) -> None:
    known = {name for command in commands().values() for name in offered(command)} | set(of_the_scripts())
    assert options(page.read_text("utf-8")) - known <= OTHER_PROGRAMS


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    known = commands()
    for name, inner in re.findall(r"(?:^ {4,6}|`)markscan ([a-z]+)(?: ([a-z]+)\b)?", page.read_text("utf-8"), re.M):
        assert f"markscan {name}" in known
        if isinstance(known[f"markscan {name}"], TyperGroup) and inner:
            assert f"markscan {name} {inner}" in known


def test_every_option_of_scan_images_is_in_its_guide() -> None:
    shown = {name for name in offered(commands()["scan-images"]) if name.startswith("--")}
    assert shown - options(text_of("guide/batch.md") + README) <= {"--version", "--help", "--store"}


def test_the_generated_pages_are_up_to_date() -> None:
    assert text_of("reference/cli.md") == generate_reference.cli_page(), "run scripts/generate_reference.py"
    assert text_of("reference/http.md") == generate_reference.http_page(), "run scripts/generate_reference.py"


@pytest.mark.parametrize(("model", "heading"), [(Settings, "Scan"), (ServiceSettings, "Service")])
def test_every_setting_is_listed_with_its_default(model: Any, heading: str) -> None:
    section = text_of("reference/settings.md").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))
    assert listed.keys() == model.model_fields.keys() - {"service"}
    for name, default in listed.items():
        value = model.model_fields[name].default
        if isinstance(value, (bool, int, float, str)):
            assert default == (str(value).lower() if isinstance(value, bool) else str(value)), name


def test_every_key_of_the_shipped_policy_is_listed_with_its_value() -> None:
    page, policy = text_of("reference/policy.md"), tomllib.loads(Settings().policy.read_text("utf-8"))
    for section in ("thresholds", "decisions", "automatic"):
        rows = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
        assert dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", rows, re.MULTILINE)) == {
            key: str(value).lower()
            for key, value in policy[section].items()  # TOML writes true
        }


@pytest.mark.parametrize(
    "record",
    [*(Evidence, LogoMeasurements, PhotoMeasurements, Content, Alteration), WordMeasurements, WordPlace, ContextWord],
)
def test_every_field_of_a_record_is_in_the_row_format(record: Any) -> None:
    page = text_of("reference/row-format.md")
    row = r"\| (`\w+`, )?`{}`(, `\w+`)? \|"
    assert [field.name for field in fields(record) if not re.search(row.format(field.name), page)] == []


def test_the_threat_model_names_settings_and_attacks_that_exist_and_every_attack() -> None:
    rows = re.findall(
        r"^\| (?!who \||---)(.+) \|$", text_of("threat_model.md").partition("\n## Who may")[2], re.MULTILINE
    )
    cells = [row.split(" | ") for row in rows]
    settings = {name for row in cells for name in re.findall(r"`(\w+)`", row[3])}
    assert settings <= Settings.model_fields.keys() | ServiceSettings.model_fields.keys()
    assert {name for row in cells for name in row[4].split(", ")} == {each.name for each in ATTACKS}


def test_every_field_of_a_row_is_in_the_row_format() -> None:
    page = text_of("reference/row-format.md")
    assert [name for name in RowFields.model_fields if f"`{name}`" not in page] == []


def test_the_layers_are_those_of_the_contracts_in_their_order() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    section = text_of("design.md").partition("\n## The layers\n")[2].partition("\n## ")[0]
    listed = [
        re.findall(r"`([a-z_.]+)`", row)
        for row in re.findall(r"^\| (`(?:scanner|brand_index)\.[^|]+) \|", section, re.M)
    ]
    layers = [re.split(r" : ", layer) for contract in contracts[:2] for layer in contract["layers"]]
    folders = [layer for layer in layers if layer != ["brand_index"] and layer[0] not in ABOVE_NOTHING]
    assert listed == folders


def test_every_weight_that_ships_is_in_the_model_card() -> None:
    folder = ROOT / "brand_index" / "models"
    for weights in [*folder.glob("*.onnx"), *folder.glob("*.npz")]:
        assert f"`{weights.name}`" in text_of("models.md")


def test_at_most_ten_choices_are_explained() -> None:
    section = text_of("design.md").partition("## Why it is built this way")[2].partition("\n## ")[0]
    assert 1 <= len(re.findall(r"^\| (?!choice|---)", section, re.MULTILINE)) <= 10


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert link.startswith("https://") or (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    for path in re.findall(r"(?<![\w/.-])((?:brand_index|scanner|scripts|tests|docs|\.ci)/[\w./-]*)", text):
        if "NAME" not in path:
            assert (ROOT / path.rstrip(".")).exists(), path


def test_the_site_is_built_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    if find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed: pip install '.[docs]'")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    for page in tmp_path.glob("**/*.html"):
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"?([^\" >]+)", page.read_text("utf-8"))
        loaded += re.findall(
            r"<link[^>]* rel=\"?(?:stylesheet|preconnect)[^>]* href=\"?([^\" >]+)", page.read_text("utf-8")
        )
        assert [address for address in loaded if "//" in address] == [], page.name
