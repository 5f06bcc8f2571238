"""Another light, hues that somebody turned and goods of another colour each leave their own mark on the colours."""

import cv2
import numpy as np
import pytest
import skimage.data as photographs

from brand_index.images import RGBImage
from scanner.engine.photos.changes import in_listing_colours
from scanner.engine.photos.colours import Colours, compare_colours

PHOTO = np.asarray(cv2.resize(np.asarray(photographs.coffee(), np.uint8), (360, 240)), np.uint8)
GOODS = np.zeros(PHOTO.shape[:2], np.uint8)
cv2.ellipse(GOODS, (190, 120), (110, 80), 0, 0, 360, 255, -1)


def compared(listing: RGBImage, *, photo: RGBImage = PHOTO, is_plain: bool = False) -> Colours:
    everywhere, nowhere = np.ones(GOODS.shape, bool), np.zeros(GOODS.shape, bool)
    mapped = in_listing_colours(photo, listing, everywhere, GOODS)
    return compare_colours(photo, mapped, listing, everywhere, GOODS, nowhere, is_plain=is_plain)


def shares(listing: RGBImage) -> list[float]:
    found = [share for share in compared(listing) if share is not None]
    assert len(found) == len(Colours())
    return found


def turned(image: RGBImage, by: int) -> RGBImage:
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + by) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


@pytest.mark.parametrize("by", [40, 90, 130])
def test_hues_that_were_turned_are_no_other_light(by: int) -> None:
    goods, _, ground, share = shares(turned(PHOTO, by))
    assert share > 0.3
    assert goods < 0.6
    assert ground < 0.6


@pytest.mark.parametrize("light", [(0.4, 0.4, 0.4), (1.0, 0.8, 0.55), (0.5, 0.6, 0.8)], ids=["dark", "warm", "cold"])
def test_another_light_turns_no_hues(light: tuple[float, float, float]) -> None:
    assert shares(np.asarray(PHOTO * np.array(light), np.uint8))[-1] < 0.1


def test_a_faded_photo_in_warm_light_turns_no_hues() -> None:
    grey = PHOTO.mean(axis=2, keepdims=True)
    faded = 30 + 0.75 * (0.5 * PHOTO + 0.5 * grey) * np.array([1.0, 0.85, 0.7])
    assert shares(np.asarray(faded, np.uint8))[-1] < 0.1


def test_goods_of_another_colour_leave_the_ground_in_its_own() -> None:
    goods, _, ground, _ = shares(np.where(GOODS[..., None] > 0, turned(PHOTO, 90), PHOTO))
    assert ground > 0.9
    assert goods < 0.6


def test_goods_much_darker_on_a_ground_as_light_as_it_was_are_of_another_colour() -> None:
    darker = np.asarray(PHOTO * 0.3, np.uint8)
    assert shares(np.where(GOODS[..., None] > 0, darker, PHOTO))[0] < 0.5
    assert shares(darker)[0] > 0.9


@pytest.mark.parametrize("light", [0.6, 1.5])
def test_a_ground_that_stayed_as_it_is_agrees_however_light_the_other_goods_are(light: float) -> None:
    goods = np.clip(turned(PHOTO, 90) * light, 0, 255)
    ground = compared(np.asarray(np.where(GOODS[..., None] > 0, goods, PHOTO), np.uint8)).ground
    assert ground is not None
    assert ground > 0.9


def test_a_grey_listing_tells_nothing_of_colours() -> None:
    grey = np.asarray(np.repeat(cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2), np.uint8)
    assert compared(grey) == Colours()


def test_of_plain_goods_a_grey_listing_shows_the_lightness_which_counts_for_less_than_a_colour() -> None:
    luma = cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY)
    found = compared(np.asarray(np.repeat(luma[..., None], 3, axis=2), np.uint8), is_plain=True)
    assert found.goods is not None
    assert 0.75 < found.goods <= 0.8


@pytest.mark.parametrize("is_plain", [False, True])
@pytest.mark.parametrize(("light", "most"), [(0.3, 0.0), (1.0, 0.8), (2.0, 0.0)], ids=["black", "grey", "white"])
def test_goods_without_colours_on_a_grey_ground_may_be_others(light: float, most: float, is_plain: bool) -> None:
    luma = np.repeat(cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    gravel, on_goods = np.asarray(luma * 0.9, np.uint8), GOODS[..., None] > 0
    without = np.asarray(np.clip(np.where(on_goods, luma * light, gravel), 0, 255), np.uint8)
    found = compared(without, photo=np.where(on_goods, PHOTO, gravel), is_plain=is_plain).goods
    assert found is not None
    assert found <= most
