"""Checks the values of a registration; each function returns the recorded form or raises InvalidField."""

import os
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import pycountry

from brand_index.errors import InvalidField
from brand_index.types import Form, SourceRegion

COUNTRIES: Final = frozenset(country.alpha_2 for country in pycountry.countries)
"""The alpha-2 codes of ISO 3166-1."""
EU: Final = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
"""The 27 states, ISO 3166-1 alpha-2."""
EEA: Final = EU | {"IS", "LI", "NO"}
"""The 30 states of the European Economic Area, ISO 3166-1 alpha-2."""

OFFICES: Final = COUNTRIES.union(
    ("AP", "BX", "EA", "EM", "EP", "GC", "IB", "OA", "QZ", "WO", "XN", "XU", "XV"),  # offices of several states
    ("CS", "DD", "SU", "YU"),  # states of the past, whose marks may live
)
"""The codes of WIPO ST.3, annexes A and B."""

_OTHER_CODES: Final = {"UK": "GB", "EL": "GR"}  # which the European Commission uses
MARK_NAME: Final = 80  # characters of the name that an owner gives a mark
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters, and halves of others
OBEYED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # by a terminal; a tab and an end of line harm nothing
DIRECTIONS: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Characters that reorder what is shown around them: "gpj.exe" as "exe.jpg"."""
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_VIENNA = re.compile(r"(0?[1-9]|1[0-9]|2[0-9])(\.[0-9]{1,2}){0,2}", re.ASCII)  # categories 1 to 29
_REWRITTEN = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,}|[0-9]+\.0", re.IGNORECASE | re.ASCII)
_NOTHING = frozenset({"nan", "nat", "none", "null", "<na>", "n/a", "#n/a", "undefined"})
_UNSEEN = frozenset({"Cf", "Zl", "Zp", "Zs"})  # format characters, and spaces besides the plain one
_LINES = dict.fromkeys(map(ord, "\t\r\n"), " ")
_BLANKS = re.compile(r"[ \t\r\n\u2028\u2029]+")
_BETWEEN = re.compile(r"[,;\s]+")


def slug(value: str, what: str = "brand") -> str:
    """An identity of a brand or, as `what` says, a user: lower-case letters, digits and single hyphens, 64 at most."""
    if not is_slug(value):
        raise InvalidField(
            f"{what} {value!r:.99}: use lower-case letters a to z, digits and single hyphens, 64 at most"
            if value
            else f"{what} is empty: name one, of lower-case letters a to z, digits and single hyphens"
        )
    return value


def words(field: str, value: str) -> str:
    """A text for people or a foreign identifier, trimmed: not empty, without control characters."""
    trimmed = value.strip()
    if not trimmed:
        raise InvalidField(f"{field} is empty: give it")
    if CONTROLS.search(trimmed):
        raise InvalidField(f"{field} {value!r} has control characters: remove them")
    return trimmed


def identifier(field: str, value: str) -> str:
    """An identifier of a marketplace or an office, trimmed: as `words`, and without characters that nobody sees.

    A number that a spreadsheet or a program has rewritten is refused: its digits tell one identifier from another.
    """
    text = words(field, value)
    if is_rewritten(text):
        raise InvalidField(
            f"{field} {text!r} looks like a number rewritten by a spreadsheet or a program: give its digits alone, all "
            "of them, and export the column as text"
        )
    if unseen := next((each for each in text if each != " " and unicodedata.category(each) in _UNSEEN), None):
        name = unicodedata.name(unseen, f"U+{ord(unseen):04X}")
        raise InvalidField(f"{field} {text!r} has a character that nobody sees ({name}): type it anew")
    return text


def mark_name(value: str) -> str:
    """The name that an owner gives a mark: as `identifier`, MARK_NAME characters at most, and no number alone.

    A number would be taken for that of the registry.
    """
    name = identifier("mark", value)
    if len(name) > MARK_NAME:
        raise InvalidField(f"mark {name[:40]!r}… has {len(name)} characters: give at most {MARK_NAME}")
    if name.isdigit():
        raise InvalidField(f"mark {name!r} is a number: give a name, such as sign")
    return name


def form(value: str) -> Form:
    """What a reference shows of its mark: artwork, part or in use, also written in-use."""
    name = " ".join(value.lower().replace("-", " ").replace("_", " ").split())
    if name not in set(Form):
        raise InvalidField(f"form {value!r:.40}: give {', '.join(Form)}")
    return Form(name)


def region(value: str) -> SourceRegion:
    """A region of an image, written as left,top,right,bottom in pixels; whether it is within the image is not known."""
    found = [each.strip() for each in value.split(",")]
    if len(found) != 4 or not all(each.isascii() and each.isdigit() and len(each) <= 6 for each in found):
        raise InvalidField(f"region {value!r:.60}: give left,top,right,bottom in pixels, such as 40,20,180,90")
    left, top, right, bottom = map(int, found)
    if left >= right or top >= bottom:
        raise InvalidField(f"region {value!r:.60}: left must be less than right, and top less than bottom")
    return left, top, right, bottom


def is_rewritten(text: str) -> bool:
    """Whether an identifier looks like a number that was shortened or made a fraction: 1,23457E+11 or 12345.0."""
    return _REWRITTEN.fullmatch(text) is not None


def stands_for_nothing(text: str) -> bool:
    """Whether programs write this for an empty cell, such as nan."""
    return text.casefold() in _NOTHING


def look(text: str) -> str:
    """What people see of an identifier: the same for two that differ in case, unseen characters or hyphens alone."""
    if text.isascii() and text.isprintable():
        return text.replace(" ", "").lower()  # as below, and many times as fast
    seen = (each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) not in _UNSEEN)
    return "".join("-" if _is_hyphen(each) else each for each in seen).casefold()


def _is_hyphen(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character == "\u2212"  # a minus sign


def line(field: str, value: str, longest: int) -> str:
    """A text for people on one line, `longest` characters at most; tabs and ends of lines become single spaces.

    Other control characters are refused. It may be empty.
    """
    trimmed = _BLANKS.sub(" ", value).strip()
    if len(trimmed) > longest or CONTROLS.search(trimmed):
        raise InvalidField(f"{field}: send at most {longest} characters, and no control characters")
    return trimmed


def passage(field: str, value: str, longest: int) -> str:
    """A text of several lines, trimmed: `longest` characters at most, without control characters; may be empty."""
    trimmed = value.strip()
    if len(trimmed) > longest:
        raise InvalidField(f"{field} is {len(trimmed)} characters long: {longest} at most")
    if CONTROLS.search(trimmed.translate(_LINES)):
        raise InvalidField(f"{field} has control characters: remove them")
    return trimmed


def markets(values: Iterable[str]) -> frozenset[str]:
    """Countries, ISO 3166-1 alpha-2, in upper case."""
    given = tuple(values)
    found = frozenset(value.strip().upper() for value in given)
    if found - COUNTRIES:
        unknown = sorted({value.strip() for value in given if value.strip().upper() not in COUNTRIES})
        wrong = ", ".join(f"{value:.80}" for value in unknown) or "an empty market"
        meant = "".join(map(_meant, unknown))
        raise InvalidField(f"{wrong}: not a code of ISO 3166-1 alpha-2, such as DE or FR{meant}")
    return found


def market(value: str) -> str:
    """One country, ISO 3166-1 alpha-2, in upper case."""
    try:
        (code,) = markets([value])
    except InvalidField as error:
        raise InvalidField(f"market {error}") from error
    return code


def _meant(value: str) -> str:
    """The code of a country that somebody names otherwise, as a clause; empty: none is known by this word."""
    try:
        country = pycountry.countries.lookup(_OTHER_CODES.get(value.upper(), value))
    except LookupError:
        return ""
    return f"; {country.name} is {country.alpha_2}"


def nice_classes(values: Iterable[str | int]) -> frozenset[int]:
    """Nice classes, 1 to 45."""
    found = set()
    for value in values:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 45):
            raise InvalidField(f"Nice class {text!r}: give a whole number from 1 to 45")
        found.add(int(text))
    return frozenset(found)


def vienna_codes(values: Iterable[str]) -> tuple[str, ...]:
    """Codes of the Vienna classification: category, division and section, such as 26.4.5."""
    found = tuple(dict.fromkeys(values))
    for value in found:
        if not _VIENNA.fullmatch(value):
            raise InvalidField(f"Vienna code {value!r}: give category (1 to 29), division and section, such as 26.4.5")
    return found


def is_slug(value: str) -> bool:
    """Whether `slug` takes it."""
    return len(value) <= 64 and _SLUG.fullmatch(value) is not None


def office(value: str) -> str:
    """The code of a trade mark office, two letters of WIPO standard ST.3 in upper case: EM is the EU's."""
    code = value.strip().upper()
    if code not in OFFICES:
        meant = {"EU": "; the EU's office is EM", "UK": "; the United Kingdom's is GB"}.get(code, "")
        raise InvalidField(f"office {value!r:.40}: give two letters of WIPO ST.3, such as EM, US or WO{meant}")
    return code


