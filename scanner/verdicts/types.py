"""The records of a verdict: the listing, the decision, the reason, and the evidence they rest on."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from brand_index import fields
from brand_index.types import AuthorizationField
from scanner.engine.stages import Stage
from scanner.engine.types import WHOLE, ConcealedPatch, Coverage, Evidence
from scanner.verdicts.context import ContextWord


@dataclass(frozen=True, slots=True)
class Listing:
    """The listing that an image belongs to, as the marketplace describes it; None: unknown."""

    listing_id: str | None = None
    seller_id: str | None = None  # None: no authorization applies
    market: str | None = None  # ISO 3166-1 alpha-2
    category: str | None = None  # the marketplace's word, or a Nice class number
    title: str | None = None
    condition: str | None = None
    description: str | None = None

    def checked(self) -> "Listing":
        """The same listing, with its market in upper case. Raises InvalidField if the market is no country's code.

        For listings that somebody gives; records of earlier scans are taken as they are.
        """
        return self if self.market is None else replace(self, market=fields.market(self.market))


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
    """The reason of a verdict."""

    NO_MATCH = "no_match"  # no registered logo or photo was found
    NOTHING_SEARCHED = "nothing_searched"  # the index holds no reference: nothing could have been found
    SUPPRESSED = "suppressed"  # a reviewer suppressed the match, or its reference is in quarantine
    INCOMPLETE = "incomplete"  # not all of it could be examined, and nothing graver was found
    UNREADABLE = "unreadable"  # an image of the listing could not be read
    AUTHORIZED = "authorized"  # authorizations cover every match
    NOMINATIVE_USE = "nominative_use"  # a registered word says what the goods fit, or that they are used
    WORD_IN_TEXT = "word_in_text"  # a registered word in title or description alone
    WORD_UNAUTHORIZED = "word_unauthorized"  # a registered word in the image, and no authorization covers it
    LOOKALIKE = "lookalike"  # what resembles a registered word or logo, spelled or drawn otherwise
    IMITATION_NAMED = "imitation_named"  # goods in the style of a registered brand, or said not to be its own
    REPLICA_OFFERED = "replica_offered"  # the listing itself calls goods with a registered mark a replica
    LOGO_UNAUTHORIZED = "logo_unauthorized"  # a registered logo, and no authorization covers it
    MARK_CONCEALED = "mark_concealed"  # a patch on the goods where a mark usually is; which mark is not known
    PHOTO_SUSPECTED = "photo_suspected"  # probably a registered photo, not sure enough to act without a reviewer
    PHOTO_COPIED = "photo_copied"  # a registered photo, and no authorization covers it


LIKELY: Final = 0.5  # confidence from which a patch is more likely than not to conceal a mark
FOUND_NOTHING: Final = frozenset({Reason.NO_MATCH, Reason.NOTHING_SEARCHED})


@dataclass(frozen=True, slots=True)
class UnmetAuthorization:
    """An authorization of this seller that does not cover what was found, and the first field that is not met."""

    authorization_id: int
    field: AuthorizationField


class First(StrEnum):
    """Who showed a photo first, for the seller whose listing is judged."""

    OWN = "own_listing"
    OTHER = "other_listing"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """When a registered photo was first seen, as far as scans know; days before the first scan are not known."""

    reference_id: str
    registered_at: datetime  # UTC
    seen_at: datetime | None  # UTC: when the earliest listing that shows it was scanned; None: none was known
    seller_id: str | None  # of that listing; None: unknown, or as seen_at
    listing_id: str | None  # likewise
    own_at: datetime | None  # UTC: as seen_at, of this seller's own listings alone

    def with_listing(self, seller_id: str | None, listing_id: str | None, at: datetime) -> Self:
        """The same, where the listing that is judged was scanned at `at` before."""
        own_at = at if self.own_at is None else min(self.own_at, at)
        if self.seen_at is not None and self.seen_at <= at:
            return replace(self, own_at=own_at)
        return replace(self, seen_at=at, seller_id=seller_id, listing_id=listing_id, own_at=own_at)

    @property
    def own_is_older(self) -> bool:
        """Whether the seller showed it before it was registered."""
        return self.own_at is not None and self.own_at < self.registered_at

    @property
    def first(self) -> First:
        """Who showed it first; listings of one day, as of a catalogue that is scanned at once, are equally early."""
        if self.seen_at is None or self.seen_at >= self.registered_at:
            return First.REFERENCE
        is_own = self.own_at is not None and self.own_at.date() <= self.seen_at.date()
        return First.OWN if is_own else First.OTHER

    @property
    def first_at(self) -> datetime:
        """When that was, UTC."""
        return self.registered_at if self.seen_at is None else min(self.seen_at, self.registered_at)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one image. With its evidence it can be judged again without the image."""

    listing: Listing
    image_sha256: str
    decision: Decision
    reason: Reason
    evidence: tuple[Evidence, ...]  # all of it, the most confident first
    authorization_ids: tuple[int, ...]  # those that covered matches
    unmet_authorizations: tuple[UnmetAuthorization, ...]
    index_revision: int
    policy: str
    scanned_at: datetime  # UTC
    skipped: tuple[Stage, ...] = ()  # stages for which there was no time; empty: none
    # Ids of the references that reason and decision are based on, the surest first; empty: on none, or the verdict is
    # older than this field.
    counted: tuple[str, ...] = ()
    coverage: Coverage = WHOLE
    concealed: tuple[ConcealedPatch, ...] = ()  # patches that seem to conceal a mark, the surest first
    context: tuple[ContextWord, ...] = ()  # what the words around the marks that were found say of their use
    # Of the photos that match, who showed each first; what scans know of that grows, and changes no verdict by itself.
    first_seen: tuple[FirstSeen, ...] = field(default=(), compare=False)

    @property
    def concealing(self) -> tuple[ConcealedPatch, ...]:
        """The patches that the reason rests on: the surest, and all more likely than not; empty: it rests on none.

        Patches on a match and those that a reviewer dismissed are none of them.
        """
        if self.reason is not Reason.MARK_CONCEALED:
            return ()
        counting = [each for each in self.concealed if each.counts]
        return tuple(each for rank, each in enumerate(counting) if rank == 0 or each.confidence >= LIKELY)

    @property
    def foremost(self) -> tuple[Evidence, ...]:
        """All of the evidence: first what counted, then the rest, each with the surest first."""
        return tuple(sorted(self.evidence, key=lambda item: item.reference_id not in self.counted))

    @property
    def shared_evidence(self) -> tuple[Evidence, ...]:
        """The evidence that is no match: of what the image merely shares with photos, the surest first."""
        return tuple(item for item in self.evidence if item.shared is not None)

    @property
    def counted_evidence(self) -> tuple[Evidence, ...]:
        """The evidence that reason and decision are based on, the surest first; rows leave out what is too weak."""
        return tuple(item for item in self.evidence if item.reference_id in self.counted)
