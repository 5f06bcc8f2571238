"""Recall by strength of an edit: every strength is asked for, counted and drawn."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.copies import CopyResult, EditResult
from benchmarks.edits import Edit
from benchmarks.measures import Share
from benchmarks.strengths import FAMILIES, draw_curves, strengths_table
from PIL import Image
from skimage import data as photographs

from brand_index.images import RGBImage

PHOTO = np.asarray(photographs.coffee(), np.uint8)
CROP, _, ROTATION, BLUR = FAMILIES


def result(system: str, found: int) -> CopyResult:
    """Every edit was asked for ten times and found so often, however severe."""
    edits = [each.named(strength) for each in FAMILIES for strength in each.strengths]
    by_edit = tuple(EditResult(edit, None, (Share(10, 10), Share(found, 10))) for edit in edits)
    return CopyResult(system, 300, 50, None, (), None, by_edit, None)


def edited(family: int, strength: float) -> RGBImage:
    edit = Edit("edit", FAMILIES[family].edit(strength))
    return edit(PHOTO, seed=0, others=[np.asarray(photographs.chelsea(), np.uint8)])


def test_a_crop_cuts_its_share_away() -> None:
    left = edited(0, 90)
    assert left.size / PHOTO.size == pytest.approx(0.1, rel=0.02)


def test_a_paste_takes_its_share_of_the_listing() -> None:
    assert PHOTO.size / edited(1, 5).size == pytest.approx(0.05, rel=0.02)


def test_a_stronger_blur_leaves_less_detail() -> None:
    details = [float(np.abs(np.diff(edited(3, strength).astype(int), axis=1)).mean()) for strength in BLUR.strengths]
    assert details == sorted(details, reverse=True)


def test_each_strength_has_a_row_with_the_strict_recall_of_each_system() -> None:
    table = strengths_table(ROTATION, [result("ours", 9), result("theirs", 4)])
    assert table.columns == ("rotation", "ours", "theirs")
    assert [row[0] for row in table.rows] == ["2", "5", "10", "20", "45", "90", "180"]
    assert {row[1:] for row in table.rows} == {("90.0 % (9/10)", "40.0 % (4/10)")}


def test_the_curves_are_written_as_a_png(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra benchmark is not installed")
    draw_curves([result("ours", 9), result("theirs", 4)], tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as figure:
        assert figure.width > 800
