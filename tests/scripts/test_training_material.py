"""Training images: whose marks may be in them, which photos, and that a print lies where its box says."""

import random
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np
import pytest
import train_confidence
from PIL import Image, ImageDraw
from skimage import data as photographs
from training.artwork import one_ink, recoloured
from training.drawings import Mark, fitted
from training.grounds import split_clean
from training.icons import is_left_out
from training.marks import HELD_OUT
from training.photo_tasks import Task, bars, edited_repeatedly
from training.printing import Placement, print_mark
from training.samples import CROP_SIDE, MOST_REPEATED, draw_crop, draw_scene, material_of
from training.words import near_miss

from brand_index.images.listed import FoundImage
from brand_index.types import ReferenceKind
from scanner.bulk.batch import Examined
from scanner.engine.boxes import Box
from scanner.engine.examiner import Examination
from scanner.engine.types import NO_CONTENT, NO_PHOTO, Evidence
from tests.conftest import draw_logo

GROUNDS = [np.ascontiguousarray(photo[..., :3]) for photo in (photographs.astronaut(), photographs.coffee())]


def mark(word: str = "ACME") -> Mark:
    rgba = fitted(np.asarray(draw_logo(word, (200, 30, 40))))
    assert rgba is not None
    return Mark(word, word, rgba)


@pytest.mark.parametrize(
    "name",
    ["nike", "apple-music", "google-drive", "file-type-applescript", "hp", "coca-cola", "ups", "macos", "McDonalds"],
)
def test_brands_of_public_benchmarks_are_left_out_in_every_variant(name: str) -> None:
    assert is_left_out(name)


@pytest.mark.parametrize("name", ["powershell", "intellij-idea", "groups", "miniconda", "stanford", "affordable"])
def test_names_that_only_sound_like_one_are_kept(name: str) -> None:
    assert not is_left_out(name)


