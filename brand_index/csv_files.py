"""Reads CSV files strictly: every row has its line, and what cannot be meant is a fault; no cell moves or is lost."""

import csv
import difflib
import io
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brand_index.errors import FileUnusable, InvalidField, MarkscanError
from brand_index.fields import CONTROLS
from brand_index.files import read_regular

SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_ALIKE: Final = 0.8  # of difflib: "seler_id" and "seller" are near "seller_id", "seller_name" is not
ALIKE_BRANDS: Final = 0.6  # likewise: "acne" is near "acme"
_NAMED: Final = 5  # faults in one message
_WITH_MARK: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_LONGEST_CELL: Final = 2**24  # characters; longer: a quotation mark is missing
_SEP: Final = re.compile(r"sep=(.)", re.IGNORECASE)  # a first line that gives Excel the separator
_BREAK: Final = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a kind of file may have; all are lower case."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()  # may have line breaks and other control characters, which become spaces
    others_allowed: bool = False  # whether further columns may be there; they are named in `CSVTable.unused`

    @property
    def known(self) -> tuple[str, ...]:
        """Required and optional columns."""
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class CSVRow:
    """A row of a table."""

    line: int  # where it begins in the file, from 1
    cells: dict[str, str]  # by column, trimmed; a column that the file lacks is not there


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used."""

    line: int  # as above
    error: MarkscanError  # what is wrong, with the column; it names neither file nor line


@dataclass(frozen=True, slots=True)
class CSVTable:
    """A table that was read whole, so that no quotation mark is left open; its rows are checked as they are taken."""

    file: Path | str  # str: the address that its bytes are from
    separator: str  # one of SEPARATORS, or what a first line such as `sep=|` says
    columns: tuple[str, ...]  # in lower case, with _ for spaces and hyphens; "" for one without a name
    unused: tuple[str, ...]  # columns that are there and unknown
    _allowed: Columns
    _text: str
    _begins: int  # the line at which the text begins

    def rows(self) -> Iterator[CSVRow | BadRow]:
        """The rows in order, without empty ones."""
        parsed = _parsed(self.file, self._text, self.separator, self._begins)
        next(parsed)  # the header
        for line, cells in parsed:
            yield self._row(line, cells)

    def all_rows(self) -> Iterator[CSVRow]:
        """As `rows`. Raises FileUnusable if a row is bad."""
        bad: list[BadRow] = []
        for row in self.rows():
            if isinstance(row, BadRow):
                bad.append(row)
            elif not bad:
                yield row
        if bad:
            raise FileUnusable(faults(self.file, bad))

    def _row(self, line: int, cells: list[str]) -> CSVRow | BadRow:
        try:
            if len(cells) != len(self.columns):
                raise InvalidField(
                    f"{len(cells)} cells under {len(self.columns)} columns: put cells that contain a separator, "
                    "a line break or a quotation mark into quotation marks, and write empty cells too"
                )
            named = {column: self._cell(column, cell) for column, cell in zip(self.columns, cells, strict=True)}
        except InvalidField as error:
            return BadRow(line, error)
        return CSVRow(line, {column: cell for column, cell in named.items() if column})

    def _cell(self, column: str, cell: str) -> str:
        value = cell.strip()
        if not column and value:
            raise InvalidField(f"{value!r:.80} stands under a column without a name: name it in the first row")
        if column in self.unused or not CONTROLS.search(value):
            return value
        if column in self._allowed.texts:
            return CONTROLS.sub(" ", value)
        found = "a line break" if _BREAK.search(value) else "a control character"
        raise InvalidField(f"column {column} has {found} in {value!r:.80}: remove it; is a quotation mark missing?")


def read_csv(file: Path | str, columns: Columns, data: bytes | None = None) -> CSVTable:
    """The table in a CSV file: UTF-8, or UTF-16 with its mark; separated by commas, semicolons, tabs or vertical bars.

    The first row names the columns. `data`: the bytes, of what has a name alone; None: the file is read.
    Raises FileUnusable: it cannot be read, a quotation mark is missing, or a column is missing, unknown, misspelt or
    there twice.
    """
    text, begins, given = _without_sep_line(_decoded(file, _read(file) if data is None else data))
    headers = {each: _header(text, each) for each in (SEPARATORS if given is None else (given,))}
    separator = max(headers, key=lambda each: (len(set(headers[each]) & set(columns.known)), len(headers[each])))
    unused = _check_columns(file, headers[separator], columns)
    for _ in _parsed(file, text, separator, begins):
        pass  # to the end: nothing of a file is used if a quotation mark is left open
    return CSVTable(file, separator, headers[separator], unused, columns, text, begins)


def nearest(word: str, known: Iterable[str], alike: float = _ALIKE) -> str | None:
    """Which of `known` a misspelt word most probably means; None: none is near."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=alike)), None)


