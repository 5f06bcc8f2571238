"""What in listings would keep an authorization from applying, and may be a slip of whoever wrote them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from brand_index.types import Authorization
from scanner.bulk.listings import ImageListings, named
from scanner.verdicts.policy import Policy

_AS_NUMBER: Final = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,}", re.IGNORECASE | re.ASCII)


def doubts(listings: ImageListings, policy: Policy, authorizations: Sequence[Authorization]) -> Iterator[str]:
    """A sentence for each kind of slip: sellers and listings by nearly their ids, and unknown categories."""
    known = {each.seller_id.casefold(): each.seller_id for each in authorizations}
    exact = set(known.values())
    sellers = Counter(listing.seller_id for listing in listings.images.values() if listing.seller_id)
    alike = [f"{each} ({known[each.casefold()]})" for each in sellers if each not in exact and each.casefold() in known]
    if alike:
        yield (
            f"sellers in {listings.source} whose id differs from an authorized seller's in letter case alone, so that "
            f"they are not authorized: {named(alike)}"
        )
    ids = {each for listing in listings.images.values() for each in (listing.seller_id, listing.listing_id) if each}
    if rounded := sorted(filter(_AS_NUMBER.fullmatch, ids)):
        yield (
            f"ids in {listings.source} that a spreadsheet has rounded to a number: {named(rounded)}. Export the table "
            "anew with these columns as text"
        )
    if any(each.nice is not None for each in authorizations):
        given = (listing.category for listing in listings.images.values())
        unknown = Counter(each for each in given if each is not None and not policy.nice_classes(each))
        if unknown:
            names = named(f"{each} ({count:,})" for each, count in unknown.most_common())
            yield (
                f"categories in {listings.source} without a Nice class in the policy {policy.name}, where no "
                f"authorization applies that is limited to classes: {names}"
            )
