"""The demo: its files, its plan, and that it comes out the same each time."""

import csv
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from brand_index.images import decode, read_bytes
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.demo import DemoPlan, make_demo, plan_demo, register_demo
from scanner.service.accounts.registry import open_registry
from scanner.verdicts.types import Decision

ROOT = Path(__file__).parents[3]
REDRAWN = """
from hashlib import sha256
from scanner.demo import edits, logos, product_photos, seller_photos
from scanner.demo.vector import rasterize
copied = edits.recoloured(edits.cropped(product_photos.tarnvik_shirt(), 0.1, 0.1, 0.9, 0.9))
for drawn in (rasterize(logos.fernholt(), 900), copied, seller_photos.korvelo_cap_box()):
    print(sha256(drawn.tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> DemoPlan:
    return make_demo(tmp_path_factory.mktemp("demo"))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_pixels_are_drawn_in_every_process() -> None:
    def drawn(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            (sys.executable, "-c", REDRAWN), env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert drawn("1") == drawn("2")


def test_every_file_of_the_plan_decodes(plan: DemoPlan) -> None:
    paths = [reference.path for reference in plan.references]
    paths += [plan.listing_photos / item.name for item in plan.listings]
    assert all(decode(read_bytes(path), vector=True).frames[0].size for path in paths)


def test_listing_photos_have_the_size_of_listing_photos(plan: DemoPlan) -> None:
    sides = [max(decode(read_bytes(plan.listing_photos / item.name)).frames[0].shape[:2]) for item in plan.listings]
    assert set(sides) == {800}


def test_no_photo_lies_there_that_the_plan_does_not_know(plan: DemoPlan) -> None:
    assert {path.name for path in plan.listing_photos.iterdir()} == {item.name for item in plan.listings}


def test_every_row_of_the_truth_has_a_listing(plan: DemoPlan) -> None:
    assert [row["image"] for row in table(plan.truth_csv)] == [row["name"] for row in table(plan.listings_csv)]


def test_the_truth_names_registered_files_only(plan: DemoPlan) -> None:
    known = {f"{reference.brand.brand_id}/{reference.path.name}" for reference in plan.references}
    assert {name for row in table(plan.truth_csv) for name in row["references"].split(";") if name} <= known


def test_there_are_photos_to_block_to_review_and_to_clear() -> None:
    assert {item.expected for item in plan_demo(Path("x")).listings} == set(Decision)


def test_every_brand_has_a_logo_and_two_photos() -> None:
    plan = plan_demo(Path("x"))
    kinds = {brand: sorted(r.kind for r in plan.references if r.brand == brand) for brand in plan.brands}
    assert set(map(tuple, kinds.values())) == {(ReferenceKind.LOGO, ReferenceKind.PHOTO, ReferenceKind.PHOTO)}


def test_no_two_photos_are_the_same_picture(plan: DemoPlan) -> None:
    digests = [sha256(path.read_bytes()).hexdigest() for path in plan.listing_photos.iterdir()]
    assert len(set(digests)) == len(digests)


def test_planning_draws_nothing(tmp_path: Path) -> None:
    plan_demo(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_all_references_are_found_recognizable_and_registered(plan: DemoPlan) -> None:
    store = Store(plan.store)
    register_demo(plan, store)
    with open_registry(store) as registry:
        assert [reference.warnings for reference in registry.references()] == [()] * len(plan.references)


def test_registering_twice_changes_nothing(plan: DemoPlan) -> None:
    store = Store(plan.store)
    register_demo(plan, store)
    with open_registry(store) as registry:
        before = registry.revision()
    register_demo(plan, store)
    with open_registry(store) as registry:
        assert (registry.revision(), len(registry.authorizations())) == (before, len(plan.authorizations))
