"""Where the region finder sees a concealed mark, as patches in pixels of the image."""

import numpy as np

from scanner.engine.concealment import MOST_PATCHES, ConcealedMap
from scanner.engine.types import Box

SIZE = (640, 480)


def a_map(*blocks: tuple[int, int, int, int, float]) -> ConcealedMap:
    """A map of 60 rows and 80 columns of 8 pixels with blocks of cells: top, left, bottom, right and their logit."""
    logits = np.full((60, 80), -12.0, np.float32)
    for top, left, bottom, right, logit in blocks:
        logits[top:bottom, left:right] = logit
    return ConcealedMap(logits, (8.0, 8.0))


def test_where_nothing_is_likely_there_is_no_patch() -> None:
    assert a_map().patches(SIZE) == ()


def test_a_patch_has_the_box_of_its_cells_and_the_frame_that_it_is_in() -> None:
    (patch,) = a_map((10, 20, 15, 30, 9.0)).patches(SIZE, 3)
    assert (patch.box, patch.frame) == (Box(160, 80, 240, 120), 3)
    assert 0.5 < patch.confidence < 1


def test_patches_apart_are_two_and_the_surest_comes_first() -> None:
    first, second = a_map((10, 20, 15, 30, 7.0), (40, 50, 45, 60, 9.0)).patches(SIZE)
    assert first.confidence > second.confidence
    assert (first.box.top, second.box.top) == (320, 80)


def test_a_box_stays_within_the_image() -> None:
    (patch,) = a_map((55, 70, 60, 80, 9.0)).patches((632, 470))
    assert patch.box == Box(560, 440, 632, 470)


def test_an_image_full_of_patches_names_so_many_at_most() -> None:
    blocks = [(row, column, row + 1, column + 1, 9.0) for row in range(0, 60, 4) for column in range(0, 80, 4)]
    assert len(a_map(*blocks).patches(SIZE)) == MOST_PATCHES


def test_a_patch_grows_with_its_image() -> None:
    (patch,) = a_map((10, 20, 15, 30, 9.0)).patches(SIZE)
    assert patch.scaled(2.0, 3.0).box == Box(320, 240, 480, 360)
