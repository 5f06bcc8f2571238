"""Finds the images to scan and the listing of each; it decodes no image."""

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePath
from typing import Final

from brand_index.errors import UsageError
from brand_index.images.formats import name_of_unread, recognize
from scanner.verdicts.types import Listing

SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff"}
    | {".heic", ".heif", ".mpo", ".jp2", ".jxl", ".psd"}
)
FIELDS: Final = tuple(field.name for field in fields(Listing))
NAME_COLUMNS: Final = ("image", "name", "file", "path")
_FIRST_BYTES: Final = 64


class ListingsUnusable(UsageError):
    """A listings file or a path pattern that names no listings."""

    code = "listings_unusable"


@dataclass(frozen=True, slots=True)
class FoundImage:
    """A file to scan."""

    path: Path
    inside: PurePath  # its path below the given folder; of a file that was given itself, its name


def find_images(paths: Iterable[Path]) -> Iterator[FoundImage]:
    """The files among `paths`, and all images in the folders among them, sorted.

    A file in a folder is an image by its suffix, so that a broken one is reported, or by its first bytes. Links are
    followed, and each folder is walked once.
    """
    for path in paths:
        if not path.is_dir():
            yield FoundImage(path, PurePath(path.name))
            continue
        walked: set[str] = set()
        for folder, folders, names in os.walk(path, followlinks=True):
            real = os.path.realpath(folder)
            if real in walked:
                folders.clear()
                continue
            walked.add(real)
            folders.sort()
            for name in sorted(names):
                file = Path(folder, name)
                if _may_be_image(file):
                    yield FoundImage(file, file.relative_to(path))


def _may_be_image(file: Path) -> bool:
    if file.suffix.lower() in SUFFIXES:
        return True
    try:
        if not file.is_file():
            return False
        with file.open("rb") as opened:
            start = opened.read(_FIRST_BYTES)
    except OSError:
        return False
    return recognize(start) is not None and name_of_unread(start) is None


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
        listings[PurePath(name)] = _listing(row)
    return lambda image: listings.get(image.inside) or listings.get(PurePath(image.inside.name)) or Listing()


def read_path_pattern(pattern: str) -> ListingOf:
    """Listings from the paths of images: `{seller_id}/{listing_id}/{name}` matches the end of a path.

    A field does not match across folders. Raises ListingsUnusable for an unknown or repeated field.
    """
    names = re.findall(r"\{([^{}]*)\}", pattern)
    allowed = {*FIELDS, "name"}
    wrong = [field for field in names if field not in allowed or names.count(field) > 1]
    if wrong or not names:
        problem = f"unknown or repeated field {', '.join(wrong)}" if wrong else "no field"
        choices = ", ".join(f"{{{field}}}" for field in sorted(allowed))
        raise ListingsUnusable(f"--path-pattern {pattern!r} has {problem}: write each of these at most once: {choices}")
    parts = re.split(r"\{([^{}]*)\}", pattern.strip("/"))
    expression = "".join(f"(?P<{part}>[^/]+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    compiled = re.compile(f"(?:.*/)?{expression}")

    def listing_of(image: FoundImage) -> Listing:
        found = compiled.fullmatch(image.inside.as_posix()) or compiled.fullmatch(image.path.absolute().as_posix())
        return _listing(found.groupdict()) if found else Listing()

    return listing_of


def _listing(row: Mapping[str, str | None]) -> Listing:
    return Listing(**{field: (row.get(field) or "").strip() or None for field in FIELDS})
