"""A photo is compared where geometry puts it: what is its own, what was replaced, covered, recoloured or cut away."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import skimage.data as photographs
from PIL import Image, ImageDraw, ImageFont

from brand_index.features.goods import goods_of
from brand_index.features.plates import plate_of, read_plate
from brand_index.images import DecodedImage, RGBImage
from scanner.engine.alignment.refinement import Refined
from scanner.engine.boxes import Quad
from scanner.engine.photos import local_match
from scanner.engine.photos.local_match import LocalMatch, match_locally
from scanner.engine.types import PLAIN, Content

PHOTO = np.asarray(photographs.coffee(), np.uint8)
VALUES = ("72", "76", "80", "84", "58", "62", "66", "70", "91", "95", "99", "103")
OTHERS = ("83", "87", "92", "97", "61", "65", "69", "74", "88", "94", "98", "105")


def chart(values: tuple[str, ...]) -> RGBImage:
    """A table of three rows by four columns with these numbers."""
    page = Image.new("RGB", (800, 480), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(30)
    draw.rectangle((0, 0, 800, 70), fill=(30, 60, 90))
    draw.text((40, 16), "SIZE CHART   S   M   L   XL", fill="white", font=font)
    for row, name in enumerate(("Bust", "Waist", "Hips")):
        top = 100 + 120 * row
        draw.line((0, top - 20, 800, top - 20), fill=(120, 120, 120), width=2)
        draw.text((30, top + 20), name, fill="black", font=font)
        for column in range(4):
            draw.text((220 + 140 * column, top + 20), values[4 * row + column], fill="black", font=font)
    return np.asarray(page, np.uint8)


def flat_cloth(colour: tuple[int, int, int]) -> RGBImage:
    """A plain piece of cloth on white."""
    page = np.full((500, 700, 3), 245, np.uint8)
    cv2.rectangle(page, (120, 80), (580, 420), colour, -1)
    return page


def whole(image: RGBImage) -> Quad:
    height, width = image.shape[:2]
    return (0.0, 0.0), (width - 1.0, 0.0), (width - 1.0, height - 1.0), (0.0, height - 1.0)


def matched(
    listing: RGBImage, reference: RGBImage, quad: Quad | None = None, *, is_photograph: bool = True
) -> LocalMatch:
    box = (0, 0, reference.shape[1], reference.shape[0])
    goods = goods_of(DecodedImage((reference,), None, "", "PNG"), box)
    plate, area = read_plate(plate_of(reference, box)), listing.shape[0] * listing.shape[1]
    found = match_locally(listing, quad or whole(listing), plate, goods, area=area, is_photograph=is_photograph)
    assert found is not None
    return found


def jpeg(image: RGBImage, quality: int) -> RGBImage:
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


@dataclass(frozen=True)
class Edited:
    name: str
    image: RGBImage


def edits(image: RGBImage) -> tuple[Edited, ...]:
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + 60) % 180
    grey = np.asarray(np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2), np.uint8)
    return (
        Edited("compressed", jpeg(image, 30)),
        Edited("darker", np.asarray(image * 0.35, np.uint8)),
        Edited("of other hues", np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)),
        Edited("grey", grey),
        Edited("smaller", np.asarray(cv2.resize(image, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA), np.uint8)),
        Edited("softer", np.asarray(cv2.GaussianBlur(image, (0, 0), 2.0), np.uint8)),
    )


@pytest.mark.parametrize("edit", edits(PHOTO), ids=lambda edit: edit.name)
def test_a_copied_photo_agrees_whatever_was_done_to_its_colours_and_detail(edit: Edited) -> None:
    content = matched(edit.image, PHOTO).content
    assert content.agreement > 0.85
    assert content.replaced < 0.03


def test_a_weave_of_three_pixels_agrees_although_no_resampling_keeps_it() -> None:
    fine = np.asarray(cv2.resize(PHOTO, (480, 320)), np.uint8).copy()
    y, x = np.mgrid[40:280, 120:360]
    threads = 150 + 60 * np.sin(2 * np.pi * x / 3) * np.sin(2 * np.pi * y / 3)
    fine[40:280, 120:360] = threads[..., None].astype(np.uint8)
    turn = cv2.getRotationMatrix2D((240, 160), 1.5, 1.0)
    turned = np.asarray(cv2.warpAffine(fine, turn, (480, 320), borderMode=cv2.BORDER_REFLECT), np.uint8)
    assert matched(turned, fine).content.goods_agreement > 0.95


def shirt_on(ground: RGBImage) -> RGBImage:
    """A plain shirt with a few dots on a ground of its size, of which it takes a fifth."""
    image = ground.copy()
    cv2.rectangle(image, (220, 130), (380, 330), (190, 35, 60), -1)
    for x, y in np.mgrid[235:370:30, 150:320:28].reshape(2, -1).T.tolist():
        cv2.circle(image, (x + y % 7, y), 3, (235, 225, 215), -1)
    return image


def test_plain_goods_on_another_ground_are_compared_without_the_ground() -> None:
    cat = np.asarray(photographs.chelsea(), np.uint8)
    busy = np.asarray(cv2.resize(cat[220:300, 0:120], (600, 400)), np.uint8)
    quad = ((-3.0, 2.0), (598.0, -4.0), (604.0, 396.0), (2.0, 403.0))
    content = matched(jpeg(shirt_on(np.full_like(PHOTO, (24, 18, 30))), 85), shirt_on(busy), quad).content
    assert content.ground_agreement == pytest.approx(0, abs=0.1)
    assert content.goods_agreement > 0.9
    assert content.colour is not None
    assert content.colour > 0.8


def test_the_same_chart_agrees_and_one_with_other_values_does_not() -> None:
    reference = chart(VALUES)
    same, other = (
        matched(jpeg(each, 80), reference, is_photograph=False).content for each in (reference, chart(OTHERS))
    )
    assert same.agreement > 0.99
    assert same.replaced == pytest.approx(0, abs=0.002)
    assert other.agreement < 0.8
    assert other.replaced > 0.03


def test_the_cells_with_other_values_are_outlined_and_nothing_else() -> None:
    changed = (*VALUES[:5], "17", *VALUES[6:])  # in the second row and column
    found = matched(chart(changed), chart(VALUES), is_photograph=False)
    points = np.concatenate([np.array(outline) for outline in found.differing])
    assert 300 < points[:, 0].min() < points[:, 0].max() < 480
    assert 210 < points[:, 1].min() < points[:, 1].max() < 310


def test_other_photos_do_not_agree() -> None:
    other = cv2.resize(np.asarray(photographs.astronaut(), np.uint8), (600, 400))
    assert matched(np.asarray(other, np.uint8), PHOTO).content.agreement < 0.1


def test_plain_cloth_of_another_colour_is_not_of_its_colour() -> None:
    green = flat_cloth((40, 110, 50))
    same, other = (matched(each, green).content for each in (jpeg(green, 70), flat_cloth((200, 190, 60))))
    assert same.colour == pytest.approx(1.0)
    assert other.colour is not None
    assert other.colour < 0.3
    assert other.outline_followed > 0.9


def test_a_sticker_covers_and_what_is_beside_it_still_agrees() -> None:
    stickered = PHOTO.copy()
    cv2.circle(stickered, (150, 300), 90, (250, 220, 20), -1)
    content = matched(stickered, PHOTO).content
    assert 0.08 < content.covered_area < 0.2
    assert content.rest_agreement > 0.97
    assert content.outline_followed < 0.4


def shirt_with(*prints: tuple[str, tuple[int, int], tuple[int, int, int]]) -> RGBImage:
    """A shirt with folds on white, and disks or squares printed on it, by shape, middle and colour."""
    down, across = np.mgrid[0:600, 0:500]
    cloth = np.clip(140 + 14 * np.sin(across / 23 + down / 60) + 8 * np.sin(down / 31), 0, 255)
    shirt = np.full((600, 500, 3), 250, np.uint8)
    shirt[80:540, 90:410] = (cloth[..., None] * np.array([0.6, 0.75, 1.0])).astype(np.uint8)[80:540, 90:410]
    for shape, (x, y), colour in prints:
        if shape == "disk":
            cv2.circle(shirt, (x, y), 45, colour, -1)
        else:
            cv2.rectangle(shirt, (x - 40, y - 40), (x + 40, y + 40), colour, -1)
    return shirt


def test_all_of_a_large_sticker_is_known_although_half_of_it_has_the_colours_of_what_is_under_it() -> None:
    stickered = PHOTO.copy()
    cv2.circle(stickered, (300, 200), 130, PHOTO[70:330, 300:430].mean(axis=(0, 1)).tolist(), -1)
    cv2.ellipse(stickered, (300, 200), (130, 130), 90, 0, 180, (20, 220, 250), -1)
    content = matched(jpeg(stickered, 90), PHOTO).content
    assert content.covered_area == pytest.approx(np.pi * 130**2 / (400 * 600), abs=0.02)
    assert content.simple_outline > 0.95
    assert content.rest_agreement > 0.98


def test_another_print_lays_the_goods_bare_where_the_photos_own_was_and_a_sticker_hides_them() -> None:
    own = ("disk", (230, 260), (200, 60, 60))
    plain = shirt_with(own)
    reprinted = shirt_with(("square", (280, 290), (240, 220, 60)))
    stickered = shirt_with(own, ("square", (280, 290), (240, 220, 60)))
    assert matched(reprinted, plain).content.laid_bare > 0.2
    assert matched(stickered, plain).content.laid_bare < 0.05


def test_words_printed_over_a_photo_hide_hardly_any_of_its_content() -> None:
    printed = PHOTO.copy()
    for line, words in enumerate(("NEW! 50% OFF", "size M", "only today")):
        cv2.putText(printed, words, (20, 110 + 110 * line), cv2.FONT_HERSHEY_SIMPLEX, 2.4, (250, 230, 60), 9)
    content = matched(jpeg(printed, 60), PHOTO).content
    assert content.agreement > 0.88


def test_words_printed_over_a_plain_area_of_a_photo_are_no_other_content() -> None:
    page = Image.fromarray(flat_cloth((40, 110, 160)))
    ImageDraw.Draw(page).text((130, 210), "ONLY TODAY", fill=(250, 230, 40), font=ImageFont.load_default(70))
    printed = np.asarray(page, np.uint8)
    cloth = flat_cloth((40, 110, 160))
    assert matched(printed, cloth).content.added_area < 0.03
    assert matched(printed, cloth, is_photograph=False).content.added_area > 0.06  # in a chart they are


def test_other_goods_on_a_plain_ground_are_other_content() -> None:
    page = flat_cloth((245, 245, 245))
    page[80:420, 120:580] = cv2.resize(PHOTO, (460, 340), interpolation=cv2.INTER_AREA)
    plain = np.full_like(page, 245)
    plain[80:420:60, 120:580] = 180  # so that there is something to compare
    assert matched(page, plain).content.added_area > 0.2


def test_other_words_in_place_of_the_photos_own_are_replaced() -> None:
    ground = np.clip(170 + 12 * np.sin(np.arange(500) / 9)[None, :, None] + np.zeros((300, 1, 3)), 0, 255)
    own, other = ground.astype(np.uint8), ground.astype(np.uint8)
    cv2.putText(own, "SUNNY", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 3.4, (20, 20, 20), 12)
    cv2.putText(other, "CLOUD", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 3.4, (20, 20, 20), 12)
    assert matched(other, own).content.agreement < 0.7


def test_stripes_cover_and_what_is_between_them_still_agrees() -> None:
    striped = PHOTO.copy()
    for left in range(-300, 600, 160):
        corners = np.array([[left, 0], [left + 80, 0], [left + 280, 399], [left + 200, 399]])
        cv2.fillConvexPoly(striped, corners, (30, 200, 70))
    content = matched(jpeg(striped, 60), PHOTO).content
    assert content.covered_area == pytest.approx(0.5, abs=0.06)
    assert content.rest_agreement > 0.97


def test_what_little_is_in_common_is_not_taken_for_a_photo_that_was_cut() -> None:
    photo, other = (
        np.repeat(np.asarray(texture, np.uint8)[..., None], 3, axis=2)
        for texture in (photographs.gravel(), photographs.grass())
    )
    other[180:330, 180:330] = photo[180:330, 180:330]
    assert matched(other, photo).content.agreement < 0.4


def test_another_print_on_the_same_shirt_covers_more_content_than_area() -> None:
    shirt = np.full((600, 600, 3), 225, np.uint8)
    folds = 6 * np.sin(np.arange(600) / 25)[None, :, None]
    shirt = np.clip(shirt + folds, 0, 255).astype(np.uint8)
    printed, other = shirt.copy(), shirt.copy()
    printed[180:420, 180:420] = cv2.resize(np.asarray(photographs.astronaut(), np.uint8), (240, 240))
    other[180:420, 180:420] = cv2.resize(PHOTO, (240, 240))
    content = matched(other, printed).content
    assert content.covered_content > 3 * content.covered_area
    assert content.rest_windows < 0.1 * matched(printed, printed).content.rest_windows


def test_goods_on_a_new_ground_agree_where_the_ground_does_not() -> None:
    reference = np.full((400, 600, 3), 245, np.uint8)
    reference[60:340, 150:450] = PHOTO[60:340, 150:450]
    moved = np.asarray(cv2.resize(np.asarray(photographs.astronaut(), np.uint8), (600, 400)), np.uint8).copy()
    moved[60:340, 150:450] = PHOTO[60:340, 150:450]
    content: Content = matched(moved, reference).content
    assert content.goods_agreement > 0.85


def on_cloth(cloth: int, colour: tuple[int, int, int], board: int) -> RGBImage:
    """A photo and a board, each with a faint grain of its own, on cloth of a colour."""
    threads, rings = (
        cv2.GaussianBlur(np.random.default_rng(each).normal(0, 1, (500, 700)), (0, 0), 2) for each in (cloth, board)
    )
    image = np.array(colour, np.float64) + 8 * (threads / threads.std())[..., None]
    image[30:330, 30:330] = PHOTO[:300, 100:400]
    image[120:440, 360:660] = 140 + 8 * (rings / rings.std())[120:440, 360:660, None]
    return np.asarray(np.clip(image, 0, 255), np.uint8)


def test_another_wood_in_a_photo_is_another_surface_and_another_ground_around_it_is_not() -> None:
    reference, beige = on_cloth(1, (180, 170, 160), 2), (180, 170, 160)
    assert matched(jpeg(on_cloth(1, beige, 3), 90), reference).content.other_surface > 0.1
    assert matched(jpeg(reference, 90), reference).content.other_surface < 0.01
    assert matched(jpeg(on_cloth(4, (90, 110, 160), 2), 90), reference).content.other_surface < 0.01


def blue_goods_on(ground: tuple[int, int, int], grain: int | None, board: int | None = None) -> RGBImage:
    """Blue cloth with the photo's tones, and a blue board of some wood on it if any; the ground has a faint grain."""
    threads, rings = (
        cv2.GaussianBlur(np.random.default_rng(each).normal(0, 1, (500, 700)), (0, 0), 2)
        for each in (grain or 0, board or 0)
    )
    image = np.array(ground, np.float64) + (4 if grain else 0) * (threads / threads.std())[..., None]
    tones = cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY)[60:340, 150:470].astype(np.float64)
    if board is not None:
        tones[110:270, 20:300] = 140 + 8 * (rings / rings.std())[220:380, 210:490]
    image[110:390, 190:510] = tones[..., None] * np.array([0.25, 0.4, 0.8])
    return np.asarray(np.clip(image, 0, 255), np.uint8)


