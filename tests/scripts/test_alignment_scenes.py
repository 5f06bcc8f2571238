"""A composite shows its reference where it says."""

import cv2
import numpy as np
import pytest
from benchmarks.alignment_scenes import LOGOS, PHOTOS, Composite, chance_of, corners_of, homography
from benchmarks.materials import Materials
from numpy.typing import NDArray
from skimage import data as photographs

from tests.conftest import draw_logo

ASTRONAUT, COFFEE = (np.asarray(each, np.uint8) for each in (photographs.astronaut(), photographs.coffee()))
PLAIN = np.full((400, 600, 3), (200, 190, 180), np.uint8)


def correlation(made: Composite, reference: NDArray[np.uint8]) -> float:
    """Between the gradients of the listing, brought back onto the reference, and those of the reference, where seen."""
    size = (256, 256)
    back = homography(made.corners, corners_of(np.empty(size, np.uint8)))
    listing = cv2.warpPerspective(cv2.cvtColor(made.listing, cv2.COLOR_RGB2GRAY), back, size)
    seen = cv2.warpPerspective(np.full(made.listing.shape[:2], 255, np.uint8), back, size)
    own = cv2.resize(cv2.cvtColor(reference, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    inside = cv2.erode(seen, np.ones((9, 9), np.uint8)) > 0
    strengths = []
    for image in (listing, own):
        smooth = cv2.GaussianBlur(image, (0, 0), 2).astype(np.float32)
        strength = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))[inside]
        strengths.append((strength - strength.mean()) / strength.std())
    return float((strengths[0] * strengths[1]).mean())


@pytest.mark.parametrize("kind", PHOTOS)
def test_an_edited_photo_lies_where_its_corners_say(kind: str) -> None:
    made = PHOTOS[kind](ASTRONAUT, Materials(chance_of(1, kind, "astronaut"), [COFFEE]))
    assert correlation(made, ASTRONAUT) > (0.3 if kind in {"sticker, banner", "several at once"} else 0.8)


@pytest.mark.parametrize("kind", LOGOS)
def test_a_printed_logo_lies_where_its_corners_say(kind: str) -> None:
    logo = np.asarray(draw_logo("ACME", (20, 60, 160)), np.uint8)
    made = LOGOS[kind](logo, Materials(chance_of(2, kind, "acme"), [PLAIN]))
    on_white = np.where(logo[..., 3:] > 127, logo[..., :3], np.uint8(255))
    assert correlation(made, on_white) > 0.25
