"""Regions lie inside the image, by falling objectness, and a mark printed on a photo is among them."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.features.weights import ModelFile, read_manifest
from scanner.engine.boxes import Box, overlap
from scanner.engine.regions import FINE, NMS_IOU, OnnxRegionFinder, crop
from tests.conftest import draw_logo

FINDER = OnnxRegionFinder(read_manifest().finder)


def printed(side: int, left: int, top: int) -> np.ndarray:
    ground = Image.fromarray(cv2.GaussianBlur(photographs.rocket(), (0, 0), 2))
    logo = draw_logo("ACME", (240, 240, 240)).resize((side, side // 2), Image.Resampling.LANCZOS)
    ground.paste(logo, (left, top), logo)
    return np.asarray(ground)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 900), st.integers(1, 900))
def test_every_region_lies_inside_the_image_and_the_last_is_all_of_it(width: int, height: int) -> None:
    frame = np.asarray(cv2.resize(photographs.coffee(), (width, height)), np.uint8)
    regions = FINDER.find(frame, 10).regions
    boxes = [region.box for region in regions]
    assert boxes[-1] == (0, 0, width, height)
    assert all(0 <= box.left < box.right <= width and 0 <= box.top < box.bottom <= height for box in boxes)
    assert len(boxes) <= 11


def test_regions_come_in_order_and_apart() -> None:
    *regions, _ = FINDER.find(photographs.astronaut(), 20).regions
    assert [region.objectness for region in regions] == sorted((r.objectness for r in regions), reverse=True)
    shared = [overlap(a.box, b.box) for n, a in enumerate(regions) for b in regions[:n]]
    assert max(shared) < NMS_IOU + 0.1  # whole pixels round a little


def test_regions_less_likely_than_wanted_are_left_out_and_the_whole_image_never() -> None:
    *all_of_them, whole = FINDER.find(photographs.astronaut(), 20).regions
    least = all_of_them[len(all_of_them) // 2].objectness
    likely = tuple(region for region in all_of_them if region.objectness >= least)
    assert FINDER.find(photographs.astronaut(), 20, least).regions == (*likely, whole)
    assert FINDER.find(photographs.astronaut(), 20, 1.0).regions == (whole,)


@pytest.mark.parametrize(("side", "left", "top"), [(300, 180, 120), (120, 30, 250), (60, 400, 60)])
def test_a_printed_mark_is_among_the_regions(side: int, left: int, top: int) -> None:
    mark = Box(left, top, left + side, top + side // 2)
    regions = FINDER.find(printed(side, left, top), 30).regions
    assert max(overlap(region.box, mark) for region in regions) >= 0.5


def enlarged(photo: np.ndarray, side: int, place: tuple[int, int]) -> tuple[np.ndarray, Box]:
    """A photo 1,280 pixels wide with a mark `side` pixels wide, and the mark's box."""
    size = (1280, round(photo.shape[0] * 1280 / photo.shape[1]))
    ground = Image.fromarray(cv2.GaussianBlur(cv2.resize(photo, size), (0, 0), 2))
    logo = draw_logo("ACME", (240, 240, 240)).resize((side, side // 2), Image.Resampling.LANCZOS)
    ground.paste(logo, place, logo)
    return np.asarray(ground), Box(*place, place[0] + side, place[1] + side // 2)


@pytest.mark.parametrize("photo", [photographs.astronaut, photographs.chelsea])
def test_a_mark_too_small_for_the_first_look_is_found_by_the_second(photo: Callable[[], np.ndarray]) -> None:
    image, mark = enlarged(photo(), 56, (700, 300))
    once, twice = (
        max(overlap(region.box, mark) for region in finder.find(image, 36).regions)
        for finder in (OnnxRegionFinder(read_manifest().finder, least_small=1.0), FINDER)
    )
    assert once < 0.5
    assert twice >= 0.7


def test_the_second_look_adds_small_regions_only() -> None:
    image, _ = enlarged(photographs.astronaut(), 56, (700, 300))
    once = {region.box for region in OnnxRegionFinder(read_manifest().finder, least_small=1.0).find(image, 100).regions}
    added = [region.box for region in FINDER.find(image, 100).regions if region.box not in once]
    shares = [(box.right - box.left) * (box.bottom - box.top) / image[..., 0].size for box in added]
    likely = [share for box, share in zip(added, shares, strict=True) if share < FINE]
    assert len(likely) > 10
    assert len(likely) >= 0.8 * len(added)  # others of the first look may take the places of those that it hid


def test_a_page_of_text_is_looked_at_once() -> None:
    page = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(page).multiline_text(
        (40, 40),
        "\n".join(["Whatever is small on a page is a letter"] * 18),
        "black",
        ImageFont.load_default(44),
        spacing=18,
    )
    image = np.asarray(page)
    once = OnnxRegionFinder(read_manifest().finder, least_small=1.0).find(image, 36)
    assert FINDER.find(image, 36).regions == once.regions


def test_a_crop_has_padding_but_never_more_than_the_image() -> None:
    frame = photographs.astronaut()
    assert crop(frame, Box(100, 100, 200, 300)).shape == (224, 112, 3)
    assert crop(frame, Box(0, 0, 512, 512)).shape == (512, 512, 3)


class DetectorOf(ModelFile):
    """A model that detects the same boxes, in pixels of its input, in every image, and remembers its inputs' sizes."""

    looks: ClassVar[list[tuple[int, ...]]] = []

    def session(self, *, threads: int) -> Any:
        """Itself."""
        return self

    def get_inputs(self) -> list[Any]:
        """One input, named as the model."""
        return [self]

    def get_outputs(self) -> list[Any]:
        """Two outputs."""
        return [SimpleNamespace(name="logits"), SimpleNamespace(name="boxes")]

    def run(self, outputs: None, inputs: dict[str, NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        """Logits (1, P), boxes (1, P, 4)."""
        self.looks.append(inputs["fake"].shape)
        return [np.array([[2.0, 1.0, 3.0, 0.0]], np.float32), np.array([BOXES], np.float32)]


def looks_at(width: int, height: int, least_small: float = 0.25) -> list[tuple[int, ...]]:
    """The sizes of what a detector of small boxes is shown of an image."""
    DetectorOf.looks.clear()
    finder = OnnxRegionFinder(DetectorOf("fake", Path(), "", side=640), least_small=least_small)
    finder.find(np.zeros((height, width, 3), np.uint8), 5)
    return list(DetectorOf.looks)


def test_only_the_part_with_small_regions_is_looked_at_again() -> None:
    first, second = looks_at(1280, 1280)
    assert first == (1, 640, 640, 3)
    assert second == (1, 544, 544, 3)  # boxes from 300 to 504, twice as large, and 5 % of the side around them


def test_an_image_that_shows_no_more_when_enlarged_is_looked_at_once() -> None:
    assert len(looks_at(780, 780)) == 1


def test_small_regions_that_are_not_likely_enough_call_for_no_second_look() -> None:
    assert len(looks_at(1280, 1280, least_small=0.99)) == 1


BOXES = [(300, 300, 340, 340), (345, 300, 385, 340), (302, 300, 342, 340), (500, 500, 504, 504)]


def test_non_maximum_suppression_keeps_neighbours_and_drops_overlaps_and_specks() -> None:
    finder = OnnxRegionFinder(DetectorOf("fake", Path(), "", side=640))
    *regions, whole = finder.find(np.zeros((640, 640, 3), np.uint8), 10).regions
    assert [region.box for region in regions] == [(302, 300, 342, 340), (345, 300, 385, 340)]
    assert [region.objectness for region in regions] == pytest.approx([1 / (1 + np.exp(-3)), 1 / (1 + np.exp(-1))])
    assert whole.box == (0, 0, 640, 640)


def test_boxes_are_scaled_to_the_image_and_clipped_to_it() -> None:
    finder = OnnxRegionFinder(DetectorOf("fake", Path(), "", side=640))
    assert finder.find(np.zeros((160, 320, 3), np.uint8), 1).regions[0].box == (151, 150, 171, 160)


def test_without_a_minimum_no_region_is_left_out() -> None:
    assert FINDER.find(photographs.astronaut(), 30).regions == FINDER.find(photographs.astronaut(), 30, 0.0).regions