def test_a_photo_is_edited_repeatedly_in_the_same_way_each_time_and_in_another_by_another_seed() -> None:
    photo, other = GROUNDS
    first, again, second = (edited_repeatedly(photo, seed, [other]) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert first.shape != second.shape or not np.array_equal(first, second)


@pytest.mark.parametrize("seed", range(5))
def test_bars_hide_a_fifth_to_a_half_of_a_photo(seed: int) -> None:
    hidden = (bars(GROUNDS[0], np.random.default_rng(seed)) != GROUNDS[0]).any(axis=2).mean()
    assert 0.15 < hidden < 0.55


def test_a_near_miss_is_another_word() -> None:
    chance = random.Random(0)
    assert sum(near_miss("Adidos", chance) == "Adidos" for _ in range(200)) < 40  # a letter may be replaced by itself


def test_photos_to_learn_from_and_photos_to_measure_on_are_apart_and_complete() -> None:
    photos = [Path(f"{number}.jpg") for number in range(1413)]
    learnt, measured = split_clean(photos)
    assert not set(learnt) & set(measured)
    assert sorted(learnt + measured) == sorted(photos)
    assert len(measured) == 1000


def test_the_same_seed_gives_the_same_image_and_another_seed_another() -> None:
    material = material_of([mark()], GROUNDS)
    first, again, other = (draw_crop(material, 0, seed) for seed in (5, 5, 6))
    assert first.shape == (CROP_SIDE, CROP_SIDE, 3)
    assert (first == again).all()
    assert (first != other).any()


def test_a_flat_print_lies_in_its_box_and_nowhere_else() -> None:
    ground = np.full((300, 400, 3), 128, np.uint8)
    pose = Placement(200, 150, 120, 60, 0.0, 0.0, 0.0, 0.0)
    printed = print_mark(ground, mark().rgba, pose, np.random.default_rng(0), mild=True)
    changed = np.argwhere((printed.image != ground).any(axis=2))
    low, high = printed.outline[0], printed.outline[2]
    np.testing.assert_allclose([*low, *high], [140, 120, 260, 180], atol=2)
    margin = 0.36 * np.array([60, 120])
    assert (changed.min(axis=0) >= [120, 140] - margin - 3).all()
    assert (changed.max(axis=0) <= [180, 260] + margin + 3).all()


def test_boxes_of_a_scene_lie_inside_it() -> None:
    material = material_of([mark(), mark("BOLT")], GROUNDS)
    scenes = [draw_scene(material, seed) for seed in range(20)]
    boxes = np.concatenate([boxes for _, boxes in scenes])
    assert len(boxes) > 10
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert boxes.min() >= 0
    assert boxes.max() <= scenes[0][0].shape[0]


def test_some_scenes_show_one_mark_many_times_and_each_print_has_its_box() -> None:
    material = material_of([mark()], GROUNDS)
    counts = [len(draw_scene(material, seed)[1]) for seed in range(60)]
    assert max(counts) > 8
    assert max(counts) <= MOST_REPEATED


def test_one_ink_of_a_sign_on_a_patch_keeps_the_sign() -> None:
    image = Image.new("RGBA", (100, 100), (30, 60, 200, 255))
    ImageDraw.Draw(image).ellipse((30, 30, 70, 70), fill=(255, 255, 255, 255))
    ink = one_ink(np.asarray(image))
    assert ink[50, 50] > 200
    assert ink[5, 5] < 50


def test_recolouring_keeps_the_shape() -> None:
    rgba = mark().rgba
    for seed in range(12):
        changed = recoloured(rgba, np.random.default_rng(seed))
        assert changed.shape == rgba.shape
        assert changed[..., 3].any()


def test_every_fourth_mark_that_confidence_is_fitted_on_is_registered_as_a_badge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_confidence, "PRINTED", 2)
    data, output = tmp_path / "data", tmp_path / "drawn"
    output.mkdir()
    (data / "clothing").mkdir(parents=True)
    for number in range(10):
        Image.fromarray(GROUNDS[number % 2][number:, number:]).save(data / "clothing" / f"{number}.jpg")
    marks = [replace(mark(f"W{number}"), name=f"word-{number}") for number in range(8 * HELD_OUT)]
    task = train_confidence.draw_logo_task(data, output, marks)

    def registered(number: int) -> tuple[int, int]:
        with Image.open(task.entries[number].path) as image:
            return image.size

    plain = {(2 * each.rgba.shape[1], 2 * each.rgba.shape[0]) for each in marks}
    assert [registered(number) in plain for number in range(8)] == [False, True, True, True, False, True, True, True]
    assert sum(shown is not None for shown in task.queries.values()) == 2


def found(reference_id: str, *, compared: bool = True) -> Evidence:
    photo, box = ReferenceKind.PHOTO, Box(0, 0, 100, 100)
    measured = replace(NO_PHOTO, content=NO_CONTENT if compared else None)
    none = (None,) * 6
    return Evidence(reference_id, reference_id, photo, box, *none, False, False, 0, 0.0, photo=measured)


@pytest.mark.parametrize(
    ("shown", "samples"),
    [
        ("photo", {"photo": True, "other": False}),  # of which the sibling shows a part
        ("sibling", {"photo": False, "sibling": True, "other": False}),
        ("other", {"photo": False, "sibling": False, "other": True}),
        (None, {"photo": False, "sibling": False, "other": False}),
    ],
)
def test_a_sibling_is_neither_right_nor_wrong_where_the_photo_that_it_was_made_of_is_shown(
    shown: str | None, samples: dict[str, bool]
) -> None:
    path = Path("image.jpg")
    task = Task([], {path: shown}, made_of={"sibling": "photo"})
    evidence = tuple(found(name) for name in ("photo", "sibling", "other"))
    examined = Examined(
        FoundImage(path, PurePath(path.name)),
        Examination("", (*evidence, found("not compared", compared=False)), 1, None),
    )
    drawn = list(train_confidence.samples_of(iter([examined]), task))
    assert [sample.right for sample in drawn] == list(samples.values())
