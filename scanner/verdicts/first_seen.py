"""Who showed a registered photo first: the registration, another seller, or the seller whose listing is judged."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self


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

    def with_own(self, seller_id: str | None) -> Self:
        """The same, where the seller's own listing is the earliest of all."""
        if self.own_at is None or (self.seen_at is not None and self.seen_at <= self.own_at):
            return self
        return replace(self, seen_at=self.own_at, seller_id=seller_id, listing_id=None)

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
        """Who showed it first."""
        if self.seen_at is None or self.seen_at >= self.registered_at:
            return First.REFERENCE
        return First.OWN if self.own_at is not None and self.own_at <= self.seen_at else First.OTHER

    @property
    def first_at(self) -> datetime:
        """When that was, UTC."""
        return self.registered_at if self.seen_at is None else min(self.seen_at, self.registered_at)


def first_seen_sentences(known: FirstSeen) -> Iterator[str]:
    """What a reviewer reads, a sentence each."""
    yield f"The photo was registered on {known.registered_at:%Y-%m-%d}."
    if known.seen_at is None:
        yield "No listing is known that showed it before this one."
    else:
        listing = "a listing" if known.listing_id is None else f"listing {known.listing_id}"
        seller = "an unknown seller" if known.seller_id is None else f"seller {known.seller_id}"
        yield f"It was first seen on {known.seen_at:%Y-%m-%d} in {listing} of {seller}."
    if known.own_is_older:
        yield f"This seller showed it on {known.own_at:%Y-%m-%d}, before it was registered: who made it?"
