"""What is known of the seller and the reference, in sentences: authorizations, and how widely something was matched."""

from scanner.verdicts.precision import PERIOD, Spread
from scanner.verdicts.reasons import UNMET
from scanner.verdicts.types import FOUND_NOTHING, Reason, UnmetAuthorization, Verdict


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
        sentences.append(f"Covered by authorization {numbers}.")
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
