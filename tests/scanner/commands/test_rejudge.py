"""The command rejudge from the outside: what it prints, and what it exits with."""

import json
from pathlib import Path

import pytest
from skimage import data as photographs
from typer.testing import CliRunner, Result

from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.commands.main import markscan
from scanner.moderation.records.past import last_look_back
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings
from tests.conftest import ACME, draw_logo, filled, jpeg, png
from tests.scanner.rejudging.past_scans import register, scanned

COFFEE = jpeg(photographs.coffee(), 92)


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Store:
    """In which a listing of January showed what was registered later."""
    place = Store(tmp_path)
    filled(place, settings, (ACME, ReferenceKind.LOGO, png(draw_logo("ACME", (200, 30, 40))), "acme.png"))
    with open_registry(place) as registry:
        scanned(place, registry, settings, COFFEE)
        register(registry, place, settings, ReferenceKind.PHOTO, COFFEE)
    return place


def run(store: Store, *words: str) -> Result:
    return CliRunner().invoke(markscan, ["rejudge", *words, "--store", str(store.root)])


def test_a_dry_run_names_the_listings_that_would_change(store: Store) -> None:
    done = run(store, "--since", "2026-01-01", "--dry-run", "--json")
    assert done.exit_code == 0, done.stderr
    row = json.loads(done.stdout)
    assert (row["listing_id"], row["before"]["decision"], row["decision"]) == ("L-S1", "clear", "review")
    assert row["likely"]
    assert row["scan_id"] is None
    assert "1 listing rests on what is likely in an image that is no longer kept: its case would say so" in " ".join(
        done.stderr.split()
    )
    with open_registry(store) as registry:
        assert last_look_back(registry.database) is None


def test_scans_of_before_the_first_day_are_left_alone(store: Store) -> None:
    done = run(store, "--since", "2026-02-01")
    assert done.exit_code == 0, done.stderr
    assert "no past listing changes" in done.stdout


def test_a_day_to_come_is_refused(tmp_path: Path) -> None:
    done = run(Store(tmp_path), "--since", "2999-01-01")
    assert done.exit_code == 2
    assert "is in the future" in done.stderr


def test_an_empty_first_day_is_refused_without_the_advice_to_leave_it_out(tmp_path: Path) -> None:
    done = run(Store(tmp_path), "--since", "")
    assert done.exit_code == 2
    said = " ".join(done.stderr.replace("│", " ").split())
    assert "it is empty; write a day such as 2027-12-31" in said
    assert "leave the option out" not in said
