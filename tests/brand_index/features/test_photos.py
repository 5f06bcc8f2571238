"""What a registered photo is, how much of it is its own, and which others it resembles, is measured in its pixels."""

from collections.abc import Sequence
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.errors import ModelUnusable
from brand_index.features.audit import is_review_only
from brand_index.features.description import ReferenceDescription, describe_reference
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.photos.bank import NO_MATERIAL, MaterialBank
from brand_index.features.photos.nature import Nature, is_artwork, is_pattern, is_photographic, is_tiled, look_of
from brand_index.features.photos.repetition import Repetition, pattern_of
from brand_index.features.photos.traits import measure
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage, decode
from brand_index.registration.photo_audit import ComparedPhoto, PhotoGallery
from brand_index.types import ReferenceImage, ReferenceKind
from tests.conftest import draw_logo, in_perspective, jpeg

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


def size_chart(values: Sequence[int]) -> RGBImage:
    """A ruled table with a title, in black on white."""
    sheet = Image.new("RGB", (720, 560), (255, 255, 255))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(26)
    draw.text((360, 50), "Size guide in centimetres", (20, 20, 20), font, "mm")
    for number, value in enumerate(values):
        row, column = divmod(number, 5)
        left, top = 40 + 128 * column, 110 + 70 * row
        draw.rectangle((left, top, left + 128, top + 70), outline=(60, 60, 60), width=2)
        draw.text((left + 64, top + 35), str(value), (20, 20, 20), font, "mm")
    return np.asarray(sheet, np.uint8)


def swatch(colour: tuple[int, int, int]) -> RGBImage:
    """One colour with a fine weave."""
    image = np.full((500, 500, 3), colour, np.uint8)
    image[:, ::5] -= 8
    return image


def described(image: RGBImage, embedder: OnnxEmbedder) -> ReferenceDescription:
    return describe_reference(decode(jpeg(image, 92)), ReferenceKind.PHOTO, embedder)


def reference(brand: str, number: int) -> ReferenceImage:
    name, digest = f"{brand}-photo-{number}", f"{number:064d}"
    return ReferenceImage(name, brand, ReferenceKind.PHOTO, digest, ".jpg", None, "a.jpg", 640, 480, (), NOW, None)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_a_photograph_is_one_and_acts_without_a_person(name: str, embedder: OnnxEmbedder) -> None:
    photo = described(getattr(photographs, name)(), embedder)
    assert photo.assessment is not None
    assert photo.assessment.look.nature is Nature.PHOTOGRAPH
    assert photo.assessment.limits == ()
    assert not is_review_only(photo)


def test_a_chart_is_for_review_and_its_layout_is_not_protected(embedder: OnnxEmbedder) -> None:
    chart = described(size_chart(range(70, 100)), embedder)
    assert chart.assessment is not None
    assert chart.assessment.look.nature is Nature.PANEL
    assert "its layout is not protected" in chart.assessment.limits[0]
    assert is_review_only(chart)


def test_a_swatch_is_for_review_and_only_its_colour_can_be_told(embedder: OnnxEmbedder) -> None:
    cloth = described(swatch((60, 90, 150)), embedder)
    assert cloth.assessment is not None
    assert cloth.assessment.look.nature is Nature.PLAIN
    assert "the same colours on the same shape" in cloth.assessment.limits[0]
    assert is_review_only(cloth)


def test_a_photograph_has_more_of_its_own_than_a_chart(embedder: OnnxEmbedder) -> None:
    photo, chart = described(photographs.coffee(), embedder), described(size_chart(range(30)), embedder)
    assert photo.assessment is not None
    assert chart.assessment is not None
    assert photo.assessment.commonness.discriminating > 0.9
    assert chart.assessment.commonness.discriminating < 0.75
    assert photo.assessment.commonness.material_alarms < 1 < chart.assessment.commonness.material_alarms


def test_the_assessment_is_read_as_it_was_written(embedder: OnnxEmbedder) -> None:
    chart = described(size_chart(range(30)), embedder)
    assert ReferenceDescription.from_bytes(chart.to_bytes()).assessment == chart.assessment


def cloth_of(threads: np.ndarray, height: int, width: int) -> np.ndarray:
    """A cloth in one colour, whose threads the camera shows."""
    weave = np.asarray(cv2.resize(threads, (width, height), interpolation=cv2.INTER_LINEAR))
    return np.asarray(np.clip(np.array((70, 90, 160)) + weave[..., None], 0, 255), np.uint8)


