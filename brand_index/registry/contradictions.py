"""Compares what is registered with what is given anew, and names both values where they differ; it changes nothing."""

import shlex
from collections.abc import Iterable
from typing import Final

from brand_index.errors import Contradictory
from brand_index.types import Brand, Mark

MARK_FIELDS: Final = ("feature", "office", "registration_number", "nice", "vienna", "expires")
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
    differing = [
        name
        for name in MARK_FIELDS
        if getattr(known, name) and getattr(given, name) and getattr(known, name) != getattr(given, name)
    ]
    if differing:
        which = f"{known.office} {known.registration_number}" if known.office else f"number {known.mark_id}"
        raise Contradictory(
            f"mark {which} is recorded otherwise: {mark_differences(known, given, differing)}. Leave that out, or "
            f"change the mark first: markscan mark edit {which} {mark_options(given, differing)}"
        )


def mark_differences(known: Mark | None, given: Mark, fields: Iterable[str]) -> str:
    """What the fields of a mark are, and what was given, in words; `known` None: there is no mark."""
    return "; ".join(
        f"{_NAMES.get(name, name)} {_text(known, name) or 'none'} is recorded, {_text(given, name)} is given"
        for name in fields
    )


def mark_options(given: Mark, fields: Iterable[str]) -> str:
    """The options of `markscan mark edit` that set these fields."""
    return " ".join(f"--{name.replace('_', '-')} {shlex.quote(_text(given, name))}" for name in fields)


def _text(mark: Mark | None, name: str) -> str:
    value = None if mark is None else getattr(mark, name)
    if isinstance(value, frozenset):
        return ",".join(str(each) for each in sorted(value))
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)
