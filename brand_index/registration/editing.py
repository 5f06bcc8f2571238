"""Edits brands and marks, with every check before the registry: only the fields that are named change."""

from dataclasses import dataclass, replace
from datetime import datetime

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registration.registering import MarkFields, check_brand, check_mark
from brand_index.registry import Registry, editing
from brand_index.registry.contradictions import MARK_FIELDS
from brand_index.types import Brand, Mark


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


def find_mark(registry: Registry, office: str, registration_number: str) -> Mark:
    """The mark of this office and number. Raises UnknownRecord; InvalidField where several brands recorded it."""
    found = [
        mark
        for mark in registry.marks()
        if (mark.office, mark.registration_number) == (office.upper(), registration_number.strip())
    ]
    if not found:
        raise UnknownRecord(
            f"no mark {office} {registration_number}: `markscan brands --json` shows the marks, and "
            "`markscan mark edit REFERENCE_ID …` gives a logo or word its mark"
        )
    if len(found) > 1:
        raise InvalidField(
            f"{' and '.join(mark.brand_id for mark in found)} recorded mark {office} {registration_number}: name a "
            "reference instead"
        )
    return found[0]


def _edited(known: Mark, changes: MarkChanges) -> Mark:
    values = {name: getattr(changes.values if name in changes.named else known, name) for name in MARK_FIELDS}
    checked = check_mark(MarkFields(**values))
    return replace(known, **{name: getattr(checked, name) for name in MARK_FIELDS})
