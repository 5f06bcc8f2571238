"""Compares the finest grain of surfaces: furniture in another wood shares all of a photo but that with another's."""

from typing import Final, NamedTuple

import cv2
import numpy as np

from brand_index.images import RGBImage
from scanner.engine.photos.windows import ENOUGH, QUIET, WINDOW, Mask, Plane, best_covariance, blurred, box

FINEST, COARSEST = 0.8, 4.0  # pixels: standard deviations of the blurs between which grain lies
STRONGEST: Final = 4.0  # grey levels: edges are stronger, and are no grain
GRAIN: Final = 0.8  # grey levels of deviation, from which a surface has any
NOISY: Final = 3.0  # likewise, in multiples of what is unexplained in the quiet windows: compression changes as much
UNLIKE: Final = 0.5  # ncc below which the grain is another's
FRINGE: Final = 7  # pixels: a thinner strip is beside what lies over the photo
BESIDE: Final = 33  # pixels of the square around a solid change whose pixels compression changes, too


class Surfaces(NamedTuple):
    """How the grain of a listing's surfaces is that of the photo."""

    other: float = 0.0  # 0..1: share of the area in which nothing differs but the grain
    covered: float | None = None  # 0..1: correlation of the grain under solid changes, the median; None: it has none


def compare_surfaces(plate: RGBImage, listing: RGBImage, valid: Mask, differs: Mask, solid: Mask) -> Surfaces:
    """Compare the grain of both images, (H, W, 3), in the `valid` windows, (H, W): outside and under `solid` changes.

    What `differs` does so by more than its grain. A copy that lost its grain, or whose noise is as strong everywhere,
    has no other one.
    """
    if not valid.any():
        return Surfaces()
    reference, query = _grain(plate), _grain(listing)
    nothing = np.zeros_like(reference)  # the mean of grain
    deviation, query_deviation = (np.sqrt(np.maximum(box(each * each, WINDOW), 0)) for each in (reference, query))
    floor = np.float32(GRAIN / 4)
    best = best_covariance(reference, nothing, query, nothing, np.maximum(query_deviation, floor), WINDOW)
    ncc = np.clip(best / np.maximum(deviation, floor), 0, 1)
    unexplained = np.sqrt(1 - ncc**2) * query_deviation
    least = max(GRAIN, NOISY * float(np.percentile(unexplained[valid], QUIET)))
    both = np.minimum(deviation, query_deviation)
    beside = cv2.dilate(solid.astype(np.uint8), np.ones((BESIDE, BESIDE), np.uint8)) > 0
    other = valid & ~differs & ~beside & (both > least) & (unexplained > least) & (ncc < UNLIKE)
    opened = cv2.morphologyEx(other.astype(np.uint8), cv2.MORPH_OPEN, np.ones((FRINGE, FRINGE), np.uint8))
    covered = ncc[valid & solid & (both > GRAIN)]
    return Surfaces(
        other=round(float(opened[valid].mean()), 4),
        covered=round(float(np.median(covered)), 4) if len(covered) >= ENOUGH else None,
    )


def _grain(image: RGBImage) -> Plane:
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32)
    return np.asarray(np.clip(blurred(grey, FINEST) - blurred(grey, COARSEST), -STRONGEST, STRONGEST), np.float32)
