"""The visible part of a registered image is separated from its background."""

import numpy as np
from PIL import Image

from brand_index.features.content import ground_of, visible_box
from brand_index.images import decode
from tests.conftest import draw_logo, png


def box_in(image: Image.Image) -> tuple[int, int, int, int] | None:
    decoded = decode(png(image))
    return visible_box(decoded, ground_of(decoded))


def test_a_logo_on_transparency_is_boxed_where_it_is_opaque() -> None:
    box = box_in(draw_logo("ACME", (200, 30, 40)))
    assert box is not None
    assert np.abs(np.array(box) - [12, 12, 628, 308]).max() <= 2


def test_a_logo_on_one_colour_is_boxed_the_same() -> None:
    box = box_in(draw_logo("ACME", (200, 30, 40), ground=(240, 240, 240, 255)))
    assert box is not None
    assert np.abs(np.array(box) - [12, 12, 628, 308]).max() <= 2


def test_the_shading_of_a_photographed_ground_is_no_content() -> None:
    rows, columns = np.indices((480, 800))
    shade = 150 - 0.1 * np.hypot(rows - 240, columns - 400)
    image = Image.fromarray(np.dstack([shade] * 3).astype(np.uint8))
    logo = draw_logo("ACME", (250, 250, 250))
    image.paste(logo, (80, 80), logo)
    box = box_in(image)
    assert box is not None
    assert np.abs(np.array(box) - [92, 92, 708, 388]).max() <= 4
