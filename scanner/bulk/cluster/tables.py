"""Reads a table of images and their listings, CSV or Parquet, here or on an object store; it opens no image."""

import contextlib
import csv
import io
import math
from pathlib import Path, PurePath
from typing import Final

import pyarrow as pa
import pyarrow.parquet

from brand_index.csv_files import BadRow, faults
from brand_index.images.listed import FoundImage, ListedImage
from brand_index.images.remote import RemoteImage
from brand_index.object_stores import StoreUnusable, check_address, is_address, opened, reason_of
from scanner.bulk.listing_table import NAME_COLUMNS, ListingTable, read_listings
from scanner.bulk.listings import FIELDS, ListingsUnusable

READ: Final = frozenset({*NAME_COLUMNS, *FIELDS})  # columns
EXACT: Final = 2**53  # up to which a floating-point number is the whole number that was written
_ONE_LINE: Final = str.maketrans("\r\n\0", "\x01" * 3)  # a row is a line; controls are not passed over


def read_image_table(place: str) -> tuple[tuple[ListedImage, ...], ListingTable]:
    """The images that a table names in the column uri (or image, name, file, path), and their listings.

    What is not an address is a path below the folder that holds the table. Raises ListingsUnusable and StoreUnusable.
    """
    table = read_listings(place, _csv_elsewhere(place))
    folder = place.rpartition("/")[0] if is_address(place) else str(Path(place).parent)
    images: list[ListedImage] = []
    bad: list[BadRow] = []
    for row in table.rows:
        try:
            images.append(_image(row.name, folder))
        except StoreUnusable as error:
            bad.append(BadRow(row.line, error))
    if bad:
        raise ListingsUnusable(faults(place, bad))
    return tuple(images), table


def _image(name: str, folder: str) -> ListedImage:
    if is_address(name):
        check_address(name)
        return RemoteImage(name, PurePath(PurePath(name).name))
    if is_address(folder):
        return RemoteImage(f"{folder}/{name}", PurePath(name))
    return FoundImage(Path(folder, name), PurePath(name), named=True)


def _csv_elsewhere(place: str) -> bytes | None:
    """The table as CSV; None: it is a CSV file of this machine."""
    is_parquet = place.lower().endswith(".parquet")
    if not is_parquet and not is_address(place):
        return None
    files, path = opened(place)
    try:
        if not is_parquet:
            return bytes(files.cat_file(path))
        with files.open(path, "rb") as source:
            return _csv_of(place, pa.parquet.ParquetFile(source)).encode()
    except ListingsUnusable:
        raise
    except Exception as error:  # each store has errors of its own
        advice = "check the address and who may read it"
        raise StoreUnusable(f"{place}: cannot be read as a table ({reason_of(error)}); {advice}") from error


def _csv_of(place: str, table: "pa.parquet.ParquetFile") -> str:
    """A table as CSV: its cells as text, and none for what is missing. Raises ListingsUnusable."""
    text, names = io.StringIO(newline=""), table.schema_arrow.names
    writer = csv.writer(text)
    writer.writerow(names)
    for batch in table.iter_batches():
        columns = [
            [_cell(place, name, each) for each in column.to_pylist()]
            for name, column in zip(names, batch.columns, strict=True)
        ]
        writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def _cell(place: str, column: str, value: object) -> object:
    """A value as a cell of CSV; of columns that say nothing about listings what has no text is left out.

    A table of rows with empty cells often has its numbers as fractions, and NaN for what is missing. Bytes are text
    whose writer did not say so.
    """
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() and abs(value) <= EXACT else value
    with contextlib.suppress(UnicodeDecodeError):
        value = value.decode() if isinstance(value, bytes) else value
    if isinstance(value, str):
        return value.translate(_ONE_LINE)
    if not isinstance(value, bytes | list | dict):
        return value
    if column.lower() in READ:
        raise ListingsUnusable(f"{place}: column {column} holds {value!r:.60}, which is no text: write one text a cell")
    return None
