"""Finds the images to scan and the listing of each; it decodes no image."""

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
_FIELD: Final = re.compile(r"\{([^{}]*)\}")  # of a path pattern


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

    A field has one character or more, does not match across folders, and ends where the text after it first occurs.
    Raises ListingsUnusable for an unknown or repeated field, and for two without a text between them.
    """
    names = _FIELD.findall(pattern)
    allowed = {*FIELDS, "name"}
    wrong = [field for field in names if field not in allowed or names.count(field) > 1]
    if wrong or not names or "}{" in pattern:
        problem = f"unknown or repeated field {', '.join(wrong)}" if wrong else "no field"
        problem = "two fields without a text between them" if names and not wrong else problem
        choices = ", ".join(f"{{{field}}}" for field in sorted(allowed))
        raise ListingsUnusable(f"--path-pattern {pattern!r} has {problem}: write each of these at most once: {choices}")
    parts = [_FIELD.split(part) for part in pattern.strip("/").split("/")]

    def fields_in(path: PurePath) -> dict[str, str] | None:
        names = path.as_posix().split("/")[-len(parts) :]
        found = [_fields_in(name, part) for name, part in zip(names, parts, strict=False)]
        if len(found) < len(parts) or None in found:
            return None
        return {field: value for each in found if each is not None for field, value in each.items()}

    def listing_of(image: FoundImage) -> Listing:
        found = fields_in(image.inside)
        found = fields_in(image.path.absolute()) if found is None else found
        return Listing() if found is None else _listing(found)

    return listing_of


def _fields_in(name: str, parts: Sequence[str]) -> dict[str, str] | None:
    """The fields of a file's or folder's name; None: it does not match. `parts`: text, field, text, …, text.

    It never goes back, as a regular expression would: five fields in a name of 240 characters took that 9 s.
    """
    first, last, fields = parts[0], parts[-1], parts[1::2]
    if not fields:
        return {} if name == first else None
    at, end, found = len(first), len(name) - len(last), dict[str, str]()
    if not name.startswith(first) or not name.endswith(last):
        return None
    for field, text in zip(fields[:-1], parts[2:-1:2], strict=True):
        until = name.find(text, at + 1, end)
        if until < 0:
            return None
        found[field], at = name[at:until], until + len(text)
    return found | {fields[-1]: name[at:end]} if at < end else None


def _listing(row: Mapping[str, str | None]) -> Listing:
    return Listing(**{field: (row.get(field) or "").strip() or None for field in FIELDS})