def test_goods_on_another_ground_have_their_own_grain_whatever_that_of_the_ground_is() -> None:
    white, dark = (225, 222, 218), (26, 20, 34)
    same = matched(jpeg(blue_goods_on(dark, 7), 90), blue_goods_on(white, 6)).content
    other = matched(jpeg(blue_goods_on(dark, None, 2), 90), blue_goods_on(white, 6, 1)).content
    assert same.other_surface < 0.01
    assert other.other_surface > 0.02, "a board of another wood is none of the ground"


def test_what_is_beside_a_band_of_words_agrees_and_other_values_do_not() -> None:
    banded, other = chart(VALUES).copy(), chart(OTHERS).copy()
    banded[210:280] = other[210:280] = (40, 120, 90)
    beside = matched(banded, chart(VALUES), is_photograph=False).content.beside_band
    of_others = matched(other, chart(VALUES), is_photograph=False).content.beside_band
    assert beside is not None
    assert of_others is not None
    assert beside > 0.99
    assert of_others < 0.95
    assert matched(chart(OTHERS), chart(VALUES), is_photograph=False).content.beside_band is None


def black_cloth(folds_of: RGBImage, ground: int) -> RGBImage:
    """Cloth whose folds are a few grey levels deep, as a camera leaves them of a black garment, on a plain ground."""
    soft = cv2.GaussianBlur(cv2.cvtColor(folds_of, cv2.COLOR_RGB2GRAY), (0, 0), 3)
    image = np.full((600, 600, 3), ground, np.uint8)
    image[60:540, 90:510] = (14 + cv2.resize(soft, (420, 480))[..., None] / 9).astype(np.uint8)
    return jpeg(image, 90)


