"""A mark's cosine is rated by its own background level: a plain mark needs a higher one than a rich mark."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.errors import ModelUnusable
from brand_index.features.background import TAIL, Background, Level, Levels


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def bank(photos: int = 200, regions: int = 4, dimensions: int = 16) -> Background:
    vectors = unit(np.random.default_rng(0).normal(size=(photos * regions, dimensions)))
    return Background(vectors, np.arange(0, photos * regions, regions))


def test_the_best_region_of_each_photo_and_the_best_view_count() -> None:
    corners = np.eye(3, dtype=np.float32)
    background = Background(corners, np.array([0, 2]))
    assert background.best(corners[1:2]).tolist() == [1, 0]
    assert background.best(corners[1:]).tolist() == [1, 1]


def test_one_photo_in_ten_is_as_much_alike_as_a_rarity_of_one() -> None:
    background, views = bank(), unit(np.random.default_rng(1).normal(size=(2, 16)))
    level = background.level(views)
    cosines = np.sort(background.best(views))
    assert (cosines > level.cosine).mean() == pytest.approx(TAIL)
    assert level.neg_log10_far(level.cosine) == pytest.approx(1)


def test_a_mark_that_answers_to_many_photos_needs_a_greater_likeness_for_the_same_rarity() -> None:
    background = bank()
    plain = unit(np.concatenate([background.vectors[:40:4], background.vectors[:40:4]]))
    rich = unit(np.random.default_rng(1).normal(size=(1, 16)))
    assert background.level(plain).neg_log10_far(0.8) < background.level(rich).neg_log10_far(0.8)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_more_alike_is_never_less_rare(one: float, other: float) -> None:
    level = Level(0.3, 0.05)
    assert (level.neg_log10_far(max(one, other)) - level.neg_log10_far(min(one, other))) >= 0


def test_a_bank_survives_its_file() -> None:
    background = bank()
    read = Background.from_bytes(background.to_bytes(), name="bank")
    assert (read.vectors * background.vectors).sum(axis=1).min() > 0.999
    assert read.starts.tolist() == background.starts.tolist()


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"no archive at all"])
def test_a_damaged_bank_is_named(data: bytes) -> None:
    with pytest.raises(ModelUnusable, match=r"clean\.npz"):
        Background.from_bytes(data, name="clean.npz")


def test_a_mark_is_rated_by_the_bank_that_has_more_images_like_it() -> None:
    photos, material = Level(0.2, 0.04), Level(0.3, 0.04)
    assert Levels(photos, material).neg_log10_far(0.5) == material.neg_log10_far(0.5)
    assert Levels(material, photos).neg_log10_far(0.5) == material.neg_log10_far(0.5)
    assert Levels(photos).neg_log10_far(0.5) == photos.neg_log10_far(0.5)
    for each in (Levels(photos), Levels(photos, material)):
        assert Levels.from_array(each.to_array()) == each
