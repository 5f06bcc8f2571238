"""What regions cover is counted by the size of the boxes, and scenes with small marks know where those lie."""

import numpy as np
import pytest
from benchmarks.coverage import BoxedImage, coverage
from benchmarks.datasets import Logo
from benchmarks.measures import Share
from benchmarks.small_scenes import SIDES, small_scenes
from PIL import Image
from skimage import data as photographs

from scanner.engine.boxes import Box
from tests.conftest import draw_logo

BLANK = np.zeros((200, 300, 3), np.uint8)  # 1 % of it are 600 pixels
SMALL, MIDDLE, LARGE = Box(0, 0, 20, 20), Box(100, 100, 140, 140), Box(150, 0, 300, 90)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> BoxedImage:
    folder = tmp_path_factory.mktemp("scene")
    photo, logo = folder / "photo.png", folder / "acme.png"
    Image.fromarray(photographs.coffee()).save(photo)
    draw_logo("ACME", (200, 30, 40)).save(logo)
    (drawn,) = small_scenes([photo], [Logo(logo, "acme")], 3)
    return drawn


def test_each_box_counts_in_the_group_of_its_size() -> None:
    found = coverage("ours", [BoxedImage(BLANK, (SMALL, MIDDLE, LARGE))], [[SMALL, LARGE]])
    assert dict(found.sizes) == {"under 1 %": Share(1, 1), "1 to 5 %": Share(0, 1), "5 % and more": Share(1, 1)}
    assert found.covered == Share(2, 3)


def test_a_box_is_covered_by_a_region_that_shares_half_of_their_union() -> None:
    near, far = Box(0, 0, 20, 11), Box(0, 0, 20, 9)
    shares = [coverage("ours", [BoxedImage(BLANK, (SMALL,))], [[region]]).covered for region in (near, far)]
    assert shares == [Share(1, 1), Share(0, 1)]


def test_regions_are_counted_an_image() -> None:
    images = [BoxedImage(BLANK, (SMALL,)), BoxedImage(BLANK, (LARGE,))]
    assert coverage("ours", images, [[SMALL, MIDDLE], [LARGE]]).regions == 1.5


def test_a_scene_is_as_large_as_marketplaces_show_photos(scene: BoxedImage) -> None:
    assert max(scene.pixels.shape[:2]) in SIDES


def test_the_marks_of_a_scene_lie_within_it_and_are_small(scene: BoxedImage) -> None:
    height, width = scene.pixels.shape[:2]
    assert scene.boxes
    for left, top, right, bottom in scene.boxes:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert (right - left) * (bottom - top) < 0.15 * width * height  # a turned mark has a larger box
