"""Long images are examined in overlapping bands that cover all of them; evidence in a part is moved to the frame."""

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.parts.splitting import Part, parts_of
from scanner.engine.types import Alteration, Evidence, PhotoMeasurements

ROCKET = np.asarray(photographs.rocket(), np.uint8)


@pytest.mark.parametrize(("height", "width"), [(427, 60), (40, 640)])
def test_bands_cover_a_long_image_and_the_first_half_of_them_nearly_does(height: int, width: int) -> None:
    image = ROCKET[:height, :width]
    boxes = [part.box for part in parts_of(image)]
    axis = 0 if height > width else 1
    covered = np.zeros((2, max(height, width)), int)
    for number, box in enumerate(boxes):
        covered[:, box[1 - axis] : box[3 - axis]] += np.array([[1], [number < -(-len(boxes) // 2)]])
    assert covered[0].min() >= 1
    assert (covered[1] > 0).mean() > 0.9
    assert all(max(box.right - box.left, box.bottom - box.top) <= 2 * min(height, width) for box in boxes)


@pytest.mark.parametrize("shape", [(1, 1), (2, 20), (3, 100), (100, 3), (4, 4000), (31, 900)])
def test_an_image_that_is_too_thin_to_show_anything_has_no_parts(shape: tuple[int, int]) -> None:
    assert parts_of(np.ascontiguousarray(np.resize(ROCKET, (*shape, 3)))) == ()


def test_a_large_photo_is_examined_in_tiles_and_the_first_four_cover_it() -> None:
    large = np.asarray(cv2.resize(ROCKET, (2401, 1601)), np.uint8)
    boxes = [part.box for part in parts_of(large)]
    covered = np.zeros(large.shape[:2], int)
    for left, top, right, bottom in boxes[:4]:
        covered[top:bottom, left:right] += 1
    assert (len(boxes), covered.min()) == (9, 1)
    assert parts_of(large[:1599]) == ()


def test_parts_of_one_colour_are_left_out() -> None:
    image = np.full((1200, 200, 3), 240, np.uint8)
    assert parts_of(image) == ()
    image[1000:1100, 40:150] = ROCKET[100:200, 300:410]
    assert sorted(part.box.bottom for part in parts_of(image)) == [1050, 1200]


def test_evidence_in_a_part_is_in_the_coordinates_of_the_frame() -> None:
    square = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    alteration = Alteration(square, visible=1.0, occupied=0.5, turned=0.0, overlaid=None, colour=None, light=None)
    photo = PhotoMeasurements(None, None, None, alteration, region=(square,), differing=(square[:3],))
    evidence = Evidence(
        "r",
        "b",
        ReferenceKind.PHOTO,
        Box(0, 0, 10, 10),
        square,
        None,
        None,
        9,
        0.5,
        0.9,
        False,
        False,
        0,
        0.9,
        None,
        photo,
    )
    placed = Part(Box(100, 300, 200, 400), Box(0, 0, 200, 1000), marks=False).placed(evidence)
    assert placed.box == Box(100, 300, 110, 310)
    assert placed.quad is not None
    assert placed.quad[2] == (110.0, 310.0)
    assert placed.photo is not None
    assert (placed.photo.region[0][1], placed.photo.differing[0][2]) == ((110.0, 300.0), (110.0, 310.0))
    assert placed.alteration == alteration
