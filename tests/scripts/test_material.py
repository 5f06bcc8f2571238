"""Listing material comes again from its seed, and its benchmark counts what it should; its figures mean nothing."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from benchmarks.edits import EDITS
from benchmarks.material.documents.banded import word_band
from benchmarks.material.ink import apart, distance
from benchmarks.material.kinds import KINDS
from benchmarks.material.scenes import GOODS_EDITS, SURVIVING, Scene, chance_of, edited
from benchmarks.material_results import FLAGGED, KindResult
from benchmarks.material_run import chosen_kinds, run_material, threshold_for
from benchmarks.materials import Materials
from benchmarks.options import Options, deliver
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage.data import astronaut, chelsea, coffee

from brand_index.images import RGBImage

PHOTOS: list[RGBImage] = [
    np.ascontiguousarray(image[top : top + 200, left : left + 240])
    for image in (astronaut(), chelsea(), coffee())
    for top, left in ((0, 0), (60, 120))
]


def scene(kind: str, seed: int = 1) -> Scene:
    return KINDS[kind](chance_of(seed, kind, 0), PHOTOS)


def test_a_scene_comes_again_from_its_seed_and_anew_from_another() -> None:
    first, again, other = scene("energy labels"), scene("energy labels"), scene("energy labels", seed=2)
    assert np.array_equal(first.reference, again.reference)
    assert all(np.array_equal(one.image, two.image) for one, two in zip(first.copies, again.copies, strict=True))
    assert not np.array_equal(first.reference[:50, :50], other.reference[:50, :50])


def test_innocents_share_the_layout_and_not_the_values() -> None:
    drawn = scene("nutrition panels")
    size = drawn.reference.shape[1::-1]
    for innocent in drawn.innocents:
        apart_by = cv2.absdiff(cv2.resize(innocent, size, interpolation=cv2.INTER_AREA), drawn.reference[:, :, :3]) > 60
        assert 0.001 < apart_by.mean() < 0.2


@pytest.mark.parametrize("kind", ["garments on one model", "furniture in another wood", "goods printed to order"])
def test_other_goods_in_one_photo_keep_its_corners_and_change_its_middle(kind: str) -> None:
    drawn = scene(kind)
    assert len(drawn.innocents) >= 3
    height, width = drawn.reference.shape[:2]
    for innocent in drawn.innocents:
        fitted = cv2.resize(innocent, (width, height), interpolation=cv2.INTER_AREA)
        off = cv2.absdiff(fitted, drawn.reference[:, :, :3]).max(axis=2) > 40
        assert off[: height // 10, : width // 10].mean() < 0.2
        assert off[height // 4 :, width // 5 : -width // 5].mean() > 0.03


def test_a_band_of_words_hides_about_a_sixth_of_the_height() -> None:
    page = np.full((600, 800, 3), 255, np.uint8)
    for seed in range(5):
        banded = word_band(page, Materials(np.random.default_rng(seed), PHOTOS))
        rows = (cv2.absdiff(banded, page).max(axis=2) > 20).mean(axis=1) > 0.5
        assert 0.12 < rows.mean() < 0.2


def test_fabrics_of_one_maker_share_their_size_and_not_their_pattern() -> None:
    drawn = scene("repeated patterns")
    size = drawn.reference.shape[1::-1]
    for innocent in drawn.innocents:
        off = cv2.absdiff(cv2.resize(innocent, size, interpolation=cv2.INTER_AREA), drawn.reference[:, :, :3])
        assert (off.max(axis=2) > 40).mean() > 0.1


def test_goods_on_a_new_ground_are_registered_as_a_transparent_png() -> None:
    drawn = scene("PNG on white")
    assert drawn.reference.shape[2] == 4
    assert 0 < (drawn.reference[:, :, 3] > 0).mean() < 1


def test_a_crop_keeps_enough_of_what_is_the_references_own() -> None:
    own = np.zeros((400, 400, 3), np.uint8)
    own[300:380, 20:120] = 255
    crops = [edit for edit in EDITS if edit.name == "crop 50 %"]
    for seed in range(5):
        (copy,) = edited(own, own, crops, np.random.default_rng(seed), PHOTOS, 1)
        assert np.count_nonzero(copy.image > 127) >= SURVIVING * np.count_nonzero(own) * 0.98


def test_goods_that_differ_in_colour_are_never_recoloured() -> None:
    assert {"recolour", "several at once"}.isdisjoint(edit.name for edit in GOODS_EDITS)


def test_the_colours_of_one_article_are_clearly_not_the_first() -> None:
    first, *others = apart(np.random.default_rng(3), 12)
    assert min(distance(first, other) for other in others) >= 28


@given(st.lists(st.integers(0, 60), min_size=1, max_size=80))
def test_sifts_threshold_flags_no_more_than_the_allowed_share(best: list[int]) -> None:
    threshold = threshold_for(best, FLAGGED)
    assert threshold is not None
    assert sum(score >= threshold for score in best) <= FLAGGED * len(best)


def test_an_unknown_kind_is_a_usage_error_that_names_the_kinds() -> None:
    with pytest.raises(typer.BadParameter, match="no such kind: charts; there are: size charts"):
        chosen_kinds(["charts"])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    clothing = tmp_path / "data" / "clothing"
    clothing.mkdir(parents=True)
    for number, photo in enumerate(PHOTOS):
        Image.fromarray(photo).save(clothing / f"{number}.jpg")
    with (clothing / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "category"), *((f"{n}.jpg", "hat") for n in range(len(PHOTOS)))])
    return clothing.parent


def test_material_measures_markscan_and_its_peers_by_kind(tmp_path: Path, data: Path) -> None:
    options = Options(
        data,
        json=tmp_path / "all.json",
        records=tmp_path / "records",
        misses=tmp_path / "misses.html",
        markdown=True,
        workers=1,
        limit=2,
        seed=1,
        peers=True,
        sift_queries=4,
    )
    deliver(run_material(options, ["calendars", "large stickers"], tmp_path / "work"))
    results = json.loads((tmp_path / "all.json").read_text("utf-8"))["results"]
    counts = {
        (each["kind"], each["system"]): (each["found"]["whole"], each["flagged"]["whole"])
        for each in results
        if "system" in each
    }
    assert counts[("calendars", "Markscan")] == counts[("calendars", "PDQ")] == (2, 2)
    assert counts[("large stickers", "Markscan")] == (2, 0)
    assert (tmp_path / "misses.html").is_file()


def test_a_run_goes_on_with_the_kinds_that_an_earlier_one_kept(tmp_path: Path, data: Path) -> None:
    options = Options(data, None, None, None, False, workers=1, limit=1, seed=1, peers=False, sift_queries=4)
    keep = tmp_path / "kept"
    first = run_material(options, ["calendars"], tmp_path / "first", keep)
    other = run_material(options, ["large stickers"], tmp_path / "other", keep)
    both = run_material(options, ["calendars", "large stickers"], tmp_path / "both", keep)
    assert not (tmp_path / "both").exists()  # nothing was drawn again
    assert set(both.results) == {*first.results, *other.results}
    assert both.tables[0].rows[:2] == (first.tables[0].rows[0], other.tables[0].rows[0])
    with pytest.raises(typer.BadParameter, match=r"calendars\.json was measured with Conditions\(seed=1,"):
        run_material(replace(options, seed=2), ["calendars"], tmp_path / "second", keep)
    (keep / "calendars.json").write_text("{", "utf-8")
    with pytest.raises(typer.BadParameter, match="is no report of a kind"):
        run_material(options, ["calendars"], tmp_path / "third", keep)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["towels", "photographed charts", "phone cases", "mock-ups"])
def test_goods_and_charts_of_one_layout_are_not_blocked_and_their_copies_found(
    kind: str, tmp_path: Path, data: Path
) -> None:
    options = Options(data, None, None, None, False, workers=1, limit=12, seed=5, peers=False, sift_queries=4)
    report = run_material(options, [kind], tmp_path / "work")
    (counted,) = [each for each in report.results if isinstance(each, KindResult)]
    assert counted.blocked is not None
    assert counted.reviewed is not None
    assert counted.blocked.part == 0
    assert counted.reviewed.part <= 3
    assert counted.found.part >= 8
