"""Every image is seen at the size it needs: what is small in a long or composed image is found in its parts."""

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.hashing import PDQ
from brand_index.images import RGBImage
from brand_index.types import ReferenceKind
from scanner import Scanner
from scanner.engine.boxes import Box, overlap
from scanner.engine.examiner import Examiner
from scanner.engine.types import Coverage
from scanner.verdicts import words
from scanner.verdicts.types import Decision, Listing, Reason
from tests.conftest import draw_logo, jpeg

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ROCKET = np.asarray(photographs.rocket(), np.uint8)


def wide(photo: RGBImage, width: int) -> RGBImage:
    size = (width, round(photo.shape[0] * width / photo.shape[1]))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)


def patient(scanner: Scanner, **changed: int) -> Examiner:
    """An examiner over the same index that a busy machine does not end, with other limits."""
    given = scanner._examiner
    settings = given.settings.model_copy(update={"seconds_an_image": 600.0, **changed})
    return Examiner(given.index, given.embedder, given.matcher, given.finder, settings)


@pytest.fixture(scope="module")
def examiner(scanner: Scanner) -> Examiner:
    return patient(scanner)


@pytest.fixture(scope="module")
def page() -> RGBImage:
    """A tall page, 300 pixels wide; a registered photo is at its full width in the middle."""
    white = np.full((400, 300, 3), 255, np.uint8)
    white[180:220, 40:250] = (30, 90, 60)
    blank = [white, wide(ROCKET, 300), white]
    return np.concatenate([*blank, wide(photographs.coffee(), 300), *blank])


def test_a_copy_at_full_width_of_a_tall_page_is_found_and_placed(scanner: Scanner, page: RGBImage) -> None:
    data = jpeg(page)
    top = (page.shape[0] - 200) // 2
    examined = patient(scanner).examine(data)
    best = examined.evidence[0]
    assert best.confidence > 0.8
    assert overlap(best.box, Box(0, top, 300, top + 200)) > 0.9
    assert best.alteration is not None
    assert best.alteration.occupied == pytest.approx(200 / page.shape[0], abs=0.01)
    assert examined.coverage.parts_examined == examined.coverage.part_count > 0
    assert scanner.judge(examined, Listing(), NOW).decision is Decision.BLOCK
    first = PDQ.hashes(scanner._examiner.decode(data).frames[0])
    assert examined.pdq == (None if first is None else first[0].tobytes().hex())


def test_a_copy_that_a_band_cuts_off_is_measured_whole(examiner: Examiner) -> None:
    """Its ground has no seams, so that it is examined in bands of 450 pixels, which the copy is longer than."""
    fade = np.linspace(90, 160, 3000).astype(np.uint8)
    page = np.repeat(np.repeat(fade[:, None, None], 300, axis=1), 3, axis=2)
    copy = np.rot90(wide(photographs.coffee(), 400))
    page[1420:1820, 15:282] = copy
    best = examiner.examine(jpeg(np.ascontiguousarray(page))).evidence[0]
    assert best.alteration is not None
    assert best.confidence > 0.9
    assert best.alteration.visible == pytest.approx(1.0, abs=0.03)
    assert overlap(best.box, Box(15, 1420, 282, 1820)) > 0.9


def test_one_copy_among_sixteen_photos_is_found_in_its_tile(examiner: Examiner) -> None:
    rows = [[np.rot90(ROCKET[:, 40 * place : 40 * place + 427], place % 3) for place in range(4)] for _ in range(4)]
    rows[1][2] = np.asarray(photographs.chelsea(), np.uint8)[:, 80:380]
    tiles = [[np.asarray(cv2.resize(tile, (130, 130), interpolation=cv2.INTER_AREA)) for tile in row] for row in rows]
    image = np.concatenate([np.concatenate(row, axis=1) for row in tiles])
    best = examiner.examine(jpeg(image)).evidence[0]
    assert best.confidence > 0.8
    assert overlap(best.box, Box(260, 130, 390, 260)) > 0.5


def test_a_logo_on_a_tall_page_is_found_as_in_a_single_image(examiner: Examiner) -> None:
    page = np.full((6000, 750, 3), 255, np.uint8)
    page[4000 : 4000 + 477] = wide(ROCKET, 715 + 35)[:477]
    logo = draw_logo("ACME", (200, 30, 40), ground=(255, 255, 255, 255)).convert("RGB").resize((320, 160))
    page[5000:5160, 200:520] = np.asarray(logo)
    evidence = examiner.examine(jpeg(page)).evidence
    assert any(each.confidence > 0.9 and overlap(each.box, Box(200, 5000, 520, 5160)) > 0.7 for each in evidence)


def test_parts_beyond_the_limit_make_a_verdict_incomplete(scanner: Scanner, page: RGBImage) -> None:
    examined = patient(scanner, max_parts=1).examine(jpeg(np.concatenate([page[:1000], page[-1000:]])))
    assert examined.coverage.parts_examined == 1 < examined.coverage.part_count
    verdict = scanner.judge(examined, Listing(), NOW)
    assert verdict.reason is Reason.INCOMPLETE
    assert words.why(verdict) == f"1 of its {examined.coverage.part_count} parts were examined closely."


def test_an_ordinary_photograph_is_examined_once(examiner: Examiner) -> None:
    assert examiner.examine(jpeg(ROCKET)).coverage == Coverage()


def test_a_logo_in_two_panels_of_a_collage_is_one_evidence_with_its_other_place(examiner: Examiner) -> None:
    collage = np.full((640, 640, 3), 255, np.uint8)
    panels = [(10, 10, photographs.coffee()), (330, 330, photographs.chelsea()), (330, 10, ROCKET)]
    for left, top, photo in panels:
        collage[top : top + 300, left : left + 300] = np.asarray(photo, np.uint8)[:300, :300]
    collage[10:310, 330:630] = (226, 219, 200)
    for left, top, colour in ((350, 60, (200, 30, 40)), (40, 370, (20, 60, 140))):
        logo = draw_logo("ACME", colour, ground=(240, 240, 240, 255)).convert("RGB").resize((240, 120))
        collage[top : top + 120, left : left + 240] = np.asarray(logo)
    examined = examiner.examine(jpeg(collage))
    (logo_found,) = (each for each in examined.evidence if each.kind is ReferenceKind.LOGO and each.confidence > 0.5)
    (other,) = logo_found.elsewhere
    shown = [Box(350, 60, 590, 180), Box(40, 370, 280, 490)]
    assert all(max(overlap(each.box, box) for each in (logo_found, other)) > 0.5 for box in shown)
    assert overlap(logo_found.box, other.box) == 0.0
    assert other.confidence <= logo_found.confidence