def file_named(folder: Path, name: str) -> Path:
    """The file that a cell names, below `folder` unless it begins at the root.

    If it is not there, but is with slashes for backslashes or with accents encoded otherwise, it is that one.
    """
    names = dict.fromkeys((name, name.replace("\\", "/")))
    spelt = [name, *(unicodedata.normalize(form, each) for each in names for form in ("NFC", "NFD"))]
    return next((folder / each for each in spelt if os.path.lexists(folder / each)), folder / name)


def faults(file: Path | str, bad: Collection[BadRow]) -> str:
    """A message that names the first of the bad rows, and how many more there are."""
    said = [f"line {each.line}: {each.error}" for each in list(bad)[:_NAMED]]
    more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    return f"{file}, {'; '.join(said)}{more}"


def _check_columns(file: Path | str, found: tuple[str, ...], columns: Columns) -> tuple[str, ...]:
    """The columns that are not known. Raises FileUnusable."""
    named = [column for column in found if column]
    if twice := sorted({column for column in named if named.count(column) > 1}):
        raise FileUnusable(f"{file} has the column {', '.join(twice)} twice: remove one")
    unknown = tuple(column for column in named if column not in columns.known)
    absent = [column for column in columns.known if column not in named]
    misspelt = [(column, near) for column in unknown if (near := nearest(column, absent)) is not None]
    missing = [column for column in columns.required if column in absent]
    if misspelt:
        said = ", ".join(f"{column}: do you mean {near}?" for column, near in misspelt)
        raise FileUnusable(f"{file} has an unknown column {said}")
    if missing:
        raise FileUnusable(
            f"{file} has no column {', '.join(missing)}; the first row names the columns, with commas, semicolons, "
            f"tabs or vertical bars between them. It is {', '.join(named) or 'empty'}"
        )
    if unknown and not columns.others_allowed:
        raise FileUnusable(
            f"{file} has an unknown column {', '.join(unknown)}; the columns are {', '.join(columns.known)}"
        )
    return unknown


def _read(file: Path | str) -> bytes:
    try:
        return read_regular(Path(file))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileUnusable(f"{file}: {reason}; check that it exists and can be read") from error


def _decoded(file: Path | str, data: bytes) -> str:
    encoding = next((name for mark, name in _WITH_MARK.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileUnusable(f"{file}, line {line}, is not UTF-8: save the file as CSV UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FileUnusable(f"{file}, line {line}, has a zero byte, so it is not UTF-8: save the file as CSV UTF-8")
    return text


def _without_sep_line(text: str) -> tuple[str, int, str | None]:
    """The text without a first line such as `sep=;`, the line at which it begins, and the separator (None: unsaid)."""
    first, _, rest = text.partition("\n")
    found = _SEP.fullmatch(first.strip("\r\ufeff")) if text else None
    return (rest, 2, found[1]) if found else (text, 1, None)


def _header(text: str, separator: str) -> tuple[str, ...]:
    try:
        _, cells = next(_parsed(Path(), text, separator, 1), (1, []))
    except FileUnusable:
        return ()
    return tuple(re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in cells)


def _parsed(file: Path | str, text: str, separator: str, begins: int) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line at which each begins, without empty ones."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = begins
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = begins + reader.line_num
    except csv.Error as error:
        raise FileUnusable(
            f"{file}, line {line}: the row that begins here cannot be read ({error}): is a quotation mark missing, "
            "or one within a cell not doubled?"
        ) from error
