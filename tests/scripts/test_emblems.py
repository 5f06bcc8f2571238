"""Invented marks of several parts: what they hold, and that near-misses are different marks."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont
from training import emblems
from training.canvas import around
from training.drawings import SIDE
from training.emblems import LAYOUTS, Emblem, Layout, badge, crest, drawn_emblems, label, lockup, some_colours, strokes

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="{}"/></svg>'
STAR, HOUSE = SVG.format("M12 2l3 7h7l-6 5 3 8-7-5-7 5 3-8-6-5h7z"), SVG.format("M12 3L2 12h3v9h14v-9h3z")


@pytest.fixture
def font(tmp_path: Path) -> Path:
    """The typeface that Pillow carries, as a file."""
    path = tmp_path / "fonts" / "face.ttf"
    path.parent.mkdir()
    face = ImageFont.load_default(20)
    assert isinstance(face, ImageFont.FreeTypeFont)
    path.write_bytes(face.font_bytes)
    return path


@pytest.fixture
def emblem(font: Path) -> Emblem:
    colours = ((20, 60, 160), (255, 255, 255), (15, 15, 15))
    return Emblem(badge, 3, ("Markona", "Velo"), STAR, (font, font), colours)


def pixels_in_layout(emblem: Emblem, layout: Layout) -> bytes:
    rgba = emblems.drawn(replace(emblem, layout=layout))
    assert rgba is not None
    return rgba.tobytes()


@pytest.mark.parametrize("layout", list(dict.fromkeys(LAYOUTS)))
@pytest.mark.parametrize("seed", range(4))
def test_each_layout_draws_a_visible_mark(emblem: Emblem, layout: Layout, seed: int) -> None:
    rgba = emblems.drawn(replace(emblem, layout=layout, seed=seed, words=(f"Markona{seed}", "Velo")))
    assert rgba is not None
    assert max(rgba.shape[:2]) == SIDE
    assert (rgba[..., 3] > 128).mean() > 0.05


@pytest.mark.parametrize("layout", [badge, crest, label, lockup, strokes])
def test_another_word_is_another_mark(emblem: Emblem, layout: Layout) -> None:
    assert pixels_in_layout(emblem, layout) != pixels_in_layout(replace(emblem, words=("Varkona", "Velo")), layout)


@pytest.mark.parametrize("layout", [crest, label, lockup, strokes])
def test_another_sign_is_another_mark(emblem: Emblem, layout: Layout) -> None:
    assert pixels_in_layout(emblem, layout) != pixels_in_layout(replace(emblem, sign=HOUSE), layout)


@pytest.mark.parametrize(("below", "rows"), [(False, slice(None, 160)), (True, slice(160, None))])
def test_a_word_on_a_rim_reads_from_left_to_right_above_and_below(below: bool, rows: slice) -> None:
    starts = np.hstack([np.full((40, 60), 255, np.uint8), np.zeros((40, 60), np.uint8)])
    ring = around(starts, 0.3, 0.45, below=below, width=120)
    assert ring[rows, :158].any()
    assert not ring[:, 162:].any()
    assert ring[rows].sum() == ring.sum()


def test_a_family_contains_no_drawing_twice(font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emblems, "EMBLEMS", 60)
    marks = list(drawn_emblems([STAR, HOUSE], font.parent))
    assert len(marks) > 30
    assert len({mark.group for mark in marks}) == len(marks)
    assert len({mark.rgba.tobytes() for mark in marks}) == len(marks)


def test_colours_that_lie_side_by_side_differ_in_grey_too() -> None:
    chance = random.Random(0)
    for _ in range(50):
        greys = [np.dot(colour, (0.3, 0.59, 0.11)) for colour in some_colours(chance)]
        assert abs(greys[0] - greys[1]) > 60
        assert abs(greys[1] - greys[2]) > 60
