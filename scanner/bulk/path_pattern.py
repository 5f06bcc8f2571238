"""The listing of each image, from the names of its file and folders, as a pattern says."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Final

from brand_index.errors import InvalidField
from brand_index.images.listed import ListedImage
from scanner.bulk.listings import (
    FIELDS,
    ImageListings,
    ListingOf,
    ListingSource,
    ListingsUnusable,
    listing_from,
    named,
)
from scanner.verdicts.types import Listing

_FIELD: Final = re.compile(r"\{([^{}]*)\}")


def read_path_pattern(pattern: str) -> ListingOf:
    """Listings from the paths of images below the scanned folder: `{seller_id}/{listing_id}/{name}` matches their end.

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

    def listing_of(image: ListedImage) -> Listing:
        found = fields_in(image.inside)  # never of the folders above: their names are nobody's
        return Listing() if found is None else listing_from(found)

    return listing_of


def listings_by_pattern(pattern: str) -> ListingSource:
    """Listings from the paths of images, as read_path_pattern takes them.

    Raises as that, and ListingsUnusable if no path fits, or one has an unknown market.
    """
    listing_of = read_path_pattern(pattern)

    def match(images: Sequence[ListedImage]) -> ImageListings:
        source = f"--path-pattern {pattern!r}"
        found: dict[ListedImage, Listing] = {}
        for image in images:
            try:
                found[image] = listing_of(image)
            except InvalidField as error:
                raise ListingsUnusable(f"{source}, {image.name}: {error}") from error
        matched = {image: listing for image, listing in found.items() if listing != Listing()}
        without = tuple(image for image in found if image not in matched)
        if without and not matched:
            raise ListingsUnusable(
                f"{source} fits none of {len(found):,} images, such as {without[0].inside}: its parts are the ends of "
                "paths below the scanned folder, so name the folder that holds them all"
            )
        return ImageListings(source, matched, without, notes=tuple(_notes(source, matched)))

    return match


def _notes(source: str, matched: Iterable[ListedImage]) -> Iterator[str]:
    """A warning if images lie at several depths, for then the same part of the pattern names different things."""
    of_depth: dict[int, list[str]] = {}
    for image in matched:
        of_depth.setdefault(len(image.inside.parts), []).append(image.inside.as_posix())
    usual = max(of_depth, key=lambda depth: (len(of_depth[depth]), -depth), default=0)
    if others := [name for depth, names in of_depth.items() if depth != usual for name in names]:
        yield (
            f"{len(others):,} images lie deeper or higher than the other {len(of_depth[usual]):,}, and {source} fits "
            f"the end of each path, so check their listings: {named(others)}"
        )


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
