"""Decisions, reasons and unmet authorizations as plain sentences, one each; words.py says the rest."""

from typing import Final

from brand_index.types import AuthorizationField, Form, ReferenceImage
from scanner.engine.types import Evidence
from scanner.verdicts.types import Decision, Reason

DECISIONS: Final = {Decision.BLOCK: "Block", Decision.REVIEW: "Review", Decision.CLEAR: "Clear"}

REASONS: Final = {
    Reason.NO_MATCH: "Nothing registered was found.",
    Reason.NOTHING_SEARCHED: "No reference was searched: none is registered and in force.",
    Reason.SUPPRESSED: "A reviewer suppressed or dismissed what was found, or the reference is quarantined.",
    Reason.INCOMPLETE: "Not all of it could be examined.",
    Reason.UNREADABLE: "An image of the listing could not be read.",
    Reason.AUTHORIZED: "The seller is authorized for everything that was found.",
    Reason.NOMINATIVE_USE: "Names a registered brand to say what the goods fit, or that they are used.",
    Reason.WORD_IN_TEXT: "Names a registered brand in its title or description, and nowhere else.",
    Reason.WORD_UNAUTHORIZED: "Shows a registered word, and no authorization covers it.",
    Reason.LOOKALIKE: "Shows what resembles a registered mark, spelled or drawn otherwise. Compare the two.",
    Reason.IMITATION_NAMED: "Names a registered brand beside goods that are in its style, or not its own.",
    Reason.REPLICA_OFFERED: "Calls the goods a replica, beside a registered mark.",
    Reason.LOGO_UNAUTHORIZED: "Shows a registered logo, and no authorization covers it.",
    Reason.MARK_CONCEALED: "A patch on the goods seems to conceal a mark. A person should look at it.",
    Reason.PHOTO_SUSPECTED: "Probably shows a registered photo. A person should compare the two.",
    Reason.PHOTO_COPIED: "Shows a registered photo, and no authorization covers it.",
}

_FORMS: Final = {
    Form.PART: "Matched a part of the mark that stands alone",
    Form.IN_USE: "Matched a photograph of the mark in use",
}
UNMET: Final = {
    AuthorizationField.SELLER: "belongs to another seller",
    AuthorizationField.KIND: "does not cover this kind of reference (one for logos does not include photos)",
    AuthorizationField.REVOKED: "was revoked",
    AuthorizationField.NOT_YET: "is not in force yet",
    AuthorizationField.EXPIRED: "has expired",
    AuthorizationField.MARKET: "does not cover this market",
    AuthorizationField.NICE: "does not cover this class of goods",
}


def form_facts(reference: ReferenceImage | None, evidence: Evidence | None) -> tuple[str, ...]:
    """What of its mark was matched, if not the artwork as a whole, as a sentence without a full stop; empty: it was.

    A reference may be a form of the mark, and of artwork a part alone may have matched.
    """
    logo = None if evidence is None else evidence.logo
    if logo is not None and logo.part_alone:
        return (_FORMS[Form.PART],)
    return (_FORMS[reference.form],) if reference is not None and reference.form in _FORMS else ()
