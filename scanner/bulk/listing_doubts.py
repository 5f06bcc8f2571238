"""What in listings would keep an authorization from applying, and may be a slip of whoever wrote them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from brand_index import fields
from brand_index.types import Authorization
from scanner.bulk.listings import ImageListings, named
from scanner.verdicts.policy import Policy


def doubts(listings: ImageListings, policy: Policy, authorizations: Sequence[Authorization]) -> Iterator[str]:
    """A sentence for each kind of slip: sellers and listings by nearly their ids, and unknown categories."""
    known = {fields.look(each.seller_id): each.seller_id for each in authorizations}
    exact = set(known.values())
    sellers = Counter(listing.seller_id for listing in listings.images.values() if listing.seller_id)
    near = [(each, known[fields.look(each)]) for each in sellers if each not in exact and fields.look(each) in known]
    if alike := [f"{each} ({other})" for each, other in near if each.casefold() == other.casefold()]:
        yield (
            f"sellers in {listings.source} whose id differs from an authorized seller's in letter case alone, so that "
            f"they are not authorized: {named(alike)}"
        )
    if alike := [f"{each!a} ({other!a})" for each, other in near if each.casefold() != other.casefold()]:
        yield (
            f"sellers in {listings.source} whose id looks like an authorized seller's and has other characters, such "
            f"as a hyphen of another kind or one that nobody sees, so that they are not authorized: {named(alike)}"
        )
    ids = {each for listing in listings.images.values() for each in (listing.seller_id, listing.listing_id) if each}
    if rewritten := sorted(filter(fields.is_rewritten, ids)):
        yield (
            f"ids in {listings.source} that look like numbers rewritten by a spreadsheet or a program: "
            f"{named(rewritten)}. Export the table anew with these columns as text"
        )
    if nothing := sorted(filter(fields.stands_for_nothing, ids)):
        yield (
            f"ids in {listings.source} that programs write for an empty cell, which are taken for names: "
            f"{named(nothing)}. Leave these cells empty"
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
