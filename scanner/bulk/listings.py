"""The listing of each image, from a table; path_pattern.py takes it from the folders."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path, PurePath
from typing import Final

from brand_index.errors import UsageError
from brand_index.images.finding import FoundImage
from scanner.verdicts.types import Listing

FIELDS: Final = tuple(field.name for field in fields(Listing))
NAME_COLUMNS: Final = ("image", "name", "file", "path")


class ListingsUnusable(UsageError):
    """A listings file or a path pattern that names no listings."""

    code = "listings_unusable"


ListingOf = Callable[[FoundImage], Listing]


def no_listing(_: FoundImage) -> Listing:
    """The listing of every image is unknown."""
    return Listing()


def read_listings(file: Path) -> ListingOf:
    """Listings from a CSV file with a column image (or name, file, path), and columns named as the fields of Listing.

    An image is looked up by its path below the scanned folder, then by its name alone. The listing of an image that
    the file does not name is unknown. Raises ListingsUnusable, which names the row if one is wrong.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ListingsUnusable(f"{file} cannot be read ({error}): check the path, or save it as CSV UTF-8") from error
    header = text.partition("\n")[0]
    rows = csv.DictReader(text.splitlines(), delimiter=max(",;\t", key=header.count))
    columns = [(column or "").strip().lower() for column in rows.fieldnames or ()]
    rows.fieldnames = columns
    named = next((column for column in NAME_COLUMNS if column in columns), None)
    if named is None or not set(columns) & set(FIELDS):
        raise ListingsUnusable(
            f"{file} has the columns {', '.join(columns) or '(none)'}: it needs {' or '.join(NAME_COLUMNS)}, "
            f"and at least one of {', '.join(FIELDS)}"
        )
    listings: dict[PurePath, Listing] = {}
    for row in rows:
        name = (row.get(named) or "").strip()
        if not name:
            raise ListingsUnusable(
                f"{file}, line {rows.line_num}: column {named} is empty; write an image's path there"
            )
        listings[PurePath(name)] = listing_from(row)
    return lambda image: listings.get(image.inside) or listings.get(PurePath(image.inside.name)) or Listing()


def listing_from(row: Mapping[str, str | None]) -> Listing:
    """The listing with these fields; an empty one is not known."""
    return Listing(**{field: (row.get(field) or "").strip() or None for field in FIELDS})