@pytest.mark.parametrize("ground", [255, 40])
def test_folds_of_black_goods_agree_on_a_new_ground(ground: int) -> None:
    content = matched(black_cloth(PHOTO, ground), black_cloth(PHOTO, 170)).content
    assert content.goods_agreement > 0.9
    assert content.rest_windows > 10


def test_a_sticker_on_black_goods_leaves_the_folds_beside_it() -> None:
    stuck = black_cloth(PHOTO, 170)
    cv2.circle(stuck, (330, 300), 80, (240, 200, 40), -1)
    content = matched(stuck, black_cloth(PHOTO, 170)).content
    assert content.rest_agreement > 0.9
    assert content.rest_windows > 10


def test_black_goods_that_fell_otherwise_have_no_folds_that_agree() -> None:
    other = np.asarray(photographs.astronaut(), np.uint8)
    assert matched(black_cloth(other, 255), black_cloth(PHOTO, 170)).content.rest_windows < 1


def dyed(cloth: RGBImage, colour: tuple[float, float, float]) -> RGBImage:
    """The cloth as it lies, with this added to each of its channels."""
    image = cloth.astype(np.float32)
    image[60:540, 90:510] += colour
    return np.asarray(np.clip(image, 0, 255), np.uint8)


def test_folds_of_goods_in_another_colour_are_not_compared() -> None:
    reference = dyed(black_cloth(PHOTO, 170), (120, 20, 20))
    other = matched(dyed(black_cloth(PHOTO, 170), (20, 20, 120)), reference).content
    assert matched(reference, reference).content.rest_windows > 10
    assert other.rest_windows < 1


