"""The second look for concealed marks: when it is taken, where it says that patches are, and who goes without it."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest

from brand_index.errors import ModelUnusable
from brand_index.features.weights import ModelFile, read_manifest
from brand_index.images import RGBImage
from scanner.demo.photos import draw
from scanner.engine.boxes import Box, overlap
from scanner.engine.concealment.look_again import DUE, LookAgain
from scanner.engine.concealment.patches import ConcealedMap
from scanner.engine.regions import OnnxRegionFinder

MANIFEST = read_manifest()
FRAME: RGBImage = np.zeros((480, 640, 3), np.uint8)


def shipped() -> ModelFile:
    assert MANIFEST.concealed is not None
    return MANIFEST.concealed


def a_map(logit: float) -> ConcealedMap:
    """A map of a 640 by 480 image in which one cell has this logit."""
    logits = np.full((40, 40), -8.0, np.float32)
    logits[10, 20] = logit
    return ConcealedMap(logits, (16.0, 16.0))


def covered(photo: RGBImage, box: Box) -> RGBImage:
    """The photo with a mosaic over the box."""
    out, (left, top, right, bottom) = photo.copy(), box
    small = cv2.resize(out[top:bottom, left:right], (6, 5), interpolation=cv2.INTER_AREA)
    out[top:bottom, left:right] = cv2.resize(small, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
    return out


def test_an_image_in_which_the_first_look_sees_nothing_is_not_looked_at_again() -> None:
    assert LookAgain(shipped()).due(a_map(DUE - 0.1), FRAME).again is None


def test_an_image_in_which_the_first_look_sees_something_is_looked_at_again_once_patches_are_asked_for() -> None:
    assert LookAgain(shipped()).due(a_map(DUE + 0.1), FRAME).again is not None


@pytest.mark.parametrize("box", [Box(60, 60, 180, 180), Box(430, 560, 590, 700)])
def test_the_second_look_is_mirrored_and_says_where_a_patch_is_in_the_image_as_it_was(box: Box) -> None:
    garment = draw("hiking-tee")
    garment = np.ascontiguousarray(np.pad(garment, ((0, 0), (0, 37), (0, 0)), mode="edge"))  # sides of no round number
    (surest, *_) = LookAgain(shipped()).look(covered(garment, box)).patches(garment.shape[1::-1], least=0)
    assert overlap(surest.box, box) > 0.3


def test_a_finder_with_the_second_look_is_surer_of_a_mosaic_than_its_first_look_alone_says_of_the_clean_goods() -> None:
    finder, box = OnnxRegionFinder(MANIFEST.finder, concealed=shipped()), Box(220, 230, 420, 470)
    garment = draw("hiking-tee")
    size = garment.shape[1::-1]
    clean, found = (finder.find(image, 5).concealed for image in (garment, covered(garment, box)))
    assert clean is not None
    assert found is not None
    (surest, *_) = found.patches(size)
    assert overlap(surest.box, box) > 0.5
    assert surest.confidence > 0.5
    assert all(patch.confidence < 0.3 for patch in clean.patches(size))


def test_a_finder_without_a_second_look_keeps_to_the_first() -> None:
    seen = OnnxRegionFinder(MANIFEST.finder).find(covered(draw("hiking-tee"), Box(220, 230, 420, 470)), 5).concealed
    assert seen is not None
    assert seen.again is None


def test_a_second_look_beside_a_finder_that_says_nothing_of_concealed_marks_is_never_taken(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="needs pip install '.[train]'")
    model = onnx.load(str(MANIFEST.finder.path))
    kept = [each for each in model.graph.output if each.name != "concealed"]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    path = tmp_path / "own.onnx"
    onnx.save(model, str(path))
    own = replace(MANIFEST.finder, path=path, sha256=sha256(path.read_bytes()).hexdigest())
    assert OnnxRegionFinder(own, concealed=shipped()).find(FRAME, 5).concealed is None


def test_weights_with_another_checksum_are_refused() -> None:
    with pytest.raises(ModelUnusable, match="sha256"):
        LookAgain(replace(shipped(), sha256="0" * 64))
