"""Geometry aligns an image with the reference it shows, places its quadrilateral, and aligns nothing else."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.hashing import TRANSFORMS, DihedralTransform
from brand_index.features.keypoints import Keypoints, describe_keypoints
from brand_index.index import IndexedReference
from brand_index.types import ReferenceKind
from scanner.engine.alignment.geometry import Alignment, align, bounding_box, whole_image_quad
from scanner.engine.boxes import Quad
from tests.conftest import draw_logo, in_perspective

PHOTO = np.asarray(photographs.astronaut(), np.uint8)
HEIGHT, WIDTH = PHOTO.shape[:2]
REFERENCE = IndexedReference("r", "acme", ReferenceKind.PHOTO, "00", WIDTH, HEIGHT, (0, 0, WIDTH, HEIGHT))


def align_to_photo(listing: np.ndarray, *, mirrored: bool = False) -> Alignment | None:
    query = describe_keypoints(np.ascontiguousarray(listing), side=512, limit=600)
    registered = describe_keypoints(PHOTO, side=512, limit=500)
    return align(query, (listing.shape[1], listing.shape[0]), registered, REFERENCE, mirrored=mirrored)


def aligned_by(matrix: np.ndarray, listing_size: tuple[int, int]) -> Alignment | None:
    """The alignment with the photo's own keypoints where a (2, 2) matrix brings them, about the photo's middle."""
    registered = describe_keypoints(PHOTO, side=512, limit=500)
    centre = np.array([WIDTH / 2, HEIGHT / 2])
    scale = float(np.sqrt(abs(np.linalg.det(matrix))))
    points = ((registered.points - centre) @ matrix.T + np.array(listing_size) / 2).astype(np.float32)
    moved = Keypoints(
        points,
        registered.scales * np.float32(scale),
        registered.angles,
        registered.descriptors,
    )
    return align(moved, listing_size, registered, REFERENCE, mirrored=False)


def test_matches_that_agree_by_chance_do_not_hide_those_that_place_a_photo() -> None:
    """More of them than of the goods, as of a carpet; they bring the whole photo to one point of the listing."""
    registered = describe_keypoints(PHOTO, side=512, limit=500)
    from_middle = np.argsort(np.linalg.norm(registered.points - (WIDTH / 2, HEIGHT / 2), axis=1))
    by_chance, own = from_middle[:20], from_middle[-12:]
    points = registered.points.copy()
    points[by_chance] = (700, 300)
    points[own] += (100, 150)
    rows = np.concatenate([by_chance, own])
    listing = Keypoints(points[rows], registered.scales[rows], registered.angles[rows], registered.descriptors[rows])
    found = align(listing, (900, 800), registered, REFERENCE, mirrored=False)
    assert found is not None
    assert farthest(found.quad, [(100, 150), (WIDTH + 100, 150), (WIDTH + 100, HEIGHT + 150), (100, HEIGHT + 150)]) < 4


def farthest(quad: Quad, expected: list[tuple[float, float]]) -> float:
    return float(np.linalg.norm(np.array(quad) - np.array(expected), axis=1).max())


@pytest.mark.parametrize("angle", [0, 20, 90, 180, -45])
def test_the_quadrilateral_of_a_turned_and_pasted_photo_lies_where_it_was_pasted(angle: float) -> None:
    ground = cv2.resize(photographs.coffee(), (900, 700))
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), angle, 0.6)
    matrix[:, 2] += (190, 90)
    listing = cv2.warpAffine(PHOTO, matrix, (900, 700), dst=ground.copy(), borderMode=cv2.BORDER_TRANSPARENT)
    found = align_to_photo(listing)
    assert found is not None
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], float)
    expected = corners @ matrix[:, :2].T + matrix[:, 2]
    assert farthest(found.quad, [(float(x), float(y)) for x, y in expected]) < 12


@pytest.mark.parametrize(
    "corners",
    [
        [(150, 80), (560, 170), (560, 500), (150, 620)],
        [(260, 150), (600, 130), (720, 560), (150, 600)],
        [(200, 60), (520, 200), (520, 460), (200, 640)],
        [(300, 60), (720, 230), (560, 560), (200, 480)],
    ],
    ids=["from the left", "from below", "steeply from the left", "turned"],
)
def test_the_quadrilateral_of_a_photo_seen_at_an_angle_lies_on_its_corners(corners: list[tuple[float, float]]) -> None:
    ground = np.asarray(cv2.resize(photographs.coffee(), (900, 700)), np.uint8)
    found = align_to_photo(in_perspective(PHOTO, corners, ground))
    assert found is not None
    assert farthest(found.quad, corners) < 4  # the nearest affinity is 40 px and more away
    assert found.inlier_coverage > 0.4


def test_a_mirrored_copy_seen_at_an_angle_is_aligned_in_the_mirror() -> None:
    ground = np.asarray(cv2.resize(photographs.coffee(), (900, 700)), np.uint8)
    top_left, top_right, bottom_right, bottom_left = (150, 80), (560, 170), (560, 500), (150, 620)
    listing = in_perspective(
        np.ascontiguousarray(PHOTO[:, ::-1]), [top_left, top_right, bottom_right, bottom_left], ground
    )
    found = align_to_photo(listing, mirrored=True)
    assert found is not None
    assert farthest(found.quad, [top_right, top_left, bottom_left, bottom_right]) < 4


def test_a_logo_seen_at_an_angle_is_aligned_to_its_visible_part() -> None:
    logo = draw_logo("ACME", (20, 20, 20), ground=(255, 255, 255, 255))
    pixels = np.asarray(logo.convert("RGB"), np.uint8)
    content = (6, 6, 634, 314)  # of draw_logo's badge, with the width of its line
    reference = IndexedReference("l", "acme", ReferenceKind.LOGO, "00", 640, 320, content)
    corners = [(200.0, 150.0), (680.0, 180.0), (760.0, 480.0), (120.0, 430.0)]
    ground = cv2.GaussianBlur(cv2.resize(photographs.coffee(), (900, 700)), (0, 0), 6)
    listing = in_perspective(pixels, corners, np.asarray(ground, np.uint8))
    found = align(
        describe_keypoints(listing, side=512, limit=600),
        (900, 700),
        describe_keypoints(pixels, side=512, limit=400),
        reference,
        mirrored=False,
    )
    whole = np.array([[0, 0], [640, 0], [640, 320], [0, 320]], np.float32)
    onto = cv2.getPerspectiveTransform(whole, np.array(corners, np.float32))
    visible = np.array([[[6, 6], [634, 6], [634, 314], [6, 314]]], np.float32)
    assert found is not None
    assert farthest(found.quad, [(float(x), float(y)) for x, y in cv2.perspectiveTransform(visible, onto)[0]]) < 6


@pytest.mark.parametrize(
    "matrix",
    [[[1, 0], [0, 1]], [[1.6, 0], [0, 0.8]], [[1, 0.8], [0, 1]], [[0.1, 0], [0, 0.1]]],
    ids=["as it is", "stretched", "sheared", "small"],
)
def test_keypoints_that_agree_on_a_view_of_a_flat_thing_are_aligned(matrix: list[list[float]]) -> None:
    found = aligned_by(np.array(matrix), (512, 512))
    assert found is not None
    corners = (np.array([[0, 0], [512, 0], [512, 512], [0, 512]]) - 256) @ np.array(matrix).T + 256
    assert farthest(found.quad, [(float(x), float(y)) for x, y in corners]) < 2


@pytest.mark.parametrize(
    ("matrix", "size"),
    [
        ([[5, 0], [0, 1]], 512),
        ([[1, 3.5], [0, 1]], 512),
        ([[-1, 0], [0, 1]], 512),
        ([[0.007, 0], [0, 0.007]], 512),
        ([[20, 0], [0, 20]], 96),
    ],
    ids=["stretched to a strip", "sheared to a thread", "turned over", "a speck", "a giant"],
)
def test_keypoints_that_agree_on_a_shape_that_no_flat_thing_shows_are_not_aligned(
    matrix: list[list[float]], size: int
) -> None:
    assert aligned_by(np.array(matrix), (size, size)) is None


@pytest.mark.parametrize("content", [(100, 60, 412, 460), (300, 380, 500, 460)], ids=["in the middle", "a low strip"])
def test_the_quadrilateral_is_of_the_visible_part_wherever_it_lies(content: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = content
    registered = describe_keypoints(PHOTO, side=512, limit=500)
    inside = ((registered.points >= [left, top]) & (registered.points <= [right, bottom])).all(axis=1)
    part = Keypoints(
        registered.points[inside],
        registered.scales[inside],
        registered.angles[inside],
        registered.descriptors[inside],
    )
    reference = IndexedReference("r", "acme", ReferenceKind.PHOTO, "00", WIDTH, HEIGHT, content)
    found = align(part, (WIDTH, HEIGHT), part, reference, mirrored=False)
    assert found is not None
    assert farthest(found.quad, [(left, top), (right, top), (right, bottom), (left, bottom)]) < 1
    hull = cv2.contourArea(cv2.convexHull(part.points))
    assert found.inlier_coverage == pytest.approx(hull / ((right - left) * (bottom - top)), abs=0.01)


def test_few_keypoints_in_a_line_place_all_corners_of_a_pasted_photo() -> None:
    registered = describe_keypoints(PHOTO, side=512, limit=500)
    kept = np.flatnonzero((np.abs(registered.points - (250, 120)) < (10, 60)).all(axis=1))[:14]
    beside = np.random.default_rng(1).uniform(-1.2, 1.2, (len(kept), 2)).astype(np.float32)
    seen = Keypoints(
        registered.points[kept] * np.float32(0.8) + np.float32(100) + beside,
        registered.scales[kept] * np.float32(0.8),
        registered.angles[kept],
        registered.descriptors[kept],
    )
    found = align(seen, (700, 700), registered, REFERENCE, mirrored=False)
    assert found is not None
    low, right, bottom = 100.0, 100 + 0.8 * WIDTH, 100 + 0.8 * HEIGHT
    assert farthest(found.quad, [(low, low), (right, low), (right, bottom), (low, bottom)]) < 20


def test_keypoints_that_are_nearest_neighbours_but_not_similar_are_no_matches() -> None:
    registered = describe_keypoints(PHOTO, side=512, limit=500)
    faded = registered.descriptors.copy()
    faded[:, ::2] = 0  # about half of the similarity is left, and each is still nearest to its own
    query = Keypoints(registered.points, registered.scales, registered.angles, faded)
    assert align(query, (WIDTH, HEIGHT), registered, REFERENCE, mirrored=False) is None


def test_a_crop_puts_the_corners_that_were_cut_off_outside_the_image() -> None:
    found = align_to_photo(PHOTO[100:420, 60:400])
    assert found is not None
    assert farthest(found.quad, [(-60, -100), (452, -100), (452, 412), (-60, 412)]) < 10
    assert found.reference_box.left >= 55
    assert found.reference_box.right <= 405


def test_a_mirrored_copy_is_aligned_only_as_a_mirror_image_and_its_corners_are_swapped() -> None:
    found = align_to_photo(PHOTO[:, ::-1], mirrored=True)
    assert found is not None
    assert found.mirrored
    assert farthest(found.quad, [(WIDTH, 0), (0, 0), (0, HEIGHT), (WIDTH, HEIGHT)]) < 10
    straight = align_to_photo(PHOTO[:, ::-1])
    assert straight is None or straight.inliers < found.inliers / 5


@pytest.mark.parametrize("photo", [photographs.coffee, photographs.chelsea, photographs.rocket])
def test_another_photo_is_hardly_aligned(photo: Callable[[], np.ndarray]) -> None:
    found = align_to_photo(photo())
    assert found is None or found.inliers < 10


@pytest.mark.parametrize(("least", "is_aligned"), [(30, True), (5000, False)], ids=["few", "many"])
def test_a_photo_is_aligned_only_by_as_many_keypoints_as_are_asked_for(least: int, is_aligned: bool) -> None:
    own = describe_keypoints(PHOTO, side=512, limit=500)
    found = align(own, (WIDTH, HEIGHT), own, REFERENCE, mirrored=False, least=least)
    assert (found is not None) is is_aligned


def test_an_image_without_keypoints_is_not_aligned() -> None:
    assert align_to_photo(np.full((300, 300, 3), 128, np.uint8)) is None


def test_the_box_around_a_quadrilateral_stays_inside_the_image() -> None:
    assert bounding_box(((-20.0, -5.0), (90.4, 3.0), (120.0, 300.0), (10.0, 40.0)), (100, 80)) == (0, 0, 100, 80)
    assert bounding_box(((10.2, 20.0), (30.0, 20.0), (30.0, 39.6), (10.2, 39.6)), (100, 80)) == (10, 20, 31, 41)


@pytest.mark.parametrize("transform", TRANSFORMS, ids=str)
def test_the_quadrilateral_of_a_whole_image_maps_the_reference_onto_it(transform: DihedralTransform) -> None:
    image = np.asarray(cv2.resize(PHOTO, (300, 200), interpolation=cv2.INTER_AREA), np.uint8)
    listing_size = (300, 200)
    expected = transform.apply(image)
    side = np.array(
        [
            [0, 0],
            [expected.shape[1] - 1, 0],
            [expected.shape[1] - 1, expected.shape[0] - 1],
            [0, expected.shape[0] - 1],
        ]
    )
    onto = cv2.getPerspectiveTransform(
        np.array(whole_image_quad(listing_size, transform), np.float32), side.astype(np.float32)
    )
    flat = cv2.warpPerspective(image, onto, (expected.shape[1], expected.shape[0]))
    assert np.abs(flat.astype(int) - expected).mean() < 4
