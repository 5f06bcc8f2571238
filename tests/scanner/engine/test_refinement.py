"""A refined quadrilateral coincides with the pixels, and there is none where the reference is not seen."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.images import RGBImage
from scanner.engine.alignment.bending import FLAT, bend_of, unbent
from scanner.engine.alignment.refinement import refine
from scanner.engine.boxes import Box, Quad
from tests.conftest import draw_logo, in_perspective

PLATE = np.asarray(photographs.astronaut(), np.uint8)  # 512 × 512
LISTED: Quad = ((140.0, 90.0), (560.0, 130.0), (530.0, 540.0), (110.0, 480.0))
OFF = np.array([[16, -12], [-14, -10], [12, 16], [-18, 9]], np.float64)  # pixels: up to 5 % of the long side


def pasted(plate: RGBImage, quad: Quad = LISTED) -> RGBImage:
    """A photo of 700 × 640 pixels with the plate on it."""
    return in_perspective(plate, quad, np.asarray(cv2.resize(photographs.coffee(), (700, 640)), np.uint8))


def moved(quad: Quad, by: NDArray[np.float64]) -> Quad:
    one, two, three, four = ((float(x), float(y)) for x, y in np.array(quad) + by)
    return one, two, three, four


def corner_error(found: Quad, truth: Quad) -> float:
    sides = np.linalg.norm(np.roll(np.array(truth), -1, axis=0) - np.array(truth), axis=1)
    return float(np.linalg.norm(np.array(found) - np.array(truth), axis=1).max() / sides.max())


def darker(image: RGBImage) -> RGBImage:
    return np.asarray(np.clip((image / 255.0) ** 1.6 * 170 + 10, 0, 255), np.uint8)


def negative(image: RGBImage) -> RGBImage:
    return np.asarray(255 - image, np.uint8)


def with_sticker(image: RGBImage) -> RGBImage:
    out = image.copy()
    cv2.circle(out, (330, 290), 90, (250, 210, 20), -1)
    cv2.putText(out, "SALE", (270, 305), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (200, 20, 20), 5)
    return out


@pytest.mark.parametrize("edit", [np.asarray, darker, negative, with_sticker])
def test_a_refined_quadrilateral_coincides_whatever_light_and_overlays_do(edit: Callable[[RGBImage], RGBImage]) -> None:
    refined = refine(edit(pasted(PLATE)), moved(LISTED, OFF), PLATE)
    assert refined is not None
    assert corner_error(refined.quad, LISTED) < 0.01
    assert refined.error < 0.01


def test_a_mirrored_and_cropped_photo_is_refined_beyond_the_edge_of_the_image() -> None:
    one, two, three, four = LISTED
    mirrored: Quad = (two, one, four, three)
    left, top = 240, 200
    cropped = np.ascontiguousarray(pasted(PLATE, mirrored)[top:, left:])
    truth = moved(mirrored, np.array([-left, -top]))
    refined = refine(cropped, moved(truth, OFF), PLATE)
    assert refined is not None
    assert corner_error(refined.quad, truth) < 0.02


def test_only_what_the_mask_counts_is_compared() -> None:
    goods = np.zeros((48, 48), np.uint8)
    goods[4:44, 12:38] = 255
    shown = PLATE.copy()
    shown[cv2.resize(goods, (512, 512)) < 128] = 240
    refined = refine(pasted(shown), moved(LISTED, OFF), PLATE, mask=goods)
    assert refined is not None
    assert corner_error(refined.quad, LISTED) < 0.02


def test_a_logo_in_other_colours_is_refined() -> None:
    logo = np.asarray(draw_logo("ACME", (20, 60, 160), ground=(255, 255, 255, 255)).convert("RGB"), np.uint8)
    refined = refine(negative(pasted(logo)), moved(LISTED, OFF), logo)
    assert refined is not None
    assert corner_error(refined.quad, LISTED) < 0.02


@pytest.mark.parametrize("shown", [np.asarray(photographs.chelsea(), np.uint8), np.full((300, 300, 3), 200, np.uint8)])
def test_another_photo_and_a_plain_one_are_not_refined(shown: RGBImage) -> None:
    assert refine(pasted(shown), LISTED, PLATE) is None


def test_a_logo_on_a_mug_is_unbent_until_it_coincides() -> None:
    logo = np.asarray(draw_logo("ACME", (20, 60, 160), ground=(255, 255, 255, 255)).convert("RGB"), np.uint8)
    high, wide = logo.shape[:2]
    rows, columns = np.indices((high, wide), np.float32)
    across = 2 * columns / wide - 1
    round_mug = cv2.remap(
        logo,
        np.float32(wide / 2) * (1 + np.arcsin(across * np.float32(0.75)) / np.arcsin(np.float32(0.75))),
        rows - np.float32(0.06 * wide) * (np.sqrt(1 - 0.5 * across**2) - np.float32(0.8)),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    listing = pasted(np.asarray(round_mug, np.uint8))
    refined = refine(listing, moved(LISTED, OFF / 2), logo)
    assert refined is not None
    whole = Box(0, 0, wide, high)
    bend = bend_of(listing, refined.quad, logo)
    flat, straight = (unbent(listing, refined.quad, each, (wide, high), whole) for each in (FLAT, bend))
    off = [float(cv2.absdiff(each, logo).mean()) for each in (flat, straight)]
    assert off[1] < 0.6 * off[0]


def test_what_is_flat_is_not_bent() -> None:
    assert np.abs(bend_of(pasted(PLATE), LISTED, PLATE).terms).max() < 0.005
