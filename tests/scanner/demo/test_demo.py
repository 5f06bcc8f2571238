"""The demo: its files, its plan, that it comes out the same each time, and what a scan says of it."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from brand_index.images import decode, read_bytes
from brand_index.store import Store
from brand_index.types import IMAGE_KINDS, Form
from scanner.commands.main import scan_images_app
from scanner.demo import DemoPlan, learn_form, register_demo
from scanner.demo.learning import OWNER, REVIEWER
from scanner.engine.boxes import Box, overlap
from scanner.engine.types import Shared
from scanner.moderation.forms.proposing import list_forms
from scanner.moderation.forms.tables import FormState
from scanner.service.accounts.registry import open_registry
from scanner.settings import read_settings
from scanner.verdicts.types import Decision, Reason

ROOT = Path(__file__).parents[3]
LAYOUTS = {"tarnvik/size-chart.jpg", "fernholt-lyle/linen-honey.jpg"}  # that others have with content of their own
DECISIONS = {
    Reason.PHOTO_COPIED: Decision.BLOCK,
    Reason.PHOTO_SUSPECTED: Decision.REVIEW,
    Reason.LOGO_UNAUTHORIZED: Decision.REVIEW,
    Reason.WORD_UNAUTHORIZED: Decision.REVIEW,
    Reason.LOOKALIKE: Decision.REVIEW,
    Reason.MARK_CONCEALED: Decision.REVIEW,
    Reason.NOMINATIVE_USE: Decision.CLEAR,
    Reason.AUTHORIZED: Decision.CLEAR,
    Reason.NO_MATCH: Decision.CLEAR,
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> DemoPlan:
    """The demo after a scan, as `scan-images --demo` leaves it."""
    folder = tmp_path_factory.mktemp("demo")
    done = CliRunner().invoke(scan_images_app, ["--demo", str(folder), "--format", "jsonl,html", "--workers", "1"])
    assert done.exit_code == 0, done.output
    (folder / "said.txt").write_text(done.stderr, "utf-8")
    return DemoPlan(folder)


@pytest.fixture(scope="module")
def rows(plan: DemoPlan) -> dict[str, dict[str, Any]]:
    lines = (plan.folder / "verdicts.jsonl").read_text("utf-8").splitlines()
    return {Path(row["image"]).name: row for row in map(json.loads, lines)}


def drawn_files(folder: Path) -> dict[Path, str]:
    paths = [
        folder / "listings.csv",
        *folder.glob("brands/*/*"),
        *folder.glob("listing_photos/*"),
        *folder.glob("day_before/*.jpg"),
    ]
    return {path.relative_to(folder): sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_demo_says_what_it_is_doing_while_it_does_it(plan: DemoPlan) -> None:
    said = (plan.folder / "said.txt").read_text("utf-8").splitlines()
    assert said[:4] == [
        f"drawing 3 fictional brands and 30 listing photos into {plan.folder}",
        "registering 13 logos, photos and words of these brands",
        "confirming a case of the day before, ridge-tee.jpg, to learn what it shows",
        "scanning 30 listing photos",
    ]


@pytest.mark.slow
def test_a_demo_made_twice_is_the_same_bytes(plan: DemoPlan, tmp_path: Path) -> None:
    again = "import sys; from pathlib import Path; from scanner.demo import make_demo; make_demo(Path(sys.argv[1]))"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    subprocess.run((sys.executable, "-c", again, str(tmp_path)), env=environment, check=True)
    assert drawn_files(tmp_path) == drawn_files(plan.folder)


def test_each_listing_gets_the_verdict_that_is_planned(plan: DemoPlan, rows: dict[str, dict[str, Any]]) -> None:
    planned = {item.name: (DECISIONS[item.reason], item.reason) for item in plan.listings}
    found = {name: (row["decision"], row["reason"]) for name, row in rows.items()}
    assert found == planned


def test_a_verdict_rests_on_the_references_that_are_planned(plan: DemoPlan, rows: dict[str, dict[str, Any]]) -> None:
    with open_registry(Store(plan.store)) as registry:
        names = {
            each.reference_id: each.source_name if each.word is None else f"{each.brand_id}/{each.word}"
            for each in registry.references()
        }
        learnt = [each.form_reference_id for each in list_forms(registry.database)]
        names |= dict.fromkeys(filter(None, learnt), f"tarnvik/{plan.confirmed.name}")
    for item in plan.listings:
        sure = {names[found["reference_id"]] for found in rows[item.name]["evidence"] if found["confidence"] > 0.5}
        alike = {
            names[found["reference_id"]]
            for found in rows[item.name]["evidence"]
            if found["photo"] and found["photo"]["shared"] == Shared.TEMPLATE
        }
        assert alike == set(item.alike), item.name
        assert set(item.references) <= sure, item.name
        assert bool(item.references) == bool(sure), item.name


def test_no_part_of_a_copied_photo_is_said_to_differ_but_under_the_banner(rows: dict[str, dict[str, Any]]) -> None:
    copied = {name: row["evidence"] for name, row in rows.items() if row["reason"] == Reason.PHOTO_COPIED}
    assert len(copied) > 4
    assert {name for name in copied if any(each["photo"]["differing"] for each in copied[name])} == {"bottle-sale.jpg"}


def test_every_reason_of_images_is_shown_three_times_but_a_suspected_copy(rows: dict[str, dict[str, Any]]) -> None:
    shown = Counter(row["reason"] for row in rows.values())
    words = {Reason.WORD_UNAUTHORIZED: 1, Reason.LOOKALIKE: 2, Reason.NOMINATIVE_USE: 1}
    once = {**words, Reason.PHOTO_SUSPECTED: 1, Reason.MARK_CONCEALED: 1}
    assert {reason: shown[reason] for reason in once} == once
    assert min(shown[reason] for reason in DECISIONS if reason not in once) >= 3


@pytest.mark.parametrize(
    ("name", "unmet"), [("tasse.jpg", "market"), ("tea-corner-tin.jpg", "kind"), ("parts-mug.jpg", "last_day")]
)
def test_a_seller_is_shown_whose_authorization_does_not_cover_the_offer(
    rows: dict[str, dict[str, Any]], name: str, unmet: str
) -> None:
    assert unmet in {row["field"] for row in rows[name]["unmet_authorizations"]}


def test_the_patch_over_a_mark_is_found_where_it_lies_and_outlined(
    plan: DemoPlan, rows: dict[str, dict[str, Any]]
) -> None:
    row = rows["covered-tee.jpg"]
    box = Box(*row["concealed"][0]["box"])
    assert overlap(box, Box(224, 248, 416, 480)) > 0.5
    assert "A patch on the goods seems to conceal a mark." in (plan.folder / "report.html").read_text("utf-8")


def test_every_file_of_the_plan_decodes(plan: DemoPlan) -> None:
    paths = [reference.path for reference in plan.references]
    paths += [plan.listing_photos / item.name for item in plan.listings]
    paths += [plan.day_before / plan.confirmed.name]
    assert all(decode(read_bytes(path), vector=True).frames[0].size for path in paths)


def test_listing_photos_have_the_size_of_listing_photos(plan: DemoPlan) -> None:
    sides = [max(decode(read_bytes(plan.listing_photos / item.name)).frames[0].shape[:2]) for item in plan.listings]
    assert set(sides) == {800, 6000}  # and one tall description


def test_the_report_says_of_what_is_alike_why_it_is_no_copy_and_shows_the_tall_image(plan: DemoPlan) -> None:
    report = (plan.folder / "report.html").read_text("utf-8")
    assert "750 × 6,000 pixels" in report
    alike = report.partition("Alike, and no copy")[2]
    for item in plan.listings:
        if item.alike:
            assert item.name in alike
    assert "The same layout or shape, other content: " in alike
    assert "The same layout or shape, other colours" in alike


def test_a_confirmed_case_teaches_a_form_that_alone_finds_a_listing_which_was_missed_the_day_before(
    plan: DemoPlan, rows: dict[str, dict[str, Any]]
) -> None:
    lines = (plan.day_before / "verdicts.jsonl").read_text("utf-8").splitlines()
    before = {Path(row["image"]).name: row for row in map(json.loads, lines)}
    assert (before[plan.confirmed.name]["decision"], before[plan.confirmed.name]["reason"]) == (
        "review",
        plan.confirmed.reason,
    )
    assert (before[plan.missed]["decision"], before[plan.missed]["evidence"]) == ("clear", [])
    with open_registry(Store(plan.store)) as registry:
        (form,) = list_forms(registry.database)
        (artwork,) = (
            each.reference_id
            for each in registry.references()
            if each.brand_id == "tarnvik" and each.form is Form.ARTWORK
        )
    assert (form.state, form.reference_id, form.proposed_by, form.decided_by) == (
        FormState.ACCEPTED,
        artwork,
        REVIEWER,
        OWNER,
    )
    assert artwork in {each["reference_id"] for each in before[plan.confirmed.name]["evidence"]}
    found = {each["reference_id"]: each["confidence"] for each in rows[plan.missed]["evidence"]}
    assert [reference for reference, confidence in found.items() if confidence > 0.5] == [form.form_reference_id]


def test_the_report_says_from_which_case_the_form_was_learnt_and_by_whom(plan: DemoPlan) -> None:
    with open_registry(Store(plan.store)) as registry:
        (form,) = list_forms(registry.database)
    report = (plan.folder / "report.html").read_text("utf-8")
    assert report.count("<li>Matched a photograph of the mark in use</li>") == 1
    said = f"<li>Learnt from case {form.case_id[:8]}, confirmed by {REVIEWER}, accepted by {OWNER}</li>"
    assert report.count(said) == 1


def test_the_learnt_form_is_cut_where_the_emblem_lies(plan: DemoPlan) -> None:
    with open_registry(Store(plan.store)) as registry:
        (form,) = list_forms(registry.database)
    assert overlap(Box(*form.region), Box(220, 305, 420, 505)) > 0.5


def test_no_photo_lies_there_that_the_plan_does_not_know(plan: DemoPlan) -> None:
    assert {path.name for path in plan.listing_photos.iterdir()} == {item.name for item in plan.listings}


def test_every_photo_has_its_row_in_the_listings(plan: DemoPlan) -> None:
    with plan.listings_csv.open(encoding="utf-8", newline="") as file:
        listed = [(row["name"], row["listing_id"], row["seller_id"] or None) for row in csv.DictReader(file)]
    assert listed == [(item.name, item.listing.listing_id, item.listing.seller_id) for item in plan.listings]


def test_the_plan_speaks_of_registered_files_only() -> None:
    plan = DemoPlan(Path("x"))
    known = {f"{reference.brand.brand_id}/{reference.path.name}" for reference in plan.references}
    known |= {f"tarnvik/{plan.confirmed.name}"}
    known |= {f"{brand.brand_id}/{word}" for brand, word in plan.words}
    assert {name for item in plan.listings for name in item.references + item.alike} <= known


def test_every_brand_has_a_logo_a_photo_and_a_word() -> None:
    plan = DemoPlan(Path("x"))
    kinds = {(reference.brand.brand_id, reference.kind) for reference in plan.references}
    brands = {reference.brand.brand_id for reference in plan.references}
    assert kinds == {(brand, kind) for brand in brands for kind in IMAGE_KINDS}
    assert {brand.brand_id for brand, _ in plan.words} == brands


def test_no_two_photos_are_the_same_image(plan: DemoPlan) -> None:
    digests = [sha256(path.read_bytes()).hexdigest() for path in plan.listing_photos.iterdir()]
    assert len(set(digests)) == len(digests)


def test_only_drawn_goods_a_chart_and_a_swatch_are_registered_with_warnings(plan: DemoPlan) -> None:
    with open_registry(Store(plan.store)) as registry:
        warned = {reference.source_name for reference in registry.references() if reference.warnings}
    assert warned <= {*LAYOUTS, "korvelo/jersey.jpg"}


def test_registering_and_learning_twice_changes_nothing(plan: DemoPlan) -> None:
    with open_registry(Store(plan.store)) as registry:
        before = registry.revision()
    register_demo(plan, Store(plan.store))
    learn_form(plan, Store(plan.store), read_settings())
    with open_registry(Store(plan.store)) as registry:
        assert (registry.revision(), len(registry.authorizations())) == (before, 3)
