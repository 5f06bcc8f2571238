"""Compares what is registered with what is given anew, and names both values where they differ; it changes nothing."""

import shlex
from collections.abc import Iterable
from typing import Final

from brand_index import fields
from brand_index.errors import Contradictory
from brand_index.types import Brand, Mark

MARK_FIELDS: Final = ("name", "feature", "office", "registration_number", "nice", "vienna", "expires")
_NAMES: Final = {"registration_number": "number", "nice": "Nice", "vienna": "Vienna"}
BRAND_FIELDS: Final = ("name", "owner", "contact")


def check_same_brand(known: Brand, given: Brand) -> None:
    """Raises Contradictory where a registered brand is given with another name, owner or contact."""
    if differing := differing_fields(known, given):
        options = " ".join(f"--{name} {shlex.quote(getattr(given, name))}" for name in differing)
        raise Contradictory(
            f"brand {known.brand_id} is registered otherwise: {brand_differences(known, given)}. Leave that out, or "
            f"change the brand first: markscan brand edit {known.brand_id} {options}"
        )


def differing_fields(known: Brand, given: Brand) -> tuple[str, ...]:
    """The fields of a brand that are not the same."""
    return tuple(name for name in BRAND_FIELDS if getattr(known, name) != getattr(given, name))


def brand_differences(known: Brand, given: Brand) -> str:
    """What the fields of a brand are, and what was given, in words."""
    return "; ".join(
        f"{name} {getattr(known, name)!r} is recorded, {getattr(given, name)!r} is given"
        for name in differing_fields(known, given)
    )


def check_same_mark(known: Mark, given: Mark) -> None:
    """Raises Contradictory where a recorded mark is given with another value; an unknown value differs from none."""
    differing = [name for name in MARK_FIELDS if getattr(known, name) and differs(known, given, name)]
    if differing:
        raise Contradictory(
            f"{mark_in_words(known)} is recorded otherwise: {mark_differences(known, given, differing)}. Leave that "
            f"out, or change the mark first: markscan marks edit {known.brand_id} {mark_key(known)} "
            f"{mark_options(given, differing)}"
        )


def check_one_mark(named: Mark | None, numbered: Mark | None) -> Mark | None:
    """The mark that a name and an office's number both mean; None: neither is recorded. Contradictory: they are two."""
    if named is not None and numbered is not None and named.mark_id != numbered.mark_id:
        raise Contradictory(
            f"the name {named.name!r} is that of mark {named.mark_id}, and {numbered.office} "
            f"{numbered.registration_number} that of {mark_in_words(numbered)}: give the name or the number of the "
            "one that is meant"
        )
    return named or numbered


def same_name(one: str | None, other: str | None) -> bool:
    """Whether two names of marks are one to the eye: they may differ in case or in unseen characters."""
    return one is not None and other is not None and fields.look(one) == fields.look(other)


def differs(known: Mark | None, given: object, name: str) -> bool:
    """Whether a field is given, and is known otherwise or not at all."""
    value, recorded = getattr(given, name), getattr(known, name, None)
    return bool(value) and value != recorded and not (name == "name" and same_name(value, recorded))


def mark_in_words(mark: Mark) -> str:
    """How messages name a mark: its name, else its office and number, else our number."""
    if mark.name is not None:
        return f"mark {mark.name!r} of {mark.brand_id}"
    if mark.office is not None:
        return f"mark {mark.office} {mark.registration_number} of {mark.brand_id}"
    return f"mark {mark.mark_id} of {mark.brand_id}"


def mark_key(mark: Mark) -> str:
    """What names a mark among those of its brand, on the command line: its name, else our number."""
    return str(mark.mark_id) if mark.name is None else shlex.quote(mark.name)


def mark_differences(known: Mark | None, given: Mark, fields: Iterable[str]) -> str:
    """What the fields of a mark are, and what was given, in words; `known` None: there is no mark."""
    return "; ".join(
        f"{_NAMES.get(name, name)} {_text(known, name) or 'none'} is recorded, {_text(given, name)} is given"
        for name in fields
    )


def field_in_words(given: object, name: str) -> str:
    """A given field of a mark, as a person gives it with a new reference: mark 'sign', for its name."""
    return f"mark {_text(given, name)!r}" if name == "name" else f"{name.replace('_', ' ')} {_text(given, name)}"


def mark_options(given: Mark, fields: Iterable[str]) -> str:
    """The options of `markscan marks edit` that set these fields."""
    return " ".join(f"--{name.replace('_', '-')} {shlex.quote(_text(given, name))}" for name in fields)


def _text(mark: object, name: str) -> str:
    value = None if mark is None else getattr(mark, name)
    if isinstance(value, frozenset):
        return ",".join(str(each) for each in sorted(value))
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)