def test_a_weave_in_one_colour_is_plain_all_over_and_as_a_piece_on_white() -> None:
    chance, piece = np.random.default_rng(4), np.full((512, 640, 3), 250, np.uint8)
    coarse = chance.normal(0, 12, (85, 1)) + chance.normal(0, 12, (1, 106))
    piece[60:450, 80:560] = cloth_of(chance.normal(0, 8, (48, 60)), 390, 480)
    assert look_of(measure(cloth_of(coarse, 512, 640))).nature is Nature.PLAIN
    assert look_of(measure(piece)).nature is Nature.PLAIN


def test_goods_on_white_are_a_photograph_of_which_they_take_a_part() -> None:
    image = np.full((512, 640, 3), 255, np.uint8)
    image[100:412, 200:440] = cv2.resize(photographs.coffee(), (240, 312))
    look = look_of(measure(image))
    assert look.nature is Nature.PHOTOGRAPH
    assert look.goods == pytest.approx(240 * 312 / (512 * 640), abs=0.05)


def test_a_part_that_another_brand_registered_is_named_before_a_sibling(embedder: OnnxEmbedder) -> None:
    astronaut, coffee = photographs.astronaut(), photographs.coffee()
    sibling = cv2.convertScaleAbs(astronaut[:, 20:], alpha=0.9)
    images = [astronaut, sibling, astronaut[60:400, 80:420], coffee]
    references = [reference(brand, number) for number, brand in enumerate(("acme", "acme", "bolt", "cord"))]
    parts = [described(image, embedder) for image in images]
    gallery = PhotoGallery.of(references, [ComparedPhoto.of(each, 40) for each in parts])
    found = gallery.audit(references[0], parts[0])
    assert found is not None
    assert [each.brand_id for each in found.alike] == ["bolt", "acme"]
    assert found.other_brands == ("bolt",)


def test_a_photo_is_told_from_a_logo() -> None:
    logo = np.asarray(draw_logo("ACME", (200, 30, 40), ground=(255, 255, 255, 255)).convert("RGB"), np.uint8)
    photos = [photographs.astronaut(), photographs.coffee(), photographs.chelsea()]
    assert [is_photographic(measure(image)) for image in (*photos, logo)] == [True, True, True, False]
    assert [is_artwork(measure(image)) for image in (*photos, size_chart(range(30)), logo)] == [False] * 4 + [True]


def test_a_swatch_on_white_is_no_logo_but_one_with_a_drawing_on_it_is() -> None:
    square, disc = np.full((600, 600, 3), 255, np.uint8), np.full((600, 600, 3), 255, np.uint8)
    square[80:520, 110:490] = (70, 90, 160)
    cv2.circle(disc, (300, 300), 220, (160, 60, 70), -1)
    drawn = square.copy()
    cv2.circle(drawn, (300, 300), 110, (250, 210, 40), -1)
    shapes = [decode(jpeg(image, 92)).frames[0] for image in (square, disc, drawn)]
    assert [is_artwork(measure(image)) for image in shapes] == [False, False, True]


def test_a_bank_is_read_as_it_was_written_and_nothing_else_is_one() -> None:
    bank = MaterialBank.from_bytes(NO_MATERIAL.to_bytes(), name="bank.npz")
    assert len(bank.starts) == 0
    with pytest.raises(ModelUnusable, match=r"bank\.npz: is no bank of listing material"):
        MaterialBank.from_bytes(b"nothing", name="bank.npz")


