"""Hiding marks and altering photos: what each edit changes, and how listings of several images are counted."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.datasets import MarkPhoto
from benchmarks.edits import Edit
from benchmarks.evasion.mark_edits import covered, mirrored, mosaicked, recoloured, smeared, split, stretched
from benchmarks.evasion.photo_edits import EVASIONS
from benchmarks.evasion_run import CERTAIN, EvasionPoint, Hidden, _for_patches, _points, _table
from benchmarks.measures import Share
from benchmarks.records import Prediction
from benchmarks.runs import Query, Run
from benchmarks.strengths import Family
from benchmarks.words.scanning import Seen
from skimage import data as photographs

from scanner.engine.boxes import Box
from scanner.engine.types import ConcealedPatch

PHOTO = np.asarray(photographs.coffee(), np.uint8)
BOX = Box(200, 100, 320, 180)
INSIDE = np.s_[100:180, 200:320]


def chance() -> np.random.Generator:
    return np.random.default_rng(3)


def changed(image: np.ndarray) -> np.ndarray:
    """(H, W) bool: the pixels that differ from the photo."""
    return np.asarray((image != PHOTO).any(axis=2))


def test_a_cover_takes_its_share_of_the_box_and_nothing_beside_it() -> None:
    (image,) = covered(50)(PHOTO, [BOX], chance())
    share = changed(image)[INSIDE].mean()
    assert 0.45 < share <= 0.5
    assert changed(image).sum() == changed(image)[INSIDE].sum()


@pytest.mark.parametrize("edit", [smeared, mosaicked])
def test_a_stronger_blur_or_mosaic_leaves_less_detail_in_the_box(edit: type) -> None:
    details = []
    for strength in (5, 10, 20):
        (image,) = edit(strength)(PHOTO, [BOX], chance())
        assert changed(image).sum() == changed(image)[INSIDE].sum()
        details.append(float(np.abs(np.diff(image[INSIDE].astype(int), axis=1)).mean()))
    assert details == sorted(details, reverse=True)


def test_a_mosaic_is_of_cells_of_one_colour() -> None:
    (image,) = mosaicked(20)(PHOTO, [BOX], chance())
    assert len(np.unique(image[INSIDE].reshape(-1, 3), axis=0)) <= 5 * 8


def test_stretching_makes_one_side_longer() -> None:
    (image,) = stretched(1.5)(PHOTO, [BOX], chance())
    assert sorted((image.shape[0] / PHOTO.shape[0], image.shape[1] / PHOTO.shape[1])) == [1, 1.5]


def test_a_mirrored_photo_mirrored_again_is_the_photo() -> None:
    (image,) = mirrored(1)(PHOTO, [BOX], chance())
    assert (image[:, ::-1] == PHOTO).all()


def test_two_halves_of_a_mark_are_in_two_images_and_further_marks_in_none() -> None:
    left, right = split(50)(PHOTO, [BOX, Box(10, 10, 40, 30)], chance())
    assert left.shape[1] == 260
    whole = np.hstack((left, right))
    assert (whole[INSIDE] == PHOTO[INSIDE]).all()
    assert len(np.unique(whole[10:30, 10:40].reshape(-1, 3), axis=0)) == 1


def test_turned_hues_keep_the_light() -> None:
    (image,) = recoloured(120)(PHOTO, [BOX], chance())
    assert np.abs(image.max(axis=2).astype(int) - PHOTO.max(axis=2)).max() <= 2
    assert changed(image).mean() > 0.5


@pytest.mark.parametrize("family", EVASIONS[:3], ids=lambda family: family.name)
def test_a_stronger_edit_leaves_less_of_the_photo(family: Family) -> None:
    kept = []
    for strength in (min(family.strengths), max(family.strengths)):
        edit = Edit("same name, same chance", family.edit(strength))
        image = edit(PHOTO, seed=5, others=[np.asarray(photographs.chelsea(), np.uint8)])
        same = image.shape == PHOTO.shape and (np.abs(image.astype(int) - PHOTO) < 20).mean()
        kept.append(float(same) if image.shape == PHOTO.shape else image.size / PHOTO.size)
    assert kept[0] != kept[1]
    assert (kept[0] > kept[1]) is (family.name != "on another ground")  # whose strength is the share that stays


def test_combined_edits_are_one_more_at_each_strength() -> None:
    *_, combined = EVASIONS
    images = [Edit("same", combined.edit(steps))(PHOTO, seed=5, others=[PHOTO[::-1]]) for steps in combined.strengths]
    assert combined.strengths == (2, 3, 4, 5)
    assert len({image.tobytes() for image in images}) == len(images)


def test_the_images_of_one_listing_count_as_one() -> None:
    photo = MarkPhoto(Path("acme.jpg"), "acme", (BOX,), True)
    plain = Hidden("unedited", "-", photo, (Query("plain", photo.path),))
    halves = Hidden("split", "50", photo, (Query("a", photo.path), Query("b", photo.path)))
    found = (
        Prediction("plain", "acme", 0.9),
        Prediction("a", "zest", 0.3),
        Prediction("b", "acme", 0.6),
        Prediction("clean", "zest", 0.5),
    )
    clean = [Query("clean", Path("clean.jpg"))]
    points = _points(Run("ours", found, 1.0, ()), [plain, halves], clean)
    assert points == [
        EvasionPoint("ours", "unedited", "-", Share(1, 1), Share(1, 1)),
        EvasionPoint("ours", "split", "50", Share(1, 1), Share(1, 1)),
    ]


def test_a_patch_over_the_threshold_shows_the_photo_to_a_person_and_flags_a_clean_one() -> None:
    photo = MarkPhoto(Path("acme.jpg"), "acme", (BOX,), True)
    covered_up = Hidden("covered", "50", photo, (Query("covered", photo.path), Query("faint", photo.path)))
    sure, faint = (ConcealedPatch(BOX, 0, confidence) for confidence in (0.6, 0.1))
    seen = [Seen("covered", (), (faint, sure)), Seen("faint", (), (faint,)), Seen("clean", (), (sure,))]
    assert list(_for_patches(seen, [covered_up])) == [
        Prediction("covered", "acme", CERTAIN),
        Prediction("clean", "concealed", CERTAIN),
    ]


def test_noise_stays_within_its_bound_and_lowers_what_the_networks_see() -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="the extra train is not installed")
    from benchmarks.evasion.noise import Attacker  # noqa: PLC0415 - imports torch

    from brand_index.features.embedding import OnnxEmbedder  # noqa: PLC0415
    from brand_index.features.weights import read_manifest  # noqa: PLC0415
    from scanner.engine.regions import crop  # noqa: PLC0415

    embedder = OnnxEmbedder(read_manifest())
    own = embedder.embed([crop(PHOTO, BOX)]).vectors
    (image,) = Attacker().noise(4, list(own))(PHOTO, [BOX], chance())
    assert np.abs(image.astype(int) - PHOTO).max() <= 4
    assert float((embedder.embed([crop(image, BOX)]).vectors @ own.T)[0, 0]) < 0.8


def test_the_table_compares_logos_alone_and_with_words_with_unedited_photos() -> None:
    points = [
        EvasionPoint(system, "mirrored", "1", Share(found, 10), Share(8, 10))
        for system, found in (("logos alone", 4), ("logos and words", 6), ("pHash", 1))
    ]
    table = _table(points, logos=20, words=9, clean=100)
    assert table.columns[2:] == ("logos alone", "beside unedited", "logos and words", "beside unedited", "pHash")
    assert [table.rows[0][place] for place in (3, 5)] == ["0.50", "0.75"]
