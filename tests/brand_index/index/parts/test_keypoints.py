"""Keypoints of references are searched in both polarities only where a reference has both."""

from pathlib import Path

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.keypoints import NONE, describe_keypoints
from brand_index.index.parts import KeypointPart
from tests.brand_index.index.written import keypoint_part_in

PHOTO = describe_keypoints(np.asarray(photographs.astronaut(), np.uint8), side=512, limit=100)
FRAME = (256.0, 256.0, 512.0)


def test_photos_are_not_searched_for_negatives_because_of_logos_and_flat_photos_beside_them(tmp_path: Path) -> None:
    assert not keypoint_part_in(tmp_path / "points", [NONE, PHOTO, NONE], FRAME).has_negatives


def test_what_an_earlier_build_wrote_of_references_without_keypoints_does_not_count(tmp_path: Path) -> None:
    keypoint_part_in(tmp_path, [NONE, PHOTO, NONE], FRAME)
    np.save(tmp_path / "points.in_both.npy", np.array([True, False, True]))
    assert not KeypointPart.load(tmp_path, "points").has_negatives


@pytest.mark.parametrize("position", [0, 1], ids=["first", "later"])
def test_artwork_has_negatives_wherever_it_stands(tmp_path: Path, position: int) -> None:
    references = [NONE, NONE]
    references[position] = PHOTO.in_both_polarities()
    part = keypoint_part_in(tmp_path / "points", references, FRAME)
    assert part.has_negatives
    assert len(part.of(position)) == 2 * len(PHOTO)
