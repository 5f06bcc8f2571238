"""Lists the images that a rights holder wants to register, by a CSV file; it registers nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brand_index import fields
from brand_index.csv_files import ALIKE_BRANDS, BadRow, Columns, faults, file_named, nearest, read_csv
from brand_index.errors import Contradictory, InvalidField, MarkscanError
from brand_index.registration import MarkFields, check_brand, check_mark_of
from brand_index.registry.contradictions import brand_differences, check_same_brand
from brand_index.types import Brand, ReferenceKind

COLUMNS: Final = Columns(
    ("brand", "name", "owner", "contact", "kind", "path"), ("office", "registration_number", "nice", "vienna")
)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A checked row of a CSV file."""

    line: int  # of the file, from 1
    brand: Brand
    kind: ReferenceKind
    path: Path
    mark: MarkFields


def read_rows(file: Path, registered: Iterable[Brand]) -> Iterator[ImportRow | BadRow]:
    """The rows of a CSV file with the columns of `COLUMNS`.

    Name, owner and contact may be empty for a `registered` brand or one of a row above. Paths are relative to the file.
    Raises FileUnusable as read_csv does, before the first row.
    """
    brands = {brand.brand_id: brand for brand in registered}
    lines_of = dict[str, int]()  # the first row of a brand that the file registers
    for row in read_csv(file, COLUMNS).rows():
        if isinstance(row, BadRow):
            yield row
            continue
        try:
            checked = _check(row.line, row.cells, file.parent, brands, lines_of)
        except MarkscanError as error:
            yield BadRow(row.line, error)
            continue
        if checked.brand.brand_id not in brands:
            brands[checked.brand.brand_id] = checked.brand
            lines_of[checked.brand.brand_id] = row.line
        yield checked


def agreeing(file: Path, rows: Iterable[ImportRow | BadRow]) -> list[ImportRow | BadRow]:
    """The rows of a file. Raises Contradictory where one contradicts another, or the registry, about a brand.

    Which of the two is right only a person knows, so nothing of the file is registered.
    """
    found = list(rows)
    bad = [row for row in found if isinstance(row, BadRow) and isinstance(row.error, Contradictory)]
    if bad:
        raise Contradictory(f"nothing was registered: {faults(file, bad)}")
    return found


def complete_brand(slug: str, name: str, owner: str, contact: str, brands: Iterable[Brand]) -> Brand:
    """The brand with these fields, and those of the one among the registered `brands` where a field is empty.

    Raises InvalidField, which names the missing fields, and Contradictory where a field is registered otherwise.
    """
    known = {each.brand_id: each for each in brands}
    brand, registered = _completed(slug, name, owner, contact, known), known.get(slug)
    if registered is not None:
        check_same_brand(registered, brand)
    return brand


def _completed(slug: str, name: str, owner: str, contact: str, known: dict[str, Brand]) -> Brand:
    near, registered = nearest(slug.lower(), known, ALIKE_BRANDS), known.get(slug)
    meant = "" if near is None else f"; did you mean {near}?"
    try:
        fields.slug(slug)
    except InvalidField as error:
        raise InvalidField(f"{error}{meant}") from error
    values = {"name": name, "owner": owner, "contact": contact}
    if registered is not None:
        values = {field: value or getattr(registered, field) for field, value in values.items()}
    if missing := [field for field, value in values.items() if not value]:
        raise InvalidField(f"brand {slug} is new: give its {', '.join(missing)} too{meant}")
    return check_brand(Brand(brand_id=slug, **values))


def _check(
    line: int, row: dict[str, str], folder: Path, brands: dict[str, Brand], lines_of: dict[str, int]
) -> ImportRow:
    slug = row["brand"]
    known = brands.get(slug)
    brand = _completed(slug, row.get("name", ""), row.get("owner", ""), row.get("contact", ""), brands)
    if known is not None and slug in lines_of and (differing := brand_differences(known, brand)):
        raise Contradictory(f"brand {slug} is another in line {lines_of[slug]}: {differing}; make the rows agree")
    if known is not None:
        check_same_brand(known, brand)
    kind = row.get("kind", "").lower()
    if kind not in set(ReferenceKind):
        raise InvalidField(f"kind {kind!r}: give logo or photo")
    if not row.get("path"):
        raise InvalidField("path is empty: name an image")
    mark = MarkFields(
        office=row.get("office") or None,
        registration_number=row.get("registration_number") or None,
        nice=fields.nice_classes(fields.split(row.get("nice", ""))),
        vienna=fields.split(row.get("vienna", "")),
    )
    return ImportRow(
        line, brand, ReferenceKind(kind), file_named(folder, row["path"]), check_mark_of(ReferenceKind(kind), mark)
    )
