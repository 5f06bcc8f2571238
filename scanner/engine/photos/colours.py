"""Measures how far a listing image shows a photo in its own colours, and whether its hues were turned."""

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.goods import Goods
from brand_index.images import RGBImage
from scanner.engine.photos.changes import GOODS, GREY, Pixels, chroma
from scanner.engine.photos.windows import Mask

CELLS: Final = 32  # a side: the grid on which colours are compared
NEAR: Final = 14.0  # of CIELAB in 8 bits, lightness at a quarter: colours that a compressed copy keeps are nearer
LIGHTNESS: Final = 0.25  # weight of a difference in lightness, which exposure and gamma change
ENOUGH: Final = 0.2  # of the goods: with less left beyond solid changes their colour says nothing
ENOUGH_GROUND: Final = 0.05  # likewise of the area
DARKEST, LIGHTEST = 0.2, 1.8  # times the photo's light, between which a listing is taken to be darkened or lightened
DARKEST_GREY, LIGHTEST_GREY = 0.6, 1.6  # likewise, that somebody took the colours of
IN_SHADE: Final = 0.5  # times the photo's light, below which goods are not just darkened if their ground is not
KEPT: Final = 0.85  # of the ground, from which it is as light as it was
GREY_COUNTS: Final = 0.8  # of a colour that agrees in lightness alone: other goods may be grey
FEWEST: Final = 20  # cells that one map explains, from which it is asked whether it turned their colours
COLOURLESS: Final = 2.0  # levels of a and b, standard deviation: with less, a turn is noise
LIGHT_TURNS: Final = 20.0  # degrees about which light may turn colours
SURELY_TURNED: Final = 40.0  # degrees from which somebody surely did


class Colours(NamedTuple):
    """Shares, 0..1, of the cells whose colours agree; None: the listing alone is grey, or hardly anything is there."""

    goods: float | None = None
    rest: float | None = None  # of the goods beyond solid changes
    ground: float | None = None
    turned: float | None = None  # of the area whose colours one map explains, if it turned them as no light does


def compare_colours(
    plate: RGBImage, mapped: Pixels, listing: RGBImage, inside: Mask, goods: Goods, solid: Mask, *, is_plain: bool
) -> Colours:
    """Compare the colours of a plate with the rectified listing, (H, W, 3) each, where `inside` (H, W) it is visible.

    `mapped` is the plate after one map of all its colours, `solid` (H, W) where the listing covers it. The exposure of
    the goods is undone first. A grey listing whose ground has lost its colours too says nothing; any other, and that of
    plain goods, may show grey, black or white goods, and is compared in lightness.
    """
    size = (CELLS, CELLS)
    seen, rest = (
        np.asarray(cv2.resize(each.astype(np.float32), size, interpolation=cv2.INTER_AREA)) > 0.9
        for each in (inside, inside & ~solid)
    )
    weights = np.asarray(cv2.resize(goods, size, interpolation=cv2.INTER_AREA), np.float32)
    whole, left = float(weights[seen].sum()), float(weights[rest].sum())
    if not whole:
        return Colours()
    is_grey = chroma(listing[inside]) < GREY <= chroma(plate[inside])
    on_goods = cv2.resize(goods, plate.shape[1::-1], interpolation=cv2.INTER_AREA) > GOODS
    if is_grey and not is_plain and chroma(plate[inside & ~on_goods]) >= GREY:
        return Colours()  # somebody took the colours of all of it
    scale = np.array([1, 0, 0] if is_grey else [LIGHTNESS**0.5, 1, 1], np.float32)
    photo, shown, explained = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32)
        for each in (plate, listing, np.clip(mapped, 0, 255))
    )
    if is_grey:
        photo = np.repeat(_grey(photo)[..., None], 3, axis=2)
    lit = next(each for each in (rest & (weights > GOODS), rest, seen) if each.any())
    ratios = (_grey(shown) + 1) / (_grey(photo) + 1)
    exposure = float(np.clip(np.median(ratios[lit]), DARKEST, LIGHTEST))
    if is_grey and not DARKEST_GREY < exposure < LIGHTEST_GREY:
        return Colours(goods=0.0, rest=0.0, turned=0.0)
    on_ground = seen & (weights <= GOODS)
    if exposure < IN_SHADE and on_ground.mean() > ENOUGH_GROUND and _kept(photo[on_ground], shown[on_ground]):
        exposure = 1.0  # no light darkens the goods alone: they are of a darker colour
    same = _near(photo, shown / exposure, scale)
    # Where the goods alone have another colour their exposure says nothing of the ground, which may seem to be covered.
    unchanged = seen & (same | _near(photo, shown, scale))
    ground = np.where(rest | unchanged, 255 - weights, 0)
    counts = GREY_COUNTS if is_grey else 1.0
    return Colours(
        goods=round(counts * float(weights[same & seen].sum()) / whole, 4),
        rest=round(counts * float(weights[same & rest].sum()) / left, 4) if left > ENOUGH * whole else None,
        ground=round(float(ground[unchanged].sum() / ground.sum()), 4) if ground.mean() > 255 * ENOUGH_GROUND else None,
        turned=_turned(photo[rest], explained[rest], shown[rest], scale) if rest.any() else None,
    )


def _turned(
    photo: NDArray[np.float32], explained: NDArray[np.float32], shown: NDArray[np.float32], scale: NDArray[np.float32]
) -> float:
    """As Colours.turned, of (N, 3) cells: whether the turn that best maps hues, seen from their mean, is no light's.

    Light moves all colours and makes them paler or more vivid; it hardly turns one about another.
    """
    close = _near(explained, shown, scale)
    if np.count_nonzero(close) < FEWEST:
        return 0.0
    one, other = (_lab(each[close])[:, 1:] for each in (photo, shown))
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    spread = float(np.linalg.norm(one) * np.linalg.norm(other))
    if min(one.std(), other.std()) < COLOURLESS:
        return 0.0
    both = one.T @ other
    along, across = float(both[0, 0] + both[1, 1]), float(both[0, 1] - both[1, 0])
    angle = abs(np.degrees(np.arctan2(across, along)))
    share = np.clip((angle - LIGHT_TURNS) / (SURELY_TURNED - LIGHT_TURNS), 0, 1)
    return round(float(close.mean() * share * np.hypot(along, across) / spread), 4)


def _kept(photo: NDArray[np.float32], shown: NDArray[np.float32]) -> bool:
    """Whether nearly all of (N, 3) cells have their colours and their light."""
    return float(_near(photo, shown, np.ones(3, np.float32)).mean()) >= KEPT


def _near(one: NDArray[np.float32], other: NDArray[np.float32], scale: NDArray[np.float32]) -> Mask:
    """Where two arrays of colours, (..., 3) each, are near each other, (...)."""
    off = (_lab(one) - _lab(other)) * scale
    return np.asarray(np.linalg.norm(off, axis=-1) < NEAR)


def _lab(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    levels = np.clip(colours, 0, 255).astype(np.uint8).reshape(1, -1, 3)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_RGB2LAB), np.float32).reshape(colours.shape)


def _grey(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.float32)
