"""Looks again at where a logo may be: closer, wider, and laid straight; it proposes nothing and ties nothing.

A finder draws boxes loosely. What is a mark looks like it each time, and what only happens to look like one does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.embedding import Embedded, Embedder
from brand_index.images import RGBImage
from brand_index.index import BrandIndex, EmbeddingHit, Likeness
from scanner.engine.crop_matcher import CropMatcher
from scanner.engine.photometry import rectify_padded
from scanner.engine.regions import PADDING, Region, crop
from scanner.engine.types import Box, Quad

STRETCHES: Final = (0.65, 1.2)  # of each side of a box, beside the box as it is
PADDINGS: Final = (PADDING, PADDING + 0.1, PADDING - 0.1)  # of each side, around what keypoints lay straight
STRAIGHT_SIDE: Final = 96  # pixels


@dataclass(frozen=True, slots=True)
class CropMatch:
    """What was seen of one logo where it may be."""

    likeness: Likeness
    match_logit: float  # the best of its looks, each compared place by place with the view that it is most like


def rescore_crops(
    frame: RGBImage,
    places: Sequence[tuple[int, Box | Quad]],
    first: Embedded,
    regions: Sequence[Region],
    embedder: Embedder,
    matcher: CropMatcher,
    index: BrandIndex,
) -> list[CropMatch]:
    """For each (position of a logo, where it may be) how much it looks like that logo in a (H, W, 3) image.

    A place that is a Box is that of one of `regions`, of which `first` are the looks so far.
    """
    known = {region.box: row for row, region in enumerate(regions)}
    crops: list[RGBImage] = []
    rows: list[int] = []  # of each look: among the first ones, and then among the crops
    seen: dict[Box | Quad, slice] = {}
    for _, place in places:
        if place not in seen:
            views = _about(frame, place) if isinstance(place, Box) else _straight(frame, place)
            here = [known[place]] if isinstance(place, Box) else []
            here += range(len(regions) + len(crops), len(regions) + len(crops) + len(views))
            seen[place] = slice(len(rows), len(rows) + len(here))
            crops += views
            rows += here
    fresh = embedder.embed(crops)
    looks = Embedded(
        np.concatenate([first.vectors, fresh.vectors])[rows], np.concatenate([first.patches, fresh.patches])[rows]
    )
    told = index.likenesses(looks.vectors, [(position, seen[place]) for position, place in places])
    logits = iter(match_logits(looks, [hit for likeness in told for hit in likeness.looks], matcher, index).tolist())
    return [CropMatch(likeness, max(next(logits) for _ in likeness.looks)) for likeness in told]


def match_logits(
    looks: Embedded, hits: Sequence[EmbeddingHit], matcher: CropMatcher, index: BrandIndex
) -> NDArray[np.float32]:
    """For each of the hits of these looks, (N,), what the matcher says of it."""
    return matcher.match_logits(
        looks.patches[[hit.region for hit in hits]],
        index.patches([hit.view for hit in hits]),
        np.array([hit.cosine for hit in hits], np.float32),
    )


def _about(frame: RGBImage, box: Box) -> list[RGBImage]:
    height, width = frame.shape[:2]
    middle = np.array([box.left + box.right, box.top + box.bottom]) / 2
    half = np.array([box.right - box.left, box.bottom - box.top]) / 2
    views = []
    for stretch in STRETCHES:
        low = np.clip(np.floor(middle - half * stretch), 0, [width - 1, height - 1]).astype(int)
        high = np.clip(np.ceil(middle + half * stretch), low + 1, [width, height]).astype(int)
        views.append(crop(frame, Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))))
    return views


def _straight(frame: RGBImage, quad: Quad) -> list[RGBImage]:
    return [rectify_padded(frame, quad, STRAIGHT_SIDE, padding) for padding in PADDINGS]
