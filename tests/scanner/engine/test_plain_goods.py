"""Goods that are little more than a colour are found turned in a surround and without their colours, others are not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examiner
from scanner.settings import Settings
from tests.conftest import ACME, filled, jpeg

PURPLE, GREEN, BLACK, ORANGE = (120, 40, 150), (40, 140, 60), (26, 24, 25), (200, 110, 30)


def case(colour: tuple[int, int, int]) -> RGBImage:
    """A phone case on a beige table, with its shadow, a camera and a gleam."""
    image = np.full((800, 600, 3), (226, 220, 205), np.uint8)
    cv2.rectangle(image, (168, 110), (448, 704), (190, 184, 170), -1)
    cv2.rectangle(image, (160, 100), (440, 694), colour, -1)
    cv2.rectangle(image, (180, 120), (280, 220), (30, 30, 34), -1)
    for x, y in ((205, 145), (250, 150), (230, 195)):
        cv2.circle(image, (x, y), 17, (70, 74, 90), -1)
    shine = np.abs(np.add.outer(np.arange(800), np.arange(600)) - 900) < 25
    image[100:694, 160:440][shine[100:694, 160:440]] = np.minimum(np.array(colour) + 25, 255)
    noise = np.random.default_rng(3).normal(0, 1.5, image.shape)
    return np.asarray(np.clip(cv2.GaussianBlur(image, (3, 3), 0) + noise, 0, 255), np.uint8)


def pillow(colour: tuple[int, int, int]) -> RGBImage:
    """An oval on a beige table, with its shadow, in a light that falls off downward, so that no tone is the table's."""
    image = np.full((800, 600, 3), (226, 220, 205), np.uint8)
    cv2.ellipse(image, (310, 420), (215, 150), 0, 0, 360, (190, 184, 170), -1)
    cv2.ellipse(image, (300, 400), (215, 150), 0, 0, 360, colour, -1)
    cv2.ellipse(image, (300, 400), (120, 70), 0, 0, 360, tuple(min(255, each + 30) for each in colour), -1)
    light = np.linspace(1.05, 0.6, 800)[:, None, None]
    return np.asarray(np.clip(cv2.GaussianBlur(image, (9, 9), 0) * light, 0, 255), np.uint8)


def swatch(colour: tuple[int, int, int]) -> RGBImage:
    """A cloth that fills the photo: a weave finer than a look at it, under a soft light."""
    chance = np.random.default_rng(8)
    light = cv2.resize(chance.normal(0, 1, (4, 5)).astype(np.float32), (900, 700), interpolation=cv2.INTER_CUBIC)
    weave = cv2.resize(chance.normal(0, 1, (140, 180)).astype(np.float32), (900, 700), interpolation=cv2.INTER_NEAREST)
    levels = 1 + 0.04 * light + 0.12 * weave
    return np.asarray(np.clip(levels[..., None] * np.array(colour), 0, 255), np.uint8)


def pasted(image: RGBImage, photo: RGBImage) -> RGBImage:
    """Small and level on another photo."""
    ground = np.asarray(cv2.resize(photo, (1200, 900)), np.uint8).copy()
    ground[140:500, 240:510] = cv2.resize(image, (270, 360), interpolation=cv2.INTER_AREA)
    return ground


@pytest.fixture(scope="module")
def examiner(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Examiner:
    case_in_purple = (ACME, ReferenceKind.PHOTO, jpeg(case(PURPLE), 92), "case.jpg")
    in_orange = (ACME, ReferenceKind.PHOTO, jpeg(pillow(ORANGE), 92), "pillow.jpg")
    return Examiner.open(filled(Store(tmp_path_factory.mktemp("plain")), settings, case_in_purple, in_orange), settings)


def confidence(examiner: Examiner, image: RGBImage) -> float:
    """Of the photo in an image, 0 where nothing was found."""
    return max((item.confidence for item in examiner.examine(jpeg(image)).evidence), default=0.0)


def turned(image: RGBImage, degrees: float) -> RGBImage:
    """In a bright surround."""
    matrix = cv2.getRotationMatrix2D((300, 400), degrees, 1) + np.array([[0, 0, 200], [0, 0, 100]])
    return np.asarray(cv2.warpAffine(image, matrix, (1000, 1000), borderValue=(40, 90, 230)), np.uint8)


def grey(image: RGBImage) -> RGBImage:
    return np.asarray(np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2), np.uint8)


@pytest.mark.parametrize("degrees", [0, 7, -20])
def test_plain_goods_are_found_turned_in_a_surround(examiner: Examiner, degrees: float) -> None:
    assert confidence(examiner, turned(case(PURPLE), degrees)) > 0.5


def test_goods_of_another_colour_in_a_surround_are_not_taken_for_them(examiner: Examiner) -> None:
    assert confidence(examiner, turned(case(GREEN), 7)) < 0.5


def test_a_copy_without_colours_goes_to_review_and_black_goods_are_clear(examiner: Examiner) -> None:
    assert 0.5 < confidence(examiner, grey(case(PURPLE))) <= 0.9
    assert confidence(examiner, case(BLACK)) < 0.5


@pytest.mark.parametrize("photo", [photographs.coffee(), photographs.rocket()])
def test_plain_goods_on_a_shaded_ground_are_found_where_they_were_pasted(examiner: Examiner, photo: RGBImage) -> None:
    assert confidence(examiner, pasted(pillow(ORANGE), photo)) > 0.5
    assert confidence(examiner, pasted(pillow(GREEN), photo)) < 0.5
    assert confidence(examiner, photo) == 0


def test_a_swatch_is_found_mirrored_and_compressed_and_another_colour_is_not(
    tmp_path: Path, settings: Settings
) -> None:
    in_green = (ACME, ReferenceKind.PHOTO, jpeg(swatch(GREEN), 92), "swatch.jpg")
    examiner = Examiner.open(filled(Store(tmp_path), settings, in_green), settings)
    copied = jpeg(np.ascontiguousarray(swatch(GREEN)[:, ::-1]), 30)
    assert max(item.confidence for item in examiner.examine(copied).evidence) > 0.5
    assert confidence(examiner, swatch(ORANGE)) < 0.5
