"""Each alteration of a registered photo is measured by its quadrilateral or its pixels, apart from the others."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.colours import tints
from brand_index.images import RGBImage
from scanner.engine.boxes import Quad
from scanner.engine.photos.alteration import alteration_of
from scanner.engine.types import Alteration
from scanner.walk import Scanner
from tests.conftest import jpeg

PHOTO = np.asarray(photographs.coffee(), np.uint8)  # 600 × 400
HEIGHT, WIDTH = PHOTO.shape[:2]
SIZE = (WIDTH, HEIGHT)
WHOLE: Quad = ((0.0, 0.0), (WIDTH - 1.0, 0.0), (WIDTH - 1.0, HEIGHT - 1.0), (0.0, HEIGHT - 1.0))


def thumbnail(image: RGBImage) -> RGBImage:
    return np.asarray(cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (96, 96), interpolation=cv2.INTER_AREA))


def altered(image: RGBImage, quad: Quad = WHOLE, *, mirrored: bool = False) -> Alteration:
    return alteration_of(np.ascontiguousarray(image), quad, SIZE, thumbnail(PHOTO), tints(PHOTO), mirrored=mirrored)


def hue_turned(image: RGBImage) -> RGBImage:
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + 60) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def grey(image: RGBImage) -> RGBImage:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def darkened(image: RGBImage) -> RGBImage:
    return (image * 0.3).astype(np.uint8)


def compressed(image: RGBImage) -> RGBImage:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 20])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def with_sticker(image: RGBImage) -> RGBImage:
    covered = image.copy()
    covered[120:300, 200:420] = (240, 30, 40)
    cv2.circle(covered, (310, 210), 60, (255, 255, 255), 6)
    return covered


def test_of_the_photo_itself_nothing_is_said() -> None:
    same = altered(PHOTO)
    assert (same.visible, same.turned, same.overlaid, same.light) == (1.0, 0.0, 0.0, 0.0)
    assert same.occupied > 0.99
    assert same.colour is not None
    assert same.colour > 0.99


def test_a_crop_shows_the_share_that_is_left() -> None:
    left = altered(PHOTO[:, :240])
    assert left.visible == pytest.approx(0.4, abs=0.01)
    low, high = np.min(left.part, axis=0), np.max(left.part, axis=0)
    np.testing.assert_allclose([*low, *high], [0, 0, 239, HEIGHT - 1], atol=0.2)


def test_a_paste_takes_a_share_of_the_larger_image() -> None:
    larger = cv2.resize(np.asarray(photographs.astronaut(), np.uint8), (1200, 1000))
    larger[300:700, 500:1100] = PHOTO
    quad = tuple((x + 500.0, y + 300.0) for x, y in WHOLE)
    assert altered(larger, quad).occupied == pytest.approx(0.2, abs=0.01)  # type: ignore[arg-type]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [-90, -12, 5, 90, 170])
def test_a_turn_is_measured_in_degrees_clockwise_after_any_mirroring(degrees: int, mirrored: bool) -> None:
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -degrees, 1.0)  # OpenCV's angles are counter-clockwise
    shown = [(WIDTH - 1 - x, y) for x, y in WHOLE] if mirrored else list(WHOLE)
    turned = cv2.transform(np.array([shown]), matrix)[0]
    quad = tuple((float(x), float(y)) for x, y in turned)
    assert altered(PHOTO, quad, mirrored=mirrored).turned == pytest.approx(degrees, abs=0.1)  # type: ignore[arg-type]


def test_what_covers_a_photo_is_measured_and_is_no_other_colour() -> None:
    covered = altered(with_sticker(PHOTO))
    assert covered.overlaid is not None
    assert 0.05 < covered.overlaid < 0.4
    assert covered.colour is not None
    assert covered.colour > 0.9


@pytest.mark.parametrize("change", [hue_turned, grey])
def test_other_colours_are_measured_and_cover_nothing(change: Callable[[RGBImage], RGBImage]) -> None:
    other = altered(change(PHOTO))
    assert other.colour is not None
    assert other.colour < 0.5
    assert other.overlaid == pytest.approx(0.0, abs=0.01)


def test_light_is_measured_in_octaves_and_is_no_other_colour() -> None:
    dark = altered(darkened(PHOTO))
    assert dark.light == pytest.approx(np.log2(0.3), abs=0.1)
    assert dark.colour is not None
    assert dark.colour > 0.9


def test_compression_alters_nothing_that_is_measured() -> None:
    found = altered(compressed(PHOTO))
    assert found.overlaid == pytest.approx(0.0, abs=0.01)
    assert found.light == pytest.approx(0.0, abs=0.05)
    assert found.colour is not None
    assert found.colour > 0.9


def test_of_a_grey_photo_no_colour_is_measured() -> None:
    plain = grey(PHOTO)
    assert alteration_of(PHOTO, WHOLE, SIZE, thumbnail(plain), tints(plain), mirrored=False).colour is None


def test_outside_the_image_nothing_is_visible_and_nothing_measured() -> None:
    quad = tuple((x + 5000.0, y) for x, y in WHOLE)
    gone = altered(PHOTO, quad)  # type: ignore[arg-type]
    assert (gone.part, gone.visible, gone.occupied, gone.overlaid, gone.light) == ((), 0.0, 0.0, None, None)


def test_a_scan_says_what_was_done_to_a_copy(scanner: Scanner) -> None:
    half = np.ascontiguousarray(PHOTO[:, ::-1][:, : WIDTH // 2])
    best = scanner.scan(jpeg(darkened(half))).evidence[0]
    assert best.mirrored
    assert best.alteration is not None
    assert best.alteration.visible == pytest.approx(0.5, abs=0.03)
    assert best.alteration.light is not None
    assert best.alteration.light < -1.0


def test_a_scan_says_nothing_of_the_kind_of_a_logo(scanner: Scanner) -> None:
    shown = scanner.scan(jpeg(PHOTO)).evidence
    assert all(item.alteration is None for item in shown if item.kind.value == "logo")
