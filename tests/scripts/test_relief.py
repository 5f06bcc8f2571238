"""What the relief benchmark draws: marks that nobody learnt, in finishes that change nothing but how they look."""

from collections.abc import Sequence

import numpy as np
import pytest
from benchmarks.material.lettering import latin_fonts
from benchmarks.measures import Share
from benchmarks.relief.composites import Composite, compose
from benchmarks.relief.finishes import FINISHES
from benchmarks.relief.invented import KINDS, Invented, invent_marks
from benchmarks.relief_run import FinishResult, relief_tables
from skimage.data import astronaut, coffee

FONTS = latin_fonts()


@pytest.fixture(scope="module")
def marks() -> list[Invented]:
    if not FONTS:
        pytest.skip("no font has Latin letters here")
    return invent_marks(18, 3, FONTS)


@pytest.fixture(scope="module")
def composites(marks: Sequence[Invented]) -> dict[str, Composite]:
    drawn = compose(marks[0].rgba, np.asarray(coffee()), np.asarray(astronaut()), (3, 0), tuple(FINISHES))
    return {each.finish: each for each in drawn}


def test_invented_marks_are_signs_words_and_both_by_turns(marks: Sequence[Invented]) -> None:
    assert [mark.kind for mark in marks[:3]] == list(KINDS)
    assert [len(mark.parts) for mark in marks[:3]] == [0, 0, 2]


def test_invented_marks_are_the_same_for_one_seed(marks: Sequence[Invented]) -> None:
    again = invent_marks(18, 3, FONTS)
    assert all(np.array_equal(one.rgba, other.rgba) for one, other in zip(marks, again, strict=True))


def test_a_mark_lies_in_the_same_place_in_every_finish(composites: dict[str, Composite]) -> None:
    assert set(composites) == set(FINISHES)
    assert len({each.box for each in composites.values()}) == 1


@pytest.mark.parametrize("finish", ["chrome", "embossed", "debossed", "outlined"])
def test_a_finish_changes_the_photo_at_the_mark_and_leaves_the_rest(
    composites: dict[str, Composite], finish: str
) -> None:
    flat, other = (composites[name].image.astype(int) for name in ("flat", finish))
    box = composites[finish].box
    differs = np.abs(flat - other).max(axis=2) > 40
    inside = differs[box.top : box.bottom, box.left : box.right]
    assert inside.mean() > 0.02
    outside = (differs.sum() - inside.sum()) / (differs.size - inside.size)
    assert inside.mean() > 5 * outside


def test_the_table_has_a_row_for_each_finish() -> None:
    found = tuple(Share(each, 10) for each in (1, 5, 9))
    results = [FinishResult("Markscan", finish, found, Share(0, 10), None) for finish in FINISHES]
    (table,) = relief_tables(results, clean=100, marks=20)
    assert [row[1] for row in table.rows] == list(FINISHES)
    assert "50.0 % (5/10)" in table.rows[0]
