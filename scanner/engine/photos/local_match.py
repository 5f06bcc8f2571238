"""Compares one photo with the place where geometry puts it in a listing image: its content, and where they agree."""

from dataclasses import dataclass, replace
from typing import Final, Self

import cv2
import numpy as np

from brand_index.features.goods import Goods, surely_goods
from brand_index.images import RGBImage
from scanner.engine.alignment.refinement import Refined, refine
from scanner.engine.boxes import Polygon, Quad
from scanner.engine.photometry import rectify
from scanner.engine.photos.changes import GOODS, in_listing_colours, solid_changes
from scanner.engine.photos.content import content_of, is_on_another_ground
from scanner.engine.photos.cuts import without_cut_sides, without_cut_strips
from scanner.engine.photos.faint import with_folds
from scanner.engine.photos.overlays import with_one_sticker
from scanner.engine.photos.overprints import with_shown_between
from scanner.engine.photos.regions import GROWN, outlines
from scanner.engine.photos.windows import Mask, compare
from scanner.engine.types import Content

SIDE: Final = 512  # pixels: long side at which they are compared, where the listing has as many
LEAST_SIDE: Final = 24  # pixels of either side
AGREES: Final = 0.98  # agreement from which a refined quadrilateral is surely right
EXACT: Final = 0.003  # of the long side: the standard deviation of where a corner is placed, at the least
ALL_OF_IT: Final = 0.97  # of the image: a photo that takes more of it was not pasted on anything
LEVEL: Final = 0.02  # of the long side: how far the corners of what was pasted may be from those of a level rectangle
BESIDE: Final = 2  # of these deviations: so near an edge the listing may show what lies beside the photo


@dataclass(frozen=True, slots=True)
class LocalMatch:
    """What a listing image shows of a photo, and where, in pixels of the listing."""

    quad: Quad  # of the photo, refined where it can be
    is_refined: bool
    content: Content
    region: tuple[Polygon, ...]  # where both agree
    differing: tuple[Polygon, ...]  # where the listing shows something else

    def moved(self, right: int, down: int) -> Self:
        """The same in an image of which the present one is the part that begins at these pixels."""
        if right == down == 0:
            return self
        first, second, third, last = _moved(self.quad, right, down)
        region, differing = (
            tuple(_moved(outline, right, down) for outline in outlines) for outlines in (self.region, self.differing)
        )
        return replace(self, quad=(first, second, third, last), region=region, differing=differing)


def match_locally(
    image: RGBImage, quad: Quad, plate: RGBImage, goods: Goods, *, area: int, is_photograph: bool = True
) -> LocalMatch | None:
    """Compare a photo with the pixels under `quad`, which may be off by some per cent, in a (H, W, 3) listing image.

    `area`, in pixels, is of all of which the listing image may be a panel. `is_photograph`: strips at its edges in
    which nothing agrees are taken to be cut off, not replaced, and the finest weave is evened out. None: nothing of it
    is visible.
    """

    def compared(placed: Quad, error: float) -> LocalMatch | None:
        return _compared(image, placed, plate, goods, area, error, is_photograph=is_photograph)

    refined = refine(image, quad, plate)
    found = None if refined is None else compared(refined.quad, refined.error)
    if found is not None and found.content.agreement >= AGREES:
        return replace(found, is_refined=True)
    given = compared(quad, EXACT)
    tried = [each for each in (None if found is None else replace(found, is_refined=True), given) if each is not None]
    on_goods: Refined | None = None
    if refined is None or any(is_on_another_ground(each.content) for each in tried):
        on_goods = refine(image, quad, plate, mask=_within(goods))
    if on_goods is not None:
        found = compared(on_goods.quad, on_goods.error)
        tried += [] if found is None else [replace(found, is_refined=True)]
    # What is refined to another place, or cannot be refined, may be right as it was, as a whole image is.
    by_goods = any(is_on_another_ground(each.content) for each in tried)
    best = max(tried, key=lambda each: _fit(each.content, by_goods=by_goods), default=None)
    return None if best is None else replace(best, is_refined=best.is_refined or best.content.agreement >= AGREES)


