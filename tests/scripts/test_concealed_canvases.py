"""Scenes become canvases for training, in windows that belong together; confidence is fitted to what looks say."""

import cv2
import numpy as np
import pytest
from skimage.data import chelsea
from training.concealment.kept import KeptScenes
from training.concealment.scenes import Scene

from brand_index.features.weights import read_manifest
from scanner.engine.boxes import Box

pytest.importorskip("onnx", reason="needs pip install '.[train]'")
from training.concealment.canvases import AGAIN, CHANNELS, FIRST, PHOTO, STRIDE, WINDOW, Canvases, Look
from training.concealment.confidence import fitted

UPRIGHT = np.ascontiguousarray(np.rot90(np.asarray(chelsea(), np.uint8)))  # 451 pixels high, 300 wide
PATCH = Box(60, 90, 180, 240)


@pytest.fixture(scope="module", params=[FIRST, AGAIN], ids=lambda look: look.output)
def canvases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Canvases:
    """One scene with a patch, painted magenta, and one photo."""
    look: Look = request.param
    work = tmp_path_factory.mktemp(look.output)
    image, mask = UPRIGHT.copy(), np.zeros(UPRIGHT.shape[:2], np.float32)
    place = (slice(PATCH.top, PATCH.bottom), slice(PATCH.left, PATCH.right))
    image[place], mask[place] = (255, 0, 255), 1
    list(KeptScenes(work / "scenes").keep([Scene(image, mask, "bar")]))
    photo = work / "photo.png"
    cv2.imwrite(str(photo), UPRIGHT[..., ::-1])
    assert list(Canvases(work, look).keep(1, [photo], read_manifest().finder.path)) == [0, 1]
    return Canvases(work, look)


def test_scenes_come_first_and_photos_without_a_patch_after_them(canvases: Canvases) -> None:
    assert canvases.kinds == ["bar", PHOTO]
    *_, wanted = canvases.rows(np.array([0, 1]))
    assert (wanted[0] == 1).any()
    assert not wanted[1].any()


def test_a_canvas_has_the_features_and_what_is_right_of_each_of_its_cells(canvases: Canvases) -> None:
    pixels, features, wanted = canvases.rows(np.array([0]))
    assert pixels.shape == (1, *canvases.look.canvas, 3)
    assert features.shape == (1, CHANNELS, *canvases.cells)
    assert wanted.shape == (1, *canvases.cells)


def test_a_window_shows_the_patch_in_the_cells_that_it_calls_concealed(canvases: Canvases) -> None:
    pixels, features, wanted = canvases.rows(np.array([0, 0, 0]), np.random.default_rng(2))
    assert pixels.shape == (3, *WINDOW, 3)
    assert features.shape[2:] == wanted.shape[1:]
    magenta = (pixels[..., 1] < 60) & (pixels[..., 0] > 180) & (pixels[..., 2] > 180)
    cells = magenta.reshape(3, WINDOW[0] // STRIDE, STRIDE, WINDOW[1] // STRIDE, STRIDE).mean(axis=(2, 4))
    assert (cells[wanted == 1] >= 0.4).all()
    assert (cells[wanted == 0] <= 0.2).all()


def test_confidence_is_fitted_so_that_rare_patches_need_more_than_innocent_scenes_show() -> None:
    chance = np.random.default_rng(3)
    inside, innocent, clean = (chance.normal(middle, 1, (400, 2)) for middle in (4.0, -1.0, -2.0))
    first, again, offset = fitted(inside, innocent, clean)
    assert first > 0
    assert again > 0
    assert offset < 0


def test_an_image_that_is_not_looked_at_again_counts_in_the_shares_of_those_that_are() -> None:
    chance = np.random.default_rng(3)
    inside, innocent, clean = (chance.normal(middle, 2, (400, 1)) for middle in (2.0, -1.0, -1.0))
    *_, offset = fitted(inside, innocent, clean)
    *_, rarer = fitted(np.concatenate([inside, np.full((1200, 1), np.nan)]), innocent, clean)
    assert rarer < offset
