"""Commands name the references that no scan can find, and do their work without them."""

import logging
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from brand_index.store import Store
from scanner.commands.main import markscan, scan_images_app
from scanner.commands.shell import ExitCode
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings
from scanner.walk import Scanner
from tests.conftest import describer, draw_logo, png
from tests.scanner.service.conftest import copy_of

WARNING = "(astronaut.jpg) is not searched, because it cannot be described: cannot be read (No such file or directory)"


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Store:
    """A copy of the small store that has lost a photo, and everything that was derived from it."""
    place = copy_of(store, tmp_path)
    with open_registry(place) as registry:
        (lost,) = [each for each in registry.references() if each.source_name == "astronaut.jpg"]
        registry.save_descriptors([(lost.reference_id, describer().fingerprint, b"")])
    place.media_path(lost.sha256, lost.suffix).unlink()
    shutil.rmtree(place.index)
    return place


def test_a_scan_goes_on_without_a_lost_reference_and_names_it(
    place: Store, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    image = tmp_path / "listing.png"
    image.write_bytes(png(draw_logo("ACME", (200, 30, 40), ground=(255, 255, 255, 255))))
    done = CliRunner().invoke(
        scan_images_app,
        [str(image), "--store", str(place.root), "--out", str(tmp_path / "out"), "--workers", "1", "--format", "jsonl"],
    )
    assert done.exit_code == ExitCode.DONE, done.output
    assert WARNING in done.stderr
    assert '"acme"' in (tmp_path / "out" / "verdicts.jsonl").read_text("utf-8")

    with caplog.at_level(logging.WARNING), Scanner.open(place, settings) as scanner:
        assert scanner.scan(image).evidence
    assert WARNING in caplog.text

    listed = CliRunner().invoke(markscan, ["brands", "--store", str(place.root)])
    assert (listed.exit_code, WARNING in listed.stderr, WARNING in listed.stdout) == (ExitCode.DONE, True, False)

    registered = CliRunner().invoke(
        markscan, ["register", str(image), "--brand", "acme", "--store", str(place.root), "--no-audit"]
    )
    assert (registered.exit_code, WARNING in registered.stderr) == (ExitCode.DONE, True)


def test_the_index_is_built_without_a_lost_reference(place: Store) -> None:
    done = CliRunner().invoke(markscan, ["index", "--store", str(place.root)])
    assert (done.exit_code, WARNING in done.stderr) == (ExitCode.DONE, True)


def test_a_lost_file_of_a_described_reference_is_named_until_the_same_file_is_registered_again(
    store: Store, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    place, image = copy_of(store, tmp_path), tmp_path / "astronaut.jpg"
    with open_registry(place) as registry:
        (lost,) = [each for each in registry.references() if each.source_name == "astronaut.jpg"]
    file = place.media_path(lost.sha256, lost.suffix)
    file.rename(image)
    named = f"the file of reference {lost.reference_id} (astronaut.jpg) is gone"

    def said(*command: str) -> str:
        done = CliRunner().invoke(markscan, [*command, "--store", str(place.root)])
        assert done.exit_code == ExitCode.DONE, done.output
        return done.output if command[0] == "register" else done.stderr

    scanned = CliRunner().invoke(
        scan_images_app, [str(image), "--store", str(place.root), "--out", str(tmp_path / "out"), "--workers", "1"]
    )
    assert scanned.exit_code == ExitCode.DONE, scanned.output
    assert f"{named}: its image cannot be shown" in scanned.stderr
    assert f"Register the same file again, or restore {file} from a backup" in scanned.stderr
    assert lost.reference_id in (tmp_path / "out" / "verdicts.jsonl").read_text("utf-8"), "it is still searched"
    assert "The reference&#39;s file is gone" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert named in said("brands")
    assert named in said("index")
    with caplog.at_level(logging.WARNING), Scanner.open(place, settings):
        assert named in caplog.text

    again = ("register", str(image), "--brand", lost.brand_id, "--kind", lost.kind.value)
    assert "already registered; its lost file is restored" in said(*again)
    assert named not in said("brands")
    assert "restored" not in said(*again)
