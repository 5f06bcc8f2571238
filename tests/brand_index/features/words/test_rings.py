"""Rings of text: drawn badges are found, unrolled and read."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from brand_index.features.weights import read_manifest
from brand_index.features.words.close_reading import lines_on_rings
from brand_index.features.words.lines import LineFinder
from brand_index.features.words.recognition import Recognized, Recognizer
from brand_index.features.words.rings import rings_in
from brand_index.images import RGBImage
from tests.brand_index.features.words.test_reading import reader

SIDE = 320  # pixels of a drawn badge's image
RADIUS = 120  # pixels of a badge


def badge(above: str, below: str = "") -> RGBImage:
    """A dark disc on a light ground with a word along its upper edge, and one along its lower edge, inside up."""
    sheet = Image.new("RGB", (SIDE, SIDE), (228, 222, 210))
    middle = SIDE / 2
    ImageDraw.Draw(sheet).ellipse([middle - RADIUS, middle - RADIUS, middle + RADIUS, middle + RADIUS], (24, 60, 48))
    font = ImageFont.load_default(34)
    for word, is_above in ((above, True), (below, False)):
        for number, letter in enumerate(word):
            from_middle = (number - (len(word) - 1) / 2) * 15
            tile = Image.new("L", (60, 60), 0)
            ImageDraw.Draw(tile).text((30, 30), letter, font=font, fill=255, anchor="mm")
            angle = from_middle if is_above else -from_middle
            turned = tile.rotate(-angle, resample=Image.Resampling.BICUBIC)
            up = np.deg2rad(angle)
            distance = 0.8 * RADIUS * (1 if is_above else -1)
            at = (round(middle + distance * np.sin(up)) - 30, round(middle - distance * np.cos(up)) - 30)
            sheet.paste((240, 240, 235), at, turned)
    return np.asarray(sheet)


def seen_from_the_side(image: RGBImage) -> RGBImage:
    squeezed = cv2.resize(image, (round(SIDE * 0.65), SIDE), interpolation=cv2.INTER_AREA)
    matrix = cv2.getRotationMatrix2D((squeezed.shape[1] / 2, SIDE / 2), 20, 1.0)
    size = (squeezed.shape[1], SIDE)
    return np.asarray(cv2.warpAffine(squeezed, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def texts(image: RGBImage) -> list[str]:
    """What is read, without the spaces that letters set apart leave."""
    return [line.text.replace(" ", "") for line in reader().read_closely(np.ascontiguousarray(image))]


def test_a_badge_is_outlined_by_a_ring() -> None:
    ring = rings_in(badge("TARNVIK"))[0]
    assert ring.centre == pytest.approx((SIDE / 2, SIDE / 2), abs=4)
    assert ring.axes == pytest.approx((RADIUS, RADIUS), abs=5)


def test_what_is_not_round_has_no_ring() -> None:
    sheet = np.full((200, 300, 3), 230, np.uint8)
    sheet[60:140, 40:260] = (30, 40, 90)
    assert rings_in(sheet) == ()


def test_a_flat_image_has_no_ring() -> None:
    assert rings_in(np.full((40, 60, 3), 90, np.uint8)) == ()


def test_a_word_along_the_edge_of_a_badge_is_read() -> None:
    assert any("TARNVIK" in text for text in texts(badge("TARNVIK")))


def test_a_word_along_the_lower_edge_is_read_the_other_way_up() -> None:
    said = texts(badge("ORLANDA", "KORVELO"))
    assert any("KORVELO" in text for text in said), said
    assert any("ORLANDA" in text for text in said), said


def test_a_short_line_that_is_surely_read_is_not_tried_upside_down(monkeypatch: pytest.MonkeyPatch) -> None:
    widths: list[int] = []
    recognize = Recognizer.recognize

    def counted(recognizer: Recognizer, line: RGBImage) -> Recognized:
        widths.append(line.shape[1])
        return recognize(recognizer, line)

    monkeypatch.setattr(Recognizer, "recognize", counted)
    manifest = read_manifest()
    assert manifest.lines is not None
    assert manifest.characters is not None
    finder, recognizer = LineFinder(manifest.lines), Recognizer(manifest.characters)
    said = [line.text.replace(" ", "") for line in lines_on_rings(badge("TARNVIK"), finder, recognizer)]
    assert said == ["TARNVIK"]
    assert len(widths) == 1


def test_a_badge_seen_from_the_side_is_read() -> None:
    said = texts(seen_from_the_side(badge("TARNVIK")))
    assert any("TARNVIK" in text for text in said), said


def test_a_word_on_a_ring_has_a_box_around_its_arc() -> None:
    line = next(each for each in reader().read_closely(badge("TARNVIK")) if each.text.replace(" ", "") == "TARNVIK")
    (left, top), _, (right, bottom), _ = line.corners
    assert line.bent
    assert top == pytest.approx(SIDE / 2 - RADIUS, abs=20)
    assert bottom < SIDE / 2 + 10
    assert left < SIDE / 2 < right


def test_the_corners_of_a_part_of_a_bent_line_are_those_of_the_line() -> None:
    line = next(each for each in reader().read_closely(badge("TARNVIK")) if each.bent)
    assert line.part(0, 2) == line.corners


def test_a_photo_without_a_badge_says_little() -> None:
    photo = np.ascontiguousarray(data.astronaut()[:256, :256])
    assert all(len(text) < 4 for text in texts(photo))
