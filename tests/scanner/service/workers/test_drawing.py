"""The two images of an overlay coincide, and there is no overlay where they would not."""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.types import ReferenceImage, ReferenceKind
from scanner.engine.types import Box, Evidence
from scanner.service.workers.drawing import DrawingRequest, draw
from scanner.settings import Settings
from tests.conftest import draw_logo, in_perspective, jpeg, png

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