def test_goods_of_one_tone_stay_plain_whatever_folds_they_have() -> None:
    creased = black_cloth(np.repeat(np.asarray(photographs.gravel(), np.uint8)[..., None], 3, axis=2), 170)
    content = matched(creased, creased).content
    assert content.rest_windows > 10
    assert content.texture < PLAIN


def test_a_dark_ground_does_not_change_the_colours_of_the_goods() -> None:
    reference = np.full((400, 600, 3), (150, 60, 50), np.uint8)
    dark = np.full((400, 600, 3), (14, 16, 18), np.uint8)
    for image in (reference, dark):
        image[100:300, 200:400] = PHOTO[100:300, 200:400]
    colour = matched(dark, reference).content.colour
    assert colour is not None
    assert colour > 0.5


def test_the_region_lies_where_the_photo_was_pasted() -> None:
    canvas = np.full((800, 1000, 3), (90, 20, 60), np.uint8)
    canvas[250:650, 300:900] = PHOTO
    quad = ((310.0, 244.0), (893.0, 258.0), (903.0, 655.0), (294.0, 643.0))  # off by up to 10 pixels
    found = matched(canvas, PHOTO, quad)
    assert found.is_refined
    assert np.allclose(found.quad, [(300, 250), (899, 250), (899, 649), (300, 649)], atol=3)
    points = np.concatenate([np.array(outline) for outline in found.region])
    assert points.min(axis=0) == pytest.approx([300, 250], abs=25)
    assert points.max(axis=0) == pytest.approx([899, 649], abs=25)


