"""What was done to a registered photo before it was shown: crop, paste, turn, cover, colour, light."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.colours import TINTS, Tints, tint_agreement, tints
from brand_index.images import RGBImage
from scanner.engine.photometry import WINDOW, agreements, rectify
from scanner.engine.types import Alteration, Quad

COVERED: Final = 0.2  # local correlation under which a window shows something else than the registered photo
LEAST_LIGHT: Final = 4.0  # grey levels: under it black is as good as black


def alteration_of(
    image: RGBImage,
    quad: Quad,
    size: tuple[int, int],
    thumbnail: NDArray[np.uint8],
    registered: Tints,
    *,
    mirrored: bool,
) -> Alteration:
    """How the reference that lies under `quad` of a (H, W, 3) image differs from what was registered.

    `size` (width, height), `thumbnail` (S, S) grey and `registered` tints are the reference's; `mirrored` as the
    evidence says.
    """
    corners = np.array(quad, np.float32)
    height, width = image.shape[:2]
    frame = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    shared, shown = cv2.intersectConvexConvex(cv2.convexHull(corners), frame)
    part = _in_reference(np.asarray(shown, np.float32).reshape(-1, 2), corners, size)
    laid, inside = rectify(image, corners, len(thumbnail))
    grey = np.asarray(cv2.cvtColor(laid, cv2.COLOR_RGB2GRAY), np.float32)
    shifts = agreements(grey, thumbnail, inside)
    # A window at the edge also sees what lies beyond, since no geometry is exact to the pixel.
    middles = [local[WINDOW // 2 : -(WINDOW // 2), WINDOW // 2 : -(WINDOW // 2)] for local in shifts.values()]
    windows = [local[~np.isnan(local)] for local in middles]
    best = max((local for local in windows if len(local)), key=lambda local: float(local.mean()), default=None)
    seen = cv2.resize(inside.astype(np.float32), (TINTS, TINTS), interpolation=cv2.INTER_AREA) > 0.9
    colour = tint_agreement(tints(laid), registered, seen)
    light = None
    if inside.any():
        listing, reference = float(grey[inside].mean()), float(thumbnail[inside].mean())
        light = round(float(np.log2(max(listing, LEAST_LIGHT) / max(reference, LEAST_LIGHT))), 2)
    return Alteration(
        part=tuple((round(float(x), 1), round(float(y), 1)) for x, y in part),
        visible=_share(float(cv2.contourArea(part)) / max(1, (size[0] - 1) * (size[1] - 1))) if len(part) else 0.0,
        occupied=_share(shared / max(float(cv2.contourArea(frame)), 1.0)),
        turned=_turned(corners, mirrored=mirrored),
        overlaid=None if best is None else _share(float((best < COVERED).mean())),
        colour=None if colour is None else round(colour, 4),
        light=light,
    )


def _in_reference(
    shown: NDArray[np.float32], corners: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.float32]:
    """(N, 2) corners that lie within a reference's (4, 2) quadrilateral in a listing, as corners in its own pixels."""
    if len(shown) < 3:
        return np.zeros((0, 2), np.float32)
    right, bottom = max(1, size[0] - 1), max(1, size[1] - 1)
    own = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], np.float32)
    back = cv2.getPerspectiveTransform(corners, own)
    return np.asarray(cv2.perspectiveTransform(shown[None], back)[0], np.float32)


def _turned(corners: NDArray[np.float32], *, mirrored: bool) -> float:
    """By how many degrees clockwise, −180 to 180, after any mirroring left for right."""
    across = (corners[1] - corners[0]) + (corners[2] - corners[3])
    if mirrored:
        across = -across
    return round(float(np.degrees(np.arctan2(across[1], across[0]))), 1)


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)
