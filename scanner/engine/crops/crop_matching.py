"""Compares a candidate logo with several crops of where it may be: smaller, larger and rectified; it proposes nothing.

A detector's boxes are loose. A mark stays similar to its reference in every crop; a chance similarity does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.embedding import Embedded, Embedder
from brand_index.images import RGBImage
from brand_index.index import BrandIndex, EmbeddingHit, Similarity
from scanner.engine.boxes import Box, Quad
from scanner.engine.crops.crop_matcher import CropMatcher
from scanner.engine.photometry import rectify_padded
from scanner.engine.regions import PADDING, Region, crop

SCALES: Final = (0.65, 1.2)  # of each side of a box, in addition to the box as it is
PADDINGS: Final = (PADDING, PADDING + 0.1, PADDING - 0.1)  # of each side, around a rectified quadrilateral
RECTIFIED_SIDE: Final = 96  # pixels


@dataclass(frozen=True, slots=True, eq=False)
class CropMatch:
    """How well one logo matches the crops of one box or quadrilateral."""

    similarity: Similarity
    match_logit: float  # the best of the crops, each compared patch by patch with its most similar view
    vector: NDArray[np.float32]  # (D,): the embedding of the most similar crop


def rescore_crops(
    frame: RGBImage,
    queries: Sequence[tuple[int, Box | Quad]],
    region_embeddings: Embedded,
    regions: Sequence[Region],
    embedder: Embedder,
    matcher: CropMatcher,
    index: BrandIndex,
) -> list[CropMatch]:
    """The match of each of `queries`, (position of a logo, outline of where it may be), in a (H, W, 3) image.

    An outline that is a Box is that of one of `regions`, whose embeddings are given and not computed again.
    """
    region_rows = {region.box: row for row, region in enumerate(regions)}
    crops: list[RGBImage] = []
    rows: list[int] = []  # of each crop in use: among the regions' embeddings, and then among `crops`
    crops_of: dict[Box | Quad, slice] = {}  # in `rows`
    for _, outline in queries:
        if outline not in crops_of:
            fresh = _rescaled(frame, outline) if isinstance(outline, Box) else _rectified(frame, outline)
            used = [region_rows[outline]] if isinstance(outline, Box) else []
            used += range(len(regions) + len(crops), len(regions) + len(crops) + len(fresh))
            crops_of[outline] = slice(len(rows), len(rows) + len(used))
            crops += fresh
            rows += used
    computed = embedder.embed(crops)
    embedded = Embedded(
        np.concatenate([region_embeddings.vectors, computed.vectors])[rows],
        np.concatenate([region_embeddings.patches, computed.patches])[rows],
    )
    similarities = index.similarities(
        embedded.vectors, [(position, crops_of[outline]) for position, outline in queries]
    )
    hits = [hit for similarity in similarities for hit in similarity.hits]
    logits = iter(match_logits(embedded, hits, matcher, index).tolist())
    matches = []
    for similarity in similarities:
        best = max(similarity.hits, key=lambda hit: hit.cosine)
        logit = max(next(logits) for _ in similarity.hits)
        matches.append(CropMatch(similarity, logit, embedded.vectors[best.region]))
    return matches


def match_logits(
    crops: Embedded, hits: Sequence[EmbeddingHit], matcher: CropMatcher, index: BrandIndex
) -> NDArray[np.float32]:
    """The matcher's logits, (N,), of N hits of these crops."""
    return matcher.match_logits(
        crops.patches[[hit.region for hit in hits]],
        index.patches([hit.view for hit in hits]),
        np.array([hit.cosine for hit in hits], np.float32),
    )


def _rescaled(frame: RGBImage, box: Box) -> list[RGBImage]:
    """The crops of `box` at each of SCALES about its centre."""
    height, width = frame.shape[:2]
    centre = np.array([box.left + box.right, box.top + box.bottom]) / 2
    half = np.array([box.right - box.left, box.bottom - box.top]) / 2
    crops = []
    for scale in SCALES:
        low = np.clip(np.floor(centre - half * scale), 0, [width - 1, height - 1]).astype(int)
        high = np.clip(np.ceil(centre + half * scale), low + 1, [width, height]).astype(int)
        crops.append(crop(frame, Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))))
    return crops


def _rectified(frame: RGBImage, quad: Quad) -> list[RGBImage]:
    """The rectified crops of `quad` with each of PADDINGS."""
    return [rectify_padded(frame, quad, RECTIFIED_SIDE, padding) for padding in PADDINGS]
