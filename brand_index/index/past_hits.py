"""What a search of past images finds: a reference in an image, by what, and how likely a scan finds it too."""

from dataclasses import dataclass, replace
from typing import Final

from brand_index.types import ReferenceKind

# Log odds that a scan of the image finds the reference, as lines; the highest of those that apply counts. Fitted on 120
# edits of 30 photos and 150 prints of 45 logos, which no benchmark shows, among 240 other photos. Then all were made
# stricter: a person reviews what is likely in vain, and cannot compare. Of a photo keypoints alone need nine votes.
BY_HASH: Final = (-6.0, 9.0)  # intercept; a share of the hash's bits
BY_VOTES: Final = {ReferenceKind.PHOTO: (-6.5, 0.72), ReferenceKind.LOGO: (-12.0, 3.0)}  # intercept; a vote
BY_REGION: Final = (-13.3, 0.9, 16.1, 1.36)  # intercept; rarity, cosine, votes besides
ENOUGH: Final = 8.0  # of rarity, and of votes besides; more add nothing
LEAST_ODDS: Final = {ReferenceKind.PHOTO: -4.34, ReferenceKind.LOGO: -5.4}  # from which an image is worth opening

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of the file."""


@dataclass(frozen=True, slots=True)
class PastHit:
    """A reference that is likely in a past image: by a hash, by keypoints, by a region, or by several of them."""

    row: int  # of the image among those that were searched
    position: int  # of the reference in the catalog
    kind: ReferenceKind
    box: Box
    mirrored: bool
    agreeing: float | None = None  # share of a hash's bits; None: no hash is near
    votes: float = 0.0  # of keypoints
    rarity: float = 0.0  # as Levels.neg_log10_far, of the region most like a view
    cosine: float | None = None  # of that region, as estimated; None: none is like it

    @property
    def logit(self) -> float:
        """The log odds that a scan of the image finds the reference."""
        intercept, by_vote = BY_VOTES[self.kind]
        odds = [intercept + by_vote * self.votes]
        if self.agreeing is not None:
            odds.append(BY_HASH[0] + BY_HASH[1] * self.agreeing)
        if self.cosine is not None:
            intercept, by_rarity, by_cosine, by_vote = BY_REGION
            rarity, votes = min(self.rarity, ENOUGH), min(self.votes, ENOUGH)
            odds.append(intercept + by_rarity * rarity + by_cosine * self.cosine + by_vote * votes)
        return max(odds)

    @property
    def is_likely(self) -> bool:
        """Whether it is worth opening the image."""
        return self.logit >= LEAST_ODDS[self.kind]

    def joined(self, other: "PastHit") -> "PastHit":
        """What both say of one reference in one image, in the place of this one."""
        agreeing = [each for each in (self.agreeing, other.agreeing) if each is not None]
        rarest = self if self.rarity >= other.rarity else other
        return replace(
            self,
            agreeing=max(agreeing, default=None),
            votes=max(self.votes, other.votes),
            rarity=rarest.rarity,
            cosine=rarest.cosine,
        )
