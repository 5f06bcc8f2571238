"""The listing of each image of a scan, and what has none; listing_table.py and path_pattern.py say where from."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from brand_index.errors import UsageError
from brand_index.images.listed import ListedImage
from scanner.bulk.report.files import written_whole
from scanner.verdicts.types import Listing

FIELDS: Final = tuple(field.name for field in fields(Listing))
NAMED: Final = 3  # of each kind of what was left over, in a sentence
LEFT_OVER: Final = "unmatched.csv"  # the file in --out that names all of it


class ListingsUnusable(UsageError):
    """A listings file or a path pattern that names no listings."""

    code = "listings_unusable"


ListingOf = Callable[[ListedImage], Listing]


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A row of a table that is no image's."""

    line: int  # of the file, from 1
    name: str  # of an image, as the row says it
    why: str  # empty: there is no such image


@dataclass(frozen=True, slots=True)
class ImageListings:
    """The listing of each image of one scan."""

    source: str  # what listings were taken from, for people; empty: from nothing
    images: Mapping[ListedImage, Listing]  # those that have one
    without: tuple[ListedImage, ...] = ()
    rows: int = 0  # of the table
    left: tuple[LeftRow, ...] = ()
    notes: tuple[str, ...] = ()  # sentences about what was understood otherwise than it is written
    _unknown: Listing = field(default=Listing(), repr=False)

    def __call__(self, image: ListedImage) -> Listing:
        """The listing of an image; nothing is known about one without."""
        return self.images.get(image, self._unknown)

    def sentences(self) -> Iterator[str]:
        """What has no counterpart on either side, and the notes; nothing if all is matched as it is written."""
        yield from self.notes
        if self.without:
            count = f"{len(self.without):,} of {len(self.images) + len(self.without):,} images"
            names = named(image.inside.as_posix() for image in self.without)
            yield f"{count} have no listing in {self.source}, so that their seller is unknown: {names}"
        if self.left:
            names = named(f"line {each.line} {each.name}{each.why and f' ({each.why})'}" for each in self.left)
            yield f"{len(self.left):,} of {self.rows:,} rows of {self.source} are no image's: {names}"


ListingSource = Callable[[Sequence[ListedImage]], ImageListings]


def no_listings(_: Sequence[ListedImage]) -> ImageListings:
    """The listing of every image is unknown."""
    return ImageListings("", {})


def listing_from(row: Mapping[str, str | None]) -> Listing:
    """The listing with these fields; an empty one is not known. Raises InvalidField for an unknown market."""
    return Listing(**{field: (row.get(field) or "").strip() or None for field in FIELDS}).checked()


def write_left_over(out: Path, listings: ImageListings) -> Path | None:
    """Write OUT/unmatched.csv: the images without a listing, and the rows that are no image's. None: there are none."""
    path = out / LEFT_OVER
    if not (listings.without or listings.left):
        path.unlink(missing_ok=True)  # an earlier run's
        return None
    with written_whole(path, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("what", "line", "name", "why"))
        writer.writerows(("image", "", image.inside.as_posix(), "") for image in listings.without)
        writer.writerows(("row", row.line, row.name, row.why) for row in listings.left)
    return path


def named(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    found = list(names)
    more = f", and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
    return ", ".join(found[:NAMED]) + more