def _fit(content: Content, *, by_goods: bool) -> float:
    """How well a photo fits where it was put; on another ground, how well its goods do."""
    return content.goods_agreement if by_goods else content.agreement


def _compared(
    image: RGBImage, quad: Quad, plate: RGBImage, goods: Goods, area: int, error: float, *, is_photograph: bool
) -> LocalMatch | None:
    """`error`: the standard deviation of where the corners of `quad` are placed, a share of its long side."""
    size = frame_size(plate, quad)
    reference = np.asarray(cv2.resize(plate, size, interpolation=cv2.INTER_AREA), np.uint8)
    listing, inside = rectify(image, np.array(quad, np.float32), size)
    rim = round(BESIDE * max(EXACT, error) * max(size))
    reference, listing = without_rim(reference, rim), without_rim(listing, rim)
    mapped = in_listing_colours(reference, listing, inside, goods)
    shown = cv2.resize(goods, size, interpolation=cv2.INTER_LINEAR) > GOODS
    on_goods = None if shown.all() else np.asarray(shown)
    windows = compare(reference, listing, inside, goods=on_goods, is_photograph=is_photograph)
    windows = with_shown_between(windows, mapped, listing, is_photograph=is_photograph)
    if is_photograph:
        windows = with_folds(windows, reference, mapped, listing, inside, goods)
        windows, inside = without_cut_strips(windows, inside, fills=_fills(quad, image, inside))
    share = cv2.contourArea(np.array(quad, np.float32)) / area
    solid = solid_changes(mapped, listing, inside, goods)
    if is_photograph and share * float(inside.mean()) < ALL_OF_IT and _is_level(quad):
        windows, left = without_cut_sides(windows, inside, solid, goods)
        if left is not inside:  # what was pasted on says nothing of its colours
            inside, mapped = left, in_listing_colours(reference, listing, left, goods)
            solid = solid_changes(mapped, listing, inside, goods)
    covering = with_one_sticker(solid, windows, goods) if is_photograph else solid
    content = content_of(windows, goods, reference, mapped, listing, inside, solid, covering, share=share)
    if content is None:
        return None
    return LocalMatch(quad, False, content, outlines(windows.agree, quad), outlines(windows.differ, quad, grown=GROWN))


def _fills(quad: Quad, image: RGBImage, inside: Mask) -> bool:
    """Whether a photo fills the image, which may be larger or smaller than all of it."""
    share = float(cv2.contourArea(np.array(quad, np.float32))) / (image.shape[0] * image.shape[1])
    return bool(share * float(inside.mean()) >= ALL_OF_IT)


def _is_level(quad: Quad) -> bool:
    """Whether a photo lies flat and level in the image, as one that was pasted does and goods seldom are seen."""
    corners = np.array(quad)
    box = np.array([corners.min(axis=0), corners.max(axis=0)])
    off = np.abs(corners[:, None] - box[None]).min(axis=1)
    return float(off.max()) <= LEVEL * float((box[1] - box[0]).max())


def _within(goods: Goods) -> Goods:
    """The goods without their outline, which on another ground has other edges beside it."""
    return np.asarray(cv2.erode(surely_goods(goods), np.ones((3, 3), np.uint8)), np.uint8)


def frame_size(plate: RGBImage, quad: Quad) -> tuple[int, int]:
    """The width and height at which to compare: the plate's shape, no larger than the listing shows it."""
    corners = np.array(quad, np.float32)
    top, right, bottom, left = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    height, width = plate.shape[:2]
    scale = min(1.0, max(max(top, bottom) / width, max(left, right) / height), SIDE / max(height, width))
    return max(LEAST_SIDE, round(width * scale)), max(LEAST_SIDE, round(height * scale))


def without_rim(image: RGBImage, rim: int) -> RGBImage:
    """(H, W, 3), the outermost `rim` pixels replaced by those beside them: so near an edge nothing is compared."""
    inner = image[rim : image.shape[0] - rim, rim : image.shape[1] - rim]
    return np.pad(inner, ((rim, rim), (rim, rim), (0, 0)), mode="edge")


def _moved(outline: Polygon, right: int, down: int) -> Polygon:
    return tuple((x + right, y + down) for x, y in outline)
