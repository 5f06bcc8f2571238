"""Keypoints of goods whose contrast is evened out first: the folds of dark cloth are too faint for a usual look.

Contrast limited adaptive histogram equalization (Zuiderveld 1994). The index keeps the keypoints that stand out in a
photo as it is, which may be those of the carpet that the goods lie on.
"""

from typing import Final

import cv2
import numpy as np

from brand_index.features.goods import LIKELY, Goods, on_goods
from brand_index.features.keypoints import Keypoints, describe_keypoints
from brand_index.images import RGBImage

SIDE: Final = 384  # pixels, long side
LIMIT: Final = 1000  # keypoints
CLIP: Final = 8.0  # times an even histogram, up to which a tone may be spread
TILES: Final = 8  # a side
ENLARGED: Final = 2.0  # at most


def equalized_keypoints(image: RGBImage) -> Keypoints:
    """The keypoints of a (H, W, 3) image, in its pixels, once its contrast is evened out."""
    height, width = image.shape[:2]
    scale = min(ENLARGED, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    even = cv2.createCLAHE(CLIP, (TILES, TILES)).apply(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    found = describe_keypoints(np.dstack([even] * 3), side=SIDE, limit=LIMIT, enlarge=1.0)
    return found.scaled(width / size[0], height / size[1])


def goods_keypoints(plate: RGBImage, goods: Goods) -> Keypoints:
    """Those on the goods of a (H, W, 3) plate alone, in its pixels; their ground is replaced by their own tone."""
    height, width = plate.shape[:2]
    shown = np.asarray(cv2.resize(goods, (width, height), interpolation=cv2.INTER_LINEAR)) > LIKELY
    if not shown.any():
        return equalized_keypoints(plate)
    tone = np.median(plate[shown], axis=0).astype(np.uint8)
    found = equalized_keypoints(np.where(shown[:, :, None], plate, tone))
    return found.rows(np.flatnonzero(on_goods(goods, found.points, (0, 0, width, height))))