def test_what_lies_beside_a_photo_is_no_difference_where_it_is_placed_a_little_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sand = cv2.resize(np.asarray(photographs.gravel(), np.float32), (600, 400))
    photo = np.asarray(np.repeat(165 + 0.06 * (sand - sand.mean())[..., None], 3, axis=2), np.uint8)
    photo[130:270, 220:380] = cv2.resize(PHOTO, (160, 140), interpolation=cv2.INTER_AREA)
    page = np.full((800, 600, 3), 255, np.uint8)
    page[200:600] = photo  # whose lower corners are placed 5 and 3 pixels too low
    placed = Refined(((6.7, 203.6), (595.8, 200.4), (605.6, 604.5), (-2.5, 602.0)), error=0.005, agreement=1.0)
    monkeypatch.setattr(local_match, "refine", lambda *_, **__: placed)
    found = matched(page, photo, placed.quad)
    assert found.quad == placed.quad
    assert found.differing == ()
    assert found.content.added_area == 0


def pasted_on_a_cat(photo: RGBImage, left: int) -> tuple[RGBImage, Quad]:
    """The photo, its first `left` columns and last 60 rows cut off, on another one, and where all of it would lie."""
    height, width = photo.shape[:2]
    page = np.asarray(cv2.resize(np.asarray(photographs.chelsea(), np.uint8), (1000, 700)), np.uint8).copy()
    page[150 : 150 + height - 60, 200 + left : 200 + width] = photo[: height - 60, left:]
    right, bottom = 200.0 + width - 1, 150.0 + height - 1
    return page, ((200.0, 150.0), (right, 150.0), (right, bottom), (200.0, bottom))


