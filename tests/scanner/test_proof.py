"""What speaks for a candidate is measured wherever the candidate came from."""

import cv2
import numpy as np
from skimage import data as photographs

from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.candidates import Candidate
from scanner.pipeline import Examiner
from scanner.settings import Settings
from tests.conftest import draw_logo

NO_CLOSE_UPS = Settings(closer_look=1.0)


def sticker(photo: RGBImage) -> RGBImage:
    """`photo` with Acme's logo on it, 320 px wide."""
    logo = np.asarray(draw_logo("ACME", (200, 30, 40), ground=(250, 250, 250, 255)).convert("RGB"))
    marked = photo.copy()
    marked[100:260, 150:470] = cv2.resize(logo, (320, 160))
    return marked


def test_a_logo_that_only_looks_alike_is_tied_by_the_keypoints_of_the_whole_picture(store: Store) -> None:
    examiner = Examiner.open(store, NO_CLOSE_UPS)
    description = examiner.describe(sticker(np.asarray(photographs.rocket(), np.uint8)))
    catalog = examiner.index.references
    acme = next(n for n, each in enumerate(catalog) if (each.brand, each.kind) == ("acme", ReferenceKind.LOGO))
    (item,) = examiner.verify(description, [Candidate(acme, region=description.regions[0], alike=0.5)])
    assert item.inliers is not None
    assert item.inliers >= 10
