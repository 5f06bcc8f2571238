"""Edits brands and marks, with every check before the registry: only the fields that are named change."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registration.checking import MarkFields, check_brand, check_mark
from brand_index.registry import Registry, editing
from brand_index.registry.contradictions import MARK_FIELDS, mark_in_words, mark_key, same_name
from brand_index.types import Brand, Mark

_NAMED: Final = 5  # marks in a message


@dataclass(frozen=True, slots=True)
class BrandChanges:
    """The new values of a brand; None: as it is."""

    name: str | None = None
    owner: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class MarkChanges:
    """The new values of a mark, of the fields that are `named`; a named field without a value is cleared."""

    values: MarkFields
    named: frozenset[str]  # of the fields of MarkFields

    def __post_init__(self) -> None:
        """Refuse an edit that names nothing."""
        if not self.named:
            raise InvalidField(f"nothing is to be changed: give one of {', '.join(MARK_FIELDS)}")


def edit_brand(registry: Registry, brand_id: str, changes: BrandChanges, now: datetime) -> Brand:
    """Change the name, owner or contact of a brand. Raises InvalidField, UnknownRecord."""
    given = {name: value for name in BrandChanges.__dataclass_fields__ if (value := getattr(changes, name)) is not None}
    if not given:
        raise InvalidField("nothing is to be changed: give a name, an owner or a contact")
    return editing.edit_brand(registry.database, brand_id, lambda known: check_brand(replace(known, **given)), now)


def edit_mark(registry: Registry, mark_id: int, changes: MarkChanges, now: datetime) -> Mark:
    """Change a mark, for all references that show it. Raises InvalidField, Contradictory, UnknownRecord."""
    return editing.edit_mark(registry.database, mark_id, lambda known: _edited(known, changes), now)


def edit_mark_of(
    registry: Registry, reference_id: str, changes: MarkChanges, now: datetime, *, alone: bool = False
) -> Mark:
    """Change the mark of a logo or word, or record one where it has none.

    `alone`: for this reference alone; others that share the mark keep it. Raises as edit_mark.
    """
    return editing.edit_mark_of(
        registry.database, reference_id, lambda known: _edited(known, changes), now, alone=alone
    )


def find_mark(registry: Registry, first: str, second: str) -> Mark:
    """The mark of a brand and its name or our number, or of an office and its registration number.

    Raises UnknownRecord; InvalidField where it is not certain which mark is meant.
    """
    marks = registry.marks()
    found = [mark for mark in marks if mark.brand_id == first and _is_called(mark, second)]
    found += [
        mark
        for mark in marks
        if (mark.office, mark.registration_number) == (first.upper(), second.strip()) and mark not in found
    ]
    if not found:
        names = [mark_key(mark) for mark in marks if mark.brand_id == first]
        known = f"; it has {', '.join(names[:_NAMED])}" if names else ""
        raise UnknownRecord(
            f"no mark {first} {second}{known}: `markscan brands --json` shows all, and `markscan marks edit "
            "REFERENCE_ID …` gives a logo or word its mark"
        )
    if len(found) > 1:
        raise InvalidField(
            f"{first} {second} is {' and '.join(mark_in_words(mark) for mark in found)}: name a reference instead"
        )
    return found[0]


def _is_called(mark: Mark, name: str) -> bool:
    return same_name(mark.name, name) or str(mark.mark_id) == name.strip()


def _edited(known: Mark, changes: MarkChanges) -> Mark:
    values = {name: getattr(changes.values if name in changes.named else known, name) for name in MARK_FIELDS}
    checked = check_mark(MarkFields(**values))
    return replace(known, **{name: getattr(checked, name) for name in MARK_FIELDS})
