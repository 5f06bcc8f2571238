"""Builds the statement of reasons of one decision. It takes nothing personal, so a statement contains nothing."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from brand_index.types import ReferenceKind
from scanner.moderation.statements.statement import Statement, StatementUnusable
from scanner.moderation.statements.words import Account, Automation, ContentType, Ground, Keyword, Source, Visibility
from scanner.verdicts.types import Reason

_KEY_BYTES: Final = 16  # of the puid's key; a shorter key could be guessed
_REFERENCE: Final = re.compile(rf"[a-z0-9-]+-({'|'.join(ReferenceKind)})-[0-9a-f]{{16}}")


class _Infringement(NamedTuple):
    keyword: Keyword | None  # None: nobody knows which right
    seen: str  # with the name of the brand, and of the reference
    law: str | None  # None: the marketplace's terms alone are violated
    explanation: str
    content: frozenset[ContentType] = frozenset({ContentType.IMAGE, ContentType.PRODUCT})
    found: str = "Software found it by comparing images."
    sure: str = "The comparison"


_TRADEMARK: Final = _Infringement(
    Keyword.TRADEMARK,
    "An image of the listing shows a logo that is registered for {brand}.",
    "Article 9(2) of Regulation (EU) 2017/1001 for EU trade marks; for national trade marks, Article 10(2) of "
    "Directive (EU) 2015/2436 as transposed.",
    "The listing uses the mark in the course of trade, in an offer of goods, without the consent of its proprietor.",
)
_COPYRIGHT: Final = _Infringement(
    Keyword.COPYRIGHT,
    "An image of the listing shows a photo that is registered for {brand}.",
    "Articles 2 and 3 of Directive 2001/29/EC as transposed (reproduction, and communication to the public).",
    "The listing reproduces the photo and makes it available to the public without the consent of its rights holder.",
)
_WORD: Final = _TRADEMARK._replace(
    seen="An image or the text of the listing shows a word that is registered for {brand}.",
    content=frozenset({ContentType.IMAGE, ContentType.TEXT, ContentType.PRODUCT}),
    found="Software found it by reading the images and the text.",
)
_CONCEALED: Final = _Infringement(
    None,
    "An image of the listing shows goods on which a mark is covered, blurred or painted over.",
    None,
    "The listing hides a mark on the goods, so that nobody can see whose mark it is. The terms forbid that.",
    found="Software found it by looking for covered areas in the image.",
    sure="The software",
)
_INFRINGEMENTS: Final = {
    Reason.MARK_CONCEALED: _CONCEALED,
    Reason.LOGO_UNAUTHORIZED: _TRADEMARK,
    Reason.PHOTO_COPIED: _COPYRIGHT,
    Reason.PHOTO_SUSPECTED: _COPYRIGHT._replace(
        seen="An image of the listing probably shows a photo that is registered for {brand}."
    ),
    Reason.WORD_UNAUTHORIZED: _WORD,
    Reason.WORD_IN_TEXT: _WORD._replace(
        seen="The title or description of the listing uses a word that is registered for {brand}.",
        content=frozenset({ContentType.TEXT, ContentType.PRODUCT}),
        found="Software found it by reading the text.",
    ),
    Reason.NOMINATIVE_USE: _WORD,
    Reason.LOOKALIKE: _WORD._replace(
        seen="The listing uses a word or sign that resembles one that is registered for {brand}.",
        found="Software found it by comparing images, and by reading images and text.",
    ),
    Reason.IMITATION_NAMED: _WORD._replace(
        seen=f"{_WORD.seen} The listing says that the goods are like those of the brand, or not made by it."
    ),
    Reason.REPLICA_OFFERED: _WORD._replace(
        seen="The listing shows a mark that is registered for {brand}, and calls the goods a replica.",
        found="Software found it by comparing images and reading the text.",
    ),
}
_DECIDED: Final = {
    Automation.FULLY: "Software decided, without a person.",
    Automation.PARTIALLY: "Software and a person decided together.",
    Automation.NOT: "A person decided.",
}


def puid_of(case_id: str, key: bytes, nth: int = 1) -> str:
    """The public id of a case's `nth` decision: HMAC-SHA256 under the marketplace's secret `key`, as 64 hex digits.

    A case's id may be a counter, or contain the id of a seller or listing. Anyone who guesses it could check the guess
    against a plain digest, but not without the key. The same decision keeps its puid, so the database refuses it when
    it is sent twice; a later decision on the same case has another. Keep the key for as long as statements must be
    traceable to their cases. Raises StatementUnusable.
    """
    if not case_id or nth < 1:
        raise StatementUnusable(
            f"case {case_id!r}, decision {nth}: give the id of the case, and the number of the decision from 1"
        )
    if len(key) < _KEY_BYTES:
        raise StatementUnusable(f"the puid's key has {len(key)} bytes: use at least {_KEY_BYTES} random ones")
    return hmac.new(key, f"{nth}:{case_id}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def statement_of(
    *,
    case_id: str,  # never sent as it is: see puid_of
    key: bytes,  # of the puid; never sent
    nth: int = 1,  # decision on this case, from 1
    reason: Reason,
    listing: Visibility | None = None,  # what happened to it; None: nothing
    account: Account | None = None,  # what happened to it; None: nothing
    account_until: date | None = None,  # None: no measure, or without end
    countries: Iterable[str],  # where the decision applies: ISO 3166-1 alpha-2
    posted_on: date,
    applied_on: date,
    brand: str | None,  # its public name; None: the mark is concealed
    reference_id: str | None,  # of the registry; None: no reference was compared
    detected_by_machine: bool,
    decided: Automation,
    confidence: str | None = None,  # in words, as "97 % sure"; None: no software made a comparison
    clause: str | None = None,  # of the marketplace's terms that the decision is based on; None: the law
    source: Source = Source.VOLUNTARY,
    language: str | None = None,  # of the listing, ISO 639-1 in upper case; None: unknown
) -> Statement:
    """The statement on one decision about a listing with an unauthorized logo, photo or word, or a concealed mark.

    Raises StatementUnusable, also for a `reason` that is no infringement: such a decision needs another statement; and
    for a concealed mark without a `clause`.
    """
    infringement = _INFRINGEMENTS.get(reason)
    if infringement is None:
        raise StatementUnusable(f"reason {reason.value}: is no infringement; give {', '.join(_INFRINGEMENTS)}")
    if clause is None and infringement.law is None:
        raise StatementUnusable(f"reason {reason.value}: it is against no law; name the clause of the terms (clause)")
    if reference_id is not None and not _REFERENCE.fullmatch(reference_id):
        raise StatementUnusable(
            f"reference_id {reference_id!r:.80}: give the reference_id of the registry, not a file name"
        )
    named = "" if reference_id is None else f" (reference {reference_id})"
    facts = (
        infringement.seen.format(brand=f"{brand}{named}"),
        *(() if brand is None else ("No authorization that the seller holds covers it.",)),
        infringement.found if detected_by_machine else "A person found it.",
        *(() if confidence is None else (f"{infringement.sure} was {confidence}.",)),
        _DECIDED[decided],
    )
    by_law = clause is None
    return Statement(
        puid=puid_of(case_id, key, nth),
        decision_visibility=frozenset() if listing is None else frozenset({listing}),
        decision_account=account,
        end_date_account_restriction=account_until,
        decision_ground=Ground.ILLEGAL if by_law else Ground.INCOMPATIBLE,
        illegal_content_legal_ground=infringement.law if by_law else None,
        illegal_content_explanation=infringement.explanation if by_law else None,
        incompatible_content_ground=clause,
        incompatible_content_explanation=None if by_law else infringement.explanation,
        category_specification=frozenset() if infringement.keyword is None else frozenset({infringement.keyword}),
        content_type=infringement.content,
        content_language=language,
        content_date=posted_on,
        territorial_scope=frozenset(countries),
        application_date=applied_on,
        decision_facts=" ".join(facts),
        source_type=source,
        automated_detection=detected_by_machine,
        automated_decision=decided,
    )
