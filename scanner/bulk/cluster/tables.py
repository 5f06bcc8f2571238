"""Reads a table of images and their listings, CSV or Parquet, here or on an object store; it opens no image."""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final

import pyarrow as pa
import pyarrow.parquet

from brand_index.images.listed import FoundImage, ListedImage
from brand_index.images.remote import RemoteImage
from brand_index.object_stores import StoreUnusable, check_address, is_address, opened, reason_of
from scanner.bulk.listing_table import ListingTable, read_listings

SUFFIXES: Final = (".csv", ".parquet")


def is_table(place: str) -> bool:
    """Whether a path or address is that of a table of images."""
    return place.lower().endswith(SUFFIXES)


def read_image_table(place: str) -> tuple[tuple[ListedImage, ...], ListingTable]:
    """The images that a table names in the column uri (or image, name, file, path), and their listings.

    What is not an address is a path below the folder that holds the table. Raises ListingsUnusable and StoreUnusable.
    """
    with _as_csv(place) as file:
        table = replace(read_listings(file), file=place)
    folder = place.rpartition("/")[0] if is_address(place) else str(Path(place).parent)
    return tuple(_image(row.name, folder) for row in table.rows), table


def _image(name: str, folder: str) -> ListedImage:
    if is_address(name):
        check_address(name)
        return RemoteImage(name, PurePath(PurePath(name).name))
    if is_address(folder):
        return RemoteImage(f"{folder}/{name}", PurePath(name))
    return FoundImage(Path(folder, name), PurePath(name), named=True)


@contextmanager
def _as_csv(place: str) -> Iterator[Path]:
    """The table as a CSV file of this machine, of the same name."""
    is_parquet = place.lower().endswith(".parquet")
    if not is_parquet and not is_address(place):
        yield Path(place)
        return
    with tempfile.TemporaryDirectory(prefix="markscan-") as folder:
        file = Path(folder, PurePath(place).name)
        files, path = opened(place)
        try:
            if is_parquet:
                with files.open(path, "rb") as source:
                    _write_csv(pa.parquet.ParquetFile(source), file)
            else:
                files.get_file(path, str(file))
        except Exception as error:  # each store has errors of its own
            advice = "check the address and who may read it"
            raise StoreUnusable(f"{place}: cannot be read as a table ({reason_of(error)}); {advice}") from error
        yield file


def _write_csv(table: "pa.parquet.ParquetFile", file: Path) -> None:
    """Write a table as CSV: its cells as text, and none for what is missing."""
    with file.open("w", encoding="utf-8", newline="") as opened_file:
        writer = csv.writer(opened_file)
        writer.writerow(table.schema_arrow.names)
        for batch in table.iter_batches():
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
