"""Boxes overlap by intersection over union, and lie within each other by the share of their own area."""

import pytest

from scanner.engine.boxes import Box, overlap, share_within

UNIT = Box(10, 20, 30, 40)  # 400 pixels


@pytest.mark.parametrize(
    ("other", "shared", "union"),
    [
        (UNIT, 400, 400),
        (Box(20, 20, 40, 40), 200, 600),
        (Box(20, 30, 40, 60), 100, 900),
        (Box(0, 0, 100, 100), 400, 10_000),
        (Box(30, 20, 50, 40), 0, 800),  # side by side
        (Box(50, 60, 70, 80), 0, 800),  # apart in both directions
    ],
)
def test_overlap_and_share_of_two_boxes(other: Box, shared: int, union: int) -> None:
    assert overlap(UNIT, other) == overlap(other, UNIT) == shared / union
    assert share_within(UNIT, other) == shared / 400


def test_boxes_without_an_area_neither_overlap_nor_lie_in_one_another() -> None:
    nothing = Box(5, 5, 5, 5)
    assert overlap(nothing, nothing) == 0.0
    assert share_within(nothing, Box(0, 0, 10, 10)) == 0.0
