"""Photos of dark goods are placed by the faint folds of the goods where keypoints of the index hardly place them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.alignment.geometry import Alignment
from scanner.engine.boxes import Box, Quad
from scanner.engine.candidates import Candidate
from scanner.engine.examiner import Examiner
from scanner.engine.photometry import PhotoAgreement
from scanner.engine.placing import FEW_INLIERS, Placed, likeliest, placed_by_goods
from scanner.settings import Settings
from tests.conftest import ACME, filled, jpeg

HEIGHT, WIDTH = 800, 600
LEFT, TOP, RIGHT, BOTTOM = 150, 140, 450, 660  # of the goods
LARGER, AT = 1.2, (170, 130)  # the goods in a listing, and where they lie there
SKIRT, OTHER_SKIRT = 20, 70
SOMEWHERE: Quad = ((0.0, 0.0), (300.0, 20.0), (310.0, 400.0), (10.0, 420.0))


def noise(seed: int, deviation: float) -> NDArray[np.float32]:
    """Of unit deviation, smooth over so many pixels."""
    drawn = np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    smooth = cv2.GaussianBlur(drawn, (0, 0), deviation)
    return np.asarray(smooth / smooth.std(), np.float32)


def cloth(seed: int) -> RGBImage:
    """Nearly black, with folds of a few grey levels and a weave of fewer."""
    levels = 34 + 3.5 * noise(seed, 9) + 2 * noise(seed + 1, 2)
    return np.asarray(np.clip(levels[..., None] * np.array([1.0, 0.95, 1.1]), 0, 255), np.uint8)


def photographed(seed: int) -> RGBImage:
    """On a light carpet that has all the contrast."""
    levels = np.clip(200 + 25 * noise(5, 3), 0, 255)
    photo = np.repeat(levels[..., None], 3, axis=2).astype(np.uint8)
    photo[TOP:BOTTOM, LEFT:RIGHT] = cloth(seed)[TOP:BOTTOM, LEFT:RIGHT]
    return photo


def on_dark(seed: int, *, mirrored: bool = False) -> RGBImage:
    """The goods on a ground that is nearly black, too."""
    seen = cloth(seed)[TOP:BOTTOM, LEFT:RIGHT]
    seen = np.ascontiguousarray(seen[:, ::-1]) if mirrored else seen
    goods = cv2.resize(seen, None, fx=LARGER, fy=LARGER, interpolation=cv2.INTER_CUBIC)
    ground = np.full((900, 700, 3), (12, 10, 14), np.uint8)
    ground[AT[1] : AT[1] + goods.shape[0], AT[0] : AT[0] + goods.shape[1]] = goods
    return ground


@pytest.fixture(scope="module")
def examiner(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Examiner:
    skirt = (ACME, ReferenceKind.PHOTO, jpeg(photographed(SKIRT), 92), "skirt.jpg")
    return Examiner.open(filled(Store(tmp_path_factory.mktemp("dark")), settings, skirt), settings)


def placed(examiner: Examiner, image: RGBImage, *, inliers: int = FEW_INLIERS + 1) -> Placed:
    """The photo in an image as its goods place it, where so many keypoint pairs put it somewhere before."""
    description = examiner.describe(examiner.decode(jpeg(image, 88)).frames[0])
    hardly = Alignment(SOMEWHERE, Box(0, 0, 90, 90), inliers, 0.02, mirrored=False)
    (found,) = placed_by_goods(description, [Placed(Candidate(0), SOMEWHERE, hardly, None)], examiner.index)
    return found


@pytest.mark.parametrize("mirrored", [False, True])
def test_goods_on_another_ground_place_their_photo_as_it_is_and_mirrored(examiner: Examiner, mirrored: bool) -> None:
    found = placed(examiner, on_dark(SKIRT, mirrored=mirrored))
    assert found.by_goods
    assert found.deserves_a_look(review_only=False)
    left, right = AT[0] - LARGER * LEFT, AT[0] + LARGER * (WIDTH - LEFT)
    top, bottom = AT[1] - LARGER * TOP, AT[1] + LARGER * (HEIGHT - TOP)
    truth = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if mirrored:
        truth = [(right, top), (left, top), (left, bottom), (right, bottom)]
    assert np.linalg.norm(np.array(found.quad) - np.array(truth), axis=1).max() < 0.02 * LARGER * HEIGHT


def test_other_goods_of_the_same_shape_place_nothing(examiner: Examiner) -> None:
    found = placed(examiner, on_dark(OTHER_SKIRT))
    assert found.quad == SOMEWHERE
    assert not found.deserves_a_look(review_only=False)


def test_goods_that_hardly_any_keypoints_propose_are_not_looked_at(examiner: Examiner) -> None:
    assert not placed(examiner, on_dark(SKIRT), inliers=FEW_INLIERS).by_goods


def measured(position: int, *, ncc: float, hash_distance: int | None = None, inliers: int = 0) -> Placed:
    keypoints = Alignment(SOMEWHERE, Box(0, 0, 90, 90), inliers, 0.5, mirrored=False)
    pixels = PhotoAgreement(ncc, window_agreement=0.5, blurred_ncc=0.9)
    return Placed(Candidate(position, hash_distance=hash_distance), SOMEWHERE, keypoints, pixels)


def test_of_goods_of_one_layout_that_with_a_near_hash_is_likeliest_whatever_agrees_as_well() -> None:
    others = [measured(each, ncc=0.7 + each / 100, hash_distance=48) for each in range(5)]
    near = measured(5, ncc=0.6, hash_distance=6)
    assert likeliest([*others, near], 1) == [near]


def test_sure_keypoints_say_more_than_a_near_hash_and_a_few_say_nothing() -> None:
    sure, near = measured(0, ncc=0.2, inliers=30), measured(1, ncc=0.9, hash_distance=6)
    assert likeliest([near, sure], 2) == [sure, near]
    assert likeliest([measured(0, ncc=0.2, inliers=9), near], 1) == [near]
