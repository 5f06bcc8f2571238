"""Statements of reasons (Article 17 DSA) in the form of the EU's Transparency Database; it sends none.

Values, limits and rules are those of the database's API, version 2 of July 2025 (transparency.dsa.ec.europa.eu, "API
and Schema"). Statements are published, and Article 24(5) forbids personal data in them: nothing here takes a seller,
a title or a file name, and the id of a case is sent only as a keyed digest.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date
from itertools import islice
from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, StringConstraints, ValidationError, model_validator
from pydantic.dataclasses import dataclass as checked_dataclass
from pydantic_core import ErrorDetails

from brand_index.errors import MarkscanError
from brand_index.fields import EEA
from scanner.moderation.statements.words import (
    LANGUAGES,
    Account,
    AccountType,
    Automation,
    Category,
    ContentType,
    Ground,
    Keyword,
    Monetary,
    Provision,
    Source,
    Visibility,
)

BATCH: Final = 100  # statements in one call to the database's /statements


class StatementUnusable(MarkscanError):
    """A statement that the Transparency Database would refuse, or misunderstand."""

    code = "statement_unusable"


# Lengths are in characters; the database treats a blank text as missing.
_Short = Annotated[str, StringConstraints(max_length=500, pattern=r"\S")]
_Long = Annotated[str, StringConstraints(max_length=2000, pattern=r"\S")]
_Facts = Annotated[str, StringConstraints(max_length=5000, pattern=r"\S")]
_Puid = Annotated[str, StringConstraints(max_length=500, pattern=r"^[A-Za-z0-9_-]+$")]
_Posted = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2038, 1, 1))]
_Applied = Annotated[date, Field(ge=date(2020, 1, 1), le=date(2038, 1, 1))]
_End = Annotated[date, Field(le=date(2038, 1, 1))]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True))
class Statement:
    """One decision, with the database's field names. None and the empty set are not sent. Raises StatementUnusable."""

    puid: _Puid  # unique among all statements of the marketplace
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
    incompatible_content_illegal: bool | None = None  # None: not sent
    category: Category = Category.INTELLECTUAL_PROPERTY
    category_specification: frozenset[Keyword] = frozenset()
    content_type: Annotated[frozenset[ContentType], Field(min_length=1)]
    content_type_other: _Short | None = None
    content_language: str | None = None  # ISO 639-1 in upper case
    content_date: _Posted  # when the listing was posted
    territorial_scope: Annotated[frozenset[str], Field(min_length=1)]  # ISO 3166-1 alpha-2, of the EEA
    application_date: _Applied  # from when the decision applies
    end_date_visibility_restriction: _End | None = None  # the day on which it ends; None, for all four: never
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
    # For a missing field, the input is all other fields.
    given = "" if problem["type"] == "missing" else f" {problem['input']!r:.80}"
    return f"{place}{given}: {problem['msg'].removeprefix('Value error, ')}"


def _contradictions(made: Statement) -> Iterator[str]:
    """Contradictions between fields.

    The database silently drops a text without its value and an end without its decision; here they are errors.
    """
    visibility, monetary = made.decision_visibility, made.decision_monetary
    provision, account = made.decision_provision, made.decision_account
    if not (visibility or monetary or provision or account):
        yield "decision_visibility, _monetary, _provision and _account are all empty: give at least one"
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
            yield f"{name} is missing: give it, since {why}"
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
            yield f"end_date_{name}_restriction {end}: no decision has this end; leave it out"
        if end is not None and end < made.application_date:
            yield f"end_date_{name}_restriction {end}: is before application_date {made.application_date}"
    if outside := sorted(made.territorial_scope - EEA):
        yield f"territorial_scope {', '.join(outside)}: outside the EEA; give codes such as DE, and GR for Greece"
    if made.content_language is not None and made.content_language not in LANGUAGES:
        yield f"content_language {made.content_language!r:.80}: give two capital letters of ISO 639-1, such as DE"


def as_json(statements: Iterable[Statement]) -> Iterator[str]:
    """Bodies for the database's /statements, in order: each {"statements": [...]} with up to 100; nothing for none.

    Fields without a value are left out, since the database refuses null in some. The database refuses a whole batch
    that has one puid twice, so this raises StatementUnusable.
    """
    rest = iter(statements)
    while batch := tuple(islice(rest, BATCH)):
        twice = [puid for puid, times in Counter(each.puid for each in batch).items() if times > 1]
        if twice:
            raise StatementUnusable(f"puid {', '.join(twice)}: given twice; give each decision once")
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
