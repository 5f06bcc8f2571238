"""A candidate where geometry puts it, and whether a photo may be shown there; it is measured elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.goods import Goods
from brand_index.images import RGBImage
from brand_index.index import BrandIndex
from brand_index.types import ReferenceKind
from scanner.engine.alignment.geometry import Alignment, align
from scanner.engine.boxes import Quad
from scanner.engine.candidates import Candidate, Description
from scanner.engine.photometry import PhotoAgreement, photo_agreement
from scanner.engine.photos.changes import GOODS
from scanner.engine.photos.equalized import equalized_keypoints, goods_keypoints

# A photo is compared in detail where keypoints place it and its blurred pixels agree a little, where very many
# keypoints do (it may lie on another ground), or where its pixels agree well.
LOOK_INLIERS, LOOK_NCC = 10, 0.3
MANY_INLIERS: Final = 20
GOOD_NCC: Final = 0.6
NEAR: Final = 16  # bits of PDQ, of 256: photos of one layout differ in more, and in fewer by their colours alone
FEW_INLIERS: Final = 3  # with fewer its goods alone are not compared
GOODS_PLACED: Final = 2  # photos at most without a sign that they are shown, whose goods' keypoints are looked for
NEARLY_ALL: Final = (
    0.85  # of the goods' small windows: what lies beside them on another ground blurs into the large ones
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate where geometry puts it."""

    candidate: Candidate
    quad: Quad | None
    alignment: Alignment | None
    pixels: PhotoAgreement | float | None
    by_goods: bool = False  # the keypoints of its goods alone place it

    @property
    def agreement(self) -> PhotoAgreement | None:
        """Of a photo's pixels; None: a logo, or not to be measured."""
        return self.pixels if isinstance(self.pixels, PhotoAgreement) else None

    @property
    def inliers(self) -> int:
        """The keypoint pairs that place it."""
        return 0 if self.alignment is None else self.alignment.inliers

    @property
    def sure_inliers(self) -> int:
        """The inliers, where there are more than any two images may share by chance; else 0."""
        return self.inliers if self.inliers >= LOOK_INLIERS else 0

    def deserves_a_look(self, *, review_only: bool) -> bool:
        """Whether a photo may be in the image; of a fine weave and the like the blurred pixels keep little."""
        if self.by_goods:
            return True
        is_flat = self.agreement is None or self.agreement.is_faint
        if is_flat and self.quad is not None and self.candidate.transform is not None:
            return True  # too flat to be compared in grey: a hash places it, and its colours may tell
        inliers, ncc = self.sure_inliers, -1.0 if self.agreement is None else self.agreement.blurred_ncc
        return (inliers > 0 and (ncc >= LOOK_NCC or review_only)) or inliers >= MANY_INLIERS or ncc >= GOOD_NCC


def likeliest(placed: Sequence[Placed], most: int) -> list[Placed]:
    """Those that are likeliest to be in the image, the likeliest first: by sure keypoints, a near hash, then pixels.

    Of goods of one layout many agree with an image in their blurred pixels, and few or none has a near hash.
    """

    def likelihood(each: Placed) -> tuple[int, bool, float]:
        distance = each.candidate.hash_distance
        is_near = distance is not None and distance <= NEAR
        return each.sure_inliers, is_near, -1.0 if each.agreement is None else each.agreement.ncc

    return sorted(placed, key=likelihood, reverse=True)[:most]


def goods_agree(frame: RGBImage, placed: Placed, thumbnail: NDArray[np.uint8], goods: Goods) -> bool:
    """Whether the goods of a photo that keypoints place agree with the (H, W, 3) frame, on whatever ground."""
    if placed.quad is None or placed.inliers < FEW_INLIERS:
        return False
    on_goods = cv2.resize(goods, thumbnail.shape[::-1]) > GOODS
    found = photo_agreement(frame, placed.quad, thumbnail, where=np.asarray(on_goods))
    if found is None:
        return False
    return found.window_agreement >= NEARLY_ALL or found.blurred_ncc >= (LOOK_NCC if placed.sure_inliers else GOOD_NCC)


def placed_by_goods(description: Description, placed: Sequence[Placed], index: BrandIndex) -> list[Placed]:
    """`placed`, of which photos that nothing else says to be shown lie where keypoints of their goods put them.

    On another ground nothing but the goods is left of a photo, and of dark goods few keypoints are in the index. So the
    likeliest of these photos are looked at with their contrast evened out, and so is the image.
    """
    references = [index.references[each.candidate.position] for each in placed]
    doubtful = [
        row
        for row, (each, reference) in enumerate(zip(placed, references, strict=True))
        if reference.kind is ReferenceKind.PHOTO
        and each.inliers > FEW_INLIERS
        and not each.deserves_a_look(review_only=reference.review_only)
    ]
    found = list(placed)
    if not doubtful:
        return found
    seen = equalized_keypoints(description.frame)
    for row in sorted(doubtful, key=lambda row: -placed[row].inliers)[:GOODS_PLACED]:
        position, reference = placed[row].candidate.position, references[row]
        plate, (left, top, right, bottom) = index.plate(position), reference.content
        keypoints = goods_keypoints(plate, index.goods(position))
        keypoints = keypoints.scaled((right - left) / plate.shape[1], (bottom - top) / plate.shape[0])
        keypoints = keypoints.translated(left, top)
        tried = (
            align(seen, description.size, keypoints, reference, mirrored=mirrored, least=LOOK_INLIERS)
            for mirrored in (False, True)
        )
        alignment = max((each for each in tried if each is not None), key=lambda each: each.inliers, default=None)
        if alignment is not None:
            pixels = photo_agreement(description.frame, alignment.quad, index.thumbnail(position))
            found[row] = replace(placed[row], quad=alignment.quad, alignment=alignment, pixels=pixels, by_goods=True)
    return found
