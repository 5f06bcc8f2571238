"""Reads a table of listings and matches its rows with the images of a scan; what does not match is named, not lost."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brand_index.csv_files import SEPARATORS, BadRow, Columns, CSVRow, CSVTable, faults, read_csv
from brand_index.errors import FileUnusable, InvalidField
from brand_index.images.listed import ListedImage
from scanner.bulk.listings import FIELDS, ImageListings, LeftRow, ListingsUnusable, listing_from, named
from scanner.engine.words.plain import LONGEST_TEXT
from scanner.verdicts.types import Listing

NAME_COLUMNS: Final = ("image", "name", "file", "path", "uri")
SUFFIXES: Final = (".csv", ".parquet")
_COLUMNS: Final = Columns(
    (), (*FIELDS, *NAME_COLUMNS), frozenset({"title", "category", "condition", "description"}), others_allowed=True
)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table of listings."""

    line: int  # of the file, from 1
    name: str  # the path or file name of an image, as it is written
    listing: Listing


@dataclass(frozen=True, slots=True)
class ListingTable:
    """The rows of a table of listings; no two are about the same name."""

    file: Path | str  # str: an address
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...]  # sentences about the separator, the columns and rows that are there twice

    def match(self, images: Sequence[ListedImage]) -> ImageListings:
        """The listing of each image: that of the row with its path below the scanned folder, else with its name alone.

        A row may also have the path as it was given or from the root. Names are the same whether they are written with
        `./`, with backslashes or with accents encoded otherwise (Unicode NFC or NFD). Letter case tells them apart,
        unless a row fits exactly one image without it. Raises ListingsUnusable if no row fits any image.
        """
        rows = {_plain(row.name): row for row in self.rows}
        found = {image: row for image in images if (row := _row_of(image, rows)) is not None}
        others = [row for row in self.rows if row not in set(found.values())]
        alike, why = _without_case(others, [image for image in dict.fromkeys(images) if image not in found])
        if images and rows and not found and not alike:
            raise ListingsUnusable(
                f"{self.file} names none of {len(images):,} images: line {self.rows[0].line} is about "
                f"{self.rows[0].name}, and the first image is {images[0].inside.as_posix()}. Write paths below the "
                "scanned folder, or file names, as images"
            )
        matched = found | alike
        used = set(matched.values())
        return ImageListings(
            str(self.file),
            {image: row.listing for image, row in matched.items()},
            tuple(image for image in dict.fromkeys(images) if image not in matched),
            len(self.rows),
            tuple(LeftRow(row.line, row.name, why.get(row, "")) for row in self.rows if row not in used),
            (*self.notes, *_notes(found, alike)),
        )


def is_table(place: str) -> bool:
    """Whether a path or address is that of a table of images."""
    return place.lower().endswith(SUFFIXES)


def read_listings(file: Path | str, data: bytes | None = None) -> ListingTable:
    """Listings from a CSV file with a column image (or name, file, path), and columns named as the fields of Listing.

    `data`: the bytes of one that lies elsewhere, which `file` names; None: the file is read.
    Raises ListingsUnusable, which names the lines, for rows that do not fit the columns, have no image or an unknown
    market, or say different things about one image.
    """
    if data is None and str(file).lower().endswith(".parquet"):
        raise ListingsUnusable(
            f"{file} is a Parquet table, which --cluster reads in place of images: save listings as CSV"
        )
    try:
        table = read_csv(file, _COLUMNS, data)
    except FileUnusable as error:
        raise ListingsUnusable(str(error)) from error
    column = next((column for column in NAME_COLUMNS if column in table.columns), None)
    if column is None or not set(table.columns) & set(FIELDS):
        raise ListingsUnusable(
            f"{file} has the columns {', '.join(filter(None, table.columns)) or '(none)'}: it needs "
            f"{' or '.join(NAME_COLUMNS)}, and at least one of {', '.join(FIELDS)}"
        )
    rows: dict[str, TableRow] = {}
    bad: list[BadRow] = []
    twice: list[str] = []
    for row in table.rows():
        try:
            each = _table_row(row, column)
            earlier = rows.setdefault(_plain(each.name), each)
            if earlier.listing != each.listing:
                raise InvalidField(f"{each.name} has another listing in line {earlier.line}: keep one of the two")
            if earlier is not each:
                twice.append(f"line {each.line} as line {earlier.line}")
        except InvalidField as error:
            bad.append(BadRow(row.line, error))
    if bad:
        raise ListingsUnusable(faults(file, bad))
    if not rows:
        raise ListingsUnusable(f"{file} has columns and no row: write a row for each image")
    long = [f"line {each.line}" for each in rows.values() if len(each.listing.description or "") > LONGEST_TEXT]
    return ListingTable(file, tuple(rows.values()), tuple(_table_notes(table, column, twice, long)))