def test_a_photo_of_a_chart_on_a_table_is_a_chart(embedder: OnnxEmbedder) -> None:
    table = cv2.resize(photographs.grass(), (900, 900))
    ground = np.ascontiguousarray(np.repeat((table // 2)[..., None], 3, axis=2).astype(np.uint8))
    corners = [(150.0, 170.0), (760.0, 120.0), (790.0, 640.0), (120.0, 660.0)]
    chart = described(in_perspective(size_chart(range(70, 100)), corners, ground), embedder)
    assert chart.assessment is not None
    assert chart.assessment.look.nature is Nature.PANEL


def marked(photo: RGBImage, text: str, *, size: int, step: tuple[int, int], angle: float, level: int) -> RGBImage:
    """A photo with faint words across it, at 25 % opacity; `step` to the next word and to the next line in pixels."""
    height, width = photo.shape[:2]
    side = 2 * max(height, width)
    words, font = Image.new("L", (side, side)), ImageFont.load_default(size)
    for row in range(side // step[1]):
        for column in range(side // step[0]):
            ImageDraw.Draw(words).text((column * step[0] + row % 2 * step[0] // 2, row * step[1]), text, 255, font)
    left, top = (side - width) // 2, (side - height) // 2
    ink = words.rotate(angle, Image.Resampling.BICUBIC).crop((left, top, left + width, top + height))
    faint = np.asarray(ink, np.float32)[..., None] / 255 * 0.25
    return decode(jpeg(np.asarray(photo * (1 - faint) + level * faint + 0.5, np.uint8), 88)).frames[0]


def on_white(photo: RGBImage) -> RGBImage:
    """The middle of a photo as round goods on white."""
    white, disc = np.full((600, 600, 3), 255, np.uint8), np.zeros((600, 600), np.uint8)
    cv2.circle(disc, (300, 300), 200, 1, -1)
    goods = cv2.resize(photo, (600, 600), interpolation=cv2.INTER_AREA)
    return np.asarray(np.where(disc[..., None] > 0, goods, white), np.uint8)


@pytest.mark.parametrize(("name", "level"), [("astronaut", 255), ("astronaut", 90), ("coffee", 255), ("rocket", 90)])
@pytest.mark.parametrize("angle", [30.0, -45.0])
def test_words_that_are_tiled_across_a_photo_protect_nothing(
    name: str, level: int, angle: float, embedder: OnnxEmbedder
) -> None:
    clean = getattr(photographs, name)()
    photo = marked(clean, "marketplace", size=26, step=(190, 84), angle=angle, level=level)
    found, before = (described(each, embedder).assessment for each in (photo, clean))
    assert found is not None
    assert before is not None
    assert found.limits[-1] == "faint lettering or lines across it: a watermark itself protects nothing"
    assert found.review_only == before.review_only
    assert not before.look.watermark


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee"])
def test_one_faint_line_of_words_across_goods_on_white_is_a_watermark(name: str) -> None:
    clean = on_white(getattr(photographs, name)())
    photo = marked(clean, "marketplace.example", size=44, step=(440, 540), angle=20.0, level=90)
    assert [look_of(measure(image)).watermark for image in (photo, clean)] == [True, False]


def fabric(motif: int) -> RGBImage:
    """Printed cloth: one motif again and again, every second row moved by half a step."""
    cloth = Image.new("RGB", (720, 600), (40, 70, 120))
    draw = ImageDraw.Draw(cloth)
    for row in range(-1, 11):
        for column in range(-1, 13):
            x, y = 62 * column + 31 * (row % 2), 62 * row
            draw.regular_polygon((x, y, 22), motif, 10, (220, 190, 90))
            draw.ellipse((x - 7, y - 7, x + 7, y + 7), (180, 40, 60))
    noise = np.random.default_rng(motif).normal(0, 3, (600, 720, 3))
    return np.asarray(np.clip(np.asarray(cloth) + noise, 0, 255), np.uint8)


@pytest.mark.parametrize("motif", [3, 5, 6])
def test_registering_a_repeated_pattern_says_that_no_part_of_it_has_a_place_of_its_own(
    motif: int, embedder: OnnxEmbedder
) -> None:
    found = described(fabric(motif), embedder)
    assert found.assessment is not None
    assert any(limit.startswith("one pattern repeated all over it") for limit in found.assessment.limits)
    again = ReferenceDescription.from_bytes(found.to_bytes()).assessment
    assert again is not None
    assert again.look.pattern
    assert again.look.watermark == found.assessment.look.watermark


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_a_photo_is_no_repeated_pattern(name: str) -> None:
    assert pattern_of(getattr(photographs, name)()) < 0.6


def test_a_chart_of_equal_rows_is_no_repeated_pattern_and_stripes_are_one() -> None:
    assert not is_pattern(pattern_of(size_chart(range(30, 65))), Nature.PANEL)
    stripes = np.full((500, 500, 3), 200, np.uint8)
    stripes[:, ::25] = stripes[:, 1::25] = stripes[:, 2::25] = 60
    assert is_pattern(pattern_of(stripes), Nature.PHOTOGRAPH)
    assert not is_pattern(pattern_of(np.full((500, 500, 3), 200, np.uint8)), Nature.PHOTOGRAPH)


def test_boards_under_goods_are_no_watermark() -> None:
    boards = np.full((600, 600, 3), (150, 120, 85), np.uint8)
    boards[::75] -= 22
    cv2.circle(boards, (300, 300), 170, (60, 30, 40), -1)
    assert not look_of(measure(np.asarray(cv2.GaussianBlur(boards, (0, 0), 0.8), np.uint8))).watermark


def test_what_small_distances_have_in_common_is_no_watermark() -> None:
    """A weave repeats itself at all distances, the smallest too."""
    weave = swatch((60, 90, 150))
    assert not is_tiled(Repetition.of(weave))
    assert Repetition.of(weave[:200, :200]) is None
