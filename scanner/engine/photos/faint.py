"""Compares the folds of goods that are nearly one tone, black or white, whose contrast is too faint for the windows."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from brand_index.features.goods import Goods
from brand_index.images import RGBImage
from scanner.engine.photos.changes import Pixels, solid_changes
from scanner.engine.photos.colours import compare_colours
from scanner.engine.photos.windows import RICH, WINDOW, Mask, Plane, Windows, compare

SIDE: Final = 192  # pixels of the long side: what compression adds to each pixel is evened out, and folds are left
TONES: Final = (2, 98)  # per cent of the goods' pixels between which their tones lie
FAINT: Final = 0.06  # mean richness of the goods' windows, below which they have none to speak of
GAIN: Final = 6.0  # at most
OUTLINE: Final = 0.05  # of the long side: so far from the outline of the goods their folds begin
LEAST_AREA: Final = 0.05  # of the photo within that: with less there are no goods to speak of
LEAST_FOLDS: Final = 1.0  # rich windows: with fewer the goods are a shape
AGREE: Final = 0.9  # of the folds: where fewer agree, it may be noise that hides them
OWN_COLOUR: Final = 0.5  # share of the goods that keeps its colour, below which they are of another one
GOODS: Final = 127  # of 255, from which a pixel is of the goods


def with_folds(
    windows: Windows, plate: RGBImage, mapped: Pixels, listing: RGBImage, inside: Mask, goods: Goods
) -> Windows:
    """The windows, of which those on faint goods say how their folds agree once their tones are spread.

    `plate`, the plate `mapped` to the listing's colours and the rectified `listing` are (H, W, 3), `inside` (H, W) is
    where the photo is visible. A few grey levels are noise in one window, but goods that fell otherwise have folds
    elsewhere. Of goods in another colour folds are not compared: they are others, whose hems may run as these do. Tones
    are spread in each image, whatever its light. Folds that do not agree say nothing, and what lies over the goods is
    left to the windows as they are.
    """
    within = _within_goods(goods, windows.valid.shape[::-1]) & windows.valid
    if within.mean() < LEAST_AREA or float(np.minimum(windows.content[within] / RICH, 1).mean()) > FAINT:
        return windows
    scale = min(1.0, SIDE / max(plate.shape[:2]))
    size = (max(1, round(plate.shape[1] * scale)), max(1, round(plate.shape[0] * scale)))
    seen = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    solid = solid_changes(mapped, listing, inside, goods)
    colours = compare_colours(plate, mapped, listing, inside, goods, solid, is_plain=True)
    colour = colours.goods if colours.rest is None else colours.rest
    if colour is not None and colour < OWN_COLOUR:
        return windows
    covered = _sized(solid, size[::-1]).astype(np.uint8)
    near = cv2.dilate(covered, np.ones((WINDOW + 1, WINDOW + 1), np.uint8)) > 0
    inner = _within_goods(goods, size) & seen & ~near
    if inner.mean() < LEAST_AREA:
        return windows
    reference, query = (
        np.asarray(cv2.cvtColor(cv2.resize(each, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY), np.float32)
        for each in (plate, listing)
    )
    folds = compare(_spread(reference, inner), _spread(query, inner), seen)
    kept = _sized(inner, folds.valid.shape)
    if float(np.minimum(folds.content[kept] / RICH, 1).sum()) < LEAST_FOLDS * WINDOW**2:
        return windows
    known = kept & (folds.agree | folds.replaced | folds.removed)
    if float(folds.content[known & folds.agree].sum()) < AGREE * float(folds.content[known].sum()):
        return windows
    shape = windows.valid.shape
    on_goods = _sized(kept, shape)

    def merged(usual: Mask, of_folds: Mask) -> Mask:
        return np.where(on_goods, _sized(of_folds, shape), usual)

    content = cv2.resize(folds.content, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return replace(
        windows,
        content=np.where(on_goods, content, windows.content).astype(np.float32),
        valid=merged(windows.valid, folds.valid),
        agree=merged(windows.agree, folds.agree),
        replaced=merged(windows.replaced, folds.replaced),
        removed=merged(windows.removed, folds.removed),
        added=merged(windows.added, folds.added),
        faint=on_goods,
    )


def _within_goods(goods: Goods, size: tuple[int, ...]) -> Mask:
    """Where the goods are, (h, w), without a band along their outline, for an image of `size` width and height."""
    likely = (cv2.resize(goods, size, interpolation=cv2.INTER_LINEAR) > GOODS).astype(np.uint8)
    side = max(3, round(2 * OUTLINE * max(size))) | 1
    return np.asarray(cv2.erode(likely, np.ones((side, side), np.uint8))) > 0


def _spread(plane: Plane, inner: Mask) -> RGBImage:
    low, high = np.percentile(plane[inner], TONES)
    gain = min(GAIN, 255 / max(float(high - low), 1.0))
    levels = np.clip((plane - (low + high) / 2) * gain + 127.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB), np.uint8)


def _sized(mask: Mask, shape: tuple[int, ...]) -> Mask:
    return np.asarray(cv2.resize(mask.astype(np.uint8), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)) > 0