def _table_row(row: CSVRow | BadRow, column: str) -> TableRow:
    if isinstance(row, BadRow):
        raise InvalidField(str(row.error))
    name = row.cells[column]
    if not _plain(name):
        raise InvalidField(f"column {column} is {name or 'empty'}: write an image's path there")
    return TableRow(row.line, name, listing_from(row.cells))


def _table_notes(table: CSVTable, column: str, twice: list[str], long: list[str]) -> Iterator[str]:
    if table.separator != ",":
        yield f"{table.file} is read with {SEPARATORS.get(table.separator, table.separator)} between its cells"
    unused = [*table.unused, *(each for each in NAME_COLUMNS if each in table.columns and each != column)]
    if unused:
        yield f"{table.file} has columns that say nothing about listings: {', '.join(unused)}"
    if twice:
        yield f"rows that {table.file} has twice with the same content: {len(twice):,} ({named(twice)})"
    if long:
        yield (
            f"descriptions of {table.file} with more than {LONGEST_TEXT:,} characters: {len(long):,} ({named(long)}); "
            "the rest of each is not searched for words"
        )


def _notes(found: Mapping[ListedImage, TableRow], alike: Mapping[ListedImage, TableRow]) -> Iterator[str]:
    of_row = defaultdict[TableRow, list[ListedImage]](list)
    for image, row in found.items():
        of_row[row].append(image)
    several = [
        f"line {row.line} {row.name} ({len(images):,} images)"
        for row, images in of_row.items()
        if len({image.inside for image in images}) > 1
    ]
    if several:
        yield f"rows that fit several images in different folders, which all get their listing: {named(several)}"
    if alike:
        names = named(f"line {row.line} {row.name} is {image.inside.as_posix()}" for image, row in alike.items())
        yield f"names that differ from the image's in letter case alone: {names}"


def _row_of(image: ListedImage, rows: Mapping[str, TableRow]) -> TableRow | None:
    return next((rows[name] for name in map(_plain, image.names) if name in rows), None)


def _without_case(
    rows: Iterable[TableRow], images: Iterable[ListedImage]
) -> tuple[dict[ListedImage, TableRow], dict[TableRow, str]]:
    """The rows that fit exactly one of the images without regard to letter case, and why other rows fit none."""
    named_so = defaultdict[str, list[ListedImage]](list)
    for image in images:
        for name in {_plain(image.inside.as_posix()).casefold(), _plain(image.inside.name).casefold()}:
            named_so[name].append(image)
    fitting = defaultdict[ListedImage, list[TableRow]](list)
    why: dict[TableRow, str] = {}
    for row in rows:
        fits = named_so.get(_plain(row.name).casefold(), [])
        if len(fits) == 1:
            fitting[fits[0]].append(row)
        elif fits:
            why[row] = f"without regard to letter case it fits {len(fits)} images"
    for image, several in fitting.items():
        if len(several) > 1:
            lines = " and ".join(str(row.line) for row in several)
            why |= dict.fromkeys(several, f"without regard to letter case lines {lines} all fit {image.inside.name}")
    return {image: several[0] for image, several in fitting.items() if len(several) == 1}, why


def _plain(name: str) -> str:
    """A path as it is compared: composed accents (NFC), forward slashes, no parts that lead nowhere."""
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    return "/".join(part for part in map(str.strip, parts) if part not in ("", "."))