def days(first_day: date, last_day: date | None) -> None:
    """Check that the last day, if any, does not come before the first."""
    if last_day is not None and last_day < first_day:
        raise InvalidField(f"the last day {last_day} comes before the first, {first_day}: swap them")


def in_order(first_name: str, first: datetime | None, last_name: str, last: datetime | None) -> None:
    """Check that a time does not end before it begins; None: it has no such end."""
    if first is not None and last is not None and last < first:
        raise InvalidField(f"{first_name} {first.isoformat()} comes after {last_name} {last.isoformat()}: swap them")


def split(text: str) -> tuple[str, ...]:
    """The items of a typed list, separated by commas, semicolons or spaces; none for an empty text.

    Separators alone are refused: where no item means no limit, a list of nothing would permit everything.
    """
    found = tuple(part for part in _BETWEEN.split(text) if part)
    if text.strip() and not found:
        raise InvalidField(f"{text.strip()!r:.40} is a list of nothing: write values with commas between them")
    return found


def day(value: str) -> date | None:
    """The day written as YYYY-MM-DD; None: the text is empty."""
    if not value.strip():
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise InvalidField(f"day {value!r}: write it as 2027-12-31") from error


def printable(name: str) -> str:
    """A file name as text that any database accepts, whatever bytes the file system has."""
    return os.fsencode(name).decode("utf-8", "replace")


def isolated(text: str) -> str:
    """A text that stands in another, such as an id in a sentence, so that it reorders nothing around it.

    Characters that only turn the direction become U+FFFD; one from right to left is put between FSI and PDI (UAX #9).
    """
    shown = DIRECTIONS.sub("\ufffd", text)
    turns = any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in shown)
    return f"\u2068{shown}\u2069" if turns else shown
