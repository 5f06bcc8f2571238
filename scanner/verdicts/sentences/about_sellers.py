"""What is known of the seller and the reference, in sentences: authorizations, how many matched it, who was first."""

from collections.abc import Iterator
from typing import Final

from scanner.verdicts.precision import PERIOD, Spread
from scanner.verdicts.reasons import UNMET
from scanner.verdicts.types import FOUND_NOTHING, FirstSeen, Reason, UnmetAuthorization, Verdict

_NOT_COVERED: Final = {
    Reason.LOOKALIKE: "not what resembles it",
    Reason.REPLICA_OFFERED: "not a replica of it",
}


def unmet_sentence(unmet: UnmetAuthorization) -> str:
    """Why an authorization of the seller does not cover what was found."""
    return f"Authorization {unmet.authorization_id} {UNMET[unmet.field]}."


def authorization_sentences(verdict: Verdict) -> tuple[str, ...]:
    """Whether authorizations cover what was found, one sentence each; empty: nothing was found that needs one."""
    if verdict.reason in FOUND_NOTHING | {Reason.INCOMPLETE, Reason.SUPPRESSED, Reason.MARK_CONCEALED}:
        return ()
    sentences = []
    if verdict.authorization_ids:
        numbers = ", ".join(str(each) for each in verdict.authorization_ids)
        not_covered = _NOT_COVERED.get(verdict.reason)
        beside = "" if not_covered is None else f" That covers the mark itself, {not_covered}."
        sentences.append(f"Covered by authorization {numbers}.{beside}")
    sentences += [unmet_sentence(unmet) for unmet in verdict.unmet_authorizations]
    if not sentences:
        known = verdict.listing.seller_id is not None
        sentences.append("This seller has no authorization." if known else "Unknown seller: no authorization applies.")
    return tuple(sentences)


def spread_sentence(spread: Spread) -> str:
    """In how many sellers' listings a reference was matched, and what reviewers made of it."""
    decided = "none of these cases is decided"
    if spread.decided:
        decided = f"{spread.wrong} of {spread.decided} decided cases showed something else"
    sellers = "1 seller" if spread.sellers == 1 else f"{spread.sellers} sellers"
    return f"Matched in listings of {sellers} in {PERIOD.days} days; {decided}. It may be a template that many fill in."


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
