"""The records of a verdict: the listing, the decision, the reason, and the evidence they rest on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from brand_index.types import AuthorizationField
from scanner.engine.stages import Stage
from scanner.engine.types import Evidence


@dataclass(frozen=True, slots=True)
class Listing:
    """What the marketplace knows of the offer that an image belongs to; None: not known."""

    listing_id: str | None = None
    seller_id: str | None = None  # None is never authorized
    market: str | None = None  # ISO 3166-1 alpha-2
    category: str | None = None  # the marketplace's word, or a Nice class number
    title: str | None = None
    condition: str | None = None


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
    SUPPRESSED = "suppressed"  # people said not to ask about what was seen, or its reference is in quarantine
    INCOMPLETE = "incomplete"  # there was no time to look at all of it, and nothing graver was seen
    UNREADABLE = "unreadable"  # an image of the listing could not be read: nobody knows what it shows
    AUTHORIZED = "authorized"  # all that was seen is covered by authorizations
    LOGO_UNAUTHORIZED = "logo_unauthorized"  # a registered logo, and no authorization covers it
    PHOTO_SUSPECTED = "photo_suspected"  # probably a registered photo, not sure enough to act without a person
    PHOTO_COPIED = "photo_copied"  # a registered photo, and no authorization covers it


@dataclass(frozen=True, slots=True)
class UnmetAuthorization:
    """An authorization of this seller that does not cover what was found, and the first field that is not met."""

    authorization_id: int
    field: AuthorizationField


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of the walk for one image; with its evidence it can be judged again without the image."""

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
