"""The two images of an overlay coincide, and there is no overlay where they would not."""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data as photographs

from brand_index.types import ReferenceImage, ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.types import NO_PHOTO, Evidence, Shared, Where
from scanner.service.workers.drawing import DIFFERS, LINE, DrawingRequest, draw, draw_full, thumbnail
from scanner.settings import Settings
from tests.conftest import draw_logo, in_perspective, jpeg, png
from tests.scanner.found_words import a_place, a_word

VISIBLE = (12, 12, 628, 308)  # of the logo in its file, which has transparent margins below and on the right here
LOGO = Image.new("RGBA", (900, 500))
LOGO.paste(draw_logo("ACME", (20, 60, 160)))
PLACE = ((90.0, 60.0), (400.0, 90.0), (390.0, 240.0), (80.0, 210.0))


@pytest.fixture
def request_of_logo(tmp_path: Path) -> DrawingRequest:
    """A logo on a photo, where the quadrilateral of its visible part is known."""
    data = png(LOGO)
    (tmp_path / "acme.png").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    registered = datetime(2026, 1, 1, tzinfo=UTC)
    kind, (wide, high) = ReferenceKind.LOGO, LOGO.size
    reference = ReferenceImage("r", "acme", kind, digest, ".png", 1, "acme.png", wide, high, (), registered, None)
    listing = in_perspective(LOGO.crop(VISIBLE), PLACE, np.asarray(photographs.coffee(), np.uint8))
    box = Box(80, 60, 401, 241)
    evidence = Evidence(
        "r", "acme", kind, box, PLACE, Box(*VISIBLE), None, 30, 0.5, 0.9, False, False, 0, 0.99, refined=True
    )
    return DrawingRequest(jpeg(listing, 95), reference, tmp_path / "acme.png", evidence)


def test_a_refined_logo_lies_over_the_part_of_its_file_that_is_visible(request_of_logo: DrawingRequest) -> None:
    drawn = draw(request_of_logo, Settings())
    listing, reference = (
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.float64)
        for data in (drawn.aligned_listing or b"", drawn.aligned_reference or b"")
    )
    assert listing.shape == reference.shape == (500, 900, 3)
    blue = [(image[..., 2] - image[..., 0])[12:308, 12:628].ravel() > 80 for image in (listing, reference)]
    assert (blue[0] & blue[1]).sum() > 0.6 * (blue[0] | blue[1]).sum()


def test_there_is_no_overlay_where_the_two_do_not_coincide(request_of_logo: DrawingRequest) -> None:
    assert request_of_logo.evidence is not None
    doubtful = replace(request_of_logo, evidence=replace(request_of_logo.evidence, refined=False))
    drawn = draw(doubtful, Settings())
    assert drawn.listing is not None
    assert drawn.reference is not None
    assert (drawn.aligned_listing, drawn.aligned_reference) == (None, None)


def pixels_of(data: bytes | None) -> NDArray[np.int32]:
    return np.asarray(Image.open(io.BytesIO(data or b"")).convert("RGB"), np.int32)


def drawn_in(image: NDArray[np.int32], tint: tuple[int, int, int]) -> int:
    """How many pixels have this colour, roughly: WebP changes it."""
    return int((np.abs(image - tint).max(axis=2) < 60).sum())


def test_regions_and_differing_parts_are_drawn_in_colours_of_their_own_and_at_full_size_if_asked(
    request_of_logo: DrawingRequest,
) -> None:
    assert request_of_logo.evidence is not None
    agree, differ = ((120.0, 90.0), (220.0, 95.0), (200.0, 160.0)), ((250.0, 110.0), (380.0, 110.0), (380.0, 200.0))
    measured = replace(NO_PHOTO, region=(agree,), differing=(differ,), shared=Shared.TEMPLATE)
    request = replace(request_of_logo, evidence=replace(request_of_logo.evidence, photo=measured))
    drawn = draw(request, Settings())
    for image in (drawn.listing, drawn.reference, draw_full(request, Settings(), outlined=True).listing):
        assert drawn_in(pixels_of(image), DIFFERS) > 100
    assert drawn_in(pixels_of(draw_full(request, Settings()).listing), DIFFERS) < 20


def test_a_tall_image_is_drawn_as_the_part_with_the_match_beside_the_whole() -> None:
    tall = np.full((3000, 300, 3), 200, np.uint8)
    tall[2000:2200] = np.asarray(photographs.coffee(), np.uint8)[:200, :300]
    quad = ((0.0, 2000.0), (300.0, 2000.0), (300.0, 2200.0), (0.0, 2200.0))
    box = Box(0, 2000, 300, 2200)
    kind = ReferenceKind.PHOTO
    found = Evidence("r", "acme", kind, box, quad, None, None, 30, 0.5, 0.9, False, False, 0, 0.99)
    request = DrawingRequest(jpeg(tall, 95), None, None, found)
    height, width, _ = pixels_of(draw(request, Settings()).listing).shape
    assert height < 1.2 * width
    assert drawn_in(pixels_of(thumbnail(request, Settings())), LINE) > 100


def request_of_word(folder: Path, evidence: Evidence, word: str) -> DrawingRequest:
    """A grey listing image, and a registered word with its file."""
    (folder / "word.txt").write_bytes(data := word.encode())
    digest, registered = hashlib.sha256(data).hexdigest(), datetime(2026, 1, 1, tzinfo=UTC)
    known = ReferenceImage("r", "acme", ReferenceKind.WORD, digest, ".txt", 1, word, 0, 0, (), registered, None)
    return DrawingRequest(jpeg(Image.new("RGB", (200, 100), "grey"), 95), known, folder / "word.txt", evidence)


@pytest.mark.parametrize(("where", "is_boxed"), [(Where.IMAGE, True), (Where.TITLE, False)])
def test_a_word_is_boxed_where_it_was_read_and_not_where_the_title_has_it(
    tmp_path: Path, where: Where, is_boxed: bool
) -> None:
    request = request_of_word(tmp_path, a_word(a_place(where, "Tarnvik", "Tarnvik")), "Tarnvik")
    full = draw_full(request, Settings(), outlined=True)
    small = thumbnail(request, Settings())
    for image in (draw(request, Settings()).listing, full.listing, small):
        assert (drawn_in(pixels_of(image), LINE) > 50) == is_boxed


def test_a_registered_word_is_never_drawn_though_it_reads_like_an_image(tmp_path: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    request = request_of_word(tmp_path, a_word(a_place(Where.IMAGE, "Tarnvik", "Tarnvik")), svg)
    drawn = draw(request, Settings())
    assert (drawn.reference, drawn.aligned_listing, drawn.aligned_reference) == (None, None, None)
    assert draw_full(request, Settings(), outlined=True).reference is None
    assert draw(replace(request, listing=None), Settings()).reference is None
