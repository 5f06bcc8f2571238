"""Statements of reasons (Article 17 DSA) as the EU's Transparency Database takes them; it sends none.

Words, limits and needs are those of the database's API, version 2 of July 2025 (transparency.dsa.ec.europa.eu, "API and
Schema"). What is sent is published, and Article 24(5) forbids personal data in it: nothing here takes a seller, a
title or a file's name, and the case's id goes out only as a keyed digest.
"""

import hashlib
import hmac
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, StringConstraints, ValidationError, model_validator
from pydantic.dataclasses import dataclass as checked_dataclass
from pydantic_core import ErrorDetails

from brand_index.errors import MarkscanError
from brand_index.types import ReferenceKind
from scanner.types import Reason

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU: Final = frozenset(_EU.split())
"""The 27 states, ISO 3166-1 alpha-2."""
EEA: Final = EU | {"IS", "LI", "NO"}
"""The 30 states that a decision can be said to apply in."""

_LANGUAGES = (
    "AA AB AE AF AK AM AN AR AS AV AY AZ BA BE BG BH BI BM BN BO BR BS CA CE CH CO CR CS CU CV CY DA DE DV DZ EE EL EN "
    "EO ES ET EU FA FF FI FJ FO FR FY GA GD GL GN GU GV HA HE HI HO HR HT HU HY HZ IA ID IE IG II IK IO IS IT IU JA JV "
    "KA KG KI KJ KK KL KM KN KO KR KS KU KV KW KY LA LB LG LI LN LO LT LU LV MG MH MI MK ML MN MR MS MT MY NA NB ND NE "
    "NG NL NN NO NR NV NY OC OJ OM OR OS PA PI PL PS PT QU RM RN RO RU RW SA SC SD SE SG SI SK SL SM SN SO SQ SR SS ST "
    "SU SV SW TA TE TG TH TI TK TL TN TO TR TS TT TW TY UG UK UR UZ VE VI VO WA WO XH YI YO ZA ZH ZU"
)
LANGUAGES: Final = frozenset(_LANGUAGES.split())
"""The 184 codes of ISO 639-1 that the database knows, in upper case as it lists them."""

BATCH: Final = 100  # statements that one call to the database's /statements takes
_KEY_BYTES: Final = 16  # of the puid's key: fewer could be guessed
_REFERENCE: Final = re.compile(rf"[a-z0-9-]+-({'|'.join(ReferenceKind)})-[0-9a-f]{{16}}")


class StatementUnusable(MarkscanError):
    """A statement that the Transparency Database would refuse, or misunderstand."""

    code = "statement_unusable"


class Visibility(StrEnum):
    """What happened to the listing."""

    REMOVED = "DECISION_VISIBILITY_CONTENT_REMOVED"
    DISABLED = "DECISION_VISIBILITY_CONTENT_DISABLED"
    DEMOTED = "DECISION_VISIBILITY_CONTENT_DEMOTED"
    AGE_RESTRICTED = "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"
    INTERACTION_RESTRICTED = "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"
    LABELLED = "DECISION_VISIBILITY_CONTENT_LABELLED"
    OTHER = "DECISION_VISIBILITY_OTHER"


class Monetary(StrEnum):
    """What happened to payments."""

    SUSPENDED = "DECISION_MONETARY_SUSPENSION"
    TERMINATED = "DECISION_MONETARY_TERMINATION"
    OTHER = "DECISION_MONETARY_OTHER"


class Provision(StrEnum):
    """What happened to the service."""

    PARTLY_SUSPENDED = "DECISION_PROVISION_PARTIAL_SUSPENSION"
    SUSPENDED = "DECISION_PROVISION_TOTAL_SUSPENSION"
    PARTLY_TERMINATED = "DECISION_PROVISION_PARTIAL_TERMINATION"
    TERMINATED = "DECISION_PROVISION_TOTAL_TERMINATION"


class Account(StrEnum):
    """What happened to the seller's account."""

    SUSPENDED = "DECISION_ACCOUNT_SUSPENDED"
    TERMINATED = "DECISION_ACCOUNT_TERMINATED"


class AccountType(StrEnum):
    """Whose account it is."""

    BUSINESS = "ACCOUNT_TYPE_BUSINESS"
    PRIVATE = "ACCOUNT_TYPE_PRIVATE"


