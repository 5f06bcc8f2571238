"""The contents of the registry, as a table for people and as JSON for programs."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Final

from brand_index.registry import Conflict, Registry
from brand_index.types import Authorization, Brand, Form, Mark, ReferenceImage, ReferenceKind

COLUMNS: Final = (
    *("brand", "name", "owner", "contact", "marks", "logos", "photos", "words"),
    *("authorizations", "open conflicts"),
)

MARK_COLUMNS: Final = ("mark", "name", "registration", *(form.value for form in Form), "words")
FORM_COLUMNS: Final = ("reference", "form", "file", "region", "pixels", "remarks")


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
                "marks": [
                    mark_json(mark, [each for each in references if each.mark_id == mark.mark_id])
                    for mark in marks
                    if mark.brand_id == brand.brand_id
                ],
                "references": [
                    reference_json(reference) for reference in references if reference.brand_id == brand.brand_id
                ],
                "authorizations": [_plain(given) for given in authorizations if given.brand_id == brand.brand_id],
            }
            for brand in registry.brands()
        ],
        "conflicts": [_plain(conflict) for conflict in registry.conflicts()],
    }


def mark_json(mark: Mark, references: Iterable[ReferenceImage]) -> dict[str, object]:
    """A mark with the ids of its references, in JSON's types."""
    return _plain(mark) | {"references": [each.reference_id for each in references]}


def reference_json(reference: ReferenceImage) -> dict[str, object]:
    """A reference in JSON's types."""
    return _plain(reference) | {"word": reference.word}


def marks_as_rows(marks: Iterable[Mark], references: Iterable[ReferenceImage]) -> Iterator[tuple[str, ...]]:
    """A row for each mark with the MARK_COLUMNS, which count its references that are in force among these."""
    held = tuple(references)
    for mark in marks:
        own = [each for each in held if each.mark_id == mark.mark_id and each.withdrawn_at is None]
        counts = [sum(each.form is form for each in own) for form in Form]
        registration = "" if mark.office is None else f"{mark.office} {mark.registration_number}"
        words = ", ".join(each.source_name for each in own if each.word is not None)
        yield str(mark.mark_id), mark.name or "", registration, *map(str, counts), words


def forms_as_rows(references: Iterable[ReferenceImage]) -> Iterator[tuple[str, ...]]:
    """A row for each reference of a mark with the FORM_COLUMNS."""
    for each in references:
        form = "word" if each.form is None else each.form.value
        region = "" if each.source_region is None else ",".join(map(str, each.source_region))
        size = "" if each.word is not None else f"{each.width} x {each.height}"
        state = "withdrawn" if each.withdrawn_at is not None else ""
        yield each.reference_id, form, each.source_name, region, size, "; ".join(filter(None, (state, *each.warnings)))


def _plain(record: Brand | Mark | ReferenceImage | Authorization | Conflict) -> dict[str, object]:
    return {field: _plain_value(value) for field, value in asdict(record).items()}


def _plain_value(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date
