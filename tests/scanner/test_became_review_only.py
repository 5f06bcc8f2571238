"""After an upgrade, the run that builds the index says once which photos became review-only."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from brand_index.index.catalog import CATALOG
from brand_index.index.published import current_folder, read_manifest, write_manifest
from brand_index.index.reading import open_references
from brand_index.registration import register_reference
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.commands.main import markscan, scan_images_app
from scanner.commands.shell import ExitCode
from scanner.service.accounts.registry import open_registry
from scanner.service.tasks.index_keeper import build_beside
from scanner.settings import Settings
from scanner.walk import ensure_index
from tests.conftest import ACME, NOW, describer, filled, jpeg
from tests.scanner.service.conftest import copy_of

SAID = "1 photo became review-only, such as acme-photo-"


def cloth(red: int) -> bytes:
    """A piece of plain cloth."""
    image = np.full((400, 400, 3), (red, 90, 160), np.uint8)
    image[60:340, 60:340] = (90, red, 40)
    return jpeg(image, 92)


@pytest.fixture
def place(store: Store, tmp_path: Path, settings: Settings) -> Store:
    """A store whose index an earlier version built, for which a plain cloth was a photo like any other."""
    place = filled(copy_of(store, tmp_path), settings, (ACME, ReferenceKind.PHOTO, cloth(70), "cloth.jpg"))
    folder = current_folder(place)
    assert [each.kind for each in open_references(folder) if each.review_only] == [ReferenceKind.PHOTO]
    for path in place.index.glob(f"segments/*/{CATALOG}"):
        rows = np.load(path)
        rows["review_only"] = False
        np.save(path, rows)
    write_manifest(folder, replace(read_manifest(folder), fingerprint="of an earlier version"))
    return place


@pytest.mark.parametrize("arguments", [(), ("--rebuild",)], ids=["index", "index --rebuild"])
def test_the_index_command_names_the_photo_and_says_why_and_what_to_do(
    place: Store, arguments: tuple[str, ...]
) -> None:
    first, second = (
        CliRunner().invoke(markscan, ["index", *arguments, "--store", str(place.root)]).stderr for _ in range(2)
    )
    (line,) = [line for line in first.splitlines() if "review-only" in line]
    assert line.startswith(f"warning: {SAID}")
    assert "(cloth.jpg; plain goods, a swatch or a flat drawing)" in line
    assert "Register photos that show more of the goods" in line
    assert "review-only" not in second


def test_a_scan_says_so_once(place: Store, tmp_path: Path) -> None:
    (tmp_path / "listing.jpg").write_bytes(jpeg(np.full((200, 200, 3), 90, np.uint8), 90))
    command = [str(tmp_path / "listing.jpg"), "--store", str(place.root), "--workers", "1", "--format", "jsonl"]
    runs = [CliRunner().invoke(scan_images_app, [*command, "--out", str(tmp_path / name)]) for name in ("a", "b")]
    assert [run.exit_code for run in runs] == [ExitCode.DONE] * 2
    assert [run.stderr.count(SAID) for run in runs] == [1, 0]


def test_the_log_of_the_service_says_so(place: Store, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        asyncio.run(build_beside(place, settings))
        asyncio.run(build_beside(place, settings))
    assert caplog.text.count(SAID) == 1


def test_a_new_photo_for_review_only_is_not_announced_as_one_that_became_it(
    store: Store, tmp_path: Path, settings: Settings
) -> None:
    place, said = copy_of(store, tmp_path), list[str]()
    with open_registry(place) as registry:
        register_reference(
            registry, place, brand=ACME, kind=ReferenceKind.PHOTO, image=cloth(110), describer=describer(), now=NOW
        )
        ensure_index(place, registry, settings, announce=said.append)
    assert said == []
