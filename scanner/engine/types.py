"""The records of a scan: what was offered, what was seen, what was decided."""

from dataclasses import dataclass
from typing import NamedTuple

from brand_index.types import ReferenceKind


class Box(NamedTuple):
    """An upright rectangle in pixels; left and top inside, right and bottom outside."""

    left: int
    top: int
    right: int
    bottom: int


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0..1; 0 where neither has an area."""
    shared = _shared(one, other)
    union = _area(one) + _area(other) - shared
    return shared / union if union > 0 else 0.0


def share_within(part: Box, whole: Box) -> float:
    """The share of `part` that lies in `whole`, 0..1; 0 where it has no area."""
    area = _area(part)
    return _shared(part, whole) / area if area > 0 else 0.0


def _shared(one: Box, other: Box) -> int:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0, wide) * max(0, high)


def _area(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)


Quad = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four (x, y) corners in pixels: where the reference's top left, top right, bottom right and bottom left lie."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """How a registered photo differs where a listing image shows it; beside these it may be mirrored."""

    part: tuple[tuple[float, float], ...]  # of it that the image shows: (x, y) corners in its own pixels; empty: none
    visible: float  # 0..1: that part's share of its area; less than 1: it was cropped
    occupied: float  # 0..1: share of the image that it takes; less than 1: it was pasted, framed or put beside others
    turned: float  # degrees clockwise, -180..180, after any mirroring left for right
    overlaid: float | None  # 0..1: share of what is visible and has texture that shows something else; None: too flat
    colour: float | None  # -1..1 between tints place by place: 1 as registered, 0 grey or other hues; None: it is grey
    light: float | None  # octaves by which it is lighter, or, under 0, darker; None: nothing of it is visible


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reference seen, or suspected, in one image. Regions are pixels of the upright image."""

    reference_id: str
    brand_id: str
    kind: ReferenceKind
    box: Box  # in the listing image
    quad: Quad | None  # of the whole reference in the listing image; None: no geometry was proved
    reference_box: Box | None  # the part of the reference that was matched, in its own pixels; None: as quad
    hash_distance: int | None  # bits of 256 between the PDQ hashes; None: too far apart to be a candidate
    cosine: float | None  # -1..1 between embeddings, of the best look, or of whole photos; None: neither was embedded
    rarity: (
        float | None
    )  # -log10 of the share of other photos on which the reference looks as much alike; None: as cosine
    margin: float | None  # of that cosine over the next brand's in the same place; None: as cosine
    steadiness: float | None  # mean cosine over several looks at that place; None: as cosine
    log_odds: (
        float | None
    )  # of one mark being in the best look and in the reference, by place, uncalibrated; None: as cosine
    colour: float | None  # 0..1: share of hue in common with a logo; None: a photo, or one of the two is colourless
    likelihood: float | None  # 0..1: how much its region looks like any mark, uncalibrated; None: it has none
    inliers: int | None  # keypoint pairs that one geometry explains; None: no geometry was found
    correlation: float | None  # -1..1 between the pixels laid over each other; None: no geometry, or too flat to tell
    agreeing: float | None  # 0..1: share of small windows that show the same, where nothing is drawn over; None: a logo
    coarse: float | None  # -1..1: as correlation, of both blurred; None: as agreeing
    covered: float | None  # 0..1: share of the reference that the agreeing keypoints span; None: no geometry was found
    review_only: bool  # the reference is too plain to be acted upon without a person
    mirrored: bool  # the listing shows the reference as in a mirror
    alteration: Alteration | None  # of a photo; None: a logo, or not sure enough where it lies
    frame: int  # of an animation, from 0
    confidence: float  # 0..1, calibrated: of evidence like this, the share that was right