def test_a_strip_that_was_cut_off_before_pasting_is_neither_replaced_nor_visible() -> None:
    page, quad = pasted_on_a_cat(PHOTO, 180)
    content = matched(page, PHOTO, quad).content
    assert content.agreement > 0.97
    assert content.visible == pytest.approx(0.6, abs=0.12)


def test_other_goods_at_a_side_of_a_layout_that_fills_the_image_are_not_cut_off_but_replaced() -> None:
    other = np.asarray(cv2.resize(np.asarray(photographs.astronaut(), np.uint8), (600, 400)), np.uint8)
    banner = PHOTO.copy()
    banner[:, :180] = other[:, :180]
    content = matched(banner, PHOTO).content
    assert content.replaced > 0.15
    assert content.visible > 0.97


def test_plain_sides_that_were_cut_off_before_pasting_are_neither_covered_nor_visible() -> None:
    plain = shirt_on(np.full_like(PHOTO, (205, 190, 215)))
    page, quad = pasted_on_a_cat(plain, 120)
    content = matched(page, plain, quad).content
    assert content.covered_area < 0.03
    assert content.added_area < 0.03
    assert content.occupied == pytest.approx(480 * 340 / 700_000, abs=0.02)


def test_beside_a_cut_nothing_differs() -> None:
    page, quad = pasted_on_a_cat(PHOTO, 130)
    assert matched(page, PHOTO, quad).differing == ()


def test_the_other_ground_of_goods_is_not_cut_off() -> None:
    plain = np.full_like(PHOTO, (205, 190, 215))
    cv2.rectangle(plain, (110, 50), (490, 350), (190, 35, 60), -1)
    for x, y in np.mgrid[130:480:30, 70:340:28].reshape(2, -1).T.tolist():
        cv2.circle(plain, (x + y % 7, y), 3, (235, 225, 215), -1)
    page, quad = pasted_on_a_cat(plain, 0)
    cat = np.asarray(cv2.resize(np.asarray(photographs.chelsea(), np.uint8), (1000, 700)), np.uint8)
    goods = np.zeros(page.shape[:2], bool)
    goods[200:500, 310:691] = True
    page = np.where(goods[..., None], page, cat)
    assert matched(page, plain, quad).content.occupied == pytest.approx(
        plain[..., 0].size / page[..., 0].size, abs=0.01
    )


def test_what_differs_in_the_middle_is_replaced_and_not_cut_off() -> None:
    changed = PHOTO.copy()
    changed[100:300, 200:400] = cv2.resize(np.asarray(photographs.astronaut(), np.uint8), (200, 200))
    content = matched(changed, PHOTO).content
    assert content.replaced > 0.1
    assert content.visible > 0.97
