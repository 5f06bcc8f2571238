"""Lists the images that a rights holder wants to register, by paths or a CSV file; it registers nothing."""

import csv
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brand_index import fields
from brand_index.errors import FileUnusable, InvalidField, MarkscanError
from brand_index.registration import MarkFields, check_brand, check_mark
from brand_index.types import Brand, ReferenceKind

REQUIRED_COLUMNS: Final = ("brand", "name", "owner", "contact", "kind", "path")
OPTIONAL_COLUMNS: Final = ("office", "registration_number", "nice", "vienna")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that may be an image."""

    path: Path
    named: bool  # True: given itself; False: found in a folder, which may hold other files too


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A checked row of a CSV file."""

    number: int  # as spreadsheets count: the header is 1
    brand: Brand
    kind: ReferenceKind
    path: Path
    mark: MarkFields


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be registered."""

    number: int  # as above
    error: MarkscanError


def walk(paths: list[Path]) -> Iterator[FoundFile]:
    """The given files and those in the given folders, sorted; links to folders are not followed inside them."""
    for path in paths:
        if not path.is_dir():
            yield FoundFile(path, named=True)
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                yield FoundFile(Path(folder, name), named=False)


def read_rows(file: Path, registered: Iterable[Brand]) -> Iterator[ImportRow | BadRow]:
    """The rows of a CSV file: UTF-8, with or without a byte order mark, separated by commas, semicolons or tabs.

    Name, owner and contact may be empty for a `registered` brand or one of a row above. Paths are relative to the file.
    Raises FileUnusable.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileUnusable(f"{file}: {error.strerror}; check that it exists and can be read") from error
    except UnicodeDecodeError as error:
        raise FileUnusable(f"{file} is not UTF-8: save it as CSV UTF-8") from error
    header, _, _ = text.partition("\n")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    columns = [column.strip().lower() for column in next(_parsed(rows, file), [])]
    if missing := [column for column in REQUIRED_COLUMNS if column not in columns]:
        raise FileUnusable(f"{file} has no column {', '.join(missing)}; the first row names the columns")
    if unknown := [column for column in columns if column and column not in REQUIRED_COLUMNS + OPTIONAL_COLUMNS]:
        choices = ", ".join(REQUIRED_COLUMNS + OPTIONAL_COLUMNS)
        raise FileUnusable(f"{file} has an unknown column {', '.join(unknown)}; the columns are {choices}")
    brands = {brand.brand_id: brand for brand in registered}
    for number, cells in enumerate(_parsed(rows, file), start=2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            if len(cells) > len(columns):
                raise InvalidField(
                    f"{len(cells)} cells under {len(columns)} columns: quote cells that contain a separator"
                )
            row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
            checked = _check(number, row, file.parent, brands)
        except MarkscanError as error:
            yield BadRow(number, error)
            continue
        brands[checked.brand.brand_id] = checked.brand
        yield checked


def complete_brand(slug: str, name: str, owner: str, contact: str, registered: Brand | None) -> Brand:
    """The brand with these fields, and those of the registered brand where a field is empty.

    Raises InvalidField, which names the missing fields.
    """
    fields.slug(slug)
    values = {"name": name, "owner": owner, "contact": contact}
    if registered is not None:
        values = {field: value or getattr(registered, field) for field, value in values.items()}
    if missing := [field for field, value in values.items() if not value]:
        raise InvalidField(f"brand {slug} is new: give its {', '.join(missing)} too")
    return check_brand(Brand(brand_id=slug, **values))


def _parsed(rows: Iterator[list[str]], file: Path) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise FileUnusable(f"{file} cannot be read as CSV ({error}): is a quotation mark missing?") from error


def _check(number: int, row: dict[str, str], folder: Path, brands: dict[str, Brand]) -> ImportRow:
    slug = row["brand"]
    registered = brands.get(slug)
    brand = complete_brand(slug, row.get("name", ""), row.get("owner", ""), row.get("contact", ""), registered)
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
    return ImportRow(number, brand, ReferenceKind(kind), folder / row["path"], check_mark(mark))
