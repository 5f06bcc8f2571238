"""Tiles lie inside the picture and leave nothing out."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.regions import LEAST_SIDE, LEVELS, tile_pyramid


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_every_tile_lies_inside_the_picture_and_the_first_is_all_of_it(width: int, height: int) -> None:
    boxes = tile_pyramid(width, height)
    assert boxes[0] == (0, 0, width, height)
    assert all(0 <= box.left < box.right <= width and 0 <= box.top < box.bottom <= height for box in boxes)


@given(st.integers(200, 3000), st.integers(200, 3000), st.floats(0, 0.999), st.floats(0, 0.999))
def test_each_level_covers_every_pixel(width: int, height: int, right: float, down: float) -> None:
    x, y = int(right * width), int(down * height)
    covering = [b for b in tile_pyramid(width, height) if b.left <= x < b.right and b.top <= y < b.bottom]
    assert len({(b.right - b.left, b.bottom - b.top) for b in covering}) == len(LEVELS)


def test_a_tiny_picture_is_looked_at_as_a_whole() -> None:
    assert len(tile_pyramid(LEAST_SIDE, LEAST_SIDE)) == 1
