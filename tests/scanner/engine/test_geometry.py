"""Geometry ties an image to what it was made from, says where it lies, and ties nothing else."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.hashing import TRANSFORMS, DihedralTransform
from brand_index.features.keypoints import describe_keypoints
from brand_index.index import IndexedReference
from brand_index.types import ReferenceKind
from scanner.engine.geometry import Alignment, align, box_of, whole_quad
from scanner.engine.types import Quad

PHOTO = np.asarray(photographs.astronaut(), np.uint8)
HEIGHT, WIDTH = PHOTO.shape[:2]
REFERENCE = IndexedReference("r", "acme", ReferenceKind.PHOTO, "00", WIDTH, HEIGHT, (0, 0, WIDTH, HEIGHT))


def tie(listing: np.ndarray, *, mirrored: bool = False) -> Alignment | None:
    seen = describe_keypoints(np.ascontiguousarray(listing), side=512, limit=600)
    known = describe_keypoints(PHOTO, side=512, limit=500)
    return align(seen, (listing.shape[1], listing.shape[0]), known, REFERENCE, mirrored=mirrored)


def farthest(quad: Quad, expected: list[tuple[float, float]]) -> float:
    return float(np.linalg.norm(np.array(quad) - np.array(expected), axis=1).max())


@pytest.mark.parametrize("angle", [0, 20, 90, 180, -45])
def test_the_quadrilateral_of_a_turned_and_pasted_photo_lies_where_it_was_pasted(angle: float) -> None:
    ground = cv2.resize(photographs.coffee(), (900, 700))
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), angle, 0.6)
    matrix[:, 2] += (190, 90)
    listing = cv2.warpAffine(PHOTO, matrix, (900, 700), dst=ground.copy(), borderMode=cv2.BORDER_TRANSPARENT)
    found = tie(listing)
    assert found is not None
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], float)
    expected = corners @ matrix[:, :2].T + matrix[:, 2]
    assert farthest(found.quad, [(float(x), float(y)) for x, y in expected]) < 12


def test_a_crop_puts_the_corners_that_were_cut_off_outside_the_image() -> None:
    found = tie(PHOTO[100:420, 60:400])
    assert found is not None
    assert farthest(found.quad, [(-60, -100), (452, -100), (452, 412), (-60, 412)]) < 10
    assert found.reference_box.left >= 55
    assert found.reference_box.right <= 405


def test_a_mirrored_copy_is_tied_only_as_a_mirror_image_and_its_corners_are_swapped() -> None:
    found = tie(PHOTO[:, ::-1], mirrored=True)
    assert found is not None
    assert found.mirrored
    assert farthest(found.quad, [(WIDTH, 0), (0, 0), (0, HEIGHT), (WIDTH, HEIGHT)]) < 10
    straight = tie(PHOTO[:, ::-1])
    assert straight is None or straight.inliers < found.inliers / 5


@pytest.mark.parametrize("photo", [photographs.coffee, photographs.chelsea, photographs.rocket])
def test_another_photo_is_hardly_tied(photo: Callable[[], np.ndarray]) -> None:
    found = tie(photo())
    assert found is None or found.inliers < 10


def test_an_image_without_keypoints_is_not_tied() -> None:
    assert tie(np.full((300, 300, 3), 128, np.uint8)) is None


def test_the_box_around_a_quadrilateral_stays_inside_the_image() -> None:
    assert box_of(((-20.0, -5.0), (90.4, 3.0), (120.0, 300.0), (10.0, 40.0)), (100, 80)) == (0, 0, 100, 80)
    assert box_of(((10.2, 20.0), (30.0, 20.0), (30.0, 39.6), (10.2, 39.6)), (100, 80)) == (10, 20, 31, 41)


@pytest.mark.parametrize("turn", TRANSFORMS, ids=str)
def test_the_quadrilateral_of_a_whole_image_maps_the_reference_onto_it(turn: DihedralTransform) -> None:
    image = np.asarray(cv2.resize(PHOTO, (300, 200), interpolation=cv2.INTER_AREA), np.uint8)
    listing_size = (300, 200)
    laid = turn.apply(image)
    side = np.array([[0, 0], [laid.shape[1] - 1, 0], [laid.shape[1] - 1, laid.shape[0] - 1], [0, laid.shape[0] - 1]])
    onto = cv2.getPerspectiveTransform(np.array(whole_quad(listing_size, turn), np.float32), side.astype(np.float32))
    flat = cv2.warpPerspective(image, onto, (laid.shape[1], laid.shape[0]))
    assert np.abs(flat.astype(int) - laid).mean() < 4
