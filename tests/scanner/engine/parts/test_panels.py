"""Collages and composed pages are cut at their seams; photographs stay whole."""

from itertools import cycle, islice

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.images import RGBImage
from scanner.engine.boxes import Box, overlap
from scanner.engine.parts.panels import panels
from scanner.engine.parts.splitting import parts_of

PHOTOS = [
    np.asarray(photo(), np.uint8)
    for photo in (photographs.astronaut, photographs.chelsea, photographs.coffee, photographs.rocket)
]


def fitted(photo: RGBImage, width: int, height: int) -> RGBImage:
    return np.asarray(cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def collage(across: int, side: int, gutter: int, border: int = 0) -> tuple[RGBImage, list[Box]]:
    length = across * side + (across - 1) * gutter + 2 * border
    canvas = np.full((length, length, 3), 255, np.uint8)
    boxes = []
    for place, photo in enumerate(islice(cycle(PHOTOS[1:] + PHOTOS[:1]), across**2)):
        top, left = (border + step * (side + gutter) for step in divmod(place, across))
        canvas[top : top + side, left : left + side] = fitted(photo, side, side)
        boxes.append(Box(left, top, left + side, top + side))
    return canvas, boxes


@pytest.mark.parametrize("photo", PHOTOS, ids=["astronaut", "chelsea", "coffee", "rocket"])
def test_a_photograph_has_no_seam_and_no_parts(photo: RGBImage) -> None:
    assert panels(photo) == (Box(0, 0, photo.shape[1], photo.shape[0]),)
    assert parts_of(photo) == ()


@pytest.mark.parametrize(("across", "side", "gutter", "border"), [(3, 180, 0, 0), (4, 110, 6, 6), (5, 120, 2, 0)])
def test_each_tile_of_a_collage_is_a_panel(across: int, side: int, gutter: int, border: int) -> None:
    image, tiles = collage(across, side, gutter, border)
    found = panels(image)
    assert len(found) == across**2
    assert all(max(overlap(tile, panel) for panel in found) > 0.9 for tile in tiles)
    assert not any(part.marks for part in parts_of(fitted(image, 600, 600)))  # marks were looked for at this scale


def test_photos_that_are_stacked_with_text_between_are_panels() -> None:
    text = np.full((300, 750, 3), 255, np.uint8)
    for line in range(60, 280, 40):
        cv2.putText(text, "washable at thirty degrees", (40, line), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2)
    photo = fitted(PHOTOS[0], 750, 750)
    found = panels(np.concatenate([photo, text, fitted(PHOTOS[2], 750, 500), text, photo]))
    tops = [0, 1050, 1850]
    assert all(any(abs(panel.top - top) <= 3 and panel.right == 750 for panel in found) for top in tops)


@pytest.mark.parametrize("tail", [40, 100, 200])
def test_what_is_left_beside_a_gutter_is_a_panel_only_if_it_can_show_something(tail: int) -> None:
    gap, chart = np.full((250, 750, 3), 255, np.uint8), np.full((700, 750, 3), 255, np.uint8)
    for row in range(5):
        cv2.line(chart, (40, 120 + 110 * row), (710, 120 + 110 * row), (90, 90, 90), 2)
    for column in range(6):
        cv2.line(chart, (40 + 134 * column, 120), (40 + 134 * column, 560), (90, 90, 90), 2)
        for row in range(4 * (column < 5)):
            place = (60 + 134 * column, 190 + 110 * row)
            cv2.putText(chart, str(60 + 7 * row + column), place, cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    stacked = [part for photo in PHOTOS for part in (fitted(photo, 750, 1000), gap)]
    page = np.concatenate([*stacked, chart, np.full((tail, 750, 3), 255, np.uint8)])
    found = panels(page)
    assert len(found) >= len(PHOTOS)
    assert all(min(panel.right - panel.left, panel.bottom - panel.top) >= 48 for panel in found)
    assert len(parts_of(page)) <= 20


def test_a_large_collage_is_cut_at_a_reduced_scale_into_panels_of_its_own_pixels() -> None:
    image, tiles = collage(2, 700, 20)
    found = panels(image)
    assert all(max(overlap(tile, panel) for panel in found) > 0.9 for tile in tiles)
