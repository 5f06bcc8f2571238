"""The records of a scan: what was offered, what was seen, what was decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from brand_index.types import AuthorizationField, ReferenceKind
from scanner.stages import Stage


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
class Listing:
    """What the marketplace knows of the offer that a picture belongs to; None: not known."""

    listing_id: str | None = None
    seller_id: str | None = None  # None is never authorized
    market: str | None = None  # ISO 3166-1 alpha-2
    category: str | None = None  # the marketplace's word, or a Nice class number
    title: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Alteration:
    """How a registered photo differs where a listing picture shows it; beside these it may be mirrored."""

    part: tuple[tuple[float, float], ...]  # of it that the picture shows: (x, y) corners in its own pixels; empty: none
    visible: float  # 0..1: that part's share of its area; less than 1: it was cropped
    occupied: float  # 0..1: share of the picture that it takes; less than 1: it was pasted, framed or put beside others
    turned: float  # degrees clockwise, -180..180, after any mirroring left for right
    overlaid: float | None  # 0..1: share of what is visible and has texture that shows something else; None: too flat
    colour: float | None  # -1..1 between tints place by place: 1 as registered, 0 grey or other hues; None: it is grey
    light: float | None  # octaves by which it is lighter, or, under 0, darker; None: nothing of it is visible


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reference seen, or suspected, in one picture. Regions are pixels of the upright image."""

    reference_id: str
    brand_id: str
    kind: ReferenceKind
    box: Box  # in the listing picture
    quad: Quad | None  # of the whole reference in the listing picture; None: no geometry was proved
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


class Decision(StrEnum):
    """What the upload pipeline should do, from mild to strict."""

    CLEAR = "clear"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 for CLEAR up to 2 for BLOCK."""
        return list(Decision).index(self)


def strictest(decisions: Iterable[Decision]) -> Decision:
    """The most severe of `decisions`; CLEAR if there are none."""
    return max(decisions, key=lambda decision: decision.severity, default=Decision.CLEAR)


class Reason(StrEnum):
    """Why a verdict came out as it did."""

    NO_MATCH = "no_match"  # nothing registered was seen
    SILENCED = "silenced"  # people said not to ask about what was seen, or its reference is in quarantine
    INCOMPLETE = "incomplete"  # there was no time to look at all of it, and nothing graver was seen
    UNREADABLE = "unreadable"  # a picture of the listing could not be read: nobody knows what it shows
    AUTHORIZED = "authorized"  # all that was seen is covered by authorizations
    LOGO_UNAUTHORIZED = "logo_unauthorized"  # a registered logo, and no authorization covers it
    PHOTO_SUSPECTED = "photo_suspected"  # probably a registered photo, not sure enough to act without a person
    PHOTO_COPIED = "photo_copied"  # a registered photo, and no authorization covers it


@dataclass(frozen=True, slots=True)
class UnmetAuthorization:
    """An authorization that this seller holds for what was seen, and the first field that kept it from covering."""

    authorization_id: int
    field: AuthorizationField


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of the walk for one picture; with its evidence it can be judged again without the picture."""

    listing: Listing
    image_sha256: str
    decision: Decision
    reason: Reason
    evidence: tuple[Evidence, ...]  # all that was weighed, most confident first
    authorization_ids: tuple[int, ...]  # those that covered what was seen
    unmet_authorizations: tuple[UnmetAuthorization, ...]
    index_revision: int
    policy: str
    scanned_at: datetime  # UTC
    skipped: tuple[Stage, ...] = ()  # stages for which there was no time; empty: all was looked at
    # Ids of the references that reason and decision rest on, the surest first; empty: they rest on none, or the verdict
    # was recorded before verdicts said so.
    counted: tuple[str, ...] = ()

    @property
    def foremost(self) -> tuple[Evidence, ...]:
        """All of the evidence, first what counted; among what counted, and among the rest, the surest first."""
        return tuple(sorted(self.evidence, key=lambda item: item.reference_id not in self.counted))

    @property
    def counted_evidence(self) -> tuple[Evidence, ...]:
        """What reason and decision rest on, the surest first; without what a row left out as too weak to show."""
        return tuple(item for item in self.evidence if item.reference_id in self.counted)
