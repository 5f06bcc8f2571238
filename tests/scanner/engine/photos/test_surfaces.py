"""The finest grain tells other goods in one photo from a copy; a drawn, round or straight outline tells a sticker."""

import cv2
import numpy as np
import pytest
import skimage.data as photographs

from brand_index.images import RGBImage
from scanner.engine.photos.overlays import band_across, drawn, simple_outline
from scanner.engine.photos.surfaces import compare_surfaces

PHOTO = np.asarray(photographs.coffee(), np.uint8)
BOARD = np.s_[100:300, 150:450]
NOWHERE = np.zeros(PHOTO.shape[:2], bool)
EVERYWHERE = ~NOWHERE


def veneered(seed: int) -> RGBImage:
    """The photo with a board of some wood in it, which has faint rings."""
    chance, image = np.random.default_rng(seed), PHOTO.astype(np.float32)
    grain = cv2.GaussianBlur(chance.normal(0, 1, (200, 300)).astype(np.float32), (0, 0), 1.2)
    image[BOARD] = 140 + 4 * (grain / grain.std())[:, :, None]
    return np.asarray(np.clip(image, 0, 255), np.uint8)


def compressed(image: RGBImage, quality: int) -> RGBImage:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def test_another_wood_in_one_photo_has_another_grain_there_and_nowhere_else() -> None:
    found = compare_surfaces(veneered(1), compressed(veneered(2), 90), EVERYWHERE, NOWHERE, NOWHERE)
    assert 0.15 < found.other < 0.3


@pytest.mark.parametrize("quality", [90, 30, 10])
def test_a_copy_keeps_its_grain_or_loses_it_however_it_was_compressed(quality: int) -> None:
    found = compare_surfaces(veneered(1), compressed(veneered(1), quality), EVERYWHERE, NOWHERE, NOWHERE)
    assert found.other < 0.005


def test_goods_in_other_colours_keep_their_grain_and_other_goods_over_them_have_another() -> None:
    board = NOWHERE.copy()
    board[BOARD] = True
    recoloured = veneered(1)
    recoloured[BOARD] = np.clip(recoloured[BOARD] * np.array([0.6, 1.1, 0.4]), 0, 255).astype(np.uint8)
    same = compare_surfaces(veneered(1), recoloured, EVERYWHERE, NOWHERE, board)
    other = compare_surfaces(veneered(1), veneered(2), EVERYWHERE, NOWHERE, board)
    assert same.covered is not None
    assert other.covered is not None
    assert same.covered > 0.85
    assert other.covered < 0.5
    assert other.other < 0.02, "what is covered is not counted again"


def test_what_lies_beside_a_banner_is_no_other_grain() -> None:
    banner = NOWHERE.copy()
    banner[116:284, 166:434] = True  # but for a rim of 16 pixels, in which compression leaves other noise
    assert compare_surfaces(veneered(1), veneered(2), EVERYWHERE, NOWHERE, banner).other == 0.0


def test_what_has_no_grain_says_nothing() -> None:
    plain = np.full_like(PHOTO, 200)
    assert compare_surfaces(plain, plain, EVERYWHERE, NOWHERE, EVERYWHERE).covered is None
    assert compare_surfaces(plain, plain, NOWHERE, NOWHERE, EVERYWHERE).other == 0.0


def shape(*points: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    mask = np.zeros((400, 600), np.uint8)
    cv2.fillPoly(mask, [np.array(points)], 1)
    return mask > 0


def test_stickers_and_banners_have_a_simple_outline_and_a_garment_has_not() -> None:
    disc = np.zeros((400, 600), np.uint8)
    cv2.ellipse(disc, ((300, 200), (200, 120), 30), 1, cv2.FILLED)
    shirt = shape(
        (200, 60), (300, 90), (400, 60), (500, 160), (450, 200), (400, 150), (400, 380), (200, 380), (200, 150)
    )
    assert simple_outline(disc > 0) > 0.95
    assert simple_outline(shape((0, 100), (600, 100), (600, 170), (0, 170))) > 0.95
    assert simple_outline(shirt) < 0.9
    assert simple_outline(np.zeros((400, 600), bool)) == 1.0


def test_a_sticker_is_even_and_cloth_is_not() -> None:
    place = shape((100, 50), (400, 50), (400, 300), (100, 300))
    cloth = np.full((400, 600, 3), 120, np.uint8)
    noise = np.random.default_rng(1).normal(0, 4, cloth.shape)
    assert drawn(place, compressed(cloth, 90)) > 0.9
    assert drawn(place, np.clip(cloth + noise, 0, 255).astype(np.uint8)) < 0.1
    assert drawn(shape((100, 50), (400, 50), (400, 54), (100, 54)), cloth) == 1.0, "a stroke has no inside"


def test_a_band_lies_across_all_of_a_photo_whatever_words_are_in_it_and_a_sticker_does_not() -> None:
    band = shape((0, 100), (600, 100), (600, 170), (0, 170))
    lettered = band & ~shape((150, 115), (400, 115), (400, 155), (150, 155))
    found = band_across(lettered)
    assert found is not None
    assert np.array_equal(found, band)
    upright = band_across(shape((200, 0), (290, 0), (290, 400), (200, 400)))
    assert upright is not None
    assert upright[:, 200:290].all()
    assert not upright[:, 295:].any()
    assert band_across(shape((40, 100), (600, 100), (600, 170), (40, 170))) is None, "it ends beside an edge"
    assert band_across(shape((0, 50), (600, 50), (600, 250), (0, 250))) is None, "half of it is another photo"
    assert band_across(band | shape((200, 250), (400, 250), (400, 330), (200, 330))) is None, "more differs"
    assert band_across(NOWHERE) is None
