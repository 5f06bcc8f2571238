"""Where the region finder sees a concealed mark, as patches in pixels of the image."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest

from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage
from scanner.demo.photos import draw
from scanner.engine.boxes import Box, overlap
from scanner.engine.concealment.patches import MOST_PATCHES, ConcealedMap
from scanner.engine.regions import OnnxRegionFinder

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


def test_a_second_look_is_what_patches_are_named_by() -> None:
    first, second = a_map((10, 20, 15, 30, 9.0)), a_map((40, 50, 45, 60, 7.0))
    (patch,) = replace(first, again=lambda: second).patches(SIZE)
    assert patch.box == Box(400, 320, 480, 360)


def test_a_second_look_is_taken_when_patches_are_asked_for_and_not_before() -> None:
    taken: list[ConcealedMap] = []

    def look() -> ConcealedMap:
        taken.append(a_map())
        return taken[-1]

    seen = replace(a_map((10, 20, 15, 30, 9.0)), again=look)
    assert not taken
    assert seen.patches(SIZE) == ()
    assert len(taken) == 1


def test_a_map_at_cells_of_finer_cells_says_the_same_of_the_same_place() -> None:
    coarse, fine = a_map((10, 20, 15, 30, 9.0)), ConcealedMap(np.zeros((120, 160), np.float32), (4.0, 4.0))
    finer = coarse.at_cells_of(fine)
    assert finer.shape == (120, 160)
    assert (finer[21:29, 41:59] == 9).all()
    assert (finer[:19] == -12).all()


def covered(photo: RGBImage, box: Box, cells: tuple[int, int] = (6, 5)) -> RGBImage:
    """The photo with a mosaic over the box."""
    out, (left, top, right, bottom) = photo.copy(), box
    small = cv2.resize(out[top:bottom, left:right], cells, interpolation=cv2.INTER_AREA)
    out[top:bottom, left:right] = cv2.resize(small, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
    return out


def a_garment() -> RGBImage:
    """A drawn T-shirt on a floor, with a print on the chest."""
    return draw("hiking-tee")


def test_the_finder_that_ships_sees_a_mosaic_on_the_goods() -> None:
    finder, box = OnnxRegionFinder(read_manifest().finder), Box(220, 230, 420, 470)
    garment = a_garment()
    clean, found = (finder.find(image, 5).concealed for image in (garment, covered(garment, box)))
    assert clean is not None
    assert found is not None
    size = (garment.shape[1], garment.shape[0])
    (surest, *_) = found.patches(size)
    assert overlap(surest.box, box) > 0.5
    assert surest.confidence > 0.5
    assert all(patch.confidence < 0.3 for patch in clean.patches(size))


def test_a_finder_without_the_output_says_nothing_of_concealed_marks(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="needs pip install '.[train]'")
    shipped = read_manifest().finder
    model = onnx.load(str(shipped.path))
    kept = [each for each in model.graph.output if each.name != "concealed"]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    path = tmp_path / "own.onnx"
    onnx.save(model, str(path))
    own = replace(shipped, path=path, sha256=sha256(path.read_bytes()).hexdigest())
    assert OnnxRegionFinder(own).find(a_garment(), 5).concealed is None
