"""Measures how much of a photo's own content a listing image shows, from its windows; it judges nothing."""

from typing import Final

import cv2
import numpy as np

from brand_index.features.goods import Goods, surely_goods
from brand_index.images import RGBImage
from scanner.engine.photos.changes import Pixels, laid_bare, outline_followed
from scanner.engine.photos.colours import compare_colours
from scanner.engine.photos.overlays import band_across, drawn, simple_outline
from scanner.engine.photos.surfaces import Surfaces, compare_surfaces
from scanner.engine.photos.windows import RICH, WINDOW, Mask, Plane, Windows
from scanner.engine.types import PLAIN, Content

TRANSPARENT: Final = 4  # of 255: goods up to it are no part of the photo
OWN: Final = 3.0  # rich windows within goods that were cut out, from which their outline says nothing
SAME_GOODS: Final = 0.9  # likewise, of them that agree
OTHER_GROUND: Final = 0.5  # of the ground, or of its colours: where less agrees the goods lie on another one
PERHAPS: Final = 0.5  # agreement from which it may be a copy, and the finest grain is compared
OUTLINE: Final = 0.08  # of the long side: width of the band along the outline of the goods


def content_of(
    windows: Windows,
    goods: Goods,
    plate: RGBImage,
    mapped: Pixels,
    listing: RGBImage,
    inside: Mask,
    solid: Mask,
    covering: Mask,
    *,
    share: float,
) -> Content | None:
    """The measures of one comparison; the images and masks are those compared. None: nothing is visible.

    `mapped` is the plate in the listing's colours, `covering` the `solid` changes with all of a sticker that some are
    a part of, `share` the area of the whole photo as a share of the image's.
    """
    height, width = windows.valid.shape
    opaque = _opaque(goods, (width, height))
    valid = windows.valid & opaque
    if not valid.any():
        return None
    likely = _likely(goods, (height, width))
    weights = np.where(valid, windows.content, 0).astype(np.float32)
    agree, replaced = valid & windows.agree, valid & windows.replaced
    decided = agree | replaced | valid & windows.removed
    inner = np.where(_outline(likely), 0, weights)
    on_ground = weights * (1 - likely)
    if _share(on_ground, agree, decided) < OTHER_GROUND:  # which is none of the goods
        goods, likely = surely_goods(goods), _likely(surely_goods(goods), (height, width))
    on_goods = inner * likely
    own = float(np.minimum(on_goods / RICH, 1)[agree].sum()) / WINDOW**2
    if not opaque.all() and own >= OWN and _agreement(on_goods, agree, decided) >= SAME_GOODS:
        weights = on_goods  # what was cut out has another edge on each ground, which is none of it
    has_goods = float(on_goods[decided].sum()) > 0.02 * float(weights[decided].sum())
    rich = np.minimum(weights / RICH, 1)
    has_ground = float(on_ground.sum()) > 0.02 * float(weights.sum())
    covered = np.asarray(cv2.resize(covering.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST))
    shown = np.where(valid, likely, 0)
    near = cv2.dilate(covered, np.ones((WINDOW // 2 | 1, WINDOW // 2 | 1), np.uint8)) > 0
    rest = np.where(near, 0, weights)
    bold = rich if windows.faint is None else np.where(windows.faint, 0, rich)  # goods of one tone stay plain
    texture = float(bold[valid].mean())
    colours = compare_colours(plate, mapped, listing, inside, goods, covering, is_plain=texture < PLAIN)
    agreement, surfaces = _agreement(weights, agree, decided), Surfaces()
    if agreement > PERHAPS and windows.scale == 1:  # of less detail there is no grain
        is_other_ground = _is_other_ground(_agreement(on_ground, agree, decided), colours.ground)
        other = windows.differ | _beside_goods(likely) if is_other_ground else windows.differ
        surfaces = compare_surfaces(plate, listing, valid, other, near)
    return Content(
        agreement=agreement,
        replaced=_share(weights, replaced, decided),
        rest_agreement=_agreement(rest, agree, decided),
        rest_windows=round(float(np.minimum(np.where(near, 0, inner) / RICH, 1)[agree].sum()) / WINDOW**2, 2),
        goods_agreement=_agreement(on_goods if has_goods else weights, agree, decided),
        ground_agreement=_share(on_ground, agree, decided) if has_ground else None,
        covered_content=_share(weights, near, valid),
        covered_area=round(float(covered[valid].mean()), 4),
        covered_goods=_share(shown, covered > 0, valid),
        outline_followed=round(outline_followed(covering, plate), 4),
        added_area=round(float(windows.added[valid].mean()), 4),
        colour=colours.goods,
        rest_colour=colours.rest,
        ground_colour=colours.ground,
        turned=colours.turned,
        visible=_share(_likely(goods, inside.shape), inside, np.ones_like(inside)),
        occupied=round(min(1.0, share * float(inside.mean())), 4),
        texture=round(texture, 4),
        known=_share(weights, decided, valid),
        detail=windows.scale,
        laid_bare=round(laid_bare(solid, mapped, listing), 4),
        other_surface=surfaces.other,
        covered_surface=surfaces.covered,
        beside_band=_beside_band(solid, weights, agree, decided),
        simple_outline=round(simple_outline(covering), 4),
        drawn=round(drawn(covering, listing), 4),
    )


def _beside_band(solid: Mask, weights: Plane, agree: Mask, decided: Mask) -> float | None:
    """The agreement of the windows that see nothing of a band across all of the photo; None: there is none."""
    band = band_across(solid)
    if band is None:
        return None
    shown = cv2.resize((band | solid).astype(np.uint8), weights.shape[::-1], interpolation=cv2.INTER_NEAREST)
    seen = cv2.dilate(shown, np.ones((WINDOW + 5, WINDOW + 5), np.uint8)) > 0
    return _agreement(np.where(seen, 0, weights).astype(np.float32), agree, decided)


def is_on_another_ground(content: Content) -> bool:
    """Whether most of the ground that can be compared differs, so that only the goods say how well a photo fits."""
    return content.ground_agreement is not None and content.ground_agreement < OTHER_GROUND


def _is_other_ground(agreement: float, colour: float | None) -> bool:
    """Whether the ground is another one, by the shares of its content and of its colours that agree; None: unknown."""
    return agreement < OTHER_GROUND or (colour is not None and colour < OTHER_GROUND)


def _beside_goods(likely: Plane) -> Mask:
    """Where the ground and the outline of the goods are, (H, W): another ground has another grain of its own."""
    return (likely <= 0.5) | _outline(likely)


def _likely(goods: Goods, shape: tuple[int, ...]) -> Plane:
    """How likely each pixel of an image of this shape shows goods, 0..1."""
    sized = cv2.resize(goods, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return (np.asarray(sized) / 255).astype(np.float32)


def _outline(likely: Plane) -> Mask:
    """Where the outline of the goods runs, (H, W): many goods have one shape, so it is no content of their own."""
    goods = (likely > 0.5).astype(np.uint8)
    side = max(3, round(OUTLINE * max(goods.shape))) | 1
    band = cv2.morphologyEx(goods, cv2.MORPH_GRADIENT, np.ones((side, side), np.uint8), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(band) > 0


def _agreement(weights: Plane, agree: Mask, decided: Mask) -> float:
    """The share of what can be decided that agrees; 1 where nothing can."""
    return _share(weights, agree, decided) if float(weights[decided].sum()) > 0 else 1.0


def _share(weights: Plane, chosen: Mask, of: Mask) -> float:
    total = float(weights[of].sum())
    return round(float(weights[chosen].sum()) / total, 4) if total > 0 else 0.0


def _opaque(goods: Goods, size: tuple[int, int]) -> Mask:
    """Where a window lies on the photo, not on what is transparent around it, (H, W) of `size` width and height."""
    opaque = cv2.resize((goods > TRANSPARENT).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    if opaque.all():
        return opaque > 0
    return cv2.erode(opaque, np.ones((WINDOW // 2, WINDOW // 2), np.uint8)) > 0
