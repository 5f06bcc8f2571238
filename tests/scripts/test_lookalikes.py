"""Lookalikes for training and measuring: each edit makes another drawing, or none where it would change nothing."""

import cv2
import numpy as np
import pytest
from training.drawings import Mark
from training.lookalikes import EDITS, RGBA, drawn_bars, mirrored, other_count, parts_of


def a_mark() -> RGBA:
    """A wedge beside a disc."""
    rgba = np.zeros((90, 128, 4), np.uint8)
    cv2.fillPoly(rgba, [np.array([[4, 4], [60, 30], [4, 86]])], (160, 20, 40, 255))
    cv2.circle(rgba, (100, 50), 24, (20, 40, 160, 255), -1)
    return rgba


def a_disc() -> RGBA:
    rgba = np.zeros((64, 64, 4), np.uint8)
    cv2.circle(rgba, (32, 32), 30, (160, 20, 40, 255), -1)
    return rgba


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_makes_another_drawing(name: str) -> None:
    mark = a_mark()
    made = EDITS[name](mark, [Mark("disc", "disc", a_disc())], np.random.default_rng(3))
    assert made is not None
    assert made.shape != mark.shape or float(np.abs(made.astype(int) - mark).mean()) > 2


def test_what_is_its_own_mirror_image_has_no_mirrored_lookalike() -> None:
    assert mirrored(a_disc(), [], np.random.default_rng(3)) is None


def test_the_elements_of_a_mark_are_what_hangs_together() -> None:
    assert len(parts_of(a_mark())) == 2
    assert parts_of(a_disc()) == []


def test_bars_have_one_more_or_less() -> None:
    style = (0.5, 0.0, 0.5, 0.0)
    counts = [cv2.connectedComponents((drawn[..., 3] > 100).astype(np.uint8))[0] - 1
              for number in (3, 4) if (drawn := drawn_bars(number, style, (10, 10, 10))) is not None]  # fmt: skip
    assert counts == [3, 4]
    mark, other = next(other_count(np.random.default_rng(5)))
    assert mark.rgba.shape != other.shape or (mark.rgba != other).any()