class Ground(StrEnum):
    """What the decision relies on: the law, or the marketplace's terms."""

    ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"
    INCOMPATIBLE = "DECISION_GROUND_INCOMPATIBLE_CONTENT"


class ContentType(StrEnum):
    """What was decided on."""

    APP = "CONTENT_TYPE_APP"
    AUDIO = "CONTENT_TYPE_AUDIO"
    IMAGE = "CONTENT_TYPE_IMAGE"
    PRODUCT = "CONTENT_TYPE_PRODUCT"
    SYNTHETIC_MEDIA = "CONTENT_TYPE_SYNTHETIC_MEDIA"
    TEXT = "CONTENT_TYPE_TEXT"
    VIDEO = "CONTENT_TYPE_VIDEO"
    OTHER = "CONTENT_TYPE_OTHER"


class Category(StrEnum):
    """Of the database's sixteen, the one that this scanner can speak to."""

    INTELLECTUAL_PROPERTY = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"


class Keyword(StrEnum):
    """Which right was infringed."""

    TRADEMARK = "KEYWORD_TRADEMARK_INFRINGEMENT"
    COPYRIGHT = "KEYWORD_COPYRIGHT_INFRINGEMENT"


class Source(StrEnum):
    """How the marketplace came to look."""

    ARTICLE_16 = "SOURCE_ARTICLE_16"  # a notice
    TRUSTED_FLAGGER = "SOURCE_TRUSTED_FLAGGER"
    OTHER_NOTIFICATION = "SOURCE_TYPE_OTHER_NOTIFICATION"
    VOLUNTARY = "SOURCE_VOLUNTARY"


class Automation(StrEnum):
    """How far a machine decided."""

    FULLY = "AUTOMATED_DECISION_FULLY"
    PARTIALLY = "AUTOMATED_DECISION_PARTIALLY"
    NOT = "AUTOMATED_DECISION_NOT_AUTOMATED"


