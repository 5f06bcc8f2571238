"""Photos are covered where they should be, in each way, and the peer sees what it can see."""

import numpy as np
import pytest
from benchmarks.concealed.covering import HELD_OUT, KNOWN, Strength, covered, marked, pasted
from benchmarks.concealed.innocent import KINDS, Beside
from benchmarks.concealed.peers import found_by_sharpness
from skimage.data import astronaut, chelsea

from scanner.engine.boxes import Box, share_within

BOX = Box(180, 120, 280, 190)
PHOTO = np.asarray(chelsea())
SIGN = np.full((40, 60, 4), 200, np.uint8)


def changed(one: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], box: Box | None = None) -> float:
    """The share of pixels that differ from the photo's, in a box or in all."""
    left, top, right, bottom = box or (0, 0, PHOTO.shape[1], PHOTO.shape[0])
    differs = np.abs(one.astype(int) - PHOTO.astype(int)).max(axis=2)[top:bottom, left:right] > 3
    return float(differs.mean())


@pytest.mark.parametrize("strength", Strength)
@pytest.mark.parametrize("sort", [*KNOWN, *HELD_OUT])
def test_each_sort_of_patch_changes_its_box_and_hardly_anything_around_it(sort: str, strength: Strength) -> None:
    out = covered(PHOTO, BOX, {**KNOWN, **HELD_OUT}[sort], strength, np.random.default_rng(3))
    assert changed(out, BOX) > 0.2
    inside = changed(out, BOX) * (BOX.right - BOX.left) * (BOX.bottom - BOX.top)
    assert changed(out) * PHOTO.shape[0] * PHOTO.shape[1] < 1.9 * inside


def test_a_drawing_lies_over_the_box() -> None:
    assert changed(covered(PHOTO, BOX, pasted(SIGN), Strength.MEDIUM, np.random.default_rng(1)), BOX) > 0.9


def test_a_mark_is_printed_within_the_box() -> None:
    out = marked(PHOTO, BOX, SIGN, np.random.default_rng(1))
    assert changed(out, BOX) > 0.3
    assert changed(out) * PHOTO.shape[0] * PHOTO.shape[1] <= (BOX.right - BOX.left) * (BOX.bottom - BOX.top)


@pytest.mark.parametrize("kind", KINDS)
def test_each_innocent_image_is_drawn_anew_by_each_seed(kind: str) -> None:
    beside = Beside([SIGN], [SIGN])
    one, other = (KINDS[kind](PHOTO, beside, np.random.default_rng(seed)) for seed in (1, 2))
    assert one.dtype == np.uint8
    assert one.shape != other.shape or (one != other).any()


def test_the_peer_sees_a_blurred_window_in_a_sharp_photo() -> None:
    rough = np.random.default_rng(1).integers(0, 255, np.asarray(astronaut()).shape).astype(np.uint8)
    box = Box(200, 200, 300, 300)
    score, found = found_by_sharpness(
        covered(rough, box, KNOWN["Gaussian blur"], Strength.STRONG, np.random.default_rng(2))
    )
    assert score > found_by_sharpness(rough)[0]
    assert share_within(found, box) > 0.8
