"""Scenes with concealed marks are kept and read again, and their patches are drawn in their shares."""

from pathlib import Path

import numpy as np
import pytest
from skimage.data import chelsea
from training.concealment.kept import KeptScenes
from training.concealment.patches import SHARES, Floats, drawn_sort, rub
from training.concealment.scenes import Scene

from scanner.engine.boxes import Box

PHOTO = np.asarray(chelsea(), np.uint8)
PATCH = Box(100, 80, 160, 140)


def a_mask(*boxes: Box) -> Floats:
    mask = np.zeros(PHOTO.shape[:2], np.float32)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = 1
    return mask


def test_a_kept_scene_is_read_as_it_was_drawn(tmp_path: Path) -> None:
    kept, scene = KeptScenes(tmp_path), Scene(PHOTO, a_mask(PATCH), "mosaic")
    assert list(kept.keep([scene])) == [0]
    read = kept.scene(0)
    assert np.array_equal(read.image, scene.image)
    assert np.array_equal(read.mask, scene.mask)
    assert read.kind == "mosaic"


def test_drawing_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    scene = Scene(PHOTO, a_mask(), "plain")
    list(KeptScenes(tmp_path).keep([scene, scene]))
    again = KeptScenes(tmp_path)
    assert again.count() == 2
    assert list(again.keep([scene], again.count())) == [2]


def test_a_fingertip_changes_what_it_touches_and_nothing_else() -> None:
    chance = np.random.default_rng(4)
    out, mask = rub(PHOTO, np.array([225.0, 150.0]), np.array([120.0, 80.0]), chance)
    changed = np.abs(out - PHOTO).max(axis=2) > 8
    assert changed[mask > 0].mean() > 0.2
    assert not changed[:60].any()


def test_every_sort_of_patch_is_drawn_in_its_share() -> None:
    chance = np.random.default_rng(1)
    drawn = [drawn_sort(chance) for _ in range(3000)]
    assert sum(SHARES.values()) == pytest.approx(1)
    assert {sort: drawn.count(sort) / 3000 for sort in SHARES} == pytest.approx(SHARES, abs=0.03)
