"""A logo of sign and word is recognized by either of them, and its word alone is looked at as a word is."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.features.keypoints import NONE
from brand_index.features.views.parts import ALL_OF_IT, Shown
from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.alignment.lone_parts import part_quad, reaches_beyond, shows_the_rest
from scanner.engine.boxes import Box, overlap
from scanner.engine.candidates import Candidate
from scanner.engine.examiner import Examiner
from scanner.engine.looks import KeypointLooks
from scanner.engine.types import Evidence
from scanner.settings import Settings
from tests.conftest import ACME, filled, jpeg, png

INK = (20, 60, 160)


def sign() -> RGBImage:
    """A flower of five leaves around a hole, one of them slender, or it would look the same turned by a leaf."""
    image = np.full((300, 300, 3), 255, np.uint8)
    for number in range(5):
        middle = 150 + 85 * np.array([np.sin(number * 2 * np.pi / 5), -np.cos(number * 2 * np.pi / 5)])
        axes = (58, 36 if number else 16)
        cv2.ellipse(image, middle.astype(int).tolist(), axes, number * 72 - 90, 0, 360, INK, -1)
    return image


def word() -> RGBImage:
    drawn = Image.new("RGB", (560, 150), "white")
    ImageDraw.Draw(drawn).text((10, 0), "Florell", font=ImageFont.load_default(130), fill=INK)
    return np.asarray(drawn)


def sign_and_word() -> RGBImage:
    logo = np.full((320, 900, 3), 255, np.uint8)
    logo[10:310, 10:310] = sign()
    logo[90:240, 330:890] = word()
    return logo


@pytest.fixture(scope="module")
def examiner(tmp_path_factory: pytest.TempPathFactory) -> Examiner:
    logo = png(Image.fromarray(sign_and_word()))
    settings = Settings()
    store = filled(Store(tmp_path_factory.mktemp("parts")), settings, (ACME, ReferenceKind.LOGO, logo, "florell.png"))
    return Examiner.open(store, settings)


def printed(part: RGBImage, width: int) -> bytes:
    """A photo of a cup with a part of the logo on it."""
    photo = np.array(photographs.coffee())
    label = cv2.resize(part, (width, round(width * part.shape[0] / part.shape[1])), interpolation=cv2.INTER_AREA)
    photo[60 : 60 + len(label), 300 : 300 + width] = label
    return jpeg(photo, 85)


def shown_by(examiner: Examiner, image: bytes) -> set[Shown]:
    """What of the logo the candidates of an image resemble."""
    description = examiner.describe(examiner.decode(image).frames[0])
    return {each.shown for each in examiner.match(description) if each.region is not None}


@pytest.mark.parametrize(("part", "width"), [(sign(), 150), (word(), 240)], ids=["sign", "word"])
def test_a_part_alone_is_recognized(examiner: Examiner, part: RGBImage, width: int) -> None:
    (item,) = examiner.examine(printed(part, width)).evidence
    assert item.confidence > 0.5


def test_a_candidate_says_which_part_of_the_logo_it_resembles(examiner: Examiner) -> None:
    (of_sign,), (of_word,) = shown_by(examiner, printed(sign(), 150)), shown_by(examiner, printed(word(), 240))
    assert of_sign[2] < of_word[0]


def test_the_whole_logo_is_recognized_as_a_whole(examiner: Examiner) -> None:
    assert shown_by(examiner, printed(sign_and_word(), 280)) == {ALL_OF_IT}


def test_text_around_is_looked_at_of_the_word_alone_and_not_of_the_sign(examiner: Examiner) -> None:
    measured = {}
    for name, part, width in (("sign", sign(), 150), ("word", word(), 240)):
        (item,) = examiner.examine(printed(part, width)).evidence
        assert item.logo is not None
        measured[name] = item.logo.text_around is not None
    assert measured == {"sign": False, "word": True}


def test_a_candidate_without_a_region_is_of_the_whole_logo() -> None:
    assert Candidate(0).shown == ALL_OF_IT


def overlap_with(item: Evidence, left: int, top: int, wide: int, high: int) -> float:
    return overlap(item.box, Box(left, top, left + wide, top + high))


@pytest.mark.parametrize(("part", "width"), [(sign(), 150), (word(), 240)], ids=["sign", "word"])
def test_the_evidence_of_a_part_alone_is_outlined_where_that_part_is(
    examiner: Examiner, part: RGBImage, width: int
) -> None:
    (item,) = examiner.examine(printed(part, width)).evidence
    assert overlap_with(item, 300, 60, width, round(width * part.shape[0] / part.shape[1])) > 0.4
    assert item.box.right <= 300 + width + 5
    if item.quad is not None:
        assert max(x for x, _ in item.quad) <= 300 + width + 5


def test_the_evidence_of_a_part_alone_says_so_and_which_part_it_is(examiner: Examiner) -> None:
    (item,) = examiner.examine(printed(sign(), 150)).evidence
    assert item.logo is not None
    assert item.logo.part_alone
    assert item.reference_box is not None
    assert item.reference_box.right <= 310


def test_a_part_without_geometry_is_outlined_by_its_region(examiner: Examiner) -> None:
    description = examiner.describe(examiner.decode(printed(sign(), 150)).frames[0])
    (candidate,) = examiner.match(description)
    assert candidate.region is not None
    (item,) = examiner.verify(
        replace(description, keypoints=KeypointLooks(NONE)), [replace(candidate, region_cosine=-1.0)]
    )
    assert item.logo is not None
    assert (item.quad, item.box, item.logo.part_alone) == (None, candidate.region.box, True)


def test_a_whole_logo_that_a_region_of_its_sign_proposed_is_outlined_as_a_whole(examiner: Examiner) -> None:
    description = examiner.describe(examiner.decode(printed(sign_and_word(), 280)).frames[0])
    (candidate,) = examiner.match(description)
    (of_sign,) = shown_by(examiner, printed(sign(), 150))
    assert examiner.verify(description, [replace(candidate, shown=of_sign)]) == examiner.verify(
        description, [candidate]
    )


def test_pixels_beyond_a_part_show_the_rest_where_the_whole_logo_is(examiner: Examiner) -> None:
    (of_sign,) = shown_by(examiner, printed(sign(), 150))
    thumbnail = examiner.index.thumbnail(0)
    content = examiner.index.references[0].content
    left, top, right, bottom = (280 / 900 * side for side in content)
    left, right, top, bottom = 300 + left, 300 + right, 60 + top, 60 + bottom
    place = (left, top), (right, top), (right, bottom), (left, bottom)
    whole, alone = (examiner.decode(image).frames[0] for image in (printed(sign_and_word(), 280), printed(sign(), 93)))
    assert shows_the_rest(whole, place, thumbnail, of_sign)
    assert not shows_the_rest(alone, place, thumbnail, of_sign)


def test_an_inlier_beyond_a_part_is_found_and_one_on_its_edge_is_not() -> None:
    content, shown = (0, 0, 1000, 300), (0.0, 0.0, 0.3, 1.0)
    assert not reaches_beyond(Box(10, 10, 315, 200), content, shown)
    assert reaches_beyond(Box(10, 10, 500, 200), content, shown)


def test_a_part_lies_where_the_quadrilateral_of_the_logo_takes_it() -> None:
    turned = (100.0, 0.0), (100.0, 200.0), (0.0, 200.0), (0.0, 0.0)
    assert part_quad(turned, (0.0, 0.0, 0.5, 1.0)) == ((100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (0.0, 0.0))
