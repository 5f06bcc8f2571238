"""Measures how a listing alters a registered photo: crop, paste, rotation, overlay, colour, brightness."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.colours import TINTS, Tints, tint_similarity, tints
from brand_index.images import RGBImage
from scanner.engine.boxes import Quad
from scanner.engine.photometry import WINDOW, rectify, shifted_ncc
from scanner.engine.types import Alteration

OVERLAID: Final = 0.2  # local ncc below which a window shows something other than the registered photo
LEAST_LIGHT: Final = 4.0  # grey levels: below it all are practically black


def alteration_of(
    image: RGBImage,
    quad: Quad,
    size: tuple[int, int],
    thumbnail: NDArray[np.uint8],
    registered: Tints,
    *,
    mirrored: bool,
) -> Alteration:
    """The differences between the pixels under `quad` of a (H, W, 3) image and the reference.

    `size` (width, height), `thumbnail` (S, S) grey and `registered` tints are the reference's; `mirrored` is as in the
    evidence.
    """
    corners = np.array(quad, np.float32)
    height, width = image.shape[:2]
    frame = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    shared_area, shared = cv2.intersectConvexConvex(cv2.convexHull(corners), frame)
    part = _to_reference(np.asarray(shared, np.float32).reshape(-1, 2), corners, size)
    rectified, inside = rectify(image, corners, thumbnail.shape[::-1])
    grey = np.asarray(cv2.cvtColor(rectified, cv2.COLOR_RGB2GRAY), np.float32)
    by_shift = shifted_ncc(grey, thumbnail, inside)
    # Geometry is not exact to the pixel, so a window at the edge may include pixels beyond the photo.
    inner = [ncc[WINDOW // 2 : -(WINDOW // 2), WINDOW // 2 : -(WINDOW // 2)] for ncc in by_shift.values()]
    windows = [ncc[~np.isnan(ncc)] for ncc in inner]
    best = max((ncc for ncc in windows if len(ncc)), key=lambda ncc: float(ncc.mean()), default=None)
    visible = cv2.resize(inside.astype(np.float32), (TINTS, TINTS), interpolation=cv2.INTER_AREA) > 0.9
    colour = tint_similarity(tints(rectified), registered, visible)
    light = None
    if inside.any():
        listing, reference = float(grey[inside].mean()), float(thumbnail[inside].mean())
        light = round(float(np.log2(max(listing, LEAST_LIGHT) / max(reference, LEAST_LIGHT))), 2)
    return Alteration(
        part=tuple((round(float(x), 1), round(float(y), 1)) for x, y in part),
        visible=_share(float(cv2.contourArea(part)) / max(1, (size[0] - 1) * (size[1] - 1))) if len(part) else 0.0,
        occupied=_share(shared_area / max(float(cv2.contourArea(frame)), 1.0)),
        turned=_rotation(corners, mirrored=mirrored),
        overlaid=None if best is None else _share(float((best < OVERLAID).mean())),
        colour=None if colour is None else round(colour, 4),
        light=light,
    )


def _to_reference(
    points: NDArray[np.float32], corners: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.float32]:
    """The (N, 2) `points` of a listing in pixels of the reference whose (4, 2) quadrilateral there is `corners`."""
    if len(points) < 3:
        return np.zeros((0, 2), np.float32)
    right, bottom = max(1, size[0] - 1), max(1, size[1] - 1)
    target = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], np.float32)
    to_reference = cv2.getPerspectiveTransform(corners, target)
    return np.asarray(cv2.perspectiveTransform(points[None], to_reference)[0], np.float32)


def _rotation(corners: NDArray[np.float32], *, mirrored: bool) -> float:
    """The rotation in degrees clockwise, −180 to 180, after any left-right mirroring."""
    across = (corners[1] - corners[0]) + (corners[2] - corners[3])
    if mirrored:
        across = -across
    return round(float(np.degrees(np.arctan2(across[1], across[0]))), 1)


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)
