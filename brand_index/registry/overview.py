"""The contents of the registry, as a table for people and as JSON for programs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Final

from brand_index.registry import Conflict, Registry
from brand_index.types import Authorization, Brand, Mark, ReferenceImage, ReferenceKind

COLUMNS: Final = (
    *("brand", "name", "owner", "contact", "marks", "logos", "photos", "words"),
    *("authorizations", "open conflicts"),
)


def as_rows(registry: Registry, now: datetime) -> Iterator[tuple[str, ...]]:
    """A row for each brand with the COLUMNS, which count what is in force at `now`."""
    marks = Counter(mark.brand_id for mark in registry.marks())
    references = Counter((reference.brand_id, reference.kind) for reference in registry.references())
    authorizations = Counter(
        given.brand_id
        for given in registry.authorizations()
        if given.revoked_at is None and (given.last_day is None or given.last_day >= now.date())
    )
    conflicts = Counter(
        slug for conflict in registry.conflicts() if conflict.resolved_at is None for slug in conflict.brands
    )
    for brand in registry.brands():
        counts = (
            marks[brand.brand_id],
            *(references[brand.brand_id, kind] for kind in ReferenceKind),
            authorizations[brand.brand_id],
            conflicts[brand.brand_id],
        )
        texts = (brand.brand_id, brand.name, brand.owner, brand.contact)
        yield (*texts, *map(str, counts))


def as_json_value(registry: Registry) -> dict[str, object]:
    """Everything with its ids, withdrawn and revoked records too, in JSON's types."""
    marks, references = registry.marks(), registry.references(include_withdrawn=True)
    authorizations = registry.authorizations()
    return {
        "revision": registry.revision(),
        "brands": [
            {
                **_plain(brand),
                "marks": [_plain(mark) for mark in marks if mark.brand_id == brand.brand_id],
                "references": [
                    _plain(reference) | {"word": reference.word}
                    for reference in references
                    if reference.brand_id == brand.brand_id
                ],
                "authorizations": [_plain(given) for given in authorizations if given.brand_id == brand.brand_id],
            }
            for brand in registry.brands()
        ],
        "conflicts": [_plain(conflict) for conflict in registry.conflicts()],
    }


def _plain(record: Brand | Mark | ReferenceImage | Authorization | Conflict) -> dict[str, object]:
    return {field: _plain_value(value) for field, value in asdict(record).items()}


def _plain_value(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date
