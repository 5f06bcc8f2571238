"""Tells stickers and banners that lie over a photo from other goods in it: by their outline and how they are drawn."""

from typing import Final

import cv2
import numpy as np

from brand_index.features.goods import LIKELY, Goods
from brand_index.images import RGBImage
from scanner.engine.bounds.photos import MOST_HIDDEN, SIMPLE
from scanner.engine.photos.windows import Mask, Windows, window_of

LEAST_AREA: Final = 0.005  # of the photo: smaller pieces have no outline to speak of
GAPS: Final = 5  # pixels: gaps so wide within a piece are closed
RIM: Final = 9  # pixels: so near its rim a piece is not even
AROUND: Final = 7  # pixels of the window that is even, or not
BAND: Final = (0.06, 0.3)  # of the photo's height, or width: less is a line, more is another photo
REACHES: Final = 0.03  # of the other side: how near its edges a band begins and ends
FILLED: Final = 0.5  # of a row: letters may have the colour of what is under them
BESIDE: Final = 0.02  # of the area: more beside a band is no band alone
ONE_PIECE: Final = (0.05, 0.6)  # of the area: a smaller piece is seen as it is, and a larger one is another image
EVEN: Final = 1.0  # levels of 255, standard deviation: a photograph has more, whatever it shows


def simple_outline(solid: Mask) -> float:
    """How near solid changes, (H, W), are to ellipses and rectangles, 0..1, by area; 1 where there are none.

    That is the intersection over union of a piece, its holes filled, with the better of the two: the rectangle of
    least area about it, and the ellipse of its moments.
    """
    closed = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((GAPS, GAPS), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    pieces = [each for each in contours if cv2.contourArea(each) >= LEAST_AREA * solid.size]
    areas = [cv2.contourArea(each) for each in pieces]
    if not pieces:
        return 1.0
    return float(np.average([_nearness(each, closed.shape) for each in pieces], weights=areas))


def with_one_sticker(solid: Mask, windows: Windows, goods: Goods) -> Mask:
    """Solid changes, (H, W), and all of the sticker that they are a part of, where there is one and nothing else.

    Some of a sticker may have the colours of what is under it, but its windows differ there, too. So all that differs
    is one piece, which is filled where it is as near to an ellipse or a rectangle as stickers are, and leaves some of
    the `goods`: in the place of all of them are others.
    """
    shape = windows.valid.shape
    covered = np.asarray(cv2.resize(solid.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    window = window_of(shape)
    differ = (windows.valid & windows.differ).astype(np.uint8)
    # Windows beside a sticker see some of it.
    inner = np.asarray(cv2.erode(differ, np.ones((window // 2 | 1, window // 2 | 1), np.uint8)), np.uint8)
    joined = cv2.morphologyEx(covered | inner, cv2.MORPH_CLOSE, np.ones((window | 1, window | 1), np.uint8))
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return solid
    largest = max(contours, key=cv2.contourArea)
    piece = np.zeros(shape, np.uint8)
    cv2.fillPoly(piece, [cv2.convexHull(largest)], 1)
    around = cv2.dilate(piece, np.ones((window + GAPS, window + GAPS), np.uint8)) > 0
    beside = float(np.mean(((differ | covered) > 0)[~around])) if not around.all() else 0.0
    hidden = piece[cv2.resize(goods, shape[::-1], interpolation=cv2.INTER_LINEAR) > LIKELY]
    is_one = ONE_PIECE[0] <= piece.mean() <= ONE_PIECE[1] and beside <= BESIDE
    if not is_one or (hidden.size and hidden.mean() > MOST_HIDDEN) or _nearness(largest, shape) < SIMPLE:
        return solid
    return solid | (cv2.resize(piece, solid.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)


def _nearness(contour: cv2.typing.MatLike, shape: tuple[int, ...]) -> float:
    piece, rectangle, ellipse = (np.zeros(shape, np.uint8) for _ in range(3))
    cv2.drawContours(piece, [contour], -1, 1, cv2.FILLED)
    cv2.fillPoly(rectangle, [cv2.boxPoints(cv2.minAreaRect(contour)).astype(np.int32)], 1)
    moments = cv2.moments(piece, binaryImage=True)
    across, both, down = (moments[name] / moments["m00"] for name in ("mu20", "mu11", "mu02"))
    spread, axes = np.linalg.eigh(np.array([[across, both], [both, down]]))
    middle = (moments["m10"] / moments["m00"], moments["m01"] / moments["m00"])
    sides = (4 * float(np.sqrt(max(spread[1], 0.1))), 4 * float(np.sqrt(max(spread[0], 0.1))))
    cv2.ellipse(ellipse, (middle, sides, float(np.degrees(np.arctan2(axes[1, 1], axes[0, 1])))), 1, cv2.FILLED)
    return max(float((piece & each).sum() / max(1, (piece | each).sum())) for each in (rectangle, ellipse))


def drawn(solid: Mask, listing: RGBImage) -> float:
    """The share of solid changes, (H, W), without their rims, that is even in the listing, (H, W, 3), 0..1.

    1 where nothing but rims is left, as of strokes.
    """
    inner = cv2.erode(solid.astype(np.uint8), np.ones((RIM, RIM), np.uint8)) > 0
    if not inner.any():
        return 1.0
    levels = listing.astype(np.float32)
    mean = cv2.blur(levels, (AROUND, AROUND))
    variance = np.asarray(cv2.blur(levels * levels, (AROUND, AROUND)) - mean * mean).max(axis=2)
    return float((variance[inner] < EVEN**2).mean())


def band_across(solid: Mask) -> Mask | None:
    """(H, W), where one band lies across all of a photo, from side to side or from top to bottom, and nothing else is.

    None: there is no such band.
    """
    for turned in (False, True):
        mask = solid.T if turned else solid
        edge = max(1, round(REACHES * mask.shape[1]))
        rows = mask[:, :edge].any(axis=1) & mask[:, -edge:].any(axis=1) & (mask.mean(axis=1) > FILLED)
        found = np.flatnonzero(rows)
        if not len(found):
            continue
        band = np.zeros_like(mask)
        band[found[0] : found[-1] + 1] = True
        if BAND[0] <= band.mean() <= BAND[1] and float((mask & ~band).mean()) <= BESIDE:
            return band.T if turned else band
    return None
