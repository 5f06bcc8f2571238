"""A store that is not there, holds nothing in force or may not be written: each is said."""

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from skimage import data as photographs
from typer.testing import CliRunner

from brand_index.errors import RegistryMissing
from brand_index.registry.editing import withdraw_all
from brand_index.store import Store
from scanner.commands.main import scan_images_app
from scanner.commands.shell import ExitCode
from scanner.service.accounts.registry import open_registry
from scanner.service.service import check_usable
from scanner.settings import Settings
from scanner.verdicts.types import Decision, Reason
from scanner.walk import Scanner
from tests.conftest import NOW, jpeg
from tests.scanner.commands.test_shell import NEEDS_A_BACKUP, having, run
from tests.scanner.service.conftest import copy_of

MAKERS = {"register", "brand add", "keys create", "users add"}
OTHERS = [name for name in having("store") if name not in MAKERS | NEEDS_A_BACKUP | {"serve"}]
PRIVILEGES = "-dac_override,-dac_read_search"  # by which root writes where nobody may
WITHOUT = ["setpriv", f"--bounding-set={PRIVILEGES}", f"--inh-caps={PRIVILEGES}"]


@pytest.fixture
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("image.png").write_bytes(jpeg(photographs.rocket()))


@pytest.fixture
def emptied(store: Store, tmp_path: Path) -> Store:
    """A copy of the small store, from which all references are withdrawn."""
    place = copy_of(store, tmp_path)
    with open_registry(place) as registry:
        withdraw_all(registry.database, [each.reference_id for each in registry.references()], NOW)
    return place


@pytest.mark.usefixtures("_in_folder")
@pytest.mark.parametrize("name", OTHERS)
def test_a_command_that_finds_no_store_makes_none(name: str) -> None:
    done = run(name, "--store", "typo")
    assert (done.exit_code, Path("typo").exists()) == (ExitCode.USAGE, False)
    assert "there is no registry in typo" in done.stderr or "give" in done.stderr


@pytest.mark.usefixtures("_in_folder")
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_command_that_makes_a_store_says_so_once(name: str) -> None:
    made = f"made a new store at {Path('new').absolute()}"
    assert made in run(name, "--store", "new").stderr
    assert made not in run(name, "--store", "new").stderr


@pytest.mark.usefixtures("_in_folder")
def test_serve_makes_a_store_only_where_it_is_told_to(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RegistryMissing):  # without this, the next would serve for ever
        check_usable(Store(Path("typo")), settings)
    refused = run("serve", "--store", "typo")
    assert (refused.exit_code, Path("typo").exists()) == (ExitCode.USAGE, False)
    assert "--create" in refused.stderr
    monkeypatch.setenv("SCANNER_POLICY", "gone.toml")  # ends it before it serves
    made = run("serve", "--create", "--store", "new")
    assert "made a new store" in made.stderr
    assert Path("new/registry.db").exists()


def test_a_scan_without_references_warns_and_meets_fail_on(
    emptied: Store, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    image, out = tmp_path / "image.jpg", tmp_path / "out"
    image.write_bytes(jpeg(photographs.astronaut()))
    options = ["--store", str(emptied.root), "--out", str(out), "--workers", "1", "--format", "jsonl"]
    done = CliRunner().invoke(scan_images_app, [str(image), *options, "--fail-on", "block"])
    assert done.exit_code == ExitCode.FAIL_ON_MET
    assert "warning: no reference is searched" in done.stderr
    (row,) = map(json.loads, (out / "verdicts.jsonl").read_text("utf-8").splitlines())
    assert (row["decision"], row["reason"]) == (Decision.CLEAR, Reason.NOTHING_SEARCHED)

    with caplog.at_level(logging.WARNING), Scanner.open(emptied, settings) as scanner:
        assert scanner.scan(image).reason is Reason.NOTHING_SEARCHED
    assert "no reference is searched" in caplog.text


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="without it, root may write everywhere")
def test_a_store_on_a_disk_that_may_not_be_written_is_listed_verified_and_scanned_with(
    store: Store, tmp_path: Path
) -> None:
    place, image = copy_of(store, tmp_path), tmp_path / "image.jpg"
    image.write_bytes(jpeg(photographs.astronaut()))
    paths = [place.root, *place.root.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    code = f"""
from typer.testing import CliRunner
from scanner.commands.main import markscan
from scanner.walk import Scanner
for words in ("brands", "audit verify", "conflicts list", "users list", "authorize --brand acme --seller S1"):
    print(CliRunner().invoke(markscan, [*words.split(), "--store", {str(place.root)!r}]).exit_code)
with Scanner.open({str(place.root)!r}) as scanner:
    print(scanner.scan({str(image)!r}).reason.value)
"""
    command = [*(WITHOUT if os.getuid() == 0 else []), sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for path in paths:  # so that the test's folder can be deleted
        path.chmod(path.stat().st_mode | 0o200)
    assert done.stdout.split() == ["0", "0", "0", "0", "2", "photo_copied"], done.stderr
