"""Decisions, reasons and measurements as plain sentences, without markup."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from brand_index.types import AuthorizationField, ReferenceKind
from scanner.engine.confidence import RAREST
from scanner.engine.types import Evidence, LogoMeasurements
from scanner.verdicts.types import Decision, Reason, UnmetAuthorization, Verdict

# An alteration is mentioned from here on. Below are the effects of JPEG, noise and slightly wrong corners.
WHOLE: Final = 0.95  # of an area
STRAIGHT: Final = 1.5  # degrees
OVERLAID: Final = 0.03  # of what has texture
COLOURED: Final = 0.85  # agreement of tints
LIT: Final = 0.5  # octaves

DECISIONS = {Decision.BLOCK: "Block", Decision.REVIEW: "Review", Decision.CLEAR: "Clear"}

REASONS = {
    Reason.NO_MATCH: "Nothing registered was found.",
    Reason.SUPPRESSED: "A reviewer suppressed what was found, or the reference is quarantined.",
    Reason.INCOMPLETE: "Time ran out before all of it was examined.",
    Reason.UNREADABLE: "An image of the listing could not be read.",
    Reason.AUTHORIZED: "The seller is authorized for everything that was found.",
    Reason.LOGO_UNAUTHORIZED: "Shows a registered logo, and no authorization covers it.",
    Reason.PHOTO_SUSPECTED: "Probably shows a registered photo. A person should compare the two.",
    Reason.PHOTO_COPIED: "Shows a registered photo, and no authorization covers it.",
}

_UNMET = {
    AuthorizationField.SELLER: "belongs to another seller",
    AuthorizationField.KIND: "does not cover this kind of image (an authorization for logos does not include photos)",
    AuthorizationField.REVOKED: "was revoked",
    AuthorizationField.NOT_YET: "is not in force yet",
    AuthorizationField.EXPIRED: "has expired",
    AuthorizationField.MARKET: "does not cover this market",
    AuthorizationField.NICE: "does not cover this class of goods",
}


def sureness(confidence: float) -> str:
    """A confidence of 0..1 in words, never rounded up to certainty nor down to none."""
    if confidence > 0.99:
        return "over 99 % sure"
    return "under 1 % sure" if confidence < 0.01 else f"{int(confidence * 100)} % sure"


def headline(evidence: Evidence, brand: str) -> str:
    """The kind of one evidence, with the name of the brand."""
    return f"{brand} photo" if evidence.kind is ReferenceKind.PHOTO else f"{brand} logo"


def facts(evidence: Evidence) -> tuple[str, ...]:
    """The measurements of one evidence, one short sentence each, the strongest kind first."""
    sentences = list(alterations(evidence))
    if evidence.inliers is not None and evidence.inliers > 0:
        agree = "keypoint agrees" if evidence.inliers == 1 else "keypoints agree"
        sentences.append(f"{evidence.inliers} {agree} on one geometry")
    if evidence.inlier_coverage is not None and evidence.inlier_coverage >= 0.01:
        sentences.append(f"They span {evidence.inlier_coverage * 100:.0f} % of the reference")
    if evidence.ncc is not None and evidence.ncc > 0:
        sentences.append(f"In the overlay the pixels agree to {evidence.ncc * 100:.0f} %")
    if evidence.hash_distance == 0:
        sentences.append("The image hashes are equal in all 256 bits")
    elif evidence.hash_distance is not None:
        sentences.append(f"The image hashes differ in {evidence.hash_distance} of 256 bits")
    if evidence.cosine is not None:
        sentences.append(f"Similarity of the embeddings: cosine {evidence.cosine:.2f} of 1")
    if evidence.logo is not None:
        sentences += _logo_facts(evidence.logo)
    if evidence.review_only:
        sentences.append("The reference is too plain for a decision without a person")
    if evidence.frame > 0:
        sentences.append(f"In frame {evidence.frame + 1} of the animation")
    return tuple(sentences)


def _logo_facts(logo: LogoMeasurements) -> Iterator[str]:
    far = logo.neg_log10_far
    if far is not None and far >= 1:
        fewer = "Fewer than one" if far > RAREST else "One"
        yield f"{fewer} other photo in {10 ** min(far, RAREST):,.0f} is as similar"
    if logo.match_logit is not None:
        yield f"Compared patch by patch, it {'fits' if logo.match_logit > 0 else 'fits badly'}"
    if logo.hue_intersection is not None:
        yield f"The hues agree to {logo.hue_intersection * 100:.0f} %"


def alterations(evidence: Evidence) -> tuple[str, ...]:
    """How the listing image alters the reference, one short sentence each; empty: not noticeably."""
    sentences = ["Mirrored"] if evidence.mirrored else []
    altered = evidence.alteration
    if altered is None:
        return tuple(sentences)
    if altered.visible < WHOLE:
        sentences.append(f"Cropped to {max(1, round(altered.visible * 100))} % of the registered photo")
    if altered.occupied < WHOLE:
        sentences.append(f"Placed in a larger image, of which it fills {max(1, round(altered.occupied * 100))} %")
    if abs(altered.turned) >= STRAIGHT:
        way = "right" if altered.turned > 0 else "left"
        sentences.append(f"Rotated by {abs(altered.turned):.0f}° to the {way}")
    if altered.overlaid is not None and altered.overlaid >= OVERLAID:
        sentences.append(f"Covered or changed in {altered.overlaid * 100:.0f} % of its area")
    if altered.colour is not None and altered.colour < COLOURED:
        sentences.append("Recoloured")
    if altered.light is not None and abs(altered.light) >= LIT:
        sentences.append("Lighter than registered" if altered.light > 0 else "Darker than registered")
    return tuple(sentences)


def unmet_sentence(unmet: UnmetAuthorization) -> str:
    """Why an authorization of the seller does not cover what was found."""
    return f"Authorization {unmet.authorization_id} {_UNMET[unmet.field]}."


def authorization_sentences(verdict: Verdict) -> tuple[str, ...]:
    """Whether authorizations cover what was found, one sentence each; empty: nothing was found that needs one."""
    if verdict.reason in (Reason.NO_MATCH, Reason.INCOMPLETE, Reason.SUPPRESSED):
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


def duration(time: timedelta) -> str:
    """A length of time in seconds, minutes or hours."""
    seconds = max(1, round(time.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def code_in_words(code: str) -> str:
    """An error's code as a short heading."""
    return code.replace("_", " ").capitalize()