# Lengths are in characters; the database takes a text of blanks for none.
_Short = Annotated[str, StringConstraints(max_length=500, pattern=r"\S")]
_Long = Annotated[str, StringConstraints(max_length=2000, pattern=r"\S")]
_Facts = Annotated[str, StringConstraints(max_length=5000, pattern=r"\S")]
_Puid = Annotated[str, StringConstraints(max_length=500, pattern=r"^[A-Za-z0-9_-]+$")]
_Posted = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2038, 1, 1))]
_Applied = Annotated[date, Field(ge=date(2020, 1, 1), le=date(2038, 1, 1))]
_End = Annotated[date, Field(le=date(2038, 1, 1))]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True))
class Statement:
    """One decision, in the database's names. None and the empty set: not sent. Raises StatementUnusable when made."""

    puid: _Puid  # unique to this statement among all that the marketplace ever sends
    decision_visibility: frozenset[Visibility] = frozenset()
    decision_visibility_other: _Short | None = None
    decision_monetary: Monetary | None = None
    decision_monetary_other: _Short | None = None
    decision_provision: Provision | None = None
    decision_account: Account | None = None
    account_type: AccountType | None = None
    decision_ground: Ground
    illegal_content_legal_ground: _Short | None = None
    illegal_content_explanation: _Long | None = None
    incompatible_content_ground: _Short | None = None
    incompatible_content_explanation: _Long | None = None
    incompatible_content_illegal: bool | None = None  # None: not said
    category: Category = Category.INTELLECTUAL_PROPERTY
    category_specification: frozenset[Keyword] = frozenset()
    content_type: Annotated[frozenset[ContentType], Field(min_length=1)]
    content_type_other: _Short | None = None
    content_language: str | None = None  # ISO 639-1 in upper case
    content_date: _Posted  # when the listing was posted
    territorial_scope: Annotated[frozenset[str], Field(min_length=1)]  # ISO 3166-1 alpha-2, of the EEA
    application_date: _Applied  # from when the decision applies
    end_date_visibility_restriction: _End | None = None  # the day on which it ends; of all four, None: never
    end_date_monetary_restriction: _End | None = None
    end_date_service_restriction: _End | None = None
    end_date_account_restriction: _End | None = None
    decision_facts: _Facts
    source_type: Source
    source_identity: _Short | None = None  # of an organization, never of a person
    automated_detection: bool
    automated_decision: Automation

    @model_validator(mode="wrap")
    @classmethod
    def _checked(cls, given: Any, check: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            made = check(given)
        except ValidationError as error:
            raise StatementUnusable("; ".join(_flaw(problem) for problem in error.errors())) from error
        if flaws := tuple(_contradictions(made)):
            raise StatementUnusable("; ".join(flaws))
        return made


def _flaw(problem: ErrorDetails) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    # Where a field is missing, the input is all the others.
    given = "" if problem["type"] == "missing" else f" {problem['input']!r:.80}"
    return f"{place}{given}: {problem['msg']}"


def _contradictions(made: Statement) -> Iterator[str]:
    """What the fields say against each other.

    The database drops a text that nothing asks for, and an end without its decision, in silence; here they are flaws.
    """
    visibility, monetary = made.decision_visibility, made.decision_monetary
    provision, account = made.decision_provision, made.decision_account
    if not (visibility or monetary or provision or account):
        yield "decision_visibility, _monetary, _provision and _account are all empty: say at least one"
    illegal = made.decision_ground is Ground.ILLEGAL
    for name, asked, why in (
        ("decision_visibility_other", Visibility.OTHER in visibility, f"decision_visibility has {Visibility.OTHER}"),
        ("decision_monetary_other", monetary is Monetary.OTHER, f"decision_monetary is {Monetary.OTHER}"),
        ("content_type_other", ContentType.OTHER in made.content_type, f"content_type has {ContentType.OTHER}"),
        ("illegal_content_legal_ground", illegal, f"decision_ground is {Ground.ILLEGAL}"),
        ("illegal_content_explanation", illegal, f"decision_ground is {Ground.ILLEGAL}"),
        ("incompatible_content_ground", not illegal, f"decision_ground is {Ground.INCOMPATIBLE}"),
        ("incompatible_content_explanation", not illegal, f"decision_ground is {Ground.INCOMPATIBLE}"),
    ):
        text = getattr(made, name)
        if asked and text is None:
            yield f"{name} is missing: write it, since {why}"
        elif not asked and text is not None:
            yield f"{name} {text!r:.80}: leave it out unless {why}"
    if illegal and made.incompatible_content_illegal is not None:
        yield f"incompatible_content_illegal: leave it out unless decision_ground is {Ground.INCOMPATIBLE}"
    if made.source_identity is not None and made.source_type is Source.VOLUNTARY:
        yield f"source_identity {made.source_identity!r:.80}: leave it out where source_type is {Source.VOLUNTARY}"
    for name, decision, end in (
        ("visibility", visibility, made.end_date_visibility_restriction),
        ("monetary", monetary, made.end_date_monetary_restriction),
        ("service", provision, made.end_date_service_restriction),
        ("account", account, made.end_date_account_restriction),
    ):
        if end is not None and not decision:
            yield f"end_date_{name}_restriction {end}: nothing was decided that could end then; leave it out"
        if end is not None and end < made.application_date:
            yield f"end_date_{name}_restriction {end}: is before application_date {made.application_date}"
    if outside := sorted(made.territorial_scope - EEA):
        yield f"territorial_scope {', '.join(outside)}: not of the EEA; give codes such as DE, and GR for Greece"
    if made.content_language is not None and made.content_language not in LANGUAGES:
        yield f"content_language {made.content_language!r:.80}: give two capital letters of ISO 639-1, such as DE"


class _Infringement(NamedTuple):
    keyword: Keyword
    seen: str
    law: str
    explanation: str


_TRADEMARK: Final = _Infringement(
    Keyword.TRADEMARK,
    "shows a logo that is registered",
    "Article 9(2) of Regulation (EU) 2017/1001 for EU trade marks; for national trade marks, Article 10(2) of "
    "Directive (EU) 2015/2436 as transposed.",
    "The listing uses the mark in the course of trade, in an offer of goods, without the consent of its proprietor.",
)
_COPYRIGHT: Final = _Infringement(
    Keyword.COPYRIGHT,
    "shows a photo that is registered",
    "Articles 2 and 3 of Directive 2001/29/EC as transposed (reproduction, and communication to the public).",
    "The listing reproduces the photo and makes it available to the public without the consent of its rights holder.",
)
_INFRINGEMENTS: Final = {
    Reason.LOGO_UNAUTHORIZED: _TRADEMARK,
    Reason.PHOTO_COPIED: _COPYRIGHT,
    Reason.PHOTO_SUSPECTED: _COPYRIGHT._replace(seen="probably shows a photo that is registered"),
}
_DECIDED: Final = {
    Automation.FULLY: "A machine decided, and no person.",
    Automation.PARTIALLY: "A machine and a person decided together.",
    Automation.NOT: "A person decided.",
}


def puid_of(case_id: str, key: bytes, nth: int = 1) -> str:
    """The public id of a case's `nth` decision: HMAC-SHA256 under the marketplace's secret `key`, as 64 hex digits.

    A case's id may be counted up, or hold a seller's or a listing's, and whoever guesses it could try it against a
    plain digest; without the key nobody can. The same decision keeps its puid, so what was sent twice is refused as
    such; a later decision on the same case needs another. Keep the key for as long as statements are to be traced to
    their cases. Raises StatementUnusable.
    """
    if not case_id or nth < 1:
        raise StatementUnusable(f"case {case_id!r}, decision {nth}: give the case's id, and count decisions from 1")
    if len(key) < _KEY_BYTES:
        raise StatementUnusable(f"the puid's key has {len(key)} bytes: use {_KEY_BYTES} random ones at least")
    return hmac.new(key, f"{nth}:{case_id}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def statement_of(
    *,
    case_id: str,  # never sent as it is: see puid_of
    key: bytes,  # likewise
    nth: int = 1,  # decision on this case, from 1
    reason: Reason,
    listing: Visibility | None = None,  # what happened to it; None: nothing
    account: Account | None = None,  # likewise
    account_until: date | None = None,  # None: not at all, or without end
    countries: Iterable[str],  # where the decision applies: ISO 3166-1 alpha-2
    posted_on: date,
    applied_on: date,
    brand: str,  # its public name
    reference_id: str,  # as the registry gives it
    detected_by_machine: bool,
    decided: Automation,
    confidence: str | None = None,  # in words, as "97 % sure"; None: no machine compared anything
    clause: str | None = None,  # of the marketplace's terms that was relied on; None: the law was
    source: Source = Source.VOLUNTARY,
    language: str | None = None,  # of the listing, ISO 639-1 in upper case; None: not said
) -> Statement:
    """The statement on one decision about a listing that shows what is not the seller's to show.

    Raises StatementUnusable, also where `reason` is no infringement: such a decision needs another statement.
    """
    infringement = _INFRINGEMENTS.get(reason)
    if infringement is None:
        raise StatementUnusable(f"reason {reason.value}: infringes nothing; give {', '.join(_INFRINGEMENTS)}")
    if not _REFERENCE.fullmatch(reference_id):
        raise StatementUnusable(f"reference_id {reference_id!r:.80}: give the registry's id, no file's name")
    facts = (
        f"A picture of the listing {infringement.seen} for {brand} (reference {reference_id}).",
        "No authorization that the seller holds covers it.",
        "A machine found it by comparing pictures." if detected_by_machine else "A person found it.",
        *(() if confidence is None else (f"The comparison was {confidence}.",)),
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
        category_specification=frozenset({infringement.keyword}),
        content_type=frozenset({ContentType.IMAGE, ContentType.PRODUCT}),
        content_language=language,
        content_date=posted_on,
        territorial_scope=frozenset(countries),
        application_date=applied_on,
        decision_facts=" ".join(facts),
        source_type=source,
        automated_detection=detected_by_machine,
        automated_decision=decided,
    )


def as_json(statements: Iterable[Statement]) -> Iterator[str]:
    """Bodies for the database's /statements, in order: each {"statements": [...]} with up to 100; nothing for none.

    What is not said is left out: the database fills it in, and refuses a null in some fields. A batch with one puid
    twice is refused whole by the database, and raises StatementUnusable here.
    """
    rest = iter(statements)
    while batch := tuple(islice(rest, BATCH)):
        twice = [puid for puid, times in Counter(each.puid for each in batch).items() if times > 1]
        if twice:
            raise StatementUnusable(f"puid {', '.join(twice)}: given twice; send each decision once")
        yield json.dumps({"statements": [_spelled(each) for each in batch]}, ensure_ascii=False)


def _spelled(statement: Statement) -> dict[str, Any]:
    values = {field.name: getattr(statement, field.name) for field in fields(statement)}
    return {name: _spell(value) for name, value in values.items() if value is not None and value != frozenset()}


def _spell(value: bool | date | frozenset[str] | str) -> str | list[str]:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value
